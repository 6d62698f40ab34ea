//! Every answer to the letter. The conformance suite only looks at the shapes.

use std::time::Duration;

use mcp_runtime::{Client, Error, Revision};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::*;

/// The image and the sound as they are on the wire.
const PIXEL_BASE64: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==";
const SILENCE_BASE64: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";

/// The eras in which the suite asks.
const REVISIONS: [Revision; 2] = [Revision::V2025_11_25, Revision::V2026_07_28];

async fn client() -> Client {
    server().client().await.unwrap()
}

async fn client_in(revision: Revision) -> Client {
    Client::builder().revision(revision).connect(server()).await.unwrap()
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn image() -> Value {
    json!({ "type": "image", "data": PIXEL_BASE64, "mimeType": "image/png" })
}

fn resource(uri: &str, mime: &str, text: &str) -> Value {
    json!({ "type": "resource", "resource": { "uri": uri, "mimeType": mime, "text": text } })
}

#[tokio::test]
async fn tools_answer_with_every_kind_of_content() {
    let (hello, plain) = ("This is a simple text response for testing.", "This is an embedded resource content.");
    let expected = [
        ("test_simple_text", json!([text(hello)])),
        ("test_image_content", json!([image()])),
        ("test_audio_content", json!([{ "type": "audio", "data": SILENCE_BASE64, "mimeType": "audio/wav" }])),
        ("test_embedded_resource", json!([resource("test://embedded-resource", "text/plain", plain)])),
        (
            "test_multiple_content_types",
            json!([
                text("Multiple content types test:"),
                image(),
                resource("test://mixed-content-resource", "application/json", r#"{"test":"data","value":123}"#)
            ]),
        ),
    ];
    for revision in REVISIONS {
        let client = client_in(revision).await;
        for (tool, content) in &expected {
            let answer = client.call(tool, json!({})).await.unwrap();
            assert_eq!((&answer.json()["content"], answer.is_error()), (content, false), "{tool}");
        }
    }
}

#[tokio::test]
async fn a_tool_without_arguments_may_be_called_without_the_word() {
    let answer = client().await.request("tools/call", json!({ "name": "test_simple_text" })).await.unwrap();
    assert_eq!(answer["content"], json!([text("This is a simple text response for testing.")]));
}

#[tokio::test]
async fn a_call_that_closes_its_stream_is_answered_where_there_is_none() {
    let answer = client().await.call("test_reconnection", json!({})).await.unwrap();
    assert_eq!(answer.json()["content"], json!([text("Reconnection test completed successfully.")]));
}

/// What a call says before it answers, as method and parameters, and its text.
async fn said(revision: Revision, tool: &str, meta: Value) -> (Vec<Value>, String) {
    let client = client_in(revision).await;
    let answer = client.request("tools/call", json!({ "name": tool, "_meta": meta })).await.unwrap();
    let mut said = Vec::new();
    while let Ok(Some(message)) = timeout(Duration::from_millis(20), client.next_notification()).await {
        said.push(json!([message.method, message.params]));
    }
    (said, answer["content"][0]["text"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn progress_is_reported_three_times() {
    let step = |progress: f64, message: &str| {
        let params = json!({ "progressToken": "p", "progress": progress, "total": 100.0, "message": message });
        json!(["notifications/progress", params])
    };
    let steps = vec![step(0.0, "Started"), step(50.0, "Halfway"), step(100.0, "Finished")];
    for revision in REVISIONS {
        for (meta, expected) in [(json!({ "progressToken": "p" }), steps.clone()), (json!({}), vec![])] {
            let (said, text) = said(revision, "test_tool_with_progress", meta).await;
            assert_eq!((said, text.as_str()), (expected, "Progress was reported."), "{revision}");
        }
    }
}

#[tokio::test]
async fn messages_are_logged_for_those_who_want_them() {
    let three = ["Tool execution started", "Tool processing data", "Tool execution completed"];
    let asked = json!({ "io.modelcontextprotocol/logLevel": "info" });
    for (tool, messages, text) in [
        ("test_tool_with_logging", three.as_slice(), "Messages were logged."),
        ("test_logging_tool", &["The logging tool was called"], "The message was logged."),
    ] {
        let message = |data: &&str| json!(["notifications/message", { "level": "info", "logger": tool, "data": data }]);
        let expected: Vec<Value> = messages.iter().map(message).collect();
        for (revision, meta, expected) in [
            (Revision::V2025_11_25, json!({}), expected.clone()),
            (Revision::V2026_07_28, asked.clone(), expected),
            (Revision::V2026_07_28, json!({}), vec![]),
            (Revision::V2026_07_28, json!({ "io.modelcontextprotocol/logLevel": "notice" }), vec![]),
        ] {
            assert_eq!(said(revision, tool, meta).await, (expected, text.to_owned()), "{tool} in {revision}");
        }
    }
}

#[tokio::test]
async fn a_level_can_be_set() {
    let client = client_in(Revision::V2025_11_25).await;
    let answer = client.request("logging/setLevel", json!({ "level": "error" })).await.unwrap();
    assert_eq!(answer, json!({}));
    assert_eq!(client.call("test_logging_tool", json!({})).await.unwrap().text(), "The message was logged.");
    assert!(timeout(Duration::from_millis(20), client.next_notification()).await.is_err(), "info is below it");
}

#[tokio::test]
async fn a_failure_is_a_result() {
    let answer = client().await.call("test_error_handling", json!({})).await.unwrap();
    assert!(answer.is_error());
    assert_eq!(answer.json()["content"], json!([text("This tool intentionally returns an error for testing")]));
}

#[tokio::test]
async fn the_first_tool_can_be_called_with_nothing_and_all_are_on_one_page() {
    let client = client().await;
    let page = client.request("tools/list", json!({})).await.unwrap();
    let tools = page["tools"].as_array().unwrap();
    assert!(page.get("nextCursor").is_none());
    assert!(tools.iter().all(|tool| tool["description"].as_str().is_some_and(|words| !words.is_empty())));
    let answer = client.call(tools[0]["name"].as_str().unwrap(), json!({})).await.unwrap();
    assert!(!answer.is_error(), "{}", answer.text());
}

#[tokio::test]
async fn the_first_tool_with_a_header_repeats_a_text() {
    let client = client().await;
    let tools = client.list("tools").await.unwrap();
    let in_a_header = |tool: &&Value| tool["inputSchema"].to_string().contains("x-mcp-header");
    let repeating = tools.iter().find(in_a_header).unwrap();
    let value = &repeating["inputSchema"]["properties"]["value"];
    assert_eq!((&value["type"], &value["x-mcp-header"]), (&json!("string"), &json!("Value")));
    assert_eq!(repeating["name"], "test_custom_header");
    assert_eq!(client.call("test_custom_header", json!({ "value": "Hello" })).await.unwrap().text(), "Hello");
}

#[cfg(feature = "jsonschema")]
#[tokio::test]
async fn a_schema_written_by_hand_is_published_as_it_is_and_enforced() {
    const TOOL: &str = "json_schema_2020_12_tool";
    let client = client().await;
    let tools = client.list("tools").await.unwrap();
    assert_eq!(tools.iter().find(|tool| tool["name"] == TOOL).unwrap()["inputSchema"], schemas::contact());
    let reachable = json!({ "contactMethod": "phone", "phone": "1", "address": { "city": "Oslo" } });
    for (arguments, is_error) in [
        (reachable, false),
        (json!({ "email": "a@b.no" }), false),
        (json!({ "contactMethod": "phone", "email": "a@b.no" }), true),
        (json!({}), true),
        (json!({ "email": "a@b.no", "fax": "1" }), true),
    ] {
        assert_eq!(client.call(TOOL, arguments).await.unwrap().is_error(), is_error);
    }
}

#[tokio::test]
async fn resources_are_text_and_bytes() {
    let text = "This is the content of the static text resource.";
    let data = r#"{"id":"123","templateTest":true,"data":"Data for ID: 123"}"#;
    for revision in REVISIONS {
        let client = client_in(revision).await;
        for (uri, mime, key, contents) in [
            ("test://static-text", "text/plain", "text", text),
            ("test://static-binary", "image/png", "blob", PIXEL_BASE64),
            ("test://template/123/data", "application/json", "text", data),
        ] {
            let contents = json!([{ "uri": uri, "mimeType": mime, key: contents }]);
            assert_eq!(client.read(uri).await.unwrap().json()["contents"], contents);
        }
    }
}

#[tokio::test]
async fn an_unknown_resource_is_an_error_that_names_it() {
    let uri = "test://nonexistent-resource-for-conformance-testing";
    for (revision, code) in REVISIONS.into_iter().zip([-32002, -32602]) {
        match client_in(revision).await.read(uri).await {
            Err(Error::Refused { code: found, data, .. }) => {
                assert_eq!((found, data), (code, Some(json!({ "uri": uri }))));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn prompts_have_messages_of_every_kind() {
    let uri = "test://example-resource";
    let said = |content| json!({ "role": "user", "content": content });
    let client = client().await;
    for (prompt, arguments, messages) in [
        ("test_simple_prompt", json!({}), vec![text("This is a simple prompt for testing.")]),
        (
            "test_prompt_with_arguments",
            json!({ "arg1": "hello", "arg2": "world" }),
            vec![text("Prompt with arguments: arg1='hello', arg2='world'")],
        ),
        (
            "test_prompt_with_embedded_resource",
            json!({ "resourceUri": uri }),
            vec![
                resource(uri, "text/plain", "Embedded resource content for testing."),
                text("Please process the embedded resource above."),
            ],
        ),
        ("test_prompt_with_image", json!({}), vec![image(), text("Please analyze the image above.")]),
    ] {
        let expected: Vec<Value> = messages.into_iter().map(said).collect();
        assert_eq!(client.prompt(prompt, arguments).await.unwrap().json()["messages"], json!(expected), "{prompt}");
    }
}

#[tokio::test]
async fn an_argument_of_a_prompt_is_completed() {
    let values = client().await.complete("test_prompt_with_arguments", "arg1", "test").await.unwrap();
    assert_eq!(values, ["test", "testing"]);
}

#[tokio::test]
async fn what_is_declared_is_what_is_there() {
    let client = client().await;
    let capabilities = client.opening()["capabilities"].as_object().unwrap();
    let names: Vec<_> = capabilities.keys().collect();
    assert_eq!(names, ["completions", "extensions", "logging", "prompts", "resources", "tools"]);
}

/// The suite asks those for whom calls are tasks.
#[tokio::test]
async fn for_all_others_calls_are_calls() {
    let (greeted, computed) = (json!({ "name": "Ada" }), json!({ "seconds": 0.01, "label": "The sum" }));
    for revision in REVISIONS {
        let client = client_in(revision).await;
        assert_eq!(client.call("greet", greeted.clone()).await.unwrap().text(), "Hello, Ada!");
        assert_eq!(client.call("slow_compute", computed.clone()).await.unwrap().text(), "The sum took 0.01 s.");
        for tool in ["failing_job", "protocol_error_job", "multi_input", "test_tool_with_task"] {
            match client.call(tool, json!({})).await {
                Ok(called) => assert!(called.is_error() && !revision.is_modern(), "{tool}: {called:?}"),
                Err(error) => assert!(matches!(error, Error::Refused { code: -32021, .. }), "{tool}: {error}"),
            }
        }
    }
}
