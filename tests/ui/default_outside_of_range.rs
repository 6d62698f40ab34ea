use mcp_runtime::tool;

#[tool]
fn days(#[arg(default = 9, range = 1..=7)] days: u8) -> u8 {
    days
}

fn main() {}
