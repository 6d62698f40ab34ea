//! Schemas in words: what a person types. A `?` is after the names of fields that may be left out.

use serde_json::Value;

use super::given::resolved;

/// How deeply types within types are told.
const DEPTH: usize = 4;

/// What a value of this schema is: "integer 1–7", "celsius | fahrenheit", "list of string".
pub(super) fn of(schema: &Value, root: &Value) -> String {
    words(schema, root, DEPTH)
}

fn words(schema: &Value, root: &Value, depth: usize) -> String {
    let schema = resolved(schema, root);
    let Some(depth) = depth.checked_sub(1) else { return "any".into() };
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return joined(choices.iter().map(plain));
    }
    if let Some(only) = schema.get("const") {
        return plain(only);
    }
    let parts = ["oneOf", "anyOf"].iter().find_map(|keyword| schema.get(*keyword)?.as_array());
    if let Some(parts) = parts {
        return joined(parts.iter().map(|part| words(part, root, depth)));
    }
    match schema.get("type") {
        Some(Value::String(name)) => typed(name, schema, root, depth),
        Some(Value::Array(names)) => {
            joined(names.iter().filter_map(Value::as_str).map(|name| typed(name, schema, root, depth)))
        }
        Some(_) | None => "any".into(),
    }
}

fn typed(name: &str, schema: &Value, root: &Value, depth: usize) -> String {
    match name {
        "array" => match schema.get("items") {
            Some(items) => format!("list of {}", words(items, root, depth)),
            None => "list".into(),
        },
        "object" => object(schema, root, depth),
        "string" => text(schema),
        "integer" | "number" => match bounds(schema, "minimum", "maximum") {
            Some(bounds) => format!("{name} {bounds}"),
            None => name.into(),
        },
        other => other.into(),
    }
}

fn object(schema: &Value, root: &Value, depth: usize) -> String {
    match (schema.get("properties").and_then(Value::as_object), schema.get("additionalProperties")) {
        (Some(members), _) if !members.is_empty() => {
            let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let field = |(name, member): (&String, &Value)| {
                let mark = if required.iter().any(|one| one == name.as_str()) { "" } else { "?" };
                match words(member, root, depth).as_str() {
                    "any" => format!("{name}{mark}"),
                    kind => format!("{name}{mark}: {kind}"),
                }
            };
            format!("{{{}}}", members.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        (_, Some(values @ Value::Object(_))) => format!("object of {}", words(values, root, depth)),
        _ => "object".into(),
    }
}

fn text(schema: &Value) -> String {
    let of = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
    let kind = of("format").unwrap_or("string");
    match (of("pattern"), bounds(schema, "minLength", "maxLength")) {
        (Some(pattern), _) => format!("{kind} like {pattern}"),
        (None, Some(bounds)) => format!("{kind}, {bounds} characters"),
        (None, None) => kind.into(),
    }
}

/// "1–7", "≥ 1", "≤ 7".
fn bounds(schema: &Value, least: &str, most: &str) -> Option<String> {
    match (schema.get(least), schema.get(most)) {
        (Some(least), Some(most)) => Some(format!("{least}–{most}")),
        (Some(least), None) => Some(format!("≥ {least}")),
        (None, Some(most)) => Some(format!("≤ {most}")),
        (None, None) => None,
    }
}

/// A value as a person writes it.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = Vec::new();
    for part in parts.filter(|part| part != "null") {
        if !all.contains(&part) {
            all.push(part);
        }
    }
    all.join(" | ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_told_in_words() {
        let root = json!({ "$defs": { "Unit": { "oneOf": [{ "const": "celsius" }, { "const": "kelvin" }] } } });
        for (schema, told) in [
            (json!({}), "any"),
            (json!(true), "any"),
            (json!({ "type": "string" }), "string"),
            (json!({ "type": "string", "minLength": 1, "maxLength": 100 }), "string, 1–100 characters"),
            (json!({ "type": "string", "pattern": "^a$", "minLength": 1 }), "string like ^a$"),
            (json!({ "type": "string", "format": "date-time" }), "date-time"),
            (json!({ "type": "integer", "format": "uint8", "minimum": 1, "maximum": 7 }), "integer 1–7"),
            (json!({ "type": "number", "minimum": 0 }), "number ≥ 0"),
            (json!({ "type": ["string", "null"] }), "string"),
            (json!({ "enum": ["a", "b", 3] }), "a | b | 3"),
            (json!({ "$ref": "#/$defs/Unit" }), "celsius | kelvin"),
            (json!({ "type": "array", "items": { "$ref": "#/$defs/Unit" } }), "list of celsius | kelvin"),
            (
                json!({ "anyOf": [{ "type": "boolean" }, { "type": "null" }, { "type": "integer" }] }),
                "boolean | integer",
            ),
            (json!({ "type": "object", "properties": { "x": {}, "y": {} }, "required": ["x"] }), "{x, y?}"),
            (
                json!({ "type": "object", "properties": { "x": { "type": "integer", "minimum": 0 } } }),
                "{x?: integer ≥ 0}",
            ),
            (json!({ "type": "object", "additionalProperties": { "type": "integer" } }), "object of integer"),
        ] {
            assert_eq!(of(&schema, &root), told, "{schema}");
        }
        let endless = json!({ "type": "array", "items": { "$ref": "#" } });
        assert_eq!(of(&endless, &endless), "list of list of list of list of any");
    }
}
