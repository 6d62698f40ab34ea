//! Calls in flight: ids, cancellation, and how many there may be.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{MODERN, REVISIONS, Wire, call, request, run};
use crate::fixture::{Dropped, server, server_with};

fn cancel(id: impl Into<Value>) -> String {
    let params = json!({ "requestId": id.into(), "reason": "changed my mind" });
    json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }).to_string()
}

/// Waits until so many were dropped: at most 100 ms, as promised.
async fn until(dropped: &Dropped, count: usize, case: &str) {
    let begin = Instant::now();
    while dropped.0.load(Ordering::SeqCst) < count {
        assert!(begin.elapsed() < Duration::from_millis(100), "{case}: not dropped in time");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(dropped.0.load(Ordering::SeqCst), count, "{case}");
}

#[test]
fn an_id_that_is_in_flight() {
    run(async {
        for revision in REVISIONS {
            let dropped = Dropped::default();
            let mut wire = Wire::open_in(revision, server_with(dropped.clone())).await;
            for (first, second) in [(r#"1"#, r#"1"#), (r#""a""#, r#""\u0061""#)] {
                let line = call(revision, "ID", "nap", json!({ "ms": 60 })).to_string();
                wire.say(line.replace("\"ID\"", first)).await;
                for method in ["tools/call", "tools/list", "resources/read"] {
                    let again = request(revision, "ID", method, json!({ "name": "add" })).to_string();
                    let refused = wire.exchange(again.replace("\"ID\"", second)).await;
                    let expected = format!(
                        r#"{{"jsonrpc":"2.0","id":{first},"error":{{"code":-32600,"message":"the id {} is still in use by a request in flight"}}}}"#,
                        first.replace('"', "\\\"")
                    );
                    assert_eq!(refused, expected, "{revision}");
                }
                let answer = wire.hear_json().await;
                assert_eq!(answer["result"]["content"][0]["text"], "60", "{revision}: the first is answered as usual");
                let answer = wire
                    .ask(&call(
                        revision,
                        serde_json::from_str::<Value>(first).unwrap(),
                        "add",
                        json!({ "a": 1, "b": 1 }),
                    ))
                    .await;
                assert_eq!(answer["result"]["content"][0]["text"], "2", "{revision}: then the id is free");
            }
            // A number and a string are two ids.
            wire.say(call(revision, 1, "nap", json!({ "ms": 30 })).to_string()).await;
            let answer = wire.ask(&call(revision, "1", "add", json!({ "a": 1, "b": 1 }))).await;
            assert_eq!(answer["result"]["content"][0]["text"], "2", "{revision}");
            assert_eq!(wire.hear_json().await["id"], 1);
            wire.close().await;
        }
    });
}

#[test]
fn cancellation() {
    run(async {
        for revision in REVISIONS {
            let dropped = Dropped::default();
            let mut wire = Wire::open_in(revision, server_with(dropped.clone())).await;
            // Before there is such a request, and for ids that never were.
            for id in [json!(1), json!("1"), json!(null), json!(1.5), json!({}), json!("never")] {
                wire.say(cancel(id)).await;
            }
            wire.is_silent("nothing to cancel").await;
            // During.
            for (count, id) in [(1, json!(1)), (2, json!("a\"b")), (3, json!(-7))] {
                wire.say(call(revision, id.clone(), "hang", json!({})).to_string()).await;
                wire.is_silent("it hangs").await;
                assert_eq!(dropped.0.load(Ordering::SeqCst), count - 1, "{revision}: it runs");
                wire.say(cancel(id.clone())).await;
                until(&dropped, count, revision).await;
                wire.say(cancel(id)).await;
                wire.is_silent("cancelled once more").await;
            }
            // The other type of id is another request.
            wire.say(call(revision, 5, "nap", json!({ "ms": 30 })).to_string()).await;
            wire.say(cancel("5")).await;
            assert_eq!(wire.hear_json().await["result"]["content"][0]["text"], "30", "{revision}");
            // After.
            wire.say(cancel(5)).await;
            wire.is_silent("it had finished").await;
            let answer = wire.ask(&call(revision, 5, "add", json!({ "a": 1, "b": 1 }))).await;
            assert_eq!(
                answer["result"]["content"][0]["text"], "2",
                "{revision}: what was cancelled does not matter later"
            );
            // The id is free at once, and the answer is that of the second request.
            wire.say(call(revision, 6, "nap", json!({ "ms": 20 })).to_string()).await;
            wire.say(cancel(6)).await;
            let answer = wire.ask(&call(revision, 6, "nap", json!({ "ms": 60 }))).await;
            assert_eq!(answer["result"]["content"][0]["text"], "60", "{revision}");
            wire.is_silent("one answer").await;
            // A thread cannot be stopped, but its answer goes nowhere.
            wire.say(call(revision, 7, "block", json!({ "ms": 15 })).to_string() + "\n" + &cancel(7)).await;
            tokio::time::sleep(Duration::from_millis(40)).await;
            wire.is_silent("a thread").await;
            assert_eq!(wire.close().await, [""; 0]);
        }
    });
}

/// `initialize` settles terms; its id is free at once, and cancelling it means nothing.
#[test]
fn what_is_answered_at_once_is_not_in_flight() {
    run(async {
        let mut wire = Wire::open_in("2025-11-25", server()).await;
        wire.say(cancel("open")).await;
        for _ in 0..3 {
            let answer = wire.ask(&request("2025-11-25", "open", "tools/list", json!({}))).await;
            assert!(answer["result"]["tools"].is_array(), "{answer}");
        }
        wire.close().await;
    });
}

/// At the limit pings are answered, cancellations act, and further calls are refused at once.
#[test]
fn the_limit() {
    run(async {
        for revision in REVISIONS {
            let dropped = Dropped::default();
            let mut wire = Wire::open_in(revision, server_with(dropped.clone()).in_flight(2)).await;
            for id in [1, 2] {
                wire.say(call(revision, id, "hang", json!({})).to_string()).await;
            }
            for id in 3..6 {
                let refused = wire.ask(&call(revision, id, "add", json!({ "a": 1, "b": 1 }))).await;
                assert_eq!(refused["id"], id);
                assert_eq!(refused["error"]["code"], -32603, "{revision}: {refused}");
                let said = refused["error"]["message"].as_str().unwrap();
                assert_eq!(said, "the server is busy: 2 calls of one client are in flight; try again later");
            }
            wire.is_silent("a ping at the limit").await;
            let again = wire.ask(&call(revision, 2, "add", json!({}))).await;
            assert_eq!(again["error"]["code"], -32600, "{revision}: an id in flight stays one");
            wire.say(cancel(1)).await;
            until(&dropped, 1, revision).await;
            let answer = wire.ask(&call(revision, 6, "add", json!({ "a": 1, "b": 1 }))).await;
            assert_eq!(answer["result"]["content"][0]["text"], "2", "{revision}: there is room again");
            wire.say(cancel(2)).await;
            until(&dropped, 2, revision).await;
            assert_eq!(wire.close().await, [""; 0]);
        }
    });
}

/// Calls run side by side, and are answered as they finish.
#[test]
fn calls_overtake_each_other() {
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server()).await;
            for (id, ms) in [(1, 90), (2, 50), (3, 10)] {
                wire.say(call(revision, id, "nap", json!({ "ms": ms })).to_string()).await;
            }
            let mut ids = Vec::new();
            for _ in 0..3 {
                ids.push(wire.hear_json().await["id"].clone());
            }
            assert_eq!(ids, [3, 2, 1], "{revision}");
            wire.close().await;
        }
    });
}

