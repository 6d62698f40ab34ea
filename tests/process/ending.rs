//! How a server ends: what was accepted is answered, the exit code is 0, and nothing can hold it past the deadline.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::torture::{Torture, alone, call, command, request};

const SHORT: (&str, &str) = ("TORTURE_DRAIN_MS", "300");

/// More than the deadline takes, and far less than a call that is stuck.
const SOON: Duration = Duration::from_millis(3000);

fn ids(answers: &[Value]) -> Vec<u64> {
    answers.iter().filter_map(|answer| answer["id"].as_u64()).collect()
}

#[test]
fn every_accepted_call_is_answered_after_the_end_of_the_input() {
    let mut server = Torture::start();
    let mut asked = BTreeSet::new();
    for _ in 0..50 {
        asked.insert(server.call("sleep", json!({ "ms": 200 })));
        asked.insert(server.call("block", json!({ "ms": 100 })));
        asked.insert(server.call("echo", json!({ "message": "x" })));
        asked.insert(server.call("panic", json!({ "message": "x" })));
        asked.insert(server.call("stubborn", json!({ "ms": 150 })));
    }
    let answers = server.finish();
    assert_eq!(answers.len(), asked.len());
    assert_eq!(ids(&answers).into_iter().collect::<BTreeSet<_>>(), asked);
}

#[test]
fn a_last_line_without_an_end_is_answered() {
    let mut server = Torture::start();
    server.write(request(77, "ping", json!({})).to_string().as_bytes());
    assert_eq!(ids(&server.finish()), [77]);
}

fn ends_soon(how: impl Fn(&mut Torture), stuck: &[(&str, Value)]) {
    let mut server = Torture::start_with(&[SHORT]);
    for (tool, arguments) in stuck {
        server.call(tool, arguments.clone());
    }
    server.ping();
    how(&mut server);
    let (status, took) = server.ended();
    assert_eq!(status.code(), Some(0), "{stuck:?}: {}", server.complaints());
    assert!(took < SOON, "{stuck:?} held it for {took:?}");
    assert!(server.rest().is_empty(), "a call that did not finish is not answered");
    assert!(!server.complaints().contains("panicked"));
}

fn stuck_calls() -> [(&'static str, Value); 3] {
    let long = 60_000;
    [("hang", json!({})), ("block", json!({ "ms": long })), ("stubborn", json!({ "ms": long }))]
}

#[test]
fn calls_that_hang_or_block_do_not_outlive_the_deadline() {
    for stuck in stuck_calls() {
        ends_soon(Torture::close, &[stuck]);
    }
    ends_soon(|server| server.signal("TERM"), &stuck_calls());
    ends_soon(|server| server.signal("INT"), &stuck_calls());
}

#[test]
fn a_function_that_blocks_the_runtime_does_not_outlive_the_deadline() {
    for how in [Torture::close as fn(&mut Torture), |server| server.signal("TERM"), |server| server.signal("INT")] {
        let mut server = Torture::start_with(&[SHORT]);
        server.call("deafen", json!({ "ms": 60_000 }));
        std::thread::sleep(Duration::from_millis(50));
        how(&mut server);
        let (_, took) = server.ended();
        assert!(took < SOON, "it ended after {took:?}");
    }
}

#[test]
fn the_deadline_is_five_seconds_by_default() {
    let mut server = Torture::start();
    server.call("hang", json!({}));
    server.ping();
    server.close();
    let (status, took) = server.ended();
    assert_eq!(status.code(), Some(0));
    assert!(Duration::from_millis(4900) < took && took < Duration::from_secs(8), "{took:?}");
}

#[test]
fn a_signal_ends_an_idle_server_within_100_ms() {
    let _alone = alone();
    for signal in ["TERM", "INT"] {
        let took = (0..3).map(|_| {
            let mut server = Torture::start();
            server.signal(signal);
            let (status, took) = server.ended();
            assert_eq!(status.code(), Some(0));
            took
        });
        assert!(took.min().unwrap() < Duration::from_millis(100));
    }
}

#[test]
fn a_signal_lets_calls_finish() {
    for signal in ["TERM", "INT"] {
        let mut server = Torture::start();
        let (slow, blocked) = (server.call("sleep", json!({ "ms": 300 })), server.call("block", json!({ "ms": 300 })));
        server.ping();
        server.signal(signal);
        assert_eq!(server.text(slow), "slept 300");
        assert_eq!(server.text(blocked), "unblocked");
        assert_eq!(server.ended().0.code(), Some(0));
    }
}

#[test]
fn a_signal_right_after_the_first_answer_ends_it_cleanly() {
    for _ in 0..20 {
        let mut server = Torture::spawn(command());
        let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {} });
        server.send(&request(1, "server/discover", json!({ "_meta": meta })));
        assert!(server.answer(1)["result"]["supportedVersions"].is_array());
        server.signal("TERM");
        assert_eq!(server.ended().0.code(), Some(0));
        assert_eq!(server.complaints(), "");
    }
}

