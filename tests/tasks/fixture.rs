//! The tools, and a client that knows tasks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mcp_runtime::{
    Elicit, Elicited, Item, Log, Progress, Server, Task, Tasks, ToolError, Unanswered, form, items, tool,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::common::{MODERN, Wire, request};

pub(crate) const EXTENSION: &str = "io.modelcontextprotocol/tasks";

/// What the functions do, for those who watch them.
#[derive(Default)]
pub(crate) struct Stage {
    /// How many are at work.
    pub(crate) working: AtomicUsize,
}

/// Somebody is on the stage.
pub(crate) struct Actor<'s>(&'s Stage);

impl Stage {
    pub(crate) fn enter(&self) -> Actor<'_> {
        self.working.fetch_add(1, Ordering::SeqCst);
        Actor(self)
    }

    pub(crate) fn working(&self) -> usize {
        self.working.load(Ordering::SeqCst)
    }
}

impl Drop for Actor<'_> {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Doors that a test opens.
pub(crate) struct Door(pub(crate) Semaphore);

/// Works at once.
#[tool(task)]
async fn quick(number: u8) -> String {
    format!("number {number}")
}

/// Waits to be let through.
#[tool(task)]
async fn waits(stage: &std::sync::Arc<Stage>, door: &std::sync::Arc<Door>) -> &'static str {
    let _here = stage.enter();
    door.0.acquire().await.unwrap().forget();
    "through"
}

/// Never ends.
#[tool(task, timeout = "100 ms")]
async fn endless(stage: &std::sync::Arc<Stage>) {
    let _here = stage.enter();
    std::future::pending::<()>().await;
}

/// Fails.
#[tool(task)]
async fn fails() -> Result<(), ToolError> {
    Err(ToolError::new("it cannot be done"))
}

/// Panics.
#[tool(task)]
#[allow(clippy::panic)]
async fn panics() {
    panic!("on purpose");
}

/// Blocks a thread.
#[tool(task)]
fn blocks() -> &'static str {
    std::thread::sleep(Duration::from_millis(50));
    "blocked"
}

/// May be a task.
#[tool(task = "optional")]
async fn either(task: &Task, progress: &Progress, log: &Log) -> &'static str {
    task.begin().await;
    progress.report(1, 2, "half of it");
    log.error("not heard in a task");
    "done"
}

/// An answer.
#[form]
struct Sure {
    sure: bool,
}

/// Asks in the task.
#[tool(task)]
async fn asks(person: &Elicit) -> Result<String, Unanswered> {
    Ok(told(person.ask_as::<Sure>("sure", "Sure?").await?))
}

fn told(answer: Elicited<Sure>) -> String {
    format!("{:?}", answer.accepted().map(|answer| answer.sure))
}

/// Asks for two things at once.
#[tool(task)]
async fn asks_twice(person: &Elicit) -> Result<String, Unanswered> {
    let (one, two) = tokio::join!(person.ask_as::<Sure>("one", "One?"), person.ask_as::<Sure>("two", "Two?"));
    Ok(format!("{} {}", told(one?), told(two?)))
}

/// Asks for three things at once, under keys that look alike.
#[tool(task)]
async fn asks_alike(person: &Elicit) -> Result<String, Unanswered> {
    let ask = async |key, text| Ok(told(person.ask_as::<Sure>(key, text).await?));
    let (one, two, three) = tokio::join!(ask("key", "One?"), ask("key", "Two?"), ask("key-2", "Three?"));
    Ok(format!("{} {} {}", one?, two?, three?))
}

/// Asks before it is a task, and in it.
#[tool(task)]
async fn asks_before(person: &Elicit, task: &Task) -> Result<String, Unanswered> {
    let before = told(person.ask_as::<Sure>("before", "Before?").await?);
    task.begin().await;
    let within = told(person.ask_as::<Sure>("within", "Within?").await?);
    Ok(format!("{before} {within}"))
}

/// Asks while it becomes a task.
#[tool(task)]
async fn asks_meanwhile(person: &Elicit, task: &Task) -> Result<String, Unanswered> {
    let (answer, ()) = tokio::join!(person.ask_as::<Sure>("meanwhile", "Meanwhile?"), task.begin());
    Ok(told(answer?))
}

/// Waits to be let through, and asks.
#[tool(task)]
async fn waits_and_asks(door: &std::sync::Arc<Door>, person: &Elicit) -> Result<String, Unanswered> {
    door.0.acquire().await.unwrap().forget();
    Ok(told(person.ask_as::<Sure>("sure", "Sure?").await?))
}

/// Tells every millisecond how far it is.
#[tool(task)]
async fn chatters(steps: u32, progress: &Progress) -> &'static str {
    for step in 0..steps {
        progress.report(step, steps, format!("step {step}"));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    "silent"
}

/// Asks, and has little time.
#[tool(task, timeout = "100 ms")]
async fn asks_in_haste(person: &Elicit) -> Result<String, Unanswered> {
    Ok(told(person.ask_as::<Sure>("sure", "Sure?").await?))
}

