//! One server with something of every kind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_runtime::{
    Annotations, Audio, CallToolResult, Content, Context, EmbeddedResource, Icon, Image, Item, Json, PromptMessage,
    ResourceContents, ResourceLink, Role, Server, Text, ToolError, items, model, prompt, resource, tool,
};
use serde_json::json;

/// How many calls of `hang` were dropped.
#[derive(Clone, Default)]
pub(crate) struct Dropped(pub(crate) Arc<AtomicUsize>);

/// Adds two numbers.
#[tool(title = "Sum", read_only, idempotent, destructive = false, icons("https://example.com/add.png"),
    meta("com.example/level" = 3))]
async fn add(
    /// The first.
    a: i64,
    b: i64,
) -> i64 {
    a + b
}

/// What was found.
#[model]
struct Report {
    city: String,
    degrees: f64,
}

/// Makes a report.
#[tool]
fn report() -> Report {
    Report { city: "Oslo".into(), degrees: 4.5 }
}

#[tool]
async fn numbers() -> Vec<i64> {
    vec![1, 2]
}

#[tool]
async fn contents() -> Vec<Content> {
    let hints = Annotations::new().audience([Role::User]).priority(0.5).last_modified("2026-01-01T00:00:00Z");
    vec![
        Text::new("words").annotations(hints.clone()).into(),
        Image::png([1, 2, 3]).into(),
        Audio::wav([4, 5]).annotations(hints).into(),
        ResourceLink::new("file:///a", "a").title("A").description("the first").mime("text/plain").size(7).into(),
        EmbeddedResource::new("file:///b", ResourceContents::text("b").mime("text/plain").meta("com.example/k", 1))
            .into(),
    ]
}

#[tool]
async fn full() -> CallToolResult {
    CallToolResult::new().with("said").structured(json!({ "n": 1 })).meta("com.example/fast", true)
}

#[tool]
async fn fail() -> Result<(), ToolError> {
    Err(ToolError::new("no such city").detail(json!({ "near": ["Oslo"] })))
}

#[tool]
async fn boom() {
    panic!("the secret is 42");
}

#[tool]
fn boom_on_a_thread() {
    panic!("the secret is 43");
}

#[tool(timeout = "40ms")]
async fn slow(dropped: &Dropped) {
    let _guard = Counted(dropped.clone());
    std::future::pending::<()>().await;
}

/// Counts when it is dropped.
struct Counted(Dropped);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tool]
async fn hang(dropped: &Dropped) {
    let _guard = Counted(dropped.clone());
    std::future::pending::<()>().await;
}

#[tool]
async fn nap(ms: u64) -> u64 {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    ms
}

#[tool]
fn block(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

#[tool]
async fn who(context: &Context) -> String {
    let client = context.client().map(|client| client.name).unwrap_or_default();
    format!("{client}/{}/{}/{}", context.request_id(), context.revision(), context.client_can("sampling"))
}

/// The settings.
#[resource("config://app", mime = "application/json", size = 2, icons(Icon::new("https://example.com/c.png").sizes(&["48x48"])),
    meta("com.example/level" = "low"))]
fn config() -> Json<Vec<u8>> {
    Json(Vec::new())
}

#[resource("data://bytes")]
async fn bytes() -> Vec<u8> {
    vec![0, 255]
}

/// What a city is like.
#[resource("city://{name}", mime = "text/plain")]
fn city(#[arg(complete = ["Oslo", "Lima", "Los Angeles"])] name: String) -> Option<ResourceContents> {
    (name == "Oslo").then(|| ResourceContents::text("cold").meta("com.example/k", 2))
}

/// Greets somebody.
#[prompt(title = "Hello", icons("https://example.com/g.png"), meta("com.example/level" = 1))]
fn greet(
    /// Who is greeted.
    #[arg(complete = names)]
    name: String,
    loud: Option<bool>,
) -> Vec<PromptMessage> {
    let end = if loud == Some(true) { "!" } else { "." };
    vec![
        PromptMessage::user(format!("Greet {name}{end}")),
        PromptMessage::assistant(ResourceLink::new("city://Oslo", "Oslo")),
    ]
}

fn names(typed: &str) -> Vec<String> {
    ["Ada", "Alan"].iter().filter(|name| name.starts_with(typed)).map(|name| (*name).to_owned()).collect()
}

pub(crate) fn items() -> [Item; 17] {
    items![
        add,
        report,
        numbers,
        contents,
        full,
        fail,
        boom,
        boom_on_a_thread,
        slow,
        hang,
        nap,
        who,
        block,
        config,
        bytes,
        city,
        greet
    ]
}

pub(crate) fn server() -> Server {
    server_with(Dropped::default())
}

pub(crate) fn server_with(dropped: Dropped) -> Server {
    Server::new("test", "1.0.0").state(dropped).items(items())
}
