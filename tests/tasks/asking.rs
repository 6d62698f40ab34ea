//! Questions in a task, and before there is one.

use serde_json::{Value, json};

use crate::common::run;
use crate::fixture::{Set, able};

fn sure(sure: bool) -> Value {
    json!({ "action": "accept", "content": { "sure": sure } })
}

fn keys(task: &Value) -> Vec<&str> {
    let requests = task["inputRequests"].as_object();
    requests.map(|requests| requests.keys().map(String::as_str).collect()).unwrap_or_default()
}

#[test]
fn a_question_stands_until_it_is_answered() {
    run(async {
        let mut teller = Set::new().open();
        let id = teller.start("asks").await;
        let task = teller.until(&id, "input_required").await;
        assert_eq!(task["inputRequests"]["sure"]["method"], "elicitation/create");
        assert_eq!(task["inputRequests"]["sure"]["params"]["message"], "Sure?");
        assert_eq!(teller.get(&id).await["result"]["inputRequests"], task["inputRequests"], "and stays the same");
        for ignored in [json!({}), json!({ "other": sure(true) }), json!({ "sure-2": sure(true) })] {
            let heard = teller.answer(&id, ignored).await;
            assert_eq!(heard["result"]["resultType"], "complete", "{heard}");
            assert_eq!(keys(&teller.get(&id).await["result"]), ["sure"]);
        }
        assert_eq!(teller.answer(&id, json!([])).await["error"]["code"], -32602);
        teller.answer(&id, json!({ "sure": sure(true), "other": {} })).await;
        let done = teller.until(&id, "completed").await;
        assert_eq!(done["result"]["content"][0]["text"], "Some(true)");
        assert!(done.get("inputRequests").is_none());
    });
}

#[test]
fn a_wrong_answer_is_asked_for_again_under_another_key() {
    run(async {
        let mut teller = Set::new().open();
        let id = teller.start("asks").await;
        let first = teller.until(&id, "input_required").await;
        let wrong = [json!(12345), Value::Null, json!({ "action": "accept", "content": { "sure": "perhaps" } })];
        for (wrong, (key, next)) in
            wrong.into_iter().zip([("sure", "sure-2"), ("sure-2", "sure-3"), ("sure-3", "sure-4")])
        {
            teller.answer(&id, json!({ key: wrong })).await;
            loop {
                let task = teller.until(&id, "input_required").await;
                if keys(&task) == [next] {
                    let mut asked = task["inputRequests"][next].clone();
                    let message = asked["params"]["message"].take();
                    let message = message.as_str().unwrap();
                    assert!(message.starts_with("Sure?\n\nThe last answer was not taken: "), "{message}");
                    asked["params"]["message"] = "Sure?".into();
                    assert_eq!(asked, first["inputRequests"]["sure"]);
                    break;
                }
            }
            // What was answered once is not asked any more.
            teller.answer(&id, json!({ key: sure(true) })).await;
            assert_eq!(keys(&teller.get(&id).await["result"]), [next]);
        }
        teller.answer(&id, json!({ "sure-4": { "action": "decline" } })).await;
        assert_eq!(teller.until(&id, "completed").await["result"]["content"][0]["text"], "None");
    });
}

#[test]
fn questions_are_answered_one_by_one() {
    run(async {
        let mut teller = Set::new().open();
        let id = teller.start("asks_twice").await;
        let task = teller.until(&id, "input_required").await;
        assert_eq!(keys(&task), ["one", "two"]);
        teller.answer(&id, json!({ "two": sure(false) })).await;
        let task = teller.get(&id).await["result"].clone();
        assert_eq!((&task["status"], keys(&task)), (&json!("input_required"), vec!["one"]));
        teller.answer(&id, json!({ "one": sure(true) })).await;
        let done = teller.until(&id, "completed").await;
        assert_eq!(done["result"]["content"][0]["text"], "Some(true) Some(false)");
    });
}

