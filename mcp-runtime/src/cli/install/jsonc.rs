//! Edits of JSON text, with or without comments, that leave every other byte as it is. Does no I/O.
//!
//! A path is the keys that lead to a value. New properties are laid out like their neighbours.

use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectProp, Value as Node};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::tokens::{Token, TokenAndRange};
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};
use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::fault::Fault;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// What is at the path.
pub(super) fn get(text: &str, path: &[&str]) -> Result<Option<Value>, Fault> {
    let document = Document::read(without_mark(text))?;
    let Some(root) = document.root()? else { return Ok(None) };
    let Way { object, name, rest } = way(root, path)?;
    Ok(property(object, name)?.filter(|_| rest.is_empty()).map(|property| property.value.clone().into()))
}

/// The text with `value` at the path; with all objects on the way, if they are missing.
pub(super) fn set(text: &str, path: &[&str], value: &Value) -> Result<String, Fault> {
    let body = without_mark(text);
    let document = Document::read(body)?;
    let Some(root) = document.root()? else { return set(&with_root(text, document.line_break()), path, value) };
    let Way { object, name, rest } = way(root, path)?;
    let value = rest.iter().rfold(value.clone(), |value, name| Value::from_iter([(*name, value)]));
    let body = match property(object, name)? {
        Some(property) if Value::from(property.value.clone()) == value => body.into(),
        Some(property) => document.with_value(property, &value),
        None => document.with_property(object, name, &value),
    };
    Ok(marked_like(text, body))
}

/// The text without the property at the path, and without the object around it if nothing else was in there; the text as it is if
/// there is no such property.
pub(super) fn remove(text: &str, path: &[&str]) -> Result<String, Fault> {
    let body = without_mark(text);
    let document = Document::read(body)?;
    let Some(root) = document.root()? else { return Ok(text.into()) };
    let Way { object, name, rest } = way(root, path)?;
    let Some(property) = property(object, name)?.filter(|_| rest.is_empty()) else { return Ok(text.into()) };
    match path.split_last() {
        Some((_, around)) if !around.is_empty() && document.is_alone(object, property) => remove(text, around),
        Some(_) | None => Ok(marked_like(text, document.without_property(object, property))),
    }
}

/// Some programs on Windows begin a file with it; it is no part of the JSON, and stays.
fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

fn marked_like(text: &str, body: String) -> String {
    if text.starts_with(BYTE_ORDER_MARK) { format!("{BYTE_ORDER_MARK}{body}") } else { body }
}

/// A text that has no value yet, comments at most, with an object.
fn with_root(text: &str, line_break: &str) -> String {
    let gap = if without_mark(text).is_empty() || text.ends_with(['\n', '\r']) { "" } else { line_break };
    format!("{text}{gap}{{}}{line_break}")
}

/// How far a path leads: to the deepest object on it that is there, and the name to look for in it. What is left of the path
/// is not empty only if that name is missing.
struct Way<'d, 'p> {
    object: &'d Object<'d>,
    name: &'p str,
    rest: &'p [&'p str],
}

fn way<'d, 'p>(root: &'d Object<'d>, path: &'p [&'p str]) -> Result<Way<'d, 'p>, Fault> {
    let (mut object, mut before) = (root, Vec::new());
    let (mut name, mut rest): (&str, _) = path.split_first().map_or(("", path), |(name, rest)| (*name, rest));
    while let Some((next, after)) = rest.split_first() {
        let Some(property) = property(object, name)? else { break };
        before.push(name);
        object = property.value.as_object().ok_or_else(|| Fault::NotAnObject(before.join(".")))?;
        (name, rest) = (*next, after);
    }
    Ok(Way { object, name, rest })
}

fn property<'d>(object: &'d Object<'d>, name: &str) -> Result<Option<&'d ObjectProp<'d>>, Fault> {
    let mut found = object.properties.iter().filter(|property| property.name.as_str() == name);
    let first = found.next();
    if found.next().is_some() { Err(Fault::Twice(name.into())) } else { Ok(first) }
}

