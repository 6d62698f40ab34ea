//! A server as a tower service.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Buf;
use http::{Request, Response};
use tokio::time::timeout;

use super::answering::Answering;
use super::body::Body;
use super::service::Inner;
use crate::error::Result;
use crate::lock::lock;
use crate::log;
use crate::server::built::Ending;
use crate::stop::Stop;

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
        let ending = lock(&self.ending);
        if ending.as_ref().is_some_and(Ending::has_hooks) {
            log::error(format_args!(
                "the shutdown hooks did not run: call `HttpService::shutdown` before it is dropped"
            ));
        }
    }
}

impl HttpService {
    pub(super) fn new(inner: Arc<Inner>, ending: Ending) -> Self {
        Self { owner: Arc::new(Owner { inner, ending: Mutex::new(Some(ending)) }) }
    }

    /// Ends the server: streams are closed, calls in flight finish up to the deadline of
    /// [`Server::drain`](crate::Server::drain), then the shutdown hooks run. Until the deadline it goes on answering; from then
    /// on it refuses with 503. If it is called again, the hooks run only once.
    ///
    /// # Errors
    /// When a shutdown hook fails.
    pub async fn shutdown(&self) -> Result<()> {
        let Owner { inner, ending } = &*self.owner;
        inner.drain();
        // What is not finished by then is given up.
        let _ = timeout(inner.core.settings.drain, inner.idle()).await;
        inner.end();
        inner.core.roster.finish().await;
        let ending = lock(ending).take();
        match ending {
            Some(ending) => ending.run(&Stop::never()).await,
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
        Box::pin(Answering::new(self.owner.inner.clone(), request.map(Box::pin), None))
    }
}

impl fmt::Debug for HttpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpService").field("http", &self.owner.inner.http).finish_non_exhaustive()
    }
}
