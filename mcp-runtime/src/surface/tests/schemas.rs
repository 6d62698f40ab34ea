//! The table of changes of schemas: what they mean for arguments, and what for results.

use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::gaps::gaps;
use super::super::report::Impact::{self, Adds, Breaks, Neither};
use super::super::{SurfaceChange, schema};
use crate::schema::Check;
use crate::schema::tests::random;

fn told(changes: Vec<SurfaceChange>) -> Vec<(Impact, String)> {
    changes.into_iter().map(|SurfaceChange { path, text, impact, .. }| (impact, format!("{path}: {text}"))).collect()
}

/// Checks what becomes of arguments of the schema `old` when it is `new`.
#[track_caller]
fn input(old: &Value, new: &Value, expected: &[(Impact, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(impact, text)| (*impact, (*text).to_owned())).collect();
    assert_eq!(told(schema::input("in", old, new)), expected, "{old} -> {new}");
}

/// The same for results.
#[track_caller]
fn output(old: &Value, new: &Value, expected: &[(Impact, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(impact, text)| (*impact, (*text).to_owned())).collect();
    assert_eq!(told(schema::output("out", old, new)), expected, "{old} -> {new}");
}

/// That a value that fits `narrow` fits `wide`, and not the other way round.
#[track_caller]
fn narrower(narrow: &Value, wide: &Value, what: &str) {
    input(wide, narrow, &[(Breaks, &format!("in: {what} is no longer accepted"))]);
    input(narrow, wide, &[(Adds, &format!("in: {what} is accepted too"))]);
    output(narrow, wide, &[(Breaks, &format!("out: {what} may come back now, which clients do not expect"))]);
    output(wide, narrow, &[(Neither, &format!("out: {what} could come back, and does not any more"))]);
}

/// An object with these fields, closed as that of arguments.
fn closed(properties: impl Serialize, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// An object with these fields, open as that of results.
fn open(properties: impl Serialize, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required })
}

#[test]
fn kinds() {
    let text = json!({ "type": "string" });
    narrower(&text, &json!({ "type": ["string", "null"] }), "`null`");
    narrower(&text, &json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }), "`null`");
    narrower(&text, &json!({ "type": ["string", "integer"] }), "an integer");
    narrower(&json!({ "type": "integer" }), &json!({ "type": "number" }), "a number that is no integer");
    narrower(&json!({ "type": "boolean", "enum": [true] }), &json!({ "type": "boolean" }), "`false`");
    input(
        &text,
        &json!({ "type": "integer" }),
        &[(Breaks, "in: a text is no longer accepted"), (Adds, "in: an integer is accepted too")],
    );
    let any_number = json!({ "anyOf": [{ "type": "integer" }, { "type": "number" }] });
    assert_eq!(told(schema::input("in", &json!({ "type": "number" }), &any_number)).len(), 1, "other words only");
}

#[test]
fn anything_is_more_than_any_kind() {
    let lost = told(schema::input("in", &json!(true), &json!({ "type": "string" })));
    assert_eq!(lost.len(), 5, "{lost:?}");
    assert!(lost.iter().all(|(impact, _)| *impact == Breaks));
    assert!(
        told(schema::input("in", &json!({ "type": "string" }), &json!({}))).iter().all(|(impact, _)| *impact == Adds)
    );
    assert!(told(schema::input("in", &json!({}), &json!(true))).iter().all(|(impact, _)| *impact == Neither));
}

#[test]
fn numbers() {
    let number = |bounds: Value| {
        let mut schema = json!({ "type": "integer" });
        schema.as_object_mut().unwrap().extend(bounds.as_object().unwrap().clone());
        schema
    };
    let plain = number(json!({}));
    narrower(&number(json!({ "minimum": 0 })), &plain, "a number below 0");
    narrower(&number(json!({ "minimum": 1 })), &number(json!({ "minimum": 0 })), "a number below 1");
    narrower(&number(json!({ "maximum": 7 })), &number(json!({ "maximum": 14 })), "a number above 7");
    narrower(
        &number(json!({ "maximum": 18446744073709551614_u64 })),
        &number(json!({ "maximum": u64::MAX })),
        "a number above 18446744073709551614",
    );
    narrower(
        &number(json!({ "exclusiveMinimum": 0 })),
        &number(json!({ "minimum": 0 })),
        "a number below 0, or just that",
    );
    narrower(
        &number(json!({ "exclusiveMaximum": 9 })),
        &number(json!({ "maximum": 9 })),
        "a number above 9, or just that",
    );
    narrower(
        &number(json!({ "multipleOf": 10 })),
        &number(json!({ "multipleOf": 5 })),
        "a number that is no multiple of 10",
    );
    input(&number(json!({ "minimum": 0 })), &number(json!({ "minimum": 0.0 })), &[(Neither, WORDS)]);
}

