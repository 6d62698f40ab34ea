//! The span of each request: what it says, what happens in it, and whose child it is.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in any way"
)]

mod fixture;
#[cfg(feature = "opentelemetry")]
mod opentelemetry;
mod remote;
mod seen;
mod spans;
