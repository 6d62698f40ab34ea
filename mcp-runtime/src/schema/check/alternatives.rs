//! Checks `anyOf` and `oneOf`, and says what is wrong with the alternative that was probably meant.

use super::kinds::Kinds;
use super::node::{Alternatives, Id, Node, Sign};
use super::run::{Mode, Path, Run, Stop};
use super::{Problem, words};
use crate::json::scan::{Broken, Cursor, Quoted};

/// At least one alternative must fit.
pub(crate) fn any<'c>(
    run: &mut Run<'c>,
    alternatives: &'c Alternatives,
    start: Cursor<'_>,
    kind: Kinds,
    path: &Path<'_>,
) -> Result<(), Stop> {
    match meant(run.all(), alternatives, start, kind)? {
        Meant::One(id) => run.value(id, &mut start.clone(), path),
        Meant::None(message, field) => at_field(run, field, path, message),
        Meant::Many => {
            for id in fitting(run.all(), alternatives, kind) {
                if run.verdict(id, start, path)? {
                    return Ok(());
                }
            }
            explain(run, alternatives, start, kind, path)
        }
    }
}

/// Exactly one alternative must fit.
pub(crate) fn one<'c>(
    run: &mut Run<'c>,
    alternatives: &'c Alternatives,
    start: Cursor<'_>,
    kind: Kinds,
    path: &Path<'_>,
) -> Result<(), Stop> {
    match meant(run.all(), alternatives, start, kind)? {
        Meant::One(id) => run.value(id, &mut start.clone(), path),
        Meant::None(message, field) => at_field(run, field, path, message),
        Meant::Many => {
            let mut count = 0_usize;
            for id in fitting(run.all(), alternatives, kind) {
                count = count.saturating_add(run.verdict(id, start, path)?.into());
            }
            match count {
                0 => explain(run, alternatives, start, kind, path),
                1 => Ok(()),
                _ => run.wrong(path, || format!("fits {count} of the allowed forms, must fit exactly one")),
            }
        }
    }
}

/// The alternatives that are left once the value was looked at from outside.
enum Meant {
    One(Id),
    Many,
    /// Why it is none, and the field that tells.
    None(String, Option<String>),
}

/// The alternatives that may be meant by the value at `start`.
pub(crate) fn branches(
    nodes: &[Node],
    alternatives: &Alternatives,
    start: Cursor<'_>,
    kind: Kinds,
) -> Result<Vec<Id>, Broken> {
    Ok(match meant(nodes, alternatives, start, kind)? {
        Meant::One(id) => vec![id],
        Meant::Many => fitting(nodes, alternatives, kind).collect(),
        Meant::None(_, _) => Vec::new(),
    })
}

fn meant(nodes: &[Node], alternatives: &Alternatives, start: Cursor<'_>, kind: Kinds) -> Result<Meant, Broken> {
    let mut candidates = fitting(nodes, alternatives, kind);
    match (candidates.next(), candidates.next()) {
        (None, _) => return Ok(Meant::None(none_of_the_kind(nodes, alternatives, start), None)),
        (Some(only), None) => return Ok(Meant::One(only)),
        (Some(_), Some(_)) => {}
    }
    let selected = match &alternatives.sign {
        Some(Sign::Tag { field, branches }) if kind == Kinds::OBJECT => by_tag(field, branches, start)?,
        Some(Sign::Key(branches)) if kind == Kinds::OBJECT => by_key(branches, start)?,
        Some(Sign::Tag { .. } | Sign::Key(_)) | None => return Ok(Meant::Many),
    };
    Ok(match selected {
        Ok(id) => Meant::One(id),
        Err((message, field)) => Meant::None(message, field),
    })
}

/// The alternatives that accept values of that kind.
fn fitting<'n>(nodes: &'n [Node], alternatives: &'n Alternatives, kind: Kinds) -> impl Iterator<Item = Id> + use<'n> {
    let fits = move |id: &Id| nodes.get(*id).is_some_and(|node| node.accepts.meets(kind));
    alternatives.branches.iter().copied().filter(fits)
}

