//! Random schemas of all keywords, and random values that have a fair chance with them.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

const NAMES: [&str; 4] = ["a", "b", "c", "day"];
const TEXTS: [&str; 8] = ["", "a", "b", "abc", "äö", "2026-07-28", "127.0.0.1", "a@b.cd"];

const PATTERNS: &[&str] = &["^[ab]", "^a", "b", "^[a-c]*$", "^\\w+$"];

pub(crate) fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            2 => vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => btree_map(select(&NAMES[..]).prop_map(str::to_owned), inner, 0..4)
                .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        4 => (-2_i64..6).prop_map(Value::from),
        1 => select(vec![json!(0.5), json!(1.0), json!(2.5), json!(1e300), json!(u64::MAX), json!(i64::MIN)]),
        3 => select(&TEXTS[..]).prop_map(Value::from),
    ]
}

/// Values some of whose parts are spelled as strings.
pub(crate) fn sloppy() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        3 => (-2_i64..6).prop_map(|number| json!(number.to_string())),
        1 => Just(json!("true")),
        1 => Just(json!(null)),
        1 => Just(json!(2.0)),
        1 => value(),
        1 => value().prop_map(|value| json!(value.to_string())),
    ];
    let name = select(vec!["a".to_owned(), "b".to_owned()]);
    scalar.prop_recursive(2, 8, 3, move |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..3).prop_map(Value::from),
            4 => btree_map(name.clone(), inner, 0..3).prop_map(|members| json!(members)),
        ]
    })
}

/// A schema without definitions.
pub(crate) fn plain() -> impl Strategy<Value = Value> {
    schema(&[])
}

/// A schema with definitions: `A` is plain, `B` is recursive and uses `A`, the root uses both.
pub(super) fn root() -> impl Strategy<Value = Value> {
    (schema(&[]), schema(&["A"]), schema(&["A", "B"])).prop_map(|(a, b, root)| {
        let b = json!({"properties": {"b": {"$ref": "#/$defs/B"}}, "allOf": [b]});
        match root {
            Value::Object(mut keywords) => {
                keywords.insert("$defs".to_owned(), json!({"A": a, "B": b}));
                keywords.into()
            }
            other => other,
        }
    })
}

/// An object whose fields have a type each, as most arguments are.
pub(crate) fn typed() -> impl Strategy<Value = Value> {
    let simple = select(vec![
        json!({"type": "integer"}),
        json!({"type": "integer", "minimum": 1}),
        json!({"type": "number"}),
        json!({"type": "boolean"}),
        json!({"type": "string"}),
        json!({"type": ["integer", "null"]}),
        json!({"enum": [1, 2]}),
        json!({"anyOf": [{"type": "boolean"}, {"type": "integer"}]}),
    ]);
    let nested = simple.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|items| json!({"type": "array", "items": items})),
            inner.clone().prop_map(|values| json!({"type": "object", "additionalProperties": values})),
            (inner.clone(), inner)
                .prop_map(|(a, b)| json!({"type": "object", "properties": {"a": a, "b": b}, "required": ["b"]})),
        ]
    });
    (nested.clone(), nested)
        .prop_map(|(a, b)| json!({"type": "object", "properties": {"a": a, "b": b}, "additionalProperties": false}))
}

/// A schema that may refer to some definitions.
fn schema(definitions: &'static [&'static str]) -> impl Strategy<Value = Value> {
    leaf(definitions).prop_recursive(3, 16, 3, |inner| {
        let group =
            prop_oneof![2 => keywords(), 3 => objects(inner.clone()), 2 => arrays(inner.clone()), 3 => combined(inner)];
        vec(group, 1..3).prop_map(|groups| groups.into_iter().flatten().collect::<Map<_, _>>().into())
    })
}

fn leaf(definitions: &'static [&'static str]) -> BoxedStrategy<Value> {
    let plain = prop_oneof![
        8 => keywords().prop_map(Value::from),
        2 => Just(json!(true)),
        1 => Just(json!(false)),
    ];
    if definitions.is_empty() {
        return plain.boxed();
    }
    let reference = select(definitions).prop_map(|name| json!({"$ref": format!("#/$defs/{name}")}));
    let described = (reference.clone(), beside()).prop_map(|(reference, beside)| {
        group(reference).into_iter().chain(group(beside)).collect::<Map<_, _>>().into()
    });
    prop_oneof![4 => plain, 2 => reference, 2 => described].boxed()
}

/// Keywords beside a reference.
fn beside() -> impl Strategy<Value = Value> {
    select(vec![
        json!({"description": "what it is"}),
        json!({"minimum": -5}),
        json!({"type": "object"}),
        json!({"required": ["a"]}),
        json!({"properties": {"a": {"type": "integer"}}}),
        json!({"additionalProperties": false}),
        json!({"items": {"type": "integer"}}),
    ])
}

/// A reference with keywords beside it that may well get in each other's way.
pub(super) fn beside_reference() -> impl Strategy<Value = Value> {
    let inner = || leaf(&[]);
    let definition = prop_oneof![3 => objects(inner()), 1 => arrays(inner()), 1 => keywords()];
    (definition, beside()).prop_map(|(definition, beside)| {
        let mut root = group(beside);
        root.insert("$ref".to_owned(), json!("#/$defs/A"));
        root.insert("$defs".to_owned(), json!({"A": definition}));
        root.into()
    })
}

fn group(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap_or_default()
}

