use mcp_runtime::{CallToolResult, tool};

#[tool(output = "Weather")]
fn weather() -> CallToolResult {
    CallToolResult::new()
}

fn main() {}
