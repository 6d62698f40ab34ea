//! Schemas and values, put together at random.

use std::borrow::Cow;
use std::cell::RefCell;

use arbitrary::Arbitrary;
use mcp_runtime::schemars::{JsonSchema, Schema, SchemaGenerator};
use mcp_runtime::{Server, items, serde, tool};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// The names of fields.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Name {
    A,
    B,
    C,
    Kind,
}

impl Name {
    fn text(self) -> String {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
            Self::Kind => "kind",
        }
        .into()
    }
}

/// What has no parts.
#[derive(Arbitrary, Debug)]
pub enum Scalar {
    Null,
    Bool(bool),
    Small(i8),
    Large(i64),
    Unsigned(u64),
    Half(i16),
    Exponent(i8),
    Word(Name),
    Text(String),
}

impl Scalar {
    fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => json!(value),
            Self::Small(number) => json!(number),
            Self::Large(number) => json!(number),
            Self::Unsigned(number) => json!(number),
            Self::Half(number) => json!(f64::from(*number) / 2.0),
            Self::Exponent(exponent) => json!(10_f64.powi(i32::from(*exponent))),
            Self::Word(name) => json!(name.text()),
            Self::Text(text) => json!(text),
        }
    }
}

/// A value, of which any part may be spelled as a string.
#[derive(Arbitrary, Debug)]
pub enum Any {
    One(Scalar),
    Spelled(Box<Any>),
    List(Vec<Any>),
    Object(Vec<(Name, Any)>),
}

impl Any {
    /// The value.
    pub fn json(&self) -> Value {
        match self {
            Self::One(scalar) => scalar.json(),
            Self::Spelled(value) => spelled(value.json()),
            Self::List(items) => items.iter().map(Self::json).collect(),
            Self::Object(members) => members.iter().map(|(name, value)| (name.text(), value.json())).collect(),
        }
    }
}

/// A string that says the value. What is spelled again and again grows twofold each time, so that what is long stays as it is.
fn spelled(value: Value) -> Value {
    let text = value.to_string();
    if text.len() > 10_000 { value } else { json!(text) }
}

/// A schema, of which any keyword may stand with any other.
#[derive(Arbitrary, Debug)]
pub enum Rule {
    Anything,
    Nothing,
    Keywords(Vec<Keyword>),
}

/// One keyword, or some that belong together.
#[derive(Arbitrary, Debug)]
pub enum Keyword {
    Type(Kind),
    Types(Kind, Kind),
    Enum(Scalar, Vec<Scalar>),
    Const(Any),
    Minimum(i8),
    Maximum(i8),
    ExclusiveMinimum(i8),
    ExclusiveMaximum(i8),
    MultipleOf(u8),
    MinLength(u8),
    MaxLength(u8),
    Pattern(bool),
    Properties(Vec<(Name, Rule)>),
    Required(Vec<Name>),
    Additional(Box<Rule>),
    PropertyNames(Box<Rule>),
    MinProperties(u8),
    MaxProperties(u8),
    DependentRequired(Name, Name),
    Unevaluated,
    Items(Box<Rule>),
    Prefix(Box<Rule>, Vec<Rule>),
    MinItems(u8),
    MaxItems(u8),
    Unique,
    Contains(Box<Rule>),
    AnyOf(Box<Rule>, Vec<Rule>),
    OneOf(Box<Rule>, Vec<Rule>),
    AllOf(Box<Rule>, Vec<Rule>),
    Not(Box<Rule>),
    If(Box<Rule>, Box<Rule>, Box<Rule>),
}

/// A type.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

impl Rule {
    /// The schema.
    pub fn json(&self) -> Value {
        match self {
            Self::Anything => json!(true),
            Self::Nothing => json!(false),
            Self::Keywords(keywords) => keywords.iter().flat_map(Keyword::members).collect::<Map<_, _>>().into(),
        }
    }
}

fn all(first: &Rule, others: &[Rule]) -> Value {
    std::iter::once(first).chain(others).map(Rule::json).collect()
}

