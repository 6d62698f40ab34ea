//! Any schema and any value: what a function is given is allowed by the schema that was published, and what the schema allows
//! arrives unchanged. What it allows, another implementation says.
#![no_main]

use jsonschema::{Draft, Validator};
use libfuzzer_sys::fuzz_target;
use mcp_fuzz::any::{Any, Rule, fitting};
use mcp_fuzz::{hello, json, serve};
use serde_json::{Value, json};

fuzz_target!(|input: (Rule, Vec<Any>)| {
    let (rule, values) = input;
    let schema = rule.json();
    let is_divided = schema.to_string().contains("multipleOf");
    let values = values.iter().take(8).map(Any::json);
    let values: Vec<Value> = values.filter(|value| !(is_divided && is_long(&value.to_string()))).collect();
    let is_deep = |value: &Value| json(&value.to_string()).is_none();
    if is_deep(&schema) || values.iter().any(is_deep) {
        return;
    }
    let Some(server) = fitting(schema.clone()) else { return };
    let answers = serve(server, requests(&values).as_bytes());
    let answer = |id: usize| answers.iter().find(|answer| answer["id"] == id).expect("every request is answered");
    let published = validator(&answer(values.len())["result"]["tools"][0]["inputSchema"]);
    let meant = validator(&json!({ "properties": { "value": schema } }));
    for (id, value) in values.iter().enumerate() {
        let fits = |validator: &Validator, value: &Value| validator.is_valid(&json!({ "value": value }));
        match taken(answer(id)) {
            Some(taken) if fits(&published, value) => assert_eq!(taken, *value, "it fits {schema}"),
            Some(taken) => {
                assert!(fits(&published, &taken), "{value} became {taken} for {schema}");
                assert!(fits(&meant, &taken), "{value} became {taken} for the published form of {schema}");
            }
            None => assert!(!fits(&published, value), "{value} is refused for {schema}: {}", answer(id)),
        }
    }
});

/// Whether there is a number in it that the other implementation rounds before it divides.
fn is_long(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_digit()).any(|digits| digits.len() > 15)
}

fn requests(values: &[Value]) -> String {
    let request = |id: usize, method: &str, params: Value| {
        format!("{}\n", json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
    };
    let calls = values
        .iter()
        .enumerate()
        .map(|(id, value)| request(id, "tools/call", json!({ "name": "fit", "arguments": { "value": value } })));
    let list = request(values.len(), "tools/list", json!({}));
    hello("2025-11-25") + &calls.collect::<String>() + &list
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options().with_draft(Draft::Draft202012).build(schema).expect("it is a schema")
}

/// What the tool was given, if it was called.
fn taken(answer: &Value) -> Option<Value> {
    if answer["result"]["isError"] == true {
        return None;
    }
    let text = answer["result"]["content"][0]["text"].as_str().expect("the tool says what it was given");
    Some(serde_json::from_str(text).expect("that is JSON"))
}
