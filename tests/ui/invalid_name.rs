use mcp_runtime::tool;

#[tool(name = "my tool!")]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