#[test]
fn questions_have_keys_of_their_own_also_where_those_look_alike() {
    run(async {
        let mut teller = Set::new().open();
        let id = teller.start("asks_alike").await;
        let task = teller.until(&id, "input_required").await;
        assert_eq!(keys(&task), ["key", "key-2", "key-2-2"]);
        assert_eq!(task["inputRequests"]["key-2-2"]["params"]["message"], "Three?");
        let answers = json!({ "key": sure(true), "key-2": sure(false), "key-2-2": { "action": "decline" } });
        teller.answer(&id, answers).await;
        let done = teller.until(&id, "completed").await;
        assert_eq!(done["result"]["content"][0]["text"], "Some(true) Some(false) None");
    });
}

#[test]
fn what_is_asked_before_is_asked_of_the_call() {
    run(async {
        let mut teller = Set::new().open();
        let call = json!({ "name": "asks_before" });
        let first = teller.ask("tools/call", call.clone()).await["result"].clone();
        assert_eq!((&first["resultType"], first.get("taskId")), (&json!("input_required"), None));
        let mut second = call;
        second["requestState"] = first["requestState"].clone();
        second["inputResponses"] = json!({ "before": sure(true) });
        let created = teller.ask("tools/call", second).await["result"].clone();
        assert_eq!((&created["resultType"], created.get("requestState")), (&json!("task"), None), "{created}");
        let id = created["taskId"].as_str().unwrap().to_owned();
        assert_eq!(keys(&teller.until(&id, "input_required").await), ["within"]);
        teller.answer(&id, json!({ "within": sure(false) })).await;
        let done = teller.until(&id, "completed").await;
        assert_eq!(done["result"]["content"][0]["text"], "Some(true) Some(false)");
    });
}

/// What is asked at the same time is asked wherever the call is by then.
#[test]
fn a_question_that_is_open_when_the_task_begins_is_asked_in_the_task() {
    run(async {
        let mut teller = Set::new().open();
        let id = teller.start("asks_meanwhile").await;
        assert_eq!(keys(&teller.until(&id, "input_required").await), ["meanwhile"]);
        teller.answer(&id, json!({ "meanwhile": sure(true) })).await;
        assert_eq!(teller.until(&id, "completed").await["result"]["content"][0]["text"], "Some(true)");
    });
}

#[test]
fn who_waits_for_an_answer_is_not_late() {
    run(async {
        let mut teller = Set::new().open();
        let id = teller.start("asks_in_haste").await;
        let asked = teller.until(&id, "input_required").await;
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        let task = teller.get(&id).await["result"].clone();
        assert_eq!(task["status"], "input_required", "longer than the task may work");
        let (before, now) = (asked["ttlMs"].as_u64().unwrap(), task["ttlMs"].as_u64().unwrap());
        assert!(now >= before + 200, "it is kept as much longer: {before}, {now}");
        teller.answer(&id, json!({ "sure": sure(true) })).await;
        let done = teller.until(&id, "completed").await;
        assert!(done["ttlMs"].as_u64().unwrap() >= now, "{done}");
    });
}

#[test]
fn a_client_that_cannot_be_asked_is_refused_before_there_is_a_task() {
    run(async {
        let mut teller = Set::new().open();
        let mut silent = able();
        silent.as_object_mut().unwrap().remove("elicitation");
        let refused = teller.ask_as(&silent, "tools/call", json!({ "name": "asks" })).await;
        assert_eq!(refused["error"]["code"], -32021);
        assert_eq!(refused["error"]["data"], json!({ "requiredCapabilities": { "elicitation": {} } }));
        let refused = teller.ask_as(&json!({}), "tools/call", json!({ "name": "asks" })).await;
        let both = json!({ "elicitation": {}, "extensions": { "io.modelcontextprotocol/tasks": {} } });
        assert_eq!(refused["error"]["data"], json!({ "requiredCapabilities": both }), "all that is missing");
    });
}
