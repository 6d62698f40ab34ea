//! Whoever is refused by a limit is told which, and how much it is; whoever runs the server is told which setting it is, and once.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in any way"
)]

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::{Mutex, Once};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body::Body as _;
use mcp_runtime::serde_json::{self, Value, json};
use mcp_runtime::{Body, Changes, Http, HttpService, Server, items, resource, tool};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf};
use tower_service::Service as _;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// What was told to whoever runs the server.
static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Ears;

impl<S: tracing::Subscriber> Layer<S> for Ears {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        event.record(&mut Words);
    }
}

struct Words;

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            HEARD.lock().unwrap().push(format!("{value:?}"));
        }
    }
}

fn server() -> Server {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Ears)).unwrap();
    });
    Server::new("test", "1.0.0").items(items![hangs, sleeps, sensor])
}

/// It was told once, however often it was refused.
#[track_caller]
fn told(words: &str, setting: &str) {
    let text = format!("{words}: `{setting}` allows no more (this is told once a minute at most)");
    let heard = HEARD.lock().unwrap();
    assert_eq!(heard.iter().filter(|heard| **heard == text).count(), 1, "{text}\n{heard:#?}");
}

/// Never answers.
#[tool]
async fn hangs(_changes: &Changes) {
    std::future::pending::<()>().await;
}

