//! One HTTP request to one response: who may ask, what is asked for, and which era it belongs to.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::header::{CONNECTION, CONTENT_TYPE, HeaderName};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version};
use tokio::time::timeout;

use super::accept::Accepts;
use super::body::Body;
use super::hosts::{Hosts, Refusal};
use super::http_sse::HttpSse;
use super::life::{Life, Phase};
use super::reply::Denied;
use super::session::{NoStream, Session};
use super::sessions::{Id, Sessions};
use super::{cors, headers, post, read, reply};
use crate::dispatch::Core;
use crate::error::{Error, Result};
use crate::events::EventId;
use crate::http_settings::Http;
use crate::protocol::{Revision, quoted};
use crate::server::Ending;

pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What all requests share.
pub(super) struct Inner {
    pub(super) core: Arc<Core>,
    pub(super) http: Http,
    pub(super) life: Arc<Life>,
    pub(super) sessions: Arc<Sessions>,
    hosts: Hosts,
    http_sse: HttpSse,
    routes: Routes,
}

/// Who decides about paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Routes {
    /// The server: it has an endpoint, and health checks beside it.
    Own,
    /// The application in which it is mounted.
    Mounted,
}

/// What a path leads to.
enum Place {
    Endpoint,
    Alive,
    Ready,
    Sse,
    Messages,
}

impl Inner {
    pub(super) fn new(core: Arc<Core>, http: Http, routes: Routes) -> Result<Arc<Self>> {
        let hosts = Hosts::new(&http).map_err(Error::Faults)?;
        let store = http.events.clone().unwrap_or_else(|| Arc::new(crate::MemoryEvents::default()));
        let sessions = Arc::new(Sessions::new(http.sessions, http.session_idle, store));
        Ok(Arc::new(Self { core, http, life: Life::new(), sessions, hosts, http_sse: HttpSse::default(), routes }))
    }