const WORDS: &str = "in: it describes the same values in other words, or with other defaults";

#[test]
fn texts() {
    let text = |bounds: Value| {
        let mut schema = json!({ "type": "string" });
        schema.as_object_mut().unwrap().extend(bounds.as_object().unwrap().clone());
        schema
    };
    narrower(&text(json!({ "minLength": 1 })), &text(json!({})), "a text of fewer than 1 characters");
    narrower(&text(json!({ "maxLength": 5 })), &text(json!({ "maxLength": 9 })), "a text of more than 5 characters");
    narrower(&text(json!({ "pattern": "^a" })), &text(json!({})), "a text that does not match `^a`");
    narrower(&text(json!({ "format": "email" })), &text(json!({})), "a text that is not of the format `email`");
    input(
        &text(json!({ "pattern": "^a" })),
        &text(json!({ "pattern": "^b" })),
        &[
            (Breaks, "in: a text that does not match `^b` is no longer accepted"),
            (Adds, "in: a text that does not match `^a` is accepted too"),
        ],
    );
}

/// A value that is listed has to fit what else is said.
#[test]
fn values_that_are_listed_and_bounded() {
    let listed = json!({ "type": "string", "enum": ["m", "ft"] });
    narrower(&json!({ "type": "string", "enum": ["m", "ft"], "minLength": 2 }), &listed, "`\"m\"`");
    narrower(&json!({ "const": 1, "exclusiveMinimum": 1 }), &json!({ "const": 1 }), "`1`");
    // What cannot be judged, or never fits, is nothing new if only the words have changed.
    for said in [json!({ "minLength": 2 }), json!({ "not": { "const": "m" } })] {
        let mut old = said;
        old["enum"] = json!(["m", "ft"]);
        let mut new = old.clone();
        new["description"] = json!("A unit.");
        input(&old, &new, &[(Neither, "in: it describes the same values in other words, or with other defaults")]);
    }
}

#[test]
fn choices() {
    let both = json!({ "type": "string", "enum": ["metric", "imperial"] });
    let one = json!({ "type": "string", "const": "metric" });
    narrower(&one, &both, "`\"imperial\"`");
    narrower(&one, &json!({ "type": "string" }), "a value other than `\"metric\"`");
    let described = json!({ "oneOf": [
        { "const": "metric", "type": "string", "description": "Meters." },
        { "const": "imperial", "type": "string" },
    ] });
    input(&both, &described, &[(Neither, WORDS)]);
    narrower(&one, &described, "`\"imperial\"`");
    // A choice that the new bounds let pass.
    narrower(&both, &json!({ "type": "string", "maxLength": 8 }), "a value other than `\"metric\"`, `\"imperial\"`");
    input(
        &both,
        &json!({ "type": "string", "maxLength": 6 }),
        &[
            (Breaks, "in: `\"imperial\"` is no longer accepted"),
            (Adds, "in: a value other than `\"metric\"`, `\"imperial\"` is accepted too"),
        ],
    );
}

#[test]
fn arguments() {
    let (city, unit) = (json!({ "type": "string" }), json!({ "type": "integer" }));
    let less = closed(json!({ "city": city }), &["city"]);
    let optional = closed(json!({ "city": city, "unit": unit }), &["city"]);
    let required = closed(json!({ "city": city, "unit": unit }), &["city", "unit"]);
    input(&less, &optional, &[(Adds, "in: the field `unit` is accepted too")]);
    input(&less, &required, &[(Breaks, "in: an object without `unit` is no longer accepted")]);
    input(&optional, &required, &[(Breaks, "in: an object without `unit` is no longer accepted")]);
    input(&required, &optional, &[(Adds, "in: an object without `unit` is accepted too")]);
    input(&optional, &less, &[(Breaks, "in: the field `unit` is no longer accepted")]);
    input(&required, &less, &[(Breaks, "in: the field `unit` is no longer accepted")]);
    let renamed = closed(json!({ "town": city }), &["town"]);
    let lost = told(schema::input("in", &less, &renamed));
    assert!(lost.contains(&(Breaks, "in: the field `city` is no longer accepted".into())), "{lost:?}");
    assert!(lost.contains(&(Breaks, "in: an object without `town` is no longer accepted".into())), "{lost:?}");
}

