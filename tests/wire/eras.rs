//! Two eras on one pipe, and how a client gets into one.

use serde_json::{Value, json};

use crate::common::{LEGACY, MODERN, Verdict, Wire, call, initialize, request, run};
use crate::fixture::server;

const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const CLIENT: &str = "io.modelcontextprotocol/clientInfo";

#[test]
fn interleaved() {
    run(async {
        let mut wire = Wire::open(server());
        let modern = |id: i64| call(MODERN, id, "numbers", json!({}));
        // Modern before any session, then beside one, then beside another.
        let answer = wire.ask(&modern(1)).await;
        assert_eq!(answer["result"]["structuredContent"], json!([1, 2]));
        for revision in LEGACY {
            let opened = wire.ask(&initialize(revision)).await;
            assert_eq!(opened["result"]["protocolVersion"], revision, "a session can be opened anew");
            for id in 0..3 {
                let answer = wire.ask(&call(revision, id, "numbers", json!({}))).await;
                assert!(answer["result"].get("resultType").is_none(), "{answer}");
                let structured = (revision >= "2025-06-18").then(|| json!({ "result": [1, 2] }));
                assert_eq!(answer["result"].get("structuredContent"), structured.as_ref(), "{revision}");
                let answer = wire.ask(&modern(id)).await;
                assert_eq!(answer["result"]["structuredContent"], json!([1, 2]), "{revision}");
                assert_eq!(answer["result"]["resultType"], "complete");
            }
        }
        // They share the ids of the pipe.
        wire.say(call("2025-11-25", 1, "nap", json!({ "ms": 40 })).to_string()).await;
        assert_eq!(wire.ask(&modern(1)).await["error"]["code"], -32600);
        assert_eq!(wire.hear_json().await["result"]["content"][0]["text"], "40");
        assert_eq!(wire.close().await, [""; 0]);
    });
}

#[test]
fn what_a_modern_request_must_say() {
    let full = || json!({ VERSION: MODERN, CAPABILITIES: {}, CLIENT: { "name": "c", "version": "1" } });
    let without = |key: &str| {
        let mut meta = full();
        meta.as_object_mut().unwrap().remove(key);
        meta
    };
    let with = |key: &str, value: Value| {
        let mut meta = full();
        meta[key] = value;
        meta
    };
    let rows = [
        ("all", full(), None),
        ("no client", without(CLIENT), None),
        ("something else beside", with("progressToken", json!(1)), None),
        ("no version", without(VERSION), Some((-32602, VERSION))),
        ("no capabilities", without(CAPABILITIES), Some((-32602, CAPABILITIES))),
        ("only a client", json!({ CLIENT: {} }), Some((-32602, VERSION))),
        ("a version that is no string", with(VERSION, json!(20_260_728)), Some((-32602, VERSION))),
        ("null as version", with(VERSION, json!(null)), Some((-32602, VERSION))),
        ("capabilities that are no object", with(CAPABILITIES, json!([])), Some((-32602, CAPABILITIES))),
        ("null as capabilities", with(CAPABILITIES, json!(null)), Some((-32602, CAPABILITIES))),
        ("a client that is no object", with(CLIENT, json!("me")), Some((-32602, CLIENT))),
        ("an empty _meta", json!({}), Some((-32602, VERSION))),
        ("a _meta of somebody else", json!({ "progressToken": 1 }), Some((-32602, VERSION))),
        ("a _meta that is no object", json!(5), Some((-32602, "_meta"))),
        ("null as _meta", json!(null), Some((-32602, "_meta"))),
        ("an unknown version", with(VERSION, json!("2030-01-01")), Some((-32022, "2030-01-01"))),
        ("a legacy version", with(VERSION, json!("2025-11-25")), Some((-32022, "2025-11-25"))),
        ("an empty version", with(VERSION, json!("")), Some((-32022, "``"))),
    ];
    let mut wrong = Verdict::default();
    run(async {
        let mut wire = Wire::open(server());
        for (case, meta, refusal) in rows {
            for (method, params) in [
                ("server/discover", json!({})),
                ("tools/list", json!({})),
                ("tools/call", json!({ "name": "numbers" })),
            ] {
                let mut params = params;
                params["_meta"] = meta.clone();
                let answer = wire.ask(&request(MODERN, 1, method, params)).await;
                let Some((code, word)) = refusal else {
                    wrong.that(format_args!("{case}: {method}"), answer["result"]["resultType"] == "complete", &answer);
                    continue;
                };
                wrong.that(
                    format_args!("{case}: {method}"),
                    answer["error"]["code"] == code && answer["id"] == 1,
                    &answer,
                );
                let said = answer["error"]["message"].as_str().unwrap_or_default();
                wrong.that(format_args!("{case}: {method}: words"), said.contains(word), &answer);
                if code == -32022 {
                    let data = json!({
                        "supported": ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"],
                        "requested": meta[VERSION],
                    });
                    wrong.same(format_args!("{case}: {method}: data"), &answer["error"]["data"], &data);
                }
            }
        }
        // The version is looked at first: it says what the method means.
        for method in ["nope", "initialize", "ping", "resources/subscribe"] {
            let params = json!({ "_meta": with(VERSION, json!("v999.0.0")) });
            let answer = wire.ask(&request(MODERN, 1, method, params)).await;
            wrong.that(format_args!("{method} in an unknown version"), answer["error"]["code"] == -32022, &answer);
        }
        let long = "v".repeat(500);
        let answer = wire.ask(&request(MODERN, 1, "tools/list", json!({ "_meta": with(VERSION, json!(long)) }))).await;
        wrong.same("the whole version", &answer["error"]["data"]["requested"], &json!(long));
        let none = wire.exchange(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).await;
        wrong.that("no params at all", none.contains("-32602") && none.contains("initialize"), none);
        wire.close().await;
    });
}

