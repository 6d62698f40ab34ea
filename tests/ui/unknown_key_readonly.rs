use mcp_runtime::tool;

#[tool(readonly)]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
