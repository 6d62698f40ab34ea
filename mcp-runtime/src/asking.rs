//! How a question of a call reaches its client: as a request of its own where there is a session, or as the result of the
//! call, which the client then makes again with the answer (2026-07-28, Multi Round-Trip Requests).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};

use crate::atomic::{AtomicBool, AtomicU64};
use crate::clock::{Clock, later};
use crate::effects::{Effects, Values};
use crate::gather::gather;
use crate::json::Json;
use crate::json::Object;
use crate::jsonrpc::{Fault, RequestId, notification, request};
use crate::limit::Limit;
use crate::lock::lock;
use crate::log;
use crate::seal::{Binding, Broken, Keys};
use crate::tasks::{Live, distinct};
use crate::voice::Voice;

/// A request to the client.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Question {
    pub(crate) method: &'static str,
    pub(crate) params: Box<RawValue>,
}

impl Question {
    pub(crate) fn new(method: &'static str, params: &impl Serialize) -> Self {
        Self { method, params: to_raw_value(params).expect("a question of ours is JSON") }
    }

    /// The same once more, for a person who is told why the answer was not taken.
    fn again(&self, problem: &str) -> Self {
        let params: BTreeMap<String, Box<RawValue>> = serde_json::from_str(self.params.get()).unwrap_or_default();
        let Some(message) = params.get("message").and_then(|message| Json::from(&**message).string()) else {
            return self.clone();
        };
        let message = format!("{message}\n\nThe last answer was not taken: {problem}");
        let message = to_raw_value(&message).expect("text is JSON");
        let params: BTreeMap<&str, &RawValue> =
            gather(params.iter().map(|(name, value)| (&**name, &**value)).chain([("message", &*message)]));
        Self::new(self.method, &params)
    }
}

/// Why a question was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unanswered {
    /// The client refused it, with these words.
    Refused(String),
    /// The answer does not fit the question.
    Unreadable(String),
    /// Nobody answered in time.
    Late,
    /// The client is gone.
    Gone,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(text) => write!(f, "the client refused the question: {text}"),
            Self::Unreadable(text) => write!(f, "the client's answer cannot be read: {text}"),
            Self::Late => f.write_str("the client did not answer in time"),
            Self::Gone => f.write_str("the client is gone"),
        }
    }
}

impl std::error::Error for Unanswered {}

/// What a client answers, or why it does not.
type Answer = Result<Box<RawValue>, String>;

/// The questions that a session has open (before 2026-07-28).
#[derive(Debug, Default)]
pub(crate) struct Questions {
    open: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    last: AtomicU64,
    is_over: AtomicBool,
}

impl Questions {
    fn open(&self) -> (u64, oneshot::Receiver<Answer>) {
        let (answer, answered) = oneshot::channel();
        let id = self.last.fetch_add(1, Ordering::Relaxed);
        let mut open = lock(&self.open);
        if !self.is_over.load(Ordering::Relaxed) {
            open.insert(id, answer);
        }
        (id, answered)
    }

    /// No answer comes any more.
    pub(crate) fn end(&self) {
        let mut open = lock(&self.open);
        self.is_over.store(true, Ordering::Relaxed);
        open.clear();
    }

    /// Whether it was open still.
    fn close(&self, id: u64) -> bool {
        lock(&self.open).remove(&id).is_some()
    }

    /// Brings an answer to who asked. What nobody asked is ignored.
    pub(crate) fn answer(&self, id: &RequestId, answer: Result<Json<'_>, Json<'_>>) {
        let asked = id.as_json().parse().ok().and_then(|id: u64| lock(&self.open).remove(&id));
        if let Some(asked) = asked {
            // A call that was dropped does not listen.
            let _ = asked.send(answer.map(Json::kept).map_err(refusal));
        }
    }
}

fn refusal(error: Json<'_>) -> String {
    let error: Value = error.parse().unwrap_or_default();
    error.get("message").and_then(Value::as_str).unwrap_or("no reason is given").to_owned()
}

/// The rounds of a call to which the client comes back (2026-07-28).
#[derive(Debug)]
pub(crate) struct Rounds {
    bound: Bound,
    /// The answers that there are.
    given: Answers,
    /// What was done in earlier rounds, and in this one.
    pub(crate) effects: Arc<Effects>,
    state: Mutex<Round>,
}

