//! Writes a form as each revision of the protocol has it.
//!
//! 2025-06-18 knows no titles beside choices, no lists of choices, and defaults of booleans only. `pattern` is described in
//! 2025-11-25 alone.

use serde_json::{Value, json};

use super::Keywords;
use super::choices::{Choices, NAMES, Titles};
use super::field::{Bounds, Field, Kind};
use crate::json::Object;
use crate::protocol::Revision;

/// The schema of all fields, or why a client of this revision cannot be asked.
pub(super) fn json(fields: &[Field], revision: Revision) -> Result<String, String> {
    if revision < Revision::V2025_06_18 {
        return Err(format!("there are no forms in {revision}; they need a client of 2025-06-18 or later"));
    }
    let properties: Vec<Keywords> = fields.iter().map(|field| property(field, revision)).collect::<Result<_, _>>()?;
    let required: Vec<&str> =
        fields.iter().filter(|field| field.is_required).map(|field| field.name.as_str()).collect();
    let mut out = Vec::new();
    let mut object = Object::open(&mut out);
    object.field("type", "object");
    object.with("properties", |out| {
        let mut object = Object::open(out);
        fields.iter().zip(&properties).for_each(|(field, property)| object.entry(&field.name, property));
        object.close();
    });
    object.some("required", Some(&required).filter(|names| !names.is_empty()));
    object.close();
    Ok(String::from_utf8(out).expect("JSON is UTF-8"))
}

fn property(field: &Field, revision: Revision) -> Result<Keywords, String> {
    let mut schema = match &field.kind {
        Kind::Text(bounds) => bounded("string", bounds, revision),
        Kind::Integer(bounds) => bounded("integer", bounds, revision),
        Kind::Number(bounds) => bounded("number", bounds, revision),
        Kind::Bool => typed("boolean"),
        Kind::One(choices) => one(choices, revision),
        Kind::Many(..) if is_first(revision) => {
            let name = &field.name;
            return Err(format!(
                "`{name}` takes several choices, which {revision} cannot ask for; it needs a client of 2025-11-25 or later"
            ));
        }
        Kind::Many(choices, bounds) => {
            let mut schema = bounded("array", bounds, revision);
            schema.insert("items".into(), items(choices));
            schema
        }
    };
    let default = field.default.as_ref().filter(|default| default.is_boolean() || !is_first(revision));
    for (keyword, value) in
        [("title", &field.title), ("description", &field.description), ("default", &default.cloned())]
    {
        schema.extend(value.clone().map(|value| (keyword.to_owned(), value)));
    }
    Ok(schema)
}

/// Whether this is the first revision with forms, which could do less.
fn is_first(revision: Revision) -> bool {
    revision == Revision::V2025_06_18
}

fn typed(kind: &str) -> Keywords {
    Keywords::from_iter([("type".to_owned(), kind.into())])
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
