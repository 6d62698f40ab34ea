//! Arguments as they are typed at a shell, and the values that the schema makes of them.

use clap::{Arg, ArgAction, ArgMatches};
use serde_json::{Map, Value};

/// One of `key=value`, whose type the schema says, or `key:=value`, which is JSON.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    Text(String, String),
    Json(String, Value),
}

/// The arguments of a command.
pub(super) fn typed(help: &'static str) -> Arg {
    Arg::new("arguments").value_name("NAME=VALUE").action(ArgAction::Append).value_parser(given).help(help)
}

/// What was typed, in its order.
pub(super) fn all(matches: &ArgMatches) -> Vec<Given> {
    matches.get_many("arguments").into_iter().flatten().cloned().collect()
}

/// What was typed, where every argument is text.
pub(super) fn texts(matches: &ArgMatches) -> impl Iterator<Item = (String, String)> + use<> {
    all(matches).into_iter().map(Given::into_text)
}

/// Reads one argument.
///
/// # Errors
/// With a sentence, for clap.
fn given(text: &str) -> Result<Given, String> {
    let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.trim_matches(':').is_empty()) else {
        let whole = if text.trim_start().starts_with('{') { "; `call --args` takes an object" } else { "" };
        return Err(format!("write `name=value`, or `name:=json`{whole}"));
    };
    match key.strip_suffix(':') {
        None => Ok(Given::Text(key.into(), value.into())),
        Some(key) => match serde_json::from_str(value) {
            Ok(value) => Ok(Given::Json(key.into(), value)),
            Err(error) => Err(format!("what follows `:=` must be JSON: {error}")),
        },
    }
}

/// Reads an object of JSON.
///
/// # Errors
/// With a sentence, for clap.
pub(super) fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("write an object of JSON, such as `{{\"city\": \"Oslo\"}}`: {error}"))
}

/// Adds what was typed to `arguments`. A key that is said again adds to a list.
///
/// # Errors
/// When a key is said again that is no list.
pub(super) fn add(typed: &[Given], schema: &Value, arguments: &mut Map<String, Value>) -> Result<(), String> {
    let keys: Vec<&str> = typed.iter().map(Given::key).collect();
    for (index, one) in typed.iter().enumerate() {
        let key = one.key();
        if keys.iter().take(index).any(|earlier| *earlier == key) {
            continue;
        }
        let field = property(schema, key);
        let all = typed.iter().filter(|other| other.key() == key);
        let value = match (field.and_then(|field| items(field, schema)), all.count()) {
            (Some(items), more) => list(typed.iter().filter(|other| other.key() == key), more, items, schema),
            (None, 1) => one.value(field.unwrap_or(&Value::Null), schema),
            (None, _) => return Err(format!("`{key}` is given twice, and it is no list")),
        };
        arguments.insert(key.to_owned(), value);
    }
    Ok(())
}

impl Given {
    fn key(&self) -> &str {
        match self {
            Self::Text(key, _) | Self::Json(key, _) => key,
        }
    }

    fn value(&self, schema: &Value, root: &Value) -> Value {
        match self {
            Self::Text(_, text) => value(text, schema, root),
            Self::Json(_, value) => value.clone(),
        }
    }

    /// The text of an argument that is nothing but text.
    fn into_text(self) -> (String, String) {
        match self {
            Self::Text(key, text) => (key, text),
            Self::Json(key, value) => (key, super::words::plain(&value)),
        }
    }
}

/// A list that is written as a whole, once, or by its items.
fn list<'g>(given: impl Iterator<Item = &'g Given>, count: usize, items: &Value, root: &Value) -> Value {
    let one = |given: &Given| match given {
        Given::Text(_, text) => match serde_json::from_str(text) {
            Ok(whole @ Value::Array(_)) if count == 1 => whole,
            Ok(_) | Err(_) => value(text, items, root),
        },
        Given::Json(_, value) => value.clone(),
    };
    let mut values: Vec<Value> = given.map(one).collect();
    match values.as_mut_slice() {
        [whole @ Value::Array(_)] => whole.take(),
        _ => Value::Array(values),
    }
}