/// What a client carries from round to round.
#[derive(Serialize, Deserialize)]
struct Load {
    conversation: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    answers: Answers,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    effects: Values,
}

/// Answers of a client, by the key of their question.
pub(crate) type Answers = BTreeMap<String, Box<RawValue>>;

/// The request to which the rounds belong.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) method: &'static str,
    pub(crate) name: String,
    pub(crate) arguments: String,
    pub(crate) principal: Option<String>,
}

impl Bound {
    fn binding(&self) -> Binding<'_> {
        let Self { method, name, arguments, principal } = self;
        Binding { method, name, arguments, principal: principal.as_deref() }
    }
}

#[derive(Debug, Default)]
struct Round {
    /// How often a question was asked.
    asked: BTreeMap<String, usize>,
    /// The keys of those that have been answered.
    taken: BTreeSet<String>,
    open: BTreeMap<String, Question>,
}

impl Rounds {
    /// A client comes, or comes back: the answers of earlier rounds are in the sealed state, those of the last one beside it.
    pub(crate) fn come(bound: Bound, state: Option<Json<'_>>, answers: Answers, keys: &Keys) -> Result<Self, Fault> {
        let (mut given, effects) = match state {
            Some(state) => {
                let load = opened(&bound, &state.string().unwrap_or_default(), keys)?;
                (load.answers, Effects::carried(load.conversation, &load.effects))
            }
            None => (Answers::new(), Effects::default()),
        };
        given.extend(answers);
        Ok(Self { bound, given, effects: Arc::new(effects), state: Mutex::default() })
    }

    /// What the client brings back: what has been done, and the answers that the function has taken, but none that it was
    /// never asked for.
    pub(crate) fn sealed(&self, keys: &Keys, time: Duration) -> Result<String, Fault> {
        let round = lock(&self.state);
        let taken = round.taken.iter().filter_map(|key| Some((key.clone(), self.given.get(key)?.clone())));
        let effects = &self.effects;
        let load = Load { conversation: effects.named()?, answers: gather(taken), effects: effects.values() };
        let payload = serde_json::to_vec(&load).map_err(|_| Fault::internal())?;
        keys.seal(&self.bound.binding(), &payload, seconds().saturating_add(time.as_secs())).map_err(|too_long| {
            Limit::StateLength.reached(too_long.most);
            Fault::internal()
        })
    }

    /// The questions that the client has to answer before the call can go on.
    pub(crate) fn open(&self) -> BTreeMap<String, Question> {
        lock(&self.state).open.clone()
    }

    pub(crate) fn has_open(&self) -> bool {
        !lock(&self.state).open.is_empty()
    }

    /// Whether the client came with answers, in this round or an earlier one.
    pub(crate) fn has_answers(&self) -> bool {
        !self.given.is_empty()
    }

    /// A key that a question has in every round: given, or made from what is asked.
    fn key(&self, key: Option<&str>, question: &Question) -> String {
        let key = key.map_or_else(|| derived(question), str::to_owned);
        let Round { asked, taken, open } = &mut *lock(&self.state);
        distinct(&key, asked, |key| taken.contains(key) || open.contains_key(key))
    }

    async fn ask<T>(&self, key: Option<&str>, question: Question, read: &impl Read<T>) -> T {
        let key = self.key(key, &question);
        match self.given.get(&key).map(|answer| read(answer)) {
            Some(Ok(answer)) => {
                lock(&self.state).taken.insert(key);
                answer
            }
            // It would be asked, and the effect begun, again and again.
            Some(Err(_)) | None if self.effects.are_polled() => {
                self.effects.break_off(format!("the question `{key}` is asked inside of `once`: ask before it"));
                std::future::pending().await
            }
            Some(Err(problem)) => {
                log::debug(format_args!("the answer `{key}` is asked for again: {problem}"));
                self.wait(key, question.again(&problem)).await
            }
            None => self.wait(key, question).await,
        }
    }

    /// Waits for the answer, which only another request can bring.
    async fn wait<T>(&self, key: String, question: Question) -> T {
        lock(&self.state).open.insert(key, question);
        std::future::pending().await
    }
}

