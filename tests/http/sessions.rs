//! Sessions of the revisions before 2026-07-28 (2025-03-26 to 2025-11-25, Transports, Session Management).

use std::time::Duration;

use mcp_runtime::{Http, Server};
use serde_json::{Value, json};

use crate::common::{self, LEGACY, MODERN, Verdict};
use crate::expect::{INTERNAL, Is, METHOD, PARAMS, PARSE, REQUEST, VERSION, verify};
use crate::fixture::{Running, Session};
use crate::requests::{Request, initialize, notification};

/// An id that nobody was given.
const GUESSED: &str = "0123456789abcdef0123456789abcdef";

fn list(revision: &str) -> Value {
    common::request(revision, "l", "tools/list", Value::Null)
}

#[test]
fn a_session_is_opened_used_and_closed() {
    let server = Running::start();
    for revision in LEGACY {
        let mut verdict = Verdict::default();
        let session = server.open(revision);
        let is_hex = session.id.len() == 32 && session.id.bytes().all(|byte| byte.is_ascii_hexdigit());
        verdict.that(revision, is_hex, &session.id);
        let listed = session.say(&list(revision));
        verdict.that(revision, listed.status() == 200 && listed.text().contains("\"echo\""), listed.shown());
        verdict.that(revision, listed.head.kind() == "application/json", listed.shown());
        let called = session.call(1, "echo", json!({ "message": "hello" }));
        verdict.that(revision, called.said() == "hello" && called.json()["id"] == 1, called.shown());
        let spoken = session.call(2, "revision", json!({}));
        verdict.that(revision, spoken.said() == revision, spoken.shown());
        verdict.same(revision, &session.ping().json(), &json!({ "jsonrpc": "2.0", "id": "ping", "result": {} }));
        let closed = session.delete();
        verdict.that(revision, closed.status() == 204 && closed.body.is_empty(), closed.shown());
        for (case, response) in
            [("post", session.ping()), ("delete", session.delete()), ("get", server.ask(&session.get()))]
        {
            verdict.that(format!("{revision}: {case} after the end"), response.status() == 404, response.shown());
            verdict.that(case, response.json()["error"]["code"].is_i64(), response.shown());
        }
    }
}

#[test]
fn ids_are_never_the_same() {
    let server = Running::start();
    let mut ids: Vec<String> = (0..50).map(|_| server.open("2025-06-18").id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 50);
}

#[test]
fn the_newest_legacy_revision_is_offered_for_an_unknown_one() {
    let server = Running::start();
    for version in [MODERN, "2099-01-01", "1.0"] {
        let opened = server.ask(&initialize(version));
        assert_eq!(opened.json()["result"]["protocolVersion"], "2025-11-25", "{version}: {}", opened.shown());
        assert!(opened.header("mcp-session-id").is_some(), "{}", opened.shown());
    }
    let said = server.ask(&initialize("2025-11-25").and("MCP-Protocol-Version", "2025-11-25"));
    assert_eq!((said.status(), said.header("mcp-session-id").is_some()), (200, true), "{}", said.shown());
}

#[test]
fn a_session_may_open_with_a_stream() {
    let server = Running::start();
    for revision in LEGACY {
        let mut stream = server.stream(&initialize(revision).with("Accept", "text/event-stream"));
        let id = stream.head.header("mcp-session-id").expect("a session").to_owned();
        assert_eq!(stream.rest()[0]["result"]["protocolVersion"], revision);
        let session = Session { server: &server, id, revision };
        assert_eq!(session.ping().status(), 200);
    }
}

