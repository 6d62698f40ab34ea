//! What a call can do to the others: nothing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::torture::{Torture, alone, call, command, request};

const TENTH: Duration = Duration::from_millis(100);

#[test]
fn a_ping_is_answered_while_plain_functions_block() {
    let _alone = alone();
    let mut server = Torture::start();
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let blocked: Vec<_> = (0..2 * cores).map(|_| server.call("block", json!({ "ms": 1000 }))).collect();
    let mut took: Vec<_> = (0..10).map(|_| server.ping()).collect();
    took.sort();
    assert!(took[5] < TENTH, "{took:?}");
    for id in blocked {
        assert_eq!(server.text(id), "unblocked");
    }
}

/// One call in 25 panics, half of them on a thread of their own.
#[test]
fn panics_under_load_lose_nothing() {
    const BURST: usize = 250;
    let _alone = alone();
    let mut command = command();
    // A panic then does not read the symbols of all libraries.
    command.env("RUST_BACKTRACE", "0");
    let mut server = Torture::spawn(command);
    server.send(&request(0, "initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {} })));
    server.answer(0);
    for _ in 0..20 {
        let tools = |number: usize| match number % 50 {
            0 => ("panic", json!({ "message": "x" })),
            25 => ("panic_aside", json!({ "message": "x" })),
            odd if odd % 2 == 1 => ("sleep", json!({ "ms": 1 })),
            _ => ("echo", json!({ "message": "x" })),
        };
        let mut asked: BTreeMap<u64, &str> = (0..BURST)
            .map(|number| {
                let (tool, arguments) = tools(number);
                (server.call(tool, arguments), tool)
            })
            .collect();
        while !asked.is_empty() {
            let answer = server.next();
            let tool = asked.remove(&answer["id"].as_u64().unwrap()).expect("each is answered once");
            assert_eq!(answer["error"]["code"] == -32603, tool.starts_with("panic"), "{tool}: {answer}");
            assert_eq!(answer["result"].is_object(), !tool.starts_with("panic"), "{tool}: {answer}");
        }
    }
    assert!(server.finish().is_empty());
}

fn ticks(server: &mut Torture, key: &str) -> u64 {
    let id = server.call("ticks", json!({ "key": key }));
    server.text(id).parse().unwrap()
}

#[test]
fn a_cancelled_call_is_dropped_and_not_answered() {
    let _alone = alone();
    let mut server = Torture::start();
    let id = server.call("ticker", json!({ "ms": 60_000, "key": "k" }));
    while ticks(&mut server, "k") < 3 {}
    server.cancel(id);
    let start = Instant::now();
    let mut last = ticks(&mut server, "k");
    let mut changed = start;
    while start.elapsed() < Duration::from_millis(300) {
        let now = ticks(&mut server, "k");
        if now != last {
            (last, changed) = (now, Instant::now());
        }
    }
    assert!(changed - start < TENTH, "it ticked on for {:?}", changed - start);
    assert!(server.finish().iter().all(|answer| answer["id"] != id));
}

#[test]
fn a_plain_function_can_ask_whether_it_is_cancelled() {
    let mut server = Torture::start();
    let id = server.call("attentive", json!({ "key": "a" }));
    server.ping();
    server.cancel(id);
    let start = Instant::now();
    while ticks(&mut server, "a") == 0 {
        assert!(start.elapsed() < Duration::from_secs(5));
    }
    assert!(server.finish().iter().all(|answer| answer["id"] != id));
}

#[test]
fn an_id_may_be_used_again_after_it_was_cancelled() {
    let mut server = Torture::start();
    server.send(&call(500, "sleep", json!({ "ms": 300 })));
    server.cancel(500);
    server.send(&call(500, "block", json!({ "ms": 600 })));
    assert_eq!(server.text(500), "unblocked");
    assert!(server.finish().is_empty());
}

#[test]
fn an_id_in_flight_is_refused_and_the_first_call_is_still_answered() {
    let mut server = Torture::start();
    server.send(&call(500, "sleep", json!({ "ms": 300 })));
    server.send(&call(500, "echo", json!({ "message": "x" })));
    assert_eq!(server.next()["error"]["code"], -32600);
    assert_eq!(server.text(500), "slept 300");
    assert!(server.finish().is_empty());
}

#[test]
fn a_panic_is_an_internal_error_without_internals() {
    let mut server = Torture::start();
    for tool in ["panic", "panic_aside"] {
        let id = server.call(tool, json!({ "message": "secret" }));
        let answer = server.answer(id);
        assert_eq!(answer["error"]["code"], -32603);
        assert!(!answer.to_string().contains("secret"));
    }
    for tool in ["panic_twice", "not_json"] {
        let id = server.call(tool, json!({}));
        assert_eq!(server.answer(id)["error"]["code"], -32603, "{tool}");
    }
    server.ping();
    assert!(server.finish().is_empty());
}

#[test]
fn a_panic_while_a_call_is_dropped_takes_nothing_with_it() {
    let mut server = Torture::start();
    let late = server.call("panic_when_dropped", json!({}));
    let cancelled = server.call("panic_when_dropped", json!({}));
    server.cancel(cancelled);
    assert_eq!(server.answer(late)["error"]["code"], -32603);
    server.ping();
    server.call("panic_when_dropped", json!({}));
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
}

#[test]
fn a_call_that_overruns_its_time_is_answered_on_time() {
    let _alone = alone();
    let mut server = Torture::start();
    for (tool, arguments) in
        [("timeout_me", json!({ "ms": 60_000 })), ("overrun", json!({ "ms": 900, "key": "late" })), ("spin", json!({}))]
    {
        let start = Instant::now();
        let id = server.call(tool, arguments);
        let answer = server.answer(id);
        let took = start.elapsed();
        assert_eq!(answer["error"]["code"], -32603);
        assert!(answer["error"]["message"].as_str().unwrap().contains("timed out after 0.5 s"), "{answer}");
        assert!(Duration::from_millis(490) < took && took < Duration::from_millis(800), "{tool}: {took:?}");
    }
    let id = server.call("timeout_me", json!({ "ms": 1 }));
    assert_eq!(server.text(id), "not timed out");
    while ticks(&mut server, "late") == 0 {}
    assert!(server.finish().is_empty(), "a late result is discarded");
}

#[test]
fn a_busy_function_does_not_keep_others_from_running() {
    let _alone = alone();
    let mut server = Torture::start();
    let spin = server.call("spin", json!({}));
    let nap = server.call("sleep", json!({ "ms": 10 }));
    assert_eq!(server.text(nap), "slept 10");
    assert!(server.ping() < TENTH);
    assert_eq!(server.answer(spin)["error"]["code"], -32603);
}

#[test]
fn a_batch_may_cancel_its_own_member() {
    let mut server = Torture::spawn(command());
    server.send(&request(0, "initialize", json!({ "protocolVersion": "2025-03-26", "capabilities": {} })));
    server.answer(0);
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 2 } });
    let ping = |id| request(id, "ping", json!({}));
    server.send(&json!([
        ping(1),
        call(2, "hang", json!({})),
        cancelled,
        ping(3),
        call(4, "sleep", json!({ "ms": 50 }))
    ]));
    let answers = server.next();
    let mut ids: Vec<_> = answers.as_array().unwrap().iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, [1, 3, 4]);
    assert!(server.finish().is_empty());
}
