//! Takes a schema apart into forms: each is of one kind of value, and a value fits the schema if it fits one of them.
//!
//! References are followed, parts of `allOf` are put together, alternatives and lists of types are taken one by one. The parts of
//! a `oneOf` count as alternatives that exclude each other, as those of Rust types do.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::schema::Decimal;

/// The values of one kind that fit a schema.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) kind: Kind,
    /// What is said about them, without what only tells a reader something.
    pub(super) keywords: Map<String, Value>,
    /// All of them, if they are listed.
    pub(super) values: Option<Vec<Value>>,
}

/// The kinds of values. An integer is a number, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    const NAMED: [(&'static str, Self); 7] = [
        ("null", Self::Null),
        ("boolean", Self::Boolean),
        ("integer", Self::Integer),
        ("number", Self::Number),
        ("string", Self::String),
        ("array", Self::Array),
        ("object", Self::Object),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    fn name(self) -> &'static str {
        Self::NAMED.iter().find(|(_, kind)| *kind == self).map_or("object", |(name, _)| name)
    }

    /// Where nothing is said. A number may be an integer.
    fn all() -> Vec<Self> {
        Self::NAMED.into_iter().map(|(_, kind)| kind).filter(|kind| *kind != Self::Integer).collect()
    }

    pub(super) fn has(self, value: &Value) -> bool {
        match value {
            Value::Null => self == Self::Null,
            Value::Bool(_) => self == Self::Boolean,
            Value::Number(number) => {
                self == Self::Number || (self == Self::Integer && Decimal::new(&number.to_string()).is_integer())
            }
            Value::String(_) => self == Self::String,
            Value::Array(_) => self == Self::Array,
            Value::Object(_) => self == Self::Object,
        }
    }

    /// Whether every value of the other kind is of this one.
    pub(super) fn includes(self, other: Self) -> bool {
        self == other || (self, other) == (Self::Number, Self::Integer)
    }
}

/// Why a schema cannot be taken apart.
pub(super) type Opaque = String;

/// The forms of `schema`, whose references are looked up in `root`.
pub(super) fn forms(schema: &Value, root: &Value) -> Result<Vec<Form>, Opaque> {
    let Some(keywords) = flat(schema, root, 0)? else {
        return Ok(Vec::new());
    };
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Value::Array(branches)) = keywords.get(keyword) {
            let mut rest = keywords.clone();
            rest.remove(keyword);
            let mut all = Vec::new();
            for branch in branches {
                if let Some(branch) = flat(branch, root, 0)? {
                    all.extend(forms(&Value::Object(joined(rest.clone(), branch)?), root)?);
                }
            }
            return Ok(all);
        }
    }
    Ok(single(&keywords))
}

/// The keywords of a schema with what it refers to; `None` if nothing fits it.
fn flat(schema: &Value, root: &Value, depth: usize) -> Result<Option<Map<String, Value>>, Opaque> {
    const DEPTH: usize = 64;
    if depth > DEPTH {
        return Err("it refers to itself without end".to_owned());
    }
    let mut keywords = match schema {
        Value::Object(keywords) => keywords.clone(),
        Value::Bool(false) => return Ok(None),
        _ => Map::new(),
    };
    keywords.retain(|keyword, _| !is_comment(keyword));
    let mut parts = match keywords.remove("allOf") {
        Some(Value::Array(parts)) => parts,
        _ => Vec::new(),
    };
    if let Some(Value::String(target)) = keywords.remove("$ref") {
        let found = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        parts.push(found.ok_or_else(|| format!("`{target}` is nowhere in it"))?.clone());
    }
    let is_one_of_many = parts.len() > 1;
    for part in parts {
        let Some(part) = flat(&part, root, depth.saturating_add(1))? else {
            return Ok(None);
        };
        if is_one_of_many && says_of_the_rest(&part) {
            return Err(APART.to_owned());
        }
        keywords = joined(keywords, part)?;
    }
    Ok(Some(keywords))
}

/// Whether a keyword only tells a reader something.
fn is_comment(keyword: &str) -> bool {
    const COMMENTS: [&str; 13] = [
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "$comment",
        "$schema",
        "$id",
        "$anchor",
        "$defs",
        "definitions",
    ];
    COMMENTS.contains(&keyword) || keyword.starts_with("x-") || keyword.starts_with("content")
}

/// What a part says of fields that it does not name is about other fields than in the whole.
const APART: &str = "one of its parts says what fields or items may be there that the part does not name";

/// Whether a schema tells of what its parts leave over.
fn says_of_the_rest(keywords: &Map<String, Value>) -> bool {
    keywords.keys().any(|keyword| keyword.starts_with("unevaluated"))
}