#[test]
fn fields_of_open_objects() {
    let number = json!({ "type": "number" });
    let less = open(json!({ "a": number }), &["a"]);
    let optional = open(json!({ "a": number, "b": number }), &["a"]);
    let required = open(json!({ "a": number, "b": number }), &["a", "b"]);
    input(&optional, &less, &[(Neither, "in: the field `b` is accepted still, and has no effect any more")]);
    input(&less, &optional, &[(Adds, "in: the field `b` is accepted too")]);
    output(&less, &optional, &[(Adds, "out: the field `b` comes back too")]);
    output(&less, &required, &[(Adds, "out: the field `b` comes back too")]);
    output(&optional, &less, &[(Breaks, "out: the field `b` does not come back any more")]);
    output(&required, &less, &[(Breaks, "out: an object without `b` may come back now, which clients do not expect")]);
    output(
        &required,
        &optional,
        &[(Breaks, "out: an object without `b` may come back now, which clients do not expect")],
    );
    output(&optional, &required, &[(Neither, "out: an object without `b` could come back, and does not any more")]);
}

#[test]
fn what_stands_within_is_told_by_its_path() {
    let stops = |city: Value| {
        let stop = open(json!({ "city": city }), &[]);
        closed(json!({ "stops": { "type": "array", "items": stop } }), &["stops"])
    };
    let (text, short) = (json!({ "type": "string" }), json!({ "type": "string", "maxLength": 3 }));
    input(
        &stops(text),
        &stops(short),
        &[(Breaks, "in.stops[].city: a text of more than 3 characters is no longer accepted")],
    );
}

#[test]
fn maps_and_closed_objects() {
    let map = |value: Value| json!({ "type": "object", "additionalProperties": value });
    narrower(
        &map(json!({ "type": "integer" })),
        &map(json!(true)),
        "an object with fields that its schema does not name",
    );
    input(
        &map(json!({ "type": "number" })),
        &map(json!({ "type": "integer" })),
        &[(Breaks, "in.*: a number that is no integer is no longer accepted")],
    );
    let (free, named) = (json!({ "type": "object" }), open(json!({ "a": { "type": "string" } }), &[]));
    assert!(told(schema::input("in", &free, &named)).iter().any(|(impact, _)| *impact == Breaks));
    let number = json!({ "a": { "type": "number" } });
    narrower(&closed(number.clone(), &[]), &open(number, &[]), "an object with fields that its schema does not name");
}

#[test]
fn lists() {
    let list = |more: Value| {
        let mut schema = json!({ "type": "array" });
        schema.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        schema
    };
    narrower(&list(json!({ "minItems": 1 })), &list(json!({})), "a list of fewer than 1 items");
    narrower(&list(json!({ "maxItems": 9 })), &list(json!({})), "a list of more than 9 items");
    narrower(&list(json!({ "uniqueItems": true })), &list(json!({})), "a list with equal items");
    let pair = |second: &str| {
        list(json!({ "prefixItems": [{ "type": "string" }, { "type": second }], "minItems": 2, "maxItems": 2 }))
    };
    input(&pair("number"), &pair("integer"), &[(Breaks, "in[1]: a number that is no integer is no longer accepted")]);
}

#[test]
fn references_and_parts_are_followed() {
    let with = |kind: &str| json!({ "type": "object", "properties": { "a": { "$ref": "#/$defs/T", "description": "Other words." } }, "$defs": { "T": { "type": kind } } });
    let plain = json!({ "type": "object", "properties": { "a": { "type": "number" } } });
    input(&plain, &with("number"), &[(Neither, WORDS)]);
    input(&plain, &with("integer"), &[(Breaks, "in.a: a number that is no integer is no longer accepted")]);
    input(&with("number"), &with("integer"), &[(Breaks, "in.a: a number that is no integer is no longer accepted")]);
    let parts = json!({ "allOf": [{ "type": "integer", "minimum": 1 }, { "minimum": 3, "maximum": 9 }] });
    input(&parts, &json!({ "type": "integer", "minimum": 3, "maximum": 9 }), &[(Neither, WORDS)]);
    let merged = json!({ "allOf": [open(json!({ "a": {} }), &["a"]), open(json!({ "b": {} }), &["b"])] });
    input(&merged, &open(json!({ "a": {}, "b": {} }), &["b", "a"]), &[(Neither, WORDS)]);
}

