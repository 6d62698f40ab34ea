//! What no honest client sends. After each of it the server answers as usual.

use std::time::Duration;

use serde_json::json;

use crate::client::{Gone, PATIENCE};
use crate::common::{self, MODERN, Verdict};
use crate::expect::{Is, PARSE, REQUEST, table, verify};
use crate::fixture::Running;
use crate::requests::{Request, call, chunk, modern};

fn echo() -> Request {
    call(1, "echo", json!({ "message": "hi" }))
}

/// A modern request with this body and the headers of `tools/list`.
fn body(bytes: impl AsRef<[u8]>) -> Request {
    Request { body: bytes.as_ref().to_vec(), ..modern(1, "tools/list", json!({})) }
}

/// `tools/list` with one more member.
fn with_member(member: &str) -> Request {
    let message = common::request(MODERN, 1, "tools/list", json!({})).to_string();
    body(format!("{}{member}}}", &message[..message.len() - 1]))
}

fn nested(depth: usize) -> String {
    // The message is one level itself.
    format!(",\"x\":{}{}", "[".repeat(depth - 1), "]".repeat(depth - 1))
}

#[test]
fn bodies_that_are_no_messages() {
    let server = Running::start();
    let list = || common::request(MODERN, 1, "tools/list", json!({})).to_string();
    let bom = [b"\xef\xbb\xbf".as_slice(), list().as_bytes()].concat();
    table(
        &server,
        [
            ("nothing", body(""), Is::Nameless(400, PARSE)),
            ("spaces", body("  \r\n "), Is::Nameless(400, PARSE)),
            ("words", body("hello"), Is::Nameless(400, PARSE)),
            ("half an object", body(&list()[..30]), Is::Nameless(400, PARSE)),
            ("two values", body([list(), list()].concat()), Is::Nameless(400, PARSE)),
            ("two lines", body([list(), list()].join("\n")), Is::Nameless(400, PARSE)),
            ("a trailing comma", with_member(","), Is::Nameless(400, PARSE)),
            ("a form", body("jsonrpc=2.0&method=tools/list"), Is::Nameless(400, PARSE)),
            ("a byte order mark", Request { body: bom, ..body("") }, Is::Result),
            ("spaces around it", body(format!(" \r\n\t{} \n", list())), Is::Result),
            ("not UTF-8", with_member_bytes(b",\"x\":\"\xff\""), Is::Nameless(400, PARSE)),
            (
                "UTF-16",
                body(list().encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
                Is::Nameless(400, PARSE),
            ),
            ("a NUL behind it", body([list().as_bytes(), b"\0"].concat()), Is::Nameless(400, PARSE)),
            ("128 deep", with_member(&nested(128)), Is::Result),
            ("129 deep", with_member(&nested(129)), Is::Error(400, REQUEST)),
            ("100,000 deep", with_member(&nested(100_000)), Is::Error(400, REQUEST)),
            ("100,000 open brackets", body("[".repeat(100_000)), Is::Nameless(400, PARSE)),
            ("a number", body("1"), Is::Nameless(400, REQUEST)),
            ("null", body("null"), Is::Nameless(400, REQUEST)),
            ("an empty object", body("{}"), Is::Nameless(400, REQUEST)),
            ("an empty batch", body("[]"), Is::Nameless(400, REQUEST)),
            ("a method twice", with_member(r#","method":"tools/call""#), Is::Error(400, REQUEST)),
            ("params twice", with_member(r#","params":{}"#), Is::Error(400, REQUEST)),
            ("an id twice", with_member(r#","id":2"#), Is::Nameless(400, REQUEST)),
            ("an id that is null", body(list().replace("\"id\":1", "\"id\":null")), Is::Nameless(400, REQUEST)),
            ("no version of JSON-RPC", body(list().replace("jsonrpc", "JSONRPC")), Is::Error(400, REQUEST)),
        ],
    );
    server.answers("all that");
}

fn with_member_bytes(member: &[u8]) -> Request {
    let message = common::request(MODERN, 1, "tools/list", json!({})).to_string();
    body([&message.as_bytes()[..message.len() - 1], member, b"}"].concat())
}

#[test]
fn types_of_bodies() {
    let server = Running::start();
    let mut verdict = Verdict::default();
    let typed = |kind: &str| echo().with("Content-Type", kind);
    for kind in [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json ; charset=\"utf-8\"",
        "application/json;",
    ] {
        let response = server.ask(&typed(kind));
        verdict.that(kind, response.said() == "hi", response.shown());
    }
    for kind in [
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json-rpc",
        "application/jsonx",
        "application",
        "application/json, text/plain",
        "text/plain; application/json",
        "application/json; charset=latin1",
        "application/json; charset=utf-16",
        "",
    ] {
        let request = typed(kind);
        verify(&mut verdict, kind, &request, &server.ask(&request), Is::Refused(415), &[]);
    }
    let none = echo().without("Content-Type");
    verify(&mut verdict, "none", &none, &server.ask(&none), Is::Refused(415), &[]);
    let twice = server.ask(&echo().and("Content-Type", "text/plain"));
    verdict.that("twice", matches!(twice.status(), 400 | 415), twice.shown());
    let packed = server.ask(&echo().and("Content-Encoding", "gzip"));
    verdict.that("packed", matches!(packed.status(), 200 | 400 | 415), packed.shown());
    server.answers("strange types");
}

#[test]
fn requests_come_one_behind_the_other() {
    let server = Running::start();
    let mut connection = server.connect();
    let slow = call("slow", "sleep", json!({ "ms": 100 }));
    let quick = call("quick", "echo", json!({ "message": "x" }));
    let bad = Request::post("{");
    connection.send([slow.bytes(), quick.bytes(), bad.bytes(), quick.bytes()].concat());
    let answers: Vec<_> = (0..4).map(|_| connection.response()).collect();
    assert_eq!(answers[0].json()["id"], "slow", "{}", answers[0].shown());
    assert_eq!(answers[1].json()["id"], "quick", "{}", answers[1].shown());
    assert_eq!(answers[2].code(), Some(PARSE), "{}", answers[2].shown());
    assert_eq!(answers[3].json()["id"], "quick", "{}", answers[3].shown());
}

#[test]
fn pieces_of_any_size_are_one_request() {
    let server = Running::start();
    let chunked = echo().and("Transfer-Encoding", "chunked").and("Trailer", "X-After");
    let (first, second) = chunked.body.split_at(10);
    let parts = [
        format!("{:X};name=\"a value\"\r\n", first.len()).into_bytes(),
        first.to_vec(),
        format!("\r\n000{:x}\r\n", second.len()).into_bytes(),
        second.to_vec(),
        b"\r\n0\r\nX-After: all\r\n\r\n".to_vec(),
    ];
    for bytes in [echo().bytes(), [chunked.head(), parts.concat()].concat()] {
        for size in [1, 2, 3, 7, 50] {
            let mut connection = server.connect();
            for _ in 0..2 {
                bytes.chunks(size).for_each(|piece| assert!(connection.send(piece)));
                let response = connection.response();
                assert_eq!(response.said(), "hi", "in pieces of {size}: {}", response.shown());
            }
        }
    }
}

/// What is wrong in a head may be told before it ends, and is told when it does.
#[test]
fn a_bad_head_in_pieces_is_refused_at_its_end() {
    let server = Running::start();
    for size in [1, 2, 3, 7] {
        for first in [None, Some(echo())] {
            let mut connection = server.connect();
            if let Some(first) = first {
                assert_eq!(connection.ask(&first).said(), "hi");
            }
            let bad = b"GET /mcp HTTP/1.1\r\nHost: localhost\r\nno header\r\n\r\n";
            assert!(bad.chunks(size).all(|piece| connection.send(piece)), "in pieces of {size}");
            assert_eq!(connection.response().status(), 400, "in pieces of {size}");
            assert!(connection.is_closed_within(PATIENCE), "in pieces of {size}");
        }
    }
}

/// Who sends and does not read is not served without end, and loses nothing.
#[test]
fn a_thousand_requests_are_sent_before_one_answer_is_read() {
    let server = Running::start();
    let mut connection = server.connect();
    let all: Vec<u8> = (0..1000).flat_map(|id| call(id, "echo", json!({ "message": "x" })).bytes()).collect();
    assert!(connection.send(all));
    for id in 0..1000 {
        let response = connection.response();
        assert_eq!(response.json()["id"], id, "{}", response.shown());
    }
}

#[test]
fn one_connection_carries_many_requests() {
    let server = Running::start();
    let session = server.open("2025-06-18");
    let mut connection = server.connect();
    for id in 0..50 {
        let response = connection.ask(&call(id, "echo", json!({ "message": "x" })));
        assert_eq!(response.json()["id"], id, "{}", response.shown());
        let response = connection.ask(&session.calling(id, "echo", json!({ "message": "y" })));
        assert_eq!((response.said().as_str(), &response.json()["id"]), ("y", &json!(id)), "{}", response.shown());
        let response = connection.ask(&modern(id, "un/known", json!({})));
        assert_eq!(response.status(), 404, "an error does not end a connection");
    }
}

#[test]
fn older_http() {
    let server = Running::start();
    let mut connection = server.connect();
    let old = Request { line: b"POST /mcp HTTP/1.0".to_vec(), ..echo() };
    connection.send(old.bytes());
    let response = connection.response();
    assert_eq!(response.said(), "hi", "{}", response.shown());
    assert!(connection.is_closed_within(PATIENCE), "it has no keep-alive");
    let nowhere = server.ask(&old.without("Host"));
    assert_eq!(nowhere.status(), 400, "{}", nowhere.shown());
    let session = server.open("2025-11-25");
    let get = Request { line: b"GET /mcp HTTP/1.0".to_vec(), ..session.get() };
    let stream = server.stream(&get);
    assert_eq!(stream.head.header("transfer-encoding"), None, "it has no chunks");
    let kept = echo().and("Connection", "close");
    let mut connection = server.connect();
    assert_eq!(connection.ask(&kept).said(), "hi");
    assert!(connection.is_closed_within(PATIENCE), "as it was asked to");
}

/// What is no HTTP at all.
#[test]
fn garbage_is_refused_or_hung_up_on() {
    let server = Running::start();
    let long = "x".repeat(200_000);
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20)),
        ("NULs", vec![0; 1000]),
        ("every byte", (0..=255).collect()),
        ("words", b"hello\r\n\r\n".to_vec()),
        ("a message without HTTP", b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n\r\n\r\n".to_vec()),
        ("SSH", b"SSH-2.0-OpenSSH_9.0\r\n\r\n".to_vec()),
        ("lines only", b"\r\n\r\n\r\n\r\n".to_vec()),
        ("an unknown version", b"POST /mcp HTTP/9.9\r\nHost: localhost\r\n\r\n".to_vec()),
        ("no version", b"GET /mcp\r\n\r\n".to_vec()),
        ("no target", b"POST HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
        ("spaces before the method", b" POST /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
        ("a header without a colon", b"POST /mcp HTTP/1.1\r\nHost localhost\r\n\r\n".to_vec()),
        ("a header without a name", b"POST /mcp HTTP/1.1\r\n: localhost\r\n\r\n".to_vec()),
        ("a space before the colon", b"POST /mcp HTTP/1.1\r\nHost : localhost\r\n\r\n".to_vec()),
        ("a folded header", b"POST /mcp HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n".to_vec()),
        ("a NUL in a header", b"POST /mcp HTTP/1.1\r\nHost: local\0host\r\n\r\n".to_vec()),
        ("an asterisk", b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
        ("a tunnel", b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
        (
            "another protocol",
            b"GET /mcp HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n".to_vec(),
        ),
        ("a preface and garbage", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff".to_vec()),
        ("half a preface", b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n".to_vec()),
        ("a long method", format!("{long} /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()),
        ("one long line", long.into_bytes()),
    ];
    let mut verdict = Verdict::default();
    for (case, bytes) in rows {
        let mut connection = server.connect();
        connection.send(bytes);
        connection.finish();
        match connection.first_bytes(PATIENCE) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let is_refused = text.starts_with("HTTP/1.") && !text.contains(" 200 ") && !text[9..].starts_with('5')
                    || text.starts_with("HTTP/1.1 505")
                    // An HTTP/2 server speaks first.
                    || case.contains("preface") && bytes.get(3) == Some(&4);
                verdict.that(case, is_refused, text);
            }
            Err(gone) => verdict.that(case, gone == Gone::Closed, "silence"),
        }
        server.answers(case);
    }
}

/// Two readers of the same bytes must not see different requests (RFC 9112, Message Body Length).
#[test]
fn lengths_that_disagree() {
    let server = Running::start();
    let ticker = |key: &str| call(1, "ticker", json!({ "key": key, "ms": 1 }));
    let length = echo().body.len().to_string();
    let chunked = chunk(&echo().body);
    let rows: Vec<(&str, Vec<u8>)> = vec![
        (
            "two lengths",
            [echo().and("Content-Length", &length).and("Content-Length", "5").head(), echo().body].concat(),
        ),
        ("a list of lengths", [echo().and("Content-Length", format!("{length}, 5")).head(), echo().body].concat()),
        ("a negative length", [echo().and("Content-Length", "-1").head(), echo().body].concat()),
        ("a length with a sign", [echo().and("Content-Length", format!("+{length}")).head(), echo().body].concat()),
        ("a length in hex", [echo().and("Content-Length", "0x10").head(), echo().body].concat()),
        ("a length past all", [echo().and("Content-Length", "99999999999999999999999").head(), echo().body].concat()),
        ("no coding", [echo().and("Transfer-Encoding", "identity").head(), chunked.clone()].concat()),
        (
            "chunks that are not last",
            [echo().and("Transfer-Encoding", "chunked, gzip").head(), chunked.clone()].concat(),
        ),
        ("a strange coding", [echo().and("Transfer-Encoding", "xchunked").head(), chunked.clone()].concat()),
        (
            "a length of a chunk that is none",
            [echo().and("Transfer-Encoding", "chunked").head(), b"zz\r\nhello\r\n0\r\n\r\n".to_vec()].concat(),
        ),
        (
            "a chunk that is too long",
            [echo().and("Transfer-Encoding", "chunked").head(), b"ffffffffffffffffff\r\n".to_vec()].concat(),
        ),
        (
            "a chunk without an end",
            [echo().and("Transfer-Encoding", "chunked").head(), b"2\r\nhello\r\n0\r\n\r\n".to_vec()].concat(),
        ),
    ];
    let mut verdict = Verdict::default();
    for (case, bytes) in rows {
        let mut connection = server.connect();
        connection.send(bytes);
        connection.finish();
        match connection.try_response(PATIENCE) {
            Ok(response) => verdict.that(case, (400..500).contains(&response.status()), response.shown()),
            Err(gone) => verdict.that(case, gone == Gone::Closed, "silence"),
        }
        server.answers(case);
    }
    let smuggled = ticker("smuggled").bytes();
    let outer = echo().and("Content-Length", (5 + smuggled.len()).to_string()).and("Transfer-Encoding", "chunked");
    let mut connection = server.connect();
    connection.send([outer.head(), b"0\r\n\r\n".to_vec(), smuggled].concat());
    connection.finish();
    assert!(connection.is_closed_within(PATIENCE));
    std::thread::sleep(Duration::from_millis(50));
    verdict.that("nothing is smuggled", server.counters.of("smuggled") == 0, "it ran");
}

/// The body of what is refused is not the next request, even if it looks like one.
#[test]
fn a_refused_body_is_not_read_as_a_request() {
    let server = Running::start();
    let inner = call(1, "ticker", json!({ "key": "inner", "ms": 1 })).bytes();
    let outer = Request { body: inner, ..echo() };
    let mut verdict = Verdict::default();
    for (case, request) in [
        ("a foreign host", outer.clone().with("Host", "evil.example.com")),
        ("a foreign page", outer.clone().and("Origin", "null")),
        ("another type", outer.clone().with("Content-Type", "text/plain")),
        ("another path", outer.clone().to("/nothing")),
        ("another method", outer.clone().method("PUT")),
        ("nothing acceptable", outer.clone().with("Accept", "image/png")),
        ("GET", outer.clone().method("GET")),
        ("a health check", outer.clone().method("GET").to("/healthz")),
        ("chunks", outer.clone().and("Transfer-Encoding", "chunked").and("Origin", "null")),
        ("no message", outer),
    ] {
        let mut connection = server.connect();
        let refused = connection.ask(&request);
        verdict.that(case, refused.status() < 500 && !refused.text().contains("ticked"), refused.shown());
        // Then the connection goes on, or it does not; nothing in between.
        connection.send(call("next", "echo", json!({ "message": "next" })).bytes());
        match connection.try_response(PATIENCE) {
            Ok(next) => verdict.that(case, next.said() == "next", next.shown()),
            Err(gone) => verdict.that(case, gone == Gone::Closed, "silence"),
        }
    }
    std::thread::sleep(Duration::from_millis(50));
    verdict.that("nothing is run", server.counters.of("inner") == 0, "it ran");
}

#[test]
fn a_hundred_that_vanish() {
    let server = Running::start();
    let session = server.open("2025-11-25");
    for index in 0..100 {
        let request = match index % 5 {
            0 => call(1, "sleep", json!({ "ms": 50 })),
            1 => session.calling(index, "sleep", json!({ "ms": 50 })).with("Accept", "text/event-stream"),
            2 => session.get(),
            3 => echo(),
            _ => crate::requests::initialize("2025-06-18"),
        };
        drop(server.begin(&request));
    }
    assert_eq!(session.ping().status(), 200);
    server.answers("a hundred that vanish");
}

/// Nobody can tell those who only close their direction from those who leave: what was asked in a session goes on, all else
/// ends with them, and nothing is held for them.
#[test]
fn who_closes_one_direction_has_left() {
    let server = Running::start();
    let mut connection = server.connect();
    connection.send(echo().bytes());
    connection.finish();
    if let Ok(response) = connection.try_response(PATIENCE) {
        assert_eq!(response.said(), "hi");
    }
    assert!(connection.is_closed_within(PATIENCE));
    let mut waiting = server.begin(&call(1, "ticker", json!({ "key": "half" })));
    server.counters.runs("half");
    waiting.finish();
    assert!(server.counters.dropped("half").is_some());
    assert!(waiting.is_closed_within(PATIENCE));
    let session = server.open("2025-11-25");
    let mut going_on = server.begin(&session.calling(1, "ticker", json!({ "key": "goes on" })));
    server.counters.runs("goes on");
    going_on.finish();
    assert!(going_on.is_closed_within(PATIENCE));
    server.counters.runs("goes on");
    assert_eq!(session.cancel(1).status(), 202);
    assert!(server.counters.dropped("goes on").is_some());
    server.answers("half a connection");
}
