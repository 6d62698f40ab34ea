//! Which properties clients repeat in HTTP headers (`x-mcp-header`, since 2026-07-28), so that those who stand between client
//! and server can route by them without reading bodies.
//!
//! A client must not use a tool that says it wrongly, so that all of that is told at start.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::pointer::{Pointer, decoded};

const KEYWORD: &str = "x-mcp-header";

/// Keywords whose values are data, whatever they look like.
const DATA: [&str; 6] = ["default", "examples", "example", "enum", "const", "required"];
/// Keywords whose members have names that authors choose.
const NAMED: [&str; 6] =
    ["properties", "patternProperties", "dependentSchemas", "dependentRequired", "$defs", "definitions"];

/// A property that clients repeat in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "http"), allow(dead_code, reason = "there are no headers without HTTP"))]
pub(crate) struct Mirrored {
    /// The header, as the author spelled it: `Mcp-Param-Region`.
    pub(crate) header: String,
    /// The names that lead from the arguments to the property.
    pub(crate) path: Vec<String>,
    pub(crate) kind: Primitive,
}

/// What can stand in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Primitive {
    Text,
    Integer,
    Boolean,
}

/// The properties that are repeated in headers, or all that is wrong with them.
pub(crate) fn mirrored(schema: &Value) -> Result<Vec<Mirrored>, Vec<String>> {
    if !mentions_headers(schema) {
        return Ok(Vec::new());
    }
    let mut reader = Reader { root: schema, found: Vec::new(), faults: Vec::new() };
    reader.schema(schema, Pointer::At("#"), Some(&[]));
    if reader.faults.is_empty() { Ok(reader.found) } else { Err(reader.faults) }
}

/// Whether a schema may say it somewhere: in nearly all there is nothing to read.
pub(crate) fn mentions_headers(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => members.iter().any(|(name, value)| name == KEYWORD || mentions_headers(value)),
        Value::Array(items) => items.iter().any(mentions_headers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Writes the type down where a reference or alternatives tell it: not every client looks there.
pub(crate) fn write_types(schema: &mut Value, mirrored: &[Mirrored]) {
    let never_null = |one: &&Mirrored| {
        let kinds = property(schema, &one.path).and_then(|property| kinds(property, schema, 0));
        kinds.is_some_and(|kinds| !kinds.contains("null"))
    };
    let typed: Vec<&Mirrored> = mirrored.iter().filter(never_null).collect();
    for Mirrored { path, kind, .. } in typed {
        let property = path.iter().try_fold(&mut *schema, |schema, name| schema.get_mut("properties")?.get_mut(name));
        if let Some(Value::Object(keywords)) = property {
            keywords.entry("type").or_insert_with(|| kind.name().into());
        }
    }
}

fn property<'s>(schema: &'s Value, path: &[String]) -> Option<&'s Value> {
    path.iter().try_fold(schema, |schema, name| schema.get("properties")?.get(name))
}

struct Reader<'s> {
    root: &'s Value,
    found: Vec<Mirrored>,
    faults: Vec<String>,
}

