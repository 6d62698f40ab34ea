//! One task: a call that goes on without its request.

use std::collections::BTreeMap;
use std::fmt;
use std::mem::take;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::value::RawValue;
use tokio::sync::{oneshot, watch};
use tokio::time::sleep;

use super::{Roster, TaskRecord};
use crate::clock::Clock;
use crate::gather::gather;
use crate::id::Id;
use crate::json::Object;
use crate::jsonrpc::Fault;
use crate::log;
use crate::timestamp::utc;

/// A task, or a call that may become one.
pub(crate) struct Live {
    pub(crate) id: String,
    pub(super) owner: Option<String>,
    /// How long it may work.
    pub(crate) limit: Duration,
    pub(crate) clock: Arc<Clock>,
    roster: Arc<Roster>,
    state: watch::Sender<State>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    created: SystemTime,
    updated: SystemTime,
    message: Option<String>,
    /// How often a question was asked, by its key.
    asked: BTreeMap<String, usize>,
    open: BTreeMap<String, Open>,
}

#[derive(Debug)]
enum Phase {
    /// A call like any other.
    Call,
    /// It is to become a task when its function waits for that.
    Leaving,
    /// It cannot become a task.
    Refused(Fault),
    Task,
    Ended(End),
}

/// How a task ended.
#[derive(Debug)]
pub(crate) enum End {
    /// With a result, in JSON.
    Completed(String),
    Failed(Fault),
    Cancelled,
}

/// A question that has not been answered.
#[derive(Debug)]
struct Open {
    request: Box<RawValue>,
    answer: oneshot::Sender<Box<RawValue>>,
}

impl State {
    fn status(&self) -> &'static str {
        match &self.phase {
            Phase::Ended(End::Completed(_)) => "completed",
            Phase::Ended(End::Failed(_)) => "failed",
            Phase::Ended(End::Cancelled) => "cancelled",
            Phase::Call | Phase::Leaving | Phase::Refused(_) | Phase::Task if self.open.is_empty() => "working",
            Phase::Call | Phase::Leaving | Phase::Refused(_) | Phase::Task => "input_required",
        }
    }

    fn is_task(&self) -> bool {
        matches!(self.phase, Phase::Task | Phase::Ended(_))
    }

    fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended(_))
    }

    /// The system's clock may go back, a task does not.
    fn touch(&mut self) {
        self.updated = self.updated.max(SystemTime::now());
    }
}

impl Live {
    pub(super) fn new(roster: &Arc<Roster>, owner: Option<String>, limit: Duration) -> Result<Arc<Self>, Fault> {
        let now = SystemTime::now();
        let state = State {
            phase: Phase::Call,
            created: now,
            updated: now,
            message: None,
            asked: BTreeMap::new(),
            open: BTreeMap::new(),
        };
        Ok(Arc::new(Self {
            id: random()?,
            owner,
            limit,
            clock: Arc::default(),
            roster: roster.clone(),
            state: watch::Sender::new(state),
        }))
    }
}

fn random() -> Result<String, Fault> {
    let id = Id::random().map_err(|error| {
        log::error(format_args!("there is no randomness for the id of a task: {error}"));
        Fault::internal()
    })?;
    Ok(id.to_string())
}

/// How a call becomes a task.
impl Live {
    /// Makes the call a task: it is taken from its request at the next poll that leaves it pending, and goes on from here. If it
    /// cannot be one, the call ends here.
    pub(crate) async fn begin(self: &Arc<Self>) {
        if self.is_task() {
            return;
        }
        let _leaving = Leaving(self);
        match self.enter().await {
            Ok(()) => self.enter_phase(Phase::Leaving),
            Err(fault) => self.enter_phase(Phase::Refused(fault)),
        }
        self.begun().await;
    }

    /// Clients may ask for it from now on, wherever they ask.
    async fn enter(self: &Arc<Self>) -> Result<(), Fault> {
        self.roster.enter(self)?;
        self.state.send_modify(|state| {
            state.created = SystemTime::now();
            state.updated = state.created;
        });
        self.keep(self.record()).await.map_err(|()| Fault::internal())
    }

    fn enter_phase(&self, phase: Phase) {
        self.state.send_modify(|state| state.phase = phase);
    }

    /// Waits until it is a task.
    pub(crate) async fn begun(&self) {
        // The sender lives as long as `self`.
        let _ = self.state.subscribe().wait_for(State::is_task).await;
    }

