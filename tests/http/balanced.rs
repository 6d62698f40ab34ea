//! Several instances behind a balancer, which sends every round of a conversation to another one.

use std::sync::Arc;

use mcp_runtime::{Elicit, Http, MemoryOnce, Once, Server, Unanswered, form, items, tool};
use serde_json::{Value, json};

use crate::common;
use crate::fixture::{Counters, Running};
use crate::requests::modern_of;

#[form]
struct Name {
    name: String,
}

/// Asks three times, and does something before each question.
#[tool]
async fn interview(once: &Once, counters: &Counters, person: &Elicit) -> Result<String, Unanswered> {
    let mut names = Vec::new();
    for question in ["one", "two", "three"] {
        once.run(question, async { counters.add(question) }).await;
        let answer = person.ask_as::<Name>(question, format!("Who is number {question}?")).await?;
        names.push(answer.accepted().map_or("nobody".into(), |Name { name }| name));
    }
    Ok(names.join(", "))
}

fn server() -> Server {
    Server::new("test", "1.0.0").items(items![interview])
}

fn instance(key: u8) -> Running {
    Running::of(server().request_state_key([key; 32]), Http::new())
}

/// One round: everything that was asked is answered with its own key.
fn round(server: &Running, asked: &Value) -> Value {
    let mut terms = common::terms();
    terms["io.modelcontextprotocol/clientCapabilities"] = json!({ "elicitation": {} });
    let mut params = json!({ "name": "interview", "arguments": {}, "_meta": terms });
    for key in asked["inputRequests"].as_object().into_iter().flat_map(|questions| questions.keys()) {
        params["inputResponses"][key] = json!({ "action": "accept", "content": { "name": format!("Mx {key}") } });
    }
    if let Some(state) = asked.get("requestState") {
        params["requestState"] = state.clone();
    }
    server.ask(&modern_of(&common::request(common::MODERN, 1, "tools/call", params))).json()
}

fn effects(instances: &[Running]) -> [u64; 3] {
    ["one", "two", "three"].map(|key| instances.iter().map(|instance| instance.counters.of(key)).sum())
}

#[test]
fn every_round_may_come_to_another_instance() {
    let instances = [instance(7), instance(7)];
    let (mut asked, mut rounds) = (Value::Null, 0);
    for instance in instances.iter().cycle() {
        asked = round(instance, &asked)["result"].clone();
        rounds += 1;
        if asked["resultType"] != "input_required" {
            break;
        }
    }
    assert_eq!((&asked["content"][0]["text"], rounds), (&json!("Mx one, Mx two, Mx three"), 4), "{asked}");
    assert_eq!(effects(&instances), [1, 1, 1]);
    assert_eq!(instances.each_ref().map(|instance| instance.counters.of("one")), [1, 0], "they took turns");
}

#[test]
fn who_has_another_key_refuses_the_state() {
    let instances = [instance(7), instance(8)];
    let asked = round(&instances[0], &Value::Null)["result"].clone();
    let refused = round(&instances[1], &asked);
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("`requestState` was issued for another request, or with another key"), "{message}");
    assert!(
        message.contains("`Server::request_state_key`") && message.contains("send the request without it"),
        "{message}"
    );
    assert_eq!(effects(&instances), [1, 0, 0]);
    assert!(round(&instances[0], &asked)["result"]["inputRequests"]["two"].is_object(), "its own still takes it");
}

/// A key that is replaced: the new one seals, and the old one still opens.
#[test]
fn who_has_the_key_among_others_takes_the_state() {
    let old = instance(7);
    let new = Running::of(server().request_state_key([8; 32]).request_state_key([7; 32]), Http::new());
    let asked = round(&old, &Value::Null)["result"].clone();
    let second = round(&new, &asked)["result"].clone();
    assert!(second["inputRequests"]["two"].is_object(), "{second}");
    assert_eq!(round(&old, &second)["error"]["code"], -32602, "the old instance does not know the new key");
    assert_eq!(effects(&[old, new]), [1, 1, 0]);
}

/// A balancer that does not hear the answer of one instance asks the other.
#[test]
fn a_round_that_comes_to_both_has_its_effects_once_if_they_share_a_store() {
    let store = Arc::new(MemoryOnce::default());
    let sharing = || Running::of(server().request_state_key([7; 32]).once_store(store.clone()), Http::new());
    for (instances, expected) in [([sharing(), sharing()], [1, 1, 0]), ([instance(7), instance(7)], [1, 2, 0])] {
        let asked = round(&instances[0], &Value::Null)["result"].clone();
        for instance in &instances {
            assert!(round(instance, &asked)["result"]["inputRequests"]["two"].is_object());
        }
        assert_eq!(effects(&instances), expected);
    }
}
