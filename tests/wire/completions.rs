//! Completions: who completes, what is told beside the values, and what every wrong request gets.

use std::time::Duration;

use mcp_runtime::{Elicit, Filled, Server, items, prompt, resource};
use serde_json::{Value, json};

use crate::common::{REVISIONS, Verdict, Wire, request, run};

struct Cities(Vec<&'static str>);

/// Completed in every way.
#[prompt]
async fn plan(
    #[arg(complete = ["west", "Northwest", "north", "South", "WEST END"])] region: String,
    #[arg(complete = known)] city: String,
    #[arg(complete = counted)] number: String,
    #[arg(complete = async |typed: &str| [typed.to_uppercase()])] shout: String,
    #[arg(complete = who)] revision: String,
    #[arg(name = "lane", complete = ["left"])] side: String,
    plain: Option<String>,
) -> String {
    format!("{region}{city}{number}{shout}{revision}{side}{plain:?}")
}

async fn known(typed: &str, filled: &Filled<'_>) -> Vec<String> {
    tokio::task::yield_now().await;
    let region = filled.argument("region").unwrap_or("anywhere");
    let all = filled.state::<Cities>().map(|cities| cities.0.as_slice()).unwrap_or_default();
    all.iter().filter(|city| city.starts_with(typed)).map(|city| format!("{city} in {region}")).collect()
}

async fn counted(typed: &str) -> impl Iterator<Item = String> + use<> {
    (0..typed.parse().unwrap_or(0)).map(|number: u32| number.to_string())
}

fn who(_: &str, filled: &Filled<'_>) -> Option<String> {
    Some(filled.context().revision().to_string())
}

/// Completed in ways that fail.
#[prompt]
async fn fail(
    #[arg(complete = async |_: &str| -> Vec<String> { panic!("the secret is 42") })] panic: String,
    #[arg(complete = |_: &str| -> Vec<String> { panic!("the secret is 43") })] panic_on_a_thread: String,
    #[arg(complete = async |_: &str| std::future::pending::<Vec<String>>().await)] hang: String,
    #[arg(complete = |_: &str| { std::thread::sleep(Duration::from_millis(400)); ["late"] })] block: String,
) -> String {
    panic + &panic_on_a_thread + &hang + &block
}

/// Completed too late.
#[prompt(timeout = "40ms")]
async fn late(
    #[arg(complete = async |_: &str| std::future::pending::<Vec<String>>().await)] hang: String,
    #[arg(complete = |_: &str| { std::thread::sleep(Duration::from_millis(400)); ["late"] })] block: String,
) -> String {
    hang + &block
}

/// Nobody has to be asked to complete its argument.
#[prompt]
async fn asking(#[arg(complete = ["a"])] what: String, person: &Elicit) -> String {
    format!("{what}{person:?}")
}

#[resource("place://app")]
async fn fixed() -> &'static str {
    "it"
}

#[resource("place://{id}/{page}")]
async fn wide(#[arg(complete = ["wide"])] id: String, #[arg(complete = pages)] page: String) -> String {
    id + &page
}

async fn pages(typed: &str, filled: &Filled<'_>) -> Vec<String> {
    vec![format!("{}-{typed}", filled.argument("id").unwrap_or("none"))]
}

#[resource("place://{id}/end")]
async fn narrow(#[arg(complete = ["narrow"])] id: String) -> String {
    id
}

fn server() -> Server {
    let items = items![plan, fail, late, asking, fixed, wide, narrow];
    Server::new("test", "1.0.0").items(items).state(Cities(vec!["Oslo", "Lima", "Odense"]))
}

fn named(prompt: &str) -> Value {
    json!({ "type": "ref/prompt", "name": prompt })
}

fn at(uri: &str) -> Value {
    json!({ "type": "ref/resource", "uri": uri })
}

fn typed(reference: Value, name: &str, value: &str) -> Value {
    json!({ "ref": reference, "argument": { "name": name, "value": value } })
}

fn knowing(mut params: Value, arguments: Value) -> Value {
    params["context"] = json!({ "arguments": arguments });
    params
}

fn all(values: &[&str]) -> Value {
    json!({ "values": values, "total": values.len(), "hasMore": false })
}

fn many(count: usize) -> Value {
    let values: Vec<String> = (0..count.min(100)).map(|number| number.to_string()).collect();
    json!({ "values": values, "total": count, "hasMore": count > 100 })
}

