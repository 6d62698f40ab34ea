use mcp_runtime::tool;

#[tool(watch)]
fn look() {}

fn main() {}
