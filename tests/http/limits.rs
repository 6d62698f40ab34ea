//! How much a client may send, and how slowly.

use std::thread::sleep;
use std::time::{Duration, Instant};

use mcp_runtime::{Http, Server};
use serde_json::json;

use crate::client::{Body, Connection, Gone, PATIENCE};
use crate::common::{self, Verdict};
use crate::expect::{Is, PARAMS, REQUEST, verify};
use crate::fixture::Running;
use crate::requests::{Request, call, chunk, chunks, modern};

/// What is soon, on a machine that has other things to do.
const SOON: Duration = Duration::from_secs(3);

fn echo() -> Request {
    call(1, "echo", json!({ "message": "hi" }))
}

/// A request whose body is this long.
fn long(length: usize) -> Request {
    let mut request = echo();
    assert!(request.body.len() <= length);
    request.body.resize(length, b' ');
    request
}

#[test]
fn a_body_is_as_long_as_it_may_be() {
    let server = Running::with(Http::new().body_length(1000));
    let mut verdict = Verdict::default();
    let chunked = |length| long(length).and("Transfer-Encoding", "chunked");
    for (case, request, is) in [
        ("at the limit", long(1000), Is::Result),
        ("past the limit", long(1001), Is::Refused(413)),
        ("far past the limit", long(1_000_000), Is::Refused(413)),
        ("at the limit, in a chunk", chunked(1000), Is::Result),
        ("past the limit, in a chunk", chunked(1001), Is::Refused(413)),
    ] {
        verify(&mut verdict, case, &request, &server.ask(&request), is, &[]);
    }
    let bytes = long(1000).body;
    let parts: Vec<&[u8]> = bytes.chunks(7).collect();
    let mut connection = server.connect();
    connection.send([chunked(1000).head(), chunks(&parts)].concat());
    let response = connection.response();
    verdict.that("at the limit, in many chunks", response.said() == "hi", response.shown());
    server.answers("long bodies");
}

#[test]
fn four_mebibytes_are_read_by_default() {
    let server = Running::start();
    let mut verdict = Verdict::default();
    for (case, length, is) in [("4 MiB", 4 << 20, Is::Result), ("one more", (4 << 20) + 1, Is::Refused(413))] {
        let request = long(length);
        verify(&mut verdict, case, &request, &server.ask(&request), is, &[]);
        let request = long(length).and("Transfer-Encoding", "chunked");
        verify(&mut verdict, &format!("{case}, chunked"), &request, &server.ask(&request), is, &[]);
    }
}

/// Bodies that come in pieces are held until the last one is there, those of all clients together.
#[test]
fn all_bodies_together_are_bounded() {
    let mut verdict = Verdict::default();
    for (most, is) in [(2000, Is::Result), (1999, Is::Refused(503))] {
        let server = Running::with(Http::new().bodies(most));
        let request = long(2000).and("Transfer-Encoding", "chunked");
        let parts: Vec<&[u8]> = request.body.chunks(100).collect();
        // What one left behind is free for the next.
        for round in 0..2 {
            let mut connection = server.connect();
            connection.send([request.head(), chunks(&parts)].concat());
            let response = connection.response();
            verify(&mut verdict, &format!("2000 of {most}, {round}"), &request, &response, is, &[]);
        }
    }
}

/// A listener keeps the URIs that came in its body for as long as it listens.
#[test]
fn the_bodies_of_those_who_listen_count_until_they_leave() {
    let server = Server::new("test", "1.0.0");
    let _something_may_change = server.changes();
    let server = Running::of(server, Http::new().bodies(3000));
    let mut listen = modern(1, "subscriptions/listen", json!({ "notifications": { "toolsListChanged": true } }))
        .and("Transfer-Encoding", "chunked");
    listen.body.resize(2000, b' ');
    let status = || {
        let mut connection = server.connect();
        let parts: Vec<&[u8]> = listen.body.chunks(100).collect();
        connection.send([listen.head(), chunks(&parts)].concat());
        (connection.head(PATIENCE).unwrap().status, connection)
    };
    let (first, listening) = status();
    assert_eq!(first, 200);
    assert_eq!(status().0, 503, "there is no room for another one");
    drop(listening);
    let start = Instant::now();
    while status().0 != 200 {
        assert!(start.elapsed() < SOON, "who has left takes room");
        sleep(Duration::from_millis(10));
    }
}

