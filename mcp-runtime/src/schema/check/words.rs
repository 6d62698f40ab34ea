//! The words for what is wrong. Nothing that the client wrote is repeated at length.

use super::super::nearest::nearest;
use super::kinds::Kinds;
use super::node::{Choice, Node, Objects};
use crate::json::scan::{Cursor, Quoted, Shape};

pub(crate) const TWICE: &str = "is given twice";

/// At most that many characters of one value are repeated.
const LONGEST: usize = 80;
/// At most that many names are listed.
const MOST_NAMES: usize = 20;

/// A text that is short enough to be repeated.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A string as a value.
pub(crate) fn string(text: &str) -> String {
    format!("the string \"{}\"", cut(text))
}

/// A value as it was found.
pub(crate) fn found(json: &str) -> String {
    let mut at = Cursor::new(json);
    match at.shape() {
        Ok(Shape::String) => string(&at.string().and_then(Quoted::text).unwrap_or_default()),
        Ok(Shape::Array) => "a list".to_owned(),
        Ok(Shape::Object) => "an object".to_owned(),
        Ok(Shape::Null | Shape::Bool | Shape::Number) | Err(_) => cut(json),
    }
}

pub(crate) fn wrong_kind(accepted: Kinds, json: &str) -> String {
    if accepted == Kinds::NONE {
        return "is not allowed".to_owned();
    }
    format!("must be {}, got {}", accepted.phrase(), found(json))
}

pub(crate) fn wrong_choice(choices: &[Choice], json: &str) -> String {
    let values = choices.iter().flat_map(|choice| &choice.values);
    let names: Vec<String> =
        values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    one_of(&names, json)
}

/// `must be one of …` with what was probably meant.
pub(crate) fn one_of(names: &[String], json: &str) -> String {
    let mut at = Cursor::new(json);
    let given = at.string().and_then(Quoted::text);
    let got = given.as_ref().map_or_else(|_| found(json), |text| format!("`{}`", cut(text)));
    let meant = given.ok().and_then(|text| nearest(&text, names.iter().map(String::as_str)));
    let hint = meant.filter(|_| names.len() > 1).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    match names {
        [name] => format!("must be `{}`, got {got}", cut(name)),
        _ => format!("must be one of {}, got {got}{hint}", listed(names)),
    }
}

/// A field that the schema does not know.
pub(crate) fn unknown(name: &str, rules: &Objects) -> String {
    let known = listed(rules.known());
    let hint = nearest(name, rules.known()).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    if known.is_empty() {
        "is not a known field".to_owned()
    } else {
        format!("is not a known field; known: {known}{hint}")
    }
}

/// What `not` rules out.
pub(crate) fn ruled_out(node: Option<&Node>, start: Cursor<'_>) -> String {
    let mut end = start;
    let value = end.skip(0).map(found).unwrap_or_default();
    match node {
        Some(node) if !node.choices.is_empty() => format!("must not be {value}"),
        Some(_) | None => format!("must not be a value like this, got {value}"),
    }
}

/// Names in backticks, not too many of them.
pub(crate) fn listed<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let (shown, rest) = names.split_at(names.len().min(MOST_NAMES));
    let mut text = shown.iter().map(|name| format!("`{}`", cut(name.as_ref()))).collect::<Vec<_>>().join(", ");
    if !rest.is_empty() {
        text.push_str(&format!(" and {} more", rest.len()));
    }
    text
}

/// `1 item`, `2 items`.
pub(crate) fn counted(count: u64, unit: &str) -> String {
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}
