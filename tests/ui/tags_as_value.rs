use mcp_runtime::tool;

#[tool(tags = "math")]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
