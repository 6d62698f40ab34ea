//! Functions that say something before they answer.
#![deny(warnings)]

use mcp_runtime::serde_json::json;
use mcp_runtime::{Context, Level, Log, Progress, Server, items, prompt, resource, tool};

type Reports = Progress;

/// Borrows everything there is to borrow.
#[tool]
async fn everything(
    files: Vec<String>,
    progress: &Progress,
    log: &Log,
    perhaps: Option<&Log>,
    context: &Context,
    again: Option<&Reports>,
) -> usize {
    for (done, file) in files.iter().enumerate() {
        progress.report(done, files.len(), format!("reading {file}"));
        progress.report(done as f64 + 0.5, None, None);
        progress.report(0_u8, Some(5.0), Some("as text"));
        log.debug(file);
    }
    let both = perhaps.is_some() && again.is_some() && context.client().is_some();
    log.send(if both { Level::Info } else { Level::Error }, json!({ "files": files }));
    files.len()
}

/// From a thread.
#[tool]
fn on_a_thread(log: Option<&mcp_runtime::Log>, progress: &mcp_runtime::Progress) -> bool {
    progress.report(1, 1, "done");
    log.is_some_and(|log| log.is_wanted(Level::Info))
}

/// Only what is no argument.
#[resource("speaking://one/{id}")]
async fn one(id: String, log: &Log) -> String {
    log.notice(&id);
    id
}

/// Says hello.
#[prompt]
async fn hello(progress: Option<&Progress>) -> &'static str {
    if let Some(progress) = progress {
        progress.report(1_i64, 2_u16, None);
    }
    "hello"
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> mcp_runtime::Result<()> {
    // Called like any other function.
    assert_eq!(hello(None).await, "hello");
    assert!(!on_a_thread(Some(&Log::for_test()), &Progress::for_test()));
    assert_eq!(one("a".into(), &Log::for_test()).await, "a");

    let items = items![everything, on_a_thread, one, hello];
    let client = Server::new("test", "1.0.0").items(items).client().await?;
    assert_eq!(client.opening()["capabilities"]["logging"], json!({}));
    let tools = client.list("tools").await?;
    let arguments = |index: usize| tools[index]["inputSchema"]["properties"].as_object().map_or(0, |all| all.len());
    assert_eq!((arguments(0), arguments(1)), (1, 0), "what is borrowed is no argument");
    assert_eq!(client.call("everything", json!({ "files": ["a", "b"] })).await?.text(), "2");
    assert_eq!(client.call("on_a_thread", json!({})).await?.text(), "false");
    assert_eq!(client.read("speaking://one/5").await?.text(), "5");
    assert_eq!(client.prompt("hello", json!({})).await?.all().len(), 1);
    client.close().await
}
