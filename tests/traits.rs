//! What public types can be used for: which may be sent and shared, which are errors, and which futures can be spawned. The compiler
//! finds out from what is inside of them, so that a change there can take it away.

use std::error::Error as StdError;
use std::hash::Hash;

use mcp_runtime::{
    Annotations, Answer, Body, CacheScope, Call, CallKind, CallToolResult, Called, Changes, Client, ClientBuilder,
    Content, Contents, Context, Elicit, ElicitUrl, Elicited, Error, Finding, GetPromptResult, Http, HttpService, Item,
    Level, Lint, List, Log, MemoryEvents, MemoryOnce, MemoryTasks, Messages, Next, Notification, Once, Principal,
    Progress, PromptMessage, ResourceContents, Revision, Role, Roots, Sample, SampleRequest, Sampled, Server, State,
    Surface, SurfaceReport, Task, Tasks, Theme, ToolError, Unanswered, UnknownItem, UnknownName, items, tool,
};

/// Adds two numbers.
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

macro_rules! all {
    ($($name:ident: $($of:ty),+;)+) => {$(
        $($name::<$of>();)+
    )+};
}

#[test]
fn types_are_sent_shared_compared_and_thrown() {
    fn sent<T: Send + 'static>() {}
    fn shared<T: Send + Sync + Unpin + 'static>() {}
    fn keys<T: Copy + Eq + Hash + std::fmt::Debug>() {}
    fn compared<T: Clone + PartialEq + std::fmt::Debug>() {}
    fn errors<T: StdError + Send + Sync + 'static>() {}
    all! {
        sent: Server, ClientBuilder, Call, Next, Answer;
        shared: Changes, Client, Context, Elicit, ElicitUrl, Http, HttpService, Log, Once, Progress, Roots, Sample, State, Task,
            Tasks, MemoryEvents, MemoryOnce, MemoryTasks, Body, Item, Principal, ToolError;
        keys: CacheScope, CallKind, Level, Lint, List, Revision, Role, Theme, Elicited<u8>;
        compared: Annotations, CallToolResult, Called, Content, Contents, Finding, GetPromptResult, Messages, Notification,
            PromptMessage, ResourceContents, SampleRequest, Sampled, Surface, SurfaceReport, ToolError;
        errors: Error, Unanswered, UnknownItem, UnknownName;
    }
}

#[tokio::test]
async fn serving_and_calling_can_be_spawned() {
    let server = || Server::new("test", "1.0.0").items(items![add]);
    let served = tokio::spawn(server().serve(tokio::io::empty(), tokio::io::sink())).await;
    assert!(matches!(served, Ok(Ok(()))));
    let called = tokio::spawn(async move {
        let client = server().client().await?;
        let sum = client.call("add", serde_json::json!({ "a": 2, "b": 3 })).await?;
        client.close().await.map(|()| sum.text())
    });
    assert!(matches!(called.await, Ok(Ok(sum)) if sum == "5"));
    let server = server().until(std::future::ready(()));
    let served = tokio::spawn(server.serve_http("127.0.0.1:0")).await;
    assert!(matches!(served, Ok(Ok(()))));
}
