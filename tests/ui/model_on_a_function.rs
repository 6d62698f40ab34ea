use mcp_runtime::model;

#[model]
fn weather() {}

fn main() {}
