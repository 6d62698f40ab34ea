use mcp_runtime::tool;

#[tool]
const ADD: i64 = 1;

fn main() {}
