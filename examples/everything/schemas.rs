//! A schema with keywords that no Rust type has. It is published as it is written.

use mcp_runtime::tool;
use serde_json::{Map, Value, json};

/// Takes the data of somebody who can be reached.
#[tool(read_only, input_schema = contact())]
fn json_schema_2020_12_tool(arguments: Map<String, Value>) -> String {
    format!("JSON Schema 2020-12 tool called with: {}", Value::Object(arguments))
}

/// With one of a telephone and an e-mail address at least, and with the one that is named as the way of contact.
pub(crate) fn contact() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } }
            }
        },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" }
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
        "then": { "required": ["phone"] },
        "else": { "required": ["email"] },
        "additionalProperties": false
    })
}
