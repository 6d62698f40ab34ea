//! Streamable HTTP, byte by byte: what every revision gets, what every bad thing gets, and how it ends.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in any way"
)]

#[path = "../common/mod.rs"]
mod common;

mod client;
mod events;
mod expect;
mod fixture;
mod requests;

mod around;
mod asked;
mod balanced;
mod batches;
mod changes;
mod guards;
mod hostile;
mod http_sse;
mod limits;
mod lists;
mod mirrored;
mod modern;
mod mutations;
mod said;
mod sessions;
mod shutdown;
mod stateless;
mod streams;
mod unread;