impl Reader<'_> {
    /// Reads one schema; `path` is how a client gets there through `properties` alone, if it can.
    fn schema(&mut self, schema: &Value, place: Pointer<'_>, path: Option<&[&str]>) {
        let Value::Object(keywords) = schema else { return };
        if let Some(header) = keywords.get(KEYWORD) {
            self.header(header, schema, place, path);
        }
        for (keyword, value) in keywords.iter().filter(|(keyword, _)| !is_data(keyword)) {
            let below = Pointer::Name(&place, keyword);
            match value {
                Value::Object(named) if NAMED.contains(&keyword.as_str()) => {
                    self.named(named, below, path.filter(|_| keyword == "properties"));
                }
                Value::Array(list) => {
                    let schemas = list.iter().enumerate();
                    schemas.for_each(|(index, one)| self.schema(one, Pointer::Index(&below, index), None));
                }
                one => self.schema(one, below, None),
            }
        }
    }

    fn named(&mut self, named: &Map<String, Value>, place: Pointer<'_>, path: Option<&[&str]>) {
        for (name, schema) in named {
            let path = path.map(|path| [path, &[name.as_str()]].concat());
            self.schema(schema, Pointer::Name(&place, name), path.as_deref());
        }
    }

    fn header(&mut self, header: &Value, schema: &Value, place: Pointer<'_>, path: Option<&[&str]>) {
        let Some(path) = path.filter(|path| !path.is_empty()) else {
            self.faults.push(format!(
                "`{KEYWORD}` stands at `{place}`, where no client can look for it: it belongs to an argument, or to a \
                 field of an object in an argument, but not into a list, an alternative or a type that `$ref` names"
            ));
            return;
        };
        match token(header).and_then(|token| self.mirrored(token, schema, path)) {
            Ok(mirrored) => self.found.push(mirrored),
            Err(problem) => self.faults.push(format!("the `{KEYWORD}` of `{}` {problem}", path.join("."))),
        }
    }

    fn mirrored(&self, token: &str, schema: &Value, path: &[&str]) -> Result<Mirrored, String> {
        let kind = primitive(schema, self.root)?;
        let header = format!("Mcp-Param-{token}");
        match self.found.iter().find(|earlier| earlier.header.eq_ignore_ascii_case(&header)) {
            Some(Mirrored { path, .. }) => Err(format!(
                "is `{token}`, which `{}` has already (case does not count): give each a name of its own",
                path.join(".")
            )),
            None => {
                let path = path.iter().map(ToString::to_string).collect();
                Ok(Mirrored { header, path, kind })
            }
        }
    }
}

/// An extension of somebody else may hold anything.
fn is_data(keyword: &str) -> bool {
    keyword.starts_with("x-") || DATA.contains(&keyword)
}

/// The name of a header: a token of HTTP (RFC 9110, 5.6.2).
fn token(header: &Value) -> Result<&str, String> {
    let is_token = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
    match header.as_str() {
        Some("") => Err("is empty: write the name of the header, such as `Region`".to_owned()),
        Some(token) if token.chars().all(is_token) => Ok(token),
        Some(other) => {
            Err(format!("is {other:?}, which cannot be the name of a header: write letters, digits, `-` and `_`"))
        }
        None => Err(format!("is `{header}`: write the name of the header, such as `\"Region\"`")),
    }
}

/// The one kind of value that a schema allows beside `null`, if it can stand in a header.
fn primitive(schema: &Value, root: &Value) -> Result<Primitive, String> {
    let kinds: Vec<&str> =
        kinds(schema, root, 0).unwrap_or_default().into_iter().filter(|kind| *kind != "null").collect();
    let found = match kinds.as_slice() {
        [one] => Primitive::named(one).ok_or_else(|| format!("repeats {}", with_article(one))),
        [] => Err("repeats a value whose type is not said".to_owned()),
        [_, ..] => Err("repeats a value that has several types".to_owned()),
    };
    found.map_err(|problem| format!("{problem}; only a string, an integer or a boolean can stand in a header"))
}

fn with_article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'o']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// The types that a schema allows, by the first keyword that tells them.
fn kinds<'s>(schema: &'s Value, root: &'s Value, depth: usize) -> Option<BTreeSet<&'s str>> {
    const DEPTH: usize = 32;
    let at = |keyword: &str| schema.get(keyword);
    let below = |one: &'s Value| kinds(one, root, depth.saturating_add(1));
    if depth > DEPTH {
        return None;
    }
    if let Some(names) = at("type") {
        let names = names.as_str().into_iter().chain(names.as_array().into_iter().flatten().filter_map(Value::as_str));
        return Some(names.collect());
    }
    if let Some(value) = at("const") {
        return Some(BTreeSet::from([kind(value)]));
    }
    if let Some(values) = at("enum").and_then(Value::as_array) {
        return Some(values.iter().map(kind).collect());
    }
    if let Some(target) = at("$ref") {
        return below(referred(target, root)?);
    }
    if let Some(any) = ["anyOf", "oneOf"].into_iter().find_map(|keyword| at(keyword)?.as_array()) {
        let kinds: Option<Vec<_>> = any.iter().map(below).collect();
        return Some(kinds?.into_iter().flatten().collect());
    }
    at("allOf")?.as_array()?.iter().find_map(below)
}

