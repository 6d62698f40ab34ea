//! For whom calls are tasks, and what is decided before they are.

use mcp_runtime::Tasks;
use serde_json::json;

use crate::common::{LEGACY, MODERN, Wire, call, request, run};
use crate::fixture::{Set, able};

#[test]
fn a_tool_that_is_always_a_task_needs_a_client_that_knows_tasks() {
    run(async {
        let mut teller = Set::new().open();
        for capabilities in [json!({}), json!({ "extensions": {} }), json!({ "extensions": { "other": {} } })] {
            let refused = teller.ask_as(&capabilities, "tools/call", json!({ "name": "quick" })).await;
            assert_eq!(refused["error"]["code"], -32021);
            let text = "this needs a client that offers `io.modelcontextprotocol/tasks`";
            assert_eq!(refused["error"]["message"], text);
        }
        for revision in LEGACY {
            let mut wire = Wire::open_in(revision, Set::new().server(Tasks::new())).await;
            let refused = wire.ask(&call(revision, 1, "quick", json!({ "number": 1 }))).await;
            let text = "this needs a client of 2026-07-28 that offers `io.modelcontextprotocol/tasks`";
            let result = json!({ "content": [{ "type": "text", "text": text }], "isError": true });
            assert_eq!(refused["result"], result, "{revision}");
        }
    });
}

#[test]
fn a_tool_that_may_be_a_task_is_a_call_for_all_others() {
    run(async {
        let mut teller = Set::new().open();
        let called = teller.ask_as(&json!({}), "tools/call", json!({ "name": "either" })).await;
        assert_eq!(called["result"]["content"][0]["text"], "done", "{called}");
        assert_eq!(called["result"]["resultType"], "complete");
        for revision in LEGACY {
            let mut wire = Wire::open_in(revision, Set::new().server(Tasks::new())).await;
            let mut said = wire.ask(&call(revision, 1, "either", json!({}))).await;
            while said.get("method").is_some() {
                said = wire.hear_json().await;
            }
            assert_eq!(said["result"]["content"][0]["text"], "done", "{revision}");
        }
    });
}

/// A client of 2025-11-25 that asks for its own kind of task.
#[test]
fn tasks_of_older_revisions_are_not_offered() {
    run(async {
        let revision = "2025-11-25";
        let mut wire = Wire::open_in(revision, Set::new().server(Tasks::new())).await;
        let params = json!({ "name": "either", "arguments": {}, "task": { "ttl": 1000 } });
        let mut said = wire.ask(&request(revision, 1, "tools/call", params)).await;
        while said.get("method").is_some() {
            said = wire.hear_json().await;
        }
        assert_eq!(said["result"]["content"][0]["text"], "done", "{said}");
        for method in ["tasks/get", "tasks/update", "tasks/cancel", "tasks/list", "tasks/result"] {
            let unknown = wire.ask(&request(revision, 1, method, json!({ "taskId": "x" }))).await;
            assert_eq!(unknown["error"]["code"], -32601, "{unknown}");
        }
        for revision in [revision, MODERN] {
            let mut wire = Wire::open_in(revision, Set::new().server(Tasks::new())).await;
            let listed = wire.ask(&request(revision, 1, "tools/list", json!({}))).await;
            assert!(!listed.to_string().contains("taskSupport"), "{listed}");
        }
    });
}

#[test]
fn in_a_task_progress_is_its_status_and_logs_are_silent() {
    run(async {
        let mut teller = Set::new().open();
        let params = json!({ "name": "either" });
        let mut call = request(MODERN, 1, "tools/call", params);
        call["params"]["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientCapabilities": able(),
            "io.modelcontextprotocol/logLevel": "debug",
            "progressToken": "p",
        });
        let created = teller.0.ask(&call).await;
        let id = created["result"]["taskId"].as_str().unwrap().to_owned();
        let done = teller.until(&id, "completed").await;
        assert_eq!(done["statusMessage"], "half of it");
        assert_eq!(teller.0.close().await, Vec::<String>::new(), "nothing else was said");
    });
}

#[test]
fn wrong_arguments_are_refused_before_there_is_a_task() {
    run(async {
        // There is room for no task at all.
        let mut teller = Set::new().open_with(Tasks::new().most(0));
        for wrong in [json!({}), json!({ "number": "x" }), json!({ "number": 1, "other": 2 })] {
            let refused = teller.call("quick", wrong).await;
            assert_eq!(refused["result"]["isError"], true, "{refused}");
            assert_eq!(refused["result"]["resultType"], "complete");
        }
    });
}
