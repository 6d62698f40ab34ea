use mcp_runtime::tool;

#[tool]
fn days(#[arg(pattern = "[0-9]")] days: Option<u8>) -> u8 {
    days.unwrap_or_default()
}

fn main() {}
