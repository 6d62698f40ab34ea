//! A server whose tools misbehave, for tests of what the framework makes of that: `cargo run --example torture -- stdio`.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use mcp_runtime::{ToolError, resource, tool};

/// Counts for `ticker` and `ticks`.
#[derive(Default)]
struct Counters(Mutex<HashMap<String, u64>>);

impl Counters {
    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, u64>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns the message.
#[tool]
async fn echo(message: String) -> String {
    message
}

/// Takes a number from 1 to 100.
#[tool]
async fn typed(#[arg(range = 1..=100)] count: i64, label: Option<String>) -> String {
    drop(label);
    format!("count={count}")
}

/// Sleeps without blocking.
#[tool]
async fn sleep(ms: u64) -> String {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    format!("slept {ms}")
}

/// Counts for a while.
#[tool]
async fn ticker(ms: u64, key: String, counters: &Counters) -> &'static str {
    let end = Instant::now() + Duration::from_millis(ms);
    while Instant::now() < end {
        counters.with(|counts| *counts.entry(key.clone()).or_default() += 1);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    "ticked"
}

/// Tells how far a ticker came.
#[tool]
async fn ticks(key: String, counters: &Counters) -> u64 {
    counters.with(|counts| counts.get(&key).copied().unwrap_or_default())
}

/// Sleeps and cannot be stopped, as far as the language allows.
#[tool]
async fn stubborn(ms: u64) -> Result<&'static str, ToolError> {
    let sleep = tokio::spawn(tokio::time::sleep(Duration::from_millis(ms)));
    sleep.await?;
    Ok("stubborn done")
}

/// Never ends.
#[tool]
async fn hang() {
    std::future::pending().await
}

/// Blocks its thread.
#[tool]
fn block(ms: u64) -> &'static str {
    std::thread::sleep(Duration::from_millis(ms));
    "unblocked"
}

/// Panics.
#[tool]
#[allow(clippy::panic)]
async fn panic(message: String) {
    panic!("{message}");
}

/// Fails.
#[tool]
async fn fail(message: String) -> Result<(), ToolError> {
    Err(ToolError::new(message))
}

/// Prints to standard output.
#[tool]
#[allow(clippy::print_stdout)]
async fn pollute(text: String, newline: bool) -> Result<&'static str, ToolError> {
    if newline {
        println!("{text}");
    } else {
        print!("{text}");
    }
    std::io::stdout().flush()?;
    Ok("polluted")
}

/// Returns many letters.
#[tool]
async fn big(bytes: usize) -> String {
    "x".repeat(bytes)
}

/// Has half a second.
#[tool(timeout = "500ms")]
async fn timeout_me(ms: u64) -> &'static str {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    "not timed out"
}

/// Reads a file, naively.
#[resource("torture://files/{name}")]
fn file(name: String) -> Option<String> {
    let folder = std::env::var("TORTURE_FILES").ok()?;
    std::fs::read_to_string(format!("{folder}/{name}")).ok()
}

fn main() -> mcp_runtime::Result<()> {
    mcp_runtime::server!().state(Counters::default()).run_stdio()
}
