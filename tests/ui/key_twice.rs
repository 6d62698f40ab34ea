use mcp_runtime::tool;

#[tool(name = "a", title = "A", name = "b")]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
