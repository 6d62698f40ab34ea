use mcp_runtime::tool;

#[tool(timeout = 10)]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
