use mcp_runtime::form;

#[form]
fn weather() {}

fn main() {}
