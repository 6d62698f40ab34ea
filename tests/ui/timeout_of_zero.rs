use mcp_runtime::tool;

#[tool(timeout = "0s")]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
