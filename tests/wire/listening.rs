//! `subscriptions/listen` (2026-07-28, Subscriptions).

use std::time::{Duration, Instant};

use mcp_runtime::{Changes, Server, items, tool};
use serde_json::{Value, json};

use crate::common::{LEGACY, MODERN, Verdict, Wire, answers, call, request, run};
use crate::offered::{
    TOLD, acknowledged, closed, everything, hear, list_changed, listen, of, server, sorted, stays_silent, updated,
};

#[tool]
async fn lone(changes: &Changes) {
    changes.tools().announce();
}

#[test]
fn what_is_accepted_is_acknowledged_first() {
    let all = everything(&["room://1", "config://app", "room://floor/7", "room://none", "no URI", "ROOM://1"]);
    let rows = [
        (json!({}), json!({})),
        (json!({ "toolsListChanged": true }), json!({ "toolsListChanged": true })),
        (json!({ "toolsListChanged": false, "promptsListChanged": null }), json!({})),
        (all, everything(&["room://1", "room://floor/7", "ROOM://1"])),
        (json!({ "resourceSubscriptions": [] }), json!({ "resourceSubscriptions": [] })),
        (json!({ "resourceSubscriptions": null }), json!({})),
        (json!({ "resourceSubscriptions": ["config://app"] }), json!({ "resourceSubscriptions": [] })),
        (
            json!({ "resourceSubscriptions": ["room://1", "room://1"] }),
            json!({ "resourceSubscriptions": ["room://1"] }),
        ),
        (json!({ "tasksChanged": true, "promptsListChanged": true }), json!({ "promptsListChanged": true })),
    ];
    let mut verdict = Verdict::default();
    run(async {
        let (server, _changes) = server();
        let mut wire = Wire::open(server);
        for (number, (asked, accepted)) in rows.iter().enumerate() {
            for id in [json!(number), json!(format!("listen \"{number}\"\n"))] {
                let heard = wire.ask(&listen(id.clone(), asked.clone())).await;
                verdict.same(asked, &heard, &acknowledged(&id, accepted));
            }
        }
        stays_silent(&mut wire, "nothing has changed").await;
        wire.close().await;
        // What a server does not have is left out.
        let mut wire = Wire::open(of(&items![lone]).0);
        let heard = wire.ask(&listen(1, everything(&["room://1"]))).await;
        verdict.same("only tools", &heard, &acknowledged(&json!(1), &json!({ "toolsListChanged": true })));
        wire.close().await;
    });
}

#[test]
fn wrong_filters_are_refused() {
    let mut verdict = Verdict::default();
    run(async {
        let (server, changes) = server();
        let mut wire = Wire::open(server.subscriptions(2));
        let three = ["room://1", "room://floor/1", "room://floor/2"];
        for (notifications, word) in [
            (Value::Null, "notifications"),
            (json!([]), "object"),
            (json!("tools"), "object"),
            (json!({ "toolsListChanged": "true" }), "toolsListChanged"),
            (json!({ "promptsListChanged": 1 }), "promptsListChanged"),
            (json!({ "resourcesListChanged": {} }), "resourcesListChanged"),
            (json!({ "resourceSubscriptions": "room://1" }), "resourceSubscriptions"),
            (json!({ "resourceSubscriptions": ["room://1", 1] }), "resourceSubscriptions"),
            (json!({ "resourceSubscriptions": { "room://1": true } }), "resourceSubscriptions"),
            (json!({ "toolsListChanged": true, "resourceSubscriptions": three }), "2 resources"),
        ] {
            let answer = wire.ask(&listen(1, notifications.clone())).await;
            verdict.same(&notifications, &answer["error"]["code"], &json!(-32602));
            verdict.same(&notifications, &answer["id"], &json!(1));
            let message = answer["error"]["message"].as_str().unwrap_or_default();
            verdict.that(&notifications, message.contains(word), &answer);
        }
        let none = wire.ask(&request(MODERN, 1, "subscriptions/listen", json!({}))).await;
        verdict.same("no filter", &none["error"]["code"], &json!(-32602));
        changes.tools().announce();
        changes.updated("room://1").unwrap();
        stays_silent(&mut wire, "nobody listens").await;
        // Those that are not watched take no room.
        let some = ["room://1", "config://app", "room://floor/1", "x"];
        let heard = wire.ask(&listen(1, json!({ "resourceSubscriptions": some }))).await;
        let accepted = json!({ "resourceSubscriptions": ["room://1", "room://floor/1"] });
        verdict.same("two of four", &heard, &acknowledged(&json!(1), &accepted));
        wire.close().await;
    });
}

