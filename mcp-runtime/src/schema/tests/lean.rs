//! What becomes of a schema, and that it still means the same.

use std::cell::Cell;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Direction, lean};
use super::differential::{reference, runner};
use super::random;

fn input(schema: Value) -> Value {
    lean(schema, Direction::Input)
}

fn output(schema: Value) -> Value {
    lean(schema, Direction::Output)
}

#[test]
fn noise_goes() {
    let noisy = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Array_of_Trip",
        "type": "object",
        "properties": {"title": {"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255, "title": "Title"}, "at": {"type": "string", "format": "date-time"}},
        "required": ["title"],
    });
    let lean = json!({
        "type": "object",
        "properties": {"title": {"type": "integer", "minimum": 0, "maximum": 255, "title": "Title"}, "at": {"type": "string", "format": "date-time"}},
        "required": ["title"],
    });
    assert_eq!(input(noisy.clone()), lean);
    assert_eq!(output(noisy), lean);
    assert_eq!(
        input(json!({"title": "A trip by train", "const": {"format": "int64"}})),
        json!({"title": "A trip by train", "const": {"format": "int64"}})
    );
}

#[test]
fn a_field_that_may_be_absent_need_not_be_null() {
    let schema = json!({
        "type": "object",
        "properties": {
            "a": {"type": ["integer", "null"], "default": null},
            "b": {"anyOf": [{"$ref": "#/$defs/Unit"}, {"type": "null"}], "description": "of temperature", "default": "celsius"},
            "c": {"type": ["string", "null"], "enum": ["x", null]},
            "d": {"type": ["integer", "null"]},
            "e": {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]},
            "f": {"type": "null"},
        },
        "required": ["d"],
        "$defs": {"Unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "description": "A unit"}},
    });
    let inlined = json!({"type": "string", "enum": ["celsius", "fahrenheit"], "description": "A unit"});
    assert_eq!(
        input(schema.clone())["properties"],
        json!({
            "a": {"type": "integer"},
            "b": {"type": "string", "enum": ["celsius", "fahrenheit"], "description": "of temperature", "default": "celsius"},
            "c": {"type": "string", "enum": ["x"]},
            "d": {"type": ["integer", "null"]},
            "e": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            "f": {"type": "null"},
        })
    );
    let written = output(schema.clone());
    assert_eq!(written["properties"]["a"], schema["properties"]["a"]);
    assert_eq!(
        written["properties"]["b"],
        json!({"anyOf": [inlined, {"type": "null"}], "description": "of temperature", "default": "celsius"})
    );
}

#[test]
fn a_null_that_is_required_elsewhere_stays() {
    let schema = json!({"properties": {"a": {"type": ["integer", "null"]}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]});
    assert_eq!(input(schema.clone()), schema);
}

fn large(what: &str) -> Value {
    json!({"type": "object", "description": what.repeat(40), "properties": {"a": {"type": "integer"}}})
}

#[test]
fn types_are_written_out_where_they_are_used_once_or_small() {
    let schema = json!({
        "type": "object",
        "properties": {
            "once": {"$ref": "#/$defs/Once", "description": "mine"},
            "small": {"$ref": "#/$defs/Small"},
            "smaller": {"type": "array", "items": {"$ref": "#/$defs/Small"}},
            "large": {"$ref": "#/$defs/Large"},
            "larger": {"type": "array", "items": {"$ref": "#/$defs/Large"}},
        },
        "$defs": {"Once": large("once "), "Small": {"type": "integer", "minimum": 3}, "Large": large("large"), "Unused": large("never"), "Deep": {"$ref": "#/$defs/Unused"}},
    });
    let lean = output(schema);
    let mut once = large("once ");
    once["description"] = json!("mine");
    assert_eq!(
        lean["properties"],
        json!({
            "once": once,
            "small": {"type": "integer", "minimum": 3},
            "smaller": {"type": "array", "items": {"type": "integer", "minimum": 3}},
            "large": {"$ref": "#/$defs/Large"},
            "larger": {"type": "array", "items": {"$ref": "#/$defs/Large"}},
        })
    );
    assert_eq!(lean["$defs"], json!({"Large": large("large")}));
}

#[test]
fn recursive_types_stay_references() {
    let tree =
        json!({"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}});
    let schema = json!({"type": "object", "properties": {"tree": {"$ref": "#/$defs/Tree"}}, "$defs": {"Tree": tree}});
    assert_eq!(input(schema.clone()), schema);
    let to_root = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
    assert_eq!(input(to_root.clone()), to_root);
}

#[test]
fn undocumented_constants_become_an_enum() {
    assert_eq!(
        output(json!({"oneOf": [{"const": "a", "type": "string"}, {"enum": ["b", "c"], "type": "string"}]})),
        json!({"type": "string", "enum": ["a", "b", "c"]})
    );
    for stays in [
        json!({"oneOf": [{"const": "a", "description": "first"}, {"const": "b"}]}),
        json!({"oneOf": [{"const": "a"}, {"const": "a"}]}),
        json!({"oneOf": [{"const": 1}, {"const": "a"}]}),
    ] {
        assert_eq!(output(stays.clone()), stays);
    }
}

#[test]
fn a_reference_into_a_type_keeps_everything() {
    let schema = json!({"properties": {"a": {"$ref": "#/$defs/A/properties/b"}}, "$defs": {"A": {"properties": {"b": {"type": "integer"}}}}});
    assert_eq!(input(schema.clone()), schema);
}

#[test]
fn once_lean_always_lean() {
    let result = runner(1000).run(&random::root(), |schema| {
        let once = input(schema);
        prop_assert_eq!(input(once.clone()), once);
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.unwrap_err());
}

#[test]
fn an_output_means_what_it_meant() {
    means_the_same(Direction::Output, |_| true);
}

#[test]
fn an_input_means_what_it_meant_but_for_null() {
    means_the_same(Direction::Input, has_no_null_member);
}

fn means_the_same(direction: Direction, is_comparable: fn(&Value) -> bool) {
    const CASES: u32 = 1500;
    let (accepted, rejected, changed) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let schemas = prop_oneof![2 => random::root(), 1 => random::beside_reference()];
    let strategy = (schemas, prop::collection::vec(random::value(), 8));
    let result = runner(CASES).run(&strategy, |(schema, values)| {
        let lean = lean(schema.clone(), direction);
        changed.set(changed.get() + u32::from(lean != schema));
        let (before, after) = (reference(&schema), reference(&lean));
        for value in values.into_iter().filter(is_comparable) {
            let expected = before.is_valid(&value);
            prop_assert_eq!(after.is_valid(&value), expected, "{} {} {}", schema, lean, value);
            let tally = if expected { &accepted } else { &rejected };
            tally.set(tally.get() + 1);
        }
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.unwrap_err());
    assert!(
        accepted.get() > CASES && rejected.get() > CASES && changed.get() > CASES / 2,
        "{accepted:?} {rejected:?} {changed:?}"
    );
}

fn has_no_null_member(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().all(|member| !member.is_null() && has_no_null_member(member)),
        Value::Array(items) => items.iter().all(has_no_null_member),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}
