//! Tests of the schema module as a whole.
#![allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

mod derived;
mod differential;
mod lean;
mod random;
mod suite;
mod words;
