//! Effects that are had once, although their function runs again: in later rounds, in rounds that are sent twice, and where
//! something goes wrong in the middle.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in any way"
)]

mod common;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{LEGACY, MODERN, PATIENCE, Wire, run};
use mcp_runtime::{
    Elicit, Elicited, MemoryOnce, Once, OnceClaim, OnceStore, Server, StoreError, Unanswered, form, items, tool,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// What was done: how often, by name.
#[derive(Clone)]
struct World {
    done: Arc<Mutex<HashMap<String, usize>>>,
    /// Effects that wait take a permit.
    gate: Arc<Semaphore>,
    is_changed: Arc<AtomicBool>,
}

impl World {
    fn new() -> Self {
        Self { done: Arc::default(), gate: Arc::new(Semaphore::new(0)), is_changed: Arc::default() }
    }

    fn count(&self, what: &str) -> usize {
        *self.done.lock().unwrap().entry(what.to_owned()).and_modify(|count| *count += 1).or_insert(1)
    }

    fn of(&self, what: &str) -> usize {
        self.done.lock().unwrap().get(what).copied().unwrap_or_default()
    }

    async fn until(&self, what: &str, times: usize) {
        let done = async {
            while self.of(what) < times {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(PATIENCE, done).await.unwrap_or_else(|_| panic!("`{what}` was not done {times} times"));
    }

    async fn pass(&self) {
        self.gate.acquire().await.unwrap().forget();
    }
}

#[form]
struct Sure {
    sure: bool,
}

async fn sure(person: &Elicit, key: &str) -> Result<bool, Unanswered> {
    Ok(matches!(person.ask_as::<Sure>(key, "Sure?").await?, Elicited::Accepted(Sure { sure: true })))
}

/// Charges, asks, ships, asks.
#[tool]
async fn order(world: &World, once: &Once, person: &Elicit) -> Result<String, Unanswered> {
    world.count("run");
    let charged = once.run("charge", async { world.count("charge") }).await;
    sure(person, "first").await?;
    let shipped = once.run("ship", async { world.count("ship") }).await;
    sure(person, "second").await?;
    Ok(format!("charged {charged}, shipped {shipped}"))
}

/// Asks, and does something that takes its time.
#[tool]
async fn slow(world: &World, once: &Once, person: &Elicit) -> Result<usize, String> {
    sure(person, "first").await.map_err(|error| error.to_string())?;
    let slow = async {
        let begun = world.count("begun");
        world.pass().await;
        if world.is_changed.load(Ordering::Relaxed) && begun == 1 {
            return Err(format!("attempt {begun} failed"));
        }
        Ok(world.count("ended"))
    };
    once.try_run("slow", slow).await
}

/// Does something beside a question.
#[tool(timeout = "500 ms")]
async fn beside(world: &World, once: &Once, person: &Elicit) -> Result<String, Unanswered> {
    let effect = async {
        world.count("begun");
        world.pass().await;
        world.count("ended")
    };
    let (sure, ended) = tokio::join!(sure(person, "first"), once.run("beside", effect));
    Ok(format!("{} {ended}", sure?))
}

/// Keeps much.
#[tool]
async fn large(asks: bool, once: &Once, person: &Elicit) -> Result<usize, Unanswered> {
    let text: String = once.run("large", async { "x".repeat(100_000) }).await;
    if asks {
        sure(person, "first").await?;
    }
    Ok(text.len())
}

/// Keeps what a later program reads otherwise.
#[tool]
async fn changed(world: &World, once: &Once, person: &Elicit) -> Result<String, Unanswered> {
    let value = if world.is_changed.load(Ordering::Relaxed) {
        once.run("value", async { 1_u32 }).await.to_string()
    } else {
        once.run("value", async { "one".to_owned() }).await
    };
    sure(person, "first").await?;
    Ok(value)
}

/// Gives what JSON has no word for.
#[tool]
async fn unspeakable(once: &Once) -> f64 {
    once.run("number", async { f64::NAN }).await
}

/// Asks where it must not.
#[tool]
async fn inside(once: &Once, person: &Elicit) -> Result<bool, Unanswered> {
    once.try_run("inside", sure(person, "first")).await
}

/// Has one effect twice at the same time, and another one again after it failed.
#[tool]
async fn keys(world: &World, once: &Once) -> String {
    let slow = || async {
        tokio::task::yield_now().await;
        world.count("twice")
    };
    let (one, other) = tokio::join!(once.run("twice", slow()), once.run("twice", slow()));
    let mut failures = 0;
    let third = loop {
        let tried = once.try_run("tried", async { Some(world.count("tried")).filter(|count| *count > 2).ok_or(()) });
        match tried.await {
            Ok(count) => break count,
            Err(()) => failures += 1,
        }
    };
    format!("{one} {other}, {third} after {failures} failures")
}

fn server(world: &World) -> Server {
    let all = items![order, slow, beside, large, changed, unspeakable, inside, keys];
    Server::new("test", "1.0.0").state(world.clone()).items(all)
}

fn modern(id: u64, tool: &str, state: &Value, answers: &[&str]) -> Value {
    asking(id, tool, json!({}), state, answers)
}

/// A round: what was asked under these keys is answered.
fn asking(id: u64, tool: &str, arguments: Value, state: &Value, answers: &[&str]) -> Value {
    let mut params = json!({ "name": tool, "arguments": arguments, "_meta": common::terms() });
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({ "elicitation": {} });
    if !state.is_null() {
        params["requestState"] = state.clone();
    }
    for key in answers {
        params["inputResponses"][key] = json!({ "action": "accept", "content": { "sure": true } });
    }
    common::request(MODERN, id, "tools/call", params)
}

/// The state that comes with a question under this key.
#[track_caller]
fn state(answer: &Value, key: &str) -> Value {
    let result = &answer["result"];
    assert!(result["resultType"] == "input_required" && result["inputRequests"][key].is_object(), "{answer}");
    result["requestState"].clone()
}

#[track_caller]
fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

/// The first round of a tool that asks at once.
async fn first(wire: &mut Wire, tool: &str) -> Value {
    state(&wire.ask(&modern(1, tool, &Value::Null, &[])).await, "first")
}

#[test]
fn later_rounds_and_rounds_that_come_again_do_not_repeat_an_effect() {
    run(async {
        let world = World::new();
        let mut wire = Wire::open(server(&world));
        let one = state(&wire.ask(&modern(1, "order", &Value::Null, &[])).await, "first");
        let two = state(&wire.ask(&modern(2, "order", &one, &["first"])).await, "second");
        let again = state(&wire.ask(&modern(3, "order", &one, &["first"])).await, "second");
        for state in [&two, &again, &two] {
            let answer = wire.ask(&modern(4, "order", state, &["second"])).await;
            assert_eq!(text(&answer), "charged 1, shipped 1");
        }
        assert_eq!((world.of("run"), world.of("charge"), world.of("ship")), (6, 1, 1));
    });
}

/// Nothing tells the first round from another call.
#[test]
fn another_call_is_another_conversation() {
    run(async {
        let world = World::new();
        let mut wire = Wire::open(server(&world));
        for count in 1..=2 {
            let one = state(&wire.ask(&modern(1, "order", &Value::Null, &[])).await, "first");
            let two = state(&wire.ask(&modern(2, "order", &one, &["first"])).await, "second");
            let answer = wire.ask(&modern(4, "order", &two, &["second"])).await;
            assert_eq!(text(&answer), format!("charged {count}, shipped {count}"));
        }
    });
}

#[test]
fn of_two_rounds_at_the_same_time_the_second_waits_for_the_value() {
    run(async {
        let world = World::new();
        let mut wire = Wire::open(server(&world));
        let state = first(&mut wire, "slow").await;
        for id in 2..=4 {
            wire.say(modern(id, "slow", &state, &["first"]).to_string()).await;
        }
        world.until("begun", 1).await;
        wire.is_silent("all wait").await;
        world.gate.add_permits(3);
        for _ in 2..=4 {
            assert_eq!(text(&wire.hear_json().await), "1");
        }
        assert_eq!((world.of("begun"), world.of("ended")), (1, 1));
    });
}

#[test]
fn what_is_cancelled_in_the_middle_is_for_the_next_to_do() {
    run(async {
        let world = World::new();
        let mut wire = Wire::open(server(&world));
        let state = first(&mut wire, "slow").await;
        wire.say(modern(2, "slow", &state, &["first"]).to_string()).await;
        world.until("begun", 1).await;
        wire.say(modern(3, "slow", &state, &["first"]).to_string()).await;
        wire.is_silent("the second waits").await;
        assert_eq!(world.of("begun"), 1);
        wire.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#).await;
        world.until("begun", 2).await;
        world.gate.add_permits(1);
        let answer = wire.hear_json().await;
        assert_eq!((&answer["id"], text(&answer)), (&json!(3), "1"));
    });
}

#[test]
fn what_fails_is_for_the_next_to_do() {
    run(async {
        let world = World::new();
        world.is_changed.store(true, Ordering::Relaxed);
        let mut wire = Wire::open(server(&world));
        let state = first(&mut wire, "slow").await;
        for id in 2..=3 {
            wire.say(modern(id, "slow", &state, &["first"]).to_string()).await;
        }
        world.gate.add_permits(2);
        let (one, other) = (wire.hear_json().await, wire.hear_json().await);
        assert_eq!((text(&one), text(&other)), ("attempt 1 failed", "1"));
        assert_eq!(text(&wire.ask(&modern(4, "slow", &state, &["first"])).await), "1");
        assert_eq!((world.of("begun"), world.of("ended")), (2, 1));
    });
}

#[test]
fn a_round_does_not_end_while_an_effect_is_on_the_way() {
    run(async {
        let world = World::new();
        let mut wire = Wire::open(server(&world));
        wire.say(modern(1, "beside", &Value::Null, &[]).to_string()).await;
        world.until("begun", 1).await;
        wire.is_silent("the effect goes on").await;
        world.gate.add_permits(1);
        let state = state(&wire.hear_json().await, "first");
        assert_eq!(text(&wire.ask(&modern(2, "beside", &state, &["first"])).await), "true 1");
        assert_eq!(world.of("begun"), 1);
        let late = wire.ask(&modern(3, "beside", &Value::Null, &[])).await;
        assert!(late["error"]["message"].as_str().unwrap().contains("timed out"), "{late}");
    });
}

#[test]
fn a_state_that_was_changed_has_no_effect() {
    run(async {
        let world = World::new();
        let mut wire = Wire::open(server(&world));
        let one = state(&wire.ask(&modern(1, "order", &Value::Null, &[])).await, "first");
        let forged = format!("{}A", one.as_str().unwrap());
        let answer = wire.ask(&modern(2, "order", &forged.into(), &["first"])).await;
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        assert_eq!((world.of("run"), world.of("ship")), (1, 0));
    });
}

#[test]
fn what_the_store_has_forgotten_is_done_again() {
    run(async {
        let world = World::new();
        let forgetful = MemoryOnce::default().age(Duration::ZERO);
        let mut wire = Wire::open(server(&world).once_store(forgetful));
        let one = state(&wire.ask(&modern(1, "order", &Value::Null, &[])).await, "first");
        for id in 2..=3 {
            state(&wire.ask(&modern(id, "order", &one, &["first"])).await, "second");
        }
        assert_eq!((world.of("charge"), world.of("ship")), (1, 2), "the state has not forgotten");
    });
}

#[test]
fn in_a_session_nothing_runs_twice() {
    run(async {
        for revision in LEGACY.into_iter().filter(|revision| *revision >= "2025-06-18") {
            let world = World::new();
            let mut wire = Wire::open(server(&world));
            let mut hello = common::initialize(revision);
            hello["params"]["capabilities"] = json!({ "elicitation": {} });
            wire.ask(&hello).await;
            wire.say(common::call(revision, 1, "order", json!({})).to_string()).await;
            for _ in ["first", "second"] {
                let question = wire.hear_json().await;
                let answer = json!({ "action": "accept", "content": { "sure": true } });
                wire.say(json!({ "jsonrpc": "2.0", "id": question["id"], "result": answer }).to_string()).await;
            }
            assert_eq!(text(&wire.hear_json().await), "charged 1, shipped 1");
            let answer = wire.ask(&common::call(revision, 2, "keys", json!({}))).await;
            assert_eq!(text(&answer), "1 1, 3 after 2 failures");
        }
    });
}

#[test]
fn a_key_is_one_effect_of_a_call() {
    run(async {
        let world = World::new();
        let mut wire = Wire::open(server(&world));
        assert_eq!(text(&wire.ask(&modern(1, "keys", &Value::Null, &[])).await), "1 1, 3 after 2 failures");
        assert_eq!(text(&wire.ask(&modern(2, "keys", &Value::Null, &[])).await), "2 2, 4 after 0 failures");
    });
}

#[test]
fn what_cannot_be_carried_ends_the_call() {
    run(async {
        let world = World::new();
        let mut wire = Wire::open(server(&world));
        let large = |asks: bool| asking(1, "large", json!({ "asks": asks }), &Value::Null, &[]);
        assert_eq!(text(&wire.ask(&large(false)).await), "100000", "nothing is carried");
        let broken = wire.ask(&large(true)).await;
        assert_eq!(broken["error"]["code"], -32603, "{broken}");
        for tool in ["unspeakable", "inside"] {
            let broken = wire.ask(&modern(2, tool, &Value::Null, &[])).await;
            assert_eq!(broken["error"]["code"], -32603, "{tool}: {broken}");
        }
        let state = first(&mut wire, "changed").await;
        world.is_changed.store(true, Ordering::Relaxed);
        let broken = wire.ask(&modern(3, "changed", &state, &["first"])).await;
        assert_eq!(broken["error"]["code"], -32603, "{broken}");
        world.is_changed.store(false, Ordering::Relaxed);
        assert_eq!(text(&wire.ask(&modern(4, "changed", &state, &["first"])).await), "one");
        let mut roomy = Wire::open(server(&world).request_state_length(1 << 20));
        state_of_large(&mut roomy, &large(true)).await;
    });
}

async fn state_of_large(wire: &mut Wire, request: &Value) {
    let state = state(&wire.ask(request).await, "first");
    let answer = wire.ask(&asking(2, "large", json!({ "asks": true }), &state, &["first"])).await;
    assert_eq!(text(&answer), "100000");
}

#[test]
fn instances_that_share_a_store_share_their_work() {
    run(async {
        let (world, store) = (World::new(), Arc::new(MemoryOnce::default()));
        let instance = || Wire::open(server(&world).request_state_key([7; 32]).once_store(store.clone()));
        let one = state(&instance().ask(&modern(1, "order", &Value::Null, &[])).await, "first");
        for id in 2..=3 {
            state(&instance().ask(&modern(id, "order", &one, &["first"])).await, "second");
        }
        assert_eq!((world.of("charge"), world.of("ship")), (1, 1));
    });
}

/// A store that cannot be reached.
struct Broken;

impl OnceStore for Broken {
    async fn claim(&self, _: &str) -> Result<OnceClaim, StoreError> {
        Err("no route to the store".into())
    }

    async fn keep(&self, _: &str, _: &str) -> Result<(), StoreError> {
        Err("no route to the store".into())
    }

    async fn release(&self, _: &str) -> Result<(), StoreError> {
        Err("no route to the store".into())
    }
}

#[test]
fn without_its_store_a_server_does_nothing_that_may_have_been_done() {
    run(async {
        let world = World::new();
        let mut wire = Wire::open(server(&world).once_store(Broken));
        let one = state(&wire.ask(&modern(1, "order", &Value::Null, &[])).await, "first");
        let answer = wire.ask(&modern(2, "order", &one, &["first"])).await;
        assert_eq!(answer["error"], json!({ "code": -32603, "message": "internal error" }), "{answer}");
        assert_eq!((world.of("charge"), world.of("ship")), (1, 0));
    });
}

/// A store that takes its time to keep something.
struct Slow {
    world: World,
    memory: MemoryOnce,
}

impl OnceStore for Slow {
    async fn claim(&self, effect: &str) -> Result<OnceClaim, StoreError> {
        self.memory.claim(effect).await
    }

    async fn keep(&self, effect: &str, value: &str) -> Result<(), StoreError> {
        self.world.count("keeping");
        self.world.pass().await;
        self.memory.keep(effect, value).await
    }

    async fn release(&self, effect: &str) -> Result<(), StoreError> {
        self.memory.release(effect).await
    }
}

#[test]
fn what_was_done_is_kept_although_its_call_is_cancelled() {
    run(async {
        let world = World::new();
        let mut wire =
            Wire::open(server(&world).once_store(Slow { world: world.clone(), memory: MemoryOnce::default() }));
        let one = state(&wire.ask(&modern(1, "order", &Value::Null, &[])).await, "first");
        wire.say(modern(2, "order", &one, &["first"]).to_string()).await;
        world.until("keeping", 1).await;
        wire.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#).await;
        wire.say(modern(3, "order", &one, &["first"]).to_string()).await;
        wire.is_silent("the second waits until it is kept").await;
        world.gate.add_permits(1);
        let answer = wire.hear_json().await;
        assert_eq!(answer["id"], 3);
        state(&answer, "second");
        assert_eq!((world.of("ship"), world.of("keeping")), (1, 1));
    });
}
