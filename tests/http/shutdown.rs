//! How serving ends: what was begun is finished, and nobody is sent a 500 because of it.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use mcp_runtime::{Http, Server};
use serde_json::{Value, json};

use crate::client::{Connection, Gone, PATIENCE};
use crate::common::{self, LEGACY};
use crate::events::Happening;
use crate::fixture::{Counters, Running, Session, items};
use crate::requests::{Request, call, initialize};

fn server() -> Server {
    Server::new("test", "1.0.0").drain(Duration::from_secs(5))
}

#[test]
fn an_idle_server_ends_at_once() {
    let mut server = Running::of(server(), Http::new());
    server.answers("nothing");
    let mut idle = server.connect();
    assert_eq!(idle.ask(&call(1, "echo", json!({ "message": "x" }))).status(), 200);
    let silent = server.connect();
    let start = Instant::now();
    server.end().unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(idle.is_closed_within(PATIENCE));
    assert!(TcpStream::connect(server.address).is_err(), "nobody listens any more");
    drop(silent);
}

#[test]
fn calls_in_flight_are_answered() {
    let mut server = Running::of(server(), Http::new().stream_after(Duration::from_millis(50)));
    let mut modern = server.begin(&call(1, "ticker", json!({ "key": "modern", "ms": 700 })));
    let ids: Vec<_> = LEGACY.iter().map(|revision| (*revision, server.open(revision).id)).collect();
    let mut legacy: Vec<_> = ids
        .iter()
        .map(|(revision, id)| {
            let session = Session { server: &server, id: id.clone(), revision };
            server.stream(&session.calling(2, "ticker", json!({ "key": revision, "ms": 700 })))
        })
        .collect();
    let json = ids.last().map(|(revision, id)| {
        let session = Session { server: &server, id: id.clone(), revision };
        server.begin(
            &session.calling(3, "ticker", json!({ "key": "json", "ms": 700 })).with("Accept", "application/json"),
        )
    });
    for key in ["modern", "json"].iter().chain(&LEGACY) {
        server.counters.runs(key);
    }
    server.stop();
    let response = modern.response();
    assert_eq!(response.said(), "ticked", "{}", response.shown());
    for stream in &mut legacy {
        let messages = stream.rest();
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert_eq!(messages[0]["result"]["content"][0]["text"], "ticked");
    }
    let response = json.unwrap().response();
    assert_eq!(response.said(), "ticked", "{}", response.shown());
    server.end().unwrap();
    assert!(modern.is_closed_within(PATIENCE));
}

#[test]
fn streams_are_closed_properly() {
    let mut server = Running::of(server(), Http::new().http_sse(true));
    let mut own = {
        let session = server.open("2025-11-25");
        server.stream(&session.get())
    };
    let mut old = server.stream(&Request::get().to("/sse"));
    old.event();
    server.stop();
    for stream in [&mut own, &mut old] {
        assert_eq!(stream.rest(), Vec::<Value>::new());
        assert_eq!(stream.next(PATIENCE), Some(Happening::End));
    }
    let start = Instant::now();
    server.end().unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "an idle stream holds nothing up: {:?}", start.elapsed());
}

/// A server that is about to go says so to who balances, and takes no further calls.
#[test]
fn a_draining_server_is_not_ready() {
    let mut server = Running::of(server(), Http::new());
    let mut busy = server.begin(&call(1, "ticker", json!({ "key": "busy", "ms": 800 })));
    server.counters.runs("busy");
    let mut kept = server.connect();
    assert_eq!(kept.ask(&Request::new("GET", "/readyz")).status(), 200);
    let mut waiting = server.connect();
    waiting.send(&Request::new("GET", "/readyz").bytes()[..10]);
    sleep(Duration::from_millis(50));
    server.stop();
    sleep(Duration::from_millis(100));
    assert!(server.is_running(), "a call is in flight");
    waiting.send(&Request::new("GET", "/readyz").bytes()[10..]);
    if let Ok(response) = waiting.try_response(PATIENCE) {
        assert_eq!(response.status(), 503, "{}", response.shown());
    }
    kept.send(call(2, "echo", json!({ "message": "late" })).bytes());
    match kept.try_response(PATIENCE) {
        Ok(response) => assert!(matches!(response.status(), 200 | 503), "{}", response.shown()),
        Err(gone) => assert_eq!(gone, Gone::Closed),
    }
    if let Ok(stream) = TcpStream::connect(server.address) {
        drop(stream);
        assert!(server.is_running(), "only while it drains");
    }
    assert_eq!(busy.response().said(), "ticked");
    server.end().unwrap();
    assert!(TcpStream::connect(server.address).is_err(), "nobody listens any more");
}

