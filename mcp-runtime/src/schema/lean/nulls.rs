//! Takes `null` out of fields that may be absent: for a client, leaving a field out says the same.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{merge, walk};

type Keywords = Map<String, Value>;
type Names = BTreeSet<String>;

/// Strips every property that is not required of its `null`.
pub(crate) fn strip(schema: &mut Value) {
    let elsewhere = required_elsewhere(schema);
    schemas(schema, &elsewhere);
}

/// Whether one schema requires what another one may describe.
pub(crate) fn are_undecided(schema: &Value) -> bool {
    !required_elsewhere(schema).is_empty()
}

/// Names that some schema requires without describing them: which schema describes them cannot be told.
fn required_elsewhere(schema: &Value) -> Names {
    let mut names = Names::new();
    walk::each(schema, &mut |keywords| {
        let own = keywords.get("properties").and_then(Value::as_object);
        names.extend(
            required(keywords).filter(|name| own.is_none_or(|own| !own.contains_key(*name))).map(str::to_owned),
        );
    });
    names
}

fn required(keywords: &Keywords) -> impl Iterator<Item = &str> {
    let listed = keywords.get("required").and_then(Value::as_array);
    let dependent = keywords.get("dependentRequired").and_then(Value::as_object);
    let dependent = dependent.into_iter().flat_map(Map::values).filter_map(Value::as_array).flatten();
    listed.into_iter().flatten().chain(dependent).filter_map(Value::as_str)
}

/// Whether one of the schemas that apply to the same object requires `name`.
fn requires(keywords: &Keywords, name: &str) -> bool {
    required(keywords).any(|required| required == name)
        || in_place(keywords).filter_map(Value::as_object).any(|child| requires(child, name))
}

/// All that these schemas require.
fn required_here(keywords: &Keywords, names: &mut Names) {
    names.extend(required(keywords).map(str::to_owned));
    in_place(keywords).filter_map(Value::as_object).for_each(|child| required_here(child, names));
}

/// The schemas within one that apply to the same value.
fn in_place(keywords: &Keywords) -> impl Iterator<Item = &Value> {
    let lists = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|name| keywords.get(name)?.as_array()).flatten();
    let single = ["not", "if", "then", "else"].into_iter().filter_map(|name| keywords.get(name));
    let named = keywords.get("dependentSchemas").and_then(Value::as_object).into_iter().flat_map(Map::values);
    lists.chain(single).chain(named)
}

/// Strips the properties of one schema and goes on to those within; `outer` is required by schemas around it.
fn schemas(schema: &mut Value, outer: &Names) {
    let Value::Object(keywords) = schema else { return };
    properties(keywords, outer);
    if in_place(keywords).next().is_none() {
        return walk::children_mut(keywords, |child| schemas(child, outer));
    }
    // Names that are required here do no harm further down: there they only keep a `null` that could go.
    let mut below = outer.clone();
    required_here(keywords, &mut below);
    walk::children_mut(keywords, |child| schemas(child, &below));
}

fn properties(keywords: &mut Keywords, outer: &Names) {
    let Some(mut properties) = keywords.get_mut("properties").map(Value::take) else { return };
    for (name, property) in properties.as_object_mut().into_iter().flatten() {
        if !outer.contains(name) && !requires(keywords, name) {
            property_without_null(property);
        }
    }
    if let Some(place) = keywords.get_mut("properties") {
        *place = properties;
    }
}

fn property_without_null(schema: &mut Value) {
    without_null(schema);
    if let Value::Object(keywords) = schema
        && keywords.get("default").is_some_and(Value::is_null)
    {
        keywords.remove("default");
    }
}

fn without_null(schema: &mut Value) {
    let Value::Object(keywords) = schema else { return };
    if let Some(Value::Array(kinds)) = keywords.get_mut("type") {
        retain(kinds, |kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            keywords.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = keywords.get_mut("enum") {
        retain(values, |value| !value.is_null());
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Value::Array(branches)) = keywords.get_mut(keyword) {
            retain(branches, |branch| !is_null(branch));
            branches.iter_mut().for_each(without_null);
            if let [only] = branches.as_slice() {
                let only = only.clone();
                keywords.remove(keyword);
                *schema = merge::merged(only, std::mem::take(keywords));
                return without_null(schema);
            }
        }
    }
}

/// Keeps what is wanted, unless nothing would be left.
fn retain(values: &mut Vec<Value>, is_wanted: impl Fn(&Value) -> bool) {
    if values.iter().any(&is_wanted) {
        values.retain(is_wanted);
    }
}

/// Whether a schema allows nothing but `null`.
fn is_null(schema: &Value) -> bool {
    let Value::Object(keywords) = schema else { return false };
    let words = keywords.keys().filter(|keyword| !merge::is_annotation(keyword)).count();
    let says_null = keywords.get("type").is_some_and(|kind| kind == "null" || *kind == json!(["null"]))
        || keywords.get("const").is_some_and(Value::is_null);
    words == 1 && says_null
}
