//! A call under way: guarded against panics, bounded in time, and really gone when it is dropped.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::asking::Rounds;
use crate::clock::{Clock, later};
use crate::effects::Effects;
use crate::error::Failure;
use crate::jsonrpc::{Fault, RequestId};
use crate::protocol::Terms;
use crate::reply::{Output, Running};
use crate::session::Flight;
use crate::span::Span;
use crate::tasks::{Live, Place};
use crate::voice::{Ear, Said};

/// A call that was accepted: what runs, and to whom the answer goes.
pub(crate) struct Work {
    pub(crate) ticket: Ticket,
    pub(crate) running: Guarded,
    /// Where it is heard before it answers, if it may speak.
    ear: Option<Ear>,
    /// How it ended, as long as what it said before has not been taken.
    ended: Option<Box<Outcome>>,
    /// Stands still while it waits for answers.
    clock: Option<Arc<Clock>>,
}

/// A function that was started.
pub(crate) struct Started {
    pub(crate) running: Running,
    pub(crate) hearing: Option<Hearing>,
    /// What it may become.
    pub(crate) live: Option<Arc<Live>>,
}

/// How a call that may speak is heard.
#[derive(Debug)]
pub(crate) struct Hearing {
    pub(crate) ear: Ear,
    pub(crate) clock: Option<Arc<Clock>>,
    pub(crate) rounds: Option<Arc<Rounds>>,
    pub(crate) effects: Arc<Effects>,
}

/// What a call does next.
pub(crate) enum Next {
    Said(Said),
    Ended(Outcome),
}

impl Work {
    pub(crate) fn new(ticket: Ticket, started: Started) -> Self {
        let Started { running, hearing, live } = started;
        let (ear, clock, waiting) = match hearing {
            Some(Hearing { ear, clock, rounds, effects }) => (Some(ear), clock, Some(Waiting { rounds, effects })),
            None => (None, None, None),
        };
        let running = ticket.span.around(running);
        Self { ticket, running: Guarded::new(running, waiting, live), ear, ended: None, clock }
    }

    /// A call whose request has been answered.
    pub(crate) fn detached(ticket: Ticket, running: Guarded, clock: Arc<Clock>) -> Self {
        Self { ticket, running, ear: None, ended: None, clock: Some(clock) }
    }

    /// Whether it goes on until its client has heard enough.
    #[cfg(feature = "http")]
    pub(crate) fn listens(&self) -> bool {
        matches!(self.ticket.target, Target::Subscription)
    }

    /// Whether it may say something before it answers.
    pub(crate) fn speaks(&self) -> bool {
        self.ear.is_some()
    }

    /// What it has said so far.
    pub(crate) fn said(&mut self) -> Option<Said> {
        self.ear.as_mut()?.try_recv().ok()
    }

    /// Waits for what comes next: all that it says, then how it ended. Nothing is lost if the wait is given up.
    pub(crate) async fn next(&mut self, deadline: Instant) -> Next {
        loop {
            if let Some(said) = self.said() {
                return Next::Said(said);
            }
            if let Some(outcome) = self.ended.take() {
                return Next::Ended(*outcome);
            }
            let Some(ear) = &mut self.ear else {
                return Next::Ended(finish(&mut self.running, self.clock.as_deref(), deadline).await);
            };
            tokio::select! {
                biased;
                Some(said) = ear.recv() => return Next::Said(said),
                outcome = finish(&mut self.running, self.clock.as_deref(), deadline) => self.ended = Some(Box::new(outcome)),
            }
        }
    }
}

/// Runs to the end, or to the end of its own time.
async fn finish(running: &mut Guarded, clock: Option<&Clock>, deadline: Instant) -> Outcome {
    let Some(clock) = clock else {
        return running.finish(deadline).await;
    };
    loop {
        let Some(waited) = clock.waited() else {
            tokio::select! {
                outcome = &mut *running => return outcome,
                () = clock.goes_on.notified() => continue,
            }
        };
        match running.finish(later(deadline, waited)).await {
            Outcome::TimedOut if clock.waited() != Some(waited) => {}
            outcome => return outcome,
        }
    }
}

/// All that the answer needs.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) id: RequestId,
    pub(crate) flight: Flight,
    pub(crate) terms: Arc<Terms>,
    pub(crate) target: Target,
    pub(crate) limit: Duration,
    /// What its client is to come back with, if it may have to.
    pub(crate) rounds: Option<Arc<Rounds>>,
    /// The function runs in it, and the answer is made in it.
    pub(crate) span: Span,
}

