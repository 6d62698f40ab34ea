use mcp_runtime::{CallToolResult, tool};

struct Weather;

#[tool(output = Weather)]
fn weather() -> CallToolResult {
    CallToolResult::new()
}

fn main() {}
