//! Answers that wait for a client that does not read them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use mcp_runtime::{Http, Progress, Server, items, tool};
use serde_json::{Value, json};

use crate::client::{Connection, Gone, PATIENCE};
use crate::common::{self, MODERN};
use crate::events::Happening;
use crate::fixture::{Counters, Running};
use crate::requests::{Request, call, modern_of};

/// More than is left out of account because it is short.
const LONG: usize = 100_000;

/// Returns many letters, and counts that it did.
#[tool]
async fn counted(bytes: usize, counters: &Counters) -> String {
    counters.add("ran");
    "x".repeat(bytes)
}

/// Says something, and returns many letters when it may.
#[tool]
async fn told(bytes: usize, key: String, progress: &Progress, counters: &Counters) -> String {
    progress.report(1, None, None);
    while counters.of(&key) == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    "x".repeat(bytes)
}

fn with(http: Http) -> Running {
    let server = Server::new("test", "1.0.0").drain(Duration::from_millis(200));
    Running::of(server.items(items![counted, told]), http)
}

fn long(id: usize) -> Request {
    call(id, "counted", json!({ "bytes": LONG }))
}

/// A call that says something and answers when there is something at the key.
fn telling(revision: &str, id: usize) -> Value {
    let arguments = json!({ "bytes": LONG, "key": format!("may {id}") });
    let mut message = common::call(revision, id, "told", arguments);
    message["params"]["_meta"]["progressToken"] = json!("p");
    message
}

/// How many bytes the answer to a long call has.
fn length() -> usize {
    with(Http::new()).ask(&long(1)).body.len()
}

/// A client that speaks HTTP/2 and reads nothing of an answer until it wants to.
struct Narrow {
    connection: Connection,
    /// What has come of each stream: whether its status is 200, its content, and whether that is all.
    streams: BTreeMap<u8, (Option<bool>, Vec<u8>, bool)>,
}

impl Narrow {
    const END: u8 = 1;

    fn new(server: &Running) -> Self {
        let mut connection = server.connect();
        // `SETTINGS_INITIAL_WINDOW_SIZE: 0`, and as much as may be for all streams together.
        connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        connection.send(b"\0\0\x06\x04\0\0\0\0\0\0\x04\0\0\0\0");
        let mut client = Self { connection, streams: BTreeMap::new() };
        client.widen(0, 1 << 30);
        client
    }

    fn frame(&mut self, kind: u8, flags: u8, stream: u8, content: &[u8]) {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        self.connection.send([&length[1..], &[kind, flags, 0, 0, 0, stream], content].concat());
    }

    fn widen(&mut self, stream: u8, bytes: u32) {
        self.frame(8, 0, stream, &bytes.to_be_bytes());
    }

    fn ask(&mut self, stream: u8, request: &Request) {
        // `:method POST`, `:scheme http`, `:path /mcp`; then literals.
        let mut head = b"\x83\x86\x44\x04/mcp".to_vec();
        let mut text = |text: &[u8]| {
            head.push(u8::try_from(text.len()).unwrap());
            head.extend(text);
        };
        for (name, value) in &request.headers {
            let name = if name == b"Host" { b":authority".to_vec() } else { name.to_ascii_lowercase() };
            text(b"");
            text(&name);
            text(value);
        }
        self.frame(1, 4, stream, &head);
        self.frame(0, Self::END, stream, &request.body);
    }

    /// Waits until something is known about a stream.
    fn until(&mut self, stream: u8, is_known: impl Fn(&(Option<bool>, Vec<u8>, bool)) -> bool) -> Result<(), Gone> {
        let end = Instant::now() + PATIENCE;
        while !is_known(self.streams.entry(stream).or_default()) {
            let head = self.connection.take(9, end)?;
            let length = usize::from(head[1]) * 256 + usize::from(head[2]);
            let content = self.connection.take(length, end)?;
            let (kind, flags, of) = (head[3], head[4], self.streams.entry(head[8]).or_default());
            match kind {
                0 => of.1.extend(content),
                1 => of.0 = Some(content[0] == 0x88),
                6 if flags == 0 => self.frame(6, 1, 0, &content),
                3 => panic!("stream {} is reset", head[8]),
                _ => {}
            }
            if kind < 2 && flags & Self::END != 0 {
                self.streams.get_mut(&head[8]).unwrap().2 = true;
            }
        }
        Ok(())
    }

    /// Whether an answer is there.
    fn is_answered(&mut self, stream: u8) -> bool {
        self.until(stream, |(is_ok, ..)| is_ok.is_some()).unwrap();
        self.streams[&stream].0.unwrap()
    }

