//! A client in memory, for tests: it speaks the real wire format to a real server.

#![allow(clippy::indexing_slicing, reason = "a `Value` is null where nothing is, and this is for tests")]

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf, split};
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::error::{Error, Result};
use crate::lock::lock;
use crate::protocol::{Revision, meta};
use crate::server::Server;
use crate::stop::Stop;
use crate::transport::pump;

/// A client in memory, for tests. It needs a tokio runtime: `tokio` with the features `macros` and `rt` among the
/// `dev-dependencies`, and `#[tokio::test]` on the test.
///
/// ```
/// use mcp_runtime::serde_json::json;
/// use mcp_runtime::{Server, items, tool};
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> mcp_runtime::Result<()> {
/// let client = Server::new("test", "1.0.0").items(items![add]).client().await?;
/// assert_eq!(client.call("add", json!({ "a": 2, "b": 3 })).await?.text(), "5");
/// # client.close().await
/// # }
/// ```
pub struct Client {
    revision: Revision,
    next: AtomicU64,
    output: AsyncMutex<WriteHalf<DuplexStream>>,
    waiting: Arc<Waiting>,
    notifications: AsyncMutex<mpsc::UnboundedReceiver<Value>>,
    /// What the server said when the connection was opened.
    opening: Value,
    reader: JoinHandle<()>,
    server: JoinHandle<Result<()>>,
}

type Waiting = Mutex<HashMap<u64, oneshot::Sender<Value>>>;

/// What a tool answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Called(Value);

impl Called {
    /// All text blocks, one per line.
    pub fn text(&self) -> String {
        let blocks = self.0["content"].as_array().into_iter().flatten();
        blocks.filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Whether the tool says that it failed.
    pub fn is_error(&self) -> bool {
        self.0["isError"] == true
    }

    /// The structured content, read as a type of your own.
    ///
    /// # Panics
    /// With the result, if there is no such content or it is of another shape: it is for tests.
    #[track_caller]
    #[allow(clippy::panic, reason = "a test should fail here")]
    pub fn structured<T: DeserializeOwned>(&self) -> T {
        let whole = &self.0["structuredContent"];
        // What is no object has one around it before 2026-07-28.
        let inner = whole.get("result").map(|inner| serde_json::from_value(inner.clone()));
        match serde_json::from_value(whole.clone()).or_else(|error| inner.unwrap_or(Err(error))) {
            Ok(value) => value,
            Err(error) => panic!("the structured content is of another shape: {error}\n{:#}", self.0),
        }
    }

    /// The whole result as it came over the wire.
    pub fn json(&self) -> &Value {
        &self.0
    }
}

impl Server {
    /// A client in the newest revision. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the server has faults, or a start hook fails.
    pub async fn client(self) -> Result<Client> {
        self.client_in(Revision::LATEST).await
    }

    /// A client in the revision of the test's choice.
    ///
    /// # Errors
    /// When the server has faults, or a start hook fails.
    pub async fn client_in(self, revision: Revision) -> Result<Client> {
        const BUFFER: usize = 64 * 1024;
        let built = self.build()?;
        let (ours, theirs) = tokio::io::duplex(BUFFER);
        let server = tokio::spawn(async move {
            let (input, output) = split(theirs);
            let (ask, stop) = Stop::new();
            built.around(&ask, &stop, async |core| pump::serve(core, input, output, &stop).await).await
        });
        Client::open(ours, server, revision).await
    }
}

impl Client {
    async fn open(stream: DuplexStream, server: JoinHandle<Result<()>>, revision: Revision) -> Result<Self> {
        let (input, output) = split(stream);
        let waiting = Arc::new(Waiting::default());
        let (notify, notifications) = mpsc::unbounded_channel();
        let reader = tokio::spawn(read(input, waiting.clone(), notify));
        let output = AsyncMutex::new(output);
        let notifications = AsyncMutex::new(notifications);
        let next = AtomicU64::new(1);
        let mut client = Self { revision, next, output, waiting, notifications, opening: Value::Null, reader, server };
        client.opening = client.greet().await?;
        Ok(client)
    }

    async fn greet(&self) -> Result<Value> {
        if self.revision.is_modern() {
            return self.request("server/discover", json!({})).await;
        }
        let client = json!({ "name": "mcp-runtime test client", "version": env!("CARGO_PKG_VERSION") });
        let terms = json!({ "protocolVersion": self.revision, "capabilities": {}, "clientInfo": client });
        let opening = self.request("initialize", terms).await?;
        self.notify("notifications/initialized", json!({})).await?;
        Ok(opening)
    }

    /// What the server said when the connection was opened: the result of `server/discover` or `initialize`.
    pub fn opening(&self) -> &Value {
        &self.opening
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// When the answer is an error. A tool that failed is not one: see [`Called::is_error`].
    pub async fn call(&self, tool: &str, arguments: Value) -> Result<Called> {
        self.request("tools/call", json!({ "name": tool, "arguments": arguments })).await.map(Called)
    }

    /// Reads a resource: its contents.
    ///
    /// # Errors
    /// When the answer is an error.
    pub async fn read(&self, uri: &str) -> Result<Vec<Value>> {
        let result = self.request("resources/read", json!({ "uri": uri })).await?;
        Ok(result["contents"].as_array().cloned().unwrap_or_default())
    }

    /// Gets a prompt: its messages.
    ///
    /// # Errors
    /// When the answer is an error.
    pub async fn prompt(&self, name: &str, arguments: Value) -> Result<Vec<Value>> {
        let result = self.request("prompts/get", json!({ "name": name, "arguments": arguments })).await?;
        Ok(result["messages"].as_array().cloned().unwrap_or_default())
    }

    /// All items of a list, over all of its pages: `tools`, `resources`, `resources/templates` or `prompts`.
    ///
    /// # Errors
    /// When the answer is an error.
    pub async fn list(&self, family: &str) -> Result<Vec<Value>> {
        let key = if family == "resources/templates" { "resourceTemplates" } else { family };
        let (mut items, mut params) = (Vec::new(), json!({}));
        loop {
            let page = self.request(&format!("{family}/list"), params).await?;
            items.extend(page[key].as_array().cloned().unwrap_or_default());
            match page.get("nextCursor") {
                Some(cursor) => params = json!({ "cursor": cursor }),
                None => return Ok(items),
            }
        }
    }

    /// Sends any request and waits for its result.
    ///
    /// # Errors
    /// When the answer is an error, or the server is gone.
    pub async fn request(&self, method: &str, params: Value) -> Result<Value> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        lock(&self.waiting).insert(id, answer);
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": self.with_terms(params) })).await?;
        let mut answer = answered.await.map_err(|_| gone())?;
        match answer.get_mut("error") {
            None => Ok(answer["result"].take()),
            Some(error) => Err(Error::Refused {
                code: error["code"].as_i64().and_then(|code| i32::try_from(code).ok()).unwrap_or_default(),
                message: error["message"].as_str().unwrap_or_default().to_owned(),
                data: error.get_mut("data").map(Value::take),
            }),
        }
    }

    /// Sends a notification.
    ///
    /// # Errors
    /// When the server is gone.
    pub async fn notify(&self, method: &str, params: Value) -> Result<()> {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params })).await
    }

    /// The next message from the server that is not the answer to a request.
    pub async fn next_notification(&self) -> Option<Value> {
        self.notifications.lock().await.recv().await
    }

    /// Closes the connection and waits until the server has shut down.
    ///
    /// # Errors
    /// When a shutdown hook failed.
    pub async fn close(self) -> Result<()> {
        self.output.lock().await.shutdown().await?;
        let served = self.server.await;
        self.reader.abort();
        served.unwrap_or_else(|error| Err(Error::Hook(error.to_string())))
    }

    /// A modern request says its terms itself: no capabilities, unless the test has put some into its `_meta`.
    fn with_terms(&self, mut params: Value) -> Value {
        if self.revision.is_modern() {
            params["_meta"][meta::PROTOCOL_VERSION] = json!(self.revision);
            let capabilities = &mut params["_meta"][meta::CLIENT_CAPABILITIES];
            if capabilities.is_null() {
                *capabilities = json!({});
            }
        }
        params
    }

    async fn send(&self, message: &Value) -> Result<()> {
        let line = format!("{message}\n");
        Ok(self.output.lock().await.write_all(line.as_bytes()).await?)
    }
}

fn gone() -> Error {
    Error::Io(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the server is gone"))
}

/// Brings every message to who waits for it. When the server is gone, nobody waits any longer.
async fn read(input: ReadHalf<DuplexStream>, waiting: Arc<Waiting>, notify: mpsc::UnboundedSender<Value>) {
    let mut lines = BufReader::new(input).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let message: Value = serde_json::from_str(&line).unwrap_or_default();
        let waits = |id| lock(&waiting).remove(&id);
        match message["id"].as_u64().and_then(waits) {
            // Who gave up waiting does not want it.
            Some(answer) => drop(answer.send(message)),
            None => drop(notify.send(message)),
        }
    }
    lock(&waiting).clear();
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("revision", &self.revision).finish_non_exhaustive()
    }
}