    fn place(&self, path: &str) -> Option<Place> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let own = self.routes == Routes::Own;
        match path.rsplit_once('/').map_or(path, |(_, last)| last) {
            "healthz" if own && path == "/healthz" => Some(Place::Alive),
            "readyz" if own && path == "/readyz" => Some(Place::Ready),
            "sse" if self.http.http_sse && (!own || path == "/sse") => Some(Place::Sse),
            "messages" if self.http.http_sse && (!own || path == "/messages") => Some(Place::Messages),
            _ if !own || path == self.http.path.strip_suffix('/').unwrap_or(&self.http.path) => Some(Place::Endpoint),
            _ => None,
        }
    }

    pub(super) async fn answer<B>(self: Arc<Self>, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Send + 'static,
    {
        let (parts, body) = request.into_parts();
        let has_connection = parts.version < Version::HTTP_2;
        let mut response = self.answer_parts(parts, body).await;
        if has_connection && !self.life.is_serving() {
            // The last one on this connection (RFC 9112, 9.6).
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    async fn answer_parts<B>(self: &Arc<Self>, parts: Parts, body: B) -> Response<Body>
    where
        B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Send + 'static,
    {
        let place = self.place(parts.uri.path());
        match place {
            Some(Place::Alive) => return health(true),
            Some(Place::Ready) => return health(self.life.is_serving()),
            Some(Place::Endpoint | Place::Sse | Place::Messages) | None => {}
        }
        if length(&parts.headers) > self.http.header_length {
            let text = format!("the headers are longer than {} bytes", self.http.header_length);
            return reply::refuse(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, text);
        }
        let origin = match self.hosts.check(&parts) {
            Ok(origin) => origin,
            Err(Refusal { status, message }) => return reply::refuse(status, message),
        };
        let mut response = match (&origin, place) {
            (Some(origin), _) if parts.method == Method::OPTIONS => {
                return cors::preflight(&parts, origin.clone()).map(|()| Body::default());
            }
            (_, Some(place)) => self.route(place, parts, body).await,
            (_, None) => {
                let text =
                    format!("there is nothing at `{}`; the endpoint is `{}`", quoted(parts.uri.path()), self.http.path);
                reply::refuse(StatusCode::NOT_FOUND, text)
            }
        };
        if let Some(origin) = origin {
            cors::expose(response.headers_mut(), origin);
        }
        response
    }

    async fn route<B>(self: &Arc<Self>, place: Place, parts: Parts, body: B) -> Response<Body>
    where
        B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Send + 'static,
    {
        match (place, &parts.method) {
            (Place::Endpoint, &Method::POST) => {
                let accepts = Accepts::read(&parts.headers);
                if !accepts.json && !accepts.events {
                    return unacceptable("`Accept` must allow `application/json` and `text/event-stream`");
                }
                match self.read(&parts, body).await {
                    Ok(bytes) => post::answer(self, accepts, parts, &bytes).await,
                    Err(response) => response,
                }
            }
            (Place::Endpoint, &Method::GET) => self.listen(&parts),
            (Place::Endpoint, &Method::DELETE) => self.delete(&parts),
            (Place::Endpoint, _) => reply::method_not_allowed("GET, POST, DELETE"),
            (Place::Messages, &Method::POST) => match self.read(&parts, body).await {
                Ok(bytes) => self.http_sse.post(&parts, &bytes).await,
                Err(response) => response,
            },
            (Place::Messages, _) => reply::method_not_allowed("POST"),
            (Place::Sse, &Method::GET) if self.life.is_serving() => {
                self.http_sse.open(&self.core, &self.http, parts.extensions.get().cloned())
            }
            (Place::Sse, &Method::GET) => reply::ending(None),
            (Place::Sse, _) => reply::method_not_allowed("GET"),
            (Place::Alive | Place::Ready, _) => health(self.life.is_serving()),
        }
    }

    /// A body of JSON. That a page of another origin cannot send one without asking first is half of the protection.
    async fn read<B>(&self, parts: &Parts, body: B) -> Result<Bytes, Response<Body>>
    where
        B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Send + 'static,
    {
        if is_json(&parts.headers) {
            read::body(&parts.headers, body, &self.http).await
        } else {
            let text = "the body must be JSON, and said to be: `Content-Type: application/json`";
            Err(reply::refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, text))
        }
    }

    /// The stream of a session, or one that broke.
    fn listen(&self, parts: &Parts) -> Response<Body> {
        if self.http.stateless || is_modern(&parts.headers) {
            return reply::method_not_allowed("POST");
        }
        if !Accepts::read(&parts.headers).events {
            return unacceptable("a stream is `text/event-stream`, which `Accept` does not allow");
        }
        let session = match self.session(parts) {
            Ok(session) => session,
            Err(denied) => return denied.answer(None),
        };
        if !self.life.is_serving() {
            return reply::ending(None);
        }
        let store = &*self.sessions.store;
        let Some(last) = parts.headers.get(LAST_EVENT_ID) else {
            return match session.listen(&self.http, store) {
                Ok(events) => reply::events(events),
                Err(NoStream::Ended) => unknown_session().answer(None),
                Err(NoStream::TooMany) => {
                    let text = format!("the session has {} streams open; close one first", self.http.session_streams);
                    reply::refuse(StatusCode::TOO_MANY_REQUESTS, text)
                }
            };
        };
        match event_id(last.as_bytes()).and_then(|last| session.resume(last, &self.http, store)) {
            Some(events) => reply::events(events),
            None => reply::refuse(StatusCode::BAD_REQUEST, "what followed `Last-Event-ID` is not kept (any more)"),
        }
    }

    fn delete(&self, parts: &Parts) -> Response<Body> {
        if self.http.stateless || is_modern(&parts.headers) {
            return reply::method_not_allowed("POST");
        }
        match self.session(parts) {
            Ok(session) => {
                session.id.into_iter().for_each(|id| self.sessions.remove(id));
                reply::empty(StatusCode::NO_CONTENT)
            }
            Err(denied) => denied.answer(None),
        }
    }

    /// The session that a request belongs to. Whatever is wrong with an id, the answer is the same.
    pub(super) fn session(&self, parts: &Parts) -> Result<Arc<Session>, Denied> {
        let mut ids = parts.headers.get_all(SESSION_ID).iter();
        let (Some(id), None) = (ids.next(), ids.next()) else {
            let text = "the request needs exactly one `Mcp-Session-Id`, which `initialize` gives";
            return Err(Denied::new(StatusCode::BAD_REQUEST, text));
        };
        let found = Id::read(id.as_bytes()).and_then(|id| self.sessions.find(id));
        let found = found.filter(|session| session.is_of(parts.extensions.get()));
        let session = found.ok_or_else(unknown_session)?;
        self.agrees(&session, parts)?;
        session.touch();
        Ok(session)
    }

    /// Who says a revision means the one that was agreed on.
    fn agrees(&self, session: &Session, parts: &Parts) -> Result<(), Denied> {
        let refuse = |fault| Denied { status: StatusCode::BAD_REQUEST, no_id: session.no_id(), fault };
        let Some(said) = headers::version(&parts.headers).map_err(refuse)? else {
            return Ok(());
        };
        if said == session.revision.as_str() {
            return Ok(());
        }
        let fault = match Revision::named(said) {
            Some(_) => crate::jsonrpc::Fault::invalid_request(format!(
                "`MCP-Protocol-Version` is `{said}`, but the session agreed on `{}`",
                session.revision
            )),
            None => crate::session::unsupported(said),
        };
        Err(refuse(fault))
    }

    /// Ends what waits for nothing in particular, and lets calls in flight finish.
    pub(super) fn drain(&self) {
        self.life.enter(Phase::Draining);
        self.sessions.close_idle_streams();
        self.http_sse.close();
    }

    /// Ends everything.
    pub(super) fn end(&self) {
        self.life.enter(Phase::Over);
        self.sessions.clear();
        self.http_sse.close();
    }
}

/// Whether it was never there, has ended, or is somebody else's.
pub(super) fn unknown_session() -> Denied {
    Denied::new(StatusCode::NOT_FOUND, "there is no such session; send `initialize` again")
}

fn health(is_well: bool) -> Response<Body> {
    reply::empty(if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE })
}

