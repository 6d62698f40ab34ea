//! Tasks (extension `io.modelcontextprotocol/tasks` of 2026-07-28) over the wire: how they begin, what they show, how they end.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in any way"
)]

mod common;
#[path = "tasks/asking.rs"]
mod asking;
#[path = "tasks/bounds.rs"]
mod bounds;
#[path = "tasks/fixture.rs"]
mod fixture;
#[path = "tasks/gates.rs"]
mod gates;
#[path = "tasks/life.rs"]
mod life;
#[path = "tasks/listening.rs"]
mod listening;
