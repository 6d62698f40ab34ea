//! The person in front of the client.

use std::hash::{BuildHasher as _, RandomState};

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::asking::{Asking, Question, Unanswered};
use crate::form::Form;
use crate::json::{Json, Members, members};
use crate::protocol::Revision;
use crate::schema::Problem;

/// Asks the person in front of the client, with a form: borrow it as `&Elicit`. A client that cannot ask is refused before the
/// function runs; borrow `Option<&Elicit>` if the function can do without.
///
/// The form is made from a type under [`#[form]`](macro@crate::form): a struct of texts, numbers, booleans and choices. The same
/// code works in every revision; clients of 2026-07-28 call the function again with the answer, so what it did before asking is
/// done again, unless [`Once`](crate::Once) remembers it.
///
/// ```
/// use mcp_runtime::{Elicit, Elicited, Unanswered, form, tool};
///
/// #[form]
/// struct Confirmation {
///     /// Really?
///     sure: bool,
/// }
///
/// /// Deletes a file.
/// #[tool]
/// async fn delete(file: String, person: &Elicit) -> Result<String, Unanswered> {
///     match person.ask::<Confirmation>(format!("Delete {file}?")).await? {
///         Elicited::Accepted(Confirmation { sure: true }) => Ok(format!("{file} is gone")),
///         Elicited::Accepted(_) | Elicited::Declined | Elicited::Cancelled => Ok(format!("{file} stays")),
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Elicit {
    asking: Asking,
    revision: Revision,
}

/// What a person has said to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "the person may have declined"]
pub enum Elicited<T> {
    /// This.
    Accepted(T),
    /// No.
    Declined,
    /// Nothing: the question was closed.
    Cancelled,
}

impl<T> Elicited<T> {
    /// What was accepted, if it was.
    pub fn accepted(self) -> Option<T> {
        match self {
            Self::Accepted(answer) => Some(answer),
            Self::Declined | Self::Cancelled => None,
        }
    }
}

/// For clients that answer: what is given is accepted.
impl From<Value> for Elicited<Value> {
    fn from(content: Value) -> Self {
        Self::Accepted(content)
    }
}

impl Elicit {
    pub(crate) fn new(asking: Asking, revision: Revision) -> Self {
        Self { asking, revision }
    }

    /// Asks with a form for a `T`. An answer that does not fit is asked for again, with the reason: by a client of 2026-07-28, and
    /// in a task; in a session it is an error.
    ///
    /// # Errors
    /// When the client does not answer, or in a session, when its answer does not fit.
    pub async fn ask<T: Form>(&self, message: impl Into<String>) -> Result<Elicited<T>, Unanswered> {
        self.form(None, message.into()).await
    }

    /// The same under a key of your own, by which clients of 2026-07-28 see the question.
    ///
    /// # Errors
    /// Like [`ask`](Self::ask).
    pub async fn ask_as<T: Form>(&self, key: &str, message: impl Into<String>) -> Result<Elicited<T>, Unanswered> {
        self.form(Some(key), message.into()).await
    }

    async fn form<T: Form>(&self, key: Option<&str>, message: String) -> Result<Elicited<T>, Unanswered> {
        let (sheet, revision) = (T::record().sheet(), self.revision);
        let mode = (revision >= Revision::V2025_11_25).then_some("form");
        let params = FormParams { mode, message, requested_schema: sheet.schema(revision) };
        let question = Question::new("elicitation/create", &params);
        let read = |answer: &RawValue| read(answer, |content| sheet.read(content, revision).map_err(told));
        self.asking.ask(key, question, read).await
    }
}

/// The parameters of a question with a form.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FormParams {
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    message: String,
    /// As it is, because the order of the fields matters.
    requested_schema: Box<RawValue>,
}

/// Sends the person in front of the client to a page: borrow it as `&ElicitUrl` (since 2025-11-25). What is entered there does
/// not pass through the client.
///
/// ```
/// use mcp_runtime::{ElicitUrl, Unanswered, tool};
///
/// /// Connects an account.
/// #[tool]
/// async fn connect(person: &ElicitUrl) -> Result<&'static str, Unanswered> {
///     let visited = person.visit("https://example.com/connect", "Please sign in.").await?;
///     Ok(if visited.accepted().is_some() { "waiting for the page" } else { "not connected" })
/// }
/// ```
#[derive(Debug)]
pub struct ElicitUrl {
    asking: Asking,
    revision: Revision,
}

impl ElicitUrl {
    pub(crate) fn new(asking: Asking, revision: Revision) -> Self {
        Self { asking, revision }
    }

    /// Asks the person to visit a page. That it is accepted does not mean that the visit is over.
    ///
    /// # Errors
    /// When the client does not answer.
    pub async fn visit(&self, url: impl Into<String>, message: impl Into<String>) -> Result<Elicited<()>, Unanswered> {
        let mut params = json!({ "mode": "url", "message": message.into(), "url": url.into() });
        if let Some(params) = params.as_object_mut().filter(|_| !self.revision.is_modern()) {
            params.insert("elicitationId".into(), unique().into());
        }
        let question = Question::new("elicitation/create", &params);
        self.asking.ask(Some("visit"), question, |answer: &RawValue| read(answer, |_| Ok(()))).await
    }
}

/// By which a client of 2025-11-25 tells visits apart.
fn unique() -> String {
    format!("{:016x}", RandomState::new().hash_one("visit"))
}

/// Every problem of an answer.
fn told(problems: Vec<Problem>) -> String {
    let one = |Problem { path, message }: Problem| if path.is_empty() { message } else { format!("{path}: {message}") };
    problems.into_iter().map(one).collect::<Vec<_>>().join("\n")
}

/// What an `ElicitResult` says.
fn read<T>(answer: &RawValue, content: impl Fn(&str) -> Result<T, String>) -> Result<Elicited<T>, String> {
    let Ok(Members { values: [action, given], twice: None }) = members(answer.get(), ["action", "content"]) else {
        return Err("it is no object with an `action`".into());
    };
    match action.and_then(Json::string).as_deref() {
        Some("accept") => content(given.map_or("{}", Json::get)).map(Elicited::Accepted),
        Some("decline") => Ok(Elicited::Declined),
        Some("cancel") => Ok(Elicited::Cancelled),
        Some(_) | None => Err("its `action` is not `accept`, `decline` or `cancel`".into()),
    }
}
