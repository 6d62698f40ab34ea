//! Attributes of serde and schemars work on a parameter as on a field.

use mcp_runtime::{Server, items, tool};
use serde_json::{Value, json};

use crate::common::{MODERN, Verdict, Wire, call, request, run};
use crate::{Expected, problems};

fn loud<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<String, D::Error> {
    <String as serde::Deserialize>::deserialize(reader).map(|text| text.to_uppercase())
}

fn seven() -> i64 {
    7
}

#[tool]
#[allow(clippy::too_many_arguments, reason = "one for each attribute")]
async fn attributed(
    #[serde(rename = "from")] origin: String,
    #[serde(alias = "dest", alias = "target")] to: String,
    #[serde(default)] stops: Vec<String>,
    #[serde(default = "seven")] days: i64,
    #[serde(deserialize_with = "loud")] name: String,
    #[schemars(range(min = 1, max = 3), description = "How fast.")] speed: i64,
    #[schemars(length(min = 2), regex(pattern = "^a"))] code: String,
    r#type: Option<String>,
) -> String {
    format!("{origin} {to} {stops:?} {days} {name} {speed} {code} {type:?}", r#type = r#type)
}

#[test]
fn attributes_of_serde_and_schemars() {
    let rows: [(&str, Expected); 9] = [
        (r#"{"from":"a","to":"b","name":"n","speed":1,"code":"ab"}"#, Ok("a b [] 7 N 1 ab None")),
        (r#"{"from":"a","dest":"b","name":"n","speed":3,"code":"aa","type":"t"}"#, Ok("a b [] 7 N 3 aa Some(\"t\")")),
        (
            r#"{"from":"a","target":"b","stops":["s"],"days":2,"name":"n","speed":2,"code":"ab"}"#,
            Ok("a b [\"s\"] 2 N 2 ab None"),
        ),
        (
            r#"{"from":"a","to":"b","stops":null,"days":null,"name":"n","speed":"2","code":"ab","type":null}"#,
            Ok("a b [] 7 N 2 ab None"),
        ),
        (
            r#"{"origin":"a","to":"b","name":"n","speed":1,"code":"ab"}"#,
            Err(&[
                "`origin` is not an argument; known: `from`, `to`, `stops`, `days`, `name`, `speed`, `code`, `type`",
                "`from` is required",
            ]),
        ),
        (r#"{"from":"a","to":"b","dest":"c","name":"n","speed":1,"code":"ab"}"#, Err(&["`dest` is given twice"])),
        (
            r#"{"from":"a","to":"b","name":"n","speed":4,"code":"b"}"#,
            Err(&[
                "`speed` must be at most 3, got 4",
                "`code` must be at least 2 characters long, got 1",
                "`code` must match the pattern `^a`, got the string \"b\"",
            ]),
        ),
        (
            r#"{}"#,
            Err(&[
                "`from` is required",
                "`to` is required",
                "`name` is required",
                "`speed` is required",
                "`code` is required",
            ]),
        ),
        (
            r#"{"from":1,"to":2,"stops":3,"days":"x","name":4,"speed":0,"code":5,"type":6}"#,
            Err(&[
                "`from` must be a string, got 1",
                "`to` must be a string, got 2",
                "`stops` must be a list, got 3",
                "`days` must be an integer, got the string \"x\"",
                "`name` must be a string, got 4",
                "`speed` must be at least 1, got 0",
                "`code` must be a string, got 5",
                "`type` must be a string, got 6",
            ]),
        ),
    ];
    let mut wrong = Verdict::default();
    run(async {
        let mut wire = Wire::open_in(MODERN, Server::new("test", "1.0.0").items(items![attributed])).await;
        for (arguments, expected) in rows {
            let line =
                call(MODERN, 1, "attributed", json!("ARGUMENTS")).to_string().replace("\"ARGUMENTS\"", arguments);
            let answer: Value = serde_json::from_str(&wire.exchange(line).await).unwrap();
            match expected {
                Ok(text) => {
                    wrong.same(arguments, &answer["result"]["content"], &json!([{ "type": "text", "text": text }]));
                }
                Err(expected) => wrong.same(arguments, &json!(problems(&answer)), &json!(expected)),
            }
        }
        let list = wire.ask(&request(MODERN, 1, "tools/list", Value::Null)).await;
        let expected = json!({
            "type": "object", "additionalProperties": false, "required": ["from", "to", "name", "speed", "code"],
            "properties": {
                "from": { "type": "string" }, "to": { "type": "string" },
                "stops": { "type": "array", "items": { "type": "string" }, "default": [] },
                "days": { "type": "integer", "default": 7 }, "name": { "type": "string" },
                "speed": { "type": "integer", "minimum": 1, "maximum": 3, "description": "How fast." },
                "code": { "type": "string", "minLength": 2, "pattern": "^a" }, "type": { "type": "string" },
            },
        });
        wrong.same("the schema", &list["result"]["tools"][0]["inputSchema"], &expected);
        wire.close().await;
    });
}

#[tool]
async fn oddly_named(#[serde(rename = "a/b~c")] value: u8) -> u8 {
    value
}

/// A name is a name, also where it would mean something in a JSON pointer.
#[test]
fn a_name_with_slashes() {
    run(async {
        let client = Server::new("test", "1.0.0").items(items![oddly_named]).client().await.unwrap();
        let schema = client.list("tools").await.unwrap()[0]["inputSchema"].take();
        assert_eq!(schema["properties"]["a/b~c"], json!({ "type": "integer", "minimum": 0, "maximum": 255 }));
        assert_eq!(schema["required"], json!(["a/b~c"]));
        assert_eq!(client.call("oddly_named", json!({ "a/b~c": 7 })).await.unwrap().text(), "7");
        let wrong = client.call("oddly_named", json!({ "a/b~c": 300 })).await.unwrap();
        assert!(wrong.text().contains("`a/b~c` must be at most 255, got 300"), "{}", wrong.text());
    });
}
