//! One HTTP request to one response: who may ask, and what is asked for.

use std::fmt;
use std::future::poll_fn;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Poll};

use bytes::Buf;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use tokio::sync::Semaphore;

use super::accept::Accepts;
use super::answering::{Answered, Leaving};
use super::body::Body;
use super::head::Head;
use super::hosts::{Hosts, Refusal};
use super::http_sse::{self, HttpSse};
use super::life::{Life, Phase};
use super::place::{Place, Routes};
use super::read::{Begun, Reading};
use super::reply::Denied;
use super::sessions::Sessions;
use super::unread::Unread;
use super::{cors, post, read, reply};
use crate::carried::Carried;
use crate::http_settings::Http;
use crate::limit::Limit;
use crate::protocol::quoted;
use crate::served::{Core, nothing};

/// The settings, and who may ask by them.
pub(crate) struct Checked {
    pub(super) http: Http,
    hosts: Hosts,
}

impl Checked {
    /// Every entry that cannot be read is a fault.
    pub(super) fn new(http: Http) -> Result<Self, Vec<String>> {
        let mut faults = nothing([
            ("connections", http.connections),
            ("calls", http.calls),
            ("body_length", http.body_length),
            ("header_length", http.header_length),
            ("unread", http.unread),
        ]);
        let hosts = Hosts::new(&http).map_err(|more| faults.extend(more)).ok();
        hosts.filter(|_| faults.is_empty()).map(|hosts| Self { http, hosts }).ok_or(faults)
    }
}

/// A server, as a connection holds it.
pub(super) struct Inner {
    pub(super) core: Arc<Core>,
    /// What waits for the client of this connection.
    pub(super) unread: Arc<Unread>,
    common: Arc<Common>,
}

/// What all connections share.
pub(super) struct Common {
    pub(super) http: Http,
    pub(super) life: Arc<Life>,
    pub(super) sessions: Arc<Sessions>,
    /// How many more clients may listen (2026-07-28).
    pub(super) listeners: Arc<Semaphore>,
    pub(super) routes: Routes,
    hosts: Hosts,
    pub(super) http_sse: HttpSse,
    /// How many bytes of bodies are being read.
    buffered: Arc<AtomicUsize>,
}

impl Deref for Inner {
    type Target = Common;

    fn deref(&self) -> &Common {
        &self.common
    }
}

impl Inner {
    pub(super) fn new(core: Arc<Core>, Checked { http, hosts }: Checked, routes: Routes) -> Arc<Self> {
        let store = http.events.clone().unwrap_or_else(|| Arc::new(crate::MemoryEvents::default()));
        let common = Common {
            life: Life::new(),
            listeners: Arc::new(Semaphore::new(http.listeners.min(Semaphore::MAX_PERMITS))),
            sessions: Arc::new(Sessions::new(http.sessions, http.session_idle, store)),
            routes,
            hosts,
            http_sse: HttpSse::default(),
            buffered: Arc::default(),
            http,
        };
        Arc::new(Self { core, unread: Unread::unbounded(), common: Arc::new(common) })
    }

    /// The same for another connection, whose requests then don't write to a count that those of others write to as well.
    pub(super) fn apart(&self) -> Arc<Self> {
        let (unread, common) = (Unread::new(self.http.unread), self.common.clone());
        Arc::new(Self { core: self.core.apart(), unread, common })
    }

