//! What a server declares follows from its items and from nothing else: every combination of items, in every revision.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test is allowed to fail")]
#![allow(clippy::arithmetic_side_effects, clippy::needless_pass_by_value, reason = "a test is to be read")]

mod common;

use common::{MODERN, REVISIONS, Verdict, Wire, at, initialize, request, run};
use mcp_runtime::{Changes, Filled, Item, Log, Progress, Server, items, prompt, resource, tool};
use serde_json::{Map, Value, json};

#[tool]
async fn act() {}

#[resource("x://one")]
async fn one() -> &'static str {
    "1"
}

#[resource("y://{id}")]
async fn any(id: String) -> String {
    id
}

#[prompt]
async fn say(what: String) -> String {
    what
}

#[prompt]
async fn say_completed(#[arg(complete = ["a"])] what: String) -> String {
    what
}

#[resource("z://{id}")]
async fn any_completed(#[arg(complete = ["a"])] id: String) -> String {
    id
}

#[tool]
async fn act_and_tell(log: &Log) {
    log.info("acted");
}

#[tool(task = "optional")]
async fn act_for_long() {}

/// Each kind of item with the capabilities that it leads to.
fn kinds() -> [(Item, &'static [&'static str]); 8] {
    let [act, one, any, say, say_completed, any_completed, act_and_tell, act_for_long] =
        items![act, one, any, say, say_completed, any_completed, act_and_tell, act_for_long];
    [
        (act, &["tools"]),
        (one, &["resources"]),
        (any, &["resources"]),
        (say, &["prompts"]),
        (say_completed, &["prompts", "completions"]),
        (any_completed, &["resources", "completions"]),
        (act_and_tell, &["tools", "logging"]),
        (act_for_long, &["tools", TASKS]),
    ]
}

/// Each method with the capability without which it does not exist.
const METHODS: [(&str, &str); 13] = [
    ("tools/list", "tools"),
    ("tools/call", "tools"),
    ("resources/list", "resources"),
    ("resources/templates/list", "resources"),
    ("resources/read", "resources"),
    ("prompts/list", "prompts"),
    ("prompts/get", "prompts"),
    ("completion/complete", "completions"),
    (SET_LEVEL, "logging"),
    ("tasks/get", TASKS),
    ("tasks/update", TASKS),
    ("tasks/cancel", TASKS),
    ("subscriptions/listen", TASKS),
];

/// Only before 2026-07-28, where every request says its level itself.
const SET_LEVEL: &str = "logging/setLevel";

/// An extension, only since 2026-07-28.
const TASKS: &str = "io.modelcontextprotocol/tasks";

/// Nothing leads to these.
const NEVER: [&str; 4] = ["resources/subscribe", "resources/unsubscribe", "tasks/result", "tasks/list"];

fn server(chosen: &[(Item, &[&str])]) -> Server {
    Server::new("test", "1.0.0").items(chosen.iter().map(|(item, _)| *item))
}

/// `completions` has no word in 2024-11-05, though the method is there.
fn declared(revision: &str, led_to: &[&str]) -> Value {
    let known = led_to.iter().filter(|name| **name != TASKS && (**name != "completions" || revision >= "2025-03-26"));
    let extensions =
        (revision == MODERN && led_to.contains(&TASKS)).then(|| ("extensions".to_owned(), json!({ TASKS: {} })));
    Value::Object(known.map(|name| ((*name).to_owned(), json!({}))).chain(extensions).collect::<Map<_, _>>())
}