fn keywords() -> impl Strategy<Value = Map<String, Value>> {
    let kind = select(vec!["null", "boolean", "integer", "number", "string", "array", "object"]);
    prop_oneof![
        4 => kind.clone().prop_map(|kind| json!({"type": kind})),
        4 => vec(kind, 2..4).prop_map(|mut kinds| {
            kinds.sort_unstable();
            kinds.dedup();
            json!({"type": kinds})
        }),
        2 => (-3_i64..3, 0_i64..8).prop_map(|(min, max)| json!({"minimum": min, "maximum": max})),
        1 => (-3_i64..3, 0_i64..8).prop_map(|(min, max)| json!({"exclusiveMinimum": min, "exclusiveMaximum": max})),
        1 => select(vec![json!(1), json!(2), json!(0.5), json!(3)]).prop_map(|unit| json!({"multipleOf": unit})),
        2 => (0_u64..3, 1_u64..5).prop_map(|(min, max)| json!({"minLength": min, "maxLength": max})),
        1 => select(PATTERNS).prop_map(|pattern| json!({"pattern": pattern})),
        1 => select(vec!["date", "ipv4", "email", "int64", "color"]).prop_map(|format| json!({"format": format})),
        2 => vec(scalar(), 1..4).prop_map(|mut values| {
            values.sort_by_key(Value::to_string);
            values.dedup();
            json!({"enum": values})
        }),
        1 => value().prop_map(|value| json!({"const": value})),
        1 => Just(json!({"description": "words", "default": null, "x-y": 1})),
    ]
    .prop_map(group)
}

fn objects(inner: impl Strategy<Value = Value> + Clone + 'static) -> impl Strategy<Value = Map<String, Value>> {
    let named = || btree_map(select(&NAMES[..]).prop_map(str::to_owned), inner.clone(), 1..4);
    let some = || {
        vec(select(&NAMES[..]), 0..3).prop_map(|mut names| {
            names.sort_unstable();
            names.dedup();
            names
        })
    };
    prop_oneof![
        6 => (named(), some()).prop_map(|(properties, required)| json!({"type": "object", "properties": properties, "required": required})),
        2 => (named(), inner.clone()).prop_map(|(properties, rest)| json!({"properties": properties, "additionalProperties": rest})),
        1 => named().prop_map(|properties| json!({"properties": properties, "additionalProperties": false})),
        1 => named().prop_map(|properties| json!({"properties": properties, "unevaluatedProperties": false})),
        1 => inner.clone().prop_map(|schema| json!({"patternProperties": {PATTERNS[0]: schema}})),
        1 => inner.clone().prop_map(|schema| json!({"propertyNames": schema})),
        1 => (0_u64..2, 1_u64..4).prop_map(|(min, max)| json!({"minProperties": min, "maxProperties": max})),
        1 => (select(&NAMES[..]), some()).prop_map(|(name, others)| json!({"dependentRequired": {name: others}})),
        1 => (select(&NAMES[..]), inner.clone()).prop_map(|(name, schema)| json!({"dependentSchemas": {name: schema}})),
    ]
    .prop_map(group)
}

fn arrays(inner: impl Strategy<Value = Value> + Clone + 'static) -> impl Strategy<Value = Map<String, Value>> {
    prop_oneof![
        4 => inner.clone().prop_map(|items| json!({"type": "array", "items": items})),
        2 => (vec(inner.clone(), 1..3), inner.clone()).prop_map(|(prefix, items)| json!({"prefixItems": prefix, "items": items})),
        1 => (0_u64..2, 1_u64..4).prop_map(|(min, max)| json!({"minItems": min, "maxItems": max})),
        1 => Just(json!({"uniqueItems": true})),
        1 => inner.clone().prop_map(|schema| json!({"contains": schema})),
        1 => (inner, 0_u64..2, 1_u64..3).prop_map(|(schema, min, max)| json!({"contains": schema, "minContains": min, "maxContains": max})),
    ]
    .prop_map(group)
}

fn combined(inner: impl Strategy<Value = Value> + Clone + 'static) -> impl Strategy<Value = Map<String, Value>> {
    let some = || vec(inner.clone(), 1..4);
    prop_oneof![
        3 => some().prop_map(|branches| json!({"anyOf": branches})),
        2 => inner.clone().prop_map(|schema| json!({"anyOf": [schema, {"type": "null"}]})),
        3 => some().prop_map(|branches| json!({"oneOf": branches})),
        1 => Just(json!({"oneOf": [{"const": "a"}, {"type": "string", "enum": ["b", "abc"]}]})),
        1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| tagged(a, b)),
        1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| keyed(a, b)),
        1 => some().prop_map(|all| json!({"allOf": all})),
        1 => inner.clone().prop_map(|schema| json!({"not": schema})),
        1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| json!({"if": a, "then": b, "else": c})),
    ]
    .prop_map(group)
}

/// Alternatives that differ in the value of a field.
fn tagged(a: Value, b: Value) -> Value {
    let branch = |tag: &str, schema: Value| json!({"type": "object", "properties": {"a": {"const": tag}, "b": schema}, "required": ["a"]});
    json!({"oneOf": [branch("a", a), branch("b", b), {"type": "string"}]})
}

/// Alternatives that differ in the name of their only field.
fn keyed(a: Value, b: Value) -> Value {
    let branch = |key: &str, schema: Value| json!({"type": "object", "properties": {key: schema}, "required": [key], "additionalProperties": false});
    json!({"oneOf": [branch("a", a), branch("b", b), {"enum": ["a", "b"]}]})
}
