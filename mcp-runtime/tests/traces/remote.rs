//! What clients say about the trace that a request is part of.

use mcp_runtime::serde_json::{Value, json};

use crate::fixture::{OTHER, PARENT, ask, ask_in, call, legacy, modern, post_legacy, post_modern};
use crate::seen::span;

fn said(id: &str) -> [Option<String>; 3] {
    let seen = span(id);
    ["traceparent", "tracestate", "baggage"].map(|name| seen.field(name).map(str::to_owned))
}

fn some(texts: [&str; 3]) -> [Option<String>; 3] {
    texts.map(|text| Some(text.to_owned()))
}

fn waits_with(meta: &Value) -> Value {
    json!({ "name": "waits", "_meta": meta })
}

fn all() -> Value {
    json!({ "traceparent": PARENT, "tracestate": "a=b,c=d", "baggage": "user=alice" })
}

#[tokio::test]
async fn meta_says_it_in_every_revision() {
    ask(modern("meta modern", "tools/call", waits_with(&all()))).await;
    ask_in("2024-11-05", legacy("meta legacy", "tools/call", waits_with(&all()))).await;
    for id in ["meta modern", "meta legacy"] {
        assert_eq!(said(id), some([PARENT, "a=b,c=d", "user=alice"]), "{id}");
    }
}

#[tokio::test]
async fn headers_say_it_where_meta_does_not() {
    let headers = [("traceparent", OTHER), ("tracestate", "e=f"), ("tracestate", "g=h"), ("baggage", "user=bob")];
    post_modern("headers modern", "waits", call("waits"), &headers).await;
    post_legacy("headers legacy", call("waits"), &headers).await;
    for id in ["headers modern", "headers legacy"] {
        assert_eq!(said(id), some([OTHER, "e=f,g=h", "user=bob"]), "{id}");
    }
    post_modern("both", "waits", waits_with(&json!({ "traceparent": PARENT })), &headers).await;
    // Two stories are not mixed.
    assert_eq!(said("both"), [Some(PARENT.to_owned()), None, None]);
    post_modern("one is wrong", "waits", waits_with(&json!({ "traceparent": "00" })), &headers).await;
    assert_eq!(said("one is wrong"), some([OTHER, "e=f,g=h", "user=bob"]));
}

#[tokio::test]
async fn what_is_wrong_is_ignored() {
    let long = format!("a={}", "b".repeat(100_000));
    for (number, meta) in [
        json!({ "traceparent": 7, "tracestate": [], "baggage": { "user": "alice" } }),
        json!({ "traceparent": "", "tracestate": "", "baggage": "" }),
        json!({ "traceparent": long, "tracestate": long, "baggage": long }),
        json!({ "traceparent": "00-00000000000000000000000000000000-0000000000000000-00", "tracestate": "a=b" }),
        json!({ "traceparent": "\u{1b}[31m", "tracestate": "a\r\nb", "baggage": "a=\u{0}" }),
        json!({ "traceparent": null, "baggage": "ä=ö" }),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("wrong {number}");
        let answer = ask(modern(&id, "tools/call", waits_with(&meta))).await;
        assert_eq!(answer["result"]["content"][0]["text"], "done", "{id}");
        assert_eq!(said(&id), [None, None, None], "{id}");
    }
}

#[tokio::test]
async fn what_headers_say_wrongly_is_ignored() {
    for (number, headers) in
        [[("traceparent", PARENT), ("traceparent", OTHER)], [("traceparent", "x"), ("tracestate", "a=b")]]
            .iter()
            .enumerate()
    {
        let id = format!("wrong header {number}");
        let answer = post_modern(&id, "waits", call("waits"), headers).await;
        assert_eq!(answer["result"]["content"][0]["text"], "done", "{id}");
        assert_eq!(said(&id), [None, None, None], "{id}");
    }
}

#[tokio::test]
async fn functions_read_it_too() {
    let params = |key: &str| json!({ "name": "meta", "arguments": { "key": key }, "_meta": { "traceparent": PARENT, "n": [1] } });
    for (key, value) in [("traceparent", format!("\"{PARENT}\"")), ("n", "[1]".into()), ("other", "null".into())] {
        let answers = [
            ask(modern("reads", "tools/call", params(key))).await,
            ask_in("2025-06-18", legacy("reads", "tools/call", params(key))).await,
            post_modern("reads", "meta", params(key), &[]).await,
        ];
        for answer in answers {
            assert_eq!(answer["result"]["content"][0]["text"], value.as_str(), "{answer}");
        }
    }
}
