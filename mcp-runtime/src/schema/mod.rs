//! Knows JSON Schema: what is published, what it enforces, and how a sloppy value is repaired.

mod check;
mod coerce;
mod format;
mod hand_written;
mod lean;
mod nearest;
mod number;
mod pattern;
mod pointer;
mod scan;

#[cfg(test)]
mod tests;

pub(crate) use check::{Check, Problem, Unchecked};
pub(crate) use hand_written::HandWritten;
pub(crate) use lean::{Direction, lean};
pub(crate) use nearest::nearest;

/// What enforces the schema of an item.
#[derive(Debug)]
pub(crate) enum Rules {
    /// Made from its parameters.
    Made(Check),
    /// Written by its author, for all arguments together.
    HandWritten(HandWritten),
}
