//! One HTTP request to one response: who may ask, and what is asked for.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use bytes::{Buf, Bytes};
use http::header::CONNECTION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version};
use tokio::sync::Semaphore;

use super::accept::Accepts;
use super::body::Body;
use super::hosts::{Hosts, Refusal};
use super::http_sse::HttpSse;
use super::life::{Life, Phase};
use super::place::{Place, Routes};
use super::reply::Denied;
use super::sessions::Sessions;
use super::{cors, post, read, reply};
use crate::dispatch::Core;
use crate::http_settings::Http;
use crate::protocol::quoted;

/// The settings, and who may ask by them.
pub(crate) struct Checked {
    pub(super) http: Http,
    hosts: Hosts,
}

impl Checked {
    /// Every entry that cannot be read is a fault.
    pub(super) fn new(http: Http) -> Result<Self, Vec<String>> {
        let hosts = Hosts::new(&http)?;
        Ok(Self { http, hosts })
    }
}

/// What all requests share.
pub(super) struct Inner {
    pub(super) core: Arc<Core>,
    pub(super) http: Http,
    pub(super) life: Arc<Life>,
    pub(super) sessions: Arc<Sessions>,
    /// How many more clients may listen (2026-07-28).
    pub(super) listeners: Arc<Semaphore>,
    pub(super) routes: Routes,
    hosts: Hosts,
    http_sse: HttpSse,
    /// How many bytes of bodies are being read.
    buffered: Arc<AtomicUsize>,
}

impl Inner {
    pub(super) fn new(core: Arc<Core>, Checked { http, hosts }: Checked, routes: Routes) -> Arc<Self> {
        let store = http.events.clone().unwrap_or_else(|| Arc::new(crate::MemoryEvents::default()));
        Arc::new(Self {
            life: Life::new(),
            listeners: Arc::new(Semaphore::new(http.listeners.min(Semaphore::MAX_PERMITS))),
            sessions: Arc::new(Sessions::new(http.sessions, http.session_idle, store)),
            routes,
            hosts,
            http_sse: HttpSse::default(),
            buffered: Arc::default(),
            core,
            http,
        })
    }

    pub(super) async fn answer<B>(self: Arc<Self>, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Send + 'static,
    {
        let (parts, body) = request.into_parts();
        let is_http1 = parts.version < Version::HTTP_2;
        let mut response = match self.place(parts.uri.path()) {
            Some(place @ (Place::Alive | Place::Ready)) => self.health(place, &parts.method),
            place => self.answer_to(place, parts, body).await,
        };
        if is_http1 && !self.life.is_serving() {
            // The last one on this connection (RFC 9112, 9.6).
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    async fn answer_to<B>(self: &Arc<Self>, place: Option<Place>, parts: Parts, body: B) -> Response<Body>
    where
        B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Send + 'static,
    {
        let origin = match self.admit(&parts) {
            Ok(origin) => origin,
            Err(denied) => return read::without(&parts.headers, body, denied.answer(None)),
        };
        let mut response = match (&origin, place) {
            (Some(origin), _) if parts.method == Method::OPTIONS => {
                return cors::preflight(&parts, origin.clone()).map(|()| Body::default());
            }
            (_, Some(place)) => self.route(place, parts, body).await,
            (_, None) => read::without(&parts.headers, body, self.nothing_at(parts.uri.path())),
        };
        if let Some(origin) = origin {
            cors::expose(response.headers_mut(), origin);
        }
        response
    }

    /// Whether the request is looked at at all; if a page sent it, which origin the browser is to be told.
    fn admit(&self, parts: &Parts) -> Result<Option<HeaderValue>, Denied> {
        if length(&parts.headers) > self.http.header_length {
            let text = format!("the headers are longer than {} bytes", self.http.header_length);
            return Err(Denied::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, text));
        }
        let origin = self.hosts.check(parts).map_err(|Refusal { status, message }| Denied::new(status, message))?;
        if self.life.is_over() { Err(Denied::ending()) } else { Ok(origin) }
    }

    async fn route<B>(self: &Arc<Self>, place: Place, mut parts: Parts, body: B) -> Response<Body>
    where
        B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Send + 'static,
    {
        match (place, &parts.method) {
            (Place::Endpoint, &Method::POST) => match self.read(&mut parts, body).await {
                Ok((accepts, bytes)) => post::answer(self, accepts, parts, &bytes).await,
                Err(response) => response,
            },
            (Place::Messages, &Method::POST) => match self.read(&mut parts, body).await {
                Ok((_, bytes)) => self.http_sse.post(self, parts, &bytes).await,
                Err(response) => response,
            },
            (place, _) => {
                let response = self.route_without_body(place, &parts);
                read::without(&parts.headers, body, response)
            }
        }
    }

    fn route_without_body(&self, place: Place, parts: &Parts) -> Response<Body> {
        match (place, &parts.method) {
            (Place::Endpoint, &Method::GET) => self.listen(parts),
            (Place::Endpoint, &Method::DELETE) => self.delete(parts),
            (Place::Endpoint, _) => reply::method_not_allowed(self.methods()),
            (Place::Messages, _) => reply::method_not_allowed("POST, OPTIONS"),
            (Place::Sse, &Method::GET) if self.life.is_serving() => {
                self.http_sse.open(self, parts.extensions.get().cloned())
            }
            (Place::Sse, &Method::GET) => reply::ending(None),
            (Place::Sse, _) => reply::method_not_allowed("GET, OPTIONS"),
            (Place::Alive | Place::Ready, method) => self.health(place, method),
        }
    }

    /// A body of JSON, for a client that takes an answer.
    async fn read<B>(&self, parts: &mut Parts, body: B) -> Result<(Accepts, Bytes), Response<Body>>
    where
        B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Send + 'static,
    {
        let accepts = Accepts::read(&parts.headers);
        let refused = if accepts.json || accepts.events {
            read::refused(&parts.headers)
        } else {
            Some(reply::unacceptable("`Accept` must allow `application/json` and `text/event-stream`"))
        };
        match refused {
            Some(response) => Err(read::without(&parts.headers, body, response)),
            None => {
                let body = read::body(&parts.headers, body, &self.http, &self.buffered).await?;
                Ok((accepts, body.counted_in(parts)))
            }
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
}

fn length(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len())).sum()
}
