//! The transport of 2024-11-05: a stream, and an address to which messages are posted (2024-11-05, HTTP with SSE).

use std::time::{Duration, Instant};

use mcp_runtime::{Http, Server};
use serde_json::{Value, json};

use crate::client::{PATIENCE, Response};
use crate::common::{self, Verdict};
use crate::events::{Happening, Stream};
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
        Self::open_with(server, REVISION)
    }

    fn open_with(server: &'s Running, revision: &str) -> Self {
        let mut old = Self::connect(server);
        let opened = old.ask(&common::initialize(revision));
        assert_eq!(opened["result"]["protocolVersion"], revision, "{opened}");
        old.say(&notification("notifications/initialized", json!({})));
        old
    }

    fn posting(&self, body: impl AsRef<[u8]>) -> Request {
        Request::post(body).without("Accept").to(&self.address)
    }

    fn post(&self, message: &Value) -> Response {
        self.server.ask(&self.posting(message.to_string()))
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
    let mut verdict = Verdict::default();
    let torn = common::call(REVISION, 1, "echo", json!({ "message": "a b" })).to_string().replace("a b", "a\nb");
    for (body, code) in [
        ("", -32700),
        (" \r\n ", -32700),
        ("{", -32700),
        ("\u{0}", -32700),
        (&torn, -32700),
        ("[]", -32600),
        ("5", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":1}", -32600),
    ] {
        let response = server.ask(&old.posting(body));
        verdict.that(body, (response.status(), response.code()) == (400, Some(code)), response.shown());
    }
    assert_eq!(
        old.ask(&common::request(REVISION, "after", "ping", Value::Null))["id"],
        "after",
        "all else was not heard"
    );
}

#[test]
fn a_message_may_have_several_lines() {
    let server = start();
    let mut old = Old::open(&server);
    let call = common::call(REVISION, 1, "echo", json!({ "message": "hello" }));
    let pretty = serde_json::to_string_pretty(&call).unwrap();
    assert!(pretty.contains('\n'));
    for body in [pretty.replace('\n', "\r\n"), format!("\u{feff}\n{pretty}\n")] {
        assert_eq!(server.ask(&old.posting(&body)).status(), 202, "{body}");
        assert_eq!(old.hear()["result"]["content"][0]["text"], "hello");
    }
}

/// Functions see the request that brought the call.
#[test]
fn headers_reach_functions() {
    let server = start();
    let mut old = Old::open(&server);
    let call = common::call(REVISION, 1, "header", json!({ "name": "x-who" }));
    let response = server.ask(&old.posting(call.to_string()).and("X-Who", "me"));
    assert_eq!(response.status(), 202, "{}", response.shown());
    assert_eq!(old.hear()["result"]["content"][0]["text"], "me");
}

#[test]
fn calls_in_flight_are_answered_when_the_server_ends() {
    let mut server =
        Running::of(Server::new("test", "1.0.0").drain(Duration::from_secs(5)), Http::new().http_sse(true));
    let (mut stream, mut idle) = {
        let old = Old::open(&server);
        for (id, ms) in [(1, 600), (2, 300)] {
            old.say(&common::call(REVISION, id, "ticker", json!({ "key": format!("old {id}"), "ms": ms })));
            server.counters.runs(&format!("old {id}"));
        }
        (old.stream, Old::open(&server).stream)
    };
    server.stop();
    assert_eq!(idle.rest(), Vec::<Value>::new());
    assert_eq!(idle.next(PATIENCE), Some(Happening::End));
    assert!(server.is_running(), "an idle stream does not wait for others");
    let answers = stream.rest();
    let told: Vec<_> = answers.iter().map(|answer| (&answer["id"], &answer["result"]["content"][0]["text"])).collect();
    assert_eq!(told, [(&json!(2), &json!("ticked")), (&json!(1), &json!("ticked"))], "{answers:?}");
    assert_eq!(stream.next(PATIENCE), Some(Happening::End));
    let start = Instant::now();
    server.end().unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "nothing is left to wait for: {:?}", start.elapsed());
}

