use mcp_runtime::tool;

#[tool(colour = "red")]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
