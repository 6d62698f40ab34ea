use mcp_runtime::tool;

#[tool]
fn days(#[arg(range = 7..=1)] days: u8) -> u8 {
    days
}

fn main() {}
