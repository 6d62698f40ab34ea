//! How a request comes to its end: through rounds in which the server asks, and through a task (2026-07-28).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::Client;
use super::answering::{Question, Trouble};
use super::line::refused;
use crate::error::{Error, Result};

/// What came instead of a result, or of a task that has not ended.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Step {
    result_type: String,
    input_requests: BTreeMap<String, Question>,
    request_state: Option<String>,
    task_id: String,
    status: String,
    poll_interval_ms: Option<u64>,
    result: Option<Value>,
    error: Value,
}

impl Step {
    fn read(result: &RawValue) -> Result<Self> {
        serde_json::from_str(result.get()).map_err(Error::other)
    }
}

/// Whether there is more to come than the result.
fn is_complete(result: &RawValue) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Kind<'r> {
        result_type: Option<&'r str>,
    }
    let kind = serde_json::from_str(result.get()).ok().and_then(|Kind { result_type }| result_type);
    // What has no type is complete, as in all revisions before.
    kind.is_none_or(|kind| kind == "complete")
}

/// What belongs to this round, in the place of what belonged to the last one.
fn set(params: &mut Value, name: &str, value: Option<Value>) {
    match (value, params.as_object_mut()) {
        (Some(value), _) => params[name] = value,
        (None, Some(params)) => drop(params.remove(name)),
        (None, None) => {}
    }
}

impl Client {
    /// Asks until there is a result: answers what the server asks on the way, and follows a task to its end
    /// (2026-07-28, Multi Round-Trip Requests; extension `io.modelcontextprotocol/tasks`).
    pub(super) async fn settle(&self, method: &str, mut params: Value) -> Result<Value> {
        /// A server that asks in more rounds than this will not come to an end.
        const ROUNDS: usize = 100;
        for _ in 0..ROUNDS {
            let result = self.ask(method, self.wishing(params.clone())).await?;
            if is_complete(&result) {
                return serde_json::from_str(result.get()).map_err(Error::other);
            }
            let step = Step::read(&result)?;
            match step.result_type.as_str() {
                "input_required" => {
                    let answers = self.answered(step.input_requests).await?;
                    set(&mut params, "inputResponses", Some(answers).filter(|answers| *answers != json!({})));
                    set(&mut params, "requestState", step.request_state.map(Value::String));
                }
                "task" => return self.follow(step).await,
                other => return Err(Error::other(format!("the server answers with a `{other}`, which is unknown"))),
            }
        }
        Err(Error::other(format!("the server has asked in {ROUNDS} rounds, and still has no answer to `{method}`")))
    }

    /// The answers to these questions, one after the other.
    async fn answered(&self, questions: BTreeMap<String, Question>) -> Result<Value> {
        let mut answers = json!({});
        for (key, question) in questions {
            answers[key] = self.answering.answer(question).await.map_err(Trouble::raise)?;
        }
        Ok(answers)
    }

    /// Looks after a task until it has ended.
    async fn follow(&self, mut step: Step) -> Result<Value> {
        /// A task in memory is often done at once: waits grow from this to what the server wishes for.
        const FIRST: Duration = Duration::from_millis(2);
        let (task, mut wait, mut heard) = (json!({ "taskId": step.task_id }), FIRST, BTreeSet::new());
        let mut followed = Followed { client: self, task: &task, has_ended: false };
        loop {
            followed.has_ended = matches!(step.status.as_str(), "completed" | "failed" | "cancelled");
            match step.status.as_str() {
                "completed" => return Ok(step.result.unwrap_or_default()),
                "failed" => return Err(refused(step.error)),
                "cancelled" => return Err(Error::other(format!("the task {task} was cancelled"))),
                // An answer stands among the questions until the task has taken it.
                "input_required" => {
                    let open = step.input_requests.into_iter().filter(|(key, _)| !heard.contains(key)).collect();
                    let answers: Value = self.answered(open).await?;
                    heard.extend(answers.as_object().into_iter().flat_map(|answers| answers.keys().cloned()));
                    if answers != json!({}) {
                        let mut update = task.clone();
                        update["inputResponses"] = answers;
                        self.ask("tasks/update", update).await?;
                        wait = FIRST;
                    }
                }
                _ => {}
            }
            sleep(wait).await;
            let longest = step.poll_interval_ms.map_or(Duration::from_secs(1), Duration::from_millis);
            wait = wait.saturating_mul(2).min(longest);
            step = Step::read(&self.ask("tasks/get", task.clone()).await?)?;
        }
    }
}

/// A task that somebody looks after. Who no longer does cancels it.
struct Followed<'c> {
    client: &'c Client,
    task: &'c Value,
    has_ended: bool,
}

impl Drop for Followed<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.client.line.ask_later("tasks/cancel", &self.client.with_terms(self.task.clone()));
        }
    }
}
