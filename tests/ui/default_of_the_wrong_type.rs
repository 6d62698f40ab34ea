use mcp_runtime::tool;

#[tool]
fn days(#[arg(default = "three")] days: u8) -> u8 {
    days
}

fn main() {}
