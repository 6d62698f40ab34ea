use mcp_runtime::{resource, tool};

#[tool(annotations(read_only = true), idempotentHint = true)]
fn paint(#[arg(enum = ["red", "blue"])] color: String, #[arg(required)] layers: u8) -> String {
    color.repeat(layers.into())
}

#[resource("room://temperature", subscribe)]
fn temperature() -> String {
    String::new()
}

fn main() {}
