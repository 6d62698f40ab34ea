//! What clients fill in: what is accepted, what is refused and how, and that what is published is what is enforced.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test is allowed to fail")]
#![allow(clippy::arithmetic_side_effects, clippy::needless_pass_by_value, reason = "a test is to be read")]

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use common::{MODERN, Verdict, Wire, call, request, run};
use mcp_runtime::{Item, Server, items, model, prompt, resource, tool};
use serde_json::{Value, json};

#[model]
#[derive(Debug)]
struct Address {
    street: String,
    number: Option<u16>,
    #[serde(default)]
    tags: Vec<String>,
}

#[model]
#[derive(Debug)]
enum Color {
    Red,
    Green,
}

#[model]
#[derive(Debug)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Shape {
    Circle { radius: f64 },
    Square { side: u8 },
}

#[model]
#[derive(Debug)]
#[serde(deny_unknown_fields)]
struct Strict {
    a: i32,
}

macro_rules! one {
    ($($name:ident: $type:ty;)*) => {$(
        #[tool]
        async fn $name(x: $type) -> String {
            format!("{x:?}")
        }
    )*};
}

one! {
    integer: i64;
    small: u8;
    signed: i8;
    float: f64;
    boolean: bool;
    string: String;
    character: char;
    optional: Option<i64>;
    optional_string: Option<String>;
    list: Vec<i64>;
    strings: Vec<String>;
    set: BTreeSet<i64>;
    array: [i64; 2];
    pair: (i64, String);
    map: BTreeMap<String, i64>;
    address: Address;
    addresses: Vec<Address>;
    color: Color;
    shape: Shape;
    strict: Strict;
    anything: Value;
    big: u64;
    huge: i128;
    text_or_number: serde_json::Number;
}

fn scalars() -> Vec<Item> {
    items![
        integer,
        small,
        signed,
        float,
        boolean,
        string,
        character,
        optional,
        optional_string,
        list,
        strings,
        set,
        array,
        pair,
        map,
        address,
        addresses,
        color,
        shape,
        strict,
        anything,
        big,
        huge,
        text_or_number
    ]
    .to_vec()
}

