use mcp_runtime::tool;

#[tool(inline)]
async fn add(a: i64) -> i64 {
    a
}

fn main() {}