#[test]
fn what_refers_to_itself_is_compared_once() {
    let tree = |value: &str| {
        json!({ "$ref": "#/$defs/Tree", "$defs": { "Tree": open(json!({
            "value": { "type": value },
            "children": { "type": "array", "items": { "$ref": "#/$defs/Tree" } },
        }), &["value"]) } })
    };
    input(&tree("number"), &tree("number"), &[]);
    let lost = told(schema::input("in", &tree("number"), &tree("integer")));
    assert!(lost.contains(&(Breaks, "in.value: a number that is no integer is no longer accepted".into())), "{lost:?}");
    let endless = json!({ "$ref": "#/$defs/A", "$defs": { "A": { "$ref": "#/$defs/A" } } });
    assert!(told(schema::input("in", &tree("number"), &endless)).iter().any(|(impact, _)| *impact == Breaks));
}

#[test]
fn alternatives() {
    let shape = |kind: &str, size: &str| {
        open(json!({ "kind": { "const": kind, "type": "string" }, (size): { "type": "number" } }), &["kind", size])
    };
    let both = json!({ "oneOf": [shape("circle", "radius"), shape("square", "side")] });
    let one = json!({ "oneOf": [shape("square", "side")] });
    let lost = told(schema::input("in", &both, &one));
    assert!(lost.contains(&(Breaks, "in.kind: `\"circle\"` is no longer accepted".into())), "{lost:?}");
    assert!(told(schema::input("in", &one, &both)).iter().all(|(impact, _)| *impact == Adds));
    let swapped = json!({ "anyOf": [shape("square", "side"), shape("circle", "radius")] });
    input(&both, &swapped, &[(Neither, WORDS)]);
}

#[test]
fn what_cannot_be_judged_breaks() {
    let with = |keyword: &str, value: Value| json!({ "type": "object", (keyword): value });
    for (keyword, one, other) in [
        ("patternProperties", json!({ "^a": {} }), json!({ "^b": {} })),
        ("not", json!({ "required": ["a"] }), json!({ "required": ["b"] })),
        ("dependentRequired", json!({ "a": ["b"] }), json!({ "a": ["c"] })),
        ("mood", json!(1), json!(2)),
    ] {
        let (one, other) = (with(keyword, one), with(keyword, other));
        let unjudged = format!("in: what `{keyword}` refuses (which cannot be judged) is no longer accepted");
        let lost = told(schema::input("in", &one, &other));
        assert!(lost.contains(&(Breaks, unjudged)), "{keyword}: {lost:?}");
        input(&one, &one, &[]);
    }
    let missing = json!({ "$ref": "#/$defs/Nowhere" });
    let lost = told(schema::input("in", &json!({ "type": "string" }), &missing));
    assert!(matches!(&*lost, [(Breaks, text), _] if text.contains("cannot be judged")), "{lost:?}");
}

#[test]
fn other_words_break_nothing() {
    let with = |text: &str| {
        closed(json!({ "a": { "type": "string", "description": text, "default": text, "examples": [text] } }), &[])
    };
    input(&with("one"), &with("two"), &[(Neither, WORDS)]);
    input(&with("one"), &with("one"), &[]);
}

/// The same without what is taken as its author means it: fields that are not named are refused, or are said to be anything, and
/// alternatives need not exclude each other.
fn literal(schema: Value) -> Value {
    let Value::Object(keywords) = schema else {
        return match schema {
            Value::Array(all) => all.into_iter().map(literal).collect(),
            other => other,
        };
    };
    let names_fields = keywords.contains_key("properties");
    let rest = keywords.contains_key("additionalProperties") || keywords.contains_key("unevaluatedProperties");
    let mut changed = serde_json::Map::new();
    for (keyword, value) in keywords {
        match keyword.as_str() {
            "oneOf" => changed.insert("anyOf".to_owned(), literal(value)),
            "enum" | "const" => changed.insert(keyword, value),
            "additionalProperties" if value == true => changed.insert(keyword, json!({})),
            _ => changed.insert(keyword, literal(value)),
        };
    }
    if names_fields && !rest {
        changed.insert("additionalProperties".to_owned(), json!(false));
    }
    Value::Object(changed)
}

