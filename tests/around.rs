//! `Server::around`: what hooks see, what they may change, and that calls behave with them as they do without.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in any way"
)]

mod common;
#[path = "around/fixture.rs"]
mod fixture;
#[path = "around/running.rs"]
mod running;
#[path = "around/seen.rs"]
mod seen;
