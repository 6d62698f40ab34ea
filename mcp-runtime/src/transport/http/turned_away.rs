//! What clients are told for whom there is no connection left.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::Service;

use super::watch::{InRequest, Pulse};

const TEXT: &[u8] = br#"{"jsonrpc":"2.0","error":{"code":-32603,"message":"the server has as many connections as it takes: try again later"}}"#;

/// Answers every request with 503.
pub(super) struct TurnedAway(pub(super) Arc<Pulse>);

impl Service<Request<Incoming>> for TurnedAway {
    type Response = Response<Text>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Text>, Infallible>>;

    fn call(&self, _: Request<Incoming>) -> Self::Future {
        let mut answer = Response::new(Text(Some((Bytes::from_static(TEXT), self.0.request()))));
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        ready(Ok(answer))
    }
}

/// The body: once, and with the request that it ends.
pub(super) struct Text(Option<(Bytes, InRequest)>);

impl Body for Text {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|(text, _)| Ok(Frame::data(text))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(if self.0.is_some() { TEXT.len() as u64 } else { 0 })
    }
}
