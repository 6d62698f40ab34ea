use mcp_runtime::{prompt, tool};

#[tool]
#[prompt]
fn greet(name: String) -> String {
    name
}

fn main() {}
