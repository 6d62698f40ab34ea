//! Requests that were spoilt at random: no death, no hang, no 5xx, and whatever is said is JSON-RPC.
//!
//! `HTTP_MESSAGES` says how many (default 2,000), `HTTP_SEED` which.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use mcp_runtime::Http;
use serde_json::{Value, json};

use crate::client::{Body, Connection, Gone, Response};
use crate::common::{self, LEGACY};
use crate::fixture::Running;
use crate::requests::{Request, call, initialize, modern, notification};

/// Longer than any answer takes.
const HANG: Duration = Duration::from_secs(20);

const CLIENTS: u64 = 4;

/// How many requests a client sends in the same session.
const ROUND: u64 = 500;

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A generator of numbers (xorshift64*), so that a seed tells everything.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.roll() >> 16).unwrap() % limit.max(1)
    }

    fn one<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }
}

#[test]
fn nothing_kills_it() {
    let (messages, seed) = (variable("HTTP_MESSAGES", 2_000), variable("HTTP_SEED", 0x5eed));
    eprintln!("HTTP_MESSAGES={messages} HTTP_SEED={seed}");
    let server = Running::with(
        Http::new()
            .http_sse(true)
            .body_time(Duration::from_secs(2))
            .body_gap(Duration::from_millis(500))
            .session_idle(Duration::from_secs(2)),
    );
    let seen = Seen::default();
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (server, seen) = (&server, &seen);
            scope.spawn(move || {
                let seed = seed.wrapping_add(client).wrapping_mul(0x9E37_79B9);
                Client::new(server, seen, seed).send(messages / CLIENTS);
            });
        }
    });
    let seen = seen.into_inner().unwrap();
    eprintln!("{seen:?}");
    assert!([200, 202, 400, 403, 404, 405, 415].iter().all(|status| seen.contains_key(status)), "too tame: {seen:?}");
    server.answers("all that");
    assert_eq!(server.open("2025-11-25").ping().status(), 200);
}

/// How often each status came.
type Seen = Mutex<BTreeMap<u16, u64>>;

struct Client<'s> {
    server: &'s Running,
    seen: &'s Seen,
    dice: Dice,
    connection: Option<Connection>,
}

impl<'s> Client<'s> {
    fn new(server: &'s Running, seen: &'s Seen, seed: u64) -> Self {
        Self { server, seen, dice: Dice(seed | 1), connection: None }
    }

    fn send(&mut self, messages: u64) {
        let mut valid = Vec::new();
        for number in 0..messages {
            if number % ROUND == 0 {
                valid = self.valid();
            }
            let mut request = self.dice.one(&valid).clone();
            for _ in 0..=self.dice.below(3) {
                self.spoil(&mut request);
            }
            match self.dice.below(20) {
                0 => self.send_torn(&request),
                _ => self.send_whole(&request),
            }
        }
    }

    /// Good requests of every kind, in a session that was just opened.
    fn valid(&mut self) -> Vec<Request> {
        let revision = *self.dice.one(&LEGACY);
        let session = self.server.open(revision);
        let old = |id: u64, method: &str, params: Value| session.post(&common::request(revision, id, method, params));
        let arguments = json!({ "region": "us-west1", "priority": 42, "dry_run": true, "query": "SELECT \u{1f980}" });
        vec![
            modern(1, "server/discover", json!({})),
            modern("two", "tools/list", json!({})),
            modern(3, "resources/read", json!({ "uri": "city://Oslo" })),
            modern(4, "prompts/get", json!({ "name": "greet", "arguments": { "name": "Ada" } })),
            call(5, "echo", json!({ "message": "a \"quoted\" \\ text\n" })),
            call(6, "route", arguments.clone())
                .and("Mcp-Param-Region", "=?base64?dXMtd2VzdDE=?=")
                .and("Mcp-Param-Priority", "42")
                .and("Mcp-Param-Dry-Run", "true"),
            call(7, "echo", json!({ "message": "page" })).and("Origin", "http://localhost:3000"),
            call(8, "echo", json!({ "message": "stream" })).with("Accept", "text/event-stream"),
            Request::post(notification("notifications/cancelled", json!({ "requestId": 1 })).to_string()),
            initialize(revision),
            old(10, "tools/list", json!({})),
            old(11, "resources/templates/list", json!({ "cursor": null })),
            old(12, "ping", json!({})),
            session.calling(13, "route", arguments),
            session.calling("x", "echo", json!({ "message": "y" })).with("Accept", "application/json"),
            session.post(&json!([common::request(revision, 14, "ping", Value::Null), notification("a", json!({}))])),
            session.post(&notification("notifications/initialized", json!({}))),
            session.post(&json!({ "jsonrpc": "2.0", "id": 1, "result": {} })),
            Request::new("OPTIONS", "/mcp")
                .and("Origin", "http://localhost")
                .and("Access-Control-Request-Method", "POST"),
            Request::new("GET", "/readyz"),
            session.resume("1-1"),
            Request::post("{}").to("/messages?sessionId=0123456789abcdef0123456789abcdef"),
        ]
    }