/// The same schema with other bounds, kinds and names here and there, as `chance` has it.
fn tweaked(schema: &Value, chance: &mut impl Iterator<Item = u8>) -> Value {
    match schema {
        Value::Object(keywords) => {
            let mut changed = serde_json::Map::new();
            for (keyword, value) in keywords {
                let number = value.as_i64().filter(|_| !["const", "multipleOf"].contains(&keyword.as_str()));
                let new = match (keyword.as_str(), chance.next().unwrap_or(9)) {
                    (_, 0) if keyword != "properties" => continue,
                    (_, 1) if number.is_some() => json!(number.unwrap_or_default().saturating_sub(1).max(0)),
                    (_, 2) if number.is_some() => json!(number.unwrap_or_default().saturating_add(1)),
                    ("type", 1) if value == "integer" => json!("number"),
                    ("type", 2) if value == "number" => json!("integer"),
                    ("type", 1 | 2) if value.is_string() => json!([value, "null"]),
                    ("type" | "enum" | "anyOf" | "required", 1)
                        if value.as_array().is_some_and(|all| all.len() > 1) =>
                    {
                        value.as_array().unwrap()[1..].into()
                    }
                    ("const" | "enum", _) => value.clone(),
                    _ => tweaked(value, chance),
                };
                changed.insert(keyword.clone(), new);
            }
            Value::Object(changed)
        }
        Value::Array(all) => all.iter().map(|one| tweaked(one, chance)).collect(),
        other => other.clone(),
    }
}

/// Two schemas, of which the first is often the narrower one.
fn pairs() -> impl Strategy<Value = (Value, Value)> {
    let schema = || prop_oneof![random::plain(), random::typed(), bounded()];
    let chances = proptest::collection::vec(0_u8..10, 60);
    let nearby = (leaf(), proptest::collection::vec(0_u8..5, 8))
        .prop_map(|(one, chances)| (tweaked(&one, &mut chances.into_iter()), one));
    let any = (0..12, schema(), schema(), chances).prop_map(|(how, one, other, chances)| {
        let (one, other) = (literal(one), literal(other));
        let fields = |field: Value| json!({ "properties": { "a": field }, "additionalProperties": false });
        match how {
            0 => (one.clone(), json!({ "anyOf": [other, one] })),
            1 => (json!({ "allOf": [one.clone(), other] }), one),
            2 => (fields(one.clone()), fields(json!({ "anyOf": [one, other] }))),
            3 => {
                let mut referring = fields(json!({ "$ref": "#/$defs/A" }));
                referring["$defs"] = json!({ "A": one });
                (referring, fields(one))
            }
            4 => (one, other),
            5..8 => (literal(tweaked(&one, &mut chances.into_iter())), one),
            _ => {
                let other = literal(tweaked(&one, &mut chances.into_iter()));
                (one, other)
            }
        }
    });
    prop_oneof![3 => any, 1 => nearby]
}

/// A value of one kind within bounds that random values are near to.
fn leaf() -> impl Strategy<Value = Value> {
    (0..6, 0_u64..3, 2_u64..5).prop_map(|(kind, low, high)| match kind {
        0 => json!({ "type": "integer", "minimum": low, "maximum": high }),
        1 => json!({ "type": "number", "exclusiveMinimum": low, "exclusiveMaximum": high }),
        2 => json!({ "type": "string", "minLength": low, "maxLength": high }),
        3 => json!({ "type": "array", "minItems": low, "maxItems": high }),
        4 => json!({ "type": "array", "items": { "type": "integer", "minimum": low }, "uniqueItems": true }),
        _ => json!({ "type": "object", "minProperties": low, "maxProperties": high, "required": ["a"] }),
    })
}

/// Such values, and what is made of them.
fn bounded() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(2, 6, 2, |inner| {
        (inner.clone(), inner, any::<bool>()).prop_map(|(a, b, both)| match both {
            true => json!({ "type": "object", "properties": { "a": a, "b": b }, "required": ["a"] }),
            false => json!({ "anyOf": [a, b] }),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn where_there_is_no_gap_what_fits_one_fits_the_other(
        (sub, sup) in pairs(),
        values in proptest::collection::vec(random::value(), 40),
    ) {
        let (Ok(before), Ok(after)) = (Check::compile(&sub), Check::compile(&sup)) else {
            return Err(TestCaseError::reject("a keyword that nothing checks"));
        };
        if gaps(&sub, &sup).is_empty() {
            for value in values {
                let json = value.to_string();
                prop_assert!(!before.root().accepts(&json) || after.root().accepts(&json), "{json} fits {sub} and not {sup}");
            }
        }
    }
}
