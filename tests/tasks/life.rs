//! From creation to end.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{result, run};
use crate::fixture::Set;

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// An acknowledgement and nothing more.
fn heard() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "result": result("2026-07-28", &json!({})) })
}

#[test]
fn a_call_is_answered_with_a_task_that_completes() {
    run(async {
        let mut teller = Set::new().open();
        let created = teller.call("quick", json!({ "number": 7 })).await["result"].clone();
        let shown =
            ["_meta", "createdAt", "lastUpdatedAt", "pollIntervalMs", "resultType", "status", "taskId", "ttlMs"];
        assert_eq!(keys(&created), shown);
        assert_eq!((&created["resultType"], &created["status"]), (&json!("task"), &json!("working")));
        assert_eq!((&created["ttlMs"], &created["pollIntervalMs"]), (&json!(7_200_000), &json!(1000)));
        let id = created["taskId"].as_str().unwrap();
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        let created_at = created["createdAt"].as_str().unwrap();
        assert!(created_at.len() == 24 && created_at.starts_with("20") && created_at.ends_with('Z'), "{created_at}");
        let done = teller.until(id, "completed").await;
        let shown = [
            "_meta",
            "createdAt",
            "lastUpdatedAt",
            "pollIntervalMs",
            "result",
            "resultType",
            "status",
            "taskId",
            "ttlMs",
        ];
        assert_eq!(keys(&done), shown);
        assert_eq!(done["resultType"], "complete");
        assert_eq!(
            done["result"],
            result("2026-07-28", &json!({ "content": [{ "type": "text", "text": "number 7" }] }))
        );
        assert_eq!((&done["taskId"], &done["createdAt"]), (&created["taskId"], &created["createdAt"]));
        assert!(done["lastUpdatedAt"].as_str() >= done["createdAt"].as_str(), "{done}");
        assert_eq!(teller.get(id).await["result"], done, "and stays so");
    });
}

#[test]
fn a_task_works_until_it_is_done() {
    run(async {
        let set = Set::new();
        let mut teller = set.open();
        let id = teller.start("waits").await;
        let task = teller.get(&id).await["result"].clone();
        assert_eq!((&task["status"], &task["resultType"]), (&json!("working"), &json!("complete")));
        assert!(task.get("result").is_none() && task.get("error").is_none() && task.get("inputRequests").is_none());
        set.door.0.add_permits(1);
        assert_eq!(teller.until(&id, "completed").await["result"]["content"][0]["text"], "through");
    });
}

#[test]
fn what_the_call_would_have_said_is_what_the_task_says() {
    run(async {
        let mut teller = Set::new().open();
        let id = teller.start("fails").await;
        let done = teller.until(&id, "completed").await;
        assert_eq!(done["result"]["isError"], true);
        assert_eq!(done["result"]["content"][0]["text"], "it cannot be done");
        let id = teller.start("panics").await;
        let failed = teller.until(&id, "failed").await;
        assert_eq!(failed["error"], json!({ "code": -32603, "message": "internal error" }));
        assert_eq!(failed["statusMessage"], "internal error");
        assert!(failed.get("result").is_none());
        let id = teller.start("blocks").await;
        assert_eq!(teller.until(&id, "completed").await["result"]["content"][0]["text"], "blocked");
    });
}

#[test]
fn a_task_has_a_time_of_its_own() {
    run(async {
        let set = Set::new();
        let mut teller = set.open();
        let id = teller.start("endless").await;
        let failed = teller.until(&id, "failed").await;
        assert_eq!(failed["error"]["message"], "tool `endless` timed out after 0.1 s");
        assert_eq!(failed["ttlMs"], 3_600_100);
        assert_eq!(set.stage.working(), 0);
    });
}

#[test]
fn a_cancelled_function_is_dropped_at_once() {
    run(async {
        let set = Set::new();
        let mut teller = set.open();
        let id = teller.start("waits").await;
        while set.stage.working() == 0 {
            tokio::task::yield_now().await;
        }
        let began = Instant::now();
        assert_eq!(teller.cancel(&id).await, heard());
        while set.stage.working() > 0 {
            assert!(began.elapsed() < Duration::from_millis(100));
            tokio::task::yield_now().await;
        }
        let task = teller.get(&id).await["result"].clone();
        assert_eq!(task["status"], "cancelled");
        assert!(task.get("result").is_none() && task.get("error").is_none());
        assert_eq!(teller.cancel(&id).await, heard(), "what has ended may be cancelled");
        assert_eq!(teller.get(&id).await["result"], task, "and stays what it is");
        let id = teller.start_with("quick", json!({ "number": 1 })).await;
        teller.until(&id, "completed").await;
        assert_eq!(teller.cancel(&id).await, heard());
        assert_eq!(teller.answer(&id, json!({ "x": {} })).await, heard());
        assert_eq!(teller.get(&id).await["result"]["status"], "completed");
    });
}

#[test]
fn an_unknown_task_is_an_error() {
    run(async {
        let mut teller = Set::new().open();
        for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
            let unknown = teller.ask(method, json!({ "taskId": "nobody", "inputResponses": {} })).await;
            assert_eq!(
                unknown["error"],
                json!({ "code": -32602, "message": "there is no task `nobody`, or none any more" })
            );
            let missing = teller.ask(method, json!({})).await;
            assert_eq!(missing["error"]["message"], "`params` lacks `taskId`", "{missing}");
            let ungated = teller.ask_as(&json!({ "elicitation": {} }), method, json!({ "taskId": "nobody" })).await;
            assert_eq!(ungated["error"]["code"], -32021, "{ungated}");
            let required = json!({ "requiredCapabilities": { "extensions": { "io.modelcontextprotocol/tasks": {} } } });
            assert_eq!(ungated["error"]["data"], required);
        }
        for method in ["tasks/list", "tasks/result"] {
            assert_eq!(teller.ask(method, json!({ "taskId": "nobody" })).await["error"]["code"], -32601);
        }
    });
}
