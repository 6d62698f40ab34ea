//! What the span of a request says, and what happens in it.

use std::collections::BTreeMap;

use mcp_runtime::serde_json::{Value, json};
use tracing::Instrument as _;

use crate::fixture::{ask, ask_in, call, legacy, lines, modern, post_legacy, post_modern};
use crate::seen::{Seen, look, span};

fn said(seen: &Seen) -> BTreeMap<&str, &str> {
    seen.fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn the_span_of_a_call_says_what_the_conventions_want() {
    let answer = ask(modern("all", "tools/call", json!({ "name": "add", "arguments": { "a": 2, "b": 3 } }))).await;
    assert_eq!(answer["result"]["content"][0]["text"], "5");
    let seen = span("all");
    assert_eq!((seen.name, seen.parent), ("mcp.server", None));
    let expected = [
        ("gen_ai.operation.name", "execute_tool"),
        ("gen_ai.tool.name", "add"),
        ("jsonrpc.request.id", "all"),
        ("mcp.method.name", "tools/call"),
        ("mcp.protocol.version", "2026-07-28"),
        ("network.transport", "pipe"),
        ("otel.kind", "server"),
        ("otel.name", "tools/call add"),
    ];
    assert_eq!(said(&seen), BTreeMap::from(expected));
}

#[tokio::test]
async fn every_method_has_its_own_words() {
    let reference = json!({ "type": "ref/prompt", "name": "review" });
    for (id, method, params, expected) in [
        (
            "read",
            "resources/read",
            json!({ "uri": "page://1" }),
            vec![("otel.name", "resources/read"), ("mcp.resource.uri", "page://1")],
        ),
        (
            "get",
            "prompts/get",
            json!({ "name": "review", "arguments": { "language": "rust" } }),
            vec![("otel.name", "prompts/get review"), ("gen_ai.prompt.name", "review")],
        ),
        (
            "complete",
            "completion/complete",
            json!({ "ref": reference, "argument": { "name": "language", "value": "r" } }),
            vec![("otel.name", "completion/complete review"), ("gen_ai.prompt.name", "review")],
        ),
        ("list", "tools/list", json!({}), vec![("otel.name", "tools/list")]),
    ] {
        for revision in ["2024-11-05", "2025-11-25", "2026-07-28"] {
            let id = format!("{id} {revision}");
            let answer = match revision {
                "2026-07-28" => ask(modern(&id, method, params.clone())).await,
                _ => ask_in(revision, legacy(&id, method, params.clone())).await,
            };
            assert!(answer["result"].is_object(), "{answer}");
            let common = [
                ("jsonrpc.request.id", &*id),
                ("mcp.method.name", method),
                ("mcp.protocol.version", revision),
                ("network.transport", "pipe"),
                ("otel.kind", "server"),
            ];
            assert_eq!(said(&span(&id)), common.into_iter().chain(expected.clone()).collect(), "{id}");
        }
    }
}

#[tokio::test]
async fn a_number_is_an_id_too() {
    let mut request = modern("", "ping", json!({}));
    request["id"] = 7_001.into();
    request["method"] = "tools/list".into();
    ask(request).await;
    assert_eq!(span("7001").field("otel.name"), Some("tools/list"));
}

#[tokio::test]
async fn events_of_functions_are_in_it() {
    for (id, method, params, expected) in [
        ("waits", "tools/call", call("waits"), vec!["before", "after"]),
        ("blocks", "tools/call", call("blocks"), vec!["on a thread", "further in"]),
        ("page", "resources/read", json!({ "uri": "page://2" }), vec!["a page"]),
        ("review", "prompts/get", json!({ "name": "review", "arguments": { "language": "c" } }), vec!["a review"]),
    ] {
        let answers = lines(&[modern(id, method, params)]).await;
        assert!(answers[0]["result"].is_object(), "{answers:?}");
        assert_eq!(span(id).messages, expected);
    }
}

#[tokio::test]
async fn events_over_http_are_in_it_too() {
    for tool in ["waits", "blocks"] {
        let (modern, legacy) = (format!("modern {tool}"), format!("legacy {tool}"));
        post_modern(&modern, tool, call(tool), &[]).await;
        post_legacy(&legacy, call(tool), &[]).await;
        for id in [modern, legacy] {
            assert_eq!(span(&id).messages.len(), 2, "{id}");
        }
    }
}

#[tokio::test]
async fn calls_that_overlap_keep_apart() {
    let ids: Vec<String> = (0..20).map(|number| format!("overlap {number}")).collect();
    let requests: Vec<Value> = ids.iter().map(|id| modern(id, "tools/call", call("waits"))).collect();
    assert_eq!(lines(&requests).await.len(), ids.len());
    for id in ids {
        assert_eq!(span(&id).messages, ["before", "after"], "{id}");
    }
}

#[tokio::test]
async fn what_fails_says_how() {
    let wrong = json!({ "name": "add", "arguments": { "a": "x", "b": 1 } });
    for (id, method, params, kind) in [
        ("error", "tools/call", call("fails"), "tool_error"),
        ("regret", "tools/call", call("regrets"), "tool_error"),
        ("wrong", "tools/call", wrong, "tool_error"),
        ("panic", "tools/call", call("panics"), "-32603"),
        ("late", "tools/call", call("lingers"), "-32603"),
        ("unknown", "tools/call", call("nobody"), "-32602"),
        ("no page", "resources/read", json!({ "uri": "page://9" }), "-32602"),
        ("no argument", "prompts/get", call("review"), "-32602"),
    ] {
        let answer = ask(modern(id, method, params)).await;
        let seen = span(id);
        assert_eq!(seen.field("error.type"), Some(kind), "{id}");
        assert_eq!(seen.field("otel.status_code"), Some("ERROR"), "{id}");
        let code = (kind != "tool_error").then_some(kind);
        assert_eq!(seen.field("rpc.response.status_code"), code, "{id}");
        assert_eq!(seen.field("otel.status_description"), answer["error"]["message"].as_str(), "{id}");
    }
    assert_eq!(span("panic").messages, ["tool `panics` panicked"]);
    // A name that was made up does not become one of a span.
    assert_eq!(
        (span("unknown").field("otel.name"), span("unknown").field("gen_ai.tool.name")),
        (Some("tools/call"), None)
    );
}

#[tokio::test]
async fn wrong_arguments_were_an_error_once() {
    ask_in("2025-06-18", legacy("once", "tools/call", call("add"))).await;
    assert_eq!(span("once").field("error.type"), Some("-32602"));
}

#[tokio::test]
async fn over_http_it_says_so() {
    post_modern("http modern", "waits", call("waits"), &[("mcp-session-id", "made up")]).await;
    let (session, _) = post_legacy("http legacy", call("waits"), &[]).await;
    for (id, session) in [("http modern", None), ("http legacy", Some(&*session))] {
        let seen = span(id);
        assert_eq!(seen.field("mcp.session.id"), session, "{id}");
        assert_eq!(seen.field("network.transport"), Some("tcp"), "{id}");
        assert_eq!(seen.field("network.protocol.name"), Some("http"), "{id}");
        assert_eq!(seen.field("network.protocol.version"), Some("1.1"), "{id}");
    }
}

#[tokio::test]
async fn it_is_a_child_of_the_span_around_the_server() {
    look();
    let request = modern("around", "tools/call", call("waits"));
    ask(request).instrument(tracing::info_span!("application")).await;
    assert_eq!(span("around").parent, Some("application"));
}

#[tokio::test]
async fn a_uri_without_end_is_left_out() {
    let uri = format!("page://{}", "9".repeat(5_000));
    let answer = ask(modern("endless", "resources/read", json!({ "uri": uri }))).await;
    assert_eq!(answer["error"]["code"], -32602);
    assert_eq!(span("endless").field("mcp.resource.uri"), None);
}
