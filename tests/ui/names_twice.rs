use mcp_runtime::tool;

#[tool]
fn days(#[arg(name = "b")] a: u8, b: u8) -> u8 {
    a + b
}

fn main() {}
