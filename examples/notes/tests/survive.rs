//! Starts the program and kills it at random moments, again and again: what it acknowledged must still be there.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test"
)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime};

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

const ROUNDS: usize = 30;

/// Notes that are written at the same time.
const LANES: usize = 4;

/// A running program, as its client sees it.
struct Server {
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Server {
    fn start(notes: &Path) -> (Child, Self) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_notes"))
            .env("NOTES_DB", notes)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        (child, Self { stdin, stdout })
    }

    /// `None` if it was killed before it could answer.
    fn greet(&mut self) -> Option<()> {
        let client = json!({ "name": "survive", "version": "1" });
        let params = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client });
        self.send(json!({ "id": "hello", "method": "initialize", "params": params }))?;
        let answer = self.receive()?;
        assert_eq!(answer["result"]["serverInfo"]["name"], "notes", "{answer}");
        self.send(json!({ "method": "notifications/initialized" }))
    }

    /// `None` if nobody reads it any more.
    fn send(&mut self, mut message: Value) -> Option<()> {
        message["jsonrpc"] = json!("2.0");
        writeln!(self.stdin, "{message}").and_then(|()| self.stdin.flush()).ok()
    }

    fn call(&mut self, id: usize, tool: &str, arguments: &Value) -> Option<()> {
        let params = json!({ "name": tool, "arguments": arguments });
        self.send(json!({ "id": id, "method": "tools/call", "params": params }))
    }

    /// The next answer; a line that the kill cut off was never an answer.
    fn receive(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.stdout.read_line(&mut line).ok()?;
        line.ends_with('\n').then(|| serde_json::from_str(&line).unwrap())
    }

    /// What a call returned that must succeed.
    fn result_of(&mut self, tool: &str, arguments: &Value) -> Value {
        self.call(0, tool, arguments).unwrap();
        acknowledged(&self.receive().unwrap()).clone()
    }
}

fn acknowledged(answer: &Value) -> &Value {
    let result = &answer["result"];
    assert!(result.is_object() && result["isError"] != true, "{answer}");
    &result["structuredContent"]
}

/// The text of a note, `None` while there is no such note.
type Content = Option<String>;

/// What is known about a note: it is as acknowledged, or what was asked for last has happened already.
#[derive(Debug, Default)]
struct Belief {
    acknowledged: Content,
    asked: Option<Content>,
}

type Beliefs = HashMap<String, Belief>;

/// Writes one note after the other: adds it, edits it three times, and deletes every second one.
struct Lane {
    name: String,
    count: usize,
    step: usize,
    id: Value,
}

impl Lane {
    fn title(&self) -> String {
        format!("{}x{}", self.name, self.count)
    }

    fn ask(&self, number: usize, server: &mut Server, beliefs: &mut Beliefs) -> Option<()> {
        let text = format!("version {}", self.step);
        let (tool, arguments, content) = match self.step {
            0 => ("add_note", json!({ "title": self.title(), "text": text, "tags": ["test"] }), Some(text)),
            1..4 => ("edit_note", json!({ "id": self.id, "text": text }), Some(text)),
            _ => ("delete_note", json!({ "id": self.id }), None),
        };
        beliefs.entry(self.title()).or_default().asked = Some(content);
        server.call(number, tool, &arguments)
    }

    fn learn(&mut self, answer: &Value, beliefs: &mut Beliefs) {
        let note = acknowledged(answer);
        let belief = beliefs.get_mut(&self.title()).unwrap();
        belief.acknowledged = belief.asked.take().unwrap();
        if self.step == 0 {
            self.id = note["id"].clone();
        }
        self.step += 1;
        let last = if self.count.is_multiple_of(2) { 4 } else { 5 };
        if self.step == last {
            (self.count, self.step) = (self.count + 1, 0);
        }
    }
}

/// Writes until the server is killed; returns how much was acknowledged.
fn write_until_killed(server: &mut Server, round: usize, beliefs: &mut Beliefs) -> usize {
    let lane = |number| Lane { name: format!("r{round}l{number}"), count: 0, step: 0, id: Value::Null };
    let mut lanes: Vec<_> = (0..LANES).map(lane).collect();
    let mut acknowledged = 0;
    for (number, lane) in lanes.iter().enumerate() {
        if lane.ask(number, server, beliefs).is_none() {
            return 0;
        }
    }
    while let Some(answer) = server.receive() {
        let number = usize::try_from(answer["id"].as_u64().unwrap()).unwrap();
        lanes[number].learn(&answer, beliefs);
        acknowledged += 1;
        if lanes[number].ask(number, server, beliefs).is_none() {
            // The pipe is broken, but answers may lie in it.
            continue;
        }
    }
    acknowledged
}

