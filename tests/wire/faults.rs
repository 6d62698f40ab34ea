//! What goes wrong within a method, beyond what the transcripts show.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mcp_runtime::{Context, Server, items, prompt, resource, tool};
use serde_json::{Value, json};

use crate::common::{MODERN, REVISIONS, Verdict, Wire, call, hush, request, run};
use crate::fixture::server;

#[tool]
async fn only() {}

#[resource("x://one")]
async fn one() -> &'static str {
    "1"
}

/// Methods of families that the server does not offer, and methods that nobody offers.
#[test]
fn what_is_not_there() {
    let families = [
        "resources/list",
        "resources/templates/list",
        "resources/read",
        "prompts/list",
        "prompts/get",
        "completion/complete",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "subscriptions/listen",
        "tasks/list",
        "tasks/get",
        "sampling/createMessage",
        "roots/list",
        "elicitation/create",
        "notifications/initialized",
        "notifications/cancelled",
        "rpc.discover",
    ];
    let mut wrong = Verdict::default();
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(items![only])).await;
            for method in families {
                let answer = wire.ask(&request(revision, 1, method, json!({}))).await;
                wrong.that(format_args!("{method} in {revision}"), answer["error"]["code"] == -32601, &answer);
                wrong.that(
                    format_args!("{method} in {revision} is named"),
                    answer["error"]["message"].as_str().is_some_and(|said| said.contains(method)),
                    &answer,
                );
            }
            wire.close().await;
        }
    });
}

/// A family is there only with its items: a server with nothing to read has no reading.
#[test]
fn a_server_of_resources() {
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(items![one])).await;
            let answer = wire.ask(&request(revision, 1, "tools/list", json!({}))).await;
            assert_eq!(answer["error"]["code"], -32601, "{answer}");
            let answer = wire.ask(&request(revision, 1, "tools/call", json!({ "name": "only" }))).await;
            assert_eq!(answer["error"]["code"], -32601, "{answer}");
            let answer = wire.ask(&request(revision, 1, "resources/templates/list", json!({}))).await;
            assert_eq!(answer["result"]["resourceTemplates"], json!([]), "{answer}");
            wire.close().await;
        }
    });
}

/// Long names are not repeated at length in words; data for programs is whole.
#[test]
fn long_names() {
    let long = "é".repeat(10_000);
    let uri = format!("x://{long}");
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server()).await;
            for (method, params) in [
                (long.as_str(), json!({})),
                ("tools/call", json!({ "name": long })),
                ("prompts/get", json!({ "name": long })),
                ("resources/read", json!({ "uri": uri })),
                ("completion/complete", json!({ "ref": { "type": long }, "argument": { "name": "a", "value": "" } })),
                ("tools/call", json!({ "name": "add", "arguments": { long.as_str(): 1 } })),
                ("tools/call", json!({ "name": "add", "arguments": { "a": long, "b": 1 } })),
            ] {
                let answer = wire.ask(&request(revision, 1, method, params)).await;
                let said =
                    answer["error"]["message"].as_str().or(answer["result"]["content"][0]["text"].as_str()).unwrap();
                assert!(said.chars().count() < 300, "{method} in {revision}: {said}");
                assert!(said.contains('…'), "{method} in {revision}: {said}");
                if method == "resources/read" {
                    assert_eq!(answer["error"]["data"]["uri"], uri, "{revision}");
                }
            }
            wire.close().await;
        }
    });
}

/// Nothing of a panic reaches a client, and the next call works.
#[test]
fn panics() {
    hush();
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server()).await;
            for tool in ["boom", "boom_on_a_thread", "boom", "boom_on_a_thread"] {
                wire.say(call(revision, "p", tool, json!({})).to_string()).await;
                let answer = wire.hear().await;
                assert_eq!(
                    answer, r#"{"jsonrpc":"2.0","id":"p","error":{"code":-32603,"message":"internal error"}}"#,
                    "{revision}"
                );
                let answer = wire.ask(&call(revision, 2, "add", json!({ "a": 1, "b": 1 }))).await;
                assert_eq!(answer["result"]["content"][0]["text"], "2", "{revision}");
            }
            assert_eq!(wire.close().await, [""; 0]);
        }
    });
}

#[tool(timeout = "30ms")]
fn sleepy(context: &Context, seen: &Seen) {
    let begin = Instant::now();
    while !context.is_cancelled() && begin.elapsed() < Duration::from_secs(2) {
        std::thread::sleep(Duration::from_millis(1));
    }
    seen.0.store(context.is_cancelled(), Ordering::SeqCst);
}

/// Whether a thread noticed that nobody waits for it.
#[derive(Clone, Default)]
struct Seen(Arc<AtomicBool>);

#[resource("slow://{id}", timeout = "30ms")]
async fn slow_resource(id: u8) -> String {
    std::future::pending::<()>().await;
    id.to_string()
}

