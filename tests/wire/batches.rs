//! Batches: only in 2025-03-26.

use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{LEGACY, MODERN, Verdict, Wire, call, hush, initialize, request, run, terms};
use crate::fixture::{Dropped, server, server_with};

const WITH: &str = "2025-03-26";

fn refused(message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32600, "message": message } })
}

fn ids(answer: &Value) -> Vec<String> {
    let mut ids: Vec<String> = answer
        .as_array()
        .unwrap_or_else(|| panic!("no batch: {answer}"))
        .iter()
        .map(|one| one["id"].to_string())
        .collect();
    ids.sort();
    ids
}

fn ping(id: impl Into<Value>) -> Value {
    json!({ "jsonrpc": "2.0", "id": id.into(), "method": "ping" })
}

#[test]
fn batches() {
    run(async {
        let mut wire = Wire::open_in(WITH, server()).await;
        // Everything at once: answers, errors, notifications, responses, nonsense.
        let batch = json!([
            ping(1),
            call(WITH, 2, "add", json!({ "a": 1, "b": 2 })),
            { "jsonrpc": "2.0", "method": "notifications/initialized" },
            { "jsonrpc": "2.0", "id": 9, "result": {} },
            5,
            [],
            { "jsonrpc": "2.0", "id": 3 },
            request(WITH, 4, "nothing", json!({})),
            call(WITH, 5, "report", json!({})),
            call(WITH, 6, "nap", json!({ "ms": 20 })),
        ]);
        let answer = wire.ask(&batch).await;
        assert_eq!(ids(&answer), ["1", "2", "3", "4", "5", "6", "null", "null"], "{answer}");
        let of = |id: i64| answer.as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone();
        assert_eq!(of(1)["result"], json!({}));
        assert_eq!(of(2)["result"]["content"][0]["text"], "3");
        assert_eq!(of(3)["error"]["code"], -32600);
        assert_eq!(of(4)["error"]["code"], -32601);
        assert_eq!(of(5)["result"]["content"][0]["text"], r#"{"city":"Oslo","degrees":4.5}"#);
        assert_eq!(of(6)["result"]["content"][0]["text"], "20");
        // One member is a batch too.
        assert_eq!(wire.exchange(format!("[{}]", ping(1))).await, r#"[{"jsonrpc":"2.0","id":1,"result":{}}]"#);
        assert_eq!(wire.exchange(format!(" [ {} ] ", ping(1))).await, r#"[{"jsonrpc":"2.0","id":1,"result":{}}]"#);
        // Notifications alone are not answered.
        wire.say(r#"[{"jsonrpc":"2.0","method":"notifications/initialized"},{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":1,"result":{}}]"#).await;
        wire.is_silent("notifications alone").await;
        assert_eq!(wire.ask(&json!([])).await, refused("the batch is empty"));
        let bad = wire.exchange("[{]").await;
        assert!(bad.starts_with(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"#), "{bad}");
        // While a batch waits, others are answered.
        wire.say(json!([call(WITH, 1, "nap", json!({ "ms": 60 })), ping(2)]).to_string()).await;
        wire.is_silent("a batch waits").await;
        assert_eq!(wire.ask(&json!([ping(3)])).await[0]["id"], 3);
        assert_eq!(ids(&wire.hear_json().await), ["1", "2"]);
        // A modern request in a batch is answered in its revision.
        let answer = wire.ask(&json!([request(MODERN, 1, "tools/call", json!({ "name": "numbers" })), ping(2)])).await;
        let modern = answer.as_array().unwrap().iter().find(|one| one["id"] == 1).unwrap();
        assert_eq!(modern["result"]["structuredContent"], json!([1, 2]));
        assert_eq!(wire.close().await, [""; 0]);
    });
}

/// A member that is nested too deeply is refused alone, and by its id.
#[test]
fn how_deep_a_member_may_be() {
    let deep = |levels: usize| {
        // The member is one level itself, and the object in its midst another one.
        let (open, close) = ("[".repeat(levels - 2), "]".repeat(levels - 2));
        format!(r#"{{"jsonrpc":"2.0","id":{levels},"method":"ping","x":{open}"]}}\"",{{}}{close}}}"#)
    };
    let shown = |answer: &Value| {
        let members = answer.as_array().unwrap_or_else(|| panic!("no batch: {answer}")).iter();
        members.map(|one| (one["id"].clone(), one["error"]["code"].as_i64())).collect::<Vec<_>>()
    };
    run(async {
        for most in [10, 128] {
            let mut wire = Wire::open_in(WITH, server().depth(most)).await;
            let line = format!("[{},{},[{}],{}]", deep(most), deep(most + 1), deep(5000), ping(1));
            let answer: Value = serde_json::from_str(&wire.exchange(&line).await).unwrap();
            let expected =
                [(json!(most), None), (json!(most + 1), Some(-32600)), (Value::Null, Some(-32700)), (json!(1), None)];
            assert_eq!(shown(&answer), expected, "{answer}");
            let open = wire.exchange(&line[..line.len() - 1]).await;
            assert!(open.starts_with(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700"#), "{open}");
            wire.is_silent("answered once").await;
            wire.close().await;
        }
    });
}

#[test]
fn how_long_a_batch_may_be() {
    run(async {
        let mut wire = Wire::open_in(WITH, server().batch_length(3)).await;
        let answer = wire.ask(&json!([ping(1), ping(2), ping(3)])).await;
        assert_eq!(ids(&answer), ["1", "2", "3"]);
        assert_eq!(
            wire.ask(&json!([ping(1), ping(2), ping(3), ping(4)])).await,
            refused("the batch has more than 3 messages")
        );
        wire.close().await;
        let mut wire = Wire::open_in(WITH, server()).await;
        let hundred: Vec<Value> = (0..100).map(ping).collect();
        assert_eq!(wire.ask(&json!(hundred)).await.as_array().unwrap().len(), 100);
        let more: Vec<Value> = (0..101).map(ping).collect();
        assert_eq!(wire.ask(&json!(more)).await["error"]["code"], -32600);
        wire.close().await;
    });
}

#[test]
fn initialize_in_a_batch() {
    run(async {
        let mut wire = Wire::open_in(WITH, server()).await;
        let answer = wire.ask(&json!([initialize("2025-11-25"), ping(1)])).await;
        assert_eq!(ids(&answer), ["\"open\"", "1"], "{answer}");
        let refused = answer.as_array().unwrap().iter().find(|one| one["id"] == "open").unwrap();
        assert_eq!(refused["error"]["code"], -32600, "{answer}");
        // The terms are those from before.
        assert_eq!(wire.ask(&json!([ping(1)])).await[0]["id"], 1);
        wire.close().await;
    });
}

#[test]
fn the_same_id_twice_in_a_batch() {
    run(async {
        let mut wire = Wire::open_in(WITH, server()).await;
        let answer = wire
            .ask(&json!([call(WITH, 1, "nap", json!({ "ms": 20 })), call(WITH, 1, "nap", json!({ "ms": 30 }))]))
            .await;
        assert_eq!(ids(&answer), ["1", "1"]);
        let codes: Vec<_> = answer.as_array().unwrap().iter().filter_map(|one| one["error"]["code"].as_i64()).collect();
        let texts: Vec<_> =
            answer.as_array().unwrap().iter().filter_map(|one| one["result"]["content"][0]["text"].as_str()).collect();
        assert_eq!((codes.as_slice(), texts.as_slice()), ([-32600].as_slice(), ["20"].as_slice()));
        wire.close().await;
    });
}

fn cancel(id: i64) -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } })
}

#[test]
fn a_member_is_cancelled() {
    run(async {
        let dropped = Dropped::default();
        let mut wire = Wire::open_in(WITH, server_with(dropped.clone())).await;
        // The others are answered, without it.
        wire.say(json!([call(WITH, 1, "hang", json!({})), ping(2)]).to_string()).await;
        wire.is_silent("the batch waits").await;
        let answer = wire.exchange(cancel(1).to_string()).await;
        assert_eq!(answer, r#"[{"jsonrpc":"2.0","id":2,"result":{}}]"#);
        // Nothing is left to answer.
        wire.say(json!([call(WITH, 1, "hang", json!({}))]).to_string()).await;
        wire.say(cancel(1).to_string()).await;
        wire.is_silent("all of it cancelled").await;
        // Within the batch itself, and by another batch.
        wire.say(json!([call(WITH, 1, "hang", json!({})), cancel(1)]).to_string()).await;
        wire.is_silent("cancelled by its neighbour").await;
        let answer = wire.ask(&json!([ping(1), call(WITH, 2, "hang", json!({})), cancel(2), ping(3)])).await;
        assert_eq!(ids(&answer), ["1", "3"], "cancelled by its neighbour, among others");
        wire.say(json!([call(WITH, 1, "hang", json!({})), call(WITH, 2, "hang", json!({}))]).to_string()).await;
        wire.say(json!([cancel(1), cancel(2), ping(3)]).to_string()).await;
        assert_eq!(wire.hear().await, r#"[{"jsonrpc":"2.0","id":3,"result":{}}]"#);
        wire.is_silent("all of it cancelled by another").await;
        // What it ends of another batch is a message of its own.
        wire.say(json!([ping(0), call(WITH, 1, "hang", json!({}))]).to_string()).await;
        wire.say(json!([cancel(1)]).to_string()).await;
        assert_eq!(wire.hear().await, r#"[{"jsonrpc":"2.0","id":0,"result":{}}]"#);
        wire.is_silent("cancelled by a batch without answers").await;
        wire.say(json!([ping(0), call(WITH, 1, "hang", json!({}))]).to_string()).await;
        wire.say(json!([cancel(1), ping(9)]).to_string()).await;
        let mut both = [wire.hear().await, wire.hear().await];
        both.sort();
        assert_eq!(both, [r#"[{"jsonrpc":"2.0","id":0,"result":{}}]"#, r#"[{"jsonrpc":"2.0","id":9,"result":{}}]"#]);
        wire.is_silent("cancelled by a batch with answers").await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(dropped.0.load(std::sync::atomic::Ordering::SeqCst), 8, "all dropped, or never started");
        assert_eq!(wire.close().await, [""; 0]);
    });
}

/// Whatever becomes of its members, a batch is answered once, also when the input ends.
#[test]
fn members_that_end_badly() {
    hush();
    run(async {
        let mut wire = Wire::open_in(WITH, server()).await;
        let members = || {
            json!([
                call(WITH, 1, "boom", json!({})),
                call(WITH, 2, "boom_on_a_thread", json!({})),
                call(WITH, 3, "slow", json!({})),
                call(WITH, 4, "fail", json!({})),
                call(WITH, 5, "add", json!({ "a": "x" })),
                call(WITH, 6, "block", json!({ "ms": 10 })),
            ])
        };
        let check = |answer: &Value| {
            assert_eq!(ids(answer), ["1", "2", "3", "4", "5", "6"], "{answer}");
            let errors = answer.as_array().unwrap().iter().filter_map(|one| one["error"]["code"].as_i64());
            let mut errors: Vec<_> = errors.collect();
            errors.sort();
            assert_eq!(errors, [-32603, -32603, -32603, -32602], "{answer}");
        };
        check(&wire.ask(&members()).await);
        wire.say(members().to_string()).await;
        let rest = wire.close().await;
        assert_eq!(rest.len(), 1, "{rest:?}");
        check(&serde_json::from_str(&rest[0]).unwrap());
    });
}

#[test]
fn the_limit_holds_in_a_batch() {
    run(async {
        let mut wire = Wire::open_in(WITH, server().in_flight(2)).await;
        let batch: Vec<Value> = (0..4).map(|id| call(WITH, id, "nap", json!({ "ms": 20 }))).collect();
        let answer = wire.ask(&json!(batch)).await;
        assert_eq!(ids(&answer), ["0", "1", "2", "3"]);
        let busy = answer.as_array().unwrap().iter().filter(|one| one["error"]["code"] == -32603).count();
        assert_eq!(busy, 2, "{answer}");
        wire.close().await;
    });
}

/// Answers that wait for the rest of their batch are bounded, all of them together.
#[test]
fn how_much_waits_for_slow_batches() {
    let slow = |id: i32| json!([call(WITH, id, "hang", json!({})), request(WITH, id + 1, "tools/list", Value::Null)]);
    run(async {
        let mut wire = Wire::open_in(WITH, server()).await;
        let length = wire.ask(&json!([request(WITH, 2, "tools/list", Value::Null)])).await.to_string().len();
        wire.close().await;
        // Without the bracket that closes it.
        for (most, is_taken) in [(length, true), (length - 1, false)] {
            let mut wire = Wire::open_in(WITH, server().backlog(most)).await;
            wire.say(slow(1).to_string()).await;
            let answer = wire.ask(&json!([ping(3), call(WITH, 4, "add", json!({ "a": 1, "b": 2 }))])).await;
            assert_eq!(ids(&answer), ["3", "4"], "{answer}");
            for one in answer.as_array().unwrap() {
                let busy = one["error"]["code"] == -32603 && one["error"]["message"].to_string().contains("batches");
                assert!(one["result"].is_object() == is_taken && busy != is_taken, "{most}: {one}");
            }
            wire.is_silent("outside of batches everything goes on").await;
            wire.say(
                json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } })
                    .to_string(),
            )
            .await;
            assert_eq!(ids(&wire.hear_json().await), ["2"]);
            assert!(wire.ask(&json!([ping(5)])).await[0]["result"].is_object(), "there is room again");
            wire.close().await;
        }
    });
}

#[test]
fn nobody_else_has_batches() {
    let mut wrong = Verdict::default();
    run(async {
        for revision in LEGACY.into_iter().filter(|revision| *revision != WITH) {
            let mut wire = Wire::open_in(revision, server()).await;
            for batch in [json!([ping(1)]), json!([]), json!([1])] {
                let answer = wire.ask(&batch).await;
                wrong.that(format_args!("{batch} in {revision}"), answer["error"]["code"] == -32600, &answer);
                let id = (revision < "2025-11-25").then_some(Value::Null);
                wrong.that(format_args!("{batch} in {revision}: the id"), answer.get("id") == id.as_ref(), &answer);
                wire.is_silent("once").await;
            }
            wire.close().await;
        }
        let mut wire = Wire::open(server());
        for batch in [
            json!([initialize(WITH)]),
            json!([{ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": terms() } }]),
        ] {
            let answer = wire.ask(&batch).await;
            wrong.that(format_args!("{batch} before a session"), answer["error"]["code"] == -32600, &answer);
            wrong.that(format_args!("{batch} before a session: no id"), answer.get("id").is_none(), &answer);
        }
        wire.close().await;
    });
}
