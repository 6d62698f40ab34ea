//! Calls that say something before they answer.

use std::time::Duration;

use mcp_runtime::{Log, Progress, tool};
use tokio::time::sleep;

const PAUSE: Duration = Duration::from_millis(50);

/// Reports how far it has come, three times.
#[tool(read_only)]
async fn test_tool_with_progress(progress: &Progress) -> &'static str {
    progress.report(0, 100, "Started");
    sleep(PAUSE).await;
    progress.report(50, 100, "Halfway");
    sleep(PAUSE).await;
    progress.report(100, 100, "Finished");
    "Progress was reported."
}

/// Logs three messages.
#[tool(read_only)]
async fn test_tool_with_logging(log: &Log) -> &'static str {
    log.info("Tool execution started");
    sleep(PAUSE).await;
    log.info("Tool processing data");
    sleep(PAUSE).await;
    log.info("Tool execution completed");
    "Messages were logged."
}

/// Logs one message, if the client asks for it.
#[tool(read_only)]
async fn test_logging_tool(log: &Log) -> &'static str {
    log.info("The logging tool was called");
    "The message was logged."
}