    /// Whether it is taken from its request now, or why it cannot be.
    pub(crate) fn leaves(self: &Arc<Self>) -> Option<Result<Place, Fault>> {
        let mut refused = None;
        let has_left = self.state.send_if_modified(|state| match &state.phase {
            Phase::Leaving => {
                state.phase = Phase::Task;
                true
            }
            Phase::Refused(fault) => {
                refused = Some(fault.clone());
                false
            }
            Phase::Call | Phase::Task | Phase::Ended(_) => false,
        });
        if has_left { Some(Ok(Place(self.clone()))) } else { refused.map(Err) }
    }

    pub(crate) fn is_task(&self) -> bool {
        self.state.borrow().is_task()
    }
}

/// Takes back that a call becomes a task if it does not.
struct Leaving<'l>(&'l Live);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if !self.0.is_task() {
            self.0.enter_phase(Phase::Call);
            self.0.roster.leave(&self.0.id);
        }
    }
}

/// The place of a task among those at work.
pub(crate) struct Place(Arc<Live>);

impl Place {
    pub(crate) fn live(&self) -> &Arc<Live> {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.roster.leave(&self.0.id);
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Place").field(&self.0.id).finish()
    }
}

/// What a task does.
impl Live {
    /// Says what is going on.
    pub(crate) fn say(&self, message: String) {
        self.state.send_if_modified(|state| {
            let is_new = !state.has_ended() && state.message.as_ref() != Some(&message);
            if is_new {
                state.message = Some(message);
                state.touch();
            }
            is_new
        });
    }

    /// Asks under a key that is made from this one and that no other question of the task has.
    pub(crate) fn ask(&self, key: &str, request: Box<RawValue>) -> Asked<'_> {
        let (answer, answered) = oneshot::channel();
        let mut unique = String::new();
        self.state.send_modify(|state| {
            unique = distinct(key, &mut state.asked, |key| state.open.contains_key(key));
            state.open.insert(unique.clone(), Open { request, answer });
            state.touch();
        });
        Asked { live: self, key: unique, answered }
    }

    pub(crate) fn answer(&self, mut answers: BTreeMap<String, Box<RawValue>>) {
        self.state.send_if_modified(|state| {
            let before = state.open.len();
            let open = take(&mut state.open).into_iter();
            state.open = gather(open.filter_map(|(key, open)| match answers.remove(&key) {
                Some(answer) => {
                    // A function that was dropped does not listen.
                    let _ = open.answer.send(answer);
                    None
                }
                None => Some((key, open)),
            }));
            let is_new = state.open.len() < before;
            if is_new {
                state.touch();
            }
            is_new
        });
    }

    /// It ends like this, unless it has ended.
    pub(crate) fn end(&self, end: End) {
        self.state.send_if_modified(|state| {
            let is_new = !state.has_ended();
            if is_new {
                if let End::Failed(fault) = &end {
                    state.message = Some(fault.message.clone());
                }
                state.open.clear();
                state.phase = Phase::Ended(end);
                state.touch();
            }
            is_new
        });
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&self) {
        // The sender lives as long as `self`.
        let _ = self.state.subscribe().wait_for(State::has_ended).await;
    }

    /// Waits until the server ends.
    pub(crate) async fn over(&self) {
        self.roster.over().await;
    }

    /// How it is, now and after each change.
    pub(crate) fn course(self: &Arc<Self>) -> Course {
        let mut state = self.state.subscribe();
        state.mark_changed();
        Course { live: self.clone(), state, has_ended: false }
    }

    /// Keeps every change until it has ended. A store that fails is asked again for how it ended, as long as that is of use.
    pub(crate) async fn keep_up(self: &Arc<Self>) {
        const PAUSE: Duration = Duration::from_secs(1);
        let mut course = self.course();
        while let Some(record) = course.next().await {
            let (has_ended, expires) = (record.ended, record.expires);
            let mut kept = self.keep(record).await;
            while has_ended && kept.is_err() && SystemTime::now() < expires {
                tokio::select! {
                    () = self.over() => return,
                    () = sleep(PAUSE) => kept = self.keep(self.record()).await,
                }
            }
        }
    }

    async fn keep(&self, record: TaskRecord) -> Result<(), ()> {
        let kept = self.roster.settings.store.keep(record).await;
        kept.map_err(|error| log::error(format_args!("the task `{}` could not be kept: {error}", self.id)))
    }
}