/// What the function got, or the problems that the client is told.
type Expected = Result<&'static str, &'static [&'static str]>;

/// One value for one tool.
type Row = (&'static str, &'static str, Expected);

const ROWS: &[Row] = &[
    // Right as they are.
    ("integer", "3", Ok("3")),
    ("integer", "-9223372036854775808", Ok("-9223372036854775808")),
    ("float", "3", Ok("3.0")),
    ("float", "-1.5e3", Ok("-1500.0")),
    ("boolean", "false", Ok("false")),
    ("string", "\"3\"", Ok("\"3\"")),
    ("string", "\"\\u00e9\\n\"", Ok("\"é\\n\"")),
    ("string", "\"null\"", Ok("\"null\"")),
    ("character", "\"é\"", Ok("'é'")),
    ("big", "18446744073709551615", Ok("18446744073709551615")),
    ("array", "[1,2]", Ok("[1, 2]")),
    ("pair", "[1,\"2\"]", Ok("(1, \"2\")")),
    ("map", "{\"a\":1}", Ok("{\"a\": 1}")),
    ("color", "\"Red\"", Ok("Red")),
    ("shape", "{\"kind\":\"circle\",\"radius\":1}", Ok("Circle { radius: 1.0 }")),
    ("address", "{\"street\":\"s\"}", Ok("Address { street: \"s\", number: None, tags: [] }")),
    ("strict", "{\"a\":1}", Ok("Strict { a: 1 }")),
    ("anything", "\"3\"", Ok("String(\"3\")")),
    ("anything", "null", Ok("Null")),
    ("anything", "[1]", Ok("Array [Number(1)]")),
    // Forgiven, because nothing is lost.
    ("integer", "\"3\"", Ok("3")),
    ("integer", "\"-3\"", Ok("-3")),
    ("integer", "3.0", Ok("3")),
    ("integer", "\"3.0\"", Ok("3")),
    ("integer", "1e3", Ok("1000")),
    ("integer", "-0", Ok("0")),
    ("small", "\"255\"", Ok("255")),
    ("float", "\"2.5\"", Ok("2.5")),
    ("boolean", "\"true\"", Ok("true")),
    ("boolean", "\"false\"", Ok("false")),
    ("optional", "\"4\"", Ok("Some(4)")),
    ("list", "\"[1,2]\"", Ok("[1, 2]")),
    ("list", "[\"1\",2]", Ok("[1, 2]")),
    ("list", "\"[\\\"1\\\"]\"", Ok("[1]")),
    ("strings", "\"[\\\"1\\\"]\"", Ok("[\"1\"]")),
    ("map", "\"{\\\"a\\\":1}\"", Ok("{\"a\": 1}")),
    ("map", "{\"a\":\"1\"}", Ok("{\"a\": 1}")),
    ("address", "\"{\\\"street\\\":\\\"s\\\"}\"", Ok("Address { street: \"s\", number: None, tags: [] }")),
    (
        "address",
        "{\"street\":\"s\",\"number\":\"7\",\"tags\":\"[\\\"t\\\"]\"}",
        Ok("Address { street: \"s\", number: Some(7), tags: [\"t\"] }"),
    ),
    (
        "address",
        "{\"street\":\"s\",\"number\":null,\"tags\":null}",
        Ok("Address { street: \"s\", number: None, tags: [] }"),
    ),
    (
        "addresses",
        "[{\"street\":\"s\",\"number\":\"7\"}]",
        Ok("[Address { street: \"s\", number: Some(7), tags: [] }]"),
    ),
    ("shape", "{\"kind\":\"square\",\"side\":\"4\"}", Ok("Square { side: 4 }")),
    // `null` for what may be left out.
    ("optional", "null", Ok("None")),
    ("optional_string", "null", Ok("None")),
    ("optional_string", "\"null\"", Ok("Some(\"null\")")),
    // Never the other way round.
    ("string", "3", Err(&["`x` must be a string, got 3"])),
    ("string", "true", Err(&["`x` must be a string, got true"])),
    ("string", "null", Err(&["`x` must be a string, got null"])),
    ("string", "[]", Err(&["`x` must be a string, got a list"])),
    ("string", "{}", Err(&["`x` must be a string, got an object"])),
    ("optional_string", "5", Err(&["`x` must be a string, got 5"])),
    ("strings", "[1]", Err(&["`x[0]` must be a string, got 1"])),
    ("strings", "\"a\"", Err(&["`x` must be a list, got the string \"a\""])),
    // Not without loss, or not without doubt.
    ("integer", "3.5", Err(&["`x` must be an integer, got 3.5"])),
    ("integer", "\"3.5\"", Err(&["`x` must be an integer, got the string \"3.5\""])),
    ("integer", "\"\"", Err(&["`x` must be an integer, got the string \"\""])),
    ("integer", "\" 3\"", Err(&["`x` must be an integer, got the string \" 3\""])),
    ("integer", "\"0x10\"", Err(&["`x` must be an integer, got the string \"0x10\""])),
    ("integer", "\"1,000\"", Err(&["`x` must be an integer, got the string \"1,000\""])),
    ("integer", "\"three\"", Err(&["`x` must be an integer, got the string \"three\""])),
    ("integer", "true", Err(&["`x` must be an integer, got true"])),
    ("integer", "null", Err(&["`x` must be an integer, got null"])),
    ("integer", "[3]", Err(&["`x` must be an integer, got a list"])),
    ("boolean", "1", Err(&["`x` must be a boolean, got 1"])),
    ("boolean", "\"yes\"", Err(&["`x` must be a boolean, got the string \"yes\""])),
    ("boolean", "\"True\"", Err(&["`x` must be a boolean, got the string \"True\""])),
    ("list", "1", Err(&["`x` must be a list, got 1"])),
    ("list", "\"1,2\"", Err(&["`x` must be a list, got the string \"1,2\""])),
    ("list", "{\"0\":1}", Err(&["`x` must be a list, got an object"])),
    ("float", "\"NaN\"", Err(&["`x` must be a number, got the string \"NaN\""])),
    ("float", "\"inf\"", Err(&["`x` must be a number, got the string \"inf\""])),
    // What the schema says is enforced.
    ("small", "256", Err(&["`x` must be at most 255, got 256"])),
    ("small", "-1", Err(&["`x` must be at least 0, got -1"])),
    ("small", "\"256\"", Err(&["`x` must be at most 255, got 256"])),
    ("signed", "-129", Err(&["`x` must be at least -128, got -129"])),
    ("array", "[1]", Err(&["`x` must have at least 2 items, got 1"])),
    ("array", "[1,2,3]", Err(&["`x` must have at most 2 items, got 3"])),
    ("color", "\"Blue\"", Err(&["`x` must be one of `Red`, `Green`, got `Blue`"])),
    ("color", "\"red\"", Err(&["`x` must be one of `Red`, `Green`, got `red`; did you mean `Red`?"])),
    ("character", "\"ab\"", Err(&["`x` must be at most 1 character long, got 2"])),
    ("character", "\"\"", Err(&["`x` must be at least 1 character long, got 0"])),
    ("set", "[1,1]", Err(&["`x[1]` is in the list twice; all items must be different"])),
    // All problems at once, each with its path.
    (
        "list",
        "[1,\"a\",2,null]",
        Err(&["`x[1]` must be an integer, got the string \"a\"", "`x[3]` must be an integer, got null"]),
    ),
    (
        "address",
        "{\"number\":70000,\"tags\":[1,\"a\",true]}",
        Err(&[
            "`x.number` must be at most 65535, got 70000",
            "`x.tags[0]` must be a string, got 1",
            "`x.tags[2]` must be a string, got true",
            "`x.street` is required",
        ]),
    ),
    (
        "addresses",
        "[{},{\"street\":1},{\"street\":\"s\"}]",
        Err(&["`x[0].street` is required", "`x[1].street` must be a string, got 1"]),
    ),
    ("map", "{\"a\":1,\"b\":\"x\"}", Err(&["`x.b` must be an integer, got the string \"x\""])),
    ("strict", "{\"a\":1,\"b\":2}", Err(&["`x.b` is not a known field; known: `a`"])),
    ("strict", "{\"a\":1,\"a\":2}", Err(&["`x.a` is given twice"])),
    ("address", "{\"street\":\"s\",\"street\":\"t\"}", Err(&["`x.street` is given twice"])),
    (
        "shape",
        "{\"kind\":\"circle\",\"radius\":\"wide\"}",
        Err(&["`x.radius` must be a number, got the string \"wide\""]),
    ),
    ("shape", "{\"kind\":\"triangle\"}", Err(&["`x.kind` must be one of `circle`, `square`, got `triangle`"])),
];

/// The problems of a refusal, without the dashes.
fn problems(answer: &Value) -> Vec<String> {
    let text =
        answer["result"]["content"][0]["text"].as_str().or(answer["error"]["message"].as_str()).unwrap_or_default();
    text.lines().skip(1).map(|line| line.strip_prefix("- ").unwrap_or(line).to_owned()).collect()
}

#[test]
fn one_argument_of_every_type() {
    let mut wrong = Verdict::default();
    run(async {
        for revision in ["2025-06-18", MODERN] {
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(scalars())).await;
            for (tool, value, expected) in ROWS {
                let line = call(revision, 1, tool, json!({ "x": "VALUE" })).to_string().replace("\"VALUE\"", value);
                let answer: Value = serde_json::from_str(&wire.exchange(line).await).unwrap();
                let case = format!("{tool} gets {value} in {revision}");
                match expected {
                    Ok(debug) => {
                        wrong.same(&case, &answer["result"]["content"][0]["text"], &json!(debug));
                        wrong.that(&case, answer["result"].get("isError").is_none(), &answer);
                    }
                    Err(expected) => {
                        wrong.same(&case, &json!(problems(&answer)), &json!(expected));
                        let (code, is_error) = (&answer["error"]["code"], &answer["result"]["isError"]);
                        let fits = if revision < "2025-11-25" { *code == -32602 } else { *is_error == true };
                        wrong.that(&case, fits, &answer);
                    }
                }
            }
            wire.close().await;
        }
    });
}