impl Keyword {
    fn members(&self) -> Map<String, Value> {
        let object = match self {
            Self::Type(kind) => json!({ "type": kind.text() }),
            Self::Types(one, other) if one == other => json!({ "type": [one.text()] }),
            Self::Types(one, other) => json!({ "type": [one.text(), other.text()] }),
            Self::Enum(first, others) => {
                let mut values: Vec<_> = std::iter::once(first).chain(others).map(Scalar::json).collect();
                values.sort_by_key(Value::to_string);
                values.dedup();
                json!({ "enum": values })
            }
            Self::Const(value) => json!({ "const": value.json() }),
            Self::Minimum(number) => json!({ "minimum": number }),
            Self::Maximum(number) => json!({ "maximum": number }),
            Self::ExclusiveMinimum(number) => json!({ "exclusiveMinimum": number }),
            Self::ExclusiveMaximum(number) => json!({ "exclusiveMaximum": number }),
            Self::MultipleOf(number) => json!({ "multipleOf": f64::from(number.max(&1) % 16 + 1) / 2.0 }),
            Self::MinLength(length) => json!({ "minLength": length % 8 }),
            Self::MaxLength(length) => json!({ "maxLength": length % 8 }),
            Self::Pattern(starts) => json!({ "pattern": if *starts { "^[ab]" } else { "[0-9]$" } }),
            Self::Properties(properties) => {
                let properties: Map<_, _> = properties.iter().map(|(name, rule)| (name.text(), rule.json())).collect();
                json!({ "properties": properties })
            }
            Self::Required(names) => {
                let mut names: Vec<_> = names.iter().map(|name| name.text()).collect();
                names.sort();
                names.dedup();
                json!({ "required": names })
            }
            Self::Additional(rule) => json!({ "additionalProperties": rule.json() }),
            Self::PropertyNames(rule) => json!({ "propertyNames": rule.json() }),
            Self::MinProperties(count) => json!({ "minProperties": count % 4 }),
            Self::MaxProperties(count) => json!({ "maxProperties": count % 4 }),
            Self::DependentRequired(name, other) => json!({ "dependentRequired": { name.text(): [other.text()] } }),
            Self::Unevaluated => json!({ "unevaluatedProperties": false }),
            Self::Items(rule) => json!({ "items": rule.json() }),
            Self::Prefix(first, others) => json!({ "prefixItems": all(first, others) }),
            Self::MinItems(count) => json!({ "minItems": count % 4 }),
            Self::MaxItems(count) => json!({ "maxItems": count % 4 }),
            Self::Unique => json!({ "uniqueItems": true }),
            Self::Contains(rule) => json!({ "contains": rule.json() }),
            Self::AnyOf(first, others) => json!({ "anyOf": all(first, others) }),
            Self::OneOf(first, others) => json!({ "oneOf": all(first, others) }),
            Self::AllOf(first, others) => json!({ "allOf": all(first, others) }),
            Self::Not(rule) => json!({ "not": rule.json() }),
            Self::If(condition, then, otherwise) => {
                json!({ "if": condition.json(), "then": then.json(), "else": otherwise.json() })
            }
        };
        serde_json::from_value(object).expect("it is an object")
    }
}

thread_local! {
    /// What [`Fitting`] has to fit.
    static SCHEMA: RefCell<Value> = const { RefCell::new(Value::Null) };
}

/// A value of whatever schema is set.
struct Fitting(Box<RawValue>);

impl JsonSchema for Fitting {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Fitting".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        SCHEMA.with_borrow(|schema| schema.clone().try_into().expect("it is an object or a boolean"))
    }
}

impl<'de> serde::Deserialize<'de> for Fitting {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        Box::deserialize(reader).map(Self)
    }
}

/// Tells what it was given.
#[tool]
async fn fit(value: Fitting) -> String {
    value.0.get().into()
}

/// A server with the tool `fit`, whose `value` has this schema; nothing if such a schema cannot be enforced.
pub fn fitting(schema: Value) -> Option<Server> {
    SCHEMA.set(schema);
    let server = || Server::new("fuzz", "1.0.0").items(items![fit]);
    server().check().ok().map(|()| server())
}
