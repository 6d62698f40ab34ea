//! A client in memory, for tests: it speaks the real wire format to a real server, without a process or a socket.
#![allow(
    clippy::indexing_slicing,
    reason = "`Value` gives null for what is not there, and becomes an object for what is set in it"
)]

mod answering;
mod asked;
mod builder;
mod difference;
mod hearing;
mod line;
mod results;
mod settle;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::{Mutex as AsyncMutex, mpsc};
use tokio::task::JoinHandle;

use self::answering::{Answering, advised};
pub use self::asked::{ElicitRequest, VisitRequest};
pub use self::builder::ClientBuilder;
use self::hearing::Hearing;
pub use self::hearing::{Logged, Notification, Reported};
use self::line::{End, Line};
pub use self::results::{Called, Contents, Messages};
use crate::client_log::Level;
use crate::error::{Error, Result};
use crate::protocol::{Revision, meta};
use crate::server::Server;
use crate::stop::Stop;
use crate::transport::pump;

/// A client in memory, for tests. It needs a tokio runtime: `tokio` with the features `macros` and `rt` among the
/// `dev-dependencies`, and `#[tokio::test]` on the test.
///
/// [`Server::client`] gives one that answers no questions; [`builder`](Self::builder) is for those that do, and for other
/// revisions.
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
/// client.call("add", json!({ "a": 2, "b": 3 })).await?.assert_text("5");
/// # client.close().await
/// # }
/// ```
pub struct Client {
    terms: Terms,
    line: Arc<Line>,
    answering: Arc<Answering>,
    notifications: AsyncMutex<mpsc::UnboundedReceiver<Notification>>,
    /// What the server said when the connection was opened.
    opening: Value,
    server: JoinHandle<Result<()>>,
}

/// What a client says of itself.
struct Terms {
    revision: Revision,
    info: Value,
    capabilities: Value,
    /// From which level on it wants log messages, if it wants any.
    level: Option<Level>,
    wants_progress: bool,
}

impl Server {
    /// A client in the newest revision that answers no questions: [`Client::builder`] has all others. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the server has faults, or a start hook fails.
    pub async fn client(self) -> Result<Client> {
        Client::builder().connect(self).await
    }
}

/// A server at work, and our end of a connection to it.
fn serve(server: Server) -> Result<(End, JoinHandle<Result<()>>)> {
    let built = server.build()?;
    let (ours, End { input, output }) = End::both();
    let serving = tokio::spawn(async move {
        let (ask, stop) = Stop::new();
        built.around(&ask, &stop, async |core| pump::serve(core, input, output, &stop).await).await
    });
    Ok((ours, serving))
}

