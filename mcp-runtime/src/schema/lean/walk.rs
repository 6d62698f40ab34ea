//! Knows where schemas stand within schemas.

use serde_json::{Map, Value};

/// How schemas stand in the value of a keyword.
enum Holds {
    One,
    List,
    Named,
    Nothing,
}

impl Holds {
    fn of(keyword: &str) -> Self {
        match keyword {
            "items"
            | "additionalProperties"
            | "unevaluatedProperties"
            | "unevaluatedItems"
            | "not"
            | "if"
            | "then"
            | "else"
            | "contains"
            | "propertyNames"
            | "contentSchema" => Self::One,
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => Self::List,
            "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions" => Self::Named,
            _ => Self::Nothing,
        }
    }
}

/// Shows `visit` the schemas directly within a schema.
pub(crate) fn children<'s>(schema: &'s Map<String, Value>, mut visit: impl FnMut(&'s Value)) {
    for (keyword, value) in schema.iter().filter(|(_, value)| has_parts(value)) {
        match (Holds::of(keyword), value) {
            (Holds::One, one) => visit(one),
            (Holds::List, Value::Array(list)) => list.iter().for_each(&mut visit),
            (Holds::Named, Value::Object(named)) => named.values().for_each(&mut visit),
            (Holds::List | Holds::Named | Holds::Nothing, _) => {}
        }
    }
}

/// Hands `change` the schemas directly within a schema.
pub(crate) fn children_mut(schema: &mut Map<String, Value>, mut change: impl FnMut(&mut Value)) {
    for (keyword, value) in schema.iter_mut().filter(|(_, value)| has_parts(value)) {
        match (Holds::of(keyword), value) {
            (Holds::One, one) => change(one),
            (Holds::List, Value::Array(list)) => list.iter_mut().for_each(&mut change),
            (Holds::Named, Value::Object(named)) => named.values_mut().for_each(&mut change),
            (Holds::List | Holds::Named | Holds::Nothing, _) => {}
        }
    }
}

/// In anything else there are no keywords.
fn has_parts(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// Shows `visit` every schema, the outer ones first.
pub(crate) fn each<'s>(schema: &'s Value, visit: &mut impl FnMut(&'s Map<String, Value>)) {
    if let Value::Object(keywords) = schema {
        visit(keywords);
        children(keywords, |child| each(child, visit));
    }
}

/// Hands `change` every schema, the inner ones first.
pub(crate) fn each_mut(schema: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    if let Value::Object(keywords) = schema {
        children_mut(keywords, |child| each_mut(child, change));
        change(keywords);
    }
}
