//! The server that is measured (`docs/performance.md`), written as a user would write it: `cargo run --release --example bench`,
//! or `-- --http 127.0.0.1:8000`. `BENCH_TOOLS` in the environment says how many tools are listed, 4 unless it is set.

mod dummies;

use std::time::Duration;

use mcp_runtime::{items, model, tool};

#[model]
struct Sum {
    sum: i64,
}

/// Adds two integers.
#[tool]
async fn add(a: i64, b: i64) -> Sum {
    Sum { sum: a.wrapping_add(b) }
}

/// Returns the text it is given.
#[tool]
async fn echo(text: String) -> String {
    text
}

/// Returns one mebibyte of text.
#[tool]
async fn big() -> String {
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_\n".repeat(16_384)
}

/// Sleeps, then answers.
#[tool]
async fn wait(ms: u64) -> &'static str {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    "ok"
}

fn main() -> mcp_runtime::Result<()> {
    let tools = std::env::var("BENCH_TOOLS").ok().and_then(|tools| tools.parse().ok()).unwrap_or(4);
    let listed = items![add, echo, big, wait].into_iter().chain(dummies::all()).take(tools);
    mcp_runtime::server!().items(listed).run()
}
