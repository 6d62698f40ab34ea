//! As an application sees it that authenticates every request.

use std::future::{poll_fn, ready};
use std::pin::{Pin, pin};
use std::time::Duration;

use http::Request;
use http_body::Body as _;
use serde_json::{Value, json};
use tower_service::Service as _;

use super::*;
use crate::context::Context;
use crate::http_settings::Http;
use crate::item::for_test::HELD;
use crate::item::{Item, Tool};
use crate::reply::{CallToolResult, Output};
use crate::server::Server;
use crate::transport::http::HttpService;

static WHOAMI: Tool = Tool::for_test("whoami", |_, call| {
    let name = call.lend::<Context>().principal().map_or("nobody", Principal::name).to_owned();
    Ok(Box::pin(ready(Ok(Output::Tool(CallToolResult::new().with(name))))))
});

static BIG: Tool = Tool::for_test("big", |_, _| {
    Ok(Box::pin(ready(Ok(Output::Tool(CallToolResult::new().with("x".repeat(2 * 1024 * 1024)))))))
});

async fn serve() -> HttpService {
    serve_with(1024 * 1024).await
}

async fn serve_with(backlog: usize) -> HttpService {
    let server = Server::new("test", "1.0.0").items([&WHOAMI, &HELD, &BIG].map(Item::Tool));
    let server = server.in_flight(1).backlog(backlog).drain(Duration::from_millis(50)).http(Http::new().http_sse(true));
    server.into_service().await.unwrap()
}

async fn send(mut service: HttpService, who: &str, request: http::request::Builder, body: String) -> Response<Body> {
    let request = request.header("host", "localhost").header("content-type", "application/json");
    let mut request: Request<String> = request.body(body).unwrap();
    request.extensions_mut().insert(Principal::new(who));
    service.call(request).await.unwrap()
}

/// A client that asks as somebody.
struct Old {
    service: HttpService,
    who: &'static str,
    stream: Body,
    address: String,
}

impl Old {
    async fn open(service: &HttpService, who: &'static str) -> Self {
        let stream = send(service.clone(), who, Request::get("/sse"), String::new()).await.into_body();
        let mut old = Self { service: service.clone(), who, stream, address: String::new() };
        old.address = format!("/{}", old.hear().await);
        let hello = json!({ "protocolVersion": "2024-11-05", "capabilities": {} });
        assert_eq!(old.ask("initialize", hello).await["result"]["protocolVersion"], "2024-11-05");
        old
    }

    /// What the next event says.
    async fn hear(&mut self) -> String {
        let mut event = Vec::new();
        while !event.ends_with(b"\n\n") {
            let frame = poll_fn(|cx| Pin::new(&mut self.stream).poll_frame(cx)).await;
            event.extend(frame.expect("the stream goes on").unwrap().into_data().unwrap());
        }
        let event = String::from_utf8(event).unwrap();
        event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap().to_owned()
    }

    async fn say_as(&self, who: &str, method: &str, params: Value) -> StatusCode {
        let message = json!({ "jsonrpc": "2.0", "id": method, "method": method, "params": params }).to_string();
        send(self.service.clone(), who, Request::post(&self.address), message).await.status()
    }

    async fn ask(&mut self, method: &str, params: Value) -> Value {
        assert_eq!(self.say_as(self.who, method, params).await, StatusCode::ACCEPTED);
        serde_json::from_str(&self.hear().await).unwrap()
    }
}

#[tokio::test]
async fn functions_see_who_asks() {
    let service = serve().await;
    for who in ["alice", "bob"] {
        let answer = Old::open(&service, who).await.ask("tools/call", json!({ "name": "whoami" })).await;
        assert_eq!(answer["result"]["content"][0]["text"], who);
    }
}

#[tokio::test]
async fn only_who_opened_a_stream_is_heard() {
    let service = serve().await;
    let mut old = Old::open(&service, "alice").await;
    assert_eq!(old.say_as("bob", "ping", json!({})).await, StatusCode::NOT_FOUND);
    assert_eq!(old.ask("ping", json!({})).await["result"], json!({}), "the other was not heard");
}

/// However many streams somebody opens, the limit for one client holds for all of them together.
#[tokio::test]
async fn the_calls_of_one_principal_are_counted_together() {
    let service = serve().await;
    let first = Old::open(&service, "alice").await;
    let held = json!({ "name": "held" });
    assert_eq!(first.say_as("alice", "tools/call", held).await, StatusCode::ACCEPTED);
    let whoami = json!({ "name": "whoami" });
    let refused = Old::open(&service, "alice").await.ask("tools/call", whoami.clone()).await;
    assert_eq!(refused["error"]["code"], -32603, "{refused}");
    let other = Old::open(&service, "bob").await.ask("tools/call", whoami.clone()).await;
    assert!(other["result"].is_object(), "{other}");
    drop(first);
    let again = async {
        while Old::open(&service, "alice").await.ask("tools/call", whoami.clone()).await["error"].is_object() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), again).await.expect("who leaves ends its calls");
}

/// A program may end the server while a stream is open: it ends then, and so do its calls.
#[tokio::test]
async fn streams_end_with_the_service() {
    let service = serve().await;
    let mut old = Old::open(&service, "alice").await;
    assert_eq!(old.say_as("alice", "tools/call", json!({ "name": "held" })).await, StatusCode::ACCEPTED);
    let mut end = pin!(poll_fn(|cx| Pin::new(&mut old.stream).poll_frame(cx)));
    assert!(tokio::time::timeout(Duration::from_millis(20), end.as_mut()).await.is_err());
    service.shutdown().await.unwrap();
    let end = tokio::time::timeout(Duration::from_secs(5), end).await.expect("the stream ends");
    assert!(end.is_none());
}

/// What waits for a client that does not read is bounded: it loses its stream.
#[tokio::test]
async fn who_reads_nothing_is_given_up() {
    let service = serve_with(3 * 1024 * 1024).await;
    let mut old = Old::open(&service, "alice").await;
    let big = json!({ "name": "big" });
    for answer in 0..3 {
        assert_eq!(old.say_as("alice", "tools/call", big.clone()).await, StatusCode::ACCEPTED, "{answer}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let gone = async {
        while old.say_as("alice", "ping", json!({})).await != StatusCode::NOT_FOUND {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.expect("the session ends");
    for _ in 0..2 {
        assert!(old.hear().await.len() > 2 * 1024 * 1024, "what was sent is still there");
    }
    assert!(poll_fn(|cx| Pin::new(&mut old.stream).poll_frame(cx)).await.is_none());
}
