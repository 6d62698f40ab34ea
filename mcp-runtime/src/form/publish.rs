//! Writes a form as each revision of the protocol has it.
//!
//! 2025-06-18 knows no titles beside choices, no lists of choices (`boxes` stand in), and defaults of booleans only. `pattern` is
//! described in 2025-11-25 alone.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::choices::{Choices, NAMES, Titles};
use super::field::{Bounds, Field, Kind};
use super::{Keywords, boxes};
use crate::gather::gather;
use crate::json::Object;
use crate::protocol::Revision;

/// The schema of all fields, in their order.
pub(super) fn schema(fields: &[Field], revision: Revision) -> Box<RawValue> {
    let properties = fields.iter().flat_map(|field| properties(field, revision));
    let required = fields.iter().filter(|field| field.is_required && !is_boxes(field, revision));
    let required: Vec<&str> = required.map(|field| field.name.as_str()).collect();
    let mut out = Vec::new();
    let mut object = Object::open(&mut out);
    object.field("type", "object");
    object.with("properties", |out| {
        let mut object = Object::open(out);
        properties.for_each(|(name, property)| object.entry(&name, &property));
        object.close();
    });
    object.some("required", Some(&required).filter(|names| !names.is_empty()));
    object.close();
    let json = String::from_utf8(out).expect("JSON is UTF-8");
    RawValue::from_string(json).expect("what was written is JSON")
}

/// What a client shows for a field.
fn properties(field: &Field, revision: Revision) -> Vec<(String, Keywords)> {
    match &field.kind {
        Kind::Many(choices, _) if is_first(revision) => boxes::properties(field, choices),
        kind => vec![(field.name.clone(), described(field, keywords(kind, revision), revision))],
    }
}

fn is_boxes(field: &Field, revision: Revision) -> bool {
    is_first(revision) && matches!(field.kind, Kind::Many(..))
}

fn keywords(kind: &Kind, revision: Revision) -> Keywords {
    match kind {
        Kind::Text(bounds) => bounded("string", bounds, revision),
        Kind::Integer(bounds) => bounded("integer", bounds, revision),
        Kind::Number(bounds) => bounded("number", bounds, revision),
        Kind::Bool => typed("boolean"),
        Kind::One(choices) => one(choices, revision),
        Kind::Many(choices, bounds) => {
            let mut schema = bounded("array", bounds, revision);
            schema.insert("items".into(), items(choices));
            schema
        }
    }
}

fn described(field: &Field, mut schema: Keywords, revision: Revision) -> Keywords {
    let default = field.default.as_ref().filter(|default| default.is_boolean() || !is_first(revision));
    for (keyword, value) in
        [("title", &field.title), ("description", &field.description), ("default", &default.cloned())]
    {
        schema.extend(value.clone().map(|value| (keyword.to_owned(), value)));
    }
    schema
}

/// Whether this is the first revision with forms, which could do less. In those before it nobody is lent an `Elicit`.
pub(super) fn is_first(revision: Revision) -> bool {
    revision <= Revision::V2025_06_18
}

fn typed(kind: &str) -> Keywords {
    gather([("type".to_owned(), kind.into())])
}

fn bounded(kind: &str, bounds: &Bounds, revision: Revision) -> Keywords {
    let mut schema = typed(kind);
    let known = bounds.iter().filter(|(keyword, _)| *keyword != "pattern" || revision == Revision::V2025_11_25);
    schema.extend(known.map(|(keyword, value)| ((*keyword).to_owned(), value.clone())));
    schema
}

fn one(choices: &Choices, revision: Revision) -> Keywords {
    let mut schema = typed("string");
    match &choices.titles {
        Titles::Beside(titles) if !is_first(revision) => {
            schema.insert("oneOf".into(), pairs(choices, titles));
        }
        Titles::Beside(titles) | Titles::Named(titles) => {
            schema.insert("enum".into(), json!(choices.values));
            schema.insert(NAMES.into(), json!(titles));
        }
        Titles::None => {
            schema.insert("enum".into(), json!(choices.values));
        }
    }
    schema
}

fn items(choices: &Choices) -> Value {
    match &choices.titles {
        Titles::Beside(titles) | Titles::Named(titles) => json!({ "anyOf": pairs(choices, titles) }),
        Titles::None => json!({ "type": "string", "enum": choices.values }),
    }
}

fn pairs(choices: &Choices, titles: &[String]) -> Value {
    choices.values.iter().zip(titles).map(|(value, title)| json!({ "const": value, "title": title })).collect()
}
