//! Tools that take all there is, or leave something behind, and signals at any time.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::torture::{Torture, alone, call, command, request};

const SHORT: (&str, &str) = ("TORTURE_DRAIN_MS", "300");

fn kill(pid: &str) {
    assert!(Command::new("kill").args(["-KILL", pid]).status().unwrap().success(), "{pid} has gone");
}

/// A thread, a task and a process that a tool started go on: the server and its client do not wait for them.
#[test]
fn what_outlives_its_call_holds_up_nobody() {
    for how in [Torture::close as fn(&mut Torture), |server| server.signal("TERM")] {
        let mut server = Torture::start_with(&[SHORT]);
        let id = server.call("outlive", json!({}));
        let child = server.text(id);
        server.ping();
        let start = Instant::now();
        how(&mut server);
        assert!(server.rest().is_empty());
        assert_eq!(server.ended().0.code(), Some(0));
        assert!(start.elapsed() < Duration::from_secs(3), "it was held for {:?}", start.elapsed());
        kill(&child);
    }
}

/// A tool that asks for memory in a way that can be refused is told so. What it took it gives back.
#[cfg(target_os = "linux")]
#[test]
fn memory_that_is_refused_is_an_answer() {
    let _alone = alone();
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -v 400000; exec \"$0\" stdio"]).arg(command().get_program()).stderr(Stdio::piped());
    shell.env("MALLOC_ARENA_MAX", "1");
    let mut server = Torture::spawn(shell);
    server.send(&request(0, "initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {} })));
    server.answer(0);
    let before = server.memory();
    for round in 0..3 {
        let waiting = server.call("sleep", json!({ "ms": 1 }));
        let hoarding = server.call("hoard", json!({}));
        let answer = server.answer(hoarding);
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        assert!(answer["result"]["isError"] == true && text.contains("memory"), "{round}: {answer}");
        assert_eq!(server.text(waiting), "slept 1");
        server.ping();
    }
    assert!(server.memory() < before + 8 * 1024, "{before} KiB before, {} after", server.memory());
    assert!(server.finish().is_empty());
}

/// Each fault by itself, many times over: each call has one answer, unless it was cancelled, and nothing is left of it.
#[cfg(target_os = "linux")]
#[test]
fn faults_leave_nothing_behind() {
    let _alone = alone();
    let mut command = command();
    // A panic then does not read the symbols of all libraries.
    command.env("RUST_BACKTRACE", "0").env("MALLOC_ARENA_MAX", "1");
    let mut server = Torture::spawn(command);
    server.send(&request(0, "initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {} })));
    server.answer(0);
    let mut round = |rounds: u64| {
        for _ in 0..rounds {
            faults(&mut server);
        }
        (server.memory(), server.descriptors())
    };
    let (memory, descriptors) = round(100);
    let (memory_now, descriptors_now) = round(400);
    assert_eq!(descriptors_now, descriptors);
    assert!(memory_now.saturating_sub(memory) < 1024, "it grew from {memory} to {memory_now} KiB");
    assert!(server.finish().is_empty(), "each call was answered once");
}

#[cfg(target_os = "linux")]
fn faults(server: &mut Torture) {
    let panics = ["panic", "panic_aside"].map(|tool| server.call(tool, json!({ "message": "x" })));
    let others = ["panic_twice", "not_json"].map(|tool| server.call(tool, json!({})));
    for id in panics.into_iter().chain(others) {
        assert_eq!(server.answer(id)["error"]["code"], -32603);
    }
    let failed = server.call("fail", json!({ "message": "x" }));
    assert_eq!(server.answer(failed)["result"]["isError"], true);
    for (tool, arguments) in [("hang", json!({})), ("panic_when_dropped", json!({})), ("stubborn", json!({ "ms": 1 }))]
    {
        let id = server.call(tool, arguments);
        server.cancel(id);
        // Once more, and what never was.
        server.cancel(id);
        server.cancel(u64::MAX);
    }
    let (id, hello) = (server.id(), json!({ "message": "x" }));
    server.send(&call(id, "sleep", json!({ "ms": 2 })));
    server.send(&call(id, "echo", hello.clone()));
    let twice = [server.next(), server.next()];
    assert!(twice.iter().all(|answer| answer["id"] == id), "{twice:?}");
    assert_eq!(twice.iter().filter(|answer| answer["error"]["code"] == -32600).count(), 1, "{twice:?}");
    server.cancel(id);
    server.write(b"no JSON\n{\"jsonrpc\":\"2.0\",\"id\":5}\n");
    assert_eq!([server.next(), server.next()].map(|answer| answer["error"]["code"].clone()), [-32700, -32600]);
    let id = server.call("echo", hello);
    assert_eq!(server.text(id), "x");
}

/// Calls come, go and are answered; a signal comes in between, sooner or later. What was read is answered, as a whole, and
/// nothing after it is.
#[test]
fn a_signal_at_any_time_ends_it_cleanly() {
    const CALLS: u64 = 400;
    /// So many signals come while it starts.
    const STARTS: u64 = 10;
    let _alone = alone();
    let kinds = [("echo", json!({ "message": "x" })), ("sleep", json!({ "ms": 3 })), ("block", json!({ "ms": 1 }))];
    let calls = (1..=CALLS).map(|id| {
        let (tool, arguments) = &kinds[usize::try_from(id).unwrap() % kinds.len()];
        format!("{}\n", call(id, tool, arguments.clone()))
    });
    let bursts: Vec<String> = calls.collect::<Vec<_>>().chunks(10).map(<[_]>::concat).collect();
    let mut outcomes = BTreeSet::new();
    for moment in 0..40 {
        let mut server = Torture::spawn(command());
        server.send(&request(0, "initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {} })));
        let (mut input, bursts) = (server.take_input(), bursts.clone());
        let has_started = moment >= STARTS;
        if has_started {
            server.answer(0);
        }
        let writing = std::thread::spawn(move || {
            for burst in bursts {
                std::thread::sleep(Duration::from_micros(500));
                // It may end before it has read all of this.
                if input.write_all(burst.as_bytes()).is_err() {
                    break;
                }
            }
            input
        });
        std::thread::sleep(Duration::from_micros(750 * (if has_started { moment - STARTS } else { moment })));
        server.signal(if moment % 2 == 0 { "TERM" } else { "INT" });
        let answers = server.rest();
        let status = server.ended().0;
        drop(writing.join().unwrap());
        let mut ids: Vec<u64> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
        ids.sort_unstable();
        let first = u64::from(has_started);
        let all: Vec<u64> = (first..).take(ids.len()).collect();
        assert_eq!(ids, all, "{moment}: what was read is answered, once");
        assert!(answers.iter().all(|answer| answer["result"].is_object()), "{answers:?}");
        // Before it begins to serve nothing has been read, and nobody is there to take the signal.
        let is_early = !has_started && ids.is_empty();
        assert!(status.code() == Some(0) || is_early, "{moment}: {status}, {} answers", ids.len());
        outcomes.insert(ids.len());
    }
    assert!(outcomes.len() > 2, "all signals came at the same time: {outcomes:?}");
}

/// Threads that never come back are used up; what needs none goes on, and what waits for one is told so.
#[test]
fn functions_that_block_for_ever_cost_others_nothing_but_threads() {
    let _alone = alone();
    let mut server = Torture::start_with(&[SHORT, ("TORTURE_THREADS", "4")]);
    for _ in 0..4 {
        server.call("overrun", json!({ "ms": 60_000, "key": "k" }));
    }
    for _ in 0..4 {
        assert!(server.next()["error"]["message"].as_str().unwrap().contains("timed out"));
    }
    let late = server.call("overrun", json!({ "ms": 0, "key": "k" }));
    let hello = server.call("echo", json!({ "message": "x" }));
    assert_eq!(server.text(hello), "x");
    let answer: Value = server.answer(late);
    assert!(answer["error"]["message"].as_str().unwrap().contains("all 4 threads"), "{answer}");
    server.close();
    assert!(server.rest().is_empty());
    assert_eq!(server.ended().0.code(), Some(0));
}
