use mcp_runtime::tool;

#[tool]
const fn add(a: i64) -> i64 {
    a
}

fn main() {}