/// (2026-07-28, Subscriptions, Multiple Concurrent Subscriptions.)
#[test]
fn everybody_hears_what_they_asked_for() {
    run(async {
        let (server, changes) = server();
        let mut wire = Wire::open(server);
        let [tools, rest, text, nothing] = [json!(1), json!(2), json!("1"), json!("")];
        for (id, filter) in [
            (&tools, json!({ "toolsListChanged": true })),
            (&rest, json!({ "promptsListChanged": true, "resourceSubscriptions": ["room://floor/7", "room://1"] })),
            (&text, json!({ "resourcesListChanged": true, "resourceSubscriptions": ["ROOM://1"] })),
            (&nothing, json!({})),
        ] {
            let heard = wire.ask(&listen(id.clone(), filter.clone())).await;
            assert_eq!(heard, acknowledged(id, &filter));
        }
        for _ in 0..3 {
            changes.tools().announce();
            changes.prompts().announce();
            changes.resources().announce();
            changes.updated("room://1").unwrap();
            changes.updated("room://floor/8").unwrap();
            changes.updated("config://app").unwrap_err();
            let expected = [
                list_changed("tools", Some(&tools)),
                list_changed("prompts", Some(&rest)),
                list_changed("resources", Some(&text)),
                updated("room://1", Some(&rest)),
                updated("ROOM://1", Some(&text)),
            ];
            assert_eq!(hear(&mut wire, 5).await, sorted(expected.to_vec()));
            stays_silent(&mut wire, "it is told once").await;
        }
        wire.close().await;
    });
}

/// A listener is a request in flight like any other, and does not hold up the others.
#[test]
fn who_listens_is_in_flight() {
    run(async {
        let (server, changes) = server();
        let mut wire = Wire::open(server.in_flight(2).timeout(Duration::from_millis(20)));
        for id in [1, 2] {
            wire.ask(&listen(id, json!({ "toolsListChanged": true }))).await;
        }
        let twice = wire.ask(&listen(1, json!({}))).await;
        assert_eq!(twice["error"]["code"], -32600, "{twice}");
        let busy = wire.ask(&listen(3, json!({}))).await;
        assert_eq!((&busy["id"], &busy["error"]["code"]), (&json!(3), &json!(-32603)), "{busy}");
        let busy = wire.ask(&call(MODERN, 3, "add", json!({ "a": 1, "b": 2 }))).await;
        assert_eq!(busy["error"]["code"], -32603, "{busy}");
        stays_silent(&mut wire, "it has no limit of time").await;
        wire.say(cancelled(&json!(2))).await;
        let sum = wire.ask(&call(MODERN, 3, "add", json!({ "a": 1, "b": 2 }))).await;
        assert_eq!(sum["result"]["content"][0]["text"], "3", "{sum}");
        changes.tools().announce();
        assert_eq!(wire.hear_json().await, list_changed("tools", Some(&json!(1))));
        wire.close().await;
    });
}

fn cancelled(id: &Value) -> String {
    json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } }).to_string()
}

#[test]
fn who_cancels_hears_nothing_more() {
    run(async {
        let (server, changes) = server();
        let mut wire = Wire::open(server);
        let (number, text) = (json!(1), json!("1"));
        for round in 0..3 {
            for id in [&number, &text] {
                let heard = wire.ask(&listen(id.clone(), everything(&["room://1"]))).await;
                assert_eq!(heard, acknowledged(id, &everything(&["room://1"])), "{round}");
            }
            // Changed already when it is cancelled.
            changes.tools().announce();
            wire.say(cancelled(&number)).await;
            stays_until(&mut wire, &text).await;
            changes.updated("room://1").unwrap();
            assert_eq!(wire.hear_json().await, updated("room://1", Some(&text)), "{round}");
            wire.say(cancelled(&text)).await;
            wire.is_silent("cancelled").await;
            changes.tools().announce();
            changes.updated("room://1").unwrap();
            stays_silent(&mut wire, "nobody listens").await;
        }
        assert_eq!(wire.close().await, Vec::<String>::new(), "what was cancelled is not answered");
    });
}

/// Reads until this one has been told; the other may have been told before it was cancelled.
async fn stays_until(wire: &mut Wire, id: &Value) {
    loop {
        let heard = wire.hear_json().await;
        assert_eq!(heard["method"], "notifications/tools/list_changed", "{heard}");
        if heard == list_changed("tools", Some(id)) {
            break;
        }
    }
    tokio::time::sleep(TOLD).await;
}

