//! Hooks around calls over HTTP: who asks, and what the status says.

use mcp_runtime::{Elicit, Http, Server, ToolError, Unanswered, form, items, tool};
use serde_json::{Value, json};

use crate::common;
use crate::fixture::Running;
use crate::requests::{call, modern};

#[form]
struct Confirmation {
    sure: bool,
}

/// Asks.
#[tool]
async fn confirm(person: &Elicit) -> Result<String, Unanswered> {
    Ok(format!("{:?}", person.ask::<Confirmation>("Sure?").await?.accepted().map(|answer| answer.sure)))
}

/// Only who has the key may call, and it is slow to find out.
fn guarded() -> Running {
    let server = Server::new("test", "1.0.0").items(items![confirm]).around(|mut call, next| async move {
        if call.name() == "unsure" {
            call.rename("confirm");
        }
        if call.context().headers().contains_key("x-slow") {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let has_key = call.context().headers().get("x-key").is_some_and(|key| key == "open");
        if call.name() == "echo" && !has_key {
            return Err(ToolError::new("no key"));
        }
        Ok(next.run(call).await)
    });
    Running::of(server, Http::new())
}

#[test]
fn a_hook_sees_the_http_request() {
    let server = guarded();
    let echo = call(1, "echo", json!({ "message": "hello" }));
    for request in [echo.clone(), echo.and("X-Slow", "yes")] {
        let refused = server.ask(&request).json();
        assert_eq!(refused["result"]["content"][0]["text"], "no key", "{refused}");
        assert_eq!(refused["result"]["isError"], true, "{refused}");
        assert_eq!(server.ask(&request.and("X-Key", "open")).said(), "hello");
    }
    let session = server.open("2025-11-25");
    assert_eq!(session.call(1, "echo", json!({ "message": "hello" })).said(), "no key");
    let keyed = session.calling(1, "echo", json!({ "message": "hello" })).and("X-Key", "open");
    assert_eq!(server.ask(&keyed).said(), "hello");
}

#[test]
fn a_capability_that_is_missed_behind_a_hook_is_a_bad_request() {
    let server = guarded();
    for name in ["confirm", "unsure"] {
        let request = call(1, name, json!({}));
        for request in [request.clone(), request.and("X-Slow", "yes")] {
            let refused = server.ask(&request);
            assert_eq!(
                (refused.status(), &refused.json()["error"]["code"]),
                (400, &json!(-32021)),
                "{}",
                refused.shown()
            );
        }
    }
    let unknown = server.ask(&call(1, "nothing", json!({})));
    assert_eq!((unknown.status(), &unknown.json()["error"]["code"]), (200, &json!(-32602)), "{}", unknown.shown());
}

#[test]
fn who_leaves_drops_the_hook_with_its_function() {
    let server = guarded();
    let connection = server.begin(&call(1, "ticker", json!({ "key": "left" })).and("X-Slow", "yes"));
    server.counters.runs("left");
    drop(connection);
    assert!(server.counters.dropped("left").is_some(), "the function goes on");
}

#[test]
fn resources_are_read_through_hooks() {
    let server = guarded();
    let read = server.ask(&modern(1, "resources/read", json!({ "uri": "config://app" })));
    let expected: Value = common::cacheable(
        common::MODERN,
        &json!({
            "contents": [{ "uri": "config://app", "mimeType": "application/json", "text": "{}" }],
        }),
    );
    assert_eq!(read.json()["result"], expected, "{}", read.shown());
}
