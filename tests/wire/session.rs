//! Opening, exact bytes, context and pages.

use mcp_runtime::{Server, items, prompt, tool};
use serde_json::{Value, json};

use crate::common::{LEGACY, MODERN, REVISIONS, Wire, at, cacheable, initialize, request, run, same};
use crate::fixture::server;
use crate::transcripts::tools;

fn described() -> Server {
    server().title("Test").description("Tests.").website("https://example.com").instructions("Be kind.")
}

#[test]
fn opening() {
    run(async {
        for revision in LEGACY {
            let mut wire = Wire::open(described());
            let answer = wire.ask(&initialize(revision)).await;
            let expected = json!({ "jsonrpc": "2.0", "id": "open", "result": {
                "protocolVersion": revision,
                "capabilities": { "tools": {}, "resources": {}, "prompts": {}, "completions@2025-03-26": {} },
                "serverInfo": {
                    "name": "test", "version": "1.0.0", "title@2025-06-18": "Test",
                    "description@2025-11-25": "Tests.", "websiteUrl@2025-11-25": "https://example.com",
                },
                "instructions": "Be kind.",
            }});
            same(revision, &answer, &at(revision, &expected));
            wire.close().await;
        }
        let mut wire = Wire::open(described());
        let answer = wire.ask(&request(MODERN, 1, "server/discover", Value::Null)).await;
        let mut expected = cacheable(
            MODERN,
            &json!({
                "supportedVersions": ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"],
                "capabilities": { "tools": {}, "resources": {}, "prompts": {}, "completions": {} },
                "instructions": "Be kind.",
            }),
        );
        expected["_meta"]["io.modelcontextprotocol/serverInfo"] = json!({
            "name": "test", "version": "1.0.0", "title": "Test", "description": "Tests.", "websiteUrl": "https://example.com",
        });
        same(MODERN, &answer["result"], &expected);
        wire.close().await;
    });
}

/// Where bytes matter: ids come back as they were sent, and the order of fields is always the same.
#[test]
fn exact_bytes() {
    const RESULT: &str = r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","content":[{"type":"text","text":"3"}],"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"test","version":"1.0.0"}}}}"#;
    let legacy = [
        (r#"{"jsonrpc":"2.0","id":0,"method":"ping"}"#, r#"{"jsonrpc":"2.0","id":0,"result":{}}"#),
        (r#"{"jsonrpc":"2.0","id":-5,"method":"ping","params":{}}"#, r#"{"jsonrpc":"2.0","id":-5,"result":{}}"#),
        (r#"{"jsonrpc":"2.0","id":"","method":"ping"}"#, r#"{"jsonrpc":"2.0","id":"","result":{}}"#),
        (r#"{"jsonrpc":"2.0","id":"ü\n\"","method":"ping"}"#, r#"{"jsonrpc":"2.0","id":"ü\n\"","result":{}}"#),
        (r#"{"jsonrpc":"2.0","id":"1","method":"ping"}"#, r#"{"jsonrpc":"2.0","id":"1","result":{}}"#),
        (
            r#"{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":9007199254740993,"result":{}}"#,
        ),
        (
            r#"{"jsonrpc":"2.0","id":99999999999999999999999,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":99999999999999999999999,"result":{}}"#,
        ),
        ("  {\"method\" : \"ping\",\t\"id\":1 ,\"jsonrpc\":\"2.0\" }\r", r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
        (r#"{"jsonrpc":"2.0","id":1,"method":"\u0070ing"}"#, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","more":[1,{"id":2}]}"#, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"nothing"}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"unknown method `nothing`"}}"#,
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2}}}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"3"}]}}"#,
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#,
            RESULT,
        ),
    ];
    run(async {
        let mut wire = Wire::open_in("2025-06-18", server()).await;
        for (line, expected) in legacy {
            assert_eq!(wire.exchange(line).await, expected, "{line}");
        }
        for _ in 0..3 {
            wire.say("").await;
            wire.say("  \t\r").await;
        }
        wire.is_silent("empty lines").await;
        wire.close().await;
    });
}

/// What a function sees of the client.
#[test]
fn context() {
    run(async {
        let mut wire = Wire::open(server());
        let mut opening = initialize("2025-03-26");
        opening["params"]["capabilities"] = json!({ "sampling": {} });
        wire.ask(&opening).await;
        let answer = wire.ask(&request("2025-03-26", "x\"y", "tools/call", json!({ "name": "who" }))).await;
        assert_eq!(answer["result"]["content"][0]["text"], r#"test/"x\"y"/2025-03-26/true"#);
        let mut modern = request(MODERN, 8, "tools/call", json!({ "name": "who" }));
        modern["params"]["_meta"]["io.modelcontextprotocol/clientInfo"] = json!({ "name": "new", "version": "2" });
        let answer = wire.ask(&modern).await;
        assert_eq!(answer["result"]["content"][0]["text"], "new/8/2026-07-28/false");
        wire.close().await;
    });
}

/// Pages are as long as they may be, and lead to each other.
#[test]
fn pages() {
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server().page_size(5)).await;
            let (mut names, mut lengths, mut cursor) = (Vec::new(), Vec::new(), Value::Null);
            loop {
                let answer = wire.ask(&request(revision, 1, "tools/list", json!({ "cursor": cursor }))).await;
                let page = answer["result"]["tools"].as_array().unwrap();
                lengths.push(page.len());
                names.extend(page.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()));
                cursor = answer["result"]["nextCursor"].clone();
                if cursor.is_null() {
                    assert!(answer["result"].get("nextCursor").is_none(), "{answer}");
                    break;
                }
                let foreign = wire.ask(&request(revision, 2, "prompts/list", json!({ "cursor": cursor }))).await;
                assert_eq!(foreign["error"]["code"], -32602, "{foreign}");
            }
            assert_eq!(lengths, [5, 5, 3], "{revision}");
            let all = at(revision, &tools());
            let all: Vec<_> = all.as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
            assert_eq!(names, all, "{revision}");
            wire.close().await;
        }
    });
}

#[tool(name = "a")]
async fn tool_a() {}

#[tool(name = "b")]
async fn tool_b() {}

#[prompt(name = "a")]
async fn prompt_a() -> &'static str {
    "a"
}

#[prompt(name = "b")]
async fn prompt_b() -> &'static str {
    "b"
}

/// A cursor belongs to its list, also if another has the same names, and to its size of page.
#[test]
fn cursors() {
    run(async {
        let server =
            |size| Server::new("test", "1.0.0").items(items![tool_a, tool_b, prompt_a, prompt_b]).page_size(size);
        let mut wire = Wire::open(server(1));
        let first = wire.ask(&request(MODERN, 1, "tools/list", json!({}))).await;
        let cursor = json!({ "cursor": first["result"]["nextCursor"] });
        let second = wire.ask(&request(MODERN, 1, "tools/list", cursor.clone())).await;
        assert_eq!(second["result"]["tools"][0]["name"], "b");
        let foreign = wire.ask(&request(MODERN, 1, "prompts/list", cursor.clone())).await;
        assert_eq!(foreign["error"]["code"], -32602, "{foreign}");
        wire.close().await;
        // Another process of the same server understands it; one that cuts its pages elsewhere does not.
        let mut wire = Wire::open(server(1));
        assert_eq!(wire.ask(&request(MODERN, 1, "tools/list", cursor.clone())).await["result"], second["result"]);
        wire.close().await;
        let mut wire = Wire::open(server(2));
        assert_eq!(wire.ask(&request(MODERN, 1, "tools/list", cursor)).await["error"]["code"], -32602);
        wire.close().await;
    });
}
