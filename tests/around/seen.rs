//! What hooks see, what they may change, and how they refuse.

use std::sync::Arc;
use std::time::Duration;

use mcp_runtime::{Answer, Call, CallKind, Next, Server, ToolError};
use serde_json::json;

use crate::common::{self, MODERN, REVISIONS, Wire, call, request, run};
use crate::fixture::{Diary, calls, server, telling, told};

#[test]
fn answers_are_the_same_to_the_last_byte() {
    common::hush();
    run(async {
        for revision in REVISIONS {
            let mut bare = Wire::open_in(revision, server(&Diary::default())).await;
            let hooked = server(&Diary::default()).around(|call, next| async move { Ok(next.run(call).await) });
            let waiting = hooked.around(|call, next| async move {
                tokio::time::sleep(Duration::from_millis(1)).await;
                let answer = next.run(call).await;
                tokio::task::yield_now().await;
                Ok(answer)
            });
            let mut waiting = Wire::open_in(revision, waiting).await;
            let tarrying = server(&Diary::default()).around(|call, next| async move {
                let answer = next.run(call).await;
                tokio::time::sleep(Duration::from_millis(1)).await;
                Ok(answer)
            });
            let mut tarrying = Wire::open_in(revision, tarrying).await;
            for (method, params) in calls() {
                let line = request(revision, 1, method, params).to_string();
                let expected = bare.exchange(&line).await;
                assert_eq!(waiting.exchange(&line).await, expected, "{revision} {line}");
                assert_eq!(tarrying.exchange(&line).await, expected, "{revision} {line}");
            }
        }
    });
}

#[tokio::test]
async fn each_kind_of_call_is_seen_once_and_nothing_else_is() {
    let diary = Diary::default();
    let client = telling(server(&diary), "log").client().await.unwrap();
    for (method, params, expected) in [
        ("tools/call", json!({ "name": "divide", "arguments": { "a": 6, "b": 2 } }), "tool divide"),
        ("resources/read", json!({ "uri": "city://Oslo" }), "resource city://Oslo"),
        ("prompts/get", json!({ "name": "greet", "arguments": { "name": "Ann" } }), "prompt greet"),
        (
            "completion/complete",
            json!({ "ref": { "type": "ref/resource", "uri": "city://{name}" }, "argument": { "name": "name", "value": "" } }),
            "completion city://{name}",
        ),
    ] {
        client.request(method, params).await.unwrap();
        let mut lines = diary.read();
        lines.retain(|line| line != "divide");
        assert_eq!(lines, [&format!("log: {expected}"), "log: went well", "hook gone"]);
    }
    client.list("tools").await.unwrap();
    client.request("server/discover", json!({})).await.unwrap();
    assert_eq!(diary.read(), [""; 0]);
}

#[tokio::test]
async fn the_first_hook_is_the_outermost() {
    let diary = Diary::default();
    let server = telling(telling(server(&diary), "outer"), "inner");
    let client = server.client().await.unwrap();
    client.call("divide", json!({ "a": 6, "b": 0 })).await.unwrap();
    let expected = [
        "outer: tool divide",
        "inner: tool divide",
        "divide",
        "inner: failed",
        "hook gone",
        "outer: failed",
        "hook gone",
    ];
    assert_eq!(diary.read(), expected);
}

#[tokio::test]
async fn hooks_hear_how_a_call_ends() {
    let diary = Diary::default();
    let client = telling(server(&diary), "log").client().await.unwrap();
    for (method, params, ending) in [
        ("tools/call", json!({ "name": "fails" }), "log: failed"),
        ("tools/call", json!({ "name": "unknown" }), "log: failed"),
        ("tools/call", json!({ "name": "add", "arguments": { "a": "x" } }), "log: failed"),
        ("tools/call", json!({ "name": "sure" }), "log: failed"),
        ("resources/read", json!({ "uri": "config://other" }), "log: failed"),
        ("tools/call", json!({ "name": "add", "arguments": { "a": 1, "b": 2 } }), "log: went well"),
    ] {
        told(&client, method, params.clone()).await;
        assert_eq!(diary.read()[1], ending, "{params}");
    }
}

