use mcp_runtime::tool;

#[tool]
fn days(#[arg(default = 3)] days: Option<u8>) -> u8 {
    days.unwrap_or(3)
}

fn main() {}