/// A task, each time that it has changed, until it has ended. Changes that follow one another quickly are one.
pub(crate) struct Course {
    live: Arc<Live>,
    state: watch::Receiver<State>,
    has_ended: bool,
}

impl Course {
    /// Waits for the next one; `None` if there are no more.
    pub(crate) async fn next(&mut self) -> Option<TaskRecord> {
        if self.has_ended {
            return None;
        }
        self.change().await;
        self.take()
    }

    /// Waits until it has changed. Nothing is lost if the wait is given up, or if nobody [takes](Self::take) what is new.
    pub(super) async fn change(&mut self) {
        // The sender lives as long as `self.live`.
        if self.state.changed().await.is_ok() {
            self.state.mark_changed();
        }
    }

    /// The next one, if there is one now.
    pub(super) fn take(&mut self) -> Option<TaskRecord> {
        if self.has_ended || !self.state.has_changed().unwrap_or_default() {
            return None;
        }
        self.state.mark_unchanged();
        let record = self.live.record();
        self.has_ended = record.ended;
        Some(record)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    pub(super) fn id(&self) -> &str {
        &self.live.id
    }
}

/// A key that is made from this one, by how often it was asked for, and that is not taken.
pub(crate) fn distinct(key: &str, asked: &mut BTreeMap<String, usize>, is_taken: impl Fn(&str) -> bool) -> String {
    let times = asked.entry(key.to_owned()).or_default();
    loop {
        *times = times.saturating_add(1);
        let distinct = if *times == 1 { key.to_owned() } else { format!("{key}-{times}") };
        if !is_taken(&distinct) {
            return distinct;
        }
    }
}

/// What a task shows.
impl Live {
    /// As it is now.
    pub(crate) fn record(&self) -> TaskRecord {
        let ttl = self.ttl();
        let state = self.state.borrow();
        let mut json = Vec::new();
        let mut object = Object::open(&mut json);
        self.show(&state, ttl, &mut object);
        match &state.phase {
            Phase::Ended(End::Completed(result)) => object.raw("result", result),
            Phase::Ended(End::Failed(fault)) => object.field("error", fault),
            Phase::Ended(End::Cancelled) | Phase::Call | Phase::Leaving | Phase::Refused(_) | Phase::Task => {
                if !state.open.is_empty() {
                    object.with("inputRequests", |out| {
                        let mut requests = Object::open(out);
                        state.open.iter().for_each(|(key, open)| requests.entry(key, &open.request));
                        requests.close();
                    });
                }
            }
        }
        object.close();
        TaskRecord {
            id: self.id.clone(),
            owner: self.owner.clone(),
            expires: state.created.checked_add(ttl).unwrap_or(state.created),
            ended: state.has_ended(),
            json: String::from_utf8(json).unwrap_or_default(),
        }
    }

    /// What is said of it when it begins.
    pub(crate) fn introduce(&self, object: &mut Object<'_>) {
        let ttl = self.ttl();
        self.show(&self.state.borrow(), ttl, object);
    }

    fn show(&self, state: &State, ttl: Duration, object: &mut Object<'_>) {
        object.field("taskId", &self.id);
        object.field("status", state.status());
        object.some("statusMessage", state.message.as_ref());
        object.field("createdAt", &utc(state.created));
        object.field("lastUpdatedAt", &utc(state.updated));
        object.field("ttlMs", &millis(ttl));
        object.field("pollIntervalMs", &millis(self.roster.settings.poll));
    }

    /// How long it is kept from its creation: as long as it may work, what it has waited, and a while.
    fn ttl(&self) -> Duration {
        let work = self.limit.saturating_add(self.clock.so_far());
        work.saturating_add(self.roster.settings.kept).min(LONGEST)
    }
}

/// A hundred years, which all clients can count in milliseconds.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

fn millis(time: Duration) -> u64 {
    u64::try_from(time.min(LONGEST).as_millis()).unwrap_or(u64::MAX).max(1)
}

/// A question that stands as long as somebody waits for its answer.
pub(crate) struct Asked<'l> {
    live: &'l Live,
    key: String,
    answered: oneshot::Receiver<Box<RawValue>>,
}

impl Asked<'_> {
    /// Waits for the answer; `None` if there will be none.
    pub(crate) async fn answer(mut self) -> Option<Box<RawValue>> {
        (&mut self.answered).await.ok()
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.live.state.send_if_modified(|state| {
            let was_open = state.open.remove(&self.key).is_some();
            if was_open {
                state.touch();
            }
            was_open
        });
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}
