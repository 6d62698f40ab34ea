use mcp_runtime::tool;

#[tool(scope = "public")]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