struct Document<'t> {
    text: &'t str,
    value: Option<Node<'t>>,
    /// All of them in order, comments too.
    tokens: Vec<TokenAndRange<'t>>,
}

impl<'t> Document<'t> {
    fn read(text: &'t str) -> Result<Self, Fault> {
        let collect = CollectOptions { comments: CommentCollectionStrategy::AsTokens, tokens: true };
        let parsed = parse_to_ast(text, &collect, &strict()).map_err(|error| Fault::Syntax {
            line: error.line_display(),
            column: error.column_display(),
            what: error.kind().to_string().to_lowercase(),
        })?;
        Ok(Self { text, value: parsed.value, tokens: parsed.tokens.unwrap_or_default() })
    }

    fn root(&self) -> Result<Option<&Object<'_>>, Fault> {
        let object = |value: &'_ Node<'t>| value.as_object().is_some();
        match &self.value {
            None => Ok(None),
            Some(value) if !object(value) => Err(Fault::NotAnObject(String::new())),
            Some(value) => Ok(value.as_object()),
        }
    }

    fn with_value(&self, property: &ObjectProp<'_>, value: &Value) -> String {
        let is_line = !self.part(property.value.start()..property.value.end()).contains('\n')
            && !self.space_before(property.start()).contains('\n');
        let indent = (!is_line).then(|| self.indent(property.start()));
        self.replaced(property.value.start()..property.value.end(), &self.rendered(value, indent))
    }

    fn with_property(&self, object: &Object<'_>, name: &str, value: &Value) -> String {
        match object.properties.last() {
            None => self.with_first(object, name, value),
            Some(last) => self.with_next(object, last, name, value),
        }
    }

    fn with_first(&self, object: &Object<'_>, name: &str, value: &Value) -> String {
        let outer = self.indent(object.start());
        let indent = format!("{outer}{}", self.indent_step());
        let property = self.property(name, value, Some(&indent));
        let inside = inside(object);
        let line_break = self.line_break();
        let comments = self.part(inside.clone()).trim_end();
        if comments.is_empty() {
            return self.replaced(inside, &format!("{line_break}{indent}{property}{line_break}{outer}"));
        }
        let at = inside.start.saturating_add(comments.len());
        self.replaced(at..at, &format!("{line_break}{indent}{property}"))
    }

    /// The new property comes after the comments that follow the last one, which gets its comma before them. Whether the last one
    /// has a comma stays as it is.
    fn with_next(&self, object: &Object<'_>, last: &ObjectProp<'_>, name: &str, value: &Value) -> String {
        let tail = self.part(last.end()..inside(object).end).trim_end();
        let has_comma = self.next(last.end()).is_some_and(|token| token.token == Token::Comma);
        let (before, after) = if has_comma { ("", ",") } else { (",", "") };
        let gap = self.gap_before(last, tail);
        let indent = gap.rfind('\n').and_then(|at| gap.get(at.saturating_add(1)..));
        let property = self.property(name, value, indent);
        let end = last.end().saturating_add(tail.len());
        self.replaced(last.end()..end, &format!("{before}{tail}{gap}{property}{after}"))
    }

    /// The space before the last property is that before the new one; without blank lines. A comment after the last one ends its
    /// line.
    fn gap_before(&self, last: &ObjectProp<'_>, tail: &str) -> String {
        let space = self.space_before(last.start());
        match space.rfind('\n') {
            Some(at) => format!("{}{}", self.line_break(), space.get(at.saturating_add(1)..).unwrap_or_default()),
            None if tail.is_empty() || tail == "," => space.into(),
            None => format!("{}{}{}", self.line_break(), self.indent(last.start()), self.indent_step()),
        }
    }

    fn without_property(&self, object: &Object<'_>, property: &ObjectProp<'_>) -> String {
        if self.is_alone(object, property) {
            return self.replaced(inside(object), "");
        }
        let comma_after = self.next(property.end()).filter(|token| token.token == Token::Comma);
        let end = comma_after.map_or(property.end(), |comma| comma.range.end);
        let removed = self.removed(property.start(), end);
        match self.previous(property.start()).filter(|token| token.token == Token::Comma) {
            Some(comma) if comma_after.is_none() => {
                let between = self.part(comma.range.end..removed.start);
                self.replaced(comma.range.start..removed.end, between)
            }
            Some(_) | None => self.replaced(removed, ""),
        }
    }

    /// The space before a property goes with it, and so does its line. If more follows in the line, that takes its place: it
    /// must not end up in the line before, perhaps in a comment.
    fn removed(&self, start: usize, end: usize) -> Range<usize> {
        let space = self.space_before(start);
        let before = start.saturating_sub(space.len());
        let rest = self.text.get(end..).unwrap_or_default();
        let space_after = rest.get(..rest.len().saturating_sub(rest.trim_start().len())).unwrap_or_default();
        let is_after_comment = self
            .tokens
            .iter()
            .any(|token| matches!(token.token, Token::CommentLine(_)) && (before..=start).contains(&token.range.end));
        let ends_object = rest.trim_start().starts_with('}');
        if space_after.contains('\n') || (ends_object && !is_after_comment) {
            before..end
        } else if ends_object {
            start..end
        } else {
            start..end.saturating_add(space_after.len())
        }
    }

    /// Whether nothing else is in the object, no comment either.
    fn is_alone(&self, object: &Object<'_>, property: &ObjectProp<'_>) -> bool {
        let inside = inside(object);
        let before = self.part(inside.start..property.start());
        let after = self.part(property.end()..inside.end);
        before.trim().is_empty() && matches!(after.trim(), "" | ",")
    }

    fn next(&self, at: usize) -> Option<&TokenAndRange<'t>> {
        self.tokens.iter().find(|token| token.range.start >= at && !is_comment(token))
    }

    fn previous(&self, at: usize) -> Option<&TokenAndRange<'t>> {
        self.tokens.iter().rev().find(|token| token.range.end <= at && !is_comment(token))
    }

    fn property(&self, name: &str, value: &Value, indent: Option<&str>) -> String {
        format!("{}: {}", Value::from(name), self.rendered(value, indent))
    }

    /// On one line, or with the lines after the first indented by at least `indent`.
    fn rendered(&self, value: &Value, indent: Option<&str>) -> String {
        let Some(indent) = indent else { return value.to_string() };
        let mut bytes = Vec::new();
        let step = self.indent_step();
        let mut serializer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(step.as_bytes()));
        let written = value.serialize(&mut serializer).map(|()| String::from_utf8_lossy(&bytes));
        written.map_or_else(|_| value.to_string(), |text| text.replace('\n', &format!("{}{indent}", self.line_break())))
    }

    fn line_break(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// By how much the first property is indented, or two spaces.
    fn indent_step(&self) -> &str {
        let first = self.value.as_ref().and_then(|value| value.as_object()?.properties.first());
        let space = first.map_or("", |property| self.space_before(property.start()));
        space.rsplit_once('\n').map(|(_, step)| step).filter(|step| !step.is_empty()).unwrap_or("  ")
    }

    /// That of the line.
    fn indent(&self, at: usize) -> &str {
        let line = self.part(0..at).rsplit('\n').next().unwrap_or_default();
        let length = line.len().saturating_sub(line.trim_start().len());
        line.get(..length).unwrap_or_default()
    }

    fn space_before(&self, at: usize) -> &str {
        let before = self.part(0..at);
        before.get(before.trim_end().len()..).unwrap_or_default()
    }

    fn part(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    fn replaced(&self, range: Range<usize>, new: &str) -> String {
        format!("{}{new}{}", self.part(0..range.start), self.text.get(range.end..).unwrap_or_default())
    }
}

/// JSON, and of what goes beyond only what VS Code allows in its files: comments and trailing commas.
fn strict() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// Between the braces.
fn inside(object: &Object<'_>) -> Range<usize> {
    object.start().saturating_add(1)..object.end().saturating_sub(1)
}

fn is_comment(token: &TokenAndRange<'_>) -> bool {
    matches!(token.token, Token::CommentLine(_) | Token::CommentBlock(_))
}

#[cfg(test)]
mod tests;
