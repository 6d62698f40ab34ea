use mcp_runtime::tool;

#[tool]
mod tools {}

fn main() {}
