//! Decodes values, and refuses those that climb out of where they are used.

use std::borrow::Cow;

use super::matching::count;
use super::{Operator, Problem};

/// Decodes once what will be handed on, and judges what any number of further decodings would make of it.
pub(super) fn read(operator: Operator, raw: &str) -> Result<Cow<'_, str>, Problem> {
    let value = decode(raw)?;
    judge(operator, &settled(&value)?)?;
    Ok(value)
}

/// Undoes percent-encoding once.
pub(super) fn decode(raw: &str) -> Result<Cow<'_, str>, Problem> {
    count(raw.len());
    if !raw.contains('%') {
        return Ok(Cow::Borrowed(raw));
    }
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let (byte, after) = match (byte, after) {
            (b'%', [high, low, after @ ..]) => (hex(*high, *low).ok_or(Problem::Encoding)?, after),
            (b'%', _) => return Err(Problem::Encoding),
            (byte, after) => (*byte, after),
        };
        decoded.push(byte);
        rest = after;
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| Problem::Encoding)
}

/// Undoes percent-encoding until nothing is encoded any more, in one pass: the end of what is settled is looked at again
/// after each byte, and each decoding makes it shorter. A `%` that encodes nothing stays.
fn settled(value: &str) -> Result<Cow<'_, str>, Problem> {
    count(value.len());
    if !value.contains('%') {
        return Ok(Cow::Borrowed(value));
    }
    let mut settled = Vec::with_capacity(value.len());
    for byte in value.bytes() {
        settled.push(byte);
        while let [before @ .., b'%', high, low] = settled.as_slice() {
            let Some(byte) = hex(*high, *low) else { break };
            count(1);
            settled.truncate(before.len());
            settled.push(byte);
        }
    }
    String::from_utf8(settled).map(Cow::Owned).map_err(|_| Problem::Encoding)
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?;
    u8::try_from(byte).ok()
}

fn judge(operator: Operator, value: &str) -> Result<(), Problem> {
    count(value.len());
    refuse(value.chars().any(char::is_control), Problem::Control)?;
    match operator {
        Operator::Simple | Operator::Label | Operator::Path | Operator::PathParameter => name(value),
        Operator::Reserved => path(value),
        Operator::Query | Operator::QueryContinuation | Operator::Fragment => text(value),
    }
}

/// A single name.
fn name(value: &str) -> Result<(), Problem> {
    refuse(value.contains(['/', '\\']), Problem::Separator)?;
    refuse(is_dots(value), Problem::Dots)?;
    refuse(has_drive(value), Problem::Absolute)
}

/// Names separated by `/`, below where they are used. A `/` at the end is allowed.
fn path(value: &str) -> Result<(), Problem> {
    refuse(value.contains('\\'), Problem::Separator)?;
    refuse(value.starts_with('/') || has_drive(value), Problem::Absolute)?;
    refuse(value.contains("//"), Problem::Empty)?;
    refuse(value.split('/').any(is_dots), Problem::Dots)
}

/// Free text, which may hold separators, an address or a time, but nothing that a function could follow out as a path.
fn text(value: &str) -> Result<(), Problem> {
    let drive = has_drive(value) && value.get(2..).is_some_and(|rest| rest.starts_with(['/', '\\']));
    refuse(value.starts_with(['/', '\\']) || drive, Problem::Absolute)?;
    refuse(value.split(['/', '\\']).any(|segment| segment.trim() == ".."), Problem::Dots)
}

fn refuse(wrong: bool, problem: Problem) -> Result<(), Problem> {
    if wrong { Err(problem) } else { Ok(()) }
}

/// `.`, `..`, and what Windows makes of them: it ignores dots and spaces at the end of a name.
fn is_dots(segment: &str) -> bool {
    segment.starts_with('.') && segment.trim_end_matches(['.', ' ']).is_empty()
}

fn has_drive(value: &str) -> bool {
    matches!(value.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}