async fn check(revision: &str, chosen: &[(Item, &[&str])], wrong: &mut Verdict) {
    let led_to: Vec<&str> = chosen.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let case = format!("{:?} in {revision}", chosen.iter().map(|(item, _)| item.name()).collect::<Vec<_>>());
    let mut wire = Wire::open(server(chosen));
    let opening =
        if revision == MODERN { request(MODERN, 1, "server/discover", json!({})) } else { initialize(revision) };
    let opened = wire.ask(&opening).await;
    wrong.same(&case, &opened["result"]["capabilities"], &declared(revision, &led_to));
    for (method, needs) in METHODS {
        let answer = wire.ask(&request(revision, 1, method, json!({}))).await;
        let is_there = answer["error"]["code"] != -32601;
        let is_known = match needs {
            TASKS => revision == MODERN,
            _ => method != SET_LEVEL || revision != MODERN,
        };
        wrong.that(format_args!("{case}: {method}"), is_there == (is_known && led_to.contains(&needs)), &answer);
        wrong.that(
            format_args!("{case}: {method} answers something"),
            answer["error"].is_object() != answer["result"].is_object(),
            &answer,
        );
    }
    for method in NEVER {
        let answer = wire.ask(&request(revision, 1, method, json!({}))).await;
        wrong.that(format_args!("{case}: {method}"), answer["error"]["code"] == -32601, &answer);
    }
    wire.close().await;
}

/// Every choice of at least one kind, with a bit for each that is in it.
fn combinations() -> impl Iterator<Item = (usize, Vec<(Item, &'static [&'static str])>)> {
    (1_usize..1 << kinds().len()).map(|choice| {
        let chosen = kinds().into_iter().enumerate().filter(|(bit, _)| choice >> bit & 1 == 1);
        (choice, chosen.map(|(_, kind)| kind).collect())
    })
}

#[test]
fn every_combination_in_every_revision() {
    let mut wrong = Verdict::default();
    run(async {
        for (_, chosen) in combinations() {
            for revision in REVISIONS {
                check(revision, &chosen, &mut wrong).await;
            }
        }
    });
}

#[tool]
async fn tool_with(log: Option<&Log>, progress: &Progress) {
    log.unwrap().info(format!("{progress:?}"));
}

#[resource("l://one")]
fn resource_with(log: &Log) -> String {
    format!("{log:?}")
}

#[resource("l://{id}")]
fn template_with(id: String, log: &Log) -> String {
    format!("{id} {log:?}")
}

#[prompt]
async fn prompt_with(log: Option<&Log>) -> String {
    format!("{log:?}")
}

#[tool]
async fn only_progress(progress: Option<&Progress>) {
    progress.unwrap().report(1, None, None);
}

/// Whatever borrows a `Log`, and however, has something to log. Progress has no capability.
#[test]
fn who_borrows_a_log_declares_it() {
    run(async {
        for revision in REVISIONS {
            for item in items![tool_with, resource_with, template_with, prompt_with, only_progress] {
                let mut wire = Wire::open(Server::new("test", "1.0.0").items([item]));
                let opening = if revision == MODERN {
                    request(MODERN, 1, "server/discover", json!({}))
                } else {
                    initialize(revision)
                };
                let opened = wire.ask(&opening).await;
                let declared = opened["result"]["capabilities"].as_object().unwrap();
                let name = item.name();
                let expected = (name != "only_progress").then(|| json!({}));
                assert_eq!(declared.get("logging"), expected.as_ref(), "{name} in {revision}");
                assert_eq!(declared.len(), 1 + usize::from(expected.is_some()), "{name} in {revision}: {declared:?}");
                wire.close().await;
            }
        }
    });
}

#[tool]
async fn act_and_change(changes: &Changes) {
    changes.tools().announce();
}

#[prompt]
async fn say_and_change(changes: Option<&Changes>) -> String {
    format!("{changes:?}")
}

#[resource("w://one", watch)]
async fn watched() -> &'static str {
    "1"
}

#[resource("w://some/{id}", watch = true)]
async fn watched_some(id: String) -> String {
    id
}

#[resource("w://none", watch = false)]
async fn unwatched() -> &'static str {
    "0"
}

/// Who holds a `Changes` besides the server.
#[derive(Clone, Copy, Debug)]
enum Held {
    Never,
    /// Only before the server ran.
    Before,
    Still,
}

