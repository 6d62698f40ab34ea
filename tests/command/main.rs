//! The command line that every server has, of the examples: in a pipe, and at a terminal.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in any way"
)]
#![cfg(unix)]

mod examples;
mod interrupted;
mod piped;
mod terminal;