fn unacceptable(text: &str) -> Response<Body> {
    reply::refuse(StatusCode::NOT_ACCEPTABLE, text)
}

fn length(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len())).sum()
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(CONTENT_TYPE).iter();
    let (Some(kind), None) = (kinds.next(), kinds.next()) else {
        return false;
    };
    let mut parts = kind.as_bytes().split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(b"application/json"))
        && parts.all(|parameter| {
            let charset = parameter.get(..8).is_some_and(|name| name.eq_ignore_ascii_case(b"charset="));
            let value = parameter.get(8..).unwrap_or_default().trim_ascii();
            let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
            !charset || value.eq_ignore_ascii_case(b"utf-8") || value.eq_ignore_ascii_case(b"utf8")
        })
}

fn is_modern(headers: &HeaderMap) -> bool {
    let said = headers::version(headers).ok().flatten().and_then(Revision::named);
    said.is_some_and(Revision::is_modern)
}

/// Exactly what we write.
fn event_id(text: &[u8]) -> Option<EventId> {
    let (stream, number) = std::str::from_utf8(text).ok()?.split_once('-')?;
    let read = |text: &str| text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    Some(EventId { stream: read(stream)?, number: read(number)? })
}

/// A server as a [`tower`](https://docs.rs/tower) service: it mounts in axum, or in whatever else speaks `tower`. Made by
/// [`Server::into_service`](crate::Server::into_service).
#[derive(Clone)]
pub struct HttpService {
    owner: Arc<Owner>,
}

/// Ends everything when the last copy of the service is gone.
struct Owner {
    inner: Arc<Inner>,
    ending: Mutex<Option<Ending>>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.inner.end();
    }
}

impl HttpService {
    pub(super) fn new(inner: Arc<Inner>, ending: Ending) -> Self {
        Self { owner: Arc::new(Owner { inner, ending: Mutex::new(Some(ending)) }) }
    }

    /// Ends the server: streams are closed, calls in flight finish up to the deadline of
    /// [`Server::drain`](crate::Server::drain), then the shutdown hooks run. Meanwhile it goes on answering. Called again, it
    /// does nothing.
    ///
    /// # Errors
    /// When a shutdown hook fails.
    pub async fn shutdown(&self) -> Result<()> {
        let Owner { inner, ending } = &*self.owner;
        let ending = ending.lock().unwrap_or_else(PoisonError::into_inner).take();
        inner.drain();
        // What is not finished by then is given up.
        let _ = timeout(inner.core.settings.drain, inner.life.idle()).await;
        inner.end();
        match ending {
            Some(ending) => ending.run(&crate::stop::Stop::never()).await,
            None => Ok(()),
        }
    }
}

impl<B> tower_service::Service<Request<B>> for HttpService
where
    B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let inner = self.owner.inner.clone();
        Box::pin(async move { Ok(inner.answer(request).await) })
    }
}

impl fmt::Debug for HttpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpService").field("http", &self.owner.inner.http).finish_non_exhaustive()
    }
}
