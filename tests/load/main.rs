//! Promises about load: how many, how fast, and that nothing is lost or left behind. Sizes are from the environment:
//! `LOAD_SECONDS=60 cargo test --release --test load -- --nocapture` prints the figures.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may fail in any way, and prints its figures"
)]
// Figures come from `/proc`.
#![cfg(target_os = "linux")]

mod calls;
mod changes;
mod client;
mod connections;
mod ending;
mod events;
mod leaving;
mod messages;
mod server;
mod sessions;
mod soak;
#[path = "../common/status.rs"]
mod status;