#[tokio::test]
async fn what_is_called_can_be_renamed_and_what_it_is_called_with_changed() {
    let diary = Diary::default();
    let client = server(&diary).around(|mut call, next| async move {
        if let Some(name) = call.name().strip_prefix("old-").map(str::to_owned) {
            call.rename(name);
        }
        if call.arguments().get("b") == Some(&json!(0)) {
            call.arguments_mut().insert("b".into(), json!(1));
        }
        Ok(next.run(call).await)
    });
    let client = client.client().await.unwrap();
    assert_eq!(client.call("old-divide", json!({ "a": 6, "b": 2 })).await.unwrap().text(), "3");
    assert_eq!(client.call("old-divide", json!({ "a": 6, "b": 0 })).await.unwrap().text(), "6");
    assert_eq!(client.call("old-add", json!({ "a": 1, "b": 2 })).await.unwrap().json()["structuredContent"]["sum"], 3);
    client.read("old-city://Oslo").await.unwrap().assert_text("Oslo is cold");
    client.prompt("old-greet", json!({ "name": "Ann" })).await.unwrap().assert_text("Greet Ann in 2026-07-28");
    for (reference, expected) in [
        (json!({ "type": "ref/prompt", "name": "old-greet" }), json!(["Bob"])),
        (json!({ "type": "ref/resource", "uri": "old-city://{name}" }), json!(["Oslo", "Rome"])),
    ] {
        let params = json!({ "ref": reference, "argument": { "name": "name", "value": "o" } });
        let completed = client.request("completion/complete", params).await.unwrap();
        assert_eq!(completed["completion"]["values"], expected, "{reference}");
    }
    let unknown = told(&client, "tools/call", json!({ "name": "old-dividing" })).await;
    assert_eq!(
        (&unknown["code"], &unknown["message"]),
        (&json!(-32602), &json!("unknown tool `dividing`; did you mean `divide`?"))
    );
}

#[tokio::test]
async fn changed_arguments_are_checked() {
    let client = server(&Diary::default()).around(|mut call, next| async move {
        call.arguments_mut().insert("b".into(), json!("two"));
        Ok(next.run(call).await)
    });
    let answer = client.client().await.unwrap().call("add", json!({ "a": 1, "b": 2 })).await.unwrap();
    assert!(answer.is_error() && answer.text().starts_with("invalid arguments for `add`:"), "{}", answer.text());
}

