//! Who answers the questions of a server, and what becomes of those that nobody answers.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tokio::task::spawn_blocking;

use super::asked::quoted_question;
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::needs::Need;
use crate::protocol::Revision;
use crate::tasks;

/// A request of the server: on its own in a session, in a result since 2026-07-28.
#[derive(Debug, Deserialize)]
pub(super) struct Question {
    pub(super) method: String,
    #[serde(default = "nothing")]
    pub(super) params: Box<RawValue>,
}

fn nothing() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}

/// Who answers what. What nobody answers is not declared.
#[derive(Default)]
pub(super) struct Answering {
    pub(super) form: Option<Answers>,
    pub(super) page: Option<Answers>,
    pub(super) model: Option<Answers>,
    pub(super) roots: Option<Value>,
    /// Whether calls may become tasks.
    pub(super) tasks: bool,
    trouble: Mutex<Option<Trouble>>,
}

/// The answers to one kind of questions.
pub(super) enum Answers {
    /// Made when it is asked, on a thread that may block.
    Made(Mutex<Make>),
    /// Given beforehand, by this method of the builder.
    Given { method: &'static str, count: usize, left: Mutex<VecDeque<Value>> },
}

pub(super) type Make = Box<dyn FnMut(&RawValue) -> Result<Value> + Send>;

impl Answers {
    pub(super) fn given(method: &'static str, answers: impl Iterator<Item = Value>) -> Self {
        let left: VecDeque<Value> = answers.collect();
        Self::Given { method, count: left.len(), left: Mutex::new(left) }
    }

    fn answer(&self, question: &Question) -> Result<Value> {
        match self {
            Self::Made(make) => lock(make)(&question.params),
            Self::Given { method, count, left } => lock(left).pop_front().ok_or_else(|| {
                let asked = quoted_question(question);
                Error::other(format!("the server asks {asked}, and `{method}` has no answer left of {count}"))
            }),
        }
    }

    /// Those that were never asked for.
    fn unasked(&self) -> Option<String> {
        let Self::Given { method, count, left } = self else {
            return None;
        };
        let left: Vec<String> = lock(left).iter().map(Value::to_string).collect();
        let number = left.len();
        (number > 0).then(|| format!("{number} of {count} `{method}` were never asked for:\n  {}", left.join("\n  ")))
    }
}

/// What kept a question from being answered, or a message from being heard.
pub(super) enum Trouble {
    Error(Error),
    /// A handler panicked, such as a test that asserts in it.
    Panic(Box<dyn Any + Send>),
}

impl Trouble {
    /// # Panics
    /// As the handler did.
    pub(super) fn raise(self) -> Error {
        match self {
            Self::Error(error) => error,
            Self::Panic(panic) => resume_unwind(panic),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(f),
            Self::Panic(_) => f.write_str("the handler of the client panicked"),
        }
    }
}

impl Answering {
    /// What a client that answers like this declares.
    pub(super) fn capabilities(&self, revision: Revision) -> Value {
        let mut declared = Map::new();
        let mut declare = |name: &str, value: Option<Value>| {
            value.map(|value| declared.insert(name.into(), value));
        };
        declare("elicitation", self.elicitation(revision));
        declare("sampling", self.model.is_some().then(|| json!({})));
        declare("roots", self.roots.is_some().then(|| json!({})));
        declare("extensions", (self.tasks && revision.is_modern()).then(|| json!({ (tasks::EXTENSION): {} })));
        declared.into()
    }

    /// Forms came in 2025-06-18, pages and the words for both in 2025-11-25.
    fn elicitation(&self, revision: Revision) -> Option<Value> {
        match (self.form.is_some(), self.page.is_some()) {
            _ if revision < Revision::V2025_06_18 => None,
            (true, _) if revision < Revision::V2025_11_25 => Some(json!({})),
            (_, true) if revision < Revision::V2025_11_25 => None,
            (true, true) => Some(json!({ "form": {}, "url": {} })),
            (true, false) => Some(json!({ "form": {} })),
            (false, true) => Some(json!({ "url": {} })),
            (false, false) => None,
        }
    }