    fn spoil(&mut self, request: &mut Request) {
        match self.dice.below(10) {
            0..=2 => self.spoil_bytes(&mut request.body),
            3..=5 => self.spoil_message(request),
            6 => self.spoil_header(request),
            7 if !request.headers.is_empty() => {
                let at = self.dice.below(request.headers.len());
                let header = request.headers[at].clone();
                request.headers.push(header);
            }
            8 if !request.headers.is_empty() => drop(request.headers.remove(self.dice.below(request.headers.len()))),
            _ => self.spoil_line(request),
        }
    }

    /// Spoils what the body says, and leaves it JSON.
    fn spoil_message(&mut self, request: &mut Request) {
        if let Ok(mut message) = serde_json::from_slice::<Value>(&request.body) {
            self.spoil_value(&mut message);
            request.body = message.to_string().into_bytes();
        }
    }

    fn spoil_value(&mut self, value: &mut Value) {
        let is_here = self.dice.below(4) == 0;
        match value {
            Value::Object(members) if !members.is_empty() && !is_here => {
                let key = members.keys().nth(self.dice.below(members.len())).unwrap().clone();
                match self.dice.below(8) {
                    0 => drop(members.remove(&key)),
                    1 => {
                        let value = members.remove(&key).unwrap();
                        let _ = members.insert(format!("{key}\0"), value);
                    }
                    _ => self.spoil_value(&mut members[&key]),
                }
            }
            Value::Array(members) if !members.is_empty() && !is_here => {
                let at = self.dice.below(members.len());
                self.spoil_value(&mut members[at]);
            }
            other => *other = self.value(),
        }
    }

    /// Any value.
    fn value(&mut self) -> Value {
        match self.dice.below(12) {
            0 => Value::Null,
            1 => json!(self.dice.below(2) == 0),
            2 => json!(self.dice.roll()),
            3 => json!(-1.5e-300),
            4 => json!("x".repeat(self.dice.below(5000))),
            5 => json!(*self.dice.one(&[
                "",
                "\0",
                "../..",
                "2026-07-28",
                "=?base64?",
                "initialize",
                "tools/call",
                "ticker",
                "\u{feff}"
            ])),
            6 => json!([]),
            7 => json!({}),
            8 => (0..self.dice.below(100)).fold(Value::Null, |inner, _| json!([inner])),
            9 => (0..self.dice.below(100)).fold(Value::Null, |inner, _| json!({ "_meta": inner })),
            10 => Value::Array((0..self.dice.below(200)).map(Value::from).collect()),
            _ => json!({ "name": "echo", "uri": "city://x", "id": 1, "method": "ping", "arguments": { "message": 1 } }),
        }
    }

    fn spoil_header(&mut self, request: &mut Request) {
        if request.headers.is_empty() {
            return;
        }
        let at = self.dice.below(request.headers.len());
        let mut value = request.headers[at].1.clone();
        self.spoil_bytes(&mut value);
        // A line must stay a line here; the rest is what `send_torn` is for.
        value.retain(|byte| !matches!(byte, b'\r' | b'\n'));
        request.headers[at].1 = value;
    }

    fn spoil_line(&mut self, request: &mut Request) {
        let words: [&[u8]; 12] = [
            b"GET",
            b"HEAD",
            b"DELETE",
            b"POST",
            b"PUT",
            b"/mcp",
            b"/sse",
            b"/messages?sessionId=%00",
            b"HTTP/1.0",
            b"HTTP/1.1",
            b"http://localhost/mcp",
            b"*",
        ];
        let mut parts: Vec<Vec<u8>> = request.line.split(|byte| *byte == b' ').map(<[u8]>::to_vec).collect();
        let at = self.dice.below(parts.len());
        if self.dice.below(2) == 0 {
            parts[at] = self.dice.one(&words).to_vec();
        } else {
            self.spoil_bytes(&mut parts[at]);
            parts[at].retain(|byte| !matches!(byte, b'\r' | b'\n'));
        }
        request.line = parts.join(&b' ');
    }

