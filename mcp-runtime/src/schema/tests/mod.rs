//! Tests of the schema module as a whole.

mod derived;
mod differential;
mod lean;
mod random;
mod suite;
mod words;
