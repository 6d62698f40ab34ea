use mcp_runtime::tool;

/// Waits some minutes.
#[tool]
fn wait(#[arg(range = -1..=500)] minutes: u8) -> u8 {
    minutes
}

fn main() {}
