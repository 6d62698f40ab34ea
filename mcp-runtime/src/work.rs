//! A call under way: guarded against panics, bounded in time, and really gone when it is dropped.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::error::Failure;
use crate::jsonrpc::RequestId;
use crate::protocol::Terms;
use crate::reply::{Output, Running};
use crate::session::Flight;

/// A call that was accepted: what runs, and to whom the answer goes.
pub(crate) struct Work {
    pub(crate) ticket: Ticket,
    pub(crate) running: Guarded,
}

/// All that the answer needs.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) id: RequestId,
    pub(crate) flight: Flight,
    pub(crate) terms: Arc<Terms>,
    pub(crate) target: Target,
    pub(crate) limit: Duration,
}

/// What was called: the place of the entry in its family.
#[derive(Debug)]
pub(crate) enum Target {
    Tool(usize),
    Resource { index: usize, uri: String },
    Template { index: usize, uri: String },
    Prompt(usize),
    Completion(String),
}

/// How a call ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Finished(Result<Output, Failure>),
    Panicked,
    TimedOut,
}

/// A function at work that cannot take the server with it: not when it is polled, and not when it is dropped.
pub(crate) struct Guarded {
    running: Option<Running>,
    /// The longest time for which it held on to the runtime.
    held: Duration,
}

impl Guarded {
    pub(crate) fn new(running: Running) -> Self {
        Self { running: Some(running), held: Duration::ZERO }
    }

    /// Polls once, for those that are done at once.
    pub(crate) async fn start(&mut self) -> Option<Outcome> {
        std::future::poll_fn(|cx| match Pin::new(&mut *self).poll(cx) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    /// Runs to the end, or to the end of its time.
    pub(crate) async fn finish(&mut self, deadline: Instant) -> Outcome {
        match timeout_at(deadline, &mut *self).await {
            // What blocks cannot be interrupted, but its time is over all the same.
            Ok(_) if Instant::now() > deadline => Outcome::TimedOut,
            Ok(outcome) => outcome,
            Err(_) => Outcome::TimedOut,
        }
    }

    /// How long it held on to the runtime at once, if that was so long that everybody noticed.
    pub(crate) fn blocked(&self) -> Option<Duration> {
        const NOTICEABLE: Duration = Duration::from_secs(1);
        (self.held >= NOTICEABLE).then_some(self.held)
    }
}

impl Future for Guarded {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let Some(running) = self.running.as_mut() else {
            return Poll::Ready(Outcome::Panicked);
        };
        let started = Instant::now();
        let polled = guard(|| running.as_mut().poll(cx));
        self.held = self.held.max(started.elapsed());
        let outcome = match polled {
            Some(Poll::Pending) => return Poll::Pending,
            Some(Poll::Ready(result)) => Outcome::Finished(result),
            None => Outcome::Panicked,
        };
        self.clear();
        Poll::Ready(outcome)
    }
}

impl Guarded {
    fn clear(&mut self) {
        let running = self.running.take();
        guard(|| drop(running));
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Runs code of the user. `None` if it panicked: the panic hook has told where.
pub(crate) fn guard<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).map_err(discard).ok()
}

/// The payload of a panic may panic again when it is dropped.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}
