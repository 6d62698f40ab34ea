//! Knows JSON Schema: what is published, what it enforces, and how a sloppy value is repaired.

mod check;
mod coerce;
mod format;
mod lean;
mod nearest;
mod number;
mod pattern;
mod pointer;
mod scan;

#[cfg(test)]
mod tests;

pub(crate) use check::{Check, Problem, Unchecked};
pub(crate) use lean::{Direction, lean};
pub(crate) use nearest::nearest;
