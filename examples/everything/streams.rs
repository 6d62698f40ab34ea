//! A call whose client comes back for the answer.

use std::time::Duration;

use mcp_runtime::{Context, tool};

/// Sends its client away, and has the answer when it is back.
#[tool(read_only)]
async fn test_reconnection(context: &Context) -> &'static str {
    context.close_stream();
    tokio::time::sleep(Duration::from_millis(100)).await;
    "Reconnection test completed successfully."
}