#[test]
fn who_completes() {
    let rows = [
        (
            "a list: everything",
            typed(named("plan"), "region", ""),
            all(&["west", "Northwest", "north", "South", "WEST END"]),
        ),
        (
            "what starts with it goes before what has it",
            typed(named("plan"), "region", "West"),
            all(&["west", "WEST END", "Northwest"]),
        ),
        ("nothing fits", typed(named("plan"), "region", "east-west"), all(&[])),
        ("a name of its own", typed(named("plan"), "lane", "l"), all(&["left"])),
        ("no completer", typed(named("plan"), "plain", "x"), all(&[])),
        ("an async function", typed(named("plan"), "city", "O"), all(&["Oslo in anywhere", "Odense in anywhere"])),
        (
            "one that knows more",
            knowing(typed(named("plan"), "city", "L"), json!({ "region": "Peru", "unheard": "of" })),
            all(&["Lima in Peru"]),
        ),
        ("an async closure", typed(named("plan"), "shout", "hey"), all(&["HEY"])),
        ("none at all", typed(named("plan"), "number", "0"), many(0)),
        ("as many as may be", typed(named("plan"), "number", "100"), many(100)),
        ("one more", typed(named("plan"), "number", "101"), many(101)),
        ("far more", typed(named("plan"), "number", "12345"), many(12345)),
        ("a client that cannot be asked", typed(named("asking"), "what", ""), all(&["a"])),
        ("a template", typed(at("place://{id}/{page}"), "id", "w"), all(&["wide"])),
        (
            "a variable that knows the other",
            knowing(typed(at("place://{id}/{page}"), "page", "7"), json!({ "id": "x" })),
            all(&["x-7"]),
        ),
        ("a URI of a template", typed(at("place://x/y"), "id", ""), all(&["wide"])),
        ("a URI of two templates", typed(at("place://x/end"), "id", ""), all(&["narrow"])),
        ("a scheme has no case", typed(at("PLACE://x/end"), "id", ""), all(&["narrow"])),
    ];
    run(async {
        let mut wrong = Verdict::default();
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server()).await;
            for (case, params, expected) in &rows {
                let answer = wire.ask(&request(revision, 1, "completion/complete", params.clone())).await;
                wrong.same(format_args!("{case} in {revision}"), &answer["result"]["completion"], expected);
            }
            let asked = typed(named("plan"), "revision", "");
            let answer = wire.ask(&request(revision, 1, "completion/complete", asked)).await;
            wrong.same("who asks", &answer["result"]["completion"]["values"], &json!([revision]));
            wire.close().await;
        }
    });
}

#[test]
fn what_is_refused() {
    let region = || typed(named("plan"), "region", "");
    let context = |context: Value| {
        let mut params = typed(named("plan"), "plain", "");
        params["context"] = context;
        params
    };
    let rows = [
        (json!({}), "`params` lacks `ref`"),
        (json!({ "ref": named("plan") }), "`params` lacks `argument`"),
        (json!({ "ref": named("plan"), "argument": { "name": "region" } }), "`params` lacks `argument.value`"),
        (json!({ "ref": named("plan"), "argument": { "value": "" } }), "`params` lacks `argument.name`"),
        (
            json!({ "ref": named("plan"), "argument": { "name": "region", "value": 5 } }),
            "`argument.value` must be a string",
        ),
        (json!({ "ref": named("plan"), "argument": "region" }), "`argument` must be an object"),
        (json!({ "ref": "plan", "argument": region()["argument"] }), "`ref` must be an object"),
        (typed(json!({ "type": "ref/prompt" }), "region", ""), "`params` lacks `ref.name`"),
        (typed(json!({ "type": "ref/resource", "name": "plan" }), "region", ""), "`params` lacks `ref.uri`"),
        (typed(named("plam"), "region", ""), "unknown prompt `plam`; did you mean `plan`?"),
        (typed(at("thing://{id}"), "id", ""), "unknown resource template `thing://{id}`"),
        (typed(named("plan"), "regio", ""), "unknown argument `regio`; did you mean `region`?"),
        (typed(named("plan"), "side", ""), "unknown argument `side`"),
        (typed(at("place://{id}/end"), "page", ""), "unknown argument `page`"),
        (typed(at("place://app"), "id", ""), "unknown argument `id`"),
        (context(json!([])), "`context` must be an object"),
        (context(json!({ "arguments": { "region": 5 } })), "`context.arguments` must be an object of strings"),
    ];
    run(async {
        let mut wrong = Verdict::default();
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server()).await;
            for (params, message) in &rows {
                let answer = wire.ask(&request(revision, 1, "completion/complete", params.clone())).await;
                let expected = json!({ "code": -32602, "message": message });
                wrong.same(format_args!("{params} in {revision}"), &answer["error"], &expected);
            }
            wire.close().await;
        }
    });
}

/// A completer has the time of its item, and takes nothing with it.
#[test]
fn completers_that_fail() {
    run(async {
        let mut wrong = Verdict::default();
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server()).await;
            let late = "a completion of `late` timed out after 0.04 s";
            for (prompt, name, message) in [
                ("fail", "panic", "internal error"),
                ("fail", "panic_on_a_thread", "internal error"),
                ("late", "hang", late),
                ("late", "block", late),
            ] {
                let answer =
                    wire.ask(&request(revision, 1, "completion/complete", typed(named(prompt), name, ""))).await;
                let expected = json!({ "code": -32603, "message": message });
                wrong.same(format_args!("{name} in {revision}"), &answer["error"], &expected);
            }
            let answer = wire.ask(&request(revision, 1, "completion/complete", typed(named("plan"), "lane", ""))).await;
            wrong.same(revision, &answer["result"]["completion"], &all(&["left"]));
            wire.close().await;
        }
    });
}

/// Who types on does not wait for what was typed before, and may take it back.
#[test]
fn a_completer_that_waits_holds_up_nobody() {
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server()).await;
            for name in ["hang", "block"] {
                let slow = request(revision, name, "completion/complete", typed(named("fail"), name, ""));
                wire.say(slow.to_string()).await;
                let next = request(revision, 2, "completion/complete", typed(named("plan"), "lane", ""));
                assert_eq!(wire.ask(&next).await["id"], 2, "{name} in {revision}");
                let cancel =
                    json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": name } });
                wire.say(cancel.to_string()).await;
            }
            assert_eq!(wire.close().await, [""; 0], "{revision}: what was taken back is not answered");
        }
    });
}