fn none_of_the_kind(nodes: &[Node], alternatives: &Alternatives, start: Cursor<'_>) -> String {
    let of = |id: &Id| nodes.get(*id).map_or(Kinds::NONE, |node| node.accepts);
    let accepted = alternatives.branches.iter().map(of).fold(Kinds::NONE, |sum, kinds| sum | kinds);
    words::wrong_kind(accepted, start.clone().skip(0).unwrap_or_default())
}

type Selected = Result<Id, (String, Option<String>)>;

fn by_tag(field: &str, branches: &[(String, Id)], start: Cursor<'_>) -> Result<Selected, Broken> {
    let names = || branches.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let Some(value) = member(start, field)? else {
        let message = format!("is required; must be one of {}", words::listed(names()));
        return Ok(Err((message, Some(field.to_owned()))));
    };
    let tag = Cursor::new(value).string().and_then(Quoted::text).ok();
    let found = branches.iter().find(|(name, _)| tag.as_deref() == Some(name));
    Ok(found.map(|(_, id)| *id).ok_or_else(|| (words::one_of(&names(), value), Some(field.to_owned()))))
}

/// The text of the member with that name; of two, the last.
fn member<'j>(mut object: Cursor<'j>, name: &str) -> Result<Option<&'j str>, Broken> {
    let mut found = None;
    object.object::<Broken>(|other, value| {
        let text = value.skip(0)?;
        if other.text()? == name {
            found = Some(text);
        }
        Ok(())
    })?;
    Ok(found)
}

fn by_key(branches: &[(String, Id)], mut object: Cursor<'_>) -> Result<Selected, Broken> {
    let mut found = None;
    let mut other = None;
    object.object::<Broken>(|name, value| {
        let name = name.text()?;
        match branches.iter().find(|(key, _)| *key == name) {
            Some((_, id)) => found = found.or(Some(*id)),
            None => other = Some(words::cut(&name)),
        }
        value.skip(0).map(drop)
    })?;
    let keys = || words::listed(branches.iter().map(|(key, _)| key.as_str()));
    let got = other.map(|name| format!(", got `{name}`")).unwrap_or_default();
    Ok(found.ok_or_else(|| (format!("must have exactly one of the fields {}{got}", keys()), None)))
}

fn at_field(run: &mut Run<'_>, field: Option<String>, path: &Path<'_>, message: String) -> Result<(), Stop> {
    match field {
        Some(field) => run.wrong(&path.field(&field)?, || message),
        None => run.wrong(path, || message),
    }
}

/// Says what is wrong with the alternative that is nearest to fitting.
fn explain(
    run: &mut Run<'_>,
    alternatives: &Alternatives,
    start: Cursor<'_>,
    kind: Kinds,
    path: &Path<'_>,
) -> Result<(), Stop> {
    if run.mode == Mode::Verdict {
        return Err(Stop::Wrong);
    }
    if let Some(strings) = alternatives.strings.as_ref().filter(|_| kind == Kinds::STRING) {
        return run.wrong(path, || words::one_of(strings, start.clone().skip(0).unwrap_or_default()));
    }
    let mut nearest: Option<Vec<Problem>> = None;
    for id in fitting(run.all(), alternatives, kind) {
        let problems = problems(run, id, start, path)?;
        if nearest.as_ref().is_none_or(|nearest| problems.len() < nearest.len()) {
            nearest = Some(problems);
        }
    }
    for problem in nearest.into_iter().flatten() {
        run.note(problem)?;
    }
    Ok(())
}

/// What one alternative finds, apart from what was found before.
fn problems(run: &mut Run<'_>, id: Id, start: Cursor<'_>, path: &Path<'_>) -> Result<Vec<Problem>, Stop> {
    let kept = std::mem::take(&mut run.problems);
    let within = run.within();
    let result = run.value(id, &mut start.clone(), path);
    run.back_to(within);
    let found = std::mem::replace(&mut run.problems, kept);
    match result {
        Ok(()) | Err(Stop::Wrong | Stop::Enough) => Ok(found),
        Err(stop @ (Stop::Costly | Stop::Broken(_))) => Err(stop),
    }
}
