//! Promises that only a real process can keep: descriptors, signals, threads, memory, and what a hostile peer sends.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in any way"
)]
#![cfg(unix)]

mod aside;
mod calls;
mod changes;
#[cfg(target_os = "linux")]
mod clock;
mod ending;
mod faults;
mod flood;
mod limits;
mod offered;
mod peers;
#[cfg(target_os = "linux")]
#[path = "../common/status.rs"]
mod status;
mod torture;