#[test]
fn what_is_not_finished_at_the_deadline_is_dropped() {
    let mut server = Running::of(
        Server::new("test", "1.0.0").drain(Duration::from_millis(300)),
        Http::new().stream_after(Duration::from_millis(50)),
    );
    let mut modern = server.begin(&call(1, "ticker", json!({ "key": "modern" })));
    let (mut stream, mut json) = {
        let session = server.open("2025-11-25");
        let json = session.calling(3, "ticker", json!({ "key": "json" })).with("Accept", "application/json");
        (server.stream(&session.calling(2, "ticker", json!({ "key": "stream" }))), server.begin(&json))
    };
    ["modern", "stream", "json"].iter().for_each(|key| server.counters.runs(key));
    let start = Instant::now();
    server.stop();
    for (connection, id) in [(&mut modern, 1), (&mut json, 3)] {
        match connection.try_response(PATIENCE) {
            Ok(response) => {
                assert_eq!(response.status(), 503, "{}", response.shown());
                assert!(response.code().is_some() && response.json()["id"] == id, "{}", response.shown());
            }
            Err(gone) => assert_eq!(gone, Gone::Closed),
        }
    }
    let end = std::iter::from_fn(|| stream.next(PATIENCE)).find(|next| matches!(next, Happening::End | Happening::Cut));
    assert!(end.is_some());
    server.end().unwrap();
    let took = start.elapsed();
    assert!((Duration::from_millis(250)..Duration::from_secs(2)).contains(&took), "{took:?}");
    for key in ["modern", "stream", "json"] {
        assert!(server.counters.dropped(key).is_some(), "{key}");
    }
}

/// A program may stop waiting for a server, as for any future. Then nothing of it goes on.
#[test]
fn who_drops_the_future_ends_everything() {
    let counters = Counters::default();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let server = server().state(counters.clone()).items(items());
    let serving =
        runtime.spawn(async move { server.serve_listener(tokio::net::TcpListener::from_std(listener).unwrap()).await });
    let mut modern = Connection::open(address);
    modern.send(call(1, "ticker", json!({ "key": "modern" })).bytes());
    let opened = Connection::open(address).ask(&initialize("2025-11-25"));
    let session = opened.header("mcp-session-id").unwrap().to_owned();
    let legacy = common::call("2025-11-25", 2, "ticker", json!({ "key": "legacy" }));
    let mut connection = Connection::open(address);
    connection.send(Request::post(legacy.to_string()).and("Mcp-Session-Id", session).bytes());
    ["modern", "legacy"].iter().for_each(|key| counters.runs(key));
    serving.abort();
    for key in ["modern", "legacy"] {
        assert!(counters.dropped(key).is_some(), "{key}");
    }
    assert!(modern.is_closed_within(PATIENCE) && connection.is_closed_within(PATIENCE));
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

fn count(steps: &AtomicUsize, by: usize) {
    steps.fetch_add(by, Ordering::SeqCst);
}

#[test]
fn hooks_run_before_and_after() {
    let steps = Arc::new(AtomicUsize::new(0));
    let (starts, stops) = (steps.clone(), steps.clone());
    let server = server()
        .on_start(move |_| async move { count(&starts, 1) })
        .on_shutdown(move |_| async move { count(&stops, 10) });
    let mut server = Running::of(server, Http::new());
    server.answers("the start");
    assert_eq!(steps.load(Ordering::SeqCst), 1);
    server.end().unwrap();
    assert_eq!(steps.load(Ordering::SeqCst), 11);
}

/// Many calls begin while the server is told to stop: each is answered, refused, or cut off; none fails.
#[test]
fn no_call_fails_because_of_the_end() {
    let mut server = Running::of(server(), Http::new());
    let address = server.address;
    let clients: Vec<_> = (0..4)
        .map(|client| {
            std::thread::spawn(move || {
                let mut statuses = Vec::new();
                for id in 0..2_000 {
                    let Some(mut connection) = Connection::try_open(address) else {
                        break;
                    };
                    connection.send(call(id, "sleep", json!({ "ms": 1 + client })).bytes());
                    if let Ok(response) = connection.try_response(PATIENCE) {
                        statuses.push(response.status());
                    }
                }
                statuses
            })
        })
        .collect();
    sleep(Duration::from_millis(200));
    server.end().unwrap();
    let statuses: Vec<u16> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
    assert!(statuses.len() > 10, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 503)), "{statuses:?}");
}

/// A proxy keeps connections, and sends the next request on one of them without a second thought: it has to be told first.
#[test]
fn a_kept_connection_is_told_before_it_is_closed() {
    let mut server = Running::of(server(), Http::new());
    let address = server.address;
    let clients: Vec<_> = (0..6)
        .map(|_| {
            let mut connection = server.connect();
            std::thread::spawn(move || {
                for id in 0..1_000_000 {
                    connection.send(call(id, "echo", json!({ "message": "x" })).bytes());
                    match connection.try_response(PATIENCE) {
                        Ok(response) if response.header("connection") == Some("close") => return Ok(id),
                        Ok(response) => assert!(matches!(response.status(), 200 | 503), "{}", response.shown()),
                        Err(gone) => return Err((id, gone)),
                    }
                }
                Ok(0)
            })
        })
        .collect();
    sleep(Duration::from_millis(200));
    server.end().unwrap();
    let ends: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    assert!(ends.iter().all(Result::is_ok), "requests were lost: {ends:?}");
    assert!(TcpStream::connect(address).is_err());
}