/// What can change is declared, and only that: who borrows a `Changes` or holds one can change all lists; what is watched is
/// declared where somebody can tell that it was updated.
#[test]
fn what_can_change_is_declared() {
    let changing = json!({ "listChanged": true });
    let watching = json!({ "subscribe": true, "listChanged": true });
    let rows = [
        (items![act, one, say].to_vec(), Held::Never, json!({ "tools": {}, "resources": {}, "prompts": {} })),
        (items![act, one, say].to_vec(), Held::Before, json!({ "tools": {}, "resources": {}, "prompts": {} })),
        (
            items![act, one, say].to_vec(),
            Held::Still,
            json!({ "tools": changing, "resources": changing, "prompts": changing }),
        ),
        (items![act_and_change].to_vec(), Held::Never, json!({ "tools": changing })),
        (items![say_and_change].to_vec(), Held::Never, json!({ "prompts": changing })),
        (items![watched].to_vec(), Held::Never, json!({ "resources": {} })),
        (items![watched].to_vec(), Held::Before, json!({ "resources": {} })),
        (items![watched].to_vec(), Held::Still, json!({ "resources": watching })),
        (items![watched_some].to_vec(), Held::Still, json!({ "resources": watching })),
        (items![unwatched, any].to_vec(), Held::Still, json!({ "resources": changing })),
        (items![unwatched, watched_some].to_vec(), Held::Still, json!({ "resources": watching })),
        (items![watched, act_and_change].to_vec(), Held::Never, json!({ "tools": changing, "resources": watching })),
        (
            items![act_and_tell, any_completed].to_vec(),
            Held::Still,
            json!({ "tools": changing, "resources": changing, "completions@2025-03-26": {}, "logging": {} }),
        ),
    ];
    let mut wrong = Verdict::default();
    run(async {
        for (items, held, expected) in rows {
            for revision in REVISIONS {
                let names: Vec<_> = items.iter().map(Item::name).collect();
                changeable(
                    &format!("{names:?}, {held:?} in {revision}"),
                    revision,
                    &items,
                    held,
                    &expected,
                    &mut wrong,
                )
                .await;
            }
        }
    });
}

async fn changeable(case: &str, revision: &str, items: &[Item], held: Held, expected: &Value, wrong: &mut Verdict) {
    let server = Server::new("test", "1.0.0").items(items.iter().copied());
    let handle = match held {
        Held::Never => None,
        Held::Before => {
            drop(server.changes());
            None
        }
        Held::Still => Some(server.changes()),
    };
    let mut wire = Wire::open(server);
    let opening =
        if revision == MODERN { request(MODERN, 1, "server/discover", json!({})) } else { initialize(revision) };
    let expected = at(revision, expected);
    let opened = wire.ask(&opening).await;
    wrong.same(case, &opened["result"]["capabilities"], &expected);
    let (changes, subscribe) =
        (expected.to_string().contains("listChanged"), expected["resources"]["subscribe"] == true);
    for (method, is_there) in [
        ("resources/subscribe", subscribe && revision != MODERN),
        ("resources/unsubscribe", subscribe && revision != MODERN),
        ("subscriptions/listen", changes && revision == MODERN),
    ] {
        let answer = wire.ask(&request(revision, 1, method, json!({}))).await;
        let code = if is_there { -32602 } else { -32601 };
        wrong.that(format_args!("{case}: {method}"), answer["error"]["code"] == code, &answer);
    }
    wire.close().await;
    drop(handle);
}

/// The lists hold exactly the items, those of a family that has none are empty.
#[test]
fn lists_of_every_combination() {
    run(async {
        for (choice, chosen) in combinations() {
            let mut wire = Wire::open(server(&chosen));
            for (method, key, kind) in [
                ("tools/list", "tools", "tool"),
                ("resources/list", "resources", "resource"),
                ("resources/templates/list", "resourceTemplates", "resource template"),
                ("prompts/list", "prompts", "prompt"),
            ] {
                let expected: Vec<&str> =
                    chosen.iter().filter(|(item, _)| item.kind() == kind).map(|(item, _)| item.name()).collect();
                let answer = wire.ask(&request(MODERN, 1, method, json!({}))).await;
                match answer["result"][key].as_array() {
                    Some(list) => assert_eq!(
                        list.iter().map(|item| item["name"].as_str().unwrap()).collect::<Vec<_>>(),
                        expected,
                        "{choice:b}: {method}"
                    ),
                    None => {
                        assert_eq!(answer["error"]["code"], -32601, "{choice:b}: {method}");
                        assert!(expected.is_empty(), "{choice:b}: {method}");
                    }
                }
            }
            wire.close().await;
        }
    });
}