#[test]
fn what_is_refused_opens_no_session() {
    let server = Running::start();
    let mut verdict = Verdict::default();
    let opening = |params: Value| Request::post(common::request("2025-11-25", 1, "initialize", params).to_string());
    let good = || initialize("2025-11-25");
    for (case, request, is) in [
        ("without params", opening(json!({})), Is::Error(200, PARAMS)),
        (
            "with a number as version",
            opening(json!({ "protocolVersion": 1, "capabilities": {} })),
            Is::Error(200, PARAMS),
        ),
        (
            "with capabilities that are none",
            opening(
                json!({ "protocolVersion": "2025-11-25", "capabilities": 5, "clientInfo": { "name": "t", "version": "1" } }),
            ),
            Is::Error(200, PARAMS),
        ),
        (
            "with an unknown version in the header",
            good().and("MCP-Protocol-Version", "2024-01-01"),
            Is::Error(400, VERSION),
        ),
        ("within a session that is none", good().and("Mcp-Session-Id", GUESSED), Is::Refused(400)),
        ("of a foreign page", good().and("Origin", "http://evil.example.com"), Is::Refused(403)),
        (
            "as a notification",
            Request::post(notification("initialize", common::initialize("2025-11-25")["params"].clone()).to_string()),
            Is::Refused(400),
        ),
        ("as a page", good().with("Content-Type", "text/plain"), Is::Refused(415)),
    ] {
        let response = server.ask(&request);
        verify(&mut verdict, case, &request, &response, is, &[]);
        verdict.that(case, response.header("mcp-session-id").is_none(), response.shown());
    }
    let session = server.open("2025-11-25");
    let again = session.mark(good());
    verify(&mut verdict, "within a session", &again, &server.ask(&again), Is::Refused(400), &[]);
    verdict.that("the session goes on", session.ping().status() == 200, "");
}

#[test]
fn requests_name_their_session() {
    let server = Running::start();
    for revision in LEGACY {
        let mut verdict = Verdict::default();
        let session = server.open(revision);
        let gone = server.open(revision);
        gone.delete();
        let good = || session.post(&list(revision));
        let mut texts = Vec::new();
        for (case, request, status) in [
            ("none", good().without("Mcp-Session-Id"), 400),
            ("an empty one", good().with("Mcp-Session-Id", ""), 0),
            ("a guessed one", good().with("Mcp-Session-Id", GUESSED), 404),
            ("a deleted one", good().with("Mcp-Session-Id", &gone.id), 404),
            ("a short one", good().with("Mcp-Session-Id", &session.id[..31]), 404),
            ("a longer one", good().with("Mcp-Session-Id", format!("{}0", session.id)), 404),
            ("a strange one", good().with("Mcp-Session-Id", "../../etc/passwd"), 404),
            ("bytes", good().with("Mcp-Session-Id", b"\xff\xfe"), 404),
            ("two", good().and("Mcp-Session-Id", &session.id), 0),
            ("two unlike", good().and("Mcp-Session-Id", GUESSED), 0),
        ] {
            let response = server.ask(&request);
            let fits = response.status() == status || (status == 0 && matches!(response.status(), 400 | 404));
            verdict.that(format!("{revision}: {case}"), fits, response.shown());
            verdict.that(case, response.json()["error"]["code"].is_i64(), response.shown());
            verdict.same(format!("{revision}: {case}: the id is known"), &response.json()["id"], &json!("l"));
            if status == 404 {
                texts.push(response.message());
            }
        }
        verdict.that(
            "nobody learns which ids there were",
            texts.iter().all(|text| *text == texts[0]),
            format!("{texts:?}"),
        );
        verdict.that("the session goes on", session.ping().status() == 200, "");
        for method in ["GET", "DELETE"] {
            let request = Request::get().method(method);
            let response = server.ask(&request);
            verdict.that(format!("{method} without a session"), response.status() == 400, response.shown());
            let response = server.ask(&request.and("Mcp-Session-Id", GUESSED));
            verdict.that(format!("{method} of a guessed session"), response.status() == 404, response.shown());
        }
    }
}

