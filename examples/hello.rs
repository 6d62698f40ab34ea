//! The smallest server: one tool. Run it with `cargo run --example hello`.

use mcp_runtime::tool;

/// Adds two numbers.
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn main() -> mcp_runtime::Result<()> {
    mcp_runtime::server!().run()
}
