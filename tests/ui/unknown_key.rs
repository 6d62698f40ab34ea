use mcp_runtime::tool;

#[tool(desc = "Adds")]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
