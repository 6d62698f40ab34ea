//! The four tools that every measured server has.

use std::time::Duration;

use mcp_runtime::{Item, items, model, tool};

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

/// All of them, in order.
pub(crate) fn all() -> Vec<Item> {
    items![add, echo, big, wait].into()
}
