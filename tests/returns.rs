//! What functions may return, and what clients get for it, before and since revisions that take any JSON as structure.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test is allowed to fail")]
#![allow(clippy::arithmetic_side_effects, clippy::needless_pass_by_value, reason = "a test is to be read")]

mod common;

#[path = "returns/tools.rs"]
mod tools;

#[path = "returns/structures.rs"]
mod structures;

#[path = "returns/failures.rs"]
mod failures;

#[path = "returns/resources.rs"]
mod resources;

#[path = "returns/prompts.rs"]
mod prompts;

use mcp_runtime::model;

/// The last revision whose structured content is always an object.
pub(crate) const OLD: &str = "2025-06-18";

#[model]
#[derive(Clone)]
pub(crate) struct Point {
    pub(crate) x: i32,
    pub(crate) y: i32,
}