/// An authorizing hook must not be shown less than the function gets.
#[test]
fn hooks_see_every_argument_whatever_its_form() {
    let diary = Diary::default();
    let seeing = server(&diary).around(|call, next| async move {
        call.state::<Diary>().unwrap().write(json!(call.arguments()).to_string());
        Ok(next.run(call).await)
    });
    run(async {
        let mut wire = Wire::open_in(MODERN, seeing).await;
        let meta = common::terms();
        for (arguments, seen) in [
            (r#"{"a":1,"b":2}"#, r#"{"a":1,"b":2}"#),
            (r#""{\"a\":1,\"b\":2}""#, r#"{"a":1,"b":2}"#),
            (r#"{"a":1e400,"b":2}"#, r#"{"a":"1e400","b":2}"#),
            (r#"{"a":"\ud800","b":[1e400]}"#, r#"{"a":"\"\\ud800\"","b":"[1e400]"}"#),
            ("null", "{}"),
        ] {
            let params = format!(r#"{{"name":"add","arguments":{arguments},"_meta":{meta}}}"#);
            wire.exchange(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#)).await;
            assert_eq!(diary.read(), [seen]);
        }
    });
}

fn refusing(server: Server) -> Server {
    server.around(|call: Call, next: Next| async move {
        drop(next);
        tokio::task::yield_now().await;
        match call.name() {
            "fails" => Err("x".parse::<u8>().unwrap_err().into()),
            _ => Err(ToolError::new(format!("not this {}", call.kind())).detail(json!({ "ask": "Ann" }))),
        }
    })
}

#[tokio::test]
async fn a_refusal_is_what_it_would_be_from_the_function() {
    let diary = Diary::default();
    let client = refusing(server(&diary)).client().await.unwrap();
    let refused = client.call("divide", json!({ "a": 6, "b": 2 })).await.unwrap();
    assert!(refused.is_error() && refused.text() == "not this tool", "{}", refused.text());
    assert_eq!(refused.json()["structuredContent"], json!({ "ask": "Ann" }));
    // It would break the schema.
    let refused = client.call("add", json!({})).await.unwrap();
    assert_eq!(
        (refused.text(), refused.json().get("structuredContent")),
        ("not this tool\n{\"ask\":\"Ann\"}".into(), None)
    );
    for (method, params, message) in [
        ("resources/read", json!({ "uri": "config://app" }), "not this resource"),
        ("prompts/get", json!({ "name": "greet" }), "not this prompt"),
    ] {
        let refused = told(&client, method, params).await;
        assert_eq!(refused, json!({ "code": -32602, "message": message, "data": { "ask": "Ann" } }));
    }
    assert_eq!(client.call("fails", json!({})).await.unwrap().text(), "invalid digit found in string");
    assert_eq!(diary.read(), [""; 0], "no function ran");
}

#[tokio::test]
async fn a_refusal_is_masked_like_any_error() {
    let client = refusing(server(&Diary::default()).mask_errors(true)).client().await.unwrap();
    assert_eq!(client.call("fails", json!({})).await.unwrap().text(), "tool `fails` failed");
    assert_eq!(client.call("divide", json!({})).await.unwrap().text(), "not this tool");
}

#[tokio::test]
async fn hooks_know_who_asks() {
    let diary = Diary::default();
    let server = server(&diary).around(|call, next| async move {
        let context = call.context();
        let client = context.client().map(|client| client.name);
        let line = format!(
            "{} {client:?} {:?} {:?}",
            context.revision(),
            context.meta("com.example/who"),
            context.request_id()
        );
        call.state::<Diary>().unwrap().write(line);
        Ok(next.run(call).await)
    });
    let mut wire = Wire::open_in("2025-06-18", server).await;
    let mut message = call("2025-06-18", "seven", "fails", json!({}));
    message["params"]["_meta"] = json!({ "com.example/who": "Ann" });
    wire.ask(&message).await;
    assert_eq!(diary.read(), [r#"2025-06-18 Some("test") Some(String("Ann")) "\"seven\"""#]);
}

/// A function may be a hook as well, and one that is written out.
#[tokio::test]
async fn a_function_is_a_hook() {
    async fn named(call: Call, next: Next) -> Result<Answer, ToolError> {
        if call.kind() == CallKind::Resource { Err(ToolError::new("no reading")) } else { Ok(next.run(call).await) }
    }
    let kept = Arc::new(String::from("fails"));
    let server = server(&Diary::default()).around(async |call, next| Ok(next.run(call).await));
    let server = server.around(named).around(move |call, next| {
        let kept = kept.clone();
        async move {
            if call.name() == *kept {
                return Err(ToolError::new("kept"));
            }
            Ok(next.run(call).await)
        }
    });
    let client = server.client().await.unwrap();
    assert_eq!(told(&client, "resources/read", json!({ "uri": "config://app" })).await["message"], "no reading");
    assert_eq!(client.call("fails", json!({})).await.unwrap().text(), "kept");
    assert_eq!(client.call("divide", json!({ "a": 6, "b": 2 })).await.unwrap().text(), "3");
}