#[prompt(timeout = "30ms")]
async fn slow_prompt() -> String {
    std::future::pending().await
}

/// Everything has its time, and a thread can see that its time is over.
#[test]
fn time_of_every_kind() {
    run(async {
        for revision in REVISIONS {
            let seen = Seen::default();
            let items = items![sleepy, slow_resource, slow_prompt];
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(items).state(seen.clone())).await;
            for (method, params, what) in [
                ("tools/call", json!({ "name": "sleepy" }), "tool `sleepy`"),
                ("resources/read", json!({ "uri": "slow://7" }), "resource `slow://7`"),
                ("prompts/get", json!({ "name": "slow_prompt" }), "prompt `slow_prompt`"),
            ] {
                let answer = wire.ask(&request(revision, 1, method, params)).await;
                let expected = json!({ "code": -32603, "message": format!("{what} timed out after 0.03 s") });
                assert_eq!(answer["error"], expected, "{revision}");
            }
            assert!(seen.0.load(Ordering::SeqCst), "{revision}: the thread saw it");
            wire.close().await;
        }
    });
}

/// A call that takes too long is answered in time, and what it awaited is dropped.
#[test]
fn time() {
    run(async {
        for revision in REVISIONS {
            let dropped = crate::fixture::Dropped::default();
            let mut wire = Wire::open_in(revision, crate::fixture::server_with(dropped.clone())).await;
            let begin = Instant::now();
            let answer = wire.ask(&call(revision, 1, "slow", json!({}))).await;
            let expected = json!({ "code": -32603, "message": "tool `slow` timed out after 0.04 s" });
            assert_eq!(answer["error"], expected, "{revision}");
            assert!(begin.elapsed() < Duration::from_secs(2), "{revision}");
            assert_eq!(dropped.0.load(Ordering::SeqCst), 1, "{revision}");
            wire.close().await;
        }
        let seconds = server().timeout(Duration::from_secs(1));
        let mut wire = Wire::open_in(MODERN, seconds).await;
        let answer = wire.ask(&call(MODERN, 1, "hang", json!({}))).await;
        assert_eq!(answer["error"]["message"], "tool `hang` timed out after 1 s");
        wire.close().await;
    });
}

/// Arguments that are not even an object.
#[test]
fn arguments_of_another_kind() {
    let mut wrong = Verdict::default();
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server()).await;
            for arguments in [json!([1, 2]), json!([]), json!(5), json!(true)] {
                for (method, name) in [("tools/call", "add"), ("prompts/get", "greet")] {
                    let answer =
                        wire.ask(&request(revision, 1, method, json!({ "name": name, "arguments": arguments }))).await;
                    wrong.that(
                        format_args!("{method} of {arguments} in {revision}"),
                        answer["error"]["code"] == -32602,
                        &answer,
                    );
                    let said = answer["error"]["message"].as_str().unwrap_or_default();
                    wrong.that(
                        format_args!("{method} of {arguments} in {revision}: words"),
                        said.contains("`arguments` must be an object"),
                        &answer,
                    );
                    wrong.that(
                        format_args!("{method} of {arguments} in {revision}: one problem"),
                        !said.contains("is required"),
                        &answer,
                    );
                }
            }
            let answer = wire.ask(&call(revision, 1, "numbers", Value::Null)).await;
            wrong.that(format_args!("null in {revision}"), answer["result"].is_object(), &answer);
            wire.close().await;
        }
    });
}

/// Blocks the thread that all share, at once or after it has waited.
#[tool(timeout = "300 ms")]
async fn holds(waits: bool) -> &'static str {
    if waits {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    std::thread::sleep(Duration::from_millis(500));
    "too late"
}

/// Waits for a while.
#[tool(timeout = "300 ms")]
async fn naps() -> &'static str {
    tokio::time::sleep(Duration::from_millis(30)).await;
    "in time"
}

/// Who blocks cannot be stopped, but its time is over all the same. Whoever else was ready meanwhile is not late.
#[test]
fn time_of_those_who_block() {
    run(async {
        for waits in [false, true] {
            let mut wire = Wire::open_in(MODERN, Server::new("test", "1.0.0").items(items![holds, naps])).await;
            let calls = [call(MODERN, 1, "naps", json!({})), call(MODERN, 2, "holds", json!({ "waits": waits }))]
                .map(|one| one.to_string());
            wire.say(calls.join("\n")).await;
            let mut answers = [wire.hear_json().await, wire.hear_json().await];
            answers.sort_by_key(|answer| answer["id"].as_u64());
            let [napped, held] = answers;
            assert_eq!(napped["result"]["content"][0]["text"], "in time", "{waits}: {napped}");
            assert_eq!(held["error"]["message"], "tool `holds` timed out after 0.3 s", "{waits}: {held}");
            wire.close().await;
        }
    });
}
