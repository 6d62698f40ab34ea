use mcp_runtime::serde_json::{Map, Value};
use mcp_runtime::tool;

/// Finds somebody.
#[tool(input_schema = mcp_runtime::serde_json::json!({ "type": "object" }))]
fn find(arguments: Map<String, Value>, limit: u32) -> String {
    format!("{} {limit}", arguments.len())
}

fn main() {}