    /// Whether the request is looked at at all; if a page sent it, which origin the browser is to be told.
    fn admit<'h>(&self, head: &Head<'h>, parts: &Parts) -> Result<Option<&'h HeaderValue>, Denied> {
        if head.length > self.http.header_length {
            let text = Limit::HeaderLength.refuses(self.http.header_length);
            return Err(Denied::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, text));
        }
        let admitted = self.hosts.check(head, &parts.uri, parts.version);
        let origin = admitted.map_err(|Refusal { status, message }| Denied::new(status, message))?;
        if self.life.is_over() { Err(Denied::ending()) } else { Ok(origin) }
    }

    fn without_body(&self, place: Option<Place>, parts: &Parts, accepts: Accepts) -> Response<Body> {
        match (place, &parts.method) {
            (Some(Place::Endpoint), &Method::GET) => self.listen(parts, accepts),
            (Some(Place::Endpoint), &Method::DELETE) => self.delete(parts),
            (Some(Place::Endpoint), _) => reply::method_not_allowed(self.methods()),
            (Some(Place::Messages), _) => reply::method_not_allowed("POST, OPTIONS"),
            (Some(Place::Sse), &Method::GET) if self.life.is_serving() => {
                self.http_sse.open(self, parts.extensions.get().cloned())
            }
            (Some(Place::Sse), &Method::GET) => reply::ending(None),
            (Some(Place::Sse), _) => reply::method_not_allowed("GET, OPTIONS"),
            (Some(place @ (Place::Alive | Place::Ready)), method) => self.health(place, method),
            (None, _) => self.nothing_at(parts.uri.path()),
        }
    }

    fn nothing_at(&self, path: &str) -> Response<Body> {
        let text = format!("there is nothing at `{}`; the endpoint is `{}`", quoted(path), self.http.path);
        reply::refuse(StatusCode::NOT_FOUND, text)
    }

    /// Both checks say nothing about the server but that it is there.
    fn health(&self, place: Place, method: &Method) -> Response<Body> {
        match method {
            &Method::GET | &Method::HEAD if place == Place::Alive || self.life.is_serving() => {
                reply::empty(StatusCode::OK)
            }
            &Method::GET | &Method::HEAD => reply::empty(StatusCode::SERVICE_UNAVAILABLE),
            _ => reply::method_not_allowed("GET, HEAD"),
        }
    }

    /// Ends what waits for nothing in particular, and lets calls in flight finish.
    pub(super) fn drain(&self) {
        self.life.enter(Phase::Draining);
        self.core.close();
        self.sessions.close_idle_streams();
    }

    /// Waits until no call is in flight, and no task at work.
    pub(super) async fn idle(&self) {
        self.life.idle().await;
        self.core.roster.idle().await;
    }

    /// Ends everything.
    pub(super) fn end(&self) {
        self.life.enter(Phase::Over);
        self.core.roster.end();
        self.sessions.clear();
    }

    /// Answers at once, or says how the answer is waited for.
    pub(super) fn answer<B>(
        self: &Arc<Self>,
        request: Request<B>,
        leaving: &mut Leaving,
        cx: &mut Context<'_>,
    ) -> Answered
    where
        B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Unpin + Send + 'static,
    {
        let (parts, body) = request.into_parts();
        let place = self.place(parts.uri.path());
        if let Some(place @ (Place::Alive | Place::Ready)) = place {
            return self.health(place, &parts.method).into();
        }
        let head = Head::read(&parts.headers);
        match self.admit(&head, &parts) {
            Ok(Some(origin)) if parts.method == Method::OPTIONS => {
                return cors::preflight(&parts, origin.clone()).map(|()| Body::default()).into();
            }
            Ok(origin) => leaving.origin = origin.cloned(),
            Err(denied) => return read::without(&head, body, denied.answer(None)).into(),
        }
        let answer: Answer = match (place, &parts.method) {
            (Some(Place::Endpoint), &Method::POST) => post::answer,
            (Some(Place::Messages), &Method::POST) => http_sse::post,
            (place, _) => return read::without(&head, body, self.without_body(place, &parts, head.accepts)).into(),
        };
        if let Some(refusal) = refusal(&head) {
            return read::without(&head, body, refusal).into();
        }
        let accepts = head.accepts;
        match read::begin(&head, body, self.http.body_length, cx) {
            Begun::Whole(bytes) => {
                let mut carried = accepts.carry(parts);
                let answered = answer(self, accepts, &carried, &bytes, cx);
                leaving.spare = Arc::get_mut(&mut carried).map(emptied).unwrap_or_default();
                answered
            }
            Begun::Partly(reading) => self.clone().read(reading, answer, accepts, parts),
            Begun::Refused(refusal) => refusal.into(),
        }
    }

    /// Waits for the rest of a body.
    fn read<B>(self: Arc<Self>, reading: Reading<B>, answer: Answer, accepts: Accepts, mut parts: Parts) -> Answered
    where
        B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Unpin + Send + 'static,
    {
        Answered::later(async move {
            let bytes = match reading.finish(&self.http, &self.buffered).await {
                Ok(body) => body.counted_in(&mut parts),
                Err(refusal) => return refusal,
            };
            let carried = accepts.carry(parts);
            let answered = poll_fn(|cx| Poll::Ready(answer(&self, accepts, &carried, &bytes, cx))).await;
            answered.response().await
        })
    }
}

/// What answers a message.
type Answer = fn(&Arc<Inner>, Accepts, &Arc<Carried>, &[u8], &mut Context<'_>) -> Answered;

fn refusal(head: &Head<'_>) -> Option<Response<Body>> {
    if head.accepts.json || head.accepts.events {
        return read::refused(head);
    }
    Some(reply::unacceptable("`Accept` must allow `application/json` and `text/event-stream`"))
}

/// The map of headers that nobody looks at any more, without its contents. One that was made for very many is given up.
fn emptied(carried: &mut Carried) -> HeaderMap {
    const MANY: usize = 48;
    let mut headers = std::mem::take(&mut carried.parts.headers);
    if headers.capacity() > MANY {
        return HeaderMap::new();
    }
    headers.clear();
    headers
}