fn referred<'s>(target: &Value, root: &'s Value) -> Option<&'s Value> {
    root.pointer(&decoded(target.as_str()?.strip_prefix('#')?)?)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

impl Primitive {
    fn named(name: &str) -> Option<Self> {
        match name {
            "string" => Some(Self::Text),
            "integer" => Some(Self::Integer),
            "boolean" => Some(Self::Boolean),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[expect(clippy::needless_pass_by_value, reason = "reads better at the callers")]
    fn with(property: Value) -> Value {
        json!({ "type": "object", "properties": { "a": property } })
    }

    fn faults(schema: &Value) -> Vec<String> {
        mirrored(schema).err().unwrap_or_default()
    }

    #[test]
    fn what_is_found() {
        let schema = json!({
            "type": "object",
            "properties": {
                "region": { "type": "string", "x-mcp-header": "Region" },
                "x-mcp-header": { "type": "array", "default": [{ "x-mcp-header": 1 }] },
                "inner": { "properties": { "limit": { "type": ["integer", "null"], "x-mcp-header": "LIMIT" } } }
            },
            "examples": [{ "x-mcp-header": "data" }],
            "x-other": { "x-mcp-header": "data" }
        });
        let limit = Mirrored {
            header: "Mcp-Param-LIMIT".into(),
            path: vec!["inner".into(), "limit".into()],
            kind: Primitive::Integer,
        };
        let found = mirrored(&schema).unwrap();
        assert_eq!(found.len(), 2);
        assert!(found.contains(&limit), "{found:?}");
        assert_eq!(mirrored(&json!({ "type": "object" })), Ok(vec![]));
        assert_eq!(mirrored(&json!(true)), Ok(vec![]));
    }

    #[test]
    fn types_that_can_be_repeated() {
        let rows = [
            (json!({ "type": "string" }), Primitive::Text),
            (json!({ "type": ["null", "boolean"] }), Primitive::Boolean),
            (json!({ "enum": ["a", "b"] }), Primitive::Text),
            (json!({ "enum": ["a", null] }), Primitive::Text),
            (json!({ "const": 1 }), Primitive::Integer),
            (json!({ "$ref": "#/$defs/unit" }), Primitive::Text),
            (json!({ "anyOf": [{ "$ref": "#/$defs/unit" }, { "type": "null" }] }), Primitive::Text),
            (json!({ "oneOf": [{ "const": "a" }, { "type": "string", "const": "b" }] }), Primitive::Text),
            (json!({ "allOf": [{ "minimum": 1 }, { "type": "integer" }] }), Primitive::Integer),
        ];
        for (property, kind) in rows {
            let mut schema = with(property);
            schema["properties"]["a"]["x-mcp-header"] = "H".into();
            schema["$defs"] = json!({ "unit": { "oneOf": [{ "const": "a" }, { "const": "b" }] } });
            let found = mirrored(&schema).unwrap();
            assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), [kind], "{schema}");
        }
    }

    #[test]
    fn types_that_cannot() {
        let rows = [
            (json!({ "type": "number" }), "repeats a number"),
            (json!({ "type": "array" }), "repeats an array"),
            (json!({ "type": ["string", "integer"] }), "several types"),
            (json!({}), "type is not said"),
            (json!({ "anyOf": [{ "type": "string" }, {}] }), "type is not said"),
            (json!({ "enum": ["a", 1] }), "several types"),
            (json!({ "const": 1.5 }), "repeats a number"),
            (json!({ "$ref": "#/$defs/none" }), "type is not said"),
            (json!({ "$ref": "#/properties/a" }), "type is not said"),
            (json!({ "type": "null" }), "type is not said"),
        ];
        for (property, expected) in rows {
            let mut schema = with(property);
            schema["properties"]["a"]["x-mcp-header"] = "H".into();
            let faults = faults(&schema);
            assert!(matches!(faults.as_slice(), [one] if one.contains(expected)), "{schema}: {faults:?}");
        }
    }

