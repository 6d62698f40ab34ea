use mcp_runtime::tool;

#[tool]
fn days(#[arg(min = 1)] days: u8) -> u8 {
    days
}

fn main() {}
