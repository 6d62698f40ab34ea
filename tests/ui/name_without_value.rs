use mcp_runtime::tool;

#[tool(name)]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
