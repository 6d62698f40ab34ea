//! Items that go off and on while the server runs.

use mcp_runtime::{Server, items, resource};
use serde_json::{Value, json};

use crate::common::{MODERN, REVISIONS, Verdict, Wire, call, request, run};
use crate::offered::{self, list_changed, of, server};

/// What is listed, by name.
async fn listed(wire: &mut Wire, revision: &str, method: &str, key: &str) -> Vec<String> {
    let answer = answer(wire, &request(revision, "list", method, json!({}))).await;
    let list = answer["result"][key].as_array().unwrap_or_else(|| panic!("{method} in {revision}: {answer}"));
    list.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

/// The answer to a request. What is told besides is passed over.
async fn answer(wire: &mut Wire, request: &Value) -> Value {
    wire.say(request.to_string()).await;
    loop {
        let heard = wire.hear_json().await;
        if heard.get("id").is_some() {
            return heard;
        }
    }
}

/// One item of each kind: its list, what it is called there, and a request that it answers.
struct Row {
    kind: &'static str,
    key: &'static str,
    list: [&'static str; 3],
    requests: Vec<(&'static str, Value)>,
}

fn rows() -> [Row; 4] {
    let complete =
        |reference: Value, name: &str| json!({ "ref": reference, "argument": { "name": name, "value": "" } });
    [
        Row {
            kind: "tools",
            key: "add",
            list: ["tools/list", "tools", "add"],
            requests: vec![("tools/call", json!({ "name": "add", "arguments": { "a": 1, "b": 2 } }))],
        },
        Row {
            kind: "prompts",
            key: "greet",
            list: ["prompts/list", "prompts", "greet"],
            requests: vec![
                ("prompts/get", json!({ "name": "greet", "arguments": { "name": "Ada" } })),
                ("completion/complete", complete(json!({ "type": "ref/prompt", "name": "greet" }), "name")),
            ],
        },
        Row {
            kind: "resources",
            key: "config://app",
            list: ["resources/list", "resources", "config"],
            requests: vec![("resources/read", json!({ "uri": "config://app" }))],
        },
        Row {
            kind: "resources",
            key: "city://{name}",
            list: ["resources/templates/list", "resourceTemplates", "city"],
            requests: vec![
                ("resources/read", json!({ "uri": "city://Oslo" })),
                ("completion/complete", complete(json!({ "type": "ref/resource", "uri": "city://{name}" }), "name")),
                ("completion/complete", complete(json!({ "type": "ref/resource", "uri": "city://Oslo" }), "name")),
            ],
        },
    ]
}

/// `-32002` is for resources before 2026-07-28 (Resources, Error Handling).
fn refusal(revision: &str, method: &str) -> i64 {
    if method == "resources/read" && revision != MODERN { -32002 } else { -32602 }
}

#[test]
fn what_is_off_is_neither_listed_nor_done() {
    let mut verdict = Verdict::default();
    run(async {
        for revision in REVISIONS {
            let (server, changes) = server();
            let mut wire = Wire::open_in(revision, server).await;
            for Row { kind, key, list: [method, member, name], requests } in rows() {
                let listing = match kind {
                    "tools" => changes.tools(),
                    "prompts" => changes.prompts(),
                    _ => changes.resources(),
                };
                let before = listed(&mut wire, revision, method, member).await;
                for is_on in [true, false, false, true] {
                    let case = format!("{key} in {revision}, {is_on}");
                    if is_on { listing.enable(key) } else { listing.disable(key) }.unwrap();
                    let mut expected = before.clone();
                    expected.retain(|listed| is_on || listed != name);
                    let now = listed(&mut wire, revision, method, member).await;
                    verdict.same(&case, &json!(now), &json!(expected));
                    for (method, params) in &requests {
                        let answer = answer(&mut wire, &request(revision, 1, method, params.clone())).await;
                        let code = if is_on { Value::Null } else { json!(refusal(revision, method)) };
                        verdict.same(format!("{case}: {method}"), &answer["error"]["code"], &code);
                    }
                }
            }
            wire.close().await;
        }
    });
}

#[resource("x://{name}")]
async fn general(#[arg(complete = ["general"])] name: String) -> String {
    format!("general {name}")
}

#[resource("x://a-{letter}")]
async fn special(#[arg(complete = ["special"])] letter: String) -> String {
    format!("special {letter}")
}

/// A URI belongs to the closest template of those that are on, wherever it is asked for.
#[test]
fn what_is_off_hides_nothing() {
    run(async {
        let (server, changes) = of(&items![general, special]);
        let mut wire = Wire::open(server);
        for (is_on, text, name, value) in
            [(true, "special b", "letter", "special"), (false, "general a-b", "name", "general")]
        {
            let resources = changes.resources();
            if is_on { resources.enable("x://a-{letter}") } else { resources.disable("x://a-{letter}") }.unwrap();
            let read = wire.ask(&request(MODERN, 1, "resources/read", json!({ "uri": "x://a-b" }))).await;
            assert_eq!(read["result"]["contents"][0]["text"], text, "{read}");
            let reference = json!({ "type": "ref/resource", "uri": "x://a-b" });
            let params = json!({ "ref": reference, "argument": { "name": name, "value": "" } });
            let completed = wire.ask(&request(MODERN, 2, "completion/complete", params)).await;
            assert_eq!(completed["result"]["completion"]["values"], json!([value]), "{completed}");
        }
        wire.close().await;
    });
}

#[test]
fn a_refusal_says_why() {
    run(async {
        let (server, changes) = server();
        changes.tools().disable("add").unwrap();
        let mut wire = Wire::open(server);
        let refused = wire.ask(&call(MODERN, 1, "add", json!({}))).await;
        assert_eq!(refused["error"]["message"], "the tool `add` is switched off at present");
        let unknown = wire.ask(&call(MODERN, 1, "ad", json!({}))).await;
        assert_eq!(unknown["error"]["message"], "unknown tool `ad`", "what is off is no better guess");
        changes.tools().enable("add").unwrap();
        let unknown = wire.ask(&call(MODERN, 1, "ad", json!({}))).await;
        assert_eq!(unknown["error"]["message"], "unknown tool `ad`; did you mean `add`?");
        wire.close().await;
    });
}

/// What a client is told and what it finds then fit together.
#[test]
fn a_switch_is_told_once_and_lists_follow() {
    run(async {
        let (server, changes) = server();
        let mut wire = Wire::open_in("2025-11-25", server).await;
        for is_on in [false, true, false] {
            for _ in 0..2 {
                if is_on { changes.tools().enable("add") } else { changes.tools().disable("add") }.unwrap();
            }
            assert_eq!(wire.hear_json().await, list_changed("tools", None));
            let answer = wire.ask(&request("2025-11-25", 1, "tools/list", json!({}))).await;
            let tools = answer["result"]["tools"].as_array().unwrap();
            assert_eq!(tools.iter().any(|tool| tool["name"] == "add"), is_on, "{answer}");
        }
        wire.close().await;
    });
}

#[test]
fn a_cursor_belongs_to_what_was_listed() {
    run(async {
        for revision in REVISIONS {
            let (server, changes) = server();
            let mut wire = Wire::open_in(revision, server.page_size(1)).await;
            let first = answer(&mut wire, &request(revision, 1, "tools/list", json!({}))).await;
            let next = request(revision, 2, "tools/list", json!({ "cursor": first["result"]["nextCursor"] }));
            changes.tools().announce();
            changes.prompts().disable("greet").unwrap();
            let second = answer(&mut wire, &next).await;
            assert_eq!(second["result"]["tools"][0]["name"], "nap", "the same are listed: {second}");
            changes.tools().disable("heat").unwrap();
            let refused = answer(&mut wire, &next).await;
            assert_eq!(refused["error"]["code"], -32602, "{revision}: {refused}");
            changes.tools().enable("heat").unwrap();
            let again = answer(&mut wire, &next).await;
            assert_eq!(again["result"], second["result"], "{revision}");
            wire.close().await;
        }
    });
}

#[test]
fn what_runs_goes_on() {
    run(async {
        for revision in REVISIONS {
            let (server, changes) = server();
            let mut wire = Wire::open_in(revision, server).await;
            wire.say(call(revision, "nap", "nap", json!({ "ms": 200 })).to_string()).await;
            wire.is_silent("it runs").await;
            changes.tools().disable("nap").unwrap();
            let refused = answer(&mut wire, &call(revision, 2, "nap", json!({ "ms": 1 }))).await;
            assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(2), &json!(-32602)), "{refused}");
            let heard = loop {
                let heard = wire.hear_json().await;
                if heard.get("id").is_some() {
                    break heard;
                }
            };
            assert_eq!(heard["result"]["content"][0]["text"], "200", "{revision}: {heard}");
            wire.close().await;
        }
    });
}

/// Also where nothing can change later, and nothing is declared.
#[test]
fn what_is_switched_before_the_start_is_so_from_the_start() {
    run(async {
        for is_held in [false, true] {
            for revision in REVISIONS {
                let server = Server::new("test", "1.0.0").items(offered::items().into_iter().take(2));
                let changes = server.changes();
                changes.tools().disable("add").unwrap();
                changes.tools().disable("nap").unwrap();
                changes.tools().enable("nap").unwrap();
                let held = is_held.then_some(changes);
                let mut wire = Wire::open_in(revision, server).await;
                assert_eq!(listed(&mut wire, revision, "tools/list", "tools").await, ["nap"], "{revision}");
                let refused = wire.ask(&call(revision, 1, "add", json!({ "a": 1, "b": 1 }))).await;
                assert_eq!(refused["error"]["code"], -32602, "{revision}");
                wire.close().await;
                drop(held);
            }
        }
    });
}

#[test]
fn an_unknown_name_is_a_fault_at_start() {
    run(async {
        let (server, changes) = server();
        changes.tools().disable("ad").unwrap();
        changes.prompts().enable("add").unwrap();
        changes.resources().disable("room://floor/7").unwrap();
        changes.resources().disable("room://floor/{number}").unwrap();
        let fault = server.serve(tokio::io::empty(), tokio::io::sink()).await.unwrap_err().to_string();
        for expected in [
            "something is to be changed, but there is no tool `ad`; did you mean `add`?",
            "something is to be changed, but there is no prompt `add`",
            "something is to be changed, but there is no resource `room://floor/7`",
        ] {
            assert!(fault.contains(expected), "{expected}\nis not in\n{fault}");
        }
        assert_eq!(fault.matches("something is to be changed").count(), 3, "{fault}");
        // The server is gone.
        changes.tools().announce();
    });
}
