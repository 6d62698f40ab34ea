//! Tests of the schema module as a whole.
#![allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

mod derived;
pub(crate) mod differential;
mod lean;
pub(crate) mod random;
mod suite;
mod words;
