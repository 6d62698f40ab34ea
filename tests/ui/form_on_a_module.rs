use mcp_runtime::form;

#[form]
mod weather {}

fn main() {}
