//! Code of a user that panics wherever it is run: each call is answered once, without a word about why, and ends nothing else.

use std::fmt;
use std::panic::panic_any;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use mcp_runtime::{Item, Server, ToolError, items, prompt, resource, tool};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use crate::common::{MODERN, REVISIONS, Verdict, Wire, call, hush, request, run};

fn no() -> ! {
    panic!("the secret is here")
}

/// Panics when it is read, which is before its function begins.
#[derive(JsonSchema)]
struct Unreadable;

impl<'de> Deserialize<'de> for Unreadable {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        no()
    }
}

#[tool]
async fn reads(value: Unreadable) {
    let _ = value;
}

#[tool]
fn reads_on_a_thread(value: Unreadable) {
    let _ = value;
}

#[tool]
async fn begins(#[arg(default = if IS_OPEN.load(SeqCst) { no() } else { 1 })] value: u8) -> u8 {
    value
}

/// Whether the server has started, which asks for defaults too.
static IS_OPEN: AtomicBool = AtomicBool::new(false);

#[prompt]
async fn prompts(value: Option<String>) -> String {
    value.unwrap_or_else(|| no())
}

#[resource("panics://one")]
async fn one() -> String {
    no()
}

#[resource("panics://{name}")]
fn each(name: String) -> String {
    if name.is_empty() { name } else { no() }
}

#[tool]
async fn no_text() {
    panic_any(42);
}

#[tool]
fn no_text_on_a_thread() {
    panic_any(vec![1, 2]);
}

/// Panics when it is written.
#[derive(JsonSchema)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        no()
    }
}

#[tool]
async fn writes() -> Unwritable {
    Unwritable
}

#[tool]
fn writes_on_a_thread() -> Unwritable {
    Unwritable
}

/// Panics when it is shown.
#[derive(Debug)]
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        no()
    }
}

impl std::error::Error for Unspeakable {}

#[tool]
async fn shows() -> Result<(), Unspeakable> {
    Err(Unspeakable)
}

/// Panics when it is dropped.
#[derive(Deserialize, Serialize, JsonSchema)]
struct Undroppable {
    one: u8,
}

impl Drop for Undroppable {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            no()
        }
    }
}

#[tool]
async fn drops(value: Undroppable) -> u8 {
    value.one
}

#[tool]
fn drops_on_a_thread(value: Undroppable) -> u8 {
    value.one
}

#[tool]
async fn gives_what_panics() -> Undroppable {
    Undroppable { one: 1 }
}

/// Two panics at once would end the process; this one is over before the next.
#[tool]
async fn drops_a_payload() {
    panic_any(Undroppable { one: 1 });
}

#[tool]
async fn well() -> Result<&'static str, ToolError> {
    Ok("well")
}

fn all() -> [Item; 17] {
    items![
        reads,
        reads_on_a_thread,
        begins,
        prompts,
        one,
        each,
        no_text,
        no_text_on_a_thread,
        writes,
        writes_on_a_thread,
        shows,
        drops,
        drops_on_a_thread,
        gives_what_panics,
        drops_a_payload,
        well,
        sees_nothing
    ]
}

/// The value is wrong, so that it is dropped before the function begins.
#[tool]
async fn sees_nothing(value: Undroppable, number: u8) -> u8 {
    value.one + number
}

#[test]
fn wherever_a_panic_comes_from() {
    hush();
    let value = json!({ "value": { "one": 1 } });
    let calls = [
        ("tools/call", json!({ "name": "reads", "arguments": { "value": null } })),
        ("tools/call", json!({ "name": "reads_on_a_thread", "arguments": { "value": null } })),
        ("tools/call", json!({ "name": "begins" })),
        ("prompts/get", json!({ "name": "prompts" })),
        ("resources/read", json!({ "uri": "panics://one" })),
        ("resources/read", json!({ "uri": "panics://two" })),
        ("tools/call", json!({ "name": "no_text" })),
        ("tools/call", json!({ "name": "no_text_on_a_thread" })),
        ("tools/call", json!({ "name": "writes" })),
        ("tools/call", json!({ "name": "writes_on_a_thread" })),
        ("tools/call", json!({ "name": "shows" })),
        ("tools/call", json!({ "name": "drops", "arguments": value })),
        ("tools/call", json!({ "name": "drops_on_a_thread", "arguments": value })),
        ("tools/call", json!({ "name": "gives_what_panics" })),
        ("tools/call", json!({ "name": "drops_a_payload" })),
        ("tools/call", json!({ "name": "sees_nothing", "arguments": { "value": { "one": 1 }, "number": "x" } })),
    ];
    let mut wrong = Verdict::default();
    run(async {
        for revision in REVISIONS {
            IS_OPEN.store(false, SeqCst);
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(all())).await;
            wire.is_silent("it has started").await;
            IS_OPEN.store(true, SeqCst);
            for (method, params) in &calls {
                let answer = wire.ask(&request(revision, "p", method, params.clone())).await;
                let expected = json!({ "code": -32603, "message": "internal error" });
                let is_told = answer["id"] == "p" && answer["error"] == expected;
                wrong.that(format_args!("{params} in {revision}"), is_told, &answer);
            }
            let answer = wire.ask(&call(revision, 1, "well", Value::Null)).await;
            assert_eq!(answer["result"]["content"][0]["text"], "well", "{revision}");
            assert_eq!(wire.close().await, [""; 0], "{revision}: each is answered once");
        }
    });
}

/// All at once, among calls that are well.
#[test]
fn panics_among_others() {
    hush();
    run(async {
        let items = items![no_text_on_a_thread, drops_a_payload, writes, well];
        let mut wire = Wire::open_in(MODERN, Server::new("test", "1.0.0").items(items)).await;
        let tools = ["no_text_on_a_thread", "well", "drops_a_payload", "well", "writes"];
        for id in 0..50_usize {
            wire.say(call(MODERN, id, tools[id % tools.len()], Value::Null).to_string()).await;
            let answer = wire.hear_json().await;
            let id = usize::try_from(answer["id"].as_u64().unwrap()).unwrap();
            assert_eq!(answer.get("result").is_some(), tools[id % tools.len()] == "well", "{answer}");
        }
        assert_eq!(wire.close().await, [""; 0]);
    });
}