/// The keywords of a schema that says what both say; `one` is said of the whole, `other` of a part.
fn joined(mut one: Map<String, Value>, other: Map<String, Value>) -> Result<Map<String, Value>, Opaque> {
    let is_alone = one.keys().all(|keyword| keyword == "type");
    if is_bounded_by_names(&one, &other) || is_bounded_by_names(&other, &one) || (says_of_the_rest(&other) && !is_alone)
    {
        return Err(APART.to_owned());
    }
    for (keyword, theirs) in other {
        let both = match one.remove(&keyword) {
            Some(ours) => both(&keyword, ours, theirs)?,
            None => theirs,
        };
        one.insert(keyword, both);
    }
    Ok(one)
}

/// Whether `additionalProperties` in one part is about fields that the other part names.
fn is_bounded_by_names(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let names = |keywords: &Map<String, Value>, name: &str| {
        keywords.get("properties").is_some_and(|properties| properties.get(name).is_some())
    };
    let others = other.get("properties").and_then(Value::as_object);
    one.get("additionalProperties").is_some_and(|rest| *rest != Value::Bool(true))
        && others.is_some_and(|others| others.keys().any(|name| !names(one, name)))
}

fn both(keyword: &str, ours: Value, theirs: Value) -> Result<Value, Opaque> {
    if ours == theirs {
        return Ok(ours);
    }
    match (keyword, ours, theirs) {
        ("required", Value::Array(mut ours), Value::Array(theirs)) => {
            ours.extend(theirs);
            Ok(Value::Array(ours))
        }
        ("properties", Value::Object(mut ours), Value::Object(theirs)) => {
            for (name, theirs) in theirs {
                let both = match ours.remove(&name) {
                    Some(ours) => serde_json::json!({ "allOf": [ours, theirs] }),
                    None => theirs,
                };
                ours.insert(name, both);
            }
            Ok(Value::Object(ours))
        }
        ("type", ours, theirs) => {
            let (ours, theirs) = (kinds_of(&listed(ours)), kinds_of(&listed(theirs)));
            let narrower = |one: &Kind, other: &Kind| if one.includes(*other) { *other } else { *one };
            let is_near = |one: &Kind, other: &Kind| one.includes(*other) || other.includes(*one);
            let both =
                ours.iter().filter_map(|one| Some(narrower(one, theirs.iter().find(|other| is_near(one, other))?)));
            Ok(Value::Array(both.map(|kind| kind.name().into()).collect()))
        }
        ("enum", ours, theirs) => {
            let theirs = listed(theirs);
            Ok(Value::Array(listed(ours).into_iter().filter(|one| theirs.contains(one)).collect()))
        }
        ("minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties", ours, theirs) => {
            Ok(if compare(&ours, &theirs).is_ge() { ours } else { theirs })
        }
        ("maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties", ours, theirs) => {
            Ok(if compare(&ours, &theirs).is_le() { ours } else { theirs })
        }
        (keyword, _, _) => Err(format!("its parts say different things of `{keyword}`")),
    }
}

fn listed(value: Value) -> Vec<Value> {
    match value {
        Value::Array(all) => all,
        one => vec![one],
    }
}

/// Compares two numbers as they are written.
pub(super) fn compare(one: &Value, other: &Value) -> Ordering {
    Decimal::new(&one.to_string()).compare(Decimal::new(&other.to_string()))
}

/// The forms of a schema without alternatives, one for each kind.
fn single(keywords: &Map<String, Value>) -> Vec<Form> {
    let values = match (keywords.get("const"), keywords.get("enum")) {
        (Some(value), None) => Some(vec![value.clone()]),
        (None, Some(values)) => Some(listed(values.clone())),
        (Some(value), Some(values)) => Some(listed(values.clone()).into_iter().filter(|one| one == value).collect()),
        (None, None) => None,
    };
    let form = |kind: Kind| {
        let own = values.as_ref().map(|all| all.iter().filter(|value| kind.has(value)).cloned().collect::<Vec<_>>());
        let all_there_are = match kind {
            Kind::Null => Some(vec![Value::Null]),
            Kind::Boolean => Some(vec![Value::Bool(false), Value::Bool(true)]),
            Kind::Integer | Kind::Number | Kind::String | Kind::Array | Kind::Object => None,
        };
        let mut keywords = keywords.clone();
        keywords.retain(|keyword, _| !["type", "enum", "const"].contains(&keyword.as_str()));
        Form { kind, keywords, values: own.or(all_there_are) }
    };
    let forms = kinds(keywords).into_iter().map(form);
    forms.filter(|form| form.values.as_ref().is_none_or(|values| !values.is_empty())).collect()
}

fn kinds(keywords: &Map<String, Value>) -> Vec<Kind> {
    match keywords.get("type") {
        Some(named) => kinds_of(&listed(named.clone())),
        None => Kind::all(),
    }
}

/// The kinds of these names, each once.
fn kinds_of(names: &[Value]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    for kind in names.iter().filter_map(Value::as_str).filter_map(Kind::named) {
        if !kinds.iter().any(|known| known.includes(kind)) {
            kinds.retain(|known| !kind.includes(*known));
            kinds.push(kind);
        }
    }
    kinds
}
