use mcp_runtime::tool;

#[tool]
#[tool]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
