//! What clients fill in: what is accepted, what is refused and how, and that what is published is what is enforced.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test is allowed to fail")]
#![allow(clippy::arithmetic_side_effects, clippy::needless_pass_by_value, reason = "a test is to be read")]

mod common;

#[path = "arguments/values.rs"]
mod values;

#[path = "arguments/several.rs"]
mod several;

#[path = "arguments/attributes.rs"]
mod attributes;

#[path = "arguments/models.rs"]
mod models;

#[path = "arguments/templates.rs"]
mod templates;

#[path = "arguments/prompts.rs"]
mod prompts;

use mcp_runtime::model;
use serde_json::Value;

#[model]
#[derive(Debug)]
pub(crate) enum Color {
    Red,
    Green,
}

/// What the function got, or the problems that the client is told.
pub(crate) type Expected = Result<&'static str, &'static [&'static str]>;

/// The problems of a refusal, without the dashes.
pub(crate) fn problems(answer: &Value) -> Vec<String> {
    let text =
        answer["result"]["content"][0]["text"].as_str().or(answer["error"]["message"].as_str()).unwrap_or_default();
    text.lines().skip(1).map(|line| line.strip_prefix("- ").unwrap_or(line).to_owned()).collect()
}