/// (2025-06-18 and 2025-11-25, Transports, Protocol Version Header.)
#[test]
fn the_version_header_is_that_of_the_session() {
    let server = Running::start();
    for revision in LEGACY {
        let mut verdict = Verdict::default();
        let session = server.open(revision);
        let plain = || session.post(&common::call(revision, 3, "revision", json!({}))).without("MCP-Protocol-Version");
        let absent = server.ask(&plain());
        verdict.that(format!("{revision}: no header"), absent.said() == revision, absent.shown());
        for other in LEGACY {
            let request = plain().and("MCP-Protocol-Version", other);
            let response = server.ask(&request);
            let is = if other == revision { Is::Result } else { Is::Refused(400) };
            verify(&mut verdict, &format!("{other} in a session of {revision}"), &request, &response, is, &[]);
            verdict.that(other, other == revision || response.code() == Some(REQUEST), response.shown());
            verdict.same("the id is known", &response.json()["id"], &json!(3));
        }
        for unknown in ["2024-01-01", "v999", "", "2025-11-25 2025-11-25"] {
            let request = plain().and("MCP-Protocol-Version", unknown);
            let response = server.ask(&request);
            verdict.that(format!("`{unknown}` in {revision}"), response.status() == 400, response.shown());
            verdict.that(unknown, unknown.is_empty() || response.code() == Some(VERSION), response.shown());
        }
        let modern = plain().and("MCP-Protocol-Version", MODERN);
        let response = server.ask(&modern);
        verdict.that(format!("{MODERN} in {revision}"), response.status() == 400, response.shown());
        verdict.that("the session goes on", session.ping().status() == 200, "");
    }
}

