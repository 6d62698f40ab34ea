//! Finds which piece of a URI belongs to which variable. Decodes and judges nothing.

use super::value;
use super::{Operator, Part};

/// What a URI says about a variable, still encoded.
#[derive(Clone, Copy)]
pub(super) enum Raw<'u> {
    Absent,
    Once(&'u str),
    Twice,
}

type Captured<'u> = Vec<Raw<'u>>;

/// One entry for every variable, in order, or `None` if the URI does not match.
pub(super) fn captures<'u>(parts: &[Part], uri: &'u str) -> Option<Captured<'u>> {
    let body = parts.iter().rposition(|part| !is_tail(part)).map_or(0, |last| last.saturating_add(1));
    let (body, tail) = parts.split_at_checked(body)?;
    let (uri, fragment) = if has(tail, Operator::Fragment) { cut(uri, uri.find('#')) } else { (uri, None) };
    let (path, query) = cut(uri, query_start(body, tail, uri));
    if query.is_some_and(|query| query.contains('#')) {
        return None;
    }
    let mut raw = path_captures(body, path)?;
    for part in tail {
        raw.extend(match part {
            Part::Expression { operator: Operator::Fragment, variables } => in_fragment(variables, fragment),
            Part::Expression { variables, .. } => named(variables, query.unwrap_or_default(), '&'),
            Part::Literal(_) => return None,
        });
    }
    Some(raw)
}

/// Whether the expression reads from the query or the fragment.
fn is_tail(part: &Part) -> bool {
    match part {
        Part::Literal(_) => false,
        Part::Expression { operator, .. } => match operator {
            Operator::Query | Operator::QueryContinuation | Operator::Fragment => true,
            Operator::Simple | Operator::Reserved | Operator::Label | Operator::Path | Operator::PathParameter => false,
        },
    }
}

fn has(parts: &[Part], wanted: Operator) -> bool {
    parts.iter().any(|part| matches!(part, Part::Expression { operator, .. } if *operator == wanted))
}

/// What is before the character at `at`, and what is after it.
fn cut(text: &str, at: Option<usize>) -> (&str, Option<&str>) {
    count(text.len());
    match at.and_then(|at| text.split_at_checked(at)) {
        Some((before, after)) => (before, after.get(1..)),
        None => (text, None),
    }
}

/// Where the parameters begin that are found by name. A `{&…}` begins after as many `&` as the template itself writes.
fn query_start(body: &[Part], tail: &[Part], uri: &str) -> Option<usize> {
    if has(tail, Operator::Query) {
        return uri.find('?');
    }
    if !has(tail, Operator::QueryContinuation) {
        return None;
    }
    let mut written = body.iter().filter_map(|part| match part {
        Part::Literal(text) => Some(*text),
        Part::Expression { .. } => None,
    });
    let after_mark = written.find_map(|text| text.split_once('?')).map_or("", |(_, after)| after);
    let ampersands = |text: &str| text.matches('&').count();
    let fixed = written.map(ampersands).fold(ampersands(after_mark), usize::saturating_add);
    let mark = uri.find('?').unwrap_or_default();
    uri.match_indices('&').map(|(at, _)| at).filter(|at| *at > mark).nth(fixed)
}

fn in_fragment<'u>(variables: &[&str], fragment: Option<&'u str>) -> Captured<'u> {
    let values = fragment.into_iter().flat_map(|text| text.splitn(variables.len(), ','));
    padded(values.map(Raw::Once).collect(), variables)
}

/// Finds parameters by name, in any order. One that the template does not name is ignored.
fn named<'u>(variables: &[&str], text: &'u str, separator: char) -> Captured<'u> {
    let mut raw = vec![Raw::Absent; variables.len()];
    for parameter in text.split(separator) {
        count(parameter.len().saturating_mul(variables.len().saturating_add(2)));
        let (name, text) = parameter.split_once('=').unwrap_or((parameter, ""));
        let Ok(name) = value::decode(name) else { continue };
        let known = variables.iter().zip(&mut raw).find(|(variable, _)| **variable == name);
        if let Some((_, found)) = known {
            *found = match found {
                Raw::Absent => Raw::Once(text),
                Raw::Once(_) | Raw::Twice => Raw::Twice,
            };
        }
    }
    raw
}

/// Matches all but query and fragment.
fn path_captures<'u>(parts: &[Part], path: &'u str) -> Option<Captured<'u>> {
    let reserved = |part: &Part| matches!(part, Part::Expression { operator: Operator::Reserved, .. });
    let (before, after) = match parts.iter().position(reserved) {
        Some(widest) => parts.split_at_checked(widest)?,
        None => return narrow_captures(parts, path),
    };
    let (Part::Expression { operator, variables }, after) = after.split_first()? else { return None };
    let (mut raw, rest) = forward(before, path)?;
    let (middle, last) = backward(after, rest)?;
    raw.extend(split(*operator, variables, middle)?);
    raw.extend(last);
    Some(raw)
}

/// Matches a template without `{+…}`. Text at its end is taken off first: it belongs to the end of the URI.
fn narrow_captures<'u>(parts: &[Part], path: &'u str) -> Option<Captured<'u>> {
    let (parts, path) = match parts.split_last() {
        Some((Part::Literal(text), before)) => (before, path.strip_suffix(text)?),
        Some((Part::Expression { .. }, _)) | None => (parts, path),
    };
    let (raw, rest) = forward(parts, path)?;
    rest.is_empty().then_some(raw)
}

