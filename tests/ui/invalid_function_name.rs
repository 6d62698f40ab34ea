use mcp_runtime::tool;

#[tool]
fn größe(a: i64) -> i64 {
    a
}

fn main() {}
