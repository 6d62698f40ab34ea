//! What a peer can make the server hold.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::torture::{Torture, alone, call, command, request};

const MIB: usize = 1024 * 1024;
const LONGEST: usize = 16 * MIB;

#[test]
fn a_line_without_an_end_is_an_error_and_the_next_is_read() {
    let _alone = alone();
    let mut server = Torture::start();
    #[cfg(target_os = "linux")]
    let before = server.most_memory();
    let chunk = vec![b'['; MIB];
    for _ in 0..64 {
        server.write(&chunk);
    }
    assert_eq!(server.next()["error"]["code"], -32700, "it says so before the line ends");
    server.write(b"\n");
    server.ping();
    #[cfg(target_os = "linux")]
    {
        let grown = server.most_memory() - before;
        assert!(grown < 32 * 1024, "it grew by {grown} KiB");
    }
    assert!(server.finish().is_empty());
}

/// A ping that is exactly so long.
fn long_ping(length: usize) -> Vec<u8> {
    let mut line = br#"{"jsonrpc":"2.0","id":9999,"method":"ping","params":{"x":""#.to_vec();
    line.resize(length - 3, b'a');
    line.extend_from_slice(b"\"}}\n");
    line
}

#[test]
fn the_longest_line_is_taken_and_one_more_byte_is_not() {
    let _alone = alone();
    let mut server = Torture::start();
    server.write(&long_ping(LONGEST));
    assert_eq!(server.answer(9999)["result"], json!({}));
    server.write(&long_ping(LONGEST + 1));
    let refused = server.next();
    assert_eq!(refused["error"]["code"], -32700);
    assert_eq!(refused.get("id"), None);
    server.ping();
    server.write(&long_ping(LONGEST));
    assert_eq!(server.answer(9999)["result"], json!({}));
    assert!(server.finish().is_empty());
}

#[test]
fn at_the_limit_of_calls_the_reader_goes_on() {
    let _alone = alone();
    let mut server = Torture::start();
    let held: Vec<_> = (0..1024).map(|_| server.call("hang", json!({}))).collect();
    let start = Instant::now();
    let refused = server.call("echo", json!({ "message": "x" }));
    let answer = server.answer(refused);
    assert_eq!(answer["error"]["code"], -32603);
    assert!(answer["error"]["message"].as_str().unwrap().contains("1024 calls of one client are in flight"));
    assert!(start.elapsed() < Duration::from_secs(2));
    let mut took: Vec<_> = (0..5).map(|_| server.ping()).collect();
    took.sort();
    assert!(took[2] < Duration::from_millis(100), "{took:?}");
    server.cancel(held[0]);
    let taken = server.call("echo", json!({ "message": "x" }));
    assert_eq!(server.text(taken), "x");
    for id in held {
        server.cancel(id);
    }
    assert!(server.finish().is_empty());
}

#[test]
fn a_client_that_does_not_read_for_a_while_gets_everything_later() {
    const CALLS: u64 = 700;
    let _alone = alone();
    let mut child = command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let writer = std::thread::spawn(move || {
        writeln!(
            input,
            "{}",
            json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": { "protocolVersion": "2025-11-25" } })
        )
        .unwrap();
        let calls = (1..=CALLS).map(|id| format!("{}\n", call(id, "big", json!({ "bytes": 200_000 }))));
        input.write_all(calls.collect::<String>().as_bytes()).unwrap();
    });
    std::thread::sleep(Duration::from_millis(500));
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let most: u64 = most.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(most < 32 * 1024, "it holds {most} KiB for a client that does not read");
    }
    let mut ids: Vec<u64> = BufReader::new(output)
        .lines()
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap()["id"].as_u64().unwrap())
        .collect();
    writer.join().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    ids.sort_unstable();
    assert_eq!(ids, (0..=CALLS).collect::<Vec<_>>());
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_that_waits_computes_nothing() {
    let _alone = alone();
    let mut server = Torture::start();
    server.call("hang", json!({}));
    server.ping();
    let before = server.computed();
    std::thread::sleep(Duration::from_millis(500));
    assert!(server.computed() - before <= 2);
}

#[test]
#[cfg(target_os = "linux")]
fn calls_that_come_and_go_leave_nothing_behind() {
    let _alone = alone();
    let mut server = Torture::start();
    let mut round = |calls: u64| {
        for _ in 0..calls {
            let id = server.call("hang", json!({}));
            server.cancel(id);
            let id = server.call("sleep", json!({ "ms": 0 }));
            server.text(id);
        }
        server.memory()
    };
    let before = round(1000);
    let after = round(4000);
    assert!(after.saturating_sub(before) < 1024, "it grew from {before} to {after} KiB");
}

#[test]
#[cfg(target_os = "linux")]
fn very_many_wrong_arguments_are_one_short_answer() {
    let _alone = alone();
    let mut server = Torture::start();
    let arguments: serde_json::Map<_, _> = (0..100_000).map(|n| (format!("k{n}"), json!(n))).collect();
    let id = server.call("echo", arguments.into());
    let answer = server.answer(id).to_string();
    assert!(answer.len() < 64 * 1024, "the answer has {} bytes", answer.len());
    assert!(server.most_memory() < 64 * 1024, "it took {} KiB", server.most_memory());
}

#[test]
#[cfg(target_os = "linux")]
fn a_batch_of_very_many_members_is_refused_before_it_is_held() {
    let _alone = alone();
    for revision in ["2025-03-26", "2025-11-25"] {
        let mut server = Torture::spawn(command());
        server.send(&request(0, "initialize", json!({ "protocolVersion": revision, "capabilities": {} })));
        server.answer(0);
        let before = server.most_memory();
        let members = vec!["{}"; 5_000_000].join(",");
        server.write(format!("[{members}]\n").as_bytes());
        assert_eq!(server.next()["error"]["code"], -32600);
        let grown = server.most_memory() - before;
        assert!(grown < 40 * 1024, "it grew by {grown} KiB");
    }
}
