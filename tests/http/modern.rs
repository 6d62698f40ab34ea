//! 2026-07-28: every request stands for itself (2026-07-28, Streamable HTTP).

use std::time::Duration;

use mcp_runtime::Http;
use serde_json::{Value, json};

use crate::client::PATIENCE;
use crate::common::{self, MODERN, Verdict};
use crate::events::Happening;
use crate::expect::{HEADERS, INTERNAL, Is, METHOD, PARAMS, REQUEST, VERSION, table, verify};
use crate::fixture::Running;
use crate::requests::{Request, call, modern, modern_of, notification};

/// A request whose `_meta` is this.
fn meta(meta: Value) -> Request {
    modern_of(&json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": { "_meta": meta } }))
}

/// Terms with this version.
fn terms(version: &str) -> Value {
    json!({ "io.modelcontextprotocol/protocolVersion": version, "io.modelcontextprotocol/clientCapabilities": {} })
}

#[test]
fn what_is_offered_is_answered() {
    let server = Running::start();
    let mut verdict = Verdict::default();
    for (method, params, word) in [
        ("server/discover", json!({}), "supportedVersions"),
        ("tools/list", json!({}), "x-mcp-header"),
        ("tools/call", json!({ "name": "echo", "arguments": { "message": "hello" } }), "hello"),
        ("tools/call", json!({ "name": "revision" }), MODERN),
        ("resources/list", json!({}), "config://app"),
        ("resources/templates/list", json!({}), "city://{name}"),
        ("resources/read", json!({ "uri": "config://app" }), "config://app"),
        ("resources/read", json!({ "uri": "city://Oslo" }), "Oslo is cold"),
        ("prompts/list", json!({}), "greet"),
        ("prompts/get", json!({ "name": "greet", "arguments": { "name": "Ada" } }), "Greet Ada"),
    ] {
        let request = modern("a string", method, params);
        let response = server.ask(&request);
        verify(&mut verdict, method, &request, &response, Is::Result, &[word, "resultType"]);
        verdict.that(method, response.header("mcp-session-id").is_none(), response.shown());
    }
}

#[test]
fn terms_are_checked_before_anything_is_done() {
    let server = Running::start();
    let v999 = || meta(terms("v999.0.0"));
    table(
        &server,
        [
            (
                "no params",
                modern_of(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" })),
                Is::Error(400, PARAMS),
            ),
            (
                "no _meta",
                modern_of(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {} })),
                Is::Error(400, PARAMS),
            ),
            ("an empty _meta", meta(json!({})), Is::Error(400, PARAMS)),
            (
                "no protocolVersion",
                meta(json!({ "io.modelcontextprotocol/clientCapabilities": {} })),
                Is::Error(400, PARAMS),
            ),
            (
                "no clientCapabilities",
                meta(json!({ "io.modelcontextprotocol/protocolVersion": MODERN })),
                Is::Error(400, PARAMS),
            ),
            (
                "capabilities that are none",
                meta(
                    json!({ "io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": [] }),
                ),
                Is::Error(400, PARAMS),
            ),
            ("no clientInfo", meta(terms(MODERN)), Is::Result),
            ("a version of one's own, twice", v999().with("MCP-Protocol-Version", "v999.0.0"), Is::Error(400, VERSION)),
            ("a version of one's own in the body", v999(), Is::Error(400, HEADERS)),
            (
                "a version of one's own in the header",
                meta(terms(MODERN)).with("MCP-Protocol-Version", "v999.0.0"),
                Is::Error(400, HEADERS),
            ),
            (
                "a legacy version in the header",
                meta(terms(MODERN)).with("MCP-Protocol-Version", "2025-11-25"),
                Is::Error(400, HEADERS),
            ),
            ("a legacy version in the body", meta(terms("2025-11-25")), Is::Error(400, HEADERS)),
            ("no version header", meta(terms(MODERN)).without("MCP-Protocol-Version"), Is::Error(400, HEADERS)),
            (
                "neither version header nor method header",
                meta(terms(MODERN)).without("MCP-Protocol-Version").without("Mcp-Method"),
                Is::Error(400, HEADERS),
            ),
            (
                "the header alone, with a version of one's own",
                Request::post(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
                    .and("MCP-Protocol-Version", "v999.0.0"),
                Is::Error(400, VERSION),
            ),
        ],
    );
}

/// (2026-07-28, Versioning, Protocol Version Negotiation.)
#[test]
fn who_asks_for_an_unknown_version_is_told_the_known_ones() {
    let server = Running::start();
    let discovered = server.ask(&modern(1, "server/discover", json!({}))).json();
    let known = discovered["result"]["supportedVersions"].as_array().unwrap().clone();
    let response = server.ask(&meta(terms("v999.0.0")).with("MCP-Protocol-Version", "v999.0.0"));
    let data = &response.json()["error"]["data"];
    assert_eq!(data["requested"], "v999.0.0", "{}", response.shown());
    let supported = data["supported"].as_array().unwrap();
    assert!(!supported.is_empty() && supported.iter().all(|version| known.contains(version)), "{data}");
}

#[test]
fn what_is_not_there_is_not_found() {
    let server = Running::start();
    let mut verdict = Verdict::default();
    for method in [
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "tasks/list",
        "unknown/method",
        "tools/List",
        "tools/list ",
    ] {
        for id in [json!(0), json!("a"), json!(-9_007_199_254_740_991_i64)] {
            let request = modern(id, method, json!({}));
            let expected = if method.ends_with(' ') { Is::Error(400, HEADERS) } else { Is::Error(404, METHOD) };
            verify(&mut verdict, method, &request, &server.ask(&request), expected, &[]);
        }
    }
}

#[test]
fn an_error_of_a_readable_request_is_an_answer() {
    let server = Running::start();
    let mut verdict = Verdict::default();
    for (case, request, code, words) in [
        ("an unknown tool", call(1, "ecco", json!({})), PARAMS, &["ecco", "echo"][..]),
        ("an unknown prompt", modern("b", "prompts/get", json!({ "name": "greed" })), PARAMS, &["greed"]),
        (
            "an unknown resource",
            modern(3, "resources/read", json!({ "uri": "nothing://here" })),
            PARAMS,
            &["nothing://here"],
        ),
        ("a panic", call(5, "panic", json!({})), INTERNAL, &[]),
        ("a strange cursor", modern(6, "tools/list", json!({ "cursor": "x" })), PARAMS, &[]),
    ] {
        verify(&mut verdict, case, &request, &server.ask(&request), Is::Error(200, code), words);
    }
    let missing = server.ask(&modern(3, "resources/read", json!({ "uri": "nothing://here" })));
    verdict.same("data of an unknown resource", &missing.json()["error"]["data"]["uri"], &json!("nothing://here"));
    let wrong = server.ask(&call(4, "echo", json!({ "message": 5, "other": 1 })));
    verdict.that("wrong arguments", wrong.status() == 200, wrong.shown());
    verdict.same("wrong arguments", &wrong.json()["result"]["isError"], &json!(true));
    server.answers("all that");
}

/// (2026-07-28, Streamable HTTP, Sending Messages 4 and 5.)
#[test]
fn notifications_are_taken_and_responses_are_not() {
    let server = Running::start();
    let mut verdict = Verdict::default();
    for (case, method, params) in [
        ("a cancellation", "notifications/cancelled", json!({ "requestId": 1, "_meta": terms(MODERN) })),
        ("without terms", "notifications/cancelled", json!({ "requestId": 1 })),
        ("an unknown notification", "notifications/unheard", json!({})),
    ] {
        let request = Request::post(notification(method, params).to_string()).and("MCP-Protocol-Version", MODERN);
        verify(&mut verdict, case, &request, &server.ask(&request), Is::Empty(202), &[]);
        let request = request.and("Mcp-Method", method);
        verify(&mut verdict, case, &request, &server.ask(&request), Is::Empty(202), &[]);
    }
    for (case, body) in [
        ("a result", json!({ "jsonrpc": "2.0", "id": 1, "result": {} })),
        ("an error", json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": 1, "message": "x" } })),
        ("a batch", json!([common::request(MODERN, 1, "tools/list", json!({}))])),
    ] {
        let request = Request::post(body.to_string()).and("MCP-Protocol-Version", MODERN);
        let response = server.ask(&request);
        verify(&mut verdict, case, &request, &response, Is::Refused(400), &[]);
        verdict.that(case, response.code() == Some(REQUEST), response.shown());
    }
}

/// (2026-07-28, Streamable HTTP, Earlier Streamable HTTP Revisions.)
#[test]
fn there_are_no_sessions_and_no_other_methods() {
    let server = Running::start();
    let mut verdict = Verdict::default();
    let request = modern(1, "tools/list", json!({}))
        .and("Mcp-Session-Id", "0123456789abcdef0123456789abcdef")
        .and("Last-Event-ID", "1-1");
    let response = server.ask(&request);
    verify(&mut verdict, "a session that is none", &request, &response, Is::Result, &[]);
    verdict.that("no session is echoed", response.header("mcp-session-id").is_none(), response.shown());
    for method in ["GET", "DELETE", "PUT", "PATCH", "TRACE", "BREW"] {
        let request = Request::get().method(method).and("MCP-Protocol-Version", MODERN);
        let response = server.ask(&request);
        verify(&mut verdict, method, &request, &response, Is::Refused(405), &[]);
        verdict.that(method, response.header("allow").is_some_and(|allow| allow.contains("POST")), response.shown());
    }
    for method in ["PUT", "PATCH", "BREW"] {
        let request = Request::new(method, "/mcp");
        let response = server.ask(&request);
        verify(&mut verdict, method, &request, &response, Is::Refused(405), &[]);
        let allow = response.header("allow").unwrap_or_default();
        let names_all = ["POST", "GET", "DELETE"].iter().all(|name| allow.contains(name));
        verdict.that(method, names_all, response.shown());
    }
}

#[test]
fn the_same_id_may_be_in_flight_twice() {
    let server = Running::start();
    let mut slow = server.begin(&call(1, "sleep", json!({ "ms": 200 })));
    let mut quick = server.begin(&call(1, "echo", json!({ "message": "quick" })));
    assert_eq!(quick.response().said(), "quick");
    assert_eq!(slow.response().said(), "slept 200");
}

#[test]
fn three_at_once_are_answered() {
    let server = Running::start();
    let mut connections: Vec<_> = (0..3).map(|id| server.begin(&modern(id, "tools/list", json!({})))).collect();
    for (id, connection) in connections.iter_mut().enumerate() {
        let response = connection.response();
        assert_eq!((response.status(), &response.json()["id"]), (200, &json!(id)), "{}", response.shown());
    }
}

/// An answer is plain JSON unless the client cannot read that.
#[test]
fn the_client_says_what_it_can_read() {
    let server = Running::with(Http::new().stream_after(Duration::from_millis(30)));
    let mut verdict = Verdict::default();
    for (accept, kind) in [
        ("application/json, text/event-stream", "application/json"),
        ("text/event-stream, application/json", "application/json"),
        ("application/json", "application/json"),
        ("Application/JSON;q=0.5", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("text/event-stream", "text/event-stream"),
        ("text/*", "text/event-stream"),
        ("application/json;q=0, text/event-stream", "text/event-stream"),
        ("text/event-stream;charset=utf-8", "text/event-stream"),
        ("application/json;q=0, */*", "text/event-stream"),
    ] {
        let response = server.ask(&call(1, "sleep", json!({ "ms": 100 })).with("Accept", accept));
        let fits = response.status() == 200 && response.head.kind() == kind && response.text().contains("slept 100");
        verdict.that(accept, fits, response.shown());
    }
    let silent = server.ask(&call(1, "echo", json!({ "message": "hi" })).without("Accept"));
    verdict.that("no Accept", silent.said() == "hi", silent.shown());
    for accept in
        ["text/html", "application/xml, image/png", "application/json;q=0", "application/jsonx", "text/event-streams"]
    {
        let request = call(1, "echo", json!({ "message": "hi" })).with("Accept", accept);
        verify(&mut verdict, accept, &request, &server.ask(&request), Is::Refused(406), &[]);
    }
}

/// (2026-07-28, Streamable HTTP, Receiving Messages.)
#[test]
fn a_stream_holds_the_answer_and_ends() {
    let server = Running::start();
    let mut stream =
        server.stream(&call("s", "echo", json!({ "message": "one\ntwo" })).with("Accept", "text/event-stream"));
    assert_eq!(stream.head.header("x-accel-buffering"), Some("no"), "{:?}", stream.head);
    assert!(stream.head.header("cache-control").unwrap_or_default().contains("no-store"), "{:?}", stream.head);
    let event = stream.message();
    assert_eq!(event.json()["id"], "s");
    assert_eq!(event.json()["result"]["content"][0]["text"], "one\ntwo");
    assert_eq!(event.id, None, "a stream that cannot be resumed");
    assert!(event.event.is_none_or(|name| name == "message"));
    assert_eq!(stream.next(PATIENCE), Some(Happening::End));
    let missing = server.ask(&modern(1, "ping", json!({})).with("Accept", "text/event-stream"));
    assert_eq!(
        (missing.status(), missing.code()),
        (404, Some(METHOD)),
        "a status is said before the stream: {}",
        missing.shown()
    );
}

/// The promise is 100 ms; a machine that does something else may miss it once.
#[test]
fn who_leaves_has_cancelled() {
    let server = Running::start();
    let mut quickest = Duration::MAX;
    for (round, accept) in
        ["application/json", "text/event-stream", "application/json, text/event-stream"].iter().enumerate()
    {
        let key = format!("leaves {round}");
        let connection = server.begin(&call(1, "ticker", json!({ "key": key })).with("Accept", accept));
        server.counters.runs(&key);
        drop(connection);
        quickest = quickest.min(server.counters.dropped(&key).expect("the function is dropped"));
    }
    assert!(quickest < Duration::from_millis(100), "{quickest:?}");
}

#[test]
fn functions_see_the_headers() {
    let server = Running::start();
    let request = call(1, "header", json!({ "name": "x-trace" })).and("X-Trace", "abc");
    assert_eq!(server.ask(&request).said(), "abc");
    let none = server.ask(&request.without("X-Trace"));
    assert_eq!((none.status(), none.said()), (200, String::new()), "{}", none.shown());
}