/// Numbers that a type cannot hold are refused in words that a model can act on, and reach no function.
#[test]
fn numbers_out_of_range() {
    let mut wrong = Verdict::default();
    run(async {
        let mut wire = Wire::open_in(MODERN, Server::new("test", "1.0.0").items(scalars())).await;
        for (tool, value) in [
            ("integer", "9223372036854775808"),
            ("integer", "-9223372036854775809"),
            ("integer", "1e400"),
            ("big", "18446744073709551616"),
            ("big", "-1"),
            ("float", "1e400"),
            ("integer", "1e19"),
            ("integer", "\"9223372036854775808\""),
            ("small", "1e3"),
        ] {
            let line = call(MODERN, 1, tool, json!({ "x": "VALUE" })).to_string().replace("\"VALUE\"", value);
            let answer: Value = serde_json::from_str(&wire.exchange(line).await).unwrap();
            let problems = problems(&answer);
            let case = format!("{tool} gets {value}");
            wrong.that(
                &case,
                answer["result"]["isError"] == true && problems.len() == 1 && problems[0].starts_with("`x` "),
                &answer,
            );
            let leaks = ["i64", "u64", "invalid value", "floating point", "at line"]
                .iter()
                .any(|word| answer.to_string().contains(word));
            wrong.that(format_args!("{case}: plain words"), !leaks, &answer);
        }
        wire.close().await;
    });
}

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