/// What a text is as a value of this schema. What can be text stays text, unless it can only be meant otherwise; what fits nothing
/// stays text too, so that the server says what it wants.
pub(super) fn value(text: &str, schema: &Value, root: &Value) -> Value {
    let types = types(schema, root, DEPTH);
    let is = |name: &str| types.contains(&name);
    let read = serde_json::from_str(text).ok().filter(|value| match value {
        Value::String(_) => !is("string") && types.is_empty(),
        Value::Null => is("null") && !is("string"),
        Value::Bool(_) => is("boolean") || types.is_empty(),
        Value::Number(_) => is("number") || is("integer") || types.is_empty(),
        Value::Array(_) => is("array") || types.is_empty(),
        Value::Object(_) => is("object") || types.is_empty(),
    });
    read.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// How deeply schemas refer to each other.
const DEPTH: usize = 16;

/// The names of all types that a value may have; none if it may be anything.
fn types<'s>(schema: &'s Value, root: &'s Value, depth: usize) -> Vec<&'s str> {
    let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
    let schema: &'s Value = resolved(schema, root);
    let keywords = ["oneOf", "anyOf", "allOf"].into_iter();
    let parts = keywords.filter_map(|keyword| schema.get(keyword)?.as_array()).flatten();
    let mut all: Vec<&'s str> = parts.flat_map(|part| types(part, root, depth)).collect();
    match schema.get("type") {
        Some(Value::String(name)) => all.push(name),
        Some(Value::Array(names)) => all.extend(names.iter().filter_map(Value::as_str)),
        Some(_) | None => {}
    }
    let values = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    all.extend(values.chain(schema.get("const")).map(name));
    all
}

fn name<'s>(value: &Value) -> &'s str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The schema of the items, of a list.
fn items<'s>(schema: &'s Value, root: &'s Value) -> Option<&'s Value> {
    const ANYTHING: &Value = &Value::Bool(true);
    let types = types(schema, root, DEPTH);
    let is_list = types.contains(&"array") && !types.contains(&"string");
    let parts =
        ["oneOf", "anyOf"].iter().filter_map(|keyword| resolved(schema, root).get(*keyword)?.as_array()).flatten();
    let mut of = std::iter::once(schema).chain(parts).filter_map(|part| resolved(part, root).get("items"));
    is_list.then(|| of.next().unwrap_or(ANYTHING))
}

/// The schema of an argument.
pub(super) fn property<'s>(schema: &'s Value, key: &str) -> Option<&'s Value> {
    schema.get("properties")?.get(key)
}

/// Where a reference leads.
pub(super) fn resolved<'s>(mut schema: &'s Value, root: &'s Value) -> &'s Value {
    for _ in 0..DEPTH {
        let target =
            schema.get("$ref").and_then(Value::as_str).and_then(|target| root.pointer(target.strip_prefix('#')?));
        match target {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": {
                "name": { "type": "string" },
                "maybe": { "type": ["string", "null"] },
                "count": { "type": "integer" },
                "ratio": { "anyOf": [{ "type": "number" }, { "type": "null" }] },
                "loud": { "type": "boolean" },
                "either": { "anyOf": [{ "type": "string" }, { "type": "integer" }] },
                "unit": { "$ref": "#/$defs/Unit" },
                "level": { "enum": [1, 2] },
                "tags": { "type": "array", "items": { "type": "string" } },
                "sizes": { "anyOf": [{ "type": "array", "items": { "type": "integer" } }, { "type": "null" }] },
                "point": { "type": "object" },
                "any": {},
            },
            "$defs": { "Unit": { "oneOf": [{ "const": "c" }, { "const": "7" }] } },
        })
    }

    fn read(arguments: &[&str]) -> Result<Value, String> {
        let typed: Result<Vec<Given>, String> = arguments.iter().map(|argument| given(argument)).collect();
        let mut map = Map::new();
        add(&typed?, &schema(), &mut map)?;
        Ok(Value::Object(map))
    }

    #[test]
    fn the_schema_says_what_a_text_is() {
        for (arguments, value) in [
            (&["name=5"][..], json!({ "name": "5" })),
            (&["name=\"x\""], json!({ "name": "\"x\"" })),
            (&["name=a=b"], json!({ "name": "a=b" })),
            (&["name="], json!({ "name": "" })),
            (&["maybe=null"], json!({ "maybe": "null" })),
            (&["maybe=true"], json!({ "maybe": "true" })),
            (&["count=5"], json!({ "count": 5 })),
            (&["count=five"], json!({ "count": "five" })),
            (&["ratio=0.5"], json!({ "ratio": 0.5 })),
            (&["ratio=null"], json!({ "ratio": null })),
            (&["loud=true"], json!({ "loud": true })),
            (&["either=5"], json!({ "either": 5 })),
            (&["either=x"], json!({ "either": "x" })),
            (&["unit=7"], json!({ "unit": "7" })),
            (&["level=2"], json!({ "level": 2 })),
            (&["tags=a"], json!({ "tags": ["a"] })),
            (&["tags=a", "name=x", "tags=1"], json!({ "tags": ["a", "1"], "name": "x" })),
            (&[r#"tags=["a", "b"]"#], json!({ "tags": ["a", "b"] })),
            (&["sizes=1", "sizes=2"], json!({ "sizes": [1, 2] })),
            (&["sizes=[3]"], json!({ "sizes": [3] })),
            (&[r#"point={"x": 1}"#], json!({ "point": { "x": 1 } })),
            (&["any=1"], json!({ "any": 1 })),
            (&["any=one"], json!({ "any": "one" })),
            (&["unknown=1"], json!({ "unknown": 1 })),
            (&["name:=5"], json!({ "name": 5 })),
            (&["tags:=[]"], json!({ "tags": [] })),
        ] {
            assert_eq!(read(arguments), Ok(value), "{arguments:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for (arguments, said) in [
            (&["Oslo"][..], "write `name=value`"),
            (&["=Oslo"], "write `name=value`"),
            (&[":=1"], "write `name=value`"),
            (&[r#"{"city":"Oslo"}"#], "`call --args` takes an object"),
            (&["count:=five"], "must be JSON"),
            (&["name=a", "name=b"], "`name` is given twice"),
        ] {
            let error = read(arguments).unwrap_err();
            assert!(error.contains(said), "{arguments:?}: {error}");
        }
        assert!(object("[1]").unwrap_err().contains("write an object of JSON"));
    }
}
