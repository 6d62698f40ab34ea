//! One request on its way to its answer. What can be answered at once is answered in place: no task, no timer, no future of its
//! own.

use std::convert::Infallible;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http::header::CONNECTION;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version};
use tokio::time::Instant;

use super::body::Body;
use super::service::Inner;
use super::watch::InRequest;
use super::{cors, reply};
use crate::work::{Outcome, Work};

/// What becomes of a request.
pub(super) enum Answered {
    Now(Response<Body>),
    /// It has not been polled.
    Later(Later),
}

/// Makes a response that is not there yet.
pub(super) type Later = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

impl Answered {
    pub(super) fn later(response: impl Future<Output = Response<Body>> + Send + 'static) -> Self {
        Self::Later(Box::pin(response))
    }

    /// Waits for it, where something else has been waited for already.
    pub(super) async fn response(self) -> Response<Body> {
        match self {
            Self::Now(response) => response,
            Self::Later(later) => later.await,
        }
    }
}

impl From<Response<Body>> for Answered {
    fn from(response: Response<Body>) -> Self {
        Self::Now(response)
    }
}

/// Room for an answer, so that a short one is allocated once.
pub(super) const SHORT: usize = 512;

/// Runs what is done at once. The others have until the instant that is returned.
pub(super) fn start(work: &mut Work, cx: &mut Context<'_>) -> Result<Outcome, Instant> {
    match pin!(work.start()).poll(cx) {
        Poll::Ready(started) => started,
        Poll::Pending => unreachable!("it polls once, and does not wait"),
    }
}

/// The response to a request.
pub(super) struct Answering<B> {
    inner: Arc<Inner>,
    request: Option<Request<B>>,
    later: Option<Later>,
    leaving: Leaving,
}

/// What is done to a response before it leaves.
#[derive(Default)]
pub(super) struct Leaving {
    /// The page that is to be told that it may read the response.
    pub(super) origin: Option<HeaderValue>,
    /// A map that the request does not need any more. hyper makes the next request of that of the response, so that a
    /// connection goes on with one.
    pub(super) spare: HeaderMap,
    is_http1: bool,
    /// Tells the connection that it is busy.
    guard: Option<InRequest>,
}

impl<B> Answering<B> {
    pub(super) fn new(inner: Arc<Inner>, request: Request<B>, guard: Option<InRequest>) -> Self {
        let is_http1 = request.version() < Version::HTTP_2;
        Self { inner, request: Some(request), later: None, leaving: Leaving { is_http1, guard, ..Leaving::default() } }
    }
}

impl<B> Future for Answering<B>
where
    B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Unpin + Send + 'static,
{
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { inner, request, later, leaving } = &mut *self;
        let response = match (request.take(), &mut *later) {
            (Some(request), _) => match inner.answer(request, leaving, cx) {
                Answered::Now(response) => response,
                Answered::Later(response) => ready!(later.insert(response).as_mut().poll(cx)),
            },
            (None, Some(later)) => ready!(later.as_mut().poll(cx)),
            (None, None) => return Poll::Pending,
        };
        Poll::Ready(Ok(leaving.finish(inner, response)))
    }
}

impl Leaving {
    fn finish(&mut self, inner: &Inner, mut response: Response<Body>) -> Response<Body> {
        if !response.body_mut().is_held(&inner.unread) {
            response = reply::fault(StatusCode::TOO_MANY_REQUESTS, None, &inner.unread.fault());
        }
        let mut headers = std::mem::take(&mut self.spare);
        response.body().describe(&mut headers);
        if !response.headers().is_empty() {
            headers.extend(std::mem::take(response.headers_mut()));
        }
        if let Some(origin) = self.origin.take() {
            cors::expose(&mut headers, origin);
        }
        if self.is_http1 && !inner.life.is_serving() {
            // The last one on this connection (RFC 9112, 9.6).
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        *response.headers_mut() = headers;
        response.body_mut().counts(self.guard.take());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::super::place::Routes;
    use super::super::service::Checked;
    use super::*;
    use crate::http_settings::Http;
    use crate::item::Item;
    use crate::item::for_test::HELD;
    use crate::server::Server;

    /// Its call may have begun when there was room.
    #[test]
    fn an_answer_that_finds_no_room_is_an_error() {
        const LONG: usize = 100_000;
        let built = Server::new("test", "1.0.0").items([Item::Tool(&HELD)]).build().unwrap();
        let mounted = Inner::new(built.core, Checked::new(Http::new().unread(LONG)).unwrap(), Routes::Own);
        let (one, other) = (mounted.apart(), mounted.apart());
        let leave = |inner: &Inner, body| Leaving::default().finish(inner, Response::new(body));
        let long = || Body::json(vec![b' '; LONG]);
        let first = leave(&one, long());
        assert_eq!(first.status(), StatusCode::OK);
        for body in [long(), Body::complete(vec![b' '; LONG])] {
            assert_eq!(leave(&one, body).status(), StatusCode::TOO_MANY_REQUESTS);
        }
        for inner in [&other, &mounted, &mounted] {
            assert_eq!(leave(inner, long()).status(), StatusCode::OK, "another connection, or no bound");
        }
        drop(first);
        assert_eq!(leave(&one, long()).status(), StatusCode::OK);
    }
}
