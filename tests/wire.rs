//! The wire, byte by byte: what every revision gets for every method, and what every bad thing gets.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test is allowed to fail")]
#![allow(clippy::arithmetic_side_effects, clippy::needless_pass_by_value, reason = "a test is to be read")]

mod common;

#[path = "wire/fixture.rs"]
mod fixture;

#[path = "wire/offered.rs"]
mod offered;

#[path = "wire/transcripts.rs"]
mod transcripts;

#[path = "wire/session.rs"]
mod session;

#[path = "wire/caching.rs"]
mod caching;

#[path = "wire/completions.rs"]
mod completions;

#[path = "wire/envelopes.rs"]
mod envelopes;

#[path = "wire/faults.rs"]
mod faults;

#[path = "wire/flights.rs"]
mod flights;

#[path = "wire/batches.rs"]
mod batches;

#[path = "wire/eras.rs"]
mod eras;

#[path = "wire/chunks.rs"]
mod chunks;

#[path = "wire/said.rs"]
mod said;

#[path = "wire/levels.rs"]
mod levels;

#[path = "wire/switching.rs"]
mod switching;

#[path = "wire/listening.rs"]
mod listening;

#[path = "wire/subscribing.rs"]
mod subscribing;

#[path = "wire/panics.rs"]
mod panics;

#[path = "wire/bounds.rs"]
mod bounds;