#[test]
fn answers_have_the_usual_statuses() {
    let server = Running::start();
    for revision in LEGACY {
        let mut verdict = Verdict::default();
        let session = server.open(revision);
        let request =
            |id: i64, method: &str, params: Value| session.post(&common::request(revision, id, method, params));
        let no_resource = if revision < "2026-07-28" { -32002 } else { PARAMS };
        for (case, request, is) in [
            ("an unknown method", request(1, "un/known", json!({})), Is::Error(200, METHOD)),
            ("a modern method", request(2, "server/discover", json!({})), Is::Error(200, METHOD)),
            ("an unknown tool", session.calling(3, "ecco", json!({})), Is::Error(200, PARAMS)),
            ("a panic", session.calling(4, "panic", json!({})), Is::Error(200, INTERNAL)),
            (
                "an unknown resource",
                request(5, "resources/read", json!({ "uri": "no://thing" })),
                Is::Error(200, no_resource),
            ),
            ("a resource", request(6, "resources/read", json!({ "uri": "city://Oslo" })), Is::Result),
            (
                "a prompt",
                request(7, "prompts/get", json!({ "name": "greet", "arguments": { "name": "A" } })),
                Is::Result,
            ),
            ("a notification", session.post(&notification("notifications/unheard", json!({}))), Is::Empty(202)),
            ("a response", session.post(&json!({ "jsonrpc": "2.0", "id": 1, "result": {} })), Is::Empty(202)),
            (
                "an error",
                session.post(&json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": 1, "message": "x" } })),
                Is::Empty(202),
            ),
            ("no method", session.post(&json!({ "jsonrpc": "2.0", "id": 8 })), Is::Error(400, REQUEST)),
            (
                "another version of JSON-RPC",
                session.post(&json!({ "jsonrpc": "1.0", "id": 8, "method": "ping" })),
                Is::Error(400, REQUEST),
            ),
            ("a number", session.post(&json!(5)), Is::Nameless(400, REQUEST)),
            ("no JSON", Request { body: b"{".to_vec(), ..session.post(&json!({})) }, Is::Nameless(400, PARSE)),
        ] {
            let response = server.ask(&request);
            verify(&mut verdict, &format!("{revision}: {case}"), &request, &response, is, &[]);
            if matches!(is, Is::Nameless(..)) {
                let has_id = response.json().as_object().is_some_and(|answer| answer.contains_key("id"));
                verdict.that(
                    format!("{revision}: {case}: null or nothing"),
                    has_id == (revision < "2025-11-25"),
                    response.shown(),
                );
            }
        }
    }
}

/// (CVE-2026-25536.)
#[test]
fn sessions_with_the_same_ids_never_see_each_other() {
    let server = Running::with(Http::new().stream_after(Duration::from_millis(100)));
    let sessions: Vec<Session> = LEGACY.into_iter().chain(LEGACY).map(|revision| server.open(revision)).collect();
    let call = |index: usize, id: u64| {
        let text = format!("{index} asks {id}");
        sessions[index].calling(id, "echo", json!({ "message": text }))
    };
    let slow: Vec<_> =
        sessions.iter().map(|session| server.begin(&session.calling(0, "sleep", json!({ "ms": 300 })))).collect();
    for id in 1..20 {
        let mut open: Vec<_> = (0..sessions.len()).map(|index| server.begin(&call(index, id))).collect();
        for (index, connection) in open.iter_mut().enumerate() {
            let response = connection.response();
            assert_eq!(response.said(), format!("{index} asks {id}"), "{}", response.shown());
        }
    }
    for mut connection in slow {
        let response = connection.response();
        assert_eq!(response.text().matches("slept 300").count(), 1, "{}", response.shown());
    }
}

#[test]
fn an_id_in_flight_is_not_used_again() {
    let server = Running::start();
    for revision in LEGACY {
        let session = server.open(revision);
        let mut first = server.begin(&session.calling("same", "ticker", json!({ "key": revision, "ms": 300 })));
        server.counters.runs(revision);
        let second = session.call("same", "echo", json!({ "message": "no" }));
        assert_eq!(second.code(), Some(REQUEST), "{revision}: {}", second.shown());
        assert_eq!(second.json()["id"], "same", "{}", second.shown());
        let other = session.call("other", "echo", json!({ "message": "yes" }));
        assert_eq!(other.said(), "yes", "{}", other.shown());
        let first = first.response();
        assert_eq!((first.said().as_str(), &first.json()["id"]), ("ticked", &json!("same")), "{}", first.shown());
        assert_eq!(session.call("same", "echo", json!({ "message": "free" })).said(), "free");
    }
}

#[test]
fn the_end_of_a_session_drops_its_calls() {
    let server = Running::start();
    for revision in LEGACY {
        let (session, other) = (server.open(revision), server.open(revision));
        let mut mine = server.begin(&session.calling(1, "ticker", json!({ "key": format!("mine {revision}") })));
        let theirs = format!("theirs {revision}");
        let mut kept = server.begin(&other.calling(1, "ticker", json!({ "key": theirs, "ms": 600 })));
        server.counters.runs(&format!("mine {revision}"));
        server.counters.runs(&theirs);
        assert_eq!(session.delete().status(), 204);
        let took = server.counters.dropped(&format!("mine {revision}")).expect("the function is dropped");
        assert!(took < Duration::from_secs(1), "{took:?}");
        if let Ok(response) = mine.try_response(Duration::from_secs(2)) {
            assert!(!response.text().contains("ticked") && response.status() < 500, "{}", response.shown());
        }
        assert_eq!(server.counters.of(&format!("{theirs} dropped")), 0, "of another session");
        assert_eq!(kept.response().said(), "ticked");
    }
}

/// Also of those that began just then.
#[test]
fn no_call_outlives_its_session() {
    let server = Running::start();
    for round in 0..100_u64 {
        let session = server.open("2025-06-18");
        let call = session.calling(round, "ticker", json!({ "key": "outlives" })).bytes();
        let (mut calling, mut deleting) = (server.connect(), server.connect());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_micros(round * 5 % 300));
                calling.send(call);
            });
            let response = deleting.ask(&session.mark(Request::new("DELETE", "/mcp")));
            assert_eq!(response.status(), 204, "{}", response.shown());
        });
        let response = calling.response();
        assert!(!response.text().contains("ticked"), "{}", response.shown());
    }
    std::thread::sleep(Duration::from_millis(200));
    let before = server.counters.of("outlives");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(server.counters.of("outlives"), before, "something still ticks");
}