/// The refusal does not wait for what it does not want.
#[test]
fn what_is_too_long_is_not_read_to_its_end() {
    let server = Running::with(Http::new().body_length(1000));
    let mut verdict = Verdict::default();
    for length in ["1001", "9223372036854775807"] {
        let mut connection = server.connect();
        connection.send(echo().with("Content-Length", length).head());
        let response = connection.response();
        verdict.that(length, response.status() == 413 && response.code().is_some(), response.shown());
    }
    let mut endless = server.connect();
    endless.send(echo().and("Transfer-Encoding", "chunked").head());
    for _ in 0..11 {
        endless.send(chunk(&[b' '; 100]));
    }
    let response = endless.response();
    verdict.that("chunks without end", response.status() == 413 && response.code().is_some(), response.shown());
}

#[test]
fn what_follows_a_long_body_is_answered_or_not_read() {
    let server = Running::with(Http::new().body_length(1000));
    for request in [long(5_000), long(5_000).and("Transfer-Encoding", "chunked"), long(500_000)] {
        let mut connection = server.connect();
        assert_eq!(connection.ask(&request).status(), 413);
        connection.send(echo().bytes());
        match connection.try_response(PATIENCE) {
            Ok(response) => assert_eq!(response.said(), "hi", "{}", response.shown()),
            Err(gone) => assert_eq!(gone, Gone::Closed),
        }
    }
}

/// (RFC 9110, Expect.)
#[test]
fn who_asks_whether_to_go_on_is_told() {
    let server = Running::with(Http::new().body_length(1000));
    let request = echo().and("Expect", "100-continue");
    let mut connection = server.connect();
    connection.send(request.head());
    assert_eq!(connection.head(PATIENCE).map(|head| head.status).ok(), Some(100));
    connection.send(&request.body);
    assert_eq!(connection.response().said(), "hi");
    for request in [
        request.clone().with("Content-Length", "1001"),
        request.clone().with("Content-Type", "text/plain"),
        request.clone().with("Host", "evil.example.com"),
    ] {
        let mut connection = server.connect();
        connection.send(request.with("Content-Length", "1001").head());
        let head = connection.head(PATIENCE).unwrap();
        assert!((400..500).contains(&head.status), "nobody is told to send what is not wanted: {head:?}");
    }
}

#[test]
fn headers_are_as_long_as_they_may_be() {
    let server = Running::start();
    let mut verdict = Verdict::default();
    let long = |length: usize| echo().and("X-Long", "x".repeat(length));
    let many = |count: usize, length: usize| {
        (0..count).fold(echo(), |request, index| request.and(&format!("X-Many-{index}"), "x".repeat(length)))
    };
    for (case, request, status) in [
        ("60 KiB", long(60 * 1024), 200),
        ("70 KiB", long(70 * 1024), 431),
        ("1 MiB", long(1024 * 1024), 431),
        ("60 of 1 KiB", many(60, 1000), 200),
        ("70 of 1 KiB", many(70, 1024), 431),
        ("5,000 of nothing", many(5_000, 0), 431),
    ] {
        let mut connection = server.connect();
        connection.send(request.bytes());
        match connection.try_response(PATIENCE) {
            Ok(response) => verdict.that(case, response.status() == status, response.shown()),
            // What a client still sends into a closed connection can cost it the answer.
            Err(gone) => verdict.that(case, status == 431 && gone == Gone::Closed, format!("{gone:?}")),
        }
    }
    let target = server.connect().ask(&echo().to(&format!("/mcp?{}", "x".repeat(100_000))));
    verdict.that("a long target", matches!(target.status(), 414 | 431), target.shown());
    server.answers("long headers");
    let small = Running::with(Http::new().header_length(10_000));
    for (length, status) in [(9_000, 200), (11_000, 431)] {
        let response = small.ask(&long(length));
        verdict.that(format!("a limit of our own, {length}"), response.status() == status, response.shown());
    }
    // Names and values count, and nothing between them.
    let request = long(20_000).and("Content-Length", echo().body.len().to_string());
    let length: usize = request.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    for (most, status) in [(length, 200), (length - 1, 431)] {
        let response = Running::with(Http::new().header_length(most)).ask(&request);
        verdict.that(format!("{length} of {most}"), response.status() == status, response.shown());
    }
}

/// What a client says about itself stays as long as its session.
#[test]
fn introductions_are_as_long_as_they_may_be() {
    let server = Running::start();
    let mut verdict = Verdict::default();
    for (case, length, is) in [("4 KiB", 4096, Is::Result), ("one more", 4097, Is::Error(200, PARAMS))] {
        let mut hello = common::initialize("2025-11-25");
        let (name, version) = (&mut String::new(), "1.0.0");
        let around = json!({ "name": name, "version": version }).to_string().len() + "{}".len();
        *name = "x".repeat(length - around);
        hello["params"]["clientInfo"] = json!({ "name": name, "version": version });
        let request = Request::post(hello.to_string());
        verify(&mut verdict, case, &request, &server.ask(&request), is, &[]);
    }
}