#[test]
fn hooks_run_before_the_first_request_and_after_the_last() {
    for how in [Torture::close as fn(&mut Torture), |server| server.signal("TERM")] {
        let mut server = Torture::start_with(&[("TORTURE_HOOKS", "1")]);
        how(&mut server);
        assert_eq!(server.ended().0.code(), Some(0));
        assert_eq!(server.complaints(), "started\nstopped\n");
    }
}

#[test]
fn a_signal_ends_a_server_that_is_still_starting() {
    let mut command = command();
    command.env("TORTURE_START_MS", "60000").env("TORTURE_DRAIN_MS", "300");
    let mut server = Torture::spawn(command);
    std::thread::sleep(Duration::from_millis(200));
    server.signal("TERM");
    assert!(server.ended().1 < SOON);
}

#[test]
fn a_shutdown_hook_does_not_outlive_the_deadline() {
    let mut server = Torture::start_with(&[("TORTURE_SHUTDOWN_MS", "60000"), SHORT]);
    server.close();
    assert!(server.ended().1 < SOON);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut server = Torture::start();
    server.call("hang", json!({}));
    server.ping();
    server.signal("INT");
    std::thread::sleep(Duration::from_millis(100));
    server.signal("INT");
    assert!(server.ended().1 < Duration::from_secs(2));
}

#[test]
fn a_client_that_does_not_read_any_more_ends_it_at_once() {
    use std::io::{Read as _, Write as _};
    use std::process::Stdio;
    let mut child = command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    drop(output);
    writeln!(input, "{}", json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })).unwrap();
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(errors, "");
}

#[test]
fn what_is_written_in_one_burst_with_the_end_is_answered() {
    let mut burst = String::new();
    for id in 1000..1500 {
        burst += &format!("{}\n", call(id, "sleep", json!({ "ms": 1 })));
    }
    let mut server = Torture::start();
    server.write(burst.as_bytes());
    let mut answered = ids(&server.finish());
    answered.sort_unstable();
    assert_eq!(answered, (1000..1500).collect::<Vec<_>>());
}

#[test]
fn the_end_is_noticed_behind_a_client_that_does_not_read() {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut child = command().env(SHORT.0, SHORT.1).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let hello = request(0, "initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {} }));
    writeln!(input, "{hello}\n{}", call(1, "big", json!({ "bytes": 5_000_000 }))).unwrap();
    drop(input);
    let _unread = child.stdout.take().unwrap();
    let mut server = Torture::attach(child, None, std::io::empty());
    assert!(server.ended().1 < SOON);
}

#[test]
fn standard_error_that_nobody_reads_does_not_hold_it() {
    use std::process::Stdio;
    let mut child = command().env(SHORT.0, SHORT.1).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let unread =
        child.stderr.replace(std::process::ChildStderr::from(std::os::fd::OwnedFd::from(std::io::pipe().unwrap().0)));
    let mut server = Torture::attach(child, Some(Box::new(input)), output);
    server.send(&request(0, "initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {} })));
    server.answer(0);
    server.call("pollute", json!({ "text": "x".repeat(1_000_000), "newline": true }));
    std::thread::sleep(Duration::from_millis(50));
    server.signal("TERM");
    assert!(server.ended().1 < SOON);
    drop(unread);
}

/// The deadline is for calls that do not end, and for clients that do not read.
#[test]
fn a_client_that_reads_slowly_after_the_end_gets_every_answer() {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::process::Stdio;
    const CALLS: usize = 30;
    let mut child = command().env(SHORT.0, SHORT.1).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{}", request(0, "initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {} })))
        .unwrap();
    for id in 1..=CALLS {
        writeln!(input, "{}", call(id as u64, "big", json!({ "bytes": 200_000 }))).unwrap();
    }
    drop(input);
    let slowly = |line| {
        std::thread::sleep(Duration::from_millis(50));
        line
    };
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(slowly);
    assert_eq!(lines.count(), 1 + CALLS);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
