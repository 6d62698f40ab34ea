//! What resources give.

use mcp_runtime::{Json, ResourceContents, Server, ToolError, items, resource};
use serde_json::{Value, json};

use crate::common::{MODERN, Verdict, Wire, request, run};
use crate::{OLD, Point};

#[resource("r://text", mime = "text/markdown")]
async fn r_text() -> String {
    "# a".into()
}
#[resource("r://str")]
async fn r_str() -> &'static str {
    "b"
}
#[resource("r://bytes", mime = "image/png")]
fn r_bytes() -> Vec<u8> {
    vec![1, 2, 3]
}
#[resource("r://static")]
async fn r_static() -> &'static [u8] {
    &[4]
}
#[resource("r://json")]
async fn r_json() -> Json<Point> {
    Json(Point { x: 1, y: 2 })
}
#[resource("r://value", mime = "application/geo+json")]
async fn r_value() -> Value {
    json!({ "a": 1 })
}
#[resource("r://several", mime = "text/plain")]
async fn r_several() -> Vec<ResourceContents> {
    vec![
        ResourceContents::text("a"),
        ResourceContents::blob([9]).uri("r://other").mime("image/gif").meta("com.example/k", 1),
    ]
}
#[resource("r://none-of-them")]
async fn r_empty() -> Vec<ResourceContents> {
    Vec::new()
}
#[resource("r://some")]
async fn r_some() -> Option<String> {
    Some("s".into())
}
#[resource("r://none")]
async fn r_none() -> Option<String> {
    None
}
#[resource("r://ok")]
async fn r_ok() -> Result<Option<&'static str>, ToolError> {
    Ok(Some("o"))
}
#[resource("r://ok-none")]
async fn r_ok_none() -> Result<Option<&'static str>, ToolError> {
    Ok(None)
}
#[resource("r://err")]
async fn r_err() -> Result<String, String> {
    Err("no disk".into())
}
#[resource("r://tool-err")]
async fn r_tool_err() -> Result<String, ToolError> {
    Err(ToolError::new("say it otherwise"))
}

#[test]
fn resources() {
    let mut wrong = Verdict::default();
    let not_found = |uri: &str, code: i32| {
        Err(json!({ "code": code, "message": format!("there is no resource `{uri}`"), "data": { "uri": uri } }))
    };
    run(async {
        for (revision, missing) in [(OLD, -32002), (MODERN, -32602)] {
            let server = Server::new("test", "1.0.0").items(items![
                r_text, r_str, r_bytes, r_static, r_json, r_value, r_several, r_empty, r_some, r_none, r_ok, r_ok_none,
                r_err, r_tool_err
            ]);
            let mut wire = Wire::open_in(revision, server).await;
            let one = |contents: Value| Ok(json!([contents]));
            let cases = [
                ("r://text", one(json!({ "uri": "r://text", "mimeType": "text/markdown", "text": "# a" }))),
                ("r://str", one(json!({ "uri": "r://str", "text": "b" }))),
                ("r://bytes", one(json!({ "uri": "r://bytes", "mimeType": "image/png", "blob": "AQID" }))),
                ("r://static", one(json!({ "uri": "r://static", "blob": "BA==" }))),
                (
                    "r://json",
                    one(json!({ "uri": "r://json", "mimeType": "application/json", "text": "{\"x\":1,\"y\":2}" })),
                ),
                (
                    "r://several",
                    Ok(json!([
                        { "uri": "r://several", "mimeType": "text/plain", "text": "a" },
                        { "uri": "r://other", "mimeType": "image/gif", "blob": "CQ==", "_meta": { "com.example/k": 1 } },
                    ])),
                ),
                ("r://none-of-them", Ok(json!([]))),
                ("r://some", one(json!({ "uri": "r://some", "text": "s" }))),
                ("r://none", not_found("r://none", missing)),
                ("r://ok", one(json!({ "uri": "r://ok", "text": "o" }))),
                ("r://ok-none", not_found("r://ok-none", missing)),
                ("r://err", Err(json!({ "code": -32603, "message": "no disk" }))),
                ("r://tool-err", Err(json!({ "code": -32602, "message": "say it otherwise" }))),
                ("r://TEXT", not_found("r://TEXT", missing)),
                ("r://text/", not_found("r://text/", missing)),
                ("", not_found("", missing)),
            ];
            for (uri, expected) in cases {
                let answer = wire.ask(&request(revision, 1, "resources/read", json!({ "uri": uri }))).await;
                match expected {
                    Ok(contents) => {
                        wrong.same(format_args!("{uri} in {revision}"), &answer["result"]["contents"], &contents);
                    }
                    Err(error) => wrong.same(format_args!("{uri} in {revision}"), &answer["error"], &error),
                }
            }
            let list = wire.ask(&request(revision, 1, "resources/list", Value::Null)).await;
            let of = |name: &str| {
                list["result"]["resources"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()["mimeType"].clone()
            };
            // What is read has the media type that is listed.
            let answer = wire.ask(&request(revision, 1, "resources/read", json!({ "uri": "r://value" }))).await;
            wrong.same(
                format_args!("media type of r://value in {revision}"),
                &answer["result"]["contents"][0]["mimeType"],
                &of("r_value"),
            );
            wire.close().await;
        }
        let mut wire =
            Wire::open_in(MODERN, Server::new("test", "1.0.0").items(items![r_err, r_tool_err]).mask_errors(true))
                .await;
        let answer = wire.ask(&request(MODERN, 1, "resources/read", json!({ "uri": "r://err" }))).await;
        assert_eq!(answer["error"], json!({ "code": -32603, "message": "resource `r://err` failed" }));
        let answer = wire.ask(&request(MODERN, 1, "resources/read", json!({ "uri": "r://tool-err" }))).await;
        assert_eq!(answer["error"]["message"], "say it otherwise");
        wire.close().await;
    });
}
