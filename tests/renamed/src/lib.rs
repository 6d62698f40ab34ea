//! Items of a library that its own program never names.
#![deny(warnings, missing_docs, missing_debug_implementations, missing_copy_implementations, unreachable_pub)]
#![deny(unused_qualifications, single_use_lifetimes, clippy::all, clippy::pedantic)]

use runtime::{form, model, prompt, resource, tool};

/// A sum.
#[model(crate = runtime)]
#[derive(Debug, Clone, Copy)]
pub struct Sum {
    /// What it comes to.
    pub sum: i64,
}

/// Whether it may be.
#[form(crate = "runtime")]
#[derive(Debug, Clone, Copy)]
pub struct Permission {
    /// It may.
    pub granted: bool,
}

/// Adds.
#[must_use]
#[tool(crate = runtime, meta("example.org/kind" = "sum"))]
pub fn add(#[arg(default = 1)] a: i64, #[serde(default)] b: i64) -> Sum {
    Sum { sum: a.saturating_add(b) }
}

/// Tells the name.
#[resource("renamed://{name}", crate = runtime)]
pub async fn name(name: String) -> String {
    std::future::ready(name).await
}

/// Greets.
#[must_use]
#[prompt(crate = "runtime")]
pub fn greet(#[arg(complete = ["Ada"])] name: String) -> String {
    format!("Hello {name}!")
}