/// (2026-07-28, Subscriptions, Graceful Closure.) It does not wait for the deadline of calls.
#[test]
fn who_listens_is_told_of_the_end() {
    run(async {
        let ids = [json!(1), json!("two")];
        for change in [false, true] {
            let (server, changes) = server();
            let mut wire = Wire::open(server.drain(Duration::from_secs(60)));
            for id in &ids {
                wire.ask(&listen(id.clone(), json!({ "toolsListChanged": true }))).await;
            }
            if change {
                changes.tools().announce();
                hear(&mut wire, 2).await;
            }
            let began = Instant::now();
            let last = wire.close().await.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(sorted(last), sorted(ids.iter().map(closed).collect()), "{change}");
            assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        }
    });
}

#[test]
fn the_end_comes_while_calls_go_on() {
    run(async {
        let (server, _changes) = server();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let mut wire = Wire::open(server.until(async { drop(ended.await) }));
        wire.ask(&listen(1, json!({ "toolsListChanged": true }))).await;
        wire.say(call(MODERN, 2, "nap", json!({ "ms": 300 })).to_string()).await;
        wire.is_silent("the call runs").await;
        drop(end);
        assert_eq!(wire.hear_json().await, closed(&json!(1)));
        assert_eq!(wire.hear_json().await["result"]["content"][0]["text"], "300");
        wire.close().await;
    });
}

#[test]
fn who_asks_last_is_answered_too() {
    run(async {
        let (server, _changes) = server();
        let lines = [listen(1, json!({ "toolsListChanged": true })), listen("2", json!({}))];
        let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let heard: Vec<Value> =
            answers(server, input.as_bytes()).await.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        for (id, accepted) in [(json!(1), json!({ "toolsListChanged": true })), (json!("2"), json!({}))] {
            let first = heard.iter().position(|message| *message == acknowledged(&id, &accepted));
            let last = heard.iter().position(|message| *message == closed(&id));
            assert!(first.is_some() && first < last, "{id}: {heard:?}");
        }
        assert_eq!(heard.len(), 4, "{heard:?}");
    });
}

/// Each era has its own way to hear of changes, also on one pipe.
#[test]
fn it_is_not_there_in_earlier_revisions() {
    run(async {
        for revision in LEGACY {
            let (server, changes) = server();
            let mut wire = Wire::open_in(revision, server).await;
            let params = json!({ "notifications": { "toolsListChanged": true }, "uri": "room://1" });
            let refused = wire.ask(&request(revision, 1, "subscriptions/listen", params.clone())).await;
            assert_eq!(refused["error"]["code"], -32601, "{revision}: {refused}");
            for method in ["resources/subscribe", "resources/unsubscribe"] {
                let refused = wire.ask(&request(MODERN, 1, method, params.clone())).await;
                assert_eq!(refused["error"]["code"], -32601, "{method} beside {revision}: {refused}");
            }
            wire.ask(&listen("m", json!({ "toolsListChanged": true }))).await;
            changes.tools().announce();
            let expected = vec![list_changed("tools", None), list_changed("tools", Some(&json!("m")))];
            assert_eq!(hear(&mut wire, 2).await, sorted(expected), "{revision}");
            wire.close().await;
        }
    });
}

/// A change is told from wherever it comes.
#[test]
fn anybody_may_change_something() {
    run(async {
        let (server, changes) = server();
        let mut wire = Wire::open(server);
        let id = json!(1);
        wire.ask(&listen(id.clone(), everything(&["room://1"]))).await;
        wire.say(call(MODERN, 2, "heat", json!({})).to_string()).await;
        let (first, second) = (wire.hear_json().await, wire.hear_json().await);
        let (told, answer) = if first["id"] == 2 { (second, first) } else { (first, second) };
        assert_eq!(told, updated("room://1", Some(&id)), "from a function that blocks");
        assert_eq!(answer["result"]["content"][0]["text"], "warmer");
        let cloned = changes.clone();
        std::thread::spawn(move || cloned.prompts().announce()).join().unwrap();
        assert_eq!(wire.hear_json().await, list_changed("prompts", Some(&id)), "from another thread");
        wire.close().await;
    });
    // Nobody is there any more, or not yet.
    let (server, changes) = server();
    changes.updated("room://1").unwrap();
    drop(server);
    changes.tools().announce();
}

#[test]
fn a_hook_finds_changes_only_where_something_can_change() {
    run(async {
        for is_held in [false, true] {
            let server = Server::new("test", "1.0.0").items(crate::offered::items().into_iter().take(2));
            let held = is_held.then(|| server.changes());
            let server = server.on_start(move |state| async move {
                assert_eq!(state.of::<Changes>().is_some(), is_held);
            });
            Wire::open(server).close().await;
            drop(held);
        }
    });
}
