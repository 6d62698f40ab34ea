//! What clients are told for whom there is no connection left.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;

use http::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::Service;

use super::body::Body;
use super::reply;
use super::watch::Pulse;
use crate::limit::Limit;

/// Answers every request with 503.
pub(super) struct TurnedAway {
    pub(super) pulse: Arc<Pulse>,
    /// How many connections may be open.
    pub(super) most: usize,
}

impl Service<Request<Incoming>> for TurnedAway {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn call(&self, _: Request<Incoming>) -> Self::Future {
        let mut answer = reply::busy(Limit::Connections, self.most);
        answer.body_mut().counts(Some(self.pulse.request()));
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        ready(Ok(answer))
    }
}
