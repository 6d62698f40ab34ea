use mcp_runtime::tool;

#[tool(meta(5))]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
