//! Clients of the old revisions without sessions: `Http::stateless`.

use std::time::Duration;

use mcp_runtime::Http;
use serde_json::{Value, json};

use crate::common::{self, LEGACY, MODERN, Verdict};
use crate::expect::{Is, METHOD, REQUEST, VERSION, verify};
use crate::fixture::Running;
use crate::requests::{Request, initialize, notification};

fn start() -> Running {
    Running::with(Http::new().stateless(true))
}

/// A request in a revision that only its header says.
fn request(revision: &str, id: impl Into<Value>, method: &str, params: Value) -> Request {
    let message = common::request("2025-11-25", id, method, params);
    Request::post(message.to_string()).and("MCP-Protocol-Version", revision)
}

fn call(revision: &str, tool: &str, arguments: Value) -> Request {
    request(revision, 1, "tools/call", json!({ "name": tool, "arguments": arguments }))
}

#[test]
fn nobody_is_given_a_session() {
    let server = start();
    let mut verdict = Verdict::default();
    for revision in LEGACY {
        let opened = server.ask(&initialize(revision));
        verdict.same(revision, &opened.json()["result"]["protocolVersion"], &json!(revision));
        verdict.that(revision, opened.header("mcp-session-id").is_none(), opened.shown());
        let started = Request::post(notification("notifications/initialized", json!({})).to_string());
        let started = started.and("MCP-Protocol-Version", revision);
        verify(&mut verdict, revision, &started, &server.ask(&started), Is::Empty(202), &[]);
        for (method, params) in
            [("tools/list", json!({})), ("ping", json!({})), ("resources/read", json!({ "uri": "config://app" }))]
        {
            let request = request(revision, 5, method, params);
            let response = server.ask(&request);
            verify(&mut verdict, &format!("{revision} {method}"), &request, &response, Is::Result, &[]);
            verdict.that(revision, response.header("mcp-session-id").is_none(), response.shown());
        }
    }
}

#[test]
fn the_header_says_the_revision() {
    let server = start();
    for revision in LEGACY {
        let response = server.ask(&call(revision, "revision", json!({})));
        assert_eq!(response.said(), revision, "{}", response.shown());
    }
    let response = server.ask(&call("", "revision", json!({})).without("MCP-Protocol-Version"));
    assert_eq!(response.said(), "2025-03-26", "{}", response.shown());
    let modern = server.ask(&crate::requests::call(1, "revision", json!({})));
    assert_eq!(modern.said(), MODERN, "{}", modern.shown());
    let unknown = server.ask(&call("2024-01-01", "revision", json!({})));
    assert_eq!((unknown.status(), unknown.code()), (400, Some(VERSION)), "{}", unknown.shown());
}

#[test]
fn a_session_that_a_client_remembers_is_nothing() {
    let server = start();
    let response =
        server.ask(&call("2025-06-18", "echo", json!({ "message": "x" })).and("Mcp-Session-Id", "0".repeat(32)));
    assert_eq!((response.status(), response.said().as_str()), (200, "x"), "{}", response.shown());
    assert_eq!(response.header("mcp-session-id"), None);
}

#[test]
fn batches_are_understood_in_2025_03_26() {
    let server = start();
    let batch = json!([
        common::request("2025-03-26", 1, "ping", Value::Null),
        notification("notifications/unheard", json!({})),
        common::call("2025-03-26", 2, "echo", json!({ "message": "x" })),
    ]);
    let plain = Request::post(batch.to_string());
    for request in [plain.clone(), plain.clone().and("MCP-Protocol-Version", "2025-03-26")] {
        let response = server.ask(&request);
        assert_eq!(response.json().as_array().map(Vec::len), Some(2), "{}", response.shown());
    }
    for revision in ["2024-11-05", "2025-06-18", "2025-11-25"] {
        let refused = server.ask(&plain.clone().and("MCP-Protocol-Version", revision));
        assert_eq!((refused.status(), refused.code()), (400, Some(REQUEST)), "{revision}: {}", refused.shown());
    }
}

#[test]
fn there_is_nothing_to_get_or_delete() {
    let server = start();
    let mut verdict = Verdict::default();
    for method in ["GET", "DELETE"] {
        for revision in LEGACY {
            let request = Request::get().method(method).and("MCP-Protocol-Version", revision);
            let response = server.ask(&request);
            verify(&mut verdict, method, &request, &response, Is::Refused(405), &[]);
            verdict.that(
                method,
                response.header("allow").is_some_and(|allow| allow.contains("POST")),
                response.shown(),
            );
        }
        let response = server.ask(&Request::get().method(method).and("Mcp-Session-Id", "0".repeat(32)));
        verdict.that(method, response.status() == 405, response.shown());
    }
}

/// There is no session in which the id could be found again.
#[test]
fn a_cancellation_is_taken_and_changes_nothing() {
    let server = start();
    let mut slow = server.begin(&call("2025-11-25", "sleep", json!({ "ms": 300 })));
    std::thread::sleep(Duration::from_millis(100));
    let cancelled = Request::post(notification("notifications/cancelled", json!({ "requestId": 1 })).to_string());
    let said = server.ask(&cancelled.and("MCP-Protocol-Version", "2025-11-25"));
    assert_eq!((said.status(), said.body.len()), (202, 0), "{}", said.shown());
    let response = slow.response();
    assert!(response.text().contains("slept 300"), "{}", response.shown());
}

#[test]
fn the_same_id_may_be_in_flight_twice() {
    let server = start();
    let mut slow = server.begin(&call("2025-11-25", "sleep", json!({ "ms": 200 })));
    let quick = server.ask(&call("2025-11-25", "echo", json!({ "message": "quick" })));
    assert_eq!(quick.said(), "quick", "{}", quick.shown());
    assert!(slow.response().text().contains("slept 200"));
    let unknown = server.ask(&request("2025-11-25", 1, "un/known", json!({})));
    assert_eq!((unknown.status(), unknown.code()), (200, Some(METHOD)), "{}", unknown.shown());
}
