//! What clients from before 2026-07-28 are told (Tools, Resources and Prompts, List Changed Notification; Resources,
//! Subscriptions).

use mcp_runtime::{Changes, items, tool};
use serde_json::{Value, json};

use crate::common::{LEGACY, Verdict, Wire, initialize, request, run};
use crate::offered::{hear, list_changed, of, server, sorted, stays_silent, updated};

async fn ask(wire: &mut Wire, revision: &str, method: &str, uri: &str) -> Value {
    wire.ask(&request(revision, 1, method, json!({ "uri": uri }))).await
}

async fn subscribe(wire: &mut Wire, revision: &str, uri: &str) {
    let answer = ask(wire, revision, "resources/subscribe", uri).await;
    assert_eq!(answer, json!({ "jsonrpc": "2.0", "id": 1, "result": {} }), "{uri} in {revision}");
}

#[test]
fn lists_that_change_are_told() {
    run(async {
        for revision in LEGACY {
            let (server, changes) = server();
            changes.tools().announce();
            let mut wire = Wire::open_in(revision, server).await;
            stays_silent(&mut wire, "what was before is in the lists").await;
            for round in 0..3 {
                changes.tools().announce();
                assert_eq!(wire.hear_json().await, list_changed("tools", None), "{round} in {revision}");
            }
            for _ in 0..100 {
                changes.resources().announce();
                changes.prompts().announce();
            }
            let expected = vec![list_changed("resources", None), list_changed("prompts", None)];
            assert_eq!(hear(&mut wire, 2).await, sorted(expected), "{revision}");
            changes.updated("room://1").unwrap();
            stays_silent(&mut wire, "it is told once, and only to those who have subscribed").await;
            wire.close().await;
        }
    });
}

#[tool]
async fn lone(changes: &Changes) {
    changes.prompts().announce();
}

/// There is no list that could be asked for again.
#[test]
fn lists_that_are_not_there_do_not_change() {
    run(async {
        for revision in LEGACY {
            let (server, changes) = of(&items![lone]);
            let mut wire = Wire::open_in(revision, server).await;
            changes.prompts().announce();
            changes.resources().announce();
            stays_silent(&mut wire, revision).await;
            changes.tools().announce();
            assert_eq!(wire.hear_json().await, list_changed("tools", None), "{revision}");
            wire.close().await;
        }
    });
}

#[test]
fn nobody_is_told_who_has_not_opened_a_session() {
    run(async {
        let (server, changes) = server();
        let mut wire = Wire::open(server);
        changes.tools().announce();
        stays_silent(&mut wire, "it may be a client of 2026-07-28").await;
        wire.close().await;
    });
}

#[test]
fn what_can_be_subscribed_to() {
    let mut verdict = Verdict::default();
    run(async {
        for revision in LEGACY {
            let (server, changes) = server();
            changes.resources().disable("room://floor/{number}").unwrap();
            let mut wire = Wire::open_in(revision, server.subscriptions(1)).await;
            for (uri, code) in [
                ("room://2", -32002),
                ("no URI", -32002),
                ("", -32002),
                ("room://floor/1", -32002),
                ("config://app", -32602),
                ("city://Oslo", -32602),
            ] {
                let answer = ask(&mut wire, revision, "resources/subscribe", uri).await;
                verdict.same(format!("{uri} in {revision}"), &answer["error"]["code"], &json!(code));
                if code == -32002 {
                    verdict.same(format!("{uri} in {revision}"), &answer["error"]["data"]["uri"], &json!(uri));
                }
                let answer = ask(&mut wire, revision, "resources/unsubscribe", uri).await;
                verdict.same(format!("not {uri} in {revision}"), &answer["result"], &json!({}));
            }
            for method in ["resources/subscribe", "resources/unsubscribe"] {
                for params in [json!({}), json!({ "uri": 1 }), json!({ "uri": null }), json!({ "uri": ["room://1"] })] {
                    let answer = wire.ask(&request(revision, 1, method, params.clone())).await;
                    verdict.same(format!("{method} {params}"), &answer["error"]["code"], &json!(-32602));
                }
            }
            changes.resources().enable("room://floor/{number}").unwrap();
            assert_eq!(wire.hear_json().await, list_changed("resources", None));
            subscribe(&mut wire, revision, "room://floor/1").await;
            subscribe(&mut wire, revision, "room://floor/1").await;
            let answer = ask(&mut wire, revision, "resources/subscribe", "room://1").await;
            verdict.same("too many", &answer["error"]["code"], &json!(-32602));
            wire.close().await;
        }
    });
}

#[test]
fn updates_are_told_until_the_client_has_unsubscribed() {
    run(async {
        for revision in LEGACY {
            let (server, changes) = server();
            let mut wire = Wire::open_in(revision, server).await;
            changes.updated("room://1").unwrap();
            for uri in ["ROOM://1", "room://floor/7"] {
                subscribe(&mut wire, revision, uri).await;
            }
            stays_silent(&mut wire, "it was updated before").await;
            changes.updated("room://1").unwrap();
            assert_eq!(wire.hear_json().await, updated("ROOM://1", None), "as the client writes it, {revision}");
            changes.updated("room://floor/8").unwrap();
            changes.updated("room://floor/7").unwrap();
            assert_eq!(wire.hear_json().await, updated("room://floor/7", None), "{revision}");
            let answer = ask(&mut wire, revision, "resources/unsubscribe", "ROOM://1").await;
            assert_eq!(answer["result"], json!({}), "{revision}");
            changes.updated("room://1").unwrap();
            changes.updated("room://floor/7").unwrap();
            assert_eq!(wire.hear_json().await, updated("room://floor/7", None), "{revision}");
            stays_silent(&mut wire, revision).await;
            wire.close().await;
        }
    });
}

#[test]
fn a_new_session_begins_with_nothing() {
    run(async {
        let (server, changes) = server();
        let mut wire = Wire::open_in("2025-03-26", server).await;
        let batch = json!([request("2025-03-26", 1, "resources/subscribe", json!({ "uri": "room://1" }))]);
        assert_eq!(wire.ask(&batch).await, json!([{ "jsonrpc": "2.0", "id": 1, "result": {} }]));
        changes.updated("room://1").unwrap();
        assert_eq!(wire.hear_json().await, updated("room://1", None));
        wire.ask(&initialize("2025-11-25")).await;
        changes.updated("room://1").unwrap();
        stays_silent(&mut wire, "nobody has subscribed").await;
        changes.tools().announce();
        assert_eq!(wire.hear_json().await, list_changed("tools", None));
        wire.close().await;
    });
}