    #[test]
    fn names_that_no_header_can_have() {
        for (name, expected) in [
            (json!(""), "is empty"),
            (json!("a b"), "is \"a b\""),
            (json!("a\r\nb"), "cannot be the name"),
            (json!("größe"), "cannot be the name"),
            (json!(1), "is `1`"),
            (json!(true), "is `true`"),
        ] {
            let faults = faults(&with(json!({ "type": "string", "x-mcp-header": name })));
            assert!(matches!(faults.as_slice(), [one] if one.contains(expected)), "{name}: {faults:?}");
        }
    }

    #[test]
    fn names_are_unique_without_regard_to_case() {
        let schema = json!({ "properties": {
            "a": { "type": "string", "x-mcp-header": "Region" },
            "b": { "properties": { "c": { "type": "string", "x-mcp-header": "rEGION" } } }
        } });
        let faults = faults(&schema);
        let expected = "the `x-mcp-header` of `b.c` is `rEGION`, which `a` has already (case does not count)";
        assert!(matches!(faults.as_slice(), [one] if one.starts_with(expected)), "{faults:?}");
    }

    #[test]
    fn places_that_no_client_reaches() {
        let stray = json!({ "type": "string", "x-mcp-header": "H" });
        let fields = json!({ "properties": { "b": stray } });
        let rows = [
            (stray.clone(), "`#`"),
            (with(json!({ "items": stray })), "`#/properties/a/items`"),
            (with(json!({ "items": fields })), "`#/properties/a/items/properties/b`"),
            (with(json!({ "prefixItems": [true, stray] })), "`#/properties/a/prefixItems/1`"),
            (with(json!({ "contains": stray })), "contains"),
            (with(json!({ "additionalProperties": stray })), "additionalProperties"),
            (with(json!({ "patternProperties": { "~": stray } })), "`#/properties/a/patternProperties/~0`"),
            (with(json!({ "propertyNames": stray })), "propertyNames"),
            (with(json!({ "dependentSchemas": { "x": stray } })), "dependentSchemas"),
            (with(json!({ "anyOf": [stray] })), "`#/properties/a/anyOf/0`"),
            (with(json!({ "anyOf": [fields] })), "`#/properties/a/anyOf/0/properties/b`"),
            (with(json!({ "oneOf": [stray] })), "oneOf"),
            (with(json!({ "allOf": [fields] })), "allOf"),
            (with(json!({ "not": fields })), "not"),
            (with(json!({ "if": fields })), "if"),
            (with(json!({ "then": fields })), "then"),
            (with(json!({ "else": fields })), "else"),
            (json!({ "allOf": [fields] }), "`#/allOf/0/properties/b`"),
            (json!({ "$defs": { "T": fields }, "$ref": "#/$defs/T" }), "`#/$defs/T/properties/b`"),
            (json!({ "definitions": { "T": stray } }), "`#/definitions/T`"),
        ];
        for (schema, place) in rows {
            let faults = faults(&schema);
            assert!(matches!(faults.as_slice(), [one] if one.contains(place)), "{schema}: {faults:?}");
            assert!(faults[0].contains("where no client can look for it"), "{faults:?}");
        }
    }

    #[test]
    fn types_are_written_where_a_client_looks() {
        let unit = json!({ "oneOf": [{ "const": "a" }, { "const": "b" }] });
        let mut schema = json!({ "$defs": { "unit": unit }, "properties": {
            "a": { "$ref": "#/$defs/unit", "x-mcp-header": "A" },
            "b": { "anyOf": [{ "$ref": "#/$defs/unit" }, { "type": "null" }], "x-mcp-header": "B" },
            "c": { "$ref": "#/$defs/unit" }
        } });
        let found = mirrored(&schema).unwrap();
        write_types(&mut schema, &found);
        assert_eq!(schema["properties"]["a"]["type"], "string");
        assert_eq!(schema["properties"]["b"].get("type"), None);
        assert_eq!(schema["properties"]["c"].get("type"), None);
    }
}
