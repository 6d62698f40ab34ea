//! The items, and hooks that tell what they see.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_runtime::{
    Call, CallToolResult, Client, Context, Elicit, Item, Next, Progress, Server, Task, ToolError, Unanswered, form,
    items, model, prompt, resource, tool,
};
use serde_json::{Value, json};

/// What happened, in order.
#[derive(Clone, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub(crate) fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn read(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// Writes when it goes.
pub(crate) struct Gone(Diary, &'static str);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.write(self.1);
    }
}

/// Divides.
#[tool]
fn divide(a: i64, b: i64, diary: &Diary) -> Result<i64, ToolError> {
    diary.write("divide");
    a.checked_div(b).ok_or_else(|| ToolError::new("`b` must not be 0"))
}

#[model]
struct Sum {
    sum: i64,
}

/// Adds, with a schema of the result.
#[tool]
async fn add(a: i64, b: i64) -> Sum {
    Sum { sum: a + b }
}

/// Says itself that it failed.
#[tool]
async fn fails() -> CallToolResult {
    CallToolResult::new().with("no").error()
}

/// Panics.
#[tool(name = "panic")]
async fn panics() {
    panic!("the secret is 42");
}

/// Never ends.
#[tool]
async fn endless(diary: &Diary) {
    let _gone = Gone(diary.clone(), "function gone");
    std::future::pending::<()>().await;
}

/// Never ends, and has little time for that.
#[tool(timeout = "50 ms")]
async fn hasty() {
    std::future::pending::<()>().await;
}

/// Takes its time.
#[tool(timeout = "10 s")]
async fn patient(progress: &Progress) -> &'static str {
    tokio::time::sleep(Duration::from_millis(300)).await;
    progress.report(1, 2, "half of it");
    "done"
}

/// Asks.
#[tool]
async fn sure(person: &Elicit, diary: &Diary) -> Result<String, Unanswered> {
    diary.write("sure");
    Ok(format!("{:?}", person.ask_as::<Confirmation>("sure", "Sure?").await?.accepted().map(|answer| answer.sure)))
}

#[form]
struct Confirmation {
    sure: bool,
}

/// Goes on as a task.
#[tool(task = "optional")]
async fn report(task: &Task) -> &'static str {
    task.begin().await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    "reported"
}

/// The settings.
#[resource("config://app")]
fn config() -> &'static str {
    "{}"
}

/// A city.
#[resource("city://{name}")]
fn city(#[arg(complete = ["Oslo", "Rome"])] name: String) -> String {
    format!("{name} is cold")
}

/// Greets somebody.
#[prompt]
fn greet(#[arg(complete = ["Ann", "Bob"])] name: String, context: &Context) -> String {
    format!("Greet {name} in {}", context.revision())
}

fn all() -> [Item; 12] {
    items![divide, add, fails, panics, endless, hasty, patient, sure, report, config, city, greet]
}

pub(crate) fn server(diary: &Diary) -> Server {
    Server::new("test", "1.0.0").items(all()).state(diary.clone()).timeout(Duration::from_millis(200))
}

/// Writes what is called and how it ended, under a name of its own.
pub(crate) fn telling(server: Server, name: &'static str) -> Server {
    server.around(move |call: Call, next: Next| async move {
        let diary = call.state::<Diary>().unwrap().clone();
        diary.write(format!("{name}: {} {}", call.kind(), call.name()));
        let _gone = Gone(diary.clone(), "hook gone");
        let answer = next.run(call).await;
        diary.write(format!("{name}: {}", if answer.is_error() { "failed" } else { "went well" }));
        Ok(answer)
    })
}

pub(crate) async fn told(client: &Client, method: &str, params: Value) -> Value {
    match client.request(method, params).await {
        Ok(result) => result,
        Err(mcp_runtime::Error::Refused { code, message, data }) => {
            json!({ "code": code, "message": message, "data": data })
        }
        Err(error) => panic!("{error}"),
    }
}

/// Every kind of call, well and badly.
pub(crate) fn calls() -> Vec<(&'static str, Value)> {
    let tool = |name: &str, arguments: Value| ("tools/call", json!({ "name": name, "arguments": arguments }));
    let read = |uri: &str| ("resources/read", json!({ "uri": uri }));
    let complete = |of: Value, name: &str| {
        ("completion/complete", json!({ "ref": of, "argument": { "name": name, "value": "o" } }))
    };
    vec![
        tool("divide", json!({ "a": 6, "b": 2 })),
        tool("divide", json!({ "a": 6, "b": 0 })),
        tool("divide", json!({ "a": "six", "c": 1 })),
        tool("divide", json!(r#"{ "a": 6, "b": "3" }"#)),
        tool("divide", json!([6, 2])),
        tool("dividing", json!({})),
        ("tools/call", json!({})),
        ("tools/call", json!({ "name": 1 })),
        tool("add", json!({ "a": 1, "b": 2 })),
        tool("fails", json!({})),
        tool("panic", json!({})),
        tool("hasty", json!({})),
        tool("patient", json!({})),
        tool("sure", json!({})),
        read("config://app"),
        read("config://other"),
        read("city://Oslo"),
        read("city://.."),
        ("resources/read", json!({})),
        ("prompts/get", json!({ "name": "greet", "arguments": { "name": "Ann" } })),
        ("prompts/get", json!({ "name": "greet", "arguments": {} })),
        ("prompts/get", json!({ "name": "greed" })),
        complete(json!({ "type": "ref/prompt", "name": "greet" }), "name"),
        complete(json!({ "type": "ref/prompt", "name": "greet" }), "age"),
        complete(json!({ "type": "ref/resource", "uri": "city://{name}" }), "name"),
        complete(json!({ "type": "ref/other", "name": "greet" }), "name"),
        complete(json!({ "type": "ref/prompt" }), "name"),
    ]
}