/// What was called: the place of the entry in its family.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Tool(usize),
    Resource {
        index: usize,
        uri: String,
    },
    Template {
        index: usize,
        uri: String,
    },
    Prompt(usize),
    Completion(String),
    Subscription,
    /// A task was asked for, by its id.
    Task(String),
}

/// How a call ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Finished(Result<Output, Failure>),
    Panicked,
    TimedOut,
    /// It asks, and its client is to come back with the answers (2026-07-28).
    Asked,
    /// It goes on as a task.
    Left(Departure),
    /// It cannot go on.
    Refused(Fault),
}

/// A call that leaves its request.
pub(crate) struct Departure {
    pub(crate) running: Guarded,
    pub(crate) place: Place,
}

impl fmt::Debug for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Departure").field("place", &self.place).finish_non_exhaustive()
    }
}

/// A function at work that cannot take the server with it: not when it is polled, and not when it is dropped.
pub(crate) struct Guarded {
    running: Option<Running>,
    /// When the last poll began and ended.
    last: Option<(Instant, Instant)>,
    /// The longest time for which it held on to the runtime.
    held: Duration,
    waiting: Option<Waiting>,
    /// What it may become.
    live: Option<Arc<Live>>,
}

/// What tells of a function that is pending whether it waits in vain.
struct Waiting {
    rounds: Option<Arc<Rounds>>,
    effects: Arc<Effects>,
}

impl Waiting {
    /// How a call ends that would be pending for ever.
    fn in_vain(&self) -> Option<Outcome> {
        if let Some(why) = self.effects.broken() {
            return Some(Outcome::Finished(Err(Failure::Broken(why))));
        }
        // Whatever else it waits for, it waits for an answer that only another request can bring. But what was begun is
        // finished: the next round would begin it again.
        let asks = self.rounds.as_ref().is_some_and(|rounds| rounds.has_open());
        (asks && !self.effects.are_at_work()).then_some(Outcome::Asked)
    }
}

impl Guarded {
    fn new(running: Running, waiting: Option<Waiting>, live: Option<Arc<Live>>) -> Self {
        Self { running: Some(running), last: None, held: Duration::ZERO, waiting, live }
    }

    /// Polls once, for those that are done at once. The others have until the instant that is returned.
    pub(crate) async fn start(&mut self, limit: Duration) -> Result<Outcome, Instant> {
        let polled = std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut *self).poll(cx))).await;
        let deadline = later(self.last.map_or_else(Instant::now, |(began, _)| began), limit);
        match polled {
            Poll::Ready(outcome) => Ok(self.in_time(outcome, deadline)),
            Poll::Pending => Err(deadline),
        }
    }

    /// Runs to the end, or to the end of its time.
    pub(crate) async fn finish(&mut self, deadline: Instant) -> Outcome {
        match timeout_at(deadline, &mut *self).await {
            Ok(outcome) => self.in_time(outcome, deadline),
            Err(_) => Outcome::TimedOut,
        }
    }

    /// What blocks cannot be interrupted, but its time is over all the same. Who was only polled late, because others
    /// blocked, keeps its outcome.
    fn in_time(&self, outcome: Outcome, deadline: Instant) -> Outcome {
        match self.last {
            Some((began, ended)) if began <= deadline && deadline < ended => Outcome::TimedOut,
            Some(_) | None => outcome,
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
        let began = Instant::now();
        let polled = guard(|| running.as_mut().poll(cx));
        let ended = Instant::now();
        self.last = Some((began, ended));
        self.held = self.held.max(ended.saturating_duration_since(began));
        if matches!(polled, Some(Poll::Pending))
            && let Some(outcome) = self.leave()
        {
            self.clear();
            return Poll::Ready(outcome);
        }
        let outcome = match polled {
            Some(Poll::Pending) => match self.waiting.as_ref().and_then(Waiting::in_vain) {
                Some(outcome) => outcome,
                None => return Poll::Pending,
            },
            Some(Poll::Ready(result)) => Outcome::Finished(result),
            None => Outcome::Panicked,
        };
        self.clear();
        Poll::Ready(outcome)
    }
}

impl Guarded {
    /// Takes it from its request, if it is to go on as a task.
    fn leave(&mut self) -> Option<Outcome> {
        Some(match self.live.as_ref()?.leaves()? {
            Ok(place) => {
                // A task asks in no rounds.
                let waiting = self.waiting.take().map(|Waiting { effects, .. }| Waiting { rounds: None, effects });
                let running = self.running.take();
                let running = Self { running, last: None, held: Duration::ZERO, waiting, live: None };
                Outcome::Left(Departure { running, place })
            }
            Err(fault) => Outcome::Refused(fault),
        })
    }

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
