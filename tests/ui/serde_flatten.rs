use mcp_runtime::tool;

#[tool]
fn greet(#[serde(flatten)] name: std::collections::HashMap<String, u8>) -> usize {
    name.len()
}

fn main() {}
