use mcp_runtime::tool;

#[tool]
fn greet(#[serde(renam = "n")] count: u8) -> u8 {
    count
}

fn main() {}