#[test]
fn there_are_only_so_many_sessions() {
    let server = Running::with(Http::new().sessions(2));
    let (first, second) = (server.open("2025-11-25"), server.open("2025-03-26"));
    let request = initialize("2025-06-18");
    let refused = server.ask(&request);
    let mut verdict = Verdict::default();
    verify(&mut verdict, "a third", &request, &refused, Is::Refused(503), &[]);
    verdict.that("no id for it", refused.header("mcp-session-id").is_none(), refused.shown());
    verdict.that("the others go on", first.ping().status() == 200 && second.ping().status() == 200, "");
    server.answers("a third session");
    first.delete();
    let third = server.open("2025-06-18");
    verdict.that("there is room again", third.ping().status() == 200 && second.ping().status() == 200, "");
}

#[test]
fn a_session_ends_when_nothing_happens() {
    let server = Running::with(Http::new().session_idle(Duration::from_millis(400)));
    let (idle, busy) = (server.open("2025-11-25"), server.open("2025-11-25"));
    for _ in 0..6 {
        std::thread::sleep(Duration::from_millis(150));
        assert_eq!(busy.ping().status(), 200, "what is used does not end");
    }
    let late = idle.ping();
    assert_eq!(late.status(), 404, "{}", late.shown());
}

#[test]
fn a_session_does_not_end_while_something_happens() {
    let server = Running::with(Http::new().session_idle(Duration::from_millis(400)));
    let (calling, streaming) = (server.open("2025-11-25"), server.open("2025-11-25"));
    let mut slow = server.begin(&calling.calling(1, "sleep", json!({ "ms": 1200 })));
    let stream = server.stream(&streaming.get());
    let response = slow.response();
    assert_eq!(response.said(), "slept 1200", "{}", response.shown());
    assert_eq!(calling.ping().status(), 200, "time counts from the end of a call");
    assert_eq!(streaming.ping().status(), 200, "a stream is open");
    drop(stream);
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!((calling.ping().status(), streaming.ping().status()), (404, 404), "and then they end");
}

#[test]
fn one_session_has_only_so_many_calls() {
    let server = Running::of(
        Server::new("test", "1.0.0").in_flight(2).drain(Duration::from_millis(200)),
        Http::new().stream_after(Duration::from_secs(20)),
    );
    let (session, other) = (server.open("2025-06-18"), server.open("2025-06-18"));
    let mut open: Vec<_> = (0..2)
        .map(|id| {
            let key = format!("full {id}");
            let connection = server.begin(&session.calling(id, "ticker", json!({ "key": key })));
            server.counters.runs(&key);
            connection
        })
        .collect();
    let mut verdict = Verdict::default();
    let request = session.calling(2, "echo", json!({ "message": "x" }));
    let refused = server.ask(&request);
    verify(&mut verdict, "a third call", &request, &refused, Is::Error(429, INTERNAL), &[]);
    verdict.that("a ping is answered", session.ping().status() == 200, "");
    verdict.that("other sessions go on", other.call(1, "echo", json!({ "message": "y" })).said() == "y", "");
    verdict.that("a cancellation is taken", session.cancel(0).status() == 202, "");
    verdict.that("and acts", server.counters.dropped("full 0").is_some(), "");
    let ended = open[0].response();
    verdict.that("what is cancelled has no answer", !ended.text().contains("result"), ended.shown());
    verdict.that("there is room again", session.call(3, "echo", json!({ "message": "z" })).said() == "z", "");
}

#[test]
fn the_server_has_only_so_many_calls() {
    let server = Running::with(Http::new().calls(1));
    let session = server.open("2025-11-25");
    let slow = server.begin(&crate::requests::call(1, "ticker", json!({ "key": "full" })));
    server.counters.runs("full");
    let mut verdict = Verdict::default();
    for (case, request) in [
        ("a modern call", crate::requests::call("m", "echo", json!({ "message": "x" }))),
        ("a call of a session", session.calling("s", "echo", json!({ "message": "x" }))),
    ] {
        verify(&mut verdict, case, &request, &server.ask(&request), Is::Error(503, INTERNAL), &[]);
    }
    verdict.that("a ping is answered", session.ping().status() == 200, "");
    drop(slow);
    assert!(server.counters.dropped("full").is_some());
    std::thread::sleep(Duration::from_millis(50));
    server.answers("a full house");
}