/// Matches from the start; every expression ends as early as it can. Returns what is left.
fn forward<'u>(parts: &[Part], mut rest: &'u str) -> Option<(Captured<'u>, &'u str)> {
    let mut raw = Vec::new();
    let mut remaining = parts;
    while let Some((part, following)) = remaining.split_first() {
        remaining = following;
        match part {
            Part::Literal(text) => rest = rest.strip_prefix(text)?,
            Part::Expression { operator, variables } => {
                let (own, after) = rest.split_at_checked(end(*operator, rest, following.first())?)?;
                raw.extend(split(*operator, variables, own)?);
                rest = after;
            }
        }
    }
    Some((raw, rest))
}

/// How much of `text` belongs to an expression at its start, given what follows in the template.
fn end(operator: Operator, text: &str, next: Option<&Part>) -> Option<usize> {
    if operator.prefix().is_some_and(|prefix| !text.starts_with(prefix)) {
        return Some(0);
    }
    let own = text.chars().next()?.len_utf8();
    let reach = find(text, 0, |char| ends(operator, char)).unwrap_or(text.len());
    match next {
        None => Some(reach),
        Some(Part::Literal(literal)) => {
            let least = if operator.is_optional() { 0 } else { own };
            let window = text.get(least..ceil(text, reach.saturating_add(literal.len())))?;
            count(window.len());
            let at = window.find(literal)?.saturating_add(least);
            (at <= reach).then_some(at)
        }
        Some(Part::Expression { operator: next, .. }) => {
            let prefix = next.prefix()?;
            let before = text.get(..reach)?;
            Some(find(before, own, |char| char == prefix).unwrap_or(reach))
        }
    }
}

/// Characters that no value of such an expression contains unencoded.
fn ends(operator: Operator, char: char) -> bool {
    match operator {
        Operator::Simple | Operator::Label | Operator::PathParameter => matches!(char, '/' | '?' | '#'),
        Operator::Path => matches!(char, '?' | '#'),
        Operator::Reserved | Operator::Fragment => false,
        Operator::Query | Operator::QueryContinuation => char == '#',
    }
}

fn find(text: &str, from: usize, wanted: impl Fn(char) -> bool) -> Option<usize> {
    let at = text.get(from..)?.find(|char| {
        count(1);
        wanted(char)
    })?;
    at.checked_add(from)
}

/// The next place at or after `at` where a character begins.
fn ceil(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// Matches from the end; every variable begins as late as it can. Returns what is left before it.
fn backward<'u>(parts: &[Part], mut rest: &'u str) -> Option<(&'u str, Captured<'u>)> {
    let mut raw = Vec::new();
    let mut remaining = parts;
    while let Some((part, before)) = remaining.split_last() {
        remaining = before;
        match part {
            Part::Literal(text) => rest = rest.strip_suffix(text)?,
            Part::Expression { operator: Operator::Simple, variables } => {
                let Part::Literal(literal) = before.last()? else { return None };
                let (left, own) = rest.split_at_checked(start(rest, literal)?)?;
                raw.extend(split(Operator::Simple, variables, own)?.into_iter().rev());
                rest = left;
            }
            Part::Expression { .. } => return None,
        }
    }
    raw.reverse();
    Some((rest, raw))
}

/// Where the variable at the end of `text` begins: after the last `literal` that leaves it a character.
fn start(text: &str, literal: &str) -> Option<usize> {
    let (last, _) = text.char_indices().next_back()?;
    count(last);
    let at = text.get(..last)?.rfind(literal)?.checked_add(literal.len())?;
    let own = text.get(at..)?;
    find(own, 0, |char| ends(Operator::Simple, char)).is_none().then_some(at)
}

/// Gives the variables of one expression their pieces of what the expression matched.
fn split<'u>(operator: Operator, variables: &[&str], own: &'u str) -> Option<Captured<'u>> {
    count(own.len());
    let inner = match operator.prefix() {
        None => own,
        Some(_) if own.is_empty() => return Some(vec![Raw::Absent; variables.len()]),
        Some(prefix) => own.strip_prefix(prefix)?,
    };
    let pieces: Vec<_> = match operator {
        Operator::Simple | Operator::Reserved => inner.splitn(variables.len(), ',').collect(),
        Operator::Label => inner.splitn(variables.len(), '.').collect(),
        Operator::Path => inner.split('/').collect(),
        Operator::PathParameter => return Some(named(variables, inner, ';')),
        Operator::Query | Operator::QueryContinuation | Operator::Fragment => return None,
    };
    let fits = match operator.is_optional() {
        true => pieces.len() <= variables.len(),
        false => pieces.len() == variables.len(),
    };
    let fits = fits && pieces.iter().all(|piece| !piece.is_empty());
    fits.then(|| padded(pieces.into_iter().map(Raw::Once).collect(), variables))
}

fn padded<'u>(mut raw: Captured<'u>, variables: &[&str]) -> Captured<'u> {
    raw.resize(variables.len(), Raw::Absent);
    raw
}

/// Counts the bytes that were looked at, so that tests can see that no URI makes that many.
#[cfg(test)]
pub(super) fn count(bytes: usize) {
    STEPS.with(|steps| steps.set(steps.get() + bytes));
}

#[cfg(not(test))]
pub(super) fn count(_: usize) {}

#[cfg(test)]
thread_local! {
    pub(super) static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}
