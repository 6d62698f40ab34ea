use mcp_runtime::tool;

#[tool]
fn add(a: i64, #[cfg(test)] b: i64) -> i64 {
    a
}

fn main() {}
