//! One field of a form: what a property of a schema becomes, or why it cannot be asked for.

use serde_json::Value;

use super::Keywords;
use super::choices::{self, Choices};

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) is_required: bool,
    pub(super) title: Option<Value>,
    pub(super) description: Option<Value>,
    pub(super) default: Option<Value>,
    pub(super) kind: Kind,
}

/// What is filled in, with the bounds that a form can show.
#[derive(Debug)]
pub(super) enum Kind {
    Text(Bounds),
    Integer(Bounds),
    Number(Bounds),
    Bool,
    One(Choices),
    Many(Choices, Bounds),
}

/// Keywords with their values, in the order in which they are published.
pub(super) type Bounds = Vec<(&'static str, Value)>;

/// How far references within references are followed.
const DEPTH: usize = 16;

/// The formats that a form can name.
const FORMATS: [&str; 4] = ["email", "uri", "date", "date-time"];

pub(super) const NULLABLE: &str = "may be null, which nobody can fill in; write an `Option` that may be left out";
const NESTED: &str =
    "has fields of its own; a form is flat: put `#[serde(flatten)]` on it, or ask for it in a form of its own";
const MAP: &str = "is a map; a form has fields with fixed names: write a field for each";
const TUPLE: &str = "is a tuple; write a field for each of its parts";
const LIST: &str = "is a list of something other than choices; write a `Vec` of an enum without data, or one text";
const NOTHING: &str = "has nothing to fill in; take it out";
const UNION: &str =
    "may be values of several kinds; write an enum whose variants have no data, or an `Option` for each kind";
const UNTYPED: &str = "may be any JSON; write a text, a number, a `bool` or an enum without data";

impl Field {
    /// The field that a property is; `is_required` is for the object around it to say.
    pub(super) fn read(name: &str, schema: &Value, root: &Value) -> Result<Self, String> {
        let schema = flattened(schema, root, DEPTH);
        let kind = kind(&schema, root)?;
        // The type of the items may have words where the list has none.
        let items = schema.get("items").map(|items| flattened(items, root, DEPTH)).unwrap_or_default();
        let said =
            |keyword| schema.get(keyword).or_else(|| items.get(keyword)).filter(|value| value.is_string()).cloned();
        let default = schema.get("default").cloned();
        Ok(Self {
            name: name.to_owned(),
            is_required: false,
            title: said("title"),
            description: said("description"),
            default,
            kind,
        })
    }
}

fn kind(schema: &Keywords, root: &Value) -> Result<Kind, String> {
    if let Some(choices) = choices::read(schema, |branch| flattened(branch, root, DEPTH))? {
        return Ok(Kind::One(choices));
    }
    match schema.get("type") {
        Some(Value::String(name)) => named(name, schema, root),
        Some(Value::Array(names)) if names.iter().any(|name| name == "null") => Err(NULLABLE.into()),
        Some(_) => Err(UNION.into()),
        None if schema.contains_key("oneOf") || schema.contains_key("anyOf") => Err(UNION.into()),
        None => Err(UNTYPED.into()),
    }
}

fn named(kind: &str, schema: &Keywords, root: &Value) -> Result<Kind, String> {
    Ok(match kind {
        "string" => Kind::Text(text(schema)),
        "integer" => Kind::Integer(bounds(schema, &["minimum", "maximum"])),
        "number" => Kind::Number(bounds(schema, &["minimum", "maximum"])),
        "boolean" => Kind::Bool,
        "array" => Kind::Many(items(schema, root)?, bounds(schema, &["minItems", "maxItems"])),
        "null" => return Err(NOTHING.into()),
        "object" if schema.contains_key("properties") => return Err(NESTED.into()),
        "object" if schema.contains_key("oneOf") || schema.contains_key("anyOf") => return Err(UNION.into()),
        "object" => return Err(MAP.into()),
        _ => return Err(UNTYPED.into()),
    })
}

fn text(schema: &Keywords) -> Bounds {
    let mut found = bounds(schema, &["format", "minLength", "maxLength", "pattern"]);
    found.retain(|(keyword, value)| *keyword != "format" || value.as_str().is_some_and(|name| FORMATS.contains(&name)));
    found
}

fn items(schema: &Keywords, root: &Value) -> Result<Choices, String> {
    if schema.contains_key("prefixItems") {
        return Err(TUPLE.into());
    }
    let items = schema.get("items").ok_or(LIST)?;
    let choices = choices::read(&flattened(items, root, DEPTH), |branch| flattened(branch, root, DEPTH))?;
    choices.ok_or_else(|| LIST.into())
}

fn bounds(schema: &Keywords, keywords: &[&'static str]) -> Bounds {
    keywords.iter().filter_map(|keyword| Some((*keyword, schema.get(*keyword)?.clone()))).collect()
}

/// The schema with all that it refers to laid under it: what it says itself wins.
fn flattened(schema: &Value, root: &Value, depth: usize) -> Keywords {
    let mut own = schema.as_object().cloned().unwrap_or_default();
    let Some(depth) = depth.checked_sub(1) else { return own };
    let referred = own.remove("$ref").and_then(|target| root.pointer(target.as_str()?.strip_prefix('#')?));
    let all = own.remove("allOf").unwrap_or_default();
    for base in all.as_array().into_iter().flatten().chain(referred) {
        for (keyword, value) in flattened(base, root, depth) {
            own.entry(keyword).or_insert(value);
        }
    }
    own
}