impl Client {
    /// A client that answers what it is asked.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    async fn open(end: End, server: JoinHandle<Result<()>>, builder: ClientBuilder) -> Result<Self> {
        let (terms, answering, ears) = builder.into_parts();
        let End { input, output } = end;
        let (line, answering) = (Arc::new(Line::new(output)), Arc::new(answering));
        let (rest, notifications) = mpsc::unbounded_channel();
        tokio::spawn(line::read(input, Arc::downgrade(&line), Hearing { ears, rest }, answering.clone()));
        let notifications = AsyncMutex::new(notifications);
        let mut client = Self { terms, line, answering, notifications, opening: Value::Null, server };
        match client.greet().await {
            Ok(opening) => client.opening = opening,
            // Why the server is gone, as after a start hook that failed, it says at its end.
            Err(gone @ Error::Io(_)) => return Err(client.close().await.err().unwrap_or(gone)),
            Err(refused) => return Err(refused),
        }
        Ok(client)
    }

    async fn greet(&self) -> Result<Value> {
        let Terms { revision, info, capabilities, level, .. } = &self.terms;
        if revision.is_modern() {
            return self.request("server/discover", json!({})).await;
        }
        let terms = json!({ "protocolVersion": revision, "capabilities": capabilities, "clientInfo": info });
        let opening = self.request("initialize", terms).await?;
        self.notify("notifications/initialized", json!({})).await?;
        let logs = opening["capabilities"].get("logging");
        if let Some(level) = level.filter(|_| logs.is_some()) {
            self.request("logging/setLevel", json!({ "level": level.as_str() })).await?;
        }
        Ok(opening)
    }

    /// What the server said when the connection was opened: the result of `server/discover` or `initialize`.
    pub fn opening(&self) -> &Value {
        &self.opening
    }

    /// Calls a tool, with arguments that are an object: `json!({ … })`, a struct or map of your own, or `()` for none.
    ///
    /// What the server asks meanwhile is answered by the handlers of the [builder](ClientBuilder); if the call becomes a task,
    /// it is followed to its end. A call that is dropped before it is answered, as by `tokio::time::timeout`, is cancelled, and so
    /// is its task.
    ///
    /// # Errors
    /// When the answer is an error, or a question has no answer. A tool that failed is not one: see [`Called::is_error`].
    ///
    /// # Panics
    /// As a handler does that panics.
    pub async fn call(&self, tool: &str, arguments: impl Serialize) -> Result<Called> {
        self.settle("tools/call", named(tool, arguments)?).await.map(Called)
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// When the answer is an error, or a question has no answer.
    ///
    /// # Panics
    /// As a handler does that panics.
    pub async fn read(&self, uri: &str) -> Result<Contents> {
        self.settle("resources/read", json!({ "uri": uri })).await.map(Contents)
    }

    /// Gets a prompt, with arguments like those of [`call`](Self::call).
    ///
    /// # Errors
    /// When the answer is an error, or a question has no answer.
    ///
    /// # Panics
    /// As a handler does that panics.
    pub async fn prompt(&self, name: &str, arguments: impl Serialize) -> Result<Messages> {
        self.settle("prompts/get", named(name, arguments)?).await.map(Messages)
    }

    /// What could follow what a person has typed as an argument of a prompt, or of a resource template, which contains `{`.
    ///
    /// ```
    /// # use mcp_runtime::{Server, items, prompt};
    /// /// A walk through a city.
    /// #[prompt]
    /// fn walk(#[arg(complete = ["Oslo", "Osaka", "Lima"])] city: String) -> String {
    ///     format!("Walk me through {city}.")
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// let client = Server::new("walks", "1.0.0").items(items![walk]).client().await?;
    /// assert_eq!(client.complete("walk", "city", "os").await?, ["Oslo", "Osaka"]);
    /// # client.close().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the answer is an error.
    pub async fn complete(&self, of: &str, argument: &str, typed: &str) -> Result<Vec<String>> {
        let reference = match of.contains('{') {
            true => json!({ "type": "ref/resource", "uri": of }),
            false => json!({ "type": "ref/prompt", "name": of }),
        };
        let asked = json!({ "ref": reference, "argument": { "name": argument, "value": typed } });
        let answer = self.request("completion/complete", asked).await?;
        serde_json::from_value(answer["completion"]["values"].clone()).map_err(Error::other)
    }

    /// All items of a list, over all of its pages: `tools`, `resources`, `resources/templates` or `prompts`.
    ///
    /// ```
    /// # use mcp_runtime::{Server, items, tool};
    /// # /// Adds two numbers.
    /// # #[tool]
    /// # fn add(a: i64, b: i64) -> i64 { a + b }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// let client = Server::new("test", "1.0.0").items(items![add]).client().await?;
    /// assert_eq!(client.list("tools").await?[0]["description"], "Adds two numbers.");
    /// # client.close().await
    /// # }
    /// ```
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

    /// Wants to be told when these resources are updated, and when lists change: [`next_notification`](Self::next_notification)
    /// then tells it. Once it has returned, no change is missed.
    ///
    /// ```
    /// # use mcp_runtime::{Changes, Server, UnknownItem, items, resource, tool};
    /// # /// What the thermometer says.
    /// # #[resource("room://temperature", watch)]
    /// # fn temperature() -> &'static str { "21 °C" }
    /// # /// Heats the room.
    /// # #[tool]
    /// # fn heat(changes: &Changes) -> Result<(), UnknownItem> { changes.updated("room://temperature") }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// let client = Server::new("room", "1.0.0").items(items![temperature, heat]).client().await?;
    /// client.watch(["room://temperature"]).await?;
    /// client.call("heat", ()).await?;
    /// let told = client.next_notification().await.unwrap();
    /// assert_eq!(told.method, "notifications/resources/updated");
    /// assert_eq!(told.params["uri"], "room://temperature");
    /// # client.close().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the answer is an error, such as that nothing changes on this server.
    pub async fn watch<'u>(&self, uris: impl IntoIterator<Item = &'u str>) -> Result<()> {
        let uris: Vec<&str> = uris.into_iter().collect();
        if !self.terms.revision.is_modern() {
            for uri in uris {
                self.request("resources/subscribe", json!({ "uri": uri })).await?;
            }
            return Ok(());
        }
        let mut filter = json!({ "toolsListChanged": true, "resourcesListChanged": true, "promptsListChanged": true });
        if !uris.is_empty() {
            filter["resourceSubscriptions"] = json!(uris);
        }
        self.ask("subscriptions/listen", json!({ "notifications": filter })).await.map(drop)
    }

    /// Sends any request, and waits for what it is answered with: neither rounds nor tasks are followed. The terms of the client
    /// are added, except those that `params` have in their `_meta`.
    ///
    /// # Errors
    /// When the answer is an error, or the server is gone.
    pub async fn request(&self, method: &str, params: Value) -> Result<Value> {
        let result = self.ask(method, params).await?;
        serde_json::from_str(result.get()).map_err(Error::other)
    }

    /// Sends a notification.
    ///
    /// # Errors
    /// When the server is gone.
    pub async fn notify(&self, method: &str, params: Value) -> Result<()> {
        self.line.tell(method, params).await
    }

    /// The next notification from the server that no handler has taken. None when the server is gone.
    pub async fn next_notification(&self) -> Option<Notification> {
        self.notifications.lock().await.recv().await
    }

    /// Closes the connection, and waits until the server has shut down.
    ///
    /// # Errors
    /// When a shutdown hook failed, or there are [answers](ClientBuilder::answers) or [replies](ClientBuilder::replies) that were
    /// never asked for.
    ///
    /// # Panics
    /// As a handler does that panics.
    pub async fn close(self) -> Result<()> {
        self.line.end().await?;
        let served = self.server.await;
        served.unwrap_or_else(|error| Err(Error::Hook(error.to_string())))?;
        self.answering.trouble()?;
        self.answering.unasked()
    }

    /// Asks once. What went wrong with a question on the way goes before what came of it.
    async fn ask(&self, method: &str, params: Value) -> Result<Box<RawValue>> {
        let answer = self.line.ask(method, self.with_terms(params)).await;
        self.answering.trouble()?;
        answer.map_err(with_advice)
    }

    /// A modern request says its terms itself, unless the test has put others into its `_meta`.
    fn with_terms(&self, mut params: Value) -> Value {
        let Terms { revision, info, capabilities, level, .. } = &self.terms;
        let is_open = |value: &Value| value.is_object() || value.is_null();
        // What is of another shape is sent as it is, for tests of what a server makes of it.
        if revision.is_modern() && is_open(&params) && is_open(&params["_meta"]) {
            let said = [
                (meta::PROTOCOL_VERSION, json!(revision)),
                (meta::CLIENT_INFO, info.clone()),
                (meta::CLIENT_CAPABILITIES, capabilities.clone()),
                (meta::LOG_LEVEL, level.map(Level::as_str).into()),
            ];
            for (name, value) in said.into_iter().filter(|(_, value)| !value.is_null()) {
                let term = &mut params["_meta"][name];
                if term.is_null() {
                    *term = value;
                }
            }
        }
        params
    }

    /// A call tells how far it is if somebody wants to know it.
    fn wishing(&self, mut params: Value) -> Value {
        if self.terms.wants_progress {
            params["_meta"]["progressToken"] = self.line.number().into();
        }
        params
    }
}

/// A tool or prompt with its arguments.
fn named(name: &str, arguments: impl Serialize) -> Result<Value> {
    let mut params = json!({ "name": name });
    match serde_json::to_value(arguments).map_err(Error::other)? {
        Value::Null => {}
        arguments => params["arguments"] = arguments,
    }
    Ok(params)
}

/// Adds what the client has to be built with where the server misses something.
fn with_advice(error: Error) -> Error {
    match error {
        Error::Refused { code, message, data } => {
            let advice = data.as_ref().and_then(|data| data.get("requiredCapabilities")).map(advised);
            Error::Refused { code, message: message + &advice.unwrap_or_default(), data }
        }
        other => other,
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("revision", &self.terms.revision).finish_non_exhaustive()
    }
}