struct Cities(Vec<&'static str>);

#[prompt]
async fn travel(
    country: String,
    #[arg(complete = cities)] city: String,
    #[arg(complete = many)] number: String,
    #[arg(complete = |_: &str| -> Vec<String> { panic!("no such luck") })] luck: String,
) -> String {
    country + &city + &number + &luck
}

fn cities(typed: &str, filled: &Filled<'_>) -> Vec<String> {
    let country = filled.argument("country").unwrap_or("anywhere");
    let all = filled.state::<Cities>().map(|cities| cities.0.as_slice()).unwrap_or_default();
    all.iter().filter(|city| city.starts_with(typed)).map(|city| format!("{city} in {country}")).collect()
}

fn many(typed: &str) -> impl Iterator<Item = String> + use<> {
    (0..typed.parse().unwrap_or(0)).map(|number: u32| number.to_string())
}

/// A completer sees what is filled in and the state, and at most 100 values are sent.
#[test]
fn what_completers_see() {
    let ask = |name: &str, value: &str, context: Value| json!({ "ref": { "type": "ref/prompt", "name": "travel" }, "argument": { "name": name, "value": value }, "context": context });
    let values = |count: u32| (0..count.min(100)).map(|number| number.to_string()).collect::<Vec<_>>();
    run(async {
        for revision in REVISIONS {
            let server =
                Server::new("test", "1.0.0").items(items![travel]).state(Cities(vec!["Oslo", "Lima", "Odense"]));
            let mut wire = Wire::open_in(revision, server).await;
            for (params, expected) in [
                (
                    ask("city", "O", json!({})),
                    json!({ "values": ["Oslo in anywhere", "Odense in anywhere"], "total": 2, "hasMore": false }),
                ),
                (
                    ask("city", "L", json!({ "arguments": { "country": "Peru" } })),
                    json!({ "values": ["Lima in Peru"], "total": 1, "hasMore": false }),
                ),
                (ask("city", "x", json!({ "arguments": {} })), json!({ "values": [], "total": 0, "hasMore": false })),
                (ask("number", "100", json!({})), json!({ "values": values(100), "total": 100, "hasMore": false })),
                (ask("number", "101", json!({})), json!({ "values": values(101), "total": 101, "hasMore": true })),
            ] {
                let answer = wire.ask(&request(revision, 1, "completion/complete", params.clone())).await;
                assert_eq!(answer["result"]["completion"], expected, "{params} in {revision}: {answer}");
            }
            for context in [json!(5), json!({ "arguments": [] }), json!({ "arguments": { "country": 5 } })] {
                let answer =
                    wire.ask(&request(revision, 1, "completion/complete", ask("city", "", context.clone()))).await;
                assert_eq!(answer["error"]["code"], -32602, "{context} in {revision}: {answer}");
            }
            let answer = wire.ask(&request(revision, 1, "completion/complete", ask("luck", "", json!({})))).await;
            assert_eq!(answer["error"], json!({ "code": -32603, "message": "internal error" }), "{revision}");
            wire.close().await;
        }
    });
}

/// A completer completes where it stands, and only there.
#[test]
fn what_is_completed() {
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server(&kinds())).await;
            for (reference, name, values) in [
                (json!({ "type": "ref/prompt", "name": "say_completed" }), "what", json!(["a"])),
                (json!({ "type": "ref/prompt", "name": "say" }), "what", json!([])),
                (json!({ "type": "ref/resource", "uri": "z://{id}" }), "id", json!(["a"])),
                (json!({ "type": "ref/resource", "uri": "y://{id}" }), "id", json!([])),
            ] {
                let params = json!({ "ref": reference, "argument": { "name": name, "value": "" } });
                let answer = wire.ask(&request(revision, 1, "completion/complete", params)).await;
                assert_eq!(answer["result"]["completion"]["values"], values, "{reference} in {revision}: {answer}");
            }
            wire.close().await;
        }
    });
}
