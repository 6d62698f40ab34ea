//! Panics, time, cancellation, questions and tasks inside of hooks.

use std::time::{Duration, Instant};

use mcp_runtime::{Answer, ToolError};
use serde_json::{Value, json};

use crate::common::{self, LEGACY, MODERN, Wire, call, request, run};
use crate::fixture::{Diary, server, telling, told};

#[test]
fn a_panic_in_a_hook_ends_its_call_alone() {
    common::hush();
    run(async {
        for after in [false, true] {
            let server = server(&Diary::default()).around(move |call, next| async move {
                if call.name() == "add" && !after {
                    panic!("the secret is in a hook");
                }
                let is_add = call.name() == "add";
                let answer = next.run(call).await;
                assert!(!is_add, "the secret is behind it");
                Ok(answer)
            });
            let mut wire = Wire::open_in(MODERN, server).await;
            let answer = wire.ask(&call(MODERN, 1, "add", json!({ "a": 1, "b": 2 }))).await;
            assert_eq!(answer["error"], json!({ "code": -32603, "message": "internal error" }), "{answer}");
            let answer = wire.ask(&call(MODERN, 2, "divide", json!({ "a": 6, "b": 2 }))).await;
            assert_eq!(answer["result"]["content"][0]["text"], "3", "{answer}");
        }
        let server = server(&Diary::default());
        let server =
            server.around(|_, _| -> std::future::Pending<Result<Answer, ToolError>> { panic!("the secret is before") });
        let answer = Wire::open_in(MODERN, server).await.ask(&call(MODERN, 1, "fails", json!({}))).await;
        assert_eq!(answer["error"]["code"], -32603, "{answer}");
    });
}

#[tokio::test]
async fn the_time_is_the_functions_once_it_is_found() {
    let server = server(&Diary::default()).around(|mut call, next| async move {
        match call.name() {
            "slow hook" => std::future::pending().await,
            "waits" => tokio::time::sleep(Duration::from_millis(20)).await,
            _ => {}
        }
        if let Some((_, name)) = call.name().split_once(" as ") {
            let name = name.to_owned();
            tokio::time::sleep(Duration::from_millis(20)).await;
            call.rename(name);
        }
        Ok(next.run(call).await)
    });
    let client = server.client().await.unwrap();
    for (name, message) in [
        ("hasty", "tool `hasty` timed out after 0.05 s"),
        ("x as hasty", "tool `hasty` timed out after 0.05 s"),
        ("endless", "tool `endless` timed out after 0.2 s"),
        ("slow hook", "tool `slow hook` timed out after 0.2 s"),
    ] {
        let began = Instant::now();
        let late = told(&client, "tools/call", json!({ "name": name })).await;
        assert_eq!((&late["code"], &late["message"]), (&json!(-32603), &json!(message)));
        let limit = if message.contains("0.05") { Duration::from_millis(50) } else { Duration::from_millis(200) };
        assert!(began.elapsed() >= limit, "{name}: {:?}", began.elapsed());
        assert!(began.elapsed() < limit + Duration::from_millis(140), "{name}: {:?}", began.elapsed());
    }
    for name in ["patient", "x as patient"] {
        assert_eq!(client.call(name, json!({})).await.unwrap().text(), "done", "{name} has more time than others");
    }
}

#[test]
fn who_cancels_drops_the_hook_with_its_function() {
    run(async {
        for revision in LEGACY {
            let diary = Diary::default();
            let mut wire = Wire::open_in(revision, telling(server(&diary), "log")).await;
            wire.say(call(revision, 7, "endless", json!({})).to_string()).await;
            wire.is_silent("it runs").await;
            assert_eq!(diary.read(), ["log: tool endless"]);
            let params = json!({ "requestId": 7 });
            wire.say(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }).to_string())
                .await;
            wire.is_silent("it was cancelled").await;
            tokio::time::sleep(Duration::from_millis(10)).await;
            let mut gone = diary.read();
            gone.sort();
            assert_eq!(gone, ["function gone", "hook gone"]);
        }
    });
}

