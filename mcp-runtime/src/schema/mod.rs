//! Knows JSON Schema: what is published, what it enforces, and how a sloppy value is repaired.

mod check;
mod coerce;
mod format;
mod hand_written;
mod lean;
mod mirrored;
mod nearest;
mod number;
mod pattern;
mod pointer;
mod unreadable;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use check::{Check, Problem, Properties};
pub(crate) use hand_written::HandWritten;
pub(crate) use lean::{Direction, is_closed, lean};
#[cfg(feature = "http")]
pub(crate) use mirrored::Primitive;
pub(crate) use mirrored::{Mirrored, mentions_headers, mirrored, write_types};
pub(crate) use nearest::nearest;
#[cfg(any(feature = "http", feature = "client"))]
pub(crate) use number::Decimal;
pub(crate) use unreadable::unreadable;

/// What enforces the schema of an item.
#[derive(Debug)]
pub(crate) enum Rules {
    /// Made from its parameters.
    Made(Properties),
    /// Written by its author, for all arguments together.
    HandWritten(HandWritten),
}
