use mcp_runtime::tool;

#[tool]
fn greet(#[serde(skip)] count: u8) -> u8 {
    count
}

fn main() {}
