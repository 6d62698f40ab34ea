//! The application as its clients see it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail in any way")]

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;

fn post(key: &str, headers: &[(&str, &str)], message: &Value) -> Request<Body> {
    let mut request = Request::post("/mcp").header("host", "localhost").header("content-type", "application/json");
    request = request.header("authorization", format!("Bearer {key}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(message.to_string())).unwrap()
}

fn call(id: u32) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "greet" } })
}

async fn body(response: Response) -> Value {
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

async fn open(app: &Router, key: &str) -> String {
    let initialize = json!({
        "jsonrpc": "2.0", "id": 0, "method": "initialize",
        "params": { "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } },
    });
    let response = app.clone().oneshot(post(key, &[], &initialize)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response.headers()["mcp-session-id"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_application_decides_who_is_let_in_and_functions_know_who_it_is() {
    let app = app(server().await.unwrap());
    let refused = app.clone().oneshot(post("no key", &[], &call(1))).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let session = open(&app, "key-of-alice").await;
    let answer = app.clone().oneshot(post("key-of-alice", &[("mcp-session-id", &session)], &call(1))).await.unwrap();
    assert_eq!(body(answer).await["result"]["content"][0]["text"], "Hello, alice!");
}

#[tokio::test]
async fn a_session_is_of_no_use_to_somebody_else() {
    let app = app(server().await.unwrap());
    let session = open(&app, "key-of-alice").await;
    let stolen = app.clone().oneshot(post("key-of-bob", &[("mcp-session-id", &session)], &call(1))).await.unwrap();
    assert_eq!(stolen.status(), StatusCode::NOT_FOUND);
    let made_up = app.clone().oneshot(post("key-of-bob", &[("mcp-session-id", "0123")], &call(1))).await.unwrap();
    assert_eq!(made_up.status(), StatusCode::NOT_FOUND);
    assert_eq!(body(stolen).await, body(made_up).await, "the answers tell nothing");
}

#[tokio::test]
async fn the_application_keeps_its_own_routes() {
    let app = app(server().await.unwrap());
    let page = app.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.into_body().collect().await.unwrap().to_bytes(), "the application's own page");
}

#[tokio::test]
async fn layers_of_the_application_hold_for_the_server_too() {
    let app = app(server().await.unwrap());
    let session = open(&app, "key-of-bob").await;
    let headers = [("mcp-session-id", session.as_str()), ("accept-encoding", "gzip")];
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let answer = app.clone().oneshot(post("key-of-bob", &headers, &list)).await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
}

#[tokio::test]
async fn a_stream_ends_when_the_server_does() {
    let mcp = server().await.unwrap();
    let app = app(mcp.clone());
    let session = open(&app, "key-of-bob").await;
    let stream = Request::get("/mcp").header("host", "localhost").header("authorization", "Bearer key-of-bob");
    let stream = stream.header("accept", "text/event-stream").header("mcp-session-id", session);
    let stream = app.oneshot(stream.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    mcp.shutdown().await.unwrap();
    let events = stream.into_body().collect().await.unwrap().to_bytes();
    assert!(events.starts_with(b"id: 1-0\nretry: 1000\n"), "{events:?}");
}
