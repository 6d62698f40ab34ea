//! The transport of 2024-11-05: a stream, and an address to which messages are posted (2024-11-05, HTTP with SSE).

use std::time::{Duration, Instant};

use mcp_runtime::Http;
use serde_json::{Value, json};

use crate::client::{PATIENCE, Response};
use crate::common::{self, Verdict};
use crate::events::Stream;
use crate::fixture::Running;
use crate::requests::{Request, modern, notification};

const REVISION: &str = "2024-11-05";

fn start() -> Running {
    Running::with(Http::new().http_sse(true).keep_alive(Duration::from_millis(50)))
}

fn sse() -> Request {
    Request::get().to("/sse")
}

/// A client of the old transport.
struct Old<'s> {
    server: &'s Running,
    stream: Stream,
    /// Where it posts.
    address: String,
}

impl<'s> Old<'s> {
    /// Opens the stream, and takes the address from it.
    fn connect(server: &'s Running) -> Self {
        let mut stream = server.stream(&sse());
        let first = stream.event();
        assert_eq!(first.event.as_deref(), Some("endpoint"), "{first:?}");
        let data = first.data.unwrap();
        // Relative to `/sse`.
        let address = if data.starts_with('/') { data } else { format!("/{data}") };
        assert!(address.starts_with("/messages?sessionId="), "{address}");
        Self { server, stream, address }
    }

    fn open(server: &'s Running) -> Self {
        let mut old = Self::connect(server);
        let opened = old.ask(&common::initialize(REVISION));
        assert_eq!(opened["result"]["protocolVersion"], REVISION, "{opened}");
        old.say(&notification("notifications/initialized", json!({})));
        old
    }

    fn post(&self, message: &Value) -> Response {
        self.server.ask(&Request::post(message.to_string()).without("Accept").to(&self.address))
    }

    fn say(&self, message: &Value) {
        let response = self.post(message);
        assert_eq!(response.status(), 202, "{}", response.shown());
    }

    fn hear(&mut self) -> Value {
        let event = self.stream.message();
        assert_eq!(event.event.as_deref(), Some("message"), "{event:?}");
        event.json()
    }

    fn ask(&mut self, message: &Value) -> Value {
        self.say(message);
        self.hear()
    }
}

#[test]
fn it_is_off_unless_it_is_asked_for() {
    let server = Running::start();
    for request in [sse(), Request::post("{}").to("/messages?sessionId=0"), Request::new("GET", "/messages")] {
        let response = server.ask(&request);
        assert_eq!(response.status(), 404, "{}", response.shown());
    }
}

#[test]
fn messages_come_on_the_stream() {
    let server = start();
    let mut old = Old::open(&server);
    let pinged = old.ask(&common::request(REVISION, 1, "ping", Value::Null));
    assert_eq!(pinged, json!({ "jsonrpc": "2.0", "id": 1, "result": {} }));
    let called = old.ask(&common::call(REVISION, "two", "echo", json!({ "message": "hello" })));
    assert_eq!((&called["id"], &called["result"]["content"][0]["text"]), (&json!("two"), &json!("hello")));
    let unknown = old.ask(&common::request(REVISION, 3, "un/known", json!({})));
    assert_eq!(unknown["error"]["code"], -32601);
    old.say(&common::call(REVISION, 4, "sleep", json!({ "ms": 200 })));
    old.say(&common::call(REVISION, 5, "revision", json!({})));
    let (quick, slow) = (old.hear(), old.hear());
    assert_eq!((&quick["id"], &slow["id"]), (&json!(5), &json!(4)), "{quick} {slow}");
    assert_eq!(quick["result"]["content"][0]["text"], REVISION);
}

#[test]
fn clients_with_the_same_ids_never_see_each_other() {
    let server = start();
    let (mut first, mut second) = (Old::open(&server), Old::open(&server));
    assert_ne!(first.address, second.address);
    for round in 0..10 {
        first.say(&common::call(REVISION, round, "echo", json!({ "message": "first" })));
        second.say(&common::call(REVISION, round, "echo", json!({ "message": "second" })));
        assert_eq!(first.hear()["result"]["content"][0]["text"], "first");
        assert_eq!(second.hear()["result"]["content"][0]["text"], "second");
    }
}