/// Asks, and says why it got no answer.
#[tool(task)]
async fn asks_or_not(person: &Elicit) -> String {
    let answer = person.ask_as::<Sure>("sure", "Sure?").await;
    answer.map_or_else(|why| format!("{why:?}"), told)
}

pub(crate) fn all() -> [Item; 16] {
    items![
        quick,
        waits,
        endless,
        fails,
        panics,
        blocks,
        either,
        asks,
        asks_twice,
        asks_alike,
        asks_before,
        asks_meanwhile,
        waits_and_asks,
        chatters,
        asks_in_haste,
        asks_or_not
    ]
}

/// A server, and what its functions see.
pub(crate) struct Set {
    pub(crate) stage: std::sync::Arc<Stage>,
    pub(crate) door: std::sync::Arc<Door>,
}

impl Set {
    pub(crate) fn new() -> Self {
        Self { stage: std::sync::Arc::default(), door: std::sync::Arc::new(Door(Semaphore::new(0))) }
    }

    pub(crate) fn server(&self, tasks: Tasks) -> Server {
        let server = Server::new("test", "1.0.0").items(all()).state(self.stage.clone()).state(self.door.clone());
        server.tasks(tasks).drain(Duration::from_millis(100))
    }

    pub(crate) fn open(&self) -> Teller {
        self.open_with(Tasks::new())
    }

    pub(crate) fn open_with(&self, tasks: Tasks) -> Teller {
        Teller(Wire::open(self.server(tasks)))
    }
}

/// A client that knows tasks.
pub(crate) struct Teller(pub(crate) Wire);

/// The terms of a client with these capabilities.
pub(crate) fn terms(capabilities: &Value) -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": capabilities,
    })
}

/// What marks all that belongs to the request `listen`.
pub(crate) fn subscription() -> Value {
    json!({ "io.modelcontextprotocol/subscriptionId": "listen" })
}

pub(crate) fn able() -> Value {
    json!({ "elicitation": {}, "extensions": { EXTENSION: {} } })
}

impl Teller {
    pub(crate) async fn ask_as(&mut self, capabilities: &Value, method: &str, mut params: Value) -> Value {
        params["_meta"] = terms(capabilities);
        self.0.ask(&request(MODERN, 1, method, params)).await
    }

    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.ask_as(&able(), method, params).await
    }

    /// Calls a tool: its result, or its error.
    pub(crate) async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.ask("tools/call", json!({ "name": tool, "arguments": arguments })).await
    }

    /// Calls a tool: the id of the task.
    pub(crate) async fn start(&mut self, tool: &str) -> String {
        self.start_with(tool, json!({})).await
    }

    pub(crate) async fn start_with(&mut self, tool: &str, arguments: Value) -> String {
        let created = self.call(tool, arguments).await;
        assert_eq!(created["result"]["resultType"], "task", "{created}");
        created["result"]["taskId"].as_str().unwrap().to_owned()
    }

    /// `tasks/get`: the result or the error.
    pub(crate) async fn get(&mut self, id: &str) -> Value {
        self.ask("tasks/get", json!({ "taskId": id })).await
    }

    /// Asks until the task has this status: the task.
    pub(crate) async fn until(&mut self, id: &str, status: &str) -> Value {
        let began = Instant::now();
        loop {
            let task = self.get(id).await["result"].clone();
            if task["status"] == status {
                return task;
            }
            assert!(began.elapsed() < Duration::from_secs(5), "not {status}: {task}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub(crate) async fn answer(&mut self, id: &str, responses: Value) -> Value {
        self.ask("tasks/update", json!({ "taskId": id, "inputResponses": responses })).await
    }

    /// Listens to tasks, as the request `listen`: what is acknowledged, or why it is refused.
    pub(crate) async fn listen(&mut self, ids: &[&str]) -> Value {
        self.listen_as(&able(), json!({ "taskIds": ids })).await
    }

    pub(crate) async fn listen_as(&mut self, capabilities: &Value, notifications: Value) -> Value {
        let params = json!({ "_meta": terms(capabilities), "notifications": notifications });
        let said = self.0.ask(&request(MODERN, "listen", "subscriptions/listen", params)).await;
        if said.get("error").is_none() {
            assert_eq!(said["method"], "notifications/subscriptions/acknowledged", "{said}");
            assert_eq!(said["params"]["_meta"], subscription());
        }
        said.pointer("/params/notifications").or(said.get("error")).unwrap().clone()
    }

    /// The next task that is told, past all answers.
    pub(crate) async fn told(&mut self) -> Value {
        loop {
            let mut said = self.0.hear_json().await;
            if said["method"] == "notifications/tasks" {
                assert_eq!(said["params"].as_object_mut().unwrap().remove("_meta"), Some(subscription()));
                return said["params"].take();
            }
            assert_eq!(said["id"], 1, "{said}");
        }
    }

    pub(crate) async fn cancel(&mut self, id: &str) -> Value {
        self.ask("tasks/cancel", json!({ "taskId": id })).await
    }
}
