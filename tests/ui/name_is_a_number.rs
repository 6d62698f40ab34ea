use mcp_runtime::tool;

#[tool(name = 5)]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