// Templates.

/// What reached a function of a template.
static REACHED: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn reached(text: String) -> String {
    REACHED.lock().unwrap_or_else(PoisonError::into_inner).push(text.clone());
    text
}

#[resource("one://{name}")]
async fn t_one(name: String) -> String {
    reached(format!("one {name}"))
}

#[resource("path:///{+path}")]
async fn t_path(path: String) -> String {
    reached(format!("path {path}"))
}

#[resource("user://{id}/posts/{post}{?page,sort}")]
async fn t_typed(id: u32, post: Color, page: Option<u8>, #[arg(default = Color::Red)] sort: Color) -> String {
    reached(format!("typed {id} {post:?} {page:?} {sort:?}"))
}

#[resource("range://{n}")]
async fn t_range(#[arg(range = 1..=3)] n: i64) -> String {
    reached(format!("range {n}"))
}

#[test]
fn values_of_templates() {
    let good = [
        ("one://a", "one a"),
        ("ONE://a", "one a"),
        ("one://a%20b", "one a b"),
        ("one://%C3%A9", "one é"),
        ("one://a.b", "one a.b"),
        ("one://..a", "one ..a"),
        ("one://a..", "one a.."),
        ("path:///a/b/c.txt", "path a/b/c.txt"),
        ("path:///a", "path a"),
        ("path:///a%2fb", "path a/b"),
        ("user://7/posts/Red", "typed 7 Red None Red"),
        ("user://7/posts/Green?page=2&sort=Green", "typed 7 Green Some(2) Green"),
        ("user://7/posts/Green?sort=Green", "typed 7 Green None Green"),
        ("user://7/posts/Green?page=2&other=1", "typed 7 Green Some(2) Red"),
        ("range://3", "range 3"),
    ];
    let bad = [
        "one://",
        "one://a/b",
        "one://..",
        "one://.",
        "one://%2e%2e",
        "one://%2E.",
        "one://%252e%252e",
        "one://a%2fb",
        "one://a%2Fb",
        "one://a%5cb",
        "one://a\\b",
        "one://%00",
        "one://a%00",
        "one://a\u{0}",
        "one://%2f",
        "one://%",
        "one://%zz",
        "one://%ff",
        "one://%c0%af",
        "one://%252f",
        "one://..%2f..%2fetc%2fpasswd",
        "one://..\\..",
        "one://%0a",
        "one:a",
        "path:///..",
        "path:///../a",
        "path:///a/../b",
        "path:///a/..",
        "path:////a",
        "path:///%2fa",
        "path:///%2e%2e/a",
        "path:///a/%2e%2e/b",
        "path:///a%2f..%2fb",
        "path:///C:/a",
        "path:///c%3a/a",
        "path:///a/./b",
        "path:///a//b",
        "path:///a%00",
        "path:///..%5ca",
        "path:///%252e%252e/a",
        "path:///\\\\host",
        "user://x/posts/Red",
        "user://-1/posts/Red",
        "user://4294967296/posts/Red",
        "user://7/posts/red",
        "user://7/posts/Red?page=256",
        "user://7/posts/Red?page=x",
        "user://7/posts/Red?page=1&page=2",
        "user://7/posts/",
        "user:///posts/Red",
        "user://7.5/posts/Red",
        "range://0",
        "range://4",
        "range://two",
    ];
    let mut wrong = Verdict::default();
    run(async {
        for (revision, code) in [("2025-11-25", -32002), (MODERN, -32602)] {
            let mut wire =
                Wire::open_in(revision, Server::new("test", "1.0.0").items(items![t_one, t_path, t_typed, t_range]))
                    .await;
            for (uri, text) in good {
                let answer = wire.ask(&request(revision, 1, "resources/read", json!({ "uri": uri }))).await;
                wrong.same(
                    format_args!("{uri} in {revision}"),
                    &answer["result"]["contents"],
                    &json!([{ "uri": uri, "text": text }]),
                );
            }
            REACHED.lock().unwrap().clear();
            for uri in bad {
                let answer = wire.ask(&request(revision, 1, "resources/read", json!({ "uri": uri }))).await;
                wrong.that(format_args!("{uri} in {revision}"), answer["error"]["code"] == code, &answer);
                wrong.that(format_args!("{uri} in {revision}: data"), answer["error"]["data"]["uri"] == uri, &answer);
            }
            let reached = std::mem::take(&mut *REACHED.lock().unwrap());
            wrong.that(
                format_args!("nothing bad reaches a function in {revision}"),
                reached.is_empty(),
                format_args!("{reached:?}"),
            );
            wire.close().await;
        }
    });
}