/// `_meta` is older than the terms in it: for a session it is what it always was.
#[test]
fn meta_of_a_session() {
    run(async {
        for revision in LEGACY {
            let mut wire = Wire::open_in(revision, server()).await;
            for meta in
                [json!({}), json!({ "progressToken": 1 }), json!({ "com.example/a": [1], "progressToken": "t" })]
            {
                let answer =
                    wire.ask(&request(revision, 1, "tools/call", json!({ "name": "report", "_meta": meta }))).await;
                assert!(answer["result"]["content"].is_array(), "{meta} in {revision}: {answer}");
                assert!(answer["result"].get("resultType").is_none(), "{meta} in {revision}: {answer}");
            }
            let modern = json!({ VERSION: MODERN });
            let answer =
                wire.ask(&request(revision, 1, "tools/call", json!({ "name": "report", "_meta": modern }))).await;
            assert_eq!(answer["error"]["code"], -32602, "half of the terms are none: {answer}");
            wire.close().await;
        }
    });
}

#[test]
fn what_modern_clients_cannot_ask() {
    let legacy =
        ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "unknown/method"];
    let mut wrong = Verdict::default();
    run(async {
        for session in [None, Some("2025-03-26"), Some("2025-11-25")] {
            let mut wire = match session {
                Some(revision) => Wire::open_in(revision, server()).await,
                None => Wire::open(server()),
            };
            for method in legacy {
                let answer = wire
                    .ask(&request(
                        MODERN,
                        1,
                        method,
                        json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {} }),
                    ))
                    .await;
                wrong.that(format_args!("{method} beside {session:?}"), answer["error"]["code"] == -32601, &answer);
            }
            let answer = wire.ask(&request("2025-11-25", 1, "server/discover", json!({}))).await;
            let code = if session.is_some() { -32601 } else { -32602 };
            wrong.that(
                format_args!("discovery without terms beside {session:?}"),
                answer["error"]["code"] == code,
                &answer,
            );
            wire.is_silent("a ping without terms is legacy").await;
            wire.close().await;
        }
    });
}

#[test]
fn version_negotiation() {
    run(async {
        for (asked, settled) in [
            ("2024-11-05", "2024-11-05"),
            ("2025-03-26", "2025-03-26"),
            ("2025-06-18", "2025-06-18"),
            ("2025-11-25", "2025-11-25"),
            ("2026-07-28", "2025-11-25"),
            ("2030-01-01", "2025-11-25"),
            ("2024-10-07", "2025-11-25"),
            ("", "2025-11-25"),
            ("latest", "2025-11-25"),
        ] {
            let mut wire = Wire::open(server());
            let opened = wire.ask(&initialize(asked)).await;
            assert_eq!(opened["result"]["protocolVersion"], settled, "{asked}");
            let tools = wire.ask(&request(settled, 1, "tools/list", json!({}))).await;
            assert_eq!(tools["result"]["tools"][0].get("title").is_some(), settled >= "2025-06-18", "{asked}");
            wire.close().await;
        }
    });
}

#[test]
fn what_initialize_must_say() {
    let good = || initialize("2025-06-18")["params"].clone();
    let with = |key: &str, value: Value| {
        let mut params = good();
        params[key] = value;
        params
    };
    let rows = [
        ("no version", json!({ "capabilities": {}, "clientInfo": {} }), Some("protocolVersion")),
        ("a number as version", with("protocolVersion", json!(1)), Some("protocolVersion")),
        ("null as version", with("protocolVersion", json!(null)), Some("protocolVersion")),
        ("capabilities that are no object", with("capabilities", json!([])), Some("capabilities")),
        ("a client that is no object", with("clientInfo", json!("me")), Some("clientInfo")),
        ("no params", json!({}), Some("protocolVersion")),
        ("nothing but a version", json!({ "protocolVersion": "2025-06-18" }), None),
        ("more than is known", with("more", json!([1])), None),
    ];
    run(async {
        for (case, params, refusal) in rows {
            let mut wire = Wire::open(server());
            let answer =
                wire.ask(&json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params })).await;
            let opened = wire.ask(&request("2025-06-18", 2, "tools/list", json!({}))).await;
            match refusal {
                Some(word) => {
                    assert_eq!(answer["error"]["code"], -32602, "{case}: {answer}");
                    assert!(answer["error"]["message"].as_str().unwrap().contains(word), "{case}: {answer}");
                    assert_eq!(opened["error"]["code"], -32602, "{case}: nothing was opened");
                }
                None => {
                    assert_eq!(answer["result"]["protocolVersion"], "2025-06-18", "{case}: {answer}");
                    assert!(opened["result"]["tools"].is_array(), "{case}: {opened}");
                }
            }
            wire.close().await;
        }
    });
}

/// Without a session and without terms nothing is answered but a ping.
#[test]
fn before_a_session() {
    run(async {
        let mut wire = Wire::open(server());
        for method in
            ["tools/list", "tools/call", "resources/list", "resources/read", "prompts/get", "completion/complete"]
        {
            let answer = wire.ask(&request("2025-06-18", 1, method, json!({ "name": "numbers" }))).await;
            assert_eq!(answer["error"]["code"], -32602, "{method}: {answer}");
            assert!(answer["error"]["message"].as_str().unwrap().contains("`initialize`"), "{method}: {answer}");
        }
        let answer = wire.ask(&request("2025-06-18", 1, "nothing", json!({}))).await;
        assert_eq!(answer["error"]["code"], -32601);
        wire.is_silent("a ping").await;
        wire.close().await;
    });
}
