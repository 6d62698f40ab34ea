use mcp_runtime::form;

#[form]
struct Confirmed;

fn main() {}