// Prompts.

#[prompt]
async fn typed_prompt(
    count: u8,
    /// Which.
    color: Color,
    #[arg(default = true)] polite: bool,
    words: Option<Vec<String>>,
    text: Option<String>,
) -> String {
    format!("{count} {color:?} {polite} {words:?} {text:?}")
}

#[test]
fn arguments_of_prompts() {
    let rows: [(Value, Expected); 8] = [
        (json!({ "count": "3", "color": "Red" }), Ok("3 Red true None None")),
        (
            json!({ "count": "3", "color": "Red", "polite": "false", "words": "[\"a\"]", "text": "5" }),
            Ok("3 Red false Some([\"a\"]) Some(\"5\")"),
        ),
        (json!({ "count": 3, "color": "Red" }), Ok("3 Red true None None")),
        (json!({ "count": "300", "color": "Red" }), Err(&["`count` must be at most 255, got 300"])),
        (
            json!({ "count": "x", "color": "Rad", "polite": "maybe", "more": "" }),
            Err(&[
                "`more` is not an argument; known: `count`, `color`, `polite`, `words`, `text`",
                "`count` must be an integer, got the string \"x\"",
                "`color` must be one of `Red`, `Green`, got `Rad`; did you mean `Red`?",
                "`polite` must be a boolean, got the string \"maybe\"",
            ]),
        ),
        (json!({}), Err(&["`count` is required", "`color` is required"])),
        (Value::Null, Err(&["`count` is required", "`color` is required"])),
        (
            json!({ "count": "1", "color": "Green", "words": "a, b" }),
            Err(&["`words` must be a list, got the string \"a, b\""]),
        ),
    ];
    let mut wrong = Verdict::default();
    run(async {
        for revision in ["2024-11-05", "2025-11-25", MODERN] {
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(items![typed_prompt])).await;
            for (arguments, expected) in &rows {
                let params = json!({ "name": "typed_prompt", "arguments": arguments });
                let answer = wire.ask(&request(revision, 1, "prompts/get", params)).await;
                match expected {
                    Ok(text) => wrong.same(
                        format_args!("{arguments} in {revision}"),
                        &answer["result"]["messages"][0]["content"]["text"],
                        &json!(text),
                    ),
                    Err(expected) => {
                        wrong.same(format_args!("{arguments} in {revision}"), &answer["error"]["code"], &json!(-32602));
                        wrong.same(
                            format_args!("{arguments} in {revision}"),
                            &json!(problems(&answer)),
                            &json!(expected),
                        );
                        let count = answer["error"]["data"]["errors"].as_array().map(Vec::len);
                        wrong.that(
                            format_args!("{arguments} in {revision}: data"),
                            count == Some(expected.len()),
                            &answer,
                        );
                    }
                }
            }
            let list = wire.ask(&request(revision, 1, "prompts/list", Value::Null)).await;
            let expected = json!([
                { "name": "count", "required": true }, { "name": "color", "description": "Which.", "required": true },
                { "name": "polite", "required": false }, { "name": "words", "required": false }, { "name": "text", "required": false },
            ]);
            wrong.same(
                format_args!("the arguments in {revision}"),
                &list["result"]["prompts"][0]["arguments"],
                &expected,
            );
            wire.close().await;
        }
    });
}

