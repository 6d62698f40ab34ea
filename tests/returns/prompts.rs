//! What prompts give.

use mcp_runtime::{Audio, EmbeddedResource, GetPromptResult, Image, PromptMessage, Server, ToolError, items, prompt};
use serde_json::json;

use crate::OLD;
use crate::common::{MODERN, Verdict, Wire, request, result, run};

/// Described.
#[prompt]
async fn p_string() -> String {
    "a".into()
}
#[prompt]
fn p_str() -> &'static str {
    "b"
}
#[prompt]
async fn p_message() -> PromptMessage {
    PromptMessage::assistant("c")
}
#[prompt]
async fn p_messages() -> Vec<PromptMessage> {
    vec![
        PromptMessage::user(Image::png([0])),
        PromptMessage::assistant(EmbeddedResource::new("x://y", "text")),
        PromptMessage::user(Audio::wav([0])),
    ]
}
#[prompt]
async fn p_array() -> [PromptMessage; 1] {
    [PromptMessage::user("d")]
}
/// Described.
#[prompt]
async fn p_full() -> GetPromptResult {
    GetPromptResult::new([PromptMessage::user("e")]).description("Otherwise.")
}
#[prompt]
async fn p_ok() -> Result<String, String> {
    Ok("f".into())
}
#[prompt]
async fn p_err() -> Result<String, String> {
    Err("no model".into())
}
#[prompt]
async fn p_tool_err() -> Result<String, ToolError> {
    Err(ToolError::new("say it otherwise").detail(json!({ "try": 1 })))
}

#[test]
fn prompts() {
    let text = |role: &str, text: &str| json!({ "role": role, "content": { "type": "text", "text": text } });
    let cases = [
        ("p_string", json!({ "description": "Described.", "messages": [text("user", "a")] })),
        ("p_str", json!({ "messages": [text("user", "b")] })),
        ("p_message", json!({ "messages": [text("assistant", "c")] })),
        (
            "p_messages",
            json!({ "messages": [
                { "role": "user", "content": { "type": "image", "data": "AA==", "mimeType": "image/png" } },
                { "role": "assistant", "content": { "type": "resource", "resource": { "uri": "x://y", "text": "text" } } },
                { "role": "user", "content": { "type": "audio", "data": "AA==", "mimeType": "audio/wav" } },
            ]}),
        ),
        ("p_array", json!({ "messages": [text("user", "d")] })),
        ("p_full", json!({ "description": "Otherwise.", "messages": [text("user", "e")] })),
        ("p_ok", json!({ "messages": [text("user", "f")] })),
    ];
    let errors = [
        ("p_err", json!({ "code": -32603, "message": "no model" })),
        ("p_tool_err", json!({ "code": -32602, "message": "say it otherwise", "data": { "try": 1 } })),
    ];
    let mut wrong = Verdict::default();
    run(async {
        for revision in [OLD, MODERN] {
            let server = Server::new("test", "1.0.0")
                .items(items![p_string, p_str, p_message, p_messages, p_array, p_full, p_ok, p_err, p_tool_err]);
            let mut wire = Wire::open_in(revision, server).await;
            for (name, expected) in &cases {
                let answer = wire.ask(&request(revision, 1, "prompts/get", json!({ "name": name }))).await;
                wrong.same(format_args!("{name} in {revision}"), &answer["result"], &result(revision, expected));
            }
            for (name, expected) in &errors {
                let answer = wire.ask(&request(revision, 1, "prompts/get", json!({ "name": name }))).await;
                wrong.same(format_args!("{name} in {revision}"), &answer["error"], expected);
            }
            wire.close().await;
        }
    });
}
