//! What the schema of an argument forbids never reaches the function, and what it allows arrives unchanged: judged by another
//! implementation, from the schema that was published.

use std::borrow::Cow;
use std::cell::RefCell;

use proptest::prelude::*;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::serve;
use crate::content::Content;
use crate::item::{Item, Tool};
use crate::param::{Need, Param};
use crate::reply::{CallToolResult, Output};
use crate::schema::tests::differential::{reference, runner};
use crate::schema::tests::random;
use crate::server::Server;

thread_local! {
    static SCHEMA: RefCell<Value> = const { RefCell::new(Value::Null) };
}

/// A value of the schema that was set.
#[derive(Deserialize)]
struct Fitting(Box<RawValue>);

impl JsonSchema for Fitting {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Fitting".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        SCHEMA.with_borrow(|schema| schema.clone().try_into().unwrap())
    }
}

static VALUE: Param = Param {
    name: "value",
    aliases: &[],
    description: "A value.",
    need: Need::Required,
    schema: Fitting::json_schema,
    keywords: &[],
    complete: None,
};

/// Tells what it was given.
static FIT: Tool = {
    let mut tool = Tool::for_test("fit", |mut arguments, _| {
        let given = arguments.required::<Fitting>(0);
        arguments.finish()?;
        let text = given.map(|Fitting(json)| json.get().to_owned()).unwrap_or_default();
        Ok(Box::pin(async { Ok(Output::Tool(CallToolResult::new().with(Content::from(text)))) }))
    });
    tool.about.params = std::slice::from_ref(&VALUE);
    tool
};

/// The schema that is published, and what became of each value: nothing, if it was refused.
fn called(schema: Value, values: &[Value]) -> (Value, Vec<Option<Value>>) {
    SCHEMA.set(schema);
    let request = |id: usize, method: &str, params: Value| json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
    let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {} });
    let mut lines =
        vec![request(values.len(), "initialize", hello), request(values.len() + 1, "tools/list", json!({}))];
    let call = |(id, value)| request(id, "tools/call", json!({ "name": "fit", "arguments": { "value": value } }));
    lines.extend(values.iter().enumerate().map(call));
    let input = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let mut answers = serve(Server::new("t", "1").items([Item::Tool(&FIT)]), input.as_bytes());
    answers.sort_by_key(|answer| answer["id"].as_u64());
    let taken = |answer: &Value| {
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        (answer["result"]["isError"] != true).then(|| serde_json::from_str(text).unwrap())
    };
    let published = answers.last().unwrap()["result"]["tools"][0]["inputSchema"].clone();
    (published, answers[..values.len()].iter().map(taken).collect())
}

#[test]
fn what_the_schema_forbids_never_reaches_the_function() {
    const CASES: u32 = 600;
    let (repaired, refused) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let schema = prop_oneof![random::plain(), random::typed()];
    let result = runner(CASES).run(&(schema, prop::collection::vec(random::sloppy(), 4)), |(schema, values)| {
        let (published, taken) = called(schema, &values);
        let validator = reference(&published);
        let fits = |value: &Value| validator.is_valid(&json!({ "value": value }));
        for (value, taken) in values.iter().zip(taken) {
            match taken {
                Some(taken) if fits(value) => prop_assert_eq!(&taken, value, "{}", published),
                Some(taken) => {
                    prop_assert!(fits(&taken), "{} became {} for {}", value, taken, published);
                    repaired.set(repaired.get() + 1);
                }
                None => {
                    prop_assert!(!fits(value), "{} is refused for {}", value, published);
                    refused.set(refused.get() + 1);
                }
            }
        }
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.unwrap_err());
    let (repaired, refused) = (repaired.get(), refused.get());
    assert!(repaired > CASES / 10 && refused > CASES / 2, "{repaired} were repaired, {refused} were refused");
}
