//! A POST to the endpoint: which era it belongs to, and what becomes of it.

use std::sync::Arc;
use std::task::Context;

use crate::json::Json;
use http::request::Parts;
use http::{Response, StatusCode};

use super::accept::Accepts;
use super::answering::Answered;
use super::body::Body;
use super::headers::Said;
use super::legacy::{self, Post};
use super::reply::Denied;
use super::service::Inner;
use super::session::Session;
use super::{modern, reply};
use crate::carried::Carried;
use crate::jsonrpc::{self, Fault, Message, NoId, Rejected, RequestId, code};
use crate::limit::Limit;
use crate::params::Params;
use crate::protocol::{Method, Revision};
use crate::session::unsupported;

/// Answers one transmission.
pub(super) fn answer(
    inner: &Arc<Inner>,
    accepts: Accepts,
    carried: &Arc<Carried>,
    bytes: &[u8],
    cx: &mut Context<'_>,
) -> Answered {
    let bytes = jsonrpc::without_mark(bytes);
    let depth = inner.core.settings.depth;
    let headers = Said::read(&carried.parts.headers);
    let said = match headers.version() {
        Ok(said) => said,
        Err(fault) => return reply::fault(StatusCode::BAD_REQUEST, readable_id(bytes, depth).as_ref(), &fault).into(),
    };
    let incoming = Incoming { inner, accepts, headers, said, carried };
    let read = jsonrpc::text(bytes).and_then(|text| {
        let message = if jsonrpc::is_batch(text) { None } else { Some(jsonrpc::read(text, depth)?) };
        Ok((text, message))
    });
    match read {
        Ok((text, None)) => incoming.batch(text, cx),
        Ok((_, Some(Message::Request { id, method, params }))) => incoming.request(id, &method, &params, cx),
        Ok((_, Some(Message::Notification { method, params }))) => incoming.notification(&method, &params).into(),
        Ok((_, Some(Message::Response { id, answer }))) => incoming.response(id.as_ref(), answer).into(),
        Err(rejected) => incoming.reject(&rejected).into(),
    }
}

/// A message, and what its HTTP request says about it.
struct Incoming<'i> {
    inner: &'i Arc<Inner>,
    accepts: Accepts,
    headers: Said<'i>,
    /// `MCP-Protocol-Version`.
    said: Option<&'i str>,
    carried: &'i Arc<Carried>,
}

