//! What a model reads when something is wrong.

use serde_json::{Value, json};

use super::super::Check;

/// All problems, one to a line.
#[expect(clippy::needless_pass_by_value, reason = "reads better at the callers")]
fn wrong(schema: Value, json: &str) -> String {
    let problems = Check::compile(&schema).unwrap().problems(json);
    let lines: Vec<String> =
        problems.into_iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect();
    lines.join("\n")
}

#[test]
fn numbers() {
    let days = json!({"type": "integer", "minimum": 1, "maximum": 7});
    assert_eq!(wrong(days.clone(), "9"), ": must be at most 7, got 9");
    assert_eq!(wrong(days.clone(), "0"), ": must be at least 1, got 0");
    assert_eq!(wrong(days.clone(), "\"abc\""), ": must be an integer, got the string \"abc\"");
    assert_eq!(wrong(days.clone(), "1.5"), ": must be an integer, got 1.5");
    assert_eq!(wrong(days.clone(), "1e400"), ": must be at most 7, got 1e400");
    assert_eq!(wrong(days.clone(), "99999999999999999999"), ": must be at most 7, got 99999999999999999999");
    assert_eq!(wrong(days, "1.0"), "");
    assert_eq!(wrong(json!({"multipleOf": 0.1}), "0.35"), ": must be a multiple of 0.1, got 0.35");
    assert_eq!(wrong(json!({"exclusiveMinimum": 0, "exclusiveMaximum": 1}), "1"), ": must be less than 1, got 1");
    assert_eq!(wrong(json!({"not": {"const": 0}}), "0"), ": must not be 0");
}

#[test]
fn choices() {
    let units = json!({"enum": ["celsius", "fahrenheit"]});
    assert_eq!(wrong(units.clone(), "\"kelvin\""), ": must be one of `celsius`, `fahrenheit`, got `kelvin`");
    assert_eq!(
        wrong(units.clone(), "\"celcius\""),
        ": must be one of `celsius`, `fahrenheit`, got `celcius`; did you mean `celsius`?"
    );
    assert_eq!(wrong(units, "3"), ": must be a string, got 3");
    assert_eq!(wrong(json!({"const": "a"}), "\"b\""), ": must be `a`, got `b`");
    assert_eq!(wrong(json!({"enum": [1, [2]]}), "3"), ": must be one of `1`, `[2]`, got 3");
    let documented = json!({"oneOf": [{"const": "a", "description": "first"}, {"const": "b"}]});
    assert_eq!(wrong(documented, "\"c\""), ": must be one of `a`, `b`, got `c`");
}

#[test]
fn strings_and_lists() {
    assert_eq!(wrong(json!({"minLength": 2}), "\"ä\""), ": must be at least 2 characters long, got 1");
    assert_eq!(wrong(json!({"maxLength": 1}), "\"äö\""), ": must be at most 1 character long, got 2");
    assert_eq!(
        wrong(json!({"format": "date"}), "\"28.7.2026\""),
        ": must be a date like `2026-07-28`, got the string \"28.7.2026\""
    );
    assert_eq!(wrong(json!({"minItems": 1}), "[]"), ": must have at least 1 item, got 0");
    assert_eq!(
        wrong(json!({"uniqueItems": true}), "[1, 2, 1.0]"),
        "[2]: is in the list twice; all items must be different"
    );
    assert_eq!(wrong(json!({"contains": {"const": 1}}), "[2]"), ": must contain at least 1 matching item, got 0");
    let cut = wrong(json!({"type": "integer"}), &format!("\"{}\"", "x".repeat(1000)));
    assert_eq!(cut.chars().count(), ": must be an integer, got the string \"\"".len() + 81);
}

#[test]
fn patterns() {
    assert_eq!(wrong(json!({"pattern": "^a+$"}), "\"b\""), ": must match the pattern `^a+$`, got the string \"b\"");
}

#[test]
fn every_problem_is_said_at_once_with_its_path() {
    let trip = json!({
        "type": "object",
        "properties": {
            "days": {"type": "integer", "maximum": 7},
            "name": {"type": "string"},
            "stops": {"type": "array", "items": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}},
        },
        "required": ["days", "name"],
        "additionalProperties": false,
    });
    let said = wrong(trip, r#"{"days": 9, "stops": [{"city": "Bonn"}, {}, {"city": 1}], "nmae": "x", "days": 2}"#);
    let expected = [
        "days: must be at most 7, got 9",
        "stops[1].city: is required",
        "stops[2].city: must be a string, got 1",
        "nmae: is not a known field; known: `days`, `name`, `stops`; did you mean `name`?",
        "days: is given twice",
        "name: is required",
    ];
    assert_eq!(said, expected.join("\n"));
}

