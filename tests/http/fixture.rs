//! A server of its own for every test, in the process of the test.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mcp_runtime::{Context, Http, Item, Server, items, prompt, resource, tool};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::client::{Connection, PATIENCE, Response};
use crate::common;
use crate::events::Stream;
use crate::requests::{Request, call, initialize, notification};

/// How far each ticker came, and which were dropped.
#[derive(Clone, Default)]
pub(crate) struct Counters(Arc<Mutex<HashMap<String, u64>>>);

impl Counters {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn of(&self, key: &str) -> u64 {
        self.lock().get(key).copied().unwrap_or_default()
    }

    pub(crate) fn add(&self, key: &str) {
        *self.lock().entry(key.to_owned()).or_default() += 1;
    }

    /// How long it took until a ticker was dropped.
    pub(crate) fn dropped(&self, key: &str) -> Option<Duration> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if self.of(&format!("{key} dropped")) > 0 {
                return Some(start.elapsed());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }

    /// Waits until a ticker runs.
    pub(crate) fn runs(&self, key: &str) {
        let (start, before) = (Instant::now(), self.of(key));
        while self.of(key) <= before {
            assert!(start.elapsed() < PATIENCE, "the ticker `{key}` does not tick");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Counts when it is dropped.
pub(crate) struct Guard<'c>(pub(crate) &'c Counters, pub(crate) String);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.add(&format!("{} dropped", self.1));
    }
}

/// Returns the message.
#[tool]
async fn echo(message: String) -> String {
    message
}

/// Sleeps without blocking.
#[tool]
async fn sleep(ms: u64) -> String {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    format!("slept {ms}")
}

/// Sleeps, wants its client to poll, and sleeps again.
#[tool]
async fn polled(before: u64, after: u64, context: &Context) -> &'static str {
    tokio::time::sleep(Duration::from_millis(before)).await;
    context.close_stream();
    tokio::time::sleep(Duration::from_millis(after)).await;
    "polled"
}

/// Has parameters that are mirrored into headers.
#[tool]
async fn route(
    #[arg(header = "Region")] region: Option<String>,
    #[arg(header = "Priority")] priority: Option<i64>,
    #[arg(header = "Dry-Run")] dry_run: Option<bool>,
    query: Option<String>,
) -> String {
    format!("{region:?} {priority:?} {dry_run:?} {query:?}")
}

/// Panics.
#[tool(name = "panic")]
async fn panics() {
    panic!("the secret is 42");
}

/// Tells what a header of the request said.
#[tool]
async fn header(name: String, context: &Context) -> Option<String> {
    Some(String::from_utf8_lossy(context.headers().get(name.as_str())?.as_bytes()).into_owned())
}

/// Tells which revision is spoken.
#[tool]
async fn revision(context: &Context) -> String {
    context.revision().to_string()
}

/// Counts until it is dropped, or for a while.
#[tool]
async fn ticker(key: String, ms: Option<u64>, counters: &Counters) -> &'static str {
    let guard = Guard(counters, key.clone());
    let end = Instant::now() + Duration::from_millis(ms.unwrap_or(20_000));
    while Instant::now() < end {
        counters.add(&key);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(guard);
    "ticked"
}

/// Returns many letters.
#[tool]
async fn big(bytes: usize) -> String {
    "x".repeat(bytes)
}

/// The settings.
#[resource("config://app", mime = "application/json")]
fn config() -> &'static str {
    "{}"
}

/// What a city is like.
#[resource("city://{name}")]
fn city(name: String) -> String {
    format!("{name} is cold")
}

/// Greets somebody.
#[prompt]
fn greet(name: String) -> String {
    format!("Greet {name}")
}

pub(crate) fn items() -> [Item; 12] {
    items![echo, polled, sleep, route, panics, header, revision, ticker, big, config, city, greet]
}

/// A running server. Every test ends with its end, which must be a good one.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) counters: Counters,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<mcp_runtime::Result<()>>>,
}

impl Running {
    pub(crate) fn start() -> Self {
        Self::with(Http::new())
    }

    pub(crate) fn with(http: Http) -> Self {
        Self::of(Server::new("test", "1.0.0").drain(Duration::from_millis(200)), http)
    }