/// One field more than there may be is refused before anybody sees it.
#[test]
fn headers_are_as_many_as_they_may_be() {
    let server = Running::start();
    let many = |count: usize| {
        // `Content-Length` comes with the body.
        let fill = count - echo().headers.len() - 1;
        (0..fill).fold(echo(), |request, index| request.and(&format!("X-Many-{index}"), "x"))
    };
    for (count, status) in [(100, 200), (101, 431)] {
        let response = server.ask(&many(count));
        assert_eq!(response.status(), status, "{count}: {}", response.shown());
    }
}

/// As deep as [`Server::depth`] says; the same in every era.
#[test]
fn messages_are_as_deep_as_they_may_be() {
    let server = Running::of(Server::new("test", "1.0.0").depth(10), Http::new().http_sse(true));
    let session = server.open("2025-11-25");
    let mut verdict = Verdict::default();
    let deep = |request: &Request, levels: usize| {
        let mut request = request.clone();
        request.body.pop();
        let (open, close) = ("[".repeat(levels - 1), "]".repeat(levels - 1));
        request.body.extend_from_slice(format!(",\"x\":{open}{close}}}").as_bytes());
        request
    };
    for request in [echo(), session.calling(1, "echo", json!({ "message": "hi" }))] {
        for (levels, is) in [(10, Is::Result), (11, Is::Error(400, REQUEST))] {
            let request = deep(&request, levels);
            verify(&mut verdict, &levels.to_string(), &request, &server.ask(&request), is, &[]);
        }
    }
}

/// Waits until a connection is closed, and returns what was said before.
fn last_words(connection: &mut Connection) -> Option<u16> {
    let said = connection.try_response(SOON).ok().map(|response| response.status());
    assert!(connection.is_closed_within(SOON), "the connection stays open after {said:?}");
    said
}

#[test]
fn headers_come_in_time() {
    let server = Running::with(Http::new().header_time(Duration::from_millis(300)).idle_time(Duration::from_secs(60)));
    let head = echo().head();
    for (case, sent) in [
        ("half a head", &head[..head.len() / 2]),
        ("a head without its end", &head[..head.len() - 2]),
        ("half a line", b"POS".as_slice()),
        ("a line", b"POST /mcp HTTP/1.1\r\n"),
    ] {
        let mut connection = server.connect();
        connection.send(sent);
        let said = last_words(&mut connection);
        assert!(matches!(said, None | Some(408)), "{case}: {said:?}");
        let mut used = server.connect();
        assert_eq!(used.ask(&echo()).said(), "hi");
        used.send(sent);
        let said = last_words(&mut used);
        assert!(matches!(said, None | Some(408)), "{case}, the second time: {said:?}");
    }
    let mut drops = server.connect();
    let start = Instant::now();
    for byte in &head {
        if !drops.send([*byte]) || start.elapsed() > SOON {
            break;
        }
        sleep(Duration::from_millis(20));
    }
    assert!(start.elapsed() < SOON, "byte by byte");
    server.answers("slow heads");
}

#[test]
fn who_says_nothing_is_left() {
    let http = Http::new().idle_time(Duration::from_millis(300)).header_time(Duration::from_millis(300));
    let server = Running::with(http);
    assert!(server.connect().is_closed_within(SOON), "nothing was ever said");
    let mut used = server.connect();
    for _ in 0..3 {
        assert_eq!(used.ask(&echo()).said(), "hi");
        sleep(Duration::from_millis(100));
    }
    assert!(used.is_closed_within(SOON), "nothing more was said");
    let mut waiting = server.connect();
    let response = waiting.ask(&call(1, "sleep", json!({ "ms": 900 })));
    assert_eq!(response.said(), "slept 900", "a connection with a call is not idle");
    let session = server.open("2025-11-25");
    let mut stream = server.stream(&session.get());
    let next = stream.next(Duration::from_millis(900));
    assert!(
        !matches!(next, Some(crate::events::Happening::End | crate::events::Happening::Cut)),
        "nor one with a stream: {next:?}"
    );
}

