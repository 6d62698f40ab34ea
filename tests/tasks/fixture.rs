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

/// Asks, and has little time.
#[tool(task, timeout = "100 ms")]
async fn asks_in_haste(person: &Elicit) -> Result<String, Unanswered> {
    Ok(told(person.ask_as::<Sure>("sure", "Sure?").await?))
}

pub(crate) fn all() -> [Item; 12] {
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
        asks_before,
        asks_meanwhile,
        asks_in_haste
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

    pub(crate) async fn cancel(&mut self, id: &str) -> Value {
        self.ask("tasks/cancel", json!({ "taskId": id })).await
    }
}
