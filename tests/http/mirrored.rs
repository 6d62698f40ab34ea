//! Headers that repeat what the body says (2026-07-28, Streamable HTTP, Request Metadata).

use serde_json::{Value, json};

use crate::common::{LEGACY, Verdict};
use crate::expect::{HEADERS, Is, PARAMS, table, verify};
use crate::fixture::Running;
use crate::requests::{Request, call, modern};

const WRONG: Is = Is::Error(400, HEADERS);

fn list() -> Request {
    modern(1, "tools/list", json!({}))
}

fn echo() -> Request {
    call(2, "echo", json!({ "message": "hi" }))
}

fn read(uri: &str) -> Request {
    modern(3, "resources/read", json!({ "uri": uri }))
}

#[test]
fn names_of_headers_have_any_case() {
    let server = Running::start();
    table(
        &server,
        [
            ("lower", echo().renamed(str::to_ascii_lowercase), Is::Result),
            ("upper", echo().renamed(str::to_ascii_uppercase), Is::Result),
            ("lower, wrong", echo().with("Mcp-Name", "ecco").renamed(str::to_ascii_lowercase), WRONG),
            ("upper, wrong", echo().with("Mcp-Method", "x").renamed(str::to_ascii_uppercase), WRONG),
        ],
    );
}

#[test]
fn spaces_around_values_are_nothing() {
    let server = Running::start();
    table(
        &server,
        [
            ("name", echo().with("Mcp-Name", "  echo \t "), Is::Result),
            ("method", echo().with("Mcp-Method", "\ttools/call   "), Is::Result),
            ("version", echo().with("MCP-Protocol-Version", "   2026-07-28  "), Is::Result),
            ("in the middle", list().with("Mcp-Method", "tools/ list"), WRONG),
        ],
    );
}

#[test]
fn a_method_is_repeated_exactly() {
    let server = Running::start();
    table(
        &server,
        [
            ("missing", list().without("Mcp-Method"), WRONG),
            ("empty", list().with("Mcp-Method", ""), WRONG),
            ("another", list().with("Mcp-Method", "tools/call"), WRONG),
            ("in capitals", list().with("Mcp-Method", "TOOLS/LIST"), WRONG),
            ("twice the same", list().and("Mcp-Method", "tools/list"), WRONG),
            ("twice unlike", list().and("Mcp-Method", "tools/call"), WRONG),
            ("both in one", list().with("Mcp-Method", "tools/list, tools/list"), WRONG),
            ("in Base64, which is for names", list().with("Mcp-Method", "=?base64?dG9vbHMvbGlzdA==?="), WRONG),
            ("of an unknown method", modern(1, "un/known", json!({})).with("Mcp-Method", "tools/list"), WRONG),
            ("with a byte that is not ASCII", list().with("Mcp-Method", b"tools/l\xefst"), WRONG),
        ],
    );
}

#[test]
fn a_version_is_repeated_exactly() {
    let server = Running::start();
    table(
        &server,
        [
            ("twice the same", list().and("MCP-Protocol-Version", "2026-07-28"), WRONG),
            ("twice unlike", list().and("MCP-Protocol-Version", "2025-11-25"), WRONG),
            ("empty", list().with("MCP-Protocol-Version", ""), WRONG),
            ("no version", list().with("MCP-Protocol-Version", "2026-07-2"), WRONG),
        ],
    );
}

#[test]
fn a_name_is_repeated_where_there_is_one() {
    let server = Running::start();
    let greet = || modern(4, "prompts/get", json!({ "name": "greet", "arguments": { "name": "Ada" } }));
    table(
        &server,
        [
            ("missing", echo().without("Mcp-Name"), WRONG),
            ("empty", echo().with("Mcp-Name", ""), WRONG),
            ("another", echo().with("Mcp-Name", "panic"), WRONG),
            ("in capitals", echo().with("Mcp-Name", "ECHO"), WRONG),
            ("twice the same", echo().and("Mcp-Name", "echo"), WRONG),
            ("twice unlike", echo().and("Mcp-Name", "panic"), WRONG),
            ("of an unknown tool", call(1, "ecco", json!({})).with("Mcp-Name", "echo"), WRONG),
            ("of an unknown tool, missing", call(1, "ecco", json!({})).without("Mcp-Name"), WRONG),
            ("of a prompt", greet(), Is::Result),
            ("of a prompt, missing", greet().without("Mcp-Name"), WRONG),
            ("of a prompt, another", greet().with("Mcp-Name", "great"), WRONG),
            ("of a resource", read("config://app"), Is::Result),
            ("of a resource, missing", read("config://app").without("Mcp-Name"), WRONG),
            ("of a resource, another", read("config://app").with("Mcp-Name", "config://other"), WRONG),
            ("of a list, which has none", list().and("Mcp-Name", "whatever"), Is::Result),
        ],
    );
}