#[test]
fn what_is_not_finished_at_the_deadline_is_dropped() {
    let mut server = start();
    let mut stream = {
        let old = Old::open(&server);
        old.say(&common::call(REVISION, 1, "ticker", json!({ "key": "old" })));
        server.counters.runs("old");
        old.stream
    };
    let start = Instant::now();
    server.end().unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(server.counters.dropped("old").is_some());
    let end = std::iter::from_fn(|| stream.next(PATIENCE)).find(|next| matches!(next, Happening::End | Happening::Cut));
    assert!(end.is_some());
}

#[test]
fn only_so_many_sessions_are_open() {
    let server = Running::with(Http::new().http_sse(true).sessions(2));
    let mut first = Old::open(&server);
    let second = Old::open(&server);
    let refused = server.ask(&sse());
    assert_eq!((refused.status(), refused.code()), (503, Some(-32603)), "{}", refused.shown());
    drop(second);
    let start = Instant::now();
    while server.connect().ask_head(&sse()) == 503 {
        assert!(start.elapsed() < PATIENCE, "the place of the one that left is not free");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(first.ask(&common::request(REVISION, 1, "ping", Value::Null))["id"], 1);
}

#[test]
fn its_calls_are_counted() {
    let server = Running::with(Http::new().http_sse(true).calls(2));
    let mut old = Old::open_with(&server, "2025-03-26");
    let call = |id, tool, arguments| common::call("2025-03-26", id, tool, arguments);
    for id in [1, 2] {
        let key = format!("old {id}");
        old.say(&call(id, "ticker", json!({ "key": key })));
        server.counters.runs(&key);
    }
    let other = server.ask(&crate::requests::call(1, "echo", json!({ "message": "x" })));
    assert_eq!((other.status(), other.code()), (503, Some(-32603)), "{}", other.shown());
    let refused = old.ask(&call(3, "echo", json!({ "message": "x" })));
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(3), &json!(-32603)), "{refused}");
    assert_eq!(
        old.ask(&common::request(REVISION, 4, "ping", Value::Null))["result"],
        json!({}),
        "only calls are refused"
    );
    for id in [1, 2] {
        old.say(&notification("notifications/cancelled", json!({ "requestId": id })));
        assert!(server.counters.dropped(&format!("old {id}")).is_some());
    }
    let sleeps: Vec<_> = (5..9).map(|id| call(id, "sleep", json!({ "ms": 100 }))).collect();
    let answers = old.ask(&Value::Array(sleeps));
    let (slept, busy): (Vec<_>, Vec<_>) =
        answers.as_array().unwrap().iter().partition(|answer| answer["error"].is_null());
    assert_eq!((slept.len(), busy.len()), (2, 2), "{answers}");
    assert_eq!(old.ask(&call(9, "echo", json!({ "message": "x" })))["result"]["content"][0]["text"], "x");
}

/// What intermediaries see must be what is done: such a request comes with headers that say the same, one to a POST
/// (2026-07-28, Streamable HTTP, Server Validation).
#[test]
fn a_modern_request_is_a_post_of_its_own() {
    let server = start();
    let mut verdict = Verdict::default();
    let discover = common::request(common::MODERN, 1, "server/discover", json!({}));
    let echo = common::call(common::MODERN, 2, "echo", json!({ "message": "x" }));
    let mut old = Old::open(&server);
    for message in [&discover, &echo] {
        let answer = old.ask(message);
        let is_refused = answer["error"]["code"] == -32600 && answer["id"] == message["id"];
        verdict.that("on HTTP+SSE", is_refused, answer.to_string());
    }
    let session = server.open("2025-03-26");
    let ping = common::request("2025-03-26", 3, "ping", Value::Null);
    let answers = session.say(&json!([discover, echo, ping])).json();
    for answer in answers.as_array().unwrap() {
        let fits = if answer["id"] == 3 { answer["result"].is_object() } else { answer["error"]["code"] == -32600 };
        verdict.that("within a batch", fits, answer.to_string());
    }
    assert_eq!(answers.as_array().map(Vec::len), Some(3), "{answers}");
}

/// A message that does not arrive as a whole takes nothing else with it.
#[test]
fn who_vanishes_while_posting_spoils_nothing() {
    let server = start();
    let mut old = Old::open(&server);
    for round in 0..40 {
        let long = common::call(REVISION, format!("long {round}"), "ecco", json!({ "message": "x".repeat(3_000_000) }));
        drop(server.begin(&old.posting(long.to_string())));
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