#[test]
fn a_call_is_cancelled() {
    let server = start();
    let mut old = Old::open(&server);
    old.say(&common::call(REVISION, 1, "ticker", json!({ "key": "old" })));
    server.counters.runs("old");
    old.say(&notification("notifications/cancelled", json!({ "requestId": 1 })));
    assert!(server.counters.dropped("old").is_some());
    assert_eq!(old.ask(&common::request(REVISION, 2, "ping", Value::Null))["id"], 2, "nothing is said for it");
}

#[test]
fn only_its_own_address_is_answered() {
    let server = start();
    let old = Old::open(&server);
    let session = server.open("2025-11-25");
    let mut verdict = Verdict::default();
    let ping = common::request(REVISION, 1, "ping", Value::Null).to_string();
    for (case, target) in [
        ("unknown", format!("/messages?sessionId={}", "0".repeat(32))),
        ("empty", "/messages?sessionId=".into()),
        ("short", old.address[..old.address.len() - 1].to_owned()),
        ("a session of the other transport", format!("/messages?sessionId={}", session.id)),
    ] {
        let response = server.ask(&Request::post(&ping).to(&target));
        verdict.that(case, response.status() == 404 && response.code().is_some(), response.shown());
    }
    let none = server.ask(&Request::post(&ping).to("/messages"));
    verdict.that("none", matches!(none.status(), 400 | 404), none.shown());
    let id = old.address.rsplit('=').next().unwrap();
    let other = server.ask(&Request::post(&ping).and("Mcp-Session-Id", id));
    verdict.that("at the other transport", other.status() == 404, other.shown());
    for (case, request) in [
        ("a foreign page", sse().and("Origin", "http://evil.example.com")),
        ("a foreign host", sse().with("Host", "evil.example.com")),
        ("a message of a foreign page", Request::post(&ping).to(&old.address).and("Origin", "http://evil.example.com")),
        ("a message to a foreign host", Request::post(&ping).to(&old.address).with("Host", "evil.example.com")),
    ] {
        let response = server.ask(&request);
        verdict.that(case, response.status() == 403, response.shown());
    }
    for (case, request) in [("POST", Request::post("{}").to("/sse")), ("GET", Request::get().to(&old.address))] {
        let response = server.ask(&request);
        verdict.that(case, response.status() == 405, response.shown());
    }
    let text = server.ask(&Request::post(&ping).to(&old.address).with("Content-Type", "text/plain"));
    verdict.that("as text", text.status() == 415, text.shown());
}

#[test]
fn the_session_ends_with_its_stream() {
    let server = start();
    let old = Old::open(&server);
    old.say(&common::call(REVISION, 1, "ticker", json!({ "key": "old" })));
    server.counters.runs("old");
    let Old { stream, address, .. } = old;
    drop(stream);
    assert!(server.counters.dropped("old").is_some(), "nobody can be answered any more");
    let ping = Request::post(common::request(REVISION, 1, "ping", Value::Null).to_string()).to(&address);
    let start = Instant::now();
    while server.ask(&ping).status() != 404 {
        assert!(start.elapsed() < PATIENCE, "the session does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn garbage_does_not_end_it() {
    let server = start();
    let mut old = Old::open(&server);
    for body in ["{", "[]", "5", "{\"jsonrpc\":\"2.0\",\"id\":1}", "\u{0}"] {
        let response = server.ask(&Request::post(body).to(&old.address));
        assert!(matches!(response.status(), 202 | 400), "{body}: {}", response.shown());
    }
    old.say(&common::request(REVISION, "after", "ping", Value::Null));
    while old.hear()["id"] != "after" {}
}

/// A message that does not arrive as a whole takes nothing else with it.
#[test]
fn who_vanishes_while_posting_spoils_nothing() {
    let server = start();
    let mut old = Old::open(&server);
    for round in 0..40 {
        let long = common::call(REVISION, format!("long {round}"), "ecco", json!({ "message": "x".repeat(3_000_000) }));
        let request = Request::post(long.to_string()).without("Accept").to(&old.address);
        drop(server.begin(&request));
        old.say(&common::request(REVISION, round, "ping", Value::Null));
        let start = Instant::now();
        while old.hear()["id"] != round {
            assert!(start.elapsed() < PATIENCE, "{round} is not answered");
        }
    }
}

#[test]
fn the_endpoint_is_served_beside_it() {
    let server = start();
    let _old = Old::open(&server);
    assert_eq!(server.ask(&modern(1, "tools/list", json!({}))).status(), 200);
    assert_eq!(server.open("2025-11-25").ping().status(), 200);
}