    /// Flips, deletes, inserts, doubles, or replaces bytes.
    fn spoil_bytes(&mut self, bytes: &mut Vec<u8>) {
        const TOKENS: [&[u8]; 24] = [
            b"{",
            b"}",
            b"[",
            b"]",
            b"\"",
            b",",
            b":",
            b"null",
            b"-1",
            b"1e999",
            b"9007199254740993",
            b"\\u0000",
            b"\\ud800",
            b"true",
            b"\xff",
            b"\xef\xbb\xbf",
            b"\0",
            b"\"method\":\"ping\",",
            b"\"id\":{},",
            b"\"_meta\":{},",
            b"2026-07-28",
            b"2025-03-26",
            b"=?base64?",
            b"?=",
        ];
        let (at, length) = (self.dice.below(bytes.len()), self.dice.below(8));
        let end = at.saturating_add(length).min(bytes.len());
        match self.dice.below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << self.dice.below(8),
            1 => drop(bytes.drain(at.min(end)..end)),
            2 => drop(bytes.splice(at..at, self.dice.one(&TOKENS).iter().copied())),
            3 => drop(bytes.splice(at.min(end)..end, self.dice.one(&TOKENS).iter().copied())),
            4 => {
                let part = bytes[at.min(end)..end].to_vec();
                bytes.splice(at..at, part.repeat(1 + length * length));
            }
            _ => bytes.truncate(at.max(bytes.len() / 2)),
        }
    }

    /// A request whose length is right, on a connection that goes on.
    fn send_whole(&mut self, request: &Request) {
        let mut connection = self.connection.take().unwrap_or_else(|| self.server.connect());
        connection.send(request.bytes());
        let is_head = request.line.starts_with(b"HEAD ");
        match answer(&mut connection, is_head) {
            Ok(Some(response)) => {
                self.check(request, &response);
                assert!(is_for(request, &response.json()), "{} for {request:?}", response.shown());
                let closes = response.header("connection") == Some("close") || !request.line.ends_with(b"HTTP/1.1");
                self.connection = Some(connection).filter(|_| !closes);
            }
            // A stream goes on for ever; nobody waits for that.
            Ok(None) => {}
            Err(Gone::Closed) => {}
            Err(Gone::Silent) => panic!("a hang: {:?}", String::from_utf8_lossy(&request.bytes())),
        }
    }

    /// Bytes that are spoilt wherever it may be, after which nothing more comes.
    fn send_torn(&mut self, request: &Request) {
        let mut bytes = request.bytes();
        self.spoil_bytes(&mut bytes);
        let mut connection = self.server.connect();
        connection.send(&bytes);
        connection.finish();
        match answer(&mut connection, bytes.starts_with(b"HEAD ")) {
            Ok(Some(response)) => self.check(request, &response),
            Ok(None) | Err(Gone::Closed) => {}
            Err(Gone::Silent) => panic!("a hang: {:?}", String::from_utf8_lossy(&bytes)),
        }
    }

    #[track_caller]
    fn check(&self, request: &Request, response: &Response) {
        let sent = String::from_utf8_lossy(&request.bytes()).into_owned();
        let status = response.status();
        *self.seen.lock().unwrap().entry(status).or_default() += 1;
        assert!(status < 500 || matches!(status, 503 | 505), "{} for {sent:?}", response.shown());
        let is_health = sent.contains("/readyz") && status == 200;
        if !response.body.is_empty() && !is_health {
            let answer = response.json();
            let mut members = answer.as_array().cloned().unwrap_or_else(|| vec![answer.clone()]).into_iter();
            assert!(members.all(|member| member["jsonrpc"] == "2.0"), "{} for {sent:?}", response.shown());
        }
    }
}

/// The whole answer, or nothing if it is a stream.
fn answer(connection: &mut Connection, is_head: bool) -> Result<Option<Response>, Gone> {
    let head = connection.final_head(HANG)?;
    if head.kind() == "text/event-stream" {
        assert_eq!(head.status, 200, "{head:?}");
        return Ok(None);
    }
    let mut rest = if is_head { Body::Read } else { Body::of(&head) };
    let mut body = Vec::new();
    let end = std::time::Instant::now() + HANG;
    while let Some(part) = rest.part(connection, end)? {
        body.extend(part);
    }
    Ok(Some(Response { head, body }))
}

/// An answer that has an id has that of its request.
fn is_for(request: &Request, answer: &Value) -> bool {
    let message: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let is_plain = |id: &Value| id.is_string() || id.is_i64() || id.is_u64();
    !is_plain(&message["id"]) || !is_plain(&answer["id"]) || message["id"] == answer["id"]
}
