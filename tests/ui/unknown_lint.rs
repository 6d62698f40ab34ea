use mcp_runtime::{prompt, resource, tool};

#[tool(allow(long_nam))]
fn a() {}

#[resource("a://b", allow(clippy))]
fn b() -> String {
    String::new()
}

#[prompt(allow(many_tools, long_name, long_name))]
fn c() -> String {
    String::new()
}

#[tool(allow("long_name"))]
fn d() {}

#[tool(allow = long_name)]
fn e() {}

fn main() {}