#[test]
fn a_name_that_is_given_twice_is_wrong_wherever_it_is() {
    assert_eq!(wrong(json!(true), r#"{"a": [{"b": 1, "b": 2}]}"#), "a[0].b: is given twice");
    assert_eq!(wrong(json!({"additionalProperties": true}), r#"{"a": 1, "\u0061": 2}"#), "a: is given twice");
    assert_eq!(wrong(json!({"not": {"required": ["b"]}}), r#"{"a": 1, "a": 2}"#), "a: is given twice");
    assert_eq!(
        wrong(json!({"anyOf": [{"type": "object"}, {"type": "null"}]}), r#"{"a": 1, "a": 2}"#),
        "a: is given twice"
    );
}

#[test]
fn a_tagged_alternative_speaks_for_itself() {
    let shape = json!({"oneOf": [
        {"type": "object", "properties": {"kind": {"const": "circle"}, "radius": {"type": "number"}}, "required": ["kind", "radius"]},
        {"type": "object", "properties": {"kind": {"const": "square"}, "side": {"type": "number"}}, "required": ["kind", "side"]},
    ]});
    assert_eq!(
        wrong(shape.clone(), r#"{"side": "x", "kind": "square"}"#),
        "side: must be a number, got the string \"x\""
    );
    assert_eq!(wrong(shape.clone(), r#"{"kind": "cube"}"#), "kind: must be one of `circle`, `square`, got `cube`");
    assert_eq!(wrong(shape.clone(), r#"{"side": 1}"#), "kind: is required; must be one of `circle`, `square`");
    assert_eq!(wrong(shape, "1"), ": must be an object, got 1");
}

/// Then the tag does not tell which one is meant, and each of them may be.
#[test]
fn alternatives_may_share_a_tag() {
    let branch =
        |field: &str| json!({"type": "object", "properties": {"kind": {"const": "a"}}, "required": ["kind", field]});
    let either = json!({"oneOf": [branch("x"), branch("y")]});
    assert_eq!(wrong(either.clone(), r#"{"kind": "a", "y": 1}"#), "");
    assert_eq!(wrong(either, r#"{"kind": "a"}"#), "x: is required");
}

#[test]
fn an_alternative_is_found_by_its_key() {
    let shape = json!({"oneOf": [
        {"type": "string", "enum": ["Point"]},
        {"type": "object", "properties": {"Circle": {"type": "number"}}, "required": ["Circle"], "additionalProperties": false},
        {"type": "object", "properties": {"Square": {"type": "number"}}, "required": ["Square"], "additionalProperties": false},
    ]});
    assert_eq!(wrong(shape.clone(), r#"{"Circle": "x"}"#), "Circle: must be a number, got the string \"x\"");
    assert_eq!(
        wrong(shape.clone(), r#"{"Circel": 1}"#),
        ": must have exactly one of the fields `Circle`, `Square`, got `Circel`"
    );
    assert_eq!(wrong(shape.clone(), "\"point\""), ": must be `Point`, got `point`");
    assert_eq!(wrong(shape, "null"), ": must be a string or an object, got null");
}

#[test]
fn the_nearest_alternative_speaks_when_none_is_meant() {
    let either = json!({"anyOf": [
        {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a", "b"]},
        {"type": "object", "properties": {"c": {"type": "integer"}}, "required": ["c"]},
        {"type": "null"},
    ]});
    assert_eq!(wrong(either, r#"{"a": 1}"#), "b: is required");
    let both = json!({"oneOf": [{"minimum": 1}, {"multipleOf": 2}]});
    assert_eq!(wrong(both, "4"), ": fits 2 of the allowed forms, must fit exactly one");
}

#[test]
fn what_is_no_json_is_said_to_be_none() {
    for text in ["", "{", "[1,]", "nul", "1 2"] {
        assert_eq!(wrong(json!(true), text), ": is not valid JSON", "{text}");
    }
    assert_eq!(wrong(json!({"minLength": 1}), r#""\ud800""#), ": has text that is not valid Unicode");
    assert_eq!(wrong(json!(true), &"[".repeat(200)), ": is nested too deeply");
}

#[test]
fn there_is_an_end_to_problems() {
    for (wrongs, told) in [(49, 49), (50, 50), (51, 50), (500, 50)] {
        let many = format!("[{}]", vec!["1"; wrongs].join(","));
        assert_eq!(wrong(json!({"items": {"type": "string"}}), &many).lines().count(), told, "{wrongs}");
    }
}

/// A tree in which every level can be read in two ways, neither of which fits in the end.
#[test]
fn alternatives_within_alternatives_do_not_explode() {
    let branch = |extra: &str| json!({"type": "object", "properties": {"next": {"$ref": "#"}, extra: {"type": "null"}}, "required": ["next"]});
    let tree = json!({"anyOf": [branch("a"), branch("b"), {"const": 1}]});
    let nested = format!("{}2{}", "{\"next\":".repeat(100), "}".repeat(100));
    let started = std::time::Instant::now();
    assert!(wrong(tree, &nested).ends_with("is too complex to check"));
    assert!(started.elapsed().as_secs() < 2);
}

/// What is fine for some may take too long for many.
#[test]
fn a_long_value_may_cost_less_by_the_byte() {
    let mut kinds: Vec<_> = (0..40).map(|kind| json!({"required": [format!("a{kind}")]})).collect();
    kinds.push(json!({"type": "object"}));
    let list = json!({"items": {"anyOf": kinds}});
    let of = |length: usize| format!("[{}]", vec!["{}"; length].join(","));
    assert_eq!(wrong(list.clone(), &of(5_000)), "");
    assert_eq!(wrong(list, &of(100_000)), ": is too complex to check");
}

/// Threads of an async runtime have two megabytes, and this is a debug build.
#[test]
fn the_deepest_value_fits_on_the_stack() {
    let tree = json!({"$ref": "#/$defs/Tree", "$defs": {"Tree": {"anyOf": [
        {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}, "required": ["children"]},
        {"type": "null"},
    ]}}});
    let nested = format!("{}{}", "{\"children\":[".repeat(64), "]}".repeat(64));
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    assert_eq!(thread.spawn(move || wrong(tree, &nested)).unwrap().join().unwrap(), "");
}

#[test]
fn a_reference_to_itself_ends() {
    let said =
        wrong(json!({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}}), "1");
    assert_eq!(said, ": is too complex to check");
}

#[test]
fn fields_beyond_the_known_ones_may_be_ruled_out_through_references() {
    let flattened = json!({
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "oneOf": [
            {"type": "object", "properties": {"b": {"type": "integer"}}, "required": ["b"]},
            {"type": "object", "properties": {"c": {"type": "integer"}}, "required": ["c"]},
        ],
        "unevaluatedProperties": false,
    });
    assert_eq!(wrong(flattened.clone(), r#"{"a": 1, "b": 2}"#), "");
    assert!(wrong(flattened, r#"{"a": 1, "b": 2, "d": 3}"#).starts_with("d: is not a known field"));
}

#[test]
fn one_property_can_be_checked_alone() {
    let check = Check::compile(&json!({"properties": {"days": {"type": "integer"}}})).unwrap();
    let mut problems = Vec::new();
    check.property("days").unwrap().problems("days", "true", &mut problems);
    assert_eq!(problems[0].path, "days");
    assert_eq!(problems[0].message, "must be an integer, got true");
    assert!(check.property("hours").is_none());
}

#[test]
fn a_keyword_that_nothing_checks_is_named() {
    let unchecked = |schema: Value| {
        let faults = Check::compile(&schema).unwrap_err();
        faults.into_iter().map(|fault| format!("{} {}", fault.path, fault.keyword)).collect::<Vec<_>>()
    };
    assert_eq!(
        unchecked(json!({"properties": {"a/b": {"minimun": 1}}, "unevaluatedItems": false})),
        ["#/properties/a~1b minimun", "# unevaluatedItems"]
    );
    assert_eq!(unchecked(json!({"$ref": "https://example.com/schema"})), ["# $ref"]);
    assert_eq!(
        unchecked(json!({"$ref": "#/$defs/A", "$defs": {"A": {"type": "text"}, "B": {"nonsense": 1}}})),
        ["#/$defs/A type"]
    );
    assert!(Check::compile(&json!({"x-order": 1, "format": "color", "examples": [1], "deprecated": true})).is_ok());
}

#[cfg(not(feature = "regex"))]
#[test]
fn a_pattern_names_the_feature_that_checks_it() {
    let faults = Check::compile(&json!({"properties": {"a": {"pattern": "^\\p{L}$"}}})).unwrap_err();
    assert_eq!(faults[0].feature, Some("regex"));
}