    /// Reads so much of a stream that its answer must be there.
    fn read_some(&mut self, stream: u8) {
        self.widen(stream, 1000);
        self.until(stream, |(_, events, _)| events.len() == 1000).unwrap();
    }

    /// Reads all of an answer.
    fn read(&mut self, stream: u8) -> String {
        self.widen(stream, 1 << 20);
        self.until(stream, |(.., is_all)| *is_all).unwrap();
        String::from_utf8(self.streams[&stream].1.clone()).unwrap()
    }
}

/// The error of somebody who is to read first.
#[track_caller]
fn assert_refused(answer: &str, most: usize) {
    assert!(answer.contains(&format!("{most} bytes of answers wait on one connection")), "{answer}");
}

#[test]
fn answers_wait_until_there_are_so_many_bytes_of_them() {
    let length = length();
    // At the limit nothing more is taken; one byte below it, another answer is.
    for (most, waiting) in [(length, 1), (length + 1, 2)] {
        let server = with(Http::new().unread(most));
        let mut client = Narrow::new(&server);
        let mut streams = (1..).step_by(2);
        for stream in streams.by_ref().take(waiting) {
            client.ask(stream, &long(1));
            assert!(client.is_answered(stream), "{stream} of {most}");
        }
        let refused = streams.next().unwrap();
        client.ask(refused, &long(1));
        assert!(!client.is_answered(refused), "{refused} of {most}");
        assert_eq!(server.counters.of("ran"), waiting as u64, "what is refused does not run");
        assert_refused(&client.read(refused), most);
        // What is no call is answered, and so is everybody else.
        let ping = streams.next().unwrap();
        client.ask(ping, &crate::requests::modern(1, "tools/list", json!({})));
        assert!(client.is_answered(ping));
        assert_eq!(server.ask(&long(1)).body.len(), length);
        let other = &mut Narrow::new(&server);
        other.ask(1, &long(1));
        assert!(other.is_answered(1));
        // Who reads may go on.
        assert_eq!(client.read(1).len(), length);
        let next = streams.next().unwrap();
        client.ask(next, &long(1));
        assert!(client.is_answered(next));
    }
}

/// Both calls began when nothing waited.
#[test]
fn an_answer_that_finds_no_room_on_its_stream_is_an_error() {
    let server = with(Http::new().unread(LONG));
    let mut client = Narrow::new(&server);
    for (id, stream) in [(1, 1), (2, 3)] {
        client.ask(stream, &modern_of(&telling(MODERN, id)));
        assert!(client.is_answered(stream), "a stream begins");
    }
    server.counters.add("may 1");
    client.read_some(1);
    server.counters.add("may 2");
    let second = client.read(3);
    assert_refused(&second, LONG);
    assert!(second.contains(r#""id":2"#), "{second}");
    assert!(client.read(1).len() > LONG, "the first one is there");
}

/// In a session nothing is lost.
#[test]
fn who_reads_too_little_in_a_session_comes_back_for_the_answer() {
    const REVISION: &str = "2025-11-25";
    let server = with(Http::new().unread(LONG));
    let session = server.open(REVISION);
    let mut client = Narrow::new(&server);
    for (id, stream) in [(1, 1), (2, 3)] {
        client.ask(stream, &session.post(&telling(REVISION, id)));
        assert!(client.is_answered(stream), "a stream begins");
    }
    server.counters.add("may 1");
    client.read_some(1);
    server.counters.add("may 2");
    let second = client.read(3);
    let last = second.lines().filter_map(|line| line.strip_prefix("id: ")).next_back().unwrap();
    assert!(second.len() < LONG, "it ends without its answer");
    let mut resumed = server.stream(&session.resume(last));
    match resumed.next(PATIENCE) {
        Some(Happening::Event(event)) => {
            assert_eq!(event.json()["result"]["content"][0]["text"].as_str().unwrap().len(), LONG);
        }
        _ => panic!("the answer is not there"),
    }
}

/// Over HTTP/1.1 there is one answer at a time, however many were asked for.
#[test]
fn the_next_of_a_pipeline_begins_when_the_one_before_was_read() {
    const BIG: usize = 16 << 20;
    let server = with(Http::new().unread(1));
    let mut connection = server.connect();
    let request = call(1, "counted", json!({ "bytes": BIG }));
    connection.send(request.bytes().repeat(3));
    while server.counters.of("ran") == 0 {
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.counters.of("ran"), 1);
    for _ in 0..3 {
        assert!(connection.response().body.len() > BIG);
    }
}
