//! Batches, which only 2025-03-26 knows (2025-03-26, Transports, Sending Messages to the Server).

use std::time::Duration;

use mcp_runtime::Http;
use serde_json::{Value, json};

use crate::common::{self, LEGACY, Verdict};
use crate::expect::{Is, REQUEST, verify};
use crate::fixture::Running;
use crate::requests::notification;

const REVISION: &str = "2025-03-26";

fn ping(id: impl Into<Value>) -> Value {
    common::request(REVISION, id, "ping", Value::Null)
}

fn call(id: impl Into<Value>, tool: &str, arguments: Value) -> Value {
    common::call(REVISION, id, tool, arguments)
}

/// The ids that a batch of answers has.
fn ids(answers: &Value) -> Vec<String> {
    let answers = answers.as_array().unwrap_or_else(|| panic!("no batch: {answers}"));
    let mut ids: Vec<String> = answers.iter().map(|answer| answer["id"].to_string()).collect();
    ids.sort();
    ids
}

#[test]
fn a_batch_gets_one_array() {
    let server = Running::start();
    let session = server.open(REVISION);
    let batch = json!([
        ping(1),
        notification("notifications/unheard", json!({})),
        call(2, "sleep", json!({ "ms": 150 })),
        common::request(REVISION, 3, "un/known", json!({})),
        { "jsonrpc": "2.0", "id": 9, "result": {} },
        { "jsonrpc": "2.0", "id": 4 },
        call("five", "echo", json!({ "message": "x" })),
    ]);
    let response = session.say(&batch);
    assert_eq!((response.status(), response.head.kind()), (200, "application/json"), "{}", response.shown());
    assert_eq!(ids(&response.json()), ["\"five\"", "1", "2", "3", "4"], "{}", response.shown());
    assert!(response.text().contains("slept 150"), "{}", response.shown());
}

#[test]
fn a_batch_without_requests_has_no_answer() {
    let server = Running::start();
    let session = server.open(REVISION);
    for batch in [
        json!([notification("notifications/unheard", json!({}))]),
        json!([notification("a", json!({})), notification("b", json!({}))]),
        json!([{ "jsonrpc": "2.0", "id": 9, "result": {} }]),
    ] {
        let response = session.say(&batch);
        assert_eq!((response.status(), response.body.len()), (202, 0), "{batch}: {}", response.shown());
    }
}

#[test]
fn a_batch_that_is_none_is_refused() {
    let server = Running::start();
    let session = server.open(REVISION);
    let mut verdict = Verdict::default();
    for (case, batch) in [("empty", json!([])), ("too long", Value::Array((0..101).map(ping).collect()))] {
        let request = session.post(&batch);
        let response = server.ask(&request);
        verify(&mut verdict, case, &request, &response, Is::Refused(400), &[]);
        verdict.that(case, response.code() == Some(REQUEST), response.shown());
    }
    let full = session.say(&Value::Array((0..100).map(ping).collect()));
    verdict.that("as long as it may be", ids(&full.json()).len() == 100, full.shown());
    let strange = session.say(&json!([1, ping(1)]));
    verdict.that("a member that is no message", ids(&strange.json()) == ["1", "null"], strange.shown());
}

#[test]
fn other_revisions_know_no_batches() {
    let server = Running::start();
    let mut verdict = Verdict::default();
    for revision in LEGACY.into_iter().filter(|revision| *revision != REVISION) {
        let session = server.open(revision);
        let request = session.post(&json!([ping(1)]));
        let response = server.ask(&request);
        verify(&mut verdict, revision, &request, &response, Is::Refused(400), &[]);
        verdict.that(revision, response.code() == Some(REQUEST), response.shown());
        let has_id = response.json().as_object().is_some_and(|answer| answer.contains_key("id"));
        verdict.that(format!("{revision}: null or nothing"), has_id == (revision < "2025-11-25"), response.shown());
    }
    let request = crate::requests::Request::post(json!([common::initialize(REVISION)]).to_string());
    let response = server.ask(&request);
    verdict.that("to open a session", matches!(response.status(), 400), response.shown());
    verdict.that("to open a session", response.header("mcp-session-id").is_none(), response.shown());
}

#[test]
fn a_long_batch_becomes_a_stream() {
    let server = Running::with(Http::new().stream_after(Duration::from_millis(50)));
    let session = server.open(REVISION);
    let batch = json!([ping(1), call(2, "sleep", json!({ "ms": 300 })), call(3, "sleep", json!({ "ms": 10 }))]);
    let messages = server.stream(&session.post(&batch)).rest();
    let answers: Vec<Value> =
        messages.into_iter().flat_map(|message| message.as_array().cloned().unwrap_or_else(|| vec![message])).collect();
    assert_eq!(ids(&Value::Array(answers)), ["1", "2", "3"]);
}

#[test]
fn what_is_cancelled_in_a_batch_is_left_out() {
    let server = Running::start();
    let session = server.open(REVISION);
    let batch =
        json!([call(1, "ticker", json!({ "key": "batch" })), call(2, "ticker", json!({ "key": "other", "ms": 300 }))]);
    let mut post = server.begin(&session.post(&batch));
    server.counters.runs("batch");
    session.cancel(1);
    assert!(server.counters.dropped("batch").is_some());
    let response = post.response();
    assert_eq!(ids(&response.json()), ["2"], "{}", response.shown());
}

#[test]
fn ids_within_a_batch_are_unique() {
    let server = Running::start();
    let session = server.open(REVISION);
    let response =
        session.say(&json!([call(1, "sleep", json!({ "ms": 100 })), call(1, "echo", json!({ "message": "second" })),]));
    let text = response.text();
    assert_eq!(ids(&response.json()), ["1", "1"], "{}", response.shown());
    assert!(text.contains("slept 100") && text.contains("-32600") && !text.contains("second"), "{text}");
}