    /// Answers, on a thread of its own.
    pub(super) async fn answer(self: &Arc<Self>, question: Question) -> Result<Value, Trouble> {
        let this = self.clone();
        match spawn_blocking(move || this.answer_now(&question)).await {
            Ok(answer) => answer.map_err(Trouble::Error),
            Err(error) => Err(match error.try_into_panic() {
                Ok(panic) => Trouble::Panic(panic),
                Err(error) => Trouble::Error(Error::other(error)),
            }),
        }
    }

    fn answer_now(&self, question: &Question) -> Result<Value> {
        let (answers, need) = match question.kind() {
            Some(Need::Form) => (&self.form, Need::Form),
            Some(Need::Url) => (&self.page, Need::Url),
            Some(Need::Sampling) => (&self.model, Need::Sampling),
            Some(Need::Roots) => {
                return self.roots.clone().ok_or_else(|| unanswered(question, Need::Roots));
            }
            Some(Need::Tasks) | None if question.method == "ping" => return Ok(json!({})),
            Some(Need::Tasks) | None => {
                return Err(Error::other(format!("the server asks `{}`, which clients do not know", question.method)));
            }
        };
        answers.as_ref().ok_or_else(|| unanswered(question, need))?.answer(question)
    }

    /// For who waits next. The first trouble is what the others come from.
    pub(super) fn remember(&self, trouble: Trouble) {
        lock(&self.trouble).get_or_insert(trouble);
    }

    /// What has happened since the last time.
    pub(super) fn trouble(&self) -> Result<()> {
        let trouble = lock(&self.trouble).take();
        trouble.map_or(Ok(()), |trouble| Err(trouble.raise()))
    }

    /// Answers that were given, and never asked for, are an error of the test.
    pub(super) fn unasked(&self) -> Result<()> {
        let all = [&self.form, &self.page, &self.model];
        let unasked: Vec<String> = all.into_iter().flatten().filter_map(Answers::unasked).collect();
        if unasked.is_empty() { Ok(()) } else { Err(Error::other(unasked.join("\n"))) }
    }
}

impl Question {
    fn kind(&self) -> Option<Need> {
        #[derive(Deserialize)]
        struct Mode {
            mode: Option<String>,
        }
        let mode = || serde_json::from_str(self.params.get()).ok().and_then(|Mode { mode }| mode);
        match self.method.as_str() {
            "elicitation/create" if mode().as_deref() == Some("url") => Some(Need::Url),
            "elicitation/create" => Some(Need::Form),
            "sampling/createMessage" => Some(Need::Sampling),
            "roots/list" => Some(Need::Roots),
            _ => None,
        }
    }
}

fn unanswered(question: &Question, need: Need) -> Error {
    let asked = quoted_question(question);
    Error::other(format!("the server asks {asked}, and nobody answers: {}", advice(need)))
}

/// What a client lacks that a function needs.
pub(super) fn advice(need: Need) -> &'static str {
    match need {
        Need::Form => "build the client with `Client::builder().elicit(…)` or `.answers(…)`",
        Need::Url => "build the client with `Client::builder().visit(…)`",
        Need::Sampling => "build the client with `Client::builder().sample(…)` or `.replies(…)`",
        Need::Roots => "build the client with `Client::builder().roots(…)`",
        Need::Tasks => "build the client with `Client::builder().tasks()`",
    }
}

/// The same for all that a server says it needs (`requiredCapabilities`).
pub(super) fn advised(required: &Value) -> String {
    let is_required = |need: &Need| {
        let (name, members) = need.capability();
        let required = required.get(name);
        match need {
            Need::Form => required.is_some_and(|modes| modes.get("url").is_none()),
            Need::Url | Need::Sampling | Need::Roots | Need::Tasks => {
                required.is_some_and(|modes| members.keys().all(|mode| modes.get(mode).is_some()))
            }
        }
    };
    let needs = [Need::Form, Need::Url, Need::Sampling, Need::Roots, Need::Tasks].into_iter().filter(is_required);
    needs.map(|need| format!("\n{}", advice(need))).collect()
}
