use mcp_runtime::tool;

#[tool]
fn days(#[arg(length = 1..=7)] days: u8) -> u8 {
    days
}

fn main() {}
