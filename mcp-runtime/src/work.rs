//! A call under way: guarded against panics, bounded in time, and really gone when it is dropped.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::oneshot::{self, error::TryRecvError};
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
    /// Where it is told which function it runs, as long as only hooks have run.
    finding: Option<Finding>,
    /// When it has to end, if its function was found later than its deadline was set.
    due: Option<Instant>,
}

/// A function that was found and started: what is to be known of its call.
pub(crate) struct Found {
    pub(crate) target: Target,
    pub(crate) limit: Duration,
    pub(crate) hearing: Option<Hearing>,
    /// What it may become.
    pub(crate) live: Option<Arc<Live>>,
}

impl Found {
    /// It says nothing before it answers, and becomes nothing else.
    pub(crate) fn quiet(target: Target, limit: Duration) -> Self {
        Self { target, limit, hearing: None, live: None }
    }
}

/// The second one is dropped when the call knows.
type Told = (Found, oneshot::Sender<()>);

/// Where a call is told which function it runs.
pub(crate) type Finding = oneshot::Receiver<Told>;

/// Tells a call which function it runs.
pub(crate) struct Finder(oneshot::Sender<Told>);

impl Finder {
    /// With what the call hears it by.
    pub(crate) fn new() -> (Self, Finding) {
        let (tell, told) = oneshot::channel();
        (Self(tell), told)
    }

    /// Waits until the call knows; `false` if there is no call any more.
    pub(crate) async fn tell(self, found: Found) -> bool {
        let (known, knows) = oneshot::channel();
        let is_told = self.0.send((found, known)).is_ok();
        // An error is how the other end says that it was dropped.
        let _ = knows.await;
        is_told
    }
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
    pub(crate) fn new(ticket: Ticket, running: Running, hearing: Option<Hearing>, live: Option<Arc<Live>>) -> Self {
        let running = Guarded::new(ticket.span.around(running));
        let mut work = Self { ticket, running, ear: None, ended: None, clock: None, finding: None, due: None };
        work.equip(hearing, live);
        work
    }

    /// A call of which only hooks run at first.
    pub(crate) fn hooked(ticket: Ticket, running: Running, finding: Finding) -> Self {
        Self { finding: Some(finding), ..Self::new(ticket, running, None, None) }
    }

    /// A call whose request has been answered.
    pub(crate) fn detached(ticket: Ticket, running: Guarded, clock: Arc<Clock>) -> Self {
        Self { ticket, running, ear: None, ended: None, clock: Some(clock), finding: None, due: None }
    }

    fn equip(&mut self, hearing: Option<Hearing>, live: Option<Arc<Live>>) {
        self.running.live = live;
        if let Some(Hearing { ear, clock, rounds, effects }) = hearing {
            self.ear = Some(ear);
            self.clock = clock;
            self.ticket.rounds = rounds.clone();
            self.running.waiting = Some(Waiting { rounds, effects });
        }
    }

    /// Its function was found, and has its own time from here on.
    fn find(&mut self, found: Found) {
        let Found { target, limit, hearing, live } = found;
        (self.ticket.target, self.ticket.limit) = (target, limit);
        self.due = Some(later(Instant::now(), limit));
        self.finding = None;
        self.equip(hearing, live);
    }

    /// Runs what is done at once. The others have until the instant that is returned.
    pub(crate) async fn start(&mut self) -> Result<Outcome, Instant> {
        loop {
            let begun = self.running.start(self.ticket.limit).await;
            match self.finding.as_mut().map(Finding::try_recv) {
                Some(Ok((found, _known))) if begun.is_err() => self.find(found),
                Some(Err(TryRecvError::Closed)) => {
                    // It ends without a function.
                    self.finding = None;
                    return begun;
                }
                Some(Ok(_) | Err(TryRecvError::Empty)) | None => return begun,
            }
        }
    }

    /// Whether it goes on until its client has heard enough.
    #[cfg(feature = "http")]
    pub(crate) fn listens(&self) -> bool {
        matches!(self.ticket.target, Target::Subscription)
    }

    /// Whether it may say something before it answers.
    pub(crate) fn speaks(&self) -> bool {
        self.ear.is_some() || self.finding.is_some()
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
            let finished = finish(&mut self.running, self.clock.as_deref(), self.due.unwrap_or(deadline));
            match (&mut self.finding, &mut self.ear) {
                (Some(finding), _) => tokio::select! {
                    biased;
                    told = finding => match told {
                        Ok((found, _known)) => self.find(found),
                        // It ends without a function.
                        Err(_) => self.finding = None,
                    },
                    outcome = finished => return Next::Ended(outcome),
                },
                (None, Some(ear)) => tokio::select! {
                    biased;
                    Some(said) = ear.recv() => return Next::Said(said),
                    outcome = finished => self.ended = Some(Box::new(outcome)),
                },
                (None, None) => return Next::Ended(finished.await),
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

/// What a client calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallKind {
    /// `tools/call`.
    Tool,
    /// `resources/read`.
    Resource,
    /// `prompts/get`.
    Prompt,
    /// `completion/complete`.
    Completion,
}

/// "tool", "resource", "prompt" or "completion".
impl fmt::Display for CallKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
            Self::Completion => "completion",
        })
    }
}

/// What was called: the place of the entry in its family.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// It has not been looked for: only hooks have run.
    Sought {
        kind: CallKind,
        name: String,
    },
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
    fn new(running: Running) -> Self {
        Self { running: Some(running), last: None, held: Duration::ZERO, waiting: None, live: None }
    }

    /// Polls once, for those that are done at once. The others have until the instant that is returned.
    pub(crate) async fn start(&mut self, limit: Duration) -> Result<Outcome, Instant> {
        let polled = std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut *self).poll(cx))).await;
        match polled {
            Poll::Ready(_) if self.held > limit => Ok(Outcome::TimedOut),
            Poll::Ready(outcome) => Ok(outcome),
            Poll::Pending => Err(later(self.last.map_or_else(Instant::now, |(began, _)| began), limit)),
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

/// A function whose call is a task before it does anything.
pub(crate) fn beginning(task: Arc<Live>, running: Running) -> Running {
    Box::pin(async move {
        task.begin().await;
        running.await
    })
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