/// The same in every process: another instance may get the answer. One that another compiler built may ask once more.
fn derived(question: &Question) -> String {
    let mut hasher = DefaultHasher::new();
    (question.method, question.params.get()).hash(&mut hasher);
    let kind = question.method.split('/').next().unwrap_or_default();
    format!("{kind}-{:016x}", hasher.finish())
}

fn opened(bound: &Bound, state: &str, keys: &Keys) -> Result<Load, Fault> {
    let payload = keys.open(&bound.binding(), state, seconds()).map_err(|broken| {
        log::debug(format_args!("{broken}"));
        Fault::invalid_params(broken.told())
    })?;
    serde_json::from_slice(&payload).map_err(|_| Fault::invalid_params(Broken::Forged.told()))
}

/// Since 1970, by the system's clock.
fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Makes something of an answer, or says what is wrong with it.
pub(crate) trait Read<T>: Fn(&RawValue) -> Result<T, String> + Sync {}

impl<T, F: Fn(&RawValue) -> Result<T, String> + Sync> Read<T> for F {}

/// Where a call asks.
#[derive(Clone, Debug)]
pub(crate) enum Asking {
    /// On its session.
    Session { questions: Arc<Questions>, voice: Voice, clock: Arc<Clock>, patience: Duration },
    /// By asking its client to come back.
    Rounds(Arc<Rounds>),
    /// In the same way as long as it is no task, then in the task.
    Task { rounds: Arc<Rounds>, live: Arc<Live>, patience: Duration },
}

impl Asking {
    pub(crate) async fn ask<T>(
        &self,
        key: Option<&str>,
        question: Question,
        read: impl Read<T>,
    ) -> Result<T, Unanswered> {
        match self {
            Self::Session { questions, voice, clock, patience } => {
                let _stopped = clock.stop();
                let answer = Open::new(questions, voice, &question).answer(*patience).await?;
                read(&answer).map_err(Unanswered::Unreadable)
            }
            Self::Rounds(rounds) => Ok(rounds.ask(key, question, &read).await),
            Self::Task { rounds, live, patience } => {
                tokio::select! {
                    biased;
                    () = live.begun() => in_task(live, *patience, key, &question, &read).await,
                    answer = rounds.ask(key, question.clone(), &read) => Ok(answer),
                }
            }
        }
    }
}

/// Asks in a task: its client finds the question there. A wrong answer is asked for again, as another question.
async fn in_task<T>(
    live: &Live,
    patience: Duration,
    key: Option<&str>,
    question: &Question,
    read: &impl Read<T>,
) -> Result<T, Unanswered> {
    let _stopped = live.clock.stop();
    let deadline = later(Instant::now(), patience);
    let key = key.map_or_else(|| derived(question), str::to_owned);
    let mut asking = question.clone();
    loop {
        let request = to_raw_value(&asking).expect("a question of ours is JSON");
        let asked = live.ask(&key, request);
        let answer = timeout_at(deadline, asked.answer()).await.map_err(|_| Unanswered::Late)?;
        match read(&answer.ok_or(Unanswered::Gone)?) {
            Ok(answer) => return Ok(answer),
            Err(problem) => {
                log::debug(format_args!("the answer `{key}` is asked for again: {problem}"));
                asking = question.again(&problem);
            }
        }
    }
}

/// A question on its way. When nobody waits for the answer any more, the client is told.
struct Open<'q> {
    questions: &'q Questions,
    voice: &'q Voice,
    id: u64,
    answered: oneshot::Receiver<Answer>,
}

impl<'q> Open<'q> {
    fn new(questions: &'q Questions, voice: &'q Voice, question: &Question) -> Self {
        let (id, answered) = questions.open();
        voice.say(request(id, question.method, &question.params));
        Self { questions, voice, id, answered }
    }

    async fn answer(mut self, patience: Duration) -> Result<Box<RawValue>, Unanswered> {
        match timeout(patience, &mut self.answered).await {
            Ok(Ok(answer)) => answer.map_err(Unanswered::Refused),
            Ok(Err(_)) => Err(Unanswered::Gone),
            Err(_) => Err(Unanswered::Late),
        }
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if self.questions.close(self.id) {
            let cancelled = |params: &mut Object<'_>| params.field("requestId", &self.id);
            self.voice.say(notification("notifications/cancelled", cancelled));
        }
    }
}

#[cfg(test)]
mod orders;