// Enforced is what is published: a client that follows the schema is understood, one that does not is refused.

#[model]
#[derive(Debug)]
struct Order {
    #[schemars(range(min = 1))]
    amount: u32,
    #[schemars(length(max = 3))]
    lines: Vec<Line>,
    #[serde(flatten)]
    rest: HashMap<String, Value>,
}

#[model]
#[derive(Debug)]
struct Line {
    #[serde(rename = "articleNumber")]
    article: String,
    #[schemars(extend("multipleOf" = 5))]
    grams: u32,
}

#[tool]
async fn order(order: Order) -> usize {
    order.lines.len() + order.rest.len() + order.amount as usize
}

#[test]
fn nested_models() {
    let rows: [(Value, Expected); 5] = [
        (json!({ "amount": 1, "lines": [{ "articleNumber": "a", "grams": 5 }], "note": "x" }), Ok("3")),
        (json!({ "amount": "2", "lines": "[]" }), Ok("2")),
        (
            json!({ "amount": 0, "lines": [{ "article": "a", "grams": 7 }, { "articleNumber": "a", "grams": -5 }] }),
            Err(&[
                "`order.amount` must be at least 1, got 0",
                "`order.lines[0].grams` must be a multiple of 5, got 7",
                "`order.lines[0].articleNumber` is required",
                "`order.lines[1].grams` must be at least 0, got -5",
            ]),
        ),
        (
            json!({ "amount": 1, "lines": [1, 2, 3, 4] }),
            Err(&[
                "`order.lines[0]` must be an object, got 1",
                "`order.lines[1]` must be an object, got 2",
                "`order.lines[2]` must be an object, got 3",
                "`order.lines[3]` must be an object, got 4",
                "`order.lines` must have at most 3 items, got 4",
            ]),
        ),
        (json!([]), Err(&["`order` must be an object, got a list"])),
    ];
    let mut wrong = Verdict::default();
    run(async {
        let mut wire = Wire::open_in(MODERN, Server::new("test", "1.0.0").items(items![order])).await;
        for (value, expected) in &rows {
            let answer = wire.ask(&call(MODERN, 1, "order", json!({ "order": value }))).await;
            match expected {
                Ok(text) => wrong.same(value, &answer["result"]["content"][0]["text"], &json!(text)),
                Err(expected) => {
                    let mut got = problems(&answer);
                    let mut expected: Vec<String> = expected.iter().map(|problem| (*problem).to_owned()).collect();
                    got.sort();
                    expected.sort();
                    wrong.same(value, &json!(got), &json!(expected));
                }
            }
        }
        wire.close().await;
    });
}
