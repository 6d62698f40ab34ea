//! The attributes work under other names.
#![deny(warnings)]

use mcp_runtime::{items, model as data, prompt as p, resource as r, tool as t};

#[data]
struct Sum {
    sum: i64,
}

#[t]
fn add(a: i64, b: i64) -> Sum {
    Sum { sum: a + b }
}

#[r("alias://x")]
fn x() -> &'static str {
    "x"
}

#[p(name = "y")]
fn why() -> String {
    "y".to_owned()
}

fn main() {
    assert_eq!(add(1, 2).sum, 3);
    assert_eq!(items![add, x, why].map(|item| item.name()), ["add", "x", "y"]);
}