impl Incoming<'_> {
    /// Without a header it speaks 2025-03-26 (2025-06-18 and later, Transports, Protocol Version Header).
    fn revision(&self) -> Result<Revision, Fault> {
        let Some(said) = self.said else { return Ok(Revision::V2025_03_26) };
        Revision::named(said).ok_or_else(|| unsupported(said))
    }

    fn is_modern(&self) -> bool {
        self.revision().is_ok_and(Revision::is_modern)
    }

    fn request(self, id: RequestId, method: &str, params: &Params<'_>, cx: &mut Context<'_>) -> Answered {
        let params = params.sound();
        // What is no object cannot say that it is modern.
        let stated = params.as_ref().ok().and_then(|params| params.stated().transpose());
        if self.is_modern() || stated.is_some() {
            let Self { inner, accepts, headers, said, carried } = self;
            let request = modern::Modern { id, method, headers, said, carried };
            return request.answer(inner, accepts, params, stated, cx);
        }
        if let Err(fault) = self.revision() {
            return reply::fault(StatusCode::BAD_REQUEST, Some(&id), &fault).into();
        }
        if let Err((status, fault)) = self.inner.admits(method, &self.carried.parts) {
            return reply::fault(status, Some(&id), &fault).into();
        }
        if method == "initialize" {
            return self.initialize(&id, params).into();
        }
        match self.session() {
            Ok(session) => self.post(session).request(id, method, params, cx),
            Err(denied) => denied.answer(Some(&id)).into(),
        }
    }

    fn initialize(self, id: &RequestId, params: Result<&Params<'_>, Fault>) -> Response<Body> {
        if self.headers.names_session() && !self.inner.http.stateless {
            let fault = Fault::invalid_request("a session is opened without an `Mcp-Session-Id`");
            return reply::fault(StatusCode::BAD_REQUEST, Some(id), &fault);
        }
        if !self.inner.life.is_serving() {
            return reply::ending(Some(id));
        }
        legacy::initialize(self.inner, self.accepts, id, params, self.carried)
    }

    fn batch(self, text: &str, cx: &mut Context<'_>) -> Answered {
        let refuse = |no_id| Denied {
            no_id,
            ..Denied::new(StatusCode::BAD_REQUEST, "a batch is understood only in revision 2025-03-26")
        };
        let members = match jsonrpc::batch(text, self.inner.core.settings.batch_length) {
            Err(rejected) if rejected.fault.code == code::PARSE_ERROR => return self.reject(&rejected).into(),
            Ok(_) | Err(_) if self.is_modern() => return refuse(NoId::Absent).answer(None).into(),
            Ok(members) => members,
            Err(rejected) => return self.reject(&rejected).into(),
        };
        match self.session() {
            Ok(session) if session.revision != Revision::V2025_03_26 => refuse(session.no_id()).answer(None).into(),
            Ok(session) => self.post(session).batch(&members, cx),
            Err(denied) => denied.answer(None).into(),
        }
    }

    fn notification(self, method: &str, params: &Params<'_>) -> Response<Body> {
        // Nothing is owed to a client that has no session: it ends its calls by leaving.
        if self.is_modern() {
            return reply::empty(StatusCode::ACCEPTED);
        }
        match self.session() {
            Ok(session) => self.post(session).notification(method, params),
            Err(denied) => denied.answer(None),
        }
    }

    fn response(self, id: Option<&RequestId>, answer: Result<Json<'_>, Json<'_>>) -> Response<Body> {
        if self.is_modern() {
            let text = "responses are not sent in revision 2026-07-28; answers go into the next request";
            return reply::refuse(StatusCode::BAD_REQUEST, text);
        }
        match self.session() {
            Ok(session) => {
                session.state().connection.responded(id, answer);
                reply::empty(StatusCode::ACCEPTED)
            }
            Err(denied) => denied.answer(None),
        }
    }

    fn reject(self, rejected: &Rejected) -> Response<Body> {
        // Without a word about the revision it may be one that forbids `null`.
        let is_known = !self.is_modern() && (self.said.is_some() || self.headers.names_session());
        let no_id = match self.session() {
            Ok(session) if is_known => session.no_id(),
            Ok(_) | Err(_) => NoId::Absent,
        };
        reply::fault_as(no_id, StatusCode::BAD_REQUEST, rejected.id.as_ref(), &rejected.fault)
    }

    /// The session of a client from before 2026-07-28, or what takes its place.
    fn session(&self) -> Result<Arc<Session>, Denied> {
        if !self.inner.http.stateless {
            return self.inner.session(&self.headers, &self.carried.parts.extensions);
        }
        match self.revision() {
            Ok(revision) => Ok(legacy::passing(self.inner, revision, &self.carried.parts)),
            Err(fault) => Err(Denied { status: StatusCode::BAD_REQUEST, no_id: NoId::Absent, fault }),
        }
    }
}

impl<'i> Incoming<'i> {
    fn post(self, session: Arc<Session>) -> Post<'i> {
        Post { inner: self.inner, session, accepts: self.accepts, carried: self.carried }
    }
}

impl Inner {
    /// Whether one more call may be in flight.
    pub(super) fn admits(&self, method: &str, parts: &Parts) -> Result<(), (StatusCode, Fault)> {
        if Method::named(method).is_some_and(Method::is_call) { self.admits_call(parts) } else { Ok(()) }
    }

    pub(super) fn admits_call(&self, parts: &Parts) -> Result<(), (StatusCode, Fault)> {
        if self.life.calls() >= self.http.calls {
            return Err((StatusCode::SERVICE_UNAVAILABLE, Fault::busy(Limit::Calls, self.http.calls)));
        }
        if !self.unread.has_room() {
            return Err((StatusCode::TOO_MANY_REQUESTS, self.unread.fault()));
        }
        let most = self.core.settings.in_flight;
        match parts.extensions.get() {
            Some(principal) if self.life.calls_of(principal) >= most => {
                Err((StatusCode::TOO_MANY_REQUESTS, Fault::busy(Limit::InFlight, most)))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// The id of a request whose headers cannot be trusted.
fn readable_id(bytes: &[u8], depth: usize) -> Option<RequestId> {
    match jsonrpc::read(jsonrpc::text(bytes).ok()?, depth) {
        Ok(Message::Request { id, .. }) => Some(id),
        Ok(Message::Notification { .. } | Message::Response { .. }) => None,
        Err(rejected) => rejected.id,
    }
}
