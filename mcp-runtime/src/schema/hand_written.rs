//! Schemas that an author wrote by hand: published as they are, and enforced by the `jsonschema` crate, which knows every
//! keyword.

use serde_json::Value;

use super::Problem;

/// A compiled schema.
#[cfg(feature = "jsonschema")]
#[derive(Debug)]
pub(crate) struct HandWritten(jsonschema::Validator);

#[cfg(feature = "jsonschema")]
impl HandWritten {
    /// # Errors
    /// When it is no schema, or none of an object.
    pub(crate) fn compile(schema: &Value) -> Result<Self, String> {
        use jsonschema::{Draft, PatternOptions};
        if schema.get("type").is_none_or(|name| name != "object") {
            return Err("an `input_schema` must say `\"type\": \"object\"` at its root".into());
        }
        let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
        // Patterns run in linear time, whatever a client sends.
        let validator = options.with_pattern_options(PatternOptions::regex()).build(schema);
        validator.map(Self).map_err(|error| format!("the `input_schema` is no JSON Schema: {error}"))
    }

    pub(crate) fn problems(&self, value: &Value) -> Vec<Problem> {
        const MOST: usize = 50;
        let problem = |error: jsonschema::ValidationError<'_>| Problem {
            path: path(&error.instance_path().to_string()),
            message: format!("must obey the schema: {}", error.masked()),
        };
        self.0.iter_errors(value).take(MOST).map(problem).collect()
    }
}

/// A JSON pointer (`/stops/2/city`) as other problems have it (`stops[2].city`).
#[cfg(feature = "jsonschema")]
fn path(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        match part.parse::<usize>() {
            Ok(index) => path.push_str(&format!("[{index}]")),
            Err(_) if path.is_empty() => path.push_str(&part),
            Err(_) => path.push_str(&format!(".{part}")),
        }
    }
    path
}

/// There is none without the feature.
#[cfg(not(feature = "jsonschema"))]
#[derive(Debug)]
pub(crate) enum HandWritten {}

#[cfg(not(feature = "jsonschema"))]
impl HandWritten {
    pub(crate) fn compile(_: &Value) -> Result<Self, String> {
        Err("it has an `input_schema`; switch on the feature `jsonschema` of `mcp-runtime`, which enforces it".into())
    }

    pub(crate) fn problems(&self, _: &Value) -> Vec<Problem> {
        match *self {}
    }
}

#[cfg(all(test, feature = "jsonschema"))]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_keyword_is_enforced_and_every_problem_told() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "$defs": { "stop": { "$anchor": "stop", "type": "object", "properties": { "city": { "type": "string" } } } },
            "properties": { "kind": { "enum": ["a", "b"] }, "stops": { "type": "array", "items": { "$ref": "#stop" } } },
            "if": { "properties": { "kind": { "const": "a" } } },
            "then": { "required": ["stops"] },
            "unevaluatedProperties": false
        });
        let rules = HandWritten::compile(&schema).unwrap();
        assert_eq!(rules.problems(&json!({ "kind": "b" })), []);
        let paths = |value: Value| rules.problems(&value).into_iter().map(|problem| problem.path).collect::<Vec<_>>();
        assert_eq!(paths(json!({ "kind": "a" })), [""]);
        assert_eq!(paths(json!({ "kind": "a", "stops": [{}, { "city": 1 }] })), ["stops[1].city"]);
        let problem = &rules.problems(&json!({ "kind": "x".repeat(1000), "stops": [] }))[0];
        assert!(problem.message.len() < 100, "{problem:?}");
    }

    #[test]
    fn what_is_no_schema_of_an_object_is_refused() {
        for schema in
            [json!({}), json!(true), json!({ "type": "string" }), json!({ "type": "object", "minProperties": "1" })]
        {
            assert!(HandWritten::compile(&schema).is_err(), "{schema}");
        }
    }

    #[test]
    fn nothing_is_fetched() {
        let schema = json!({ "type": "object", "$ref": "https://example.com/schema" });
        assert!(HandWritten::compile(&schema).is_err());
    }
}