/// Asks a new server, which repairs what the kill has left, and then looks into the file.
fn check(notes: &Path, beliefs: &mut Beliefs, context: &str) {
    let (mut child, mut server) = Server::start(notes);
    server.greet().unwrap();
    for (title, belief) in beliefs.drain() {
        let found = server.result_of("find_notes", &json!({ "query": title, "limit": 100 }));
        let notes = found["result"].as_array().unwrap_or_else(|| panic!("{found}"));
        let content =
            notes.iter().find(|note| note["title"] == *title).map(|note| note["text"].as_str().unwrap().to_owned());
        let expected = content == belief.acknowledged || Some(&content) == belief.asked.as_ref();
        assert!(expected, "{title} is {content:?}, expected {belief:?} ({context})");
    }
    drop(server);
    assert!(child.wait().unwrap().success(), "{context}");
    let file = Connection::open(notes).unwrap();
    let integrity: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok", "{context}");
    let orphans: i64 = file
        .query_row("SELECT count(*) FROM tags WHERE note NOT IN (SELECT id FROM notes)", [], |row| row.get(0))
        .unwrap();
    let untagged: i64 = file
        .query_row("SELECT count(*) FROM notes WHERE id NOT IN (SELECT note FROM tags)", [], |row| row.get(0))
        .unwrap();
    assert_eq!((orphans, untagged), (0, 0), "a note and its tags are written together ({context})");
}

/// Numbers without a pattern, from a seed that a failure prints.
fn next(random: &mut u64) -> u64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random
}

fn seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    u64::from(now.subsec_nanos()) | 1
}

#[test]
fn nothing_acknowledged_is_lost_when_killed() {
    let folder = TempDir::new().unwrap();
    let notes = folder.path().join("notes.db");
    let (seed, mut beliefs, mut acknowledged) = (seed(), Beliefs::new(), 0);
    let mut random = seed;
    for round in 0..ROUNDS {
        let (mut child, mut server) = Server::start(&notes);
        let moment = Duration::from_micros(next(&mut random) % 120_000);
        // The first rounds die while starting, or not long after.
        let moment = if round < 5 { moment / 20 } else { moment };
        let killer = std::thread::spawn(move || {
            std::thread::sleep(moment);
            child.kill().unwrap();
            child.wait().unwrap()
        });
        if server.greet().is_some() {
            acknowledged += write_until_killed(&mut server, round, &mut beliefs);
        }
        assert!(!killer.join().unwrap().success(), "it was killed and did not end by itself");
        check(&notes, &mut beliefs, &format!("seed {seed}, round {round}"));
    }
    assert!(acknowledged > 100, "only {acknowledged} calls were acknowledged");
}

#[test]
fn two_programs_share_a_new_file() {
    let folder = TempDir::new().unwrap();
    let notes = folder.path().join("notes.db");
    let mut both = [Server::start(&notes), Server::start(&notes)];
    for (_, server) in &mut both {
        server.greet().unwrap();
        for id in 0..50 {
            server.call(id, "add_note", &json!({ "title": "t", "text": "x", "tags": ["a", "b"] })).unwrap();
        }
    }
    for (mut child, mut server) in both {
        for _ in 0..50 {
            assert_eq!(acknowledged(&server.receive().unwrap())["title"], "t");
        }
        drop(server);
        assert!(child.wait().unwrap().success());
    }
    let file = Connection::open(notes).unwrap();
    let count: i64 = file.query_row("SELECT count(*) FROM notes", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 100);
}

#[test]
fn a_locked_file_is_an_answer_that_the_model_can_act_on() {
    let folder = TempDir::new().unwrap();
    let notes = folder.path().join("notes.db");
    let (mut child, mut server) = Server::start(&notes);
    server.greet().unwrap();
    let other = Connection::open(&notes).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    server.call(1, "add_note", &json!({ "title": "t", "text": "x" })).unwrap();
    let answer = server.receive().unwrap();
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains("try again"), "{answer}");
    other.execute_batch("COMMIT").unwrap();
    server.result_of("add_note", &json!({ "title": "t", "text": "x" }));
    drop(server);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_file_that_is_no_database_is_refused_at_start_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let notes = folder.path().join("notes.db");
    let text = "my holiday plans\n".repeat(100);
    std::fs::write(&notes, &text).unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_notes")).env("NOTES_DB", &notes).stdin(Stdio::null()).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("damaged"));
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), text);
}
