//! Drops what says nothing to a reader, and says a choice among constants in one word.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::gather::gather;

use super::walk;

/// Formats that name a machine type; the bounds beside them say all that matters.
const MACHINE: [&str; 14] = [
    "int8", "int16", "int32", "int64", "int128", "int", "uint8", "uint16", "uint32", "uint64", "uint128", "uint",
    "float", "double",
];

/// Drops the dialect, titles that only repeat the name of a Rust type, and formats that name machine types.
pub(crate) fn root(schema: &mut Value) {
    if let Value::Object(keywords) = schema {
        keywords.remove("$schema");
        if keywords.get("title").and_then(Value::as_str).is_some_and(is_type_name) {
            keywords.remove("title");
        }
    }
    walk::each_mut(schema, &mut |keywords| {
        if keywords.get("format").and_then(Value::as_str).is_some_and(|format| MACHINE.contains(&format)) {
            keywords.remove("format");
        }
    });
}

/// schemars derives a title for the root only, from the name of its type.
fn is_type_name(title: &str) -> bool {
    !title.is_empty() && title.chars().all(|char| char.is_alphanumeric() || char == '_')
}

/// Turns alternatives that are undocumented constants of one type into one `enum`.
pub(crate) fn choices(schema: &mut Value) {
    walk::each_mut(schema, &mut |keywords| {
        for keyword in ["oneOf", "anyOf"] {
            if let Some((kind, values)) =
                keywords.get(keyword).and_then(Value::as_array).and_then(|branches| constants(branches))
                && !keywords.contains_key("enum")
                && keywords.get("type").is_none_or(|own| *own == kind)
            {
                keywords.remove(keyword);
                keywords.insert("type".to_owned(), kind);
                keywords.insert("enum".to_owned(), values.into());
            }
        }
    });
}

/// The type and the values of alternatives that are nothing but different strings.
fn constants(branches: &[Value]) -> Option<(Value, Vec<Value>)> {
    let mut values = Vec::new();
    for branch in branches {
        values.extend(constant(branch.as_object()?)?);
    }
    let distinct: BTreeSet<&str> = gather(values.iter().filter_map(Value::as_str));
    (!values.is_empty() && distinct.len() == values.len()).then(|| ("string".into(), values))
}

fn constant(branch: &Map<String, Value>) -> Option<Vec<Value>> {
    let is_plain = branch.keys().all(|keyword| matches!(keyword.as_str(), "type" | "const" | "enum"));
    let is_string = branch.get("type").is_none_or(|kind| kind == "string");
    match (branch.get("const"), branch.get("enum")) {
        _ if !is_plain || !is_string => None,
        (Some(value), None) => Some(vec![value.clone()]),
        (None, Some(values)) => values.as_array().cloned(),
        (_, _) => None,
    }
}
