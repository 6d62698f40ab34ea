//! What a change of a schema means for clients: what they send has to be accepted still, and what they get has to be of the
//! shape that they know.

use serde_json::Value;

use super::gaps::{Gap, gaps};
use super::report::{Impact, SurfaceChange};

/// The changes of the schema of arguments. `path` is where that stands.
pub(super) fn input(path: &str, old: &Value, new: &Value) -> Vec<SurfaceChange> {
    let narrowed = gaps(old, new);
    let mut changes = Vec::new();
    for gap in &narrowed {
        changes.push(match gap.is_ignored {
            false => change(path, gap, "is no longer accepted", Impact::Breaks),
            true => change(path, gap, "is accepted still, and has no effect any more", Impact::Neither),
        });
    }
    let widened = others(gaps(new, old), &narrowed);
    changes.extend(widened.iter().map(|gap| change(path, gap, "is accepted too", Impact::Adds)));
    or_words(path, old, new, changes)
}

/// The changes of the schema of results.
pub(super) fn output(path: &str, old: &Value, new: &Value) -> Vec<SurfaceChange> {
    let widened = gaps(new, old);
    let mut changes = Vec::new();
    for gap in &widened {
        changes.push(match gap.is_ignored {
            false => change(path, gap, "may come back now, which clients do not expect", Impact::Breaks),
            true => change(path, gap, "comes back too", Impact::Adds),
        });
    }
    for gap in &others(gaps(old, new), &widened) {
        changes.push(match gap.is_ignored {
            true => change(path, gap, "does not come back any more", Impact::Breaks),
            false => change(path, gap, "could come back, and does not any more", Impact::Neither),
        });
    }
    or_words(path, old, new, changes)
}

/// Without those about fields of which enough is said.
fn others(mut gaps: Vec<Gap>, said: &[Gap]) -> Vec<Gap> {
    gaps.retain(|gap| gap.field.is_none() || !said.iter().any(|said| (&said.at, &said.field) == (&gap.at, &gap.field)));
    gaps
}

fn change(path: &str, gap: &Gap, verb: &str, impact: Impact) -> SurfaceChange {
    let path = if gap.at.is_empty() { path.to_owned() } else { format!("{path}.{}", gap.at) };
    SurfaceChange { path: path.replace(".[", "["), text: format!("{} {verb}", gap.what), impact }
}

/// A schema that is another one, for the same values, describes them in another way.
fn or_words(path: &str, old: &Value, new: &Value, mut changes: Vec<SurfaceChange>) -> Vec<SurfaceChange> {
    if changes.is_empty() && old != new {
        let text = "it describes the same values in other words, or with other defaults".to_owned();
        changes.push(SurfaceChange { path: path.to_owned(), text, impact: Impact::Neither });
    }
    changes
}