#[test]
fn bodies_come_in_time() {
    // Each of the two times by itself.
    let server = Running::with(Http::new().body_time(PATIENCE * 10).body_gap(Duration::from_millis(300)));
    let request = echo();
    let mut verdict = Verdict::default();
    for (case, sent) in [("nothing", 0), ("half", request.body.len() / 2), ("all but one", request.body.len() - 1)] {
        let mut connection = server.connect();
        connection.send(request.head());
        connection.send(&request.body[..sent]);
        let start = Instant::now();
        let response = connection.response();
        verdict.that(case, response.status() == 408 && response.code().is_some(), response.shown());
        verdict.that(case, start.elapsed() < SOON, format!("{:?}", start.elapsed()));
        verdict.that(case, connection.is_closed_within(SOON), "it stays open");
    }
    let brief = Running::with(Http::new().body_time(Duration::from_millis(900)).body_gap(PATIENCE * 10));
    let mut drops = brief.connect();
    drops.send(request.head());
    let start = Instant::now();
    let refused = request.body.iter().find_map(|byte| {
        drops.send([*byte]);
        drops.final_head(Duration::from_millis(50)).ok()
    });
    let status = refused.map(|head| head.status);
    verdict.that("byte by byte", status == Some(408) && start.elapsed() < SOON, format!("{status:?}"));
    let mut halting = server.connect();
    halting.send(request.head());
    for part in request.body.chunks(request.body.len() / 3 + 1) {
        sleep(Duration::from_millis(100));
        halting.send(part);
    }
    verdict.that("slowly, but in time", halting.response().said() == "hi", "");
    server.answers("slow bodies");
}

#[test]
fn half_a_body_is_none() {
    let server = Running::start();
    for request in [echo(), echo().and("Transfer-Encoding", "chunked")] {
        for close in [true, false] {
            let bytes = request.bytes();
            let mut connection = server.connect();
            connection.send(&bytes[..bytes.len() - 20]);
            if close {
                connection.finish();
                let response = connection.try_response(SOON);
                assert!(
                    response.as_ref().map_or_else(|gone| *gone == Gone::Closed, |response| response.status() == 400),
                    "{response:?}"
                );
            }
        }
    }
    let half = call(1, "ticker", json!({ "key": "half", "ms": 1 }));
    let mut connection = server.connect();
    connection.send(&half.bytes()[..half.bytes().len() - 1]);
    drop(connection);
    sleep(Duration::from_millis(100));
    assert_eq!(server.counters.of("half"), 0, "what was not sent is not run");
    server.answers("half a body");
}

#[test]
fn there_are_only_so_many_connections() {
    let server = Running::with(Http::new().connections(2));
    let (mut first, mut second) = (server.connect(), server.connect());
    assert_eq!((first.ask(&echo()).said(), second.ask(&echo()).said()), ("hi".into(), "hi".into()));
    let mut third = server.connect();
    third.send(echo().bytes());
    match third.try_response(PATIENCE) {
        Ok(response) => {
            assert_eq!(response.status(), 503, "{}", response.shown());
            assert!(response.code().is_some(), "{}", response.shown());
        }
        Err(gone) => panic!("no word about why: {gone:?}"),
    }
    assert_eq!(first.ask(&echo()).said(), "hi", "the others go on");
    drop(second);
    let start = Instant::now();
    while server.connect().try_response_to(&echo()) != Some(200) {
        assert!(start.elapsed() < PATIENCE, "a closed connection does not count");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn who_does_not_read_is_left() {
    const LENGTH: usize = 40 << 20;
    let server = Running::with(Http::new().write_gap(Duration::from_millis(300)));
    let request = call(1, "big", json!({ "bytes": LENGTH }));
    let read = server.ask(&request);
    assert_eq!(read.said().len(), LENGTH, "who reads gets all");
    let mut connection = server.begin(&request);
    let head = connection.final_head(PATIENCE).expect("an answer begins");
    assert_eq!(head.status, 200, "{head:?}");
    sleep(Duration::from_secs(2));
    let mut late = 0;
    let mut rest = Body::of(&head);
    let end = Instant::now() + PATIENCE;
    let gone = loop {
        match rest.part(&mut connection, end) {
            Ok(Some(part)) => late += part.len(),
            Ok(None) => break None,
            Err(gone) => break Some(gone),
        }
    };
    assert_eq!(gone, Some(Gone::Closed), "{late} bytes came although nobody read");
    server.answers("who does not read");
}

/// Calls of many clients do not wait for each other.
#[test]
fn hundreds_at_once_are_answered() {
    let server = Running::start();
    let sessions: Vec<_> = (0..100).map(|_| server.open("2025-06-18")).collect();
    let start = Instant::now();
    let nap = json!({ "ms": 200 });
    let modern = (0..200).map(|id| server.begin(&call(id, "sleep", nap.clone())));
    let legacy = sessions.iter().map(|session| server.begin(&session.calling(1, "sleep", nap.clone())));
    let mut connections: Vec<_> = modern.chain(legacy).collect();
    for connection in &mut connections {
        let response = connection.response();
        assert_eq!(response.said(), "slept 200", "{}", response.shown());
    }
    assert!(start.elapsed() < Duration::from_millis(2500), "{:?}", start.elapsed());
}
