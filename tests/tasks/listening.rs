//! Clients that listen to tasks (`subscriptions/listen` with `taskIds`).

use std::time::{Duration, Instant};

use mcp_runtime::{Changes, Server, Tasks, items, tool};
use serde_json::{Value, json};

use crate::common::{Wire, run};
use crate::fixture::{EXTENSION, Set, Teller, able, subscription};

/// Longer than what changes is held back to be told together.
const PAUSE: Duration = Duration::from_millis(150);

/// What `tasks/get` tells of a task, without what makes it a result. While it waits for answers, its time gets longer.
async fn shown(teller: &mut Teller, id: &str, ttl: &Value) -> Value {
    let mut task = teller.get(id).await["result"].take();
    task.as_object_mut().unwrap().retain(|key, _| key != "_meta" && key != "resultType");
    task["ttlMs"] = ttl.clone();
    task
}

#[test]
fn a_task_is_told_as_it_is_and_after_each_change() {
    run(async {
        let set = Set::new();
        let mut teller = set.open();
        let id = teller.start("waits_and_asks").await;
        assert_eq!(teller.listen(&[&id]).await, json!({ "taskIds": [id] }));
        let working = teller.told().await;
        assert_eq!((&working["taskId"], &working["status"]), (&json!(id), &json!("working")));
        set.door.0.add_permits(1);
        let asking = teller.told().await;
        assert_eq!(asking["status"], "input_required");
        assert_eq!(asking["inputRequests"]["sure"]["method"], "elicitation/create");
        assert_eq!(shown(&mut teller, &id, &asking["ttlMs"]).await, asking);
        teller.answer(&id, json!({ "sure": { "action": "accept", "content": { "sure": true } } })).await;
        let mut done = teller.told().await;
        if done["status"] == "working" {
            done = teller.told().await;
        }
        assert_eq!(done["status"], "completed");
        assert_eq!(done["result"]["content"][0]["text"], "Some(true)");
        assert_eq!(shown(&mut teller, &id, &done["ttlMs"]).await, done);
    });
}

#[test]
fn what_has_ended_is_told_once() {
    run(async {
        let mut teller = Set::new().open();
        let [quick, fails] = [teller.start_with("quick", json!({ "number": 1 })).await, teller.start("panics").await];
        let completed = teller.until(&quick, "completed").await;
        teller.until(&fails, "failed").await;
        assert_eq!(teller.listen(&[&quick, &fails]).await, json!({ "taskIds": [quick, fails] }));
        let told = [teller.told().await, teller.told().await];
        assert_eq!((&told[0]["taskId"], &told[0]["result"]), (&json!(quick), &completed["result"]));
        assert_eq!((&told[1]["taskId"], &told[1]["error"]["code"]), (&json!(fails), &json!(-32603)));
        tokio::time::sleep(PAUSE).await;
        teller.0.is_silent("all is told").await;
    });
}

#[test]
fn only_tasks_that_are_there_are_acknowledged() {
    run(async {
        let set = Set::new();
        let mut teller = set.open();
        let [first, second] = [teller.start("waits").await, teller.start("waits").await];
        let nobody = "0".repeat(32);
        let acknowledged = teller.listen(&[&second, "x", &nobody, &first, &second]).await;
        assert_eq!(acknowledged, json!({ "taskIds": [second, first] }));
        assert_eq!([teller.told().await, teller.told().await].map(|task| task["taskId"].clone()), [second, first]);
        set.door.0.add_permits(2);
        let ended = [teller.told().await, teller.told().await];
        assert!(ended.iter().all(|task| task["status"] == "completed"), "{ended:?}");
        let rest = teller.0.close().await;
        let end: Value = serde_json::from_str(&rest[0]).unwrap();
        assert_eq!((&end["id"], &end["result"]["resultType"]), (&json!("listen"), &json!("complete")), "{end}");
        let name = "io.modelcontextprotocol/subscriptionId";
        assert_eq!((rest.len(), &end["result"]["_meta"][name]), (1, &subscription()[name]));
    });
}

#[test]
fn a_client_says_that_it_knows_tasks() {
    run(async {
        let mut teller = Set::new().open();
        for capabilities in [json!({}), json!({ "extensions": { "other": {} } })] {
            let refused = teller.listen_as(&capabilities, json!({ "taskIds": [] })).await;
            assert_eq!(refused["code"], -32021, "{refused}");
            assert_eq!(refused["data"]["requiredCapabilities"], json!({ "extensions": { EXTENSION: {} } }));
        }
        for wrong in [json!("x"), json!([1]), json!({})] {
            let refused = teller.listen_as(&able(), json!({ "taskIds": wrong })).await;
            assert_eq!(refused["message"], "`taskIds` in `notifications` must be a list of ids");
        }
    });
}

/// Nothing on this server can change but tasks.
#[test]
fn only_what_there_is_is_acknowledged() {
    run(async {
        let all = json!({
            "toolsListChanged": true, "resourcesListChanged": true, "promptsListChanged": true,
            "resourceSubscriptions": ["x://1"], "taskIds": [],
        });
        let mut teller = Set::new().open();
        assert_eq!(teller.listen_as(&able(), all.clone()).await, json!({ "taskIds": [] }));
        let changing = Server::new("test", "1.0.0").items(items![changes]);
        let acknowledged = Teller(Wire::open(changing)).listen_as(&json!({}), all).await;
        assert_eq!(acknowledged, json!({ "toolsListChanged": true }), "there are no tasks");
    });
}

#[tool]
fn changes(changes: &Changes) {
    changes.tools().announce();
}

#[test]
fn a_client_listens_to_so_many() {
    run(async {
        let server = Set::new().server(Tasks::new()).subscriptions(2);
        let mut teller = Teller(Wire::open(server));
        let refused = teller.listen(&["a", "b", "c"]).await;
        assert_eq!(refused, json!({ "code": -32602, "message": "`taskIds` may name 2 tasks, and not more" }));
        assert_eq!(teller.listen(&["a", "b"]).await, json!({ "taskIds": [] }));
    });
}

#[test]
fn what_changes_quickly_is_told_together() {
    run(async {
        let mut teller = Set::new().open();
        let began = Instant::now();
        let id = teller.start_with("chatters", json!({ "steps": 300 })).await;
        teller.listen(&[&id]).await;
        let mut told = vec![teller.told().await];
        while told[told.len() - 1]["status"] != "completed" {
            told.push(teller.told().await);
        }
        let most = began.elapsed().as_millis() / 100 + 2;
        assert!((2..=most).contains(&(told.len() as u128)), "{} times, not {most}", told.len());
        assert_eq!(told[told.len() - 1]["statusMessage"], "step 299");
    });
}
