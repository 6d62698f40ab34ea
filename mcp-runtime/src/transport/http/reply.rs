//! Responses: a status, a few headers, and JSON or events.

use bytes::Bytes;
use http::header::{ALLOW, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};

use super::body::{Body, Events};
use super::event::Event;
use crate::jsonrpc::{self, Fault, NoId, RequestId, code};
use crate::limit::Limit;

pub(super) fn empty(status: StatusCode) -> Response<Body> {
    with(status, Body::default())
}

/// The headers that say what the body is are added when it leaves. Who comes too early is told to come again.
fn with(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if let StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS = status {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

pub(super) fn json(status: StatusCode, message: Vec<u8>) -> Response<Body> {
    with(status, Body::json(message))
}

pub(super) fn fault(status: StatusCode, id: Option<&RequestId>, fault: &Fault) -> Response<Body> {
    fault_as(NoId::Absent, status, id, fault)
}

pub(super) fn fault_as(no_id: NoId, status: StatusCode, id: Option<&RequestId>, fault: &Fault) -> Response<Body> {
    let mut message = Vec::new();
    jsonrpc::write_fault(&mut message, id, no_id, fault);
    json(status, message)
}

/// Why a message is not taken, before it is known whom to answer.
pub(super) struct Denied {
    pub(super) status: StatusCode,
    pub(super) no_id: NoId,
    pub(super) fault: Fault,
}

impl Denied {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, no_id: NoId::Absent, fault: Fault::invalid_request(message) }
    }

    /// The server takes nothing any more.
    pub(super) fn ending() -> Self {
        let fault = Fault::new(code::INTERNAL_ERROR, "the server is shutting down");
        Self { status: StatusCode::SERVICE_UNAVAILABLE, no_id: NoId::Absent, fault }
    }

    pub(super) fn answer(&self, id: Option<&RequestId>) -> Response<Body> {
        fault_as(self.no_id, self.status, id, &self.fault)
    }
}

/// What HTTP has to object to, before there is a request.
pub(super) fn refuse(status: StatusCode, message: impl Into<String>) -> Response<Body> {
    fault(status, None, &Fault::invalid_request(message))
}

pub(super) fn unacceptable(text: &str) -> Response<Body> {
    refuse(StatusCode::NOT_ACCEPTABLE, text)
}

/// A limit is reached for now.
pub(super) fn busy(limit: Limit, most: usize) -> Response<Body> {
    fault(StatusCode::SERVICE_UNAVAILABLE, None, &Fault::busy(limit, most))
}

/// The server takes nothing any more, or gives up what it has taken.
pub(super) fn ending(id: Option<&RequestId>) -> Response<Body> {
    Denied::ending().answer(id)
}

pub(super) fn method_not_allowed(allowed: &'static str) -> Response<Body> {
    let text = format!("this HTTP method is not understood here; it may be {allowed}");
    let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, text);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

pub(super) fn events(events: Events) -> Response<Body> {
    Response::new(Body::events(events))
}

/// An event stream of which everything is there.
pub(super) fn complete(events: &[Event]) -> Response<Body> {
    Response::new(Body::complete(events.iter().flat_map(Event::concat).collect::<Vec<u8>>()))
}

/// The same of one message, or of nothing.
pub(super) fn whole_stream(message: Option<Bytes>) -> Response<Body> {
    complete(message.map(|message| Event::new(None, None, &message)).as_slice())
}
