use mcp_runtime::tool;

#[tool("Adds two numbers")]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