/// Plain functions wait for a thread when there are none left; nothing else waits for them.
#[test]
fn threads() {
    const MS: u64 = 60;
    run(async {
        for revision in ["2025-03-26", MODERN] {
            let mut wire = Wire::open_in(revision, server().threads(1)).await;
            let begin = Instant::now();
            for id in 1..4 {
                wire.say(call(revision, id, "block", json!({ "ms": MS })).to_string()).await;
            }
            wire.is_silent("threads are busy").await;
            let answer = wire.ask(&call(revision, 4, "add", json!({ "a": 1, "b": 1 }))).await;
            assert_eq!(answer["result"]["content"][0]["text"], "2", "{revision}");
            for id in 1..4 {
                assert_eq!(wire.hear_json().await["id"], id, "{revision}: first come, first served");
            }
            assert!(begin.elapsed() >= Duration::from_millis(3 * MS), "{revision}: one after the other");
            wire.close().await;
        }
    });
}

/// At the end of the input everything that was accepted is answered.
#[test]
fn the_end_of_the_input() {
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server()).await;
            for (id, ms) in [(1, 40), (2, 20)] {
                wire.say(call(revision, id, "nap", json!({ "ms": ms })).to_string()).await;
            }
            let rest = wire.close().await;
            assert_eq!(rest.len(), 2, "{revision}: {rest:?}");
            // What does not end is dropped at the deadline.
            let dropped = Dropped::default();
            let mut wire = Wire::open_in(revision, server_with(dropped.clone()).drain(Duration::from_millis(50))).await;
            wire.say(call(revision, 1, "hang", json!({})).to_string()).await;
            let begin = Instant::now();
            assert_eq!(wire.close().await, [""; 0], "{revision}");
            assert!(begin.elapsed() < Duration::from_secs(1), "{revision}");
            until(&dropped, 1, revision).await;
        }
    });
}