/// Keeps its thread.
#[tool]
fn sleeps(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

/// Measures.
#[resource("sensor://{number}", watch)]
async fn sensor(number: u32) -> String {
    number.to_string()
}

/// A client at the other end of a pipe.
struct Wire {
    ask: WriteHalf<DuplexStream>,
    answers: BufReader<ReadHalf<DuplexStream>>,
}

impl Wire {
    async fn open(server: Server, revision: &str) -> Self {
        let (here, there) = tokio::io::duplex(1 << 16);
        let (input, output) = tokio::io::split(there);
        tokio::spawn(server.serve(input, output));
        let (answers, ask) = tokio::io::split(here);
        let mut wire = Self { ask, answers: BufReader::new(answers) };
        wire.ask(&hello(revision).to_string()).await;
        wire
    }

    async fn say(&mut self, line: &str) {
        self.ask.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    async fn ask(&mut self, line: &str) -> Value {
        self.say(line).await;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).await.unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    /// Asks twice for what is refused.
    async fn is_refused(&mut self, line: &str, words: &str) {
        for _ in 0..2 {
            let answer = self.ask(line).await;
            assert_eq!(answer["error"]["message"], words, "{line}");
        }
    }
}

fn request(id: u32, method: &str, params: Value) -> Value {
    let mut request = json!({ "jsonrpc": "2.0", "id": id, "method": method });
    request["params"] = params;
    request
}

fn call(id: u32, tool: &str, arguments: &Value) -> String {
    request(id, "tools/call", json!({ "name": tool, "arguments": arguments })).to_string()
}

fn hello(revision: &str) -> Value {
    let client = json!({ "name": "test", "version": "1.0.0" });
    request(0, "initialize", json!({ "protocolVersion": revision, "capabilities": {}, "clientInfo": client }))
}

fn busy(words: &str) -> String {
    format!("the server is busy: {words}; try again later")
}

#[tokio::test]
async fn messages() {
    let server = server().line_length(1000).depth(5).batch_length(2);
    let mut wire = Wire::open(server, "2025-03-26").await;
    for (line, words, setting) in [
        ("x".repeat(1001), "the message is longer than 1000 bytes", "Server::line_length"),
        (
            "[[[[[[6]]]]]]".replace("[[[[[[", r#"{"id":1,"method":"ping","x":[[[[["#).replace("]]]]]]", "]]]]]}"),
            "the message is nested deeper than 5 levels",
            "Server::depth",
        ),
        ("[1,2,3]".into(), "the batch has more than 2 messages", "Server::batch_length"),
    ] {
        wire.is_refused(&line, words).await;
        told(words, setting);
    }
}

#[tokio::test]
async fn what_one_client_holds() {
    let mut wire = Wire::open(server().in_flight(2).subscriptions(1), "2025-11-25").await;
    let subscribe = |number: u32| request(9, "resources/subscribe", json!({ "uri": format!("sensor://{number}") }));
    assert_eq!(wire.ask(&subscribe(1).to_string()).await["result"], json!({}));
    let words = "a client may subscribe to 1 resources, and not to more";
    wire.is_refused(&subscribe(2).to_string(), words).await;
    told(words, "Server::subscriptions");
    wire.say(&call(1, "hangs", &json!({}))).await;
    wire.say(&call(2, "hangs", &json!({}))).await;
    let words = "2 calls of one client are in flight";
    wire.is_refused(&call(3, "hangs", &json!({})), &busy(words)).await;
    told(words, "Server::in_flight");
}

/// A call that no thread was free for has not taken too long: it has never begun.
#[tokio::test]
async fn threads() {
    let server = server().threads(1).timeout(Duration::from_millis(100));
    let mut wire = Wire::open(server, "2025-11-25").await;
    let answer = wire.ask(&call(1, "sleeps", &json!({ "ms": 2000 }))).await;
    assert_eq!(answer["error"]["message"], "tool `sleeps` timed out after 0.1 s");
    let words = "all 1 threads for plain functions are taken";
    wire.is_refused(&call(2, "sleeps", &json!({ "ms": 0 })), &busy(words)).await;
    told(words, "Server::threads");
}

async fn service(http: Http) -> HttpService {
    server().in_flight(1).http(http).into_service().await.unwrap()
}

fn post(body: &Value) -> http::request::Builder {
    let request = Request::post("/mcp").header("host", "localhost").header("content-type", "application/json");
    let request = request.header("accept", "application/json, text/event-stream");
    if !body["params"]["_meta"].is_object() {
        return request;
    }
    let name = body["params"]["name"].as_str().unwrap_or_default();
    let method = body["method"].as_str().unwrap();
    request.header("mcp-protocol-version", "2026-07-28").header("mcp-method", method).header("mcp-name", name)
}

/// A request of 2026-07-28.
fn modern(method: &str, mut params: Value) -> Value {
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
    request(1, method, params)
}

async fn answer(service: &mut HttpService, request: Request<String>) -> Response<Body> {
    service.call(request).await.unwrap()
}

/// It is refused twice, with this status and these words.
async fn is_refused(service: &mut HttpService, make: impl Fn() -> Request<String>, status: StatusCode, words: &str) {
    for _ in 0..2 {
        let refusal = answer(service, make()).await;
        assert_eq!(refusal.status(), status, "{words}");
        let again = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&status);
        let retry = refusal.headers().get("retry-after").map(|after| after.to_str().unwrap());
        assert_eq!(retry, again.then_some("1"), "{words}");
        let (mut body, mut bytes) = (refusal.into_body(), Vec::new());
        while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            bytes.extend_from_slice(&frame.unwrap().into_data().unwrap());
        }
        let message: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(message["error"]["message"], words);
    }
}

#[tokio::test]
async fn requests_over_http() {
    let mut service = service(Http::new().body_length(500).header_length(1000)).await;
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let words = "the body is longer than 500 bytes";
    let long = || post(&ping).body("x".repeat(501)).unwrap();
    is_refused(&mut service, long, StatusCode::PAYLOAD_TOO_LARGE, words).await;
    told(words, "Http::body_length");
    let words = "the headers are longer than 1000 bytes";
    let long = || post(&ping).header("x-long", "x".repeat(1000)).body(ping.to_string()).unwrap();
    is_refused(&mut service, long, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, words).await;
    told(words, "Http::header_length");
}

#[tokio::test]
async fn sessions() {
    let mut service = service(Http::new().sessions(1).session_streams(1)).await;
    let hello = hello("2025-11-25");
    let open = || post(&hello).body(hello.to_string()).unwrap();
    let opened = answer(&mut service, open()).await;
    let session = opened.headers()["mcp-session-id"].clone();
    let words = "1 sessions are open";
    is_refused(&mut service, open, StatusCode::SERVICE_UNAVAILABLE, &busy(words)).await;
    told(words, "Http::sessions");
    let stream = || {
        let get = Request::get("/mcp").header("host", "localhost").header("accept", "text/event-stream");
        get.header("mcp-session-id", &session).body(String::new()).unwrap()
    };
    let _open = answer(&mut service, stream()).await;
    let words = "1 streams of the session are open";
    is_refused(&mut service, stream, StatusCode::TOO_MANY_REQUESTS, &format!("{words}; close one first")).await;
    told(words, "Http::session_streams");
}

#[tokio::test]
async fn calls_and_listeners() {
    let mut service = service(Http::new().calls(1).listeners(1)).await;
    let listen = modern("subscriptions/listen", json!({ "notifications": { "toolsListChanged": true } }));
    let listen = || post(&listen).body(listen.to_string()).unwrap();
    let _open = answer(&mut service, listen()).await;
    let words = "1 clients listen";
    is_refused(&mut service, listen, StatusCode::SERVICE_UNAVAILABLE, &busy(words)).await;
    told(words, "Http::listeners");
    let hang = modern("tools/call", json!({ "name": "hangs", "arguments": {} }));
    let hang = || post(&hang).body(hang.to_string()).unwrap();
    let mut other = service.clone();
    let first = other.call(hang());
    let hanging = tokio::spawn(first);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let words = "1 calls are in flight";
    is_refused(&mut service, hang, StatusCode::SERVICE_UNAVAILABLE, &busy(words)).await;
    told(words, "Http::calls");
    hanging.abort();
}

/// What is no request is refused as well when the server ends, and a check of its health.
#[tokio::test]
async fn who_comes_while_it_ends_is_told_to_come_again() {
    let mut service = service(Http::new()).await;
    service.shutdown().await.unwrap();
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let ask = || post(&ping).body(ping.to_string()).unwrap();
    is_refused(&mut service, ask, StatusCode::SERVICE_UNAVAILABLE, "the server is shutting down").await;
}
