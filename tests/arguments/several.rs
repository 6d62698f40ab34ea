//! Several arguments: all problems at once, whatever is wrong with them.

use mcp_runtime::{Server, items, tool};
use serde_json::{Value, json};

use crate::common::{MODERN, Verdict, Wire, call, request, run};
use crate::values::scalars;
use crate::{Expected, problems};

#[tool]
async fn several(a: i64, #[arg(default = 5)] b: i64, c: Option<String>, #[arg(default)] d: Vec<i64>) -> String {
    format!("{a} {b} {c:?} {d:?}")
}

#[tool]
async fn none() -> &'static str {
    "none"
}

#[test]
fn several_arguments() {
    let rows: [(&str, &str, Expected); 22] = [
        ("several", r#"{"a":1}"#, Ok("1 5 None []")),
        ("several", r#"{"a":1,"b":null,"c":null,"d":null}"#, Ok("1 5 None []")),
        ("several", r#"{"d":[1],"c":"x","b":"2","a":"1"}"#, Ok("1 2 Some(\"x\") [1]")),
        ("several", "{}", Err(&["`a` is required"])),
        ("several", "null", Err(&["`a` is required"])),
        ("several", r#"{"a":null}"#, Err(&["`a` must be an integer, got null"])),
        ("several", r#"{"a":1,"a":2}"#, Err(&["`a` is given twice"])),
        ("several", r#"{"a":1,"a":1}"#, Err(&["`a` is given twice"])),
        ("several", r#"{"a":1,"b":1,"b":null}"#, Err(&["`b` is given twice"])),
        ("several", r#"{"a":1,"e":2}"#, Err(&["`e` is not an argument; known: `a`, `b`, `c`, `d`"])),
        ("several", r#"{"a":1,"A":2}"#, Err(&["`A` is not an argument; known: `a`, `b`, `c`, `d`; did you mean `a`?"])),
        ("several", r#"{"a":1,"a\u0000":2}"#, Err(&["`a\u{0}` is not an argument; known: `a`, `b`, `c`, `d`"])),
        ("several", r#"{"a":1," b":2}"#, Err(&["` b` is not an argument; known: `a`, `b`, `c`, `d`"])),
        (
            "several",
            r#"{"b":"x","c":1,"d":[null,"y"],"e":0}"#,
            Err(&[
                "`e` is not an argument; known: `a`, `b`, `c`, `d`",
                "`a` is required",
                "`b` must be an integer, got the string \"x\"",
                "`c` must be a string, got 1",
                "`d[0]` must be an integer, got null",
                "`d[1]` must be an integer, got the string \"y\"",
            ]),
        ),
        ("none", "{}", Ok("none")),
        ("none", "null", Ok("none")),
        ("none", r#"{"x":1}"#, Err(&["`x` is not an argument; there are none"])),
        (
            "bounded",
            r#"{"days":3,"name":"ab","code":"AB1","mail":"a@b.c","when":"2026-01-31","list":[1],"speed":0.5}"#,
            Ok("3 ab AB1 a@b.c 2026-01-31 [1] 0.5"),
        ),
        (
            "bounded",
            r#"{"days":8,"name":"","code":"ab","mail":"nobody","when":"31.1.2026","list":[],"speed":1.0}"#,
            Err(&[
                "`days` must be at most 7, got 8",
                "`name` must be at least 1 character long, got 0",
                "`code` must match the pattern `^[A-Z]{2}[0-9]$`, got the string \"ab\"",
                "`mail` must be an email address, got the string \"nobody\"",
                "`when` must be a date like `2026-07-28`, got the string \"31.1.2026\"",
                "`list` must have at least 1 item, got 0",
                "`speed` must be less than 1.0, got 1.0",
            ]),
        ),
        (
            "bounded",
            r#"{"days":0,"name":"ééééé","code":"AB12","mail":"a@b","when":"2026-02-30","list":[1,2,3],"speed":-0.1}"#,
            Err(&[
                "`days` must be at least 1, got 0",
                "`name` must be at most 4 characters long, got 5",
                "`code` must match the pattern `^[A-Z]{2}[0-9]$`, got the string \"AB12\"",
                "`when` must be a date like `2026-07-28`, got the string \"2026-02-30\"",
                "`list` must have at most 2 items, got 3",
                "`speed` must be at least 0.0, got -0.1",
            ]),
        ),
        (
            "bounded",
            r#"{"days":"8","name":"éééé","code":"AB1","mail":"a@b.c","when":"2024-02-29","list":"[1,2]","speed":"0.0"}"#,
            Err(&["`days` must be at most 7, got 8"]),
        ),
        (
            "bounded",
            r#"{"days":"7","name":"éééé","code":"AB1","mail":"a@b.c","when":"2024-02-29","list":"[1,2]","speed":"0.0"}"#,
            Ok("7 éééé AB1 a@b.c 2024-02-29 [1, 2] 0"),
        ),
    ];
    let mut wrong = Verdict::default();
    run(async {
        let mut wire = Wire::open_in(MODERN, Server::new("test", "1.0.0").items(items![several, none, bounded])).await;
        for (tool, arguments, expected) in rows {
            let line = call(MODERN, 1, tool, json!("ARGUMENTS")).to_string().replace("\"ARGUMENTS\"", arguments);
            let answer: Value = serde_json::from_str(&wire.exchange(line).await).unwrap();
            match expected {
                Ok(text) => wrong.same(
                    format_args!("{tool} {arguments}"),
                    &answer["result"]["content"],
                    &json!([{ "type": "text", "text": text }]),
                ),
                Err(expected) => {
                    wrong.same(format_args!("{tool} {arguments}"), &json!(problems(&answer)), &json!(expected));
                }
            }
        }
        wire.close().await;
    });
}

#[tool]
async fn bounded(
    /// How many.
    #[arg(range = 1..=7, example = 3)]
    days: u8,
    #[arg(length = 1..5, name = "name", description = "Who.")] who: String,
    #[arg(pattern = "^[A-Z]{2}[0-9]$")] code: String,
    #[arg(format = "email")] mail: String,
    #[arg(format = "date")] when: String,
    #[arg(length = 1..=2)] list: Vec<i64>,
    #[arg(range = 0.0..1.0)] speed: f64,
) -> String {
    format!("{days} {who} {code} {mail} {when} {list:?} {speed}")
}

/// What `#[arg]` says is what is published.
#[test]
fn schemas_of_bounds() {
    run(async {
        let mut wire = Wire::open_in(MODERN, Server::new("test", "1.0.0").items(items![bounded, several])).await;
        let list = wire.ask(&request(MODERN, 1, "tools/list", Value::Null)).await;
        let bounded = json!({
            "type": "object", "additionalProperties": false,
            "required": ["days", "name", "code", "mail", "when", "list", "speed"],
            "properties": {
                "days": { "type": "integer", "minimum": 1, "maximum": 7, "description": "How many.", "examples": [3] },
                "name": { "type": "string", "minLength": 1, "maxLength": 4, "description": "Who." },
                "code": { "type": "string", "pattern": "^[A-Z]{2}[0-9]$" },
                "mail": { "type": "string", "format": "email" },
                "when": { "type": "string", "format": "date" },
                "list": { "type": "array", "items": { "type": "integer" }, "minItems": 1, "maxItems": 2 },
                "speed": { "type": "number", "minimum": 0.0, "exclusiveMaximum": 1.0 },
            },
        });
        let mut wrong = Verdict::default();
        wrong.same("bounded", &list["result"]["tools"][0]["inputSchema"], &bounded);
        let several = json!({
            "type": "object", "additionalProperties": false, "required": ["a"],
            "properties": {
                "a": { "type": "integer" }, "b": { "type": "integer", "default": 5 }, "c": { "type": "string" },
                "d": { "type": "array", "items": { "type": "integer" }, "default": [] },
            },
        });
        wrong.same("several", &list["result"]["tools"][1]["inputSchema"], &several);
        wire.close().await;
    });
}

/// Parameters come in the order of the function, also as text: that is what models read.
#[test]
fn order_of_parameters() {
    run(async {
        let mut wire = Wire::open_in("2025-06-18", Server::new("test", "1.0.0").items(items![bounded])).await;
        let line = wire.exchange(request("2025-06-18", 1, "tools/list", Value::Null).to_string()).await;
        let places: Vec<_> =
            ["\"days\":", "\"name\":{", "\"code\":", "\"mail\":", "\"when\":", "\"list\":", "\"speed\":"]
                .iter()
                .map(|key| line.find(key).unwrap())
                .collect();
        assert!(places.is_sorted(), "{line}");
        wire.close().await;
    });
}

/// In older revisions programs get the problems one by one.
#[test]
fn problems_for_programs() {
    run(async {
        for revision in ["2024-11-05", "2025-03-26", "2025-06-18"] {
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(items![several])).await;
            let answer = wire.ask(&call(revision, 1, "several", json!({ "d": [1, "x"] }))).await;
            let expected = json!({
                "code": -32602,
                "message": "invalid arguments for `several`:\n- `a` is required\n- `d[1]` must be an integer, got the string \"x\"",
                "data": { "errors": [
                    { "field": "a", "problem": "is required" },
                    { "field": "d[1]", "problem": "must be an integer, got the string \"x\"" },
                ]},
            });
            assert_eq!(answer["error"], expected, "{revision}");
            wire.close().await;
        }
    });
}

/// Hosts also send all arguments as JSON text; what is in it is looked at as closely as ever.
#[test]
fn arguments_as_text() {
    let good = r#"invalid arguments for `several`:"#;
    let rows = [
        (r#"{"a":1}"#, Ok("1 5 None []")),
        (" {\"a\": \"1\", \"d\": \"[2]\"}\n", Ok("1 5 None [2]")),
        ("{}", Err("- `a` is required")),
        (r#"{"a":1,"a":2}"#, Err("- `a` is given twice")),
        (r#"{"a":1,"e":2}"#, Err("- `e` is not an argument")),
        ("[1]", Err("`arguments` must be an object")),
        ("\"{}\"", Err("`arguments` must be an object")),
        ("", Err("`arguments` must be an object")),
        ("a", Err("`arguments` must be an object")),
        ("{\"a\":1", Err("`arguments` must be an object")),
        ("{\"a\":1} {}", Err("`arguments` must be an object")),
    ];
    run(async {
        let mut wire = Wire::open_in("2025-06-18", Server::new("test", "1.0.0").items(items![several])).await;
        for (text, expected) in rows {
            let answer = wire.ask(&call("2025-06-18", 1, "several", json!(text))).await;
            match expected {
                Ok(expected) => assert_eq!(answer["result"]["content"][0]["text"], expected, "{text}: {answer}"),
                Err(part) => {
                    assert_eq!(answer["error"]["code"], -32602, "{text}: {answer}");
                    let said = answer["error"]["message"].as_str().unwrap();
                    assert!(said.contains(part), "{text}: {said}");
                    assert_eq!(said.starts_with(good), part.starts_with('-'), "{text}: {said}");
                }
            }
        }
        wire.close().await;
    });
}

/// Text within text is no way around the limit of nesting.
#[test]
fn deep_text() {
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let wrapped = |times: usize| (0..times).fold("1".to_owned(), |inner, _| json!([inner]).to_string());
    run(async {
        for revision in ["2025-06-18", MODERN] {
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(scalars())).await;
            for value in [
                deep(100),
                deep(200),
                deep(200_000),
                "[".repeat(200_000),
                wrapped(12),
                format!("{{\"a\":{}}}", deep(200_000)),
            ] {
                for tool in ["integer", "list", "address", "anything", "map", "string"] {
                    let answer = wire.ask(&call(revision, 1, tool, json!({ "x": value }))).await;
                    let is_taken = answer["result"].is_object() && answer["result"].get("isError").is_none();
                    assert_eq!(
                        is_taken,
                        ["string", "anything"].contains(&tool),
                        "{tool} gets {value:.40}: {answer:.400}"
                    );
                }
                let all = wire.ask(&call(revision, 1, "integer", json!(format!("{{\"x\":{value}}}")))).await;
                assert!(all["error"].is_object() || all["result"]["isError"] == true, "{value:.40}: {all:.400}");
            }
            wire.close().await;
        }
    });
}

/// However much is wrong, the answer stays short.
#[test]
fn very_much_is_wrong() {
    run(async {
        for revision in ["2025-06-18", MODERN] {
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(scalars())).await;
            let many: serde_json::Map<_, _> = (0..3_000).map(|number| (format!("n{number}"), json!(1))).collect();
            for (tool, value) in
                [("list", json!({ "x": vec!["a"; 3_000] })), ("integer", json!(many)), ("strict", json!({ "x": many }))]
            {
                let answer = wire.ask(&call(revision, 1, tool, value)).await;
                let length = answer.to_string().len();
                assert!(length < 20_000, "{tool} in {revision}: {length} bytes");
                assert!(!problems(&answer).is_empty(), "{tool} in {revision}");
            }
            wire.close().await;
        }
    });
}
