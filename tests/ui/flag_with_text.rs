use mcp_runtime::tool;

#[tool(read_only = "yes")]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