    /// Serves with these settings until it is stopped.
    pub(crate) fn of(server: Server, http: Http) -> Self {
        common::hush();
        let counters = Counters::default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let until = async move { drop(stopped.await) };
        let server = server.state(counters.clone()).items(items()).http(http).until(until);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime
                .block_on(async { server.serve_listener(tokio::net::TcpListener::from_std(listener).unwrap()).await })
        });
        Self { address, counters, stop: Some(stop), thread: Some(thread) }
    }

    /// Asks it to stop, and does not wait.
    pub(crate) fn stop(&mut self) {
        self.stop.take();
    }

    /// Stops it, and returns how serving ended.
    pub(crate) fn end(&mut self) -> mcp_runtime::Result<()> {
        self.stop();
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        let start = Instant::now();
        while !thread.is_finished() {
            assert!(start.elapsed() < PATIENCE, "the server does not end");
            std::thread::sleep(Duration::from_millis(1));
        }
        thread.join().expect("the server does not panic")
    }

    /// Why it does not start; nothing if it does.
    pub(crate) fn refused(mut self) -> String {
        let start = Instant::now();
        while self.is_running() && start.elapsed() < Duration::from_millis(500) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.end().err().map(|error| error.to_string()).unwrap_or_default()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end().expect("the server ends well");
        }
    }
}

/// What a client does.
impl Running {
    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.address)
    }

    /// Sends a request on a connection of its own, and reads the answer.
    pub(crate) fn ask(&self, request: &Request) -> Response {
        self.connect().ask(request)
    }

    /// Sends a request on a connection of its own, whose answer is read later.
    pub(crate) fn begin(&self, request: &Request) -> Connection {
        let mut connection = self.connect();
        assert!(connection.send(request.bytes()));
        connection
    }

    /// Sends a request that must be answered with a stream.
    pub(crate) fn stream(&self, request: &Request) -> Stream {
        Stream::open(self.begin(request))
    }

    /// Makes sure that it still answers.
    #[track_caller]
    pub(crate) fn answers(&self, case: &str) {
        let response = self.ask(&call("alive?", "echo", serde_json::json!({ "message": "alive" })));
        assert_eq!(response.said(), "alive", "after {case}: {}", response.shown());
    }

    /// Opens a session.
    pub(crate) fn open(&self, revision: &'static str) -> Session<'_> {
        let opened = self.ask(&initialize(revision));
        assert_eq!(opened.json()["result"]["protocolVersion"], revision, "{}", opened.shown());
        let id = opened.header("mcp-session-id").unwrap_or_else(|| panic!("no session: {}", opened.shown())).to_owned();
        let session = Session { server: self, id, revision };
        let started = session.say(&notification("notifications/initialized", serde_json::json!({})));
        assert_eq!(started.status(), 202, "{}", started.shown());
        session
    }
}

/// A legacy session.
pub(crate) struct Session<'s> {
    pub(crate) server: &'s Running,
    pub(crate) id: String,
    pub(crate) revision: &'static str,
}

impl Session<'_> {
    /// Adds what every request of a session has: its id, and since 2025-06-18 the revision.
    pub(crate) fn mark(&self, request: Request) -> Request {
        let request = request.with("Mcp-Session-Id", &self.id);
        if self.revision < "2025-06-18" { request } else { request.with("MCP-Protocol-Version", self.revision) }
    }

    /// A request with this message.
    pub(crate) fn post(&self, message: &Value) -> Request {
        self.mark(Request::post(message.to_string()))
    }

    pub(crate) fn say(&self, message: &Value) -> Response {
        self.server.ask(&self.post(message))
    }

    /// A request that calls a tool.
    pub(crate) fn calling(&self, id: impl Into<Value>, tool: &str, arguments: Value) -> Request {
        self.post(&common::call(self.revision, id, tool, arguments))
    }

    pub(crate) fn call(&self, id: impl Into<Value>, tool: &str, arguments: Value) -> Response {
        self.server.ask(&self.calling(id, tool, arguments))
    }

    pub(crate) fn ping(&self) -> Response {
        self.say(&common::request(self.revision, "ping", "ping", Value::Null))
    }

    pub(crate) fn cancel(&self, id: impl Into<Value>) -> Response {
        self.say(&notification("notifications/cancelled", serde_json::json!({ "requestId": id.into() })))
    }

    /// The request that opens the session's own stream.
    pub(crate) fn get(&self) -> Request {
        self.mark(Request::get())
    }

    /// The request that goes on with a stream.
    pub(crate) fn resume(&self, last: &str) -> Request {
        self.get().and("Last-Event-ID", last)
    }

    pub(crate) fn delete(&self) -> Response {
        self.server.ask(&self.mark(Request::new("DELETE", "/mcp")))
    }
}
