//! However often something changes, little waits for a client that does not read: over every transport, in every era.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, duplex, split};
use tokio::time::{sleep, timeout};

use crate::changes::Changes;
use crate::item::Item;
use crate::item::for_test::HELD;
use crate::server::Server;

/// Each is told by itself, if there is room.
const CHANGES: usize = 20_000;

fn server() -> (Server, Changes) {
    let server = Server::new("test", "1.0.0").items([Item::Tool(&HELD)]);
    let changes = server.changes();
    (server, changes)
}

/// Hours of changes, in no time.
async fn change(changes: &Changes) {
    for _ in 0..CHANGES {
        changes.tools().announce();
        sleep(Duration::from_millis(150)).await;
    }
}

fn initialize() -> Value {
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "test", "version": "1.0.0" },
    }})
}

/// The id is long, and so is everything that is told.
fn listen() -> Value {
    json!({ "jsonrpc": "2.0", "id": "x".repeat(1000), "method": "subscriptions/listen", "params": {
        "notifications": { "toolsListChanged": true },
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    }})
}

/// How many bytes wait for a client on a pipe that says this and then reads nothing.
async fn waiting_on_a_pipe(first: &Value) -> usize {
    let (server, changes) = server();
    let (ours, theirs) = duplex(64);
    let serving = tokio::spawn(async move {
        let (input, output) = split(theirs);
        server.serve(input, output).await
    });
    let (input, mut output) = split(ours);
    output.write_all(format!("{first}\n").as_bytes()).await.unwrap();
    change(&changes).await;
    let (mut input, mut waiting) = (BufReader::new(input), 0);
    let mut line = String::new();
    while let Ok(read) = timeout(Duration::from_secs(60), input.read_line(&mut line)).await {
        assert!(read.unwrap() > 0, "the server goes on");
        waiting += line.len();
        line.clear();
    }
    // It is told as before, now that it reads.
    changes.tools().announce();
    timeout(Duration::from_secs(1), input.read_line(&mut line)).await.expect("the change is told").unwrap();
    assert!(line.contains("notifications/tools/list_changed"), "{line}");
    output.shutdown().await.unwrap();
    let rest = async { while input.read_line(&mut line).await.unwrap() > 0 {} };
    timeout(Duration::from_secs(5), rest).await.expect("the server ends");
    serving.await.unwrap().unwrap();
    waiting
}

#[tokio::test(start_paused = true)]
async fn little_waits_on_a_pipe() {
    for first in [initialize(), listen()] {
        let waiting = waiting_on_a_pipe(&first).await;
        assert!((10_000..1_200_000).contains(&waiting), "{waiting} bytes for {}", first["method"]);
    }
}

#[cfg(feature = "http")]
mod over_http {
    use std::future::poll_fn;
    use std::pin::Pin;

    use http::{Request, StatusCode};
    use http_body::Body as _;
    use tower_service::Service as _;

    use super::*;
    use crate::http_settings::Http;
    use crate::transport::http::{Body, HttpService};

    async fn serve() -> (HttpService, Changes) {
        let (server, changes) = server();
        (server.http(Http::new().http_sse(true)).into_service().await.unwrap(), changes)
    }

    async fn send(service: &HttpService, request: http::request::Builder, body: String) -> http::Response<Body> {
        let request = request.header("host", "localhost").header("content-type", "application/json");
        service.clone().call(request.body(body).unwrap()).await.unwrap()
    }

    fn post(message: &Value) -> (http::request::Builder, String) {
        let request = Request::post("/mcp").header("accept", "application/json, text/event-stream");
        (request, message.to_string())
    }

    fn listening() -> (http::request::Builder, String) {
        let (request, message) = post(&listen());
        let version = request.header("mcp-protocol-version", "2026-07-28");
        (version.header("mcp-method", "subscriptions/listen"), message)
    }

    /// The next bytes, if there are any before the stream would say that it is still there.
    async fn next(stream: &mut Body) -> Option<Vec<u8>> {
        let frame = timeout(Duration::from_secs(10), poll_fn(|cx| Pin::new(&mut *stream).poll_frame(cx))).await.ok()?;
        Some(frame.expect("the stream goes on").unwrap().into_data().unwrap().to_vec())
    }

    async fn rest(stream: &mut Body) -> String {
        let mut bytes = Vec::new();
        while let Some(more) = next(stream).await {
            bytes.extend(more);
        }
        String::from_utf8(bytes).unwrap()
    }

    /// What waits for a client that does not read, and a call of another meanwhile.
    async fn waiting(service: &HttpService, changes: &Changes, mut stream: Body) -> String {
        change(changes).await;
        let (request, ping) = post(&json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {} }));
        assert_eq!(send(service, request, ping).await.status(), StatusCode::OK, "others are answered");
        let waiting = rest(&mut stream).await;
        changes.tools().announce();
        let told = rest(&mut stream).await;
        assert_eq!(told.matches("notifications/tools/list_changed").count(), 1, "{told}");
        waiting
    }

    #[tokio::test(start_paused = true)]
    async fn little_waits_for_a_listener() {
        let (service, changes) = serve().await;
        let (request, message) = listening();
        let stream = send(&service, request, message).await.into_body();
        let length = waiting(&service, &changes, stream).await.len();
        assert!((10_000..100_000).contains(&length), "{length} bytes");
        service.shutdown().await.unwrap();
    }

    /// A program may end the server while somebody listens.
    #[tokio::test(start_paused = true)]
    async fn who_listens_is_told_of_the_end() {
        let (service, _changes) = serve().await;
        let (request, message) = listening();
        let mut stream = send(&service, request, message).await.into_body();
        assert!(next(&mut stream).await.is_some());
        service.shutdown().await.unwrap();
        let mut told = Vec::new();
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut stream).poll_frame(cx)).await {
            told.extend(frame.unwrap().into_data().unwrap());
        }
        let told = String::from_utf8(told).unwrap();
        assert!(told.contains("\"resultType\":\"complete\""), "{told}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_change_waits_for_a_session() {
        let (service, changes) = serve().await;
        let (request, message) = post(&initialize());
        let opened = send(&service, request, message).await;
        let get = Request::get("/mcp").header("accept", "text/event-stream");
        let get = get.header("mcp-session-id", &opened.headers()["mcp-session-id"]);
        let mut stream = send(&service, get, String::new()).await.into_body();
        rest(&mut stream).await;
        let waiting = waiting(&service, &changes, stream).await;
        assert_eq!(waiting.matches("notifications/tools/list_changed").count(), 2, "the first and the last: {waiting}");
        service.shutdown().await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn one_change_waits_over_http_sse() {
        let (service, changes) = serve().await;
        let mut stream = send(&service, Request::get("/sse"), String::new()).await.into_body();
        let endpoint = rest(&mut stream).await;
        let address = endpoint.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
        let opened = send(&service, Request::post(format!("/{address}")), initialize().to_string()).await;
        assert_eq!(opened.status(), StatusCode::ACCEPTED);
        rest(&mut stream).await;
        let waiting = waiting(&service, &changes, stream).await;
        assert_eq!(waiting.matches("notifications/tools/list_changed").count(), 2, "the first and the last: {waiting}");
        service.shutdown().await.unwrap();
    }
}
