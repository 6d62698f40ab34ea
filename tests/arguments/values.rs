//! One argument of every type: what is taken, what is forgiven, what is refused.

use std::collections::{BTreeMap, BTreeSet};

use mcp_runtime::{Item, Server, items, model, tool};
use serde_json::{Value, json};

use crate::common::{MODERN, Verdict, Wire, call, run};
use crate::{Color, Expected, problems};

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

pub(crate) fn scalars() -> Vec<Item> {
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
