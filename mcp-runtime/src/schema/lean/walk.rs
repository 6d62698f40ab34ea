//! Knows where schemas stand within schemas.

use serde_json::{Map, Value};

const ONE: [&str; 11] = [
    "items",
    "additionalProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "contentSchema",
];
const LIST: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
const NAMED: [&str; 5] = ["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"];

/// The schemas directly within a schema.
pub(crate) fn children(schema: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    schema.iter().flat_map(|(keyword, value)| -> Vec<&Value> {
        match value {
            Value::Array(list) if LIST.contains(&keyword.as_str()) => list.iter().collect(),
            Value::Object(named) if NAMED.contains(&keyword.as_str()) => named.values().collect(),
            one if ONE.contains(&keyword.as_str()) => vec![one],
            _ => Vec::new(),
        }
    })
}

pub(crate) fn children_mut(schema: &mut Map<String, Value>) -> impl Iterator<Item = &mut Value> {
    schema.iter_mut().flat_map(|(keyword, value)| -> Vec<&mut Value> {
        let keyword = keyword.as_str();
        if ONE.contains(&keyword) {
            return vec![value];
        }
        match value {
            Value::Array(list) if LIST.contains(&keyword) => list.iter_mut().collect(),
            Value::Object(named) if NAMED.contains(&keyword) => named.values_mut().collect(),
            _ => Vec::new(),
        }
    })
}

/// Shows `visit` every schema, the outer ones first.
pub(crate) fn each(schema: &Value, visit: &mut impl FnMut(&Map<String, Value>)) {
    if let Value::Object(keywords) = schema {
        visit(keywords);
        children(keywords).for_each(|child| each(child, visit));
    }
}

/// Hands `change` every schema, the inner ones first.
pub(crate) fn each_mut(schema: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    if let Value::Object(keywords) = schema {
        children_mut(keywords).for_each(|child| each_mut(child, change));
        change(keywords);
    }
}
