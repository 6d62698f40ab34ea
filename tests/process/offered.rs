//! What `torture` offers: other tests, and those of others, rely on it.

use serde_json::{Value, json};

use crate::torture::{Torture, command, request};

/// Each tool: its arguments with their types, those that are required, a call, and what it says.
fn tools() -> [(&'static str, Value, Value, Value, &'static str); 14] {
    let (ms, none) = (json!({ "ms": "integer" }), json!({}));
    let message = json!({ "message": "string" });
    let hello = json!({ "message": "hello" });
    [
        ("echo", message.clone(), json!(["message"]), hello.clone(), "hello"),
        (
            "typed",
            json!({ "count": "integer", "label": "string" }),
            json!(["count"]),
            json!({ "count": 100 }),
            "count=100",
        ),
        ("sleep", ms.clone(), json!(["ms"]), json!({ "ms": 1 }), "slept 1"),
        (
            "ticker",
            json!({ "ms": "integer", "key": "string" }),
            json!(["ms", "key"]),
            json!({ "ms": 1, "key": "k" }),
            "ticked",
        ),
        ("ticks", json!({ "key": "string" }), json!(["key"]), json!({ "key": "k" }), "1"),
        ("stubborn", ms.clone(), json!(["ms"]), json!({ "ms": 1 }), "stubborn done"),
        ("hang", none, Value::Null, Value::Null, ""),
        ("block", ms.clone(), json!(["ms"]), json!({ "ms": 1 }), "unblocked"),
        ("panic", message.clone(), json!(["message"]), hello.clone(), "-32603"),
        ("fail", message, json!(["message"]), hello, "hello"),
        (
            "progress",
            json!({ "steps": "integer", "delay_ms": "integer" }),
            json!(["steps", "delay_ms"]),
            json!({ "steps": 2, "delay_ms": 1 }),
            "done",
        ),
        (
            "pollute",
            json!({ "text": "string", "newline": "boolean" }),
            json!(["text", "newline"]),
            json!({ "text": "x", "newline": true }),
            "polluted",
        ),
        ("big", json!({ "bytes": "integer" }), json!(["bytes"]), json!({ "bytes": 5 }), "xxxxx"),
        ("timeout_me", ms, json!(["ms"]), json!({ "ms": 60_000 }), "timed out after 0.5 s"),
    ]
}

#[test]
fn every_tool_is_there_and_does_what_it_says() {
    let mut server = Torture::start();
    let id = server.ask("tools/list", json!({}));
    let list = server.answer(id)["result"]["tools"].clone();
    for (name, arguments, required, call, said) in tools() {
        let tool = list.as_array().unwrap().iter().find(|tool| tool["name"] == name);
        let schema = &tool.unwrap_or_else(|| panic!("there is no tool `{name}`"))["inputSchema"];
        let none = serde_json::Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&none);
        let types: Value = properties.iter().map(|(key, of)| (key.clone(), of["type"].clone())).collect();
        assert_eq!((&types, &schema["required"]), (&arguments, &required), "{name}");
        if !call.is_null() {
            let id = server.call(name, call);
            let answer = server.answer(id).to_string();
            assert!(answer.contains(said), "{name}: {answer}");
            assert_eq!(answer.contains(r#""isError":true"#), name == "fail", "{name}: {answer}");
        }
    }
    let count = list.as_array().unwrap().iter().find(|tool| tool["name"] == "typed").unwrap();
    let count = &count["inputSchema"]["properties"]["count"];
    assert_eq!((&count["minimum"], &count["maximum"]), (&json!(1), &json!(100)), "{count}");
}

#[test]
fn its_files_can_be_read() {
    let mut command = command();
    command.env("TORTURE_FILES", env!("CARGO_MANIFEST_DIR"));
    let mut server = Torture::spawn(command);
    server.send(&request(0, "initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {} })));
    server.answer(0);
    let id = server.ask("resources/read", json!({ "uri": "torture://files/clippy.toml" }));
    let file = server.answer(id)["result"]["contents"][0]["text"].clone();
    assert_eq!(file, include_str!("../../clippy.toml"));
    for uri in ["torture://files/none", "torture://files/..%2fclippy.toml", "torture://files/tests/ui.rs"] {
        let id = server.ask("resources/read", json!({ "uri": uri }));
        assert_eq!(server.answer(id)["error"]["code"], -32002, "{uri}");
    }
}

#[test]
fn it_speaks_every_revision() {
    for revision in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let mut server = Torture::spawn(command());
        server.send(&request(0, "initialize", json!({ "protocolVersion": revision, "capabilities": {} })));
        assert_eq!(server.answer(0)["result"]["protocolVersion"], revision);
        let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {} });
        let id = server.ask("server/discover", json!({ "_meta": meta }));
        assert_eq!(server.answer(id)["result"]["supportedVersions"][0], "2026-07-28");
    }
}