/// (2026-07-28, Streamable HTTP, Value Encoding.)
#[test]
fn a_name_may_be_in_base64() {
    let server = Running::start();
    let name = |value: &str| echo().with("Mcp-Name", value);
    table(
        &server,
        [
            ("good", name("=?base64?ZWNobw==?="), Is::Result),
            ("of another name", name("=?base64?cGFuaWM=?="), WRONG),
            ("without padding", name("=?base64?ZWNobw?="), WRONG),
            ("with a foreign character", name("=?base64?ZW!obw==?="), WRONG),
            ("that is not UTF-8", name("=?base64?/////w==?="), WRONG),
            ("with the mark in capitals", name("=?BASE64?ZWNobw==?="), WRONG),
            ("without an end", name("=?base64?ZWNobw=="), WRONG),
            ("twice", name("=?base64?PT9iYXNlNjQ/WldOb2J3PT0/PQ==?="), WRONG),
            ("of a URI", read("config://app").with("Mcp-Name", "=?base64?Y29uZmlnOi8vYXBw?="), Is::Result),
            (
                "of a URI that is not ASCII",
                read("city://Zürich").with("Mcp-Name", "=?base64?Y2l0eTovL1rDvHJpY2g=?="),
                Is::Result,
            ),
            ("of a URI that is not ASCII, raw", read("city://Zürich"), WRONG),
        ],
    );
}

fn route(arguments: Value) -> Request {
    call(9, "route", arguments)
}

/// A call with a region, and a header for it.
fn region(value: &str, header: &str) -> Request {
    route(json!({ "region": value })).and("Mcp-Param-Region", header)
}

/// (2026-07-28, Streamable HTTP, Server Behavior for Custom Headers.)
#[test]
fn an_argument_is_repeated_where_it_is_given() {
    let server = Running::start();
    table(
        &server,
        [
            ("given and repeated", region("us-west1", "us-west1"), Is::Result),
            ("given, not repeated", route(json!({ "region": "us-west1" })), WRONG),
            ("null", route(json!({ "region": null })), Is::Result),
            ("absent", route(json!({ "query": "q" })), Is::Result),
            ("no arguments", call(9, "route", Value::Null), Is::Result),
            ("null, but repeated", route(json!({ "region": null })).and("Mcp-Param-Region", "us-west1"), WRONG),
            ("absent, but repeated", route(json!({})).and("Mcp-Param-Region", "us-west1"), WRONG),
            ("another", region("us-west1", "us-east1"), WRONG),
            ("in capitals", region("us-west1", "US-WEST1"), WRONG),
            ("twice the same", region("us-west1", "us-west1").and("Mcp-Param-Region", "us-west1"), WRONG),
            ("twice unlike", region("us-west1", "us-west1").and("Mcp-Param-Region", "us-east1"), WRONG),
            ("the name in lower case", route(json!({ "region": "a" })).and("mcp-param-region", "a"), Is::Result),
            ("the name in capitals, wrong", route(json!({ "region": "a" })).and("MCP-PARAM-REGION", "b"), WRONG),
            (
                "a header that no parameter has",
                route(json!({ "query": "q" })).and("Mcp-Param-Query", "other"),
                Is::Result,
            ),
            ("a header of another tool", echo().and("Mcp-Param-Region", "x"), Is::Result),
            (
                "three, all right",
                route(json!({ "region": "a", "priority": 1, "dry_run": false }))
                    .and("Mcp-Param-Region", "a")
                    .and("Mcp-Param-Priority", "1")
                    .and("Mcp-Param-Dry-Run", "false"),
                Is::Result,
            ),
            (
                "three, the last missing",
                route(json!({ "region": "a", "priority": 1, "dry_run": false }))
                    .and("Mcp-Param-Region", "a")
                    .and("Mcp-Param-Priority", "1"),
                WRONG,
            ),
        ],
    );
}

#[test]
fn a_value_may_be_in_base64() {
    let server = Running::start();
    table(
        &server,
        [
            ("plain ASCII", region("Hello", "=?base64?SGVsbG8=?="), Is::Result),
            ("not ASCII", region("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="), Is::Result),
            ("padded with spaces", region(" padded ", "=?base64?IHBhZGRlZCA=?="), Is::Result),
            ("two lines", region("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="), Is::Result),
            ("what looks like it", region("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="), Is::Result),
            ("what looks like it, raw", region("=?base64?literal?=", "=?base64?literal?="), WRONG),
            ("of another value", region("Hello", "=?base64?SGVsbG9v?="), WRONG),
            ("bad padding", region("Hello", "=?base64?SGVsbG8?="), WRONG),
            ("bad characters", region("Hello", "=?base64?SGVs!!!bG8=?="), WRONG),
            ("not UTF-8", region("Hello", "=?base64?/w==?="), WRONG),
            ("of nothing", region("", "=?base64??="), Is::Result),
            ("nothing, raw", region("", ""), Is::Result),
            ("without the mark in front", region("SGVsbG8=?=", "SGVsbG8=?="), Is::Result),
            ("without the mark behind", region("=?base64?SGVsbG8=", "=?base64?SGVsbG8="), Is::Result),
            ("marks in capitals", region("=?BASE64?SGVsbG8=?=", "=?BASE64?SGVsbG8=?="), Is::Result),
            ("spaces around it", region("padded", "   padded  "), Is::Result),
            ("spaces that the body has", region(" padded ", " padded "), WRONG),
            ("a tab within", region("a\tb", "a\tb"), Is::Result),
            ("raw UTF-8", region("Zürich", "Zürich"), WRONG),
        ],
    );
}