#[test]
fn progress_comes_from_inside_of_hooks() {
    run(async {
        let mut wire = Wire::open_in(MODERN, telling(server(&Diary::default()), "log")).await;
        let mut message = call(MODERN, 1, "patient", json!({}));
        message["params"]["_meta"]["progressToken"] = 5.into();
        let progress = wire.ask(&message).await;
        assert_eq!(
            (&progress["method"], &progress["params"]["progressToken"]),
            (&json!("notifications/progress"), &json!(5))
        );
        assert_eq!(wire.hear_json().await["result"]["content"][0]["text"], "done");
    });
}

fn able() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {
            "elicitation": {}, "extensions": { "io.modelcontextprotocol/tasks": {} },
        },
    })
}

#[test]
fn a_hook_runs_in_every_round() {
    run(async {
        let diary = Diary::default();
        let server = telling(server(&diary), "log").around(|mut call, next| async move {
            if call.name() == "certain" {
                call.rename("sure");
            }
            Ok(next.run(call).await)
        });
        let mut wire = Wire::open(server);
        for name in ["sure", "certain"] {
            let mut params = json!({ "name": name, "arguments": {}, "_meta": able() });
            let asked = wire.ask(&request(MODERN, 1, "tools/call", params.clone())).await;
            assert_eq!(asked["result"]["resultType"], "input_required", "{asked}");
            assert_eq!(diary.read(), [&format!("log: tool {name}"), "sure", "hook gone"]);
            params["requestState"] = asked["result"]["requestState"].clone();
            params["inputResponses"] = json!({ "sure": { "action": "accept", "content": { "sure": true } } });
            let answer = wire.ask(&request(MODERN, 2, "tools/call", params)).await;
            assert_eq!(answer["result"]["content"][0]["text"], "Some(true)", "{answer}");
            assert_eq!(diary.read(), [&format!("log: tool {name}"), "sure", "log: went well", "hook gone"]);
        }
    });
}

#[test]
fn a_session_is_asked_from_inside_of_hooks_and_its_time_does_not_count() {
    run(async {
        let mut wire = Wire::open(telling(server(&Diary::default()), "log"));
        let mut hello = common::initialize("2025-11-25");
        hello["params"]["capabilities"] = json!({ "elicitation": {} });
        wire.ask(&hello).await;
        let question = wire.ask(&call("2025-11-25", 1, "sure", json!({}))).await;
        assert_eq!(question["method"], "elicitation/create", "{question}");
        tokio::time::sleep(Duration::from_millis(300)).await;
        let answer = json!({ "action": "accept", "content": { "sure": false } });
        let answer = wire.ask(&json!({ "jsonrpc": "2.0", "id": question["id"], "result": answer })).await;
        assert_eq!(answer["result"]["content"][0]["text"], "Some(false)", "{answer}");
    });
}

#[test]
fn a_hook_stays_around_a_task() {
    run(async {
        let diary = Diary::default();
        let mut wire = Wire::open(telling(server(&diary), "log"));
        let params = json!({ "name": "report", "arguments": {}, "_meta": able() });
        let created = wire.ask(&request(MODERN, 1, "tools/call", params)).await;
        assert_eq!(created["result"]["resultType"], "task", "{created}");
        assert_eq!(diary.read(), ["log: tool report"]);
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(diary.read(), ["log: went well", "hook gone"]);
        let params = json!({ "taskId": created["result"]["taskId"], "_meta": able() });
        let task = wire.ask(&request(MODERN, 2, "tasks/get", params)).await;
        assert_eq!(task["result"]["result"]["content"][0]["text"], "reported", "{task}");
        assert_eq!(diary.read(), [""; 0], "a request about a task is no call");
    });
}

/// What is inside may run in a task of the runtime, and be given up.
#[tokio::test]
async fn what_is_inside_may_run_elsewhere() {
    let server = server(&Diary::default()).around(|call, next| async move {
        match call.name() {
            "endless" => {
                let inside = tokio::time::timeout(Duration::from_millis(10), next.run(call)).await;
                inside.map_err(|_| ToolError::new("given up"))
            }
            _ => Ok(tokio::spawn(next.run(call)).await?),
        }
    });
    let client = server.client().await.unwrap();
    assert_eq!(client.call("divide", json!({ "a": 6, "b": 2 })).await.unwrap().text(), "3");
    assert_eq!(client.call("patient", json!({})).await.unwrap().text(), "done");
    assert_eq!(client.call("endless", json!({})).await.unwrap().text(), "given up");
}
