//! What clients are told for whom there is no connection left.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;

use http::header::{CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::Service;

use super::body::Body;
use super::watch::Pulse;

const TEXT: &[u8] = br#"{"jsonrpc":"2.0","error":{"code":-32603,"message":"the server has as many connections as it takes: try again later"}}"#;

/// Answers every request with 503.
pub(super) struct TurnedAway(pub(super) Arc<Pulse>);

impl Service<Request<Incoming>> for TurnedAway {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn call(&self, _: Request<Incoming>) -> Self::Future {
        let mut answer = Response::new(Body::json(TEXT));
        answer.body_mut().counts(Some(self.0.request()));
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        ready(Ok(answer))
    }
}