/// Numbers are compared as numbers (2026-07-28, Streamable HTTP, Server Validation).
#[test]
fn integers_and_booleans_are_compared_as_such() {
    let server = Running::start();
    let priority = |body: &str, header: &str| {
        let mut request = route(json!({ "priority": "@" })).and("Mcp-Param-Priority", header);
        request.body = String::from_utf8(request.body).unwrap().replace("\"@\"", body).into_bytes();
        request
    };
    let dry = |body: bool, header: &str| route(json!({ "dry_run": body })).and("Mcp-Param-Dry-Run", header);
    table(
        &server,
        [
            ("42", priority("42", "42"), Is::Result),
            ("-7", priority("-7", "-7"), Is::Result),
            ("0", priority("0", "0"), Is::Result),
            ("42.0 in the body", priority("42.0", "42"), Is::Result),
            ("42.0 in the header", priority("42", "42.0"), Is::Result),
            ("42.0 in both", priority("42.0", "42.0"), Is::Result),
            ("another", priority("42", "43"), WRONG),
            ("another sign", priority("7", "-7"), WRONG),
            ("no number", priority("42", "answer"), WRONG),
            ("no whole number", priority("42", "42.5"), WRONG),
            ("nothing", priority("42", ""), WRONG),
            ("the largest that is safe", priority("9007199254740991", "9007199254740991"), Is::Result),
            ("next to the largest", priority("9007199254740991", "9007199254740990"), WRONG),
            ("true", dry(true, "true"), Is::Result),
            ("false", dry(false, "false"), Is::Result),
            ("another truth", dry(true, "false"), WRONG),
            ("True", dry(true, "True"), WRONG),
            ("1", dry(true, "1"), WRONG),
            ("Base64", dry(true, "=?base64?dHJ1ZQ==?="), Is::Result),
        ],
    );
}

/// A second meaning must not pass behind the first: what was compared is what is run.
#[test]
fn keys_that_are_there_twice_smuggle_nothing() {
    let server = Running::start();
    let spoiled = |request: Request, from: &str, to: &str| {
        let body = String::from_utf8(request.body.clone()).unwrap();
        assert!(body.contains(from), "{body}");
        Request { body: body.replacen(from, to, 1).into_bytes(), ..request }
    };
    let mut verdict = Verdict::default();
    for (case, request) in [
        ("a region", spoiled(region("a", "a"), r#""region":"a""#, r#""region":"a","region":"b""#)),
        ("a region, reversed", spoiled(region("a", "a"), r#""region":"a""#, r#""region":"b","region":"a""#)),
        ("an escaped region", spoiled(region("a", "a"), r#""region":"a""#, r#""region":"a","\u0072egion":"b""#)),
        ("a name", spoiled(echo(), r#""name":"echo""#, r#""name":"echo","name":"route""#)),
        ("an escaped name", spoiled(echo(), r#""name":"echo""#, r#""name":"route","n\u0061me":"echo""#)),
        ("a method", spoiled(list(), r#""method":"tools/list""#, r#""method":"tools/list","method":"prompts/list""#)),
        ("arguments", spoiled(region("a", "a"), r#""arguments":{"#, r#""arguments":{"region":"b"},"arguments":{"#)),
    ] {
        let response = server.ask(&request);
        let is_result = response.json()["result"].is_object() && response.json()["result"]["isError"] != true;
        verdict.that(case, !is_result && response.status() < 500, response.shown());
    }
    let renamed = spoiled(region("a", "a"), r#""region":"a""#, r#""Region":"a""#);
    let response = server.ask(&renamed);
    verdict.that("another case", !response.text().contains("Some(\\\"a\\\")"), response.shown());
}

/// Before 2026-07-28 these headers mean nothing.
#[test]
fn sessions_need_none_of_this() {
    let server = Running::start();
    let mut verdict = Verdict::default();
    for revision in LEGACY {
        let session = server.open(revision);
        let request = session.calling(1, "route", json!({ "region": "a" }));
        let plain = server.ask(&request);
        verify(&mut verdict, revision, &request, &plain, Is::Result, &["Some(\\\"a\\\")"]);
        let request = request.and("Mcp-Param-Region", "b").and("Mcp-Name", "x").and("Mcp-Method", "y");
        verify(&mut verdict, revision, &request, &server.ask(&request), Is::Result, &[]);
    }
    let body = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"route"}}"#.to_vec();
    let request = Request { body, ..call(1, "route", json!({})) };
    verify(&mut verdict, "headers without terms", &request, &server.ask(&request), Is::Error(400, PARAMS), &[]);
}
