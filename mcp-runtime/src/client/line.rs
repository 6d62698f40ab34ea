//! Carries messages to the server and back, and brings each to who waits for it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, duplex};
use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use super::answering::{Answering, Question};
use super::hearing::Hearing;
use crate::error::{Error, Result};
use crate::jsonrpc::code;
use crate::lock::lock;
use crate::protocol::meta;

/// One end of a connection in memory: a stream for each direction, so that dropping one says that nothing more will come.
pub(super) struct End {
    pub(super) input: DuplexStream,
    pub(super) output: DuplexStream,
}

impl End {
    /// Both ends.
    pub(super) fn both() -> (Self, Self) {
        const BUFFER: usize = 64 * 1024;
        let ((input, there), (output, here)) = (duplex(BUFFER), duplex(BUFFER));
        (Self { input, output }, Self { input: here, output: there })
    }
}

/// The way to the server, and who waits for an answer from it.
pub(super) struct Line {
    last: AtomicU64,
    output: AsyncMutex<DuplexStream>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    /// What is still to be said, before anything else: of who stops waiting, nobody is left to say it.
    unsaid: Mutex<Vec<Value>>,
}

type Answer = Result<Box<RawValue>>;

impl Line {
    pub(super) fn new(output: DuplexStream) -> Self {
        Self {
            last: AtomicU64::new(0),
            output: AsyncMutex::new(output),
            waiting: Mutex::default(),
            unsaid: Mutex::default(),
        }
    }

    /// A number that no request has had.
    pub(super) fn number(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// Sends a request, and waits for its result.
    pub(super) async fn ask(self: &Arc<Self>, method: &str, params: Value) -> Answer {
        let id = self.number();
        let (answer, answered) = oneshot::channel();
        lock(&self.waiting).insert(id, answer);
        let _pending = Pending { line: self, id };
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }

    pub(super) async fn tell(&self, method: &str, params: Value) -> Result<()> {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params })).await
    }

    /// Answers a question of the server.
    async fn answer(&self, id: Value, answer: Result<Value, String>) -> Result<()> {
        let answer = match answer {
            Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
            Err(message) => {
                json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code::INTERNAL_ERROR, "message": message } })
            }
        };
        self.send(&answer).await
    }

    /// Says that nothing more will come.
    pub(super) async fn end(&self) -> Result<()> {
        self.write("").await?;
        Ok(self.output.lock().await.shutdown().await?)
    }

    async fn send(&self, message: &Value) -> Result<()> {
        self.write(&format!("{message}\n")).await
    }

    /// Sends a request to whose answer nobody listens, without waiting for it.
    pub(super) fn ask_later(self: &Arc<Self>, method: &str, params: &Value) {
        let id = self.number();
        self.say_later(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
    }

    /// Says something as soon as it can be said, and at the end at the latest.
    fn say_later(self: &Arc<Self>, message: Value) {
        lock(&self.unsaid).push(message);
        if let Ok(runtime) = Handle::try_current() {
            let line = self.clone();
            runtime.spawn(async move { line.write("").await });
        }
    }

    async fn write(&self, lines: &str) -> Result<()> {
        let mut output = self.output.lock().await;
        let unsaid = std::mem::take(&mut *lock(&self.unsaid));
        let lines: String = unsaid.iter().map(|message| format!("{message}\n")).chain([lines.to_owned()]).collect();
        Ok(output.write_all(lines.as_bytes()).await?)
    }

    /// Who gave up waiting does not want it.
    fn bring(&self, id: &Value, answer: Answer) {
        if let Some(waits) = id.as_u64().and_then(|id| lock(&self.waiting).remove(&id)) {
            let _ = waits.send(answer);
        }
    }
}

/// A request whose answer somebody waits for. Who stops waiting cancels it.
struct Pending<'l> {
    line: &'l Arc<Line>,
    id: u64,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        // What is answered has been taken out.
        let is_open = lock(&self.line.waiting).remove(&self.id).is_some();
        if is_open {
            let params = json!({ "requestId": self.id });
            self.line.say_later(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }));
        }
    }
}

fn gone() -> Error {
    Error::Io(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the server is gone"))
}

/// A message of the server.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    id: Value,
    method: Option<String>,
    params: Option<Box<RawValue>>,
    result: Option<Box<RawValue>>,
    error: Option<Value>,
}

/// Reads until the server is gone; nobody waits any longer then. Does not keep the line open.
pub(super) async fn read(input: DuplexStream, line: Weak<Line>, mut hearing: Hearing, answering: Arc<Answering>) {
    let mut lines = BufReader::new(input).lines();
    while let Ok(Some(text)) = lines.next_line().await {
        let (Some(line), Ok(message)) = (line.upgrade(), serde_json::from_str::<Message>(&text)) else {
            continue;
        };
        match message {
            Message { id: Value::Null, method: Some(method), params, .. } => {
                let params = params.and_then(|params| serde_json::from_str(params.get()).ok()).unwrap_or_default();
                notified(&line, &mut hearing, &answering, method, params);
            }
            Message { id, method: Some(method), params, .. } => {
                let params = params.unwrap_or_else(|| RawValue::NULL.to_owned());
                tokio::spawn(asked(line, answering.clone(), id, Question { method, params }));
            }
            Message { id, error: Some(error), .. } => line.bring(&id, Err(refused(error))),
            Message { id, result, .. } => {
                line.bring(&id, Ok(result.unwrap_or_else(|| RawValue::NULL.to_owned())));
            }
        }
    }
    if let Some(line) = line.upgrade() {
        lock(&line.waiting).clear();
    }
}

/// That a client is listened to is the answer it waits for; everything else is heard.
fn notified(line: &Line, hearing: &mut Hearing, answering: &Answering, method: String, params: Value) {
    if method == "notifications/subscriptions/acknowledged" {
        line.bring(&params["_meta"][meta::SUBSCRIPTION_ID], Ok(RawValue::NULL.to_owned()));
    } else if let Err(trouble) = hearing.hear(method, params) {
        answering.remember(trouble);
    }
}

/// A question takes as long as who answers it.
async fn asked(line: Arc<Line>, answering: Arc<Answering>, id: Value, question: Question) {
    let answer = match answering.answer(question).await {
        Ok(answer) => Ok(answer),
        Err(trouble) => {
            let words = trouble.to_string();
            answering.remember(trouble);
            Err(words)
        }
    };
    // A server that is gone waits for nothing.
    let _ = line.answer(id, answer).await;
}

pub(super) fn refused(mut error: Value) -> Error {
    Error::Refused {
        code: error["code"].as_i64().and_then(|code| i32::try_from(code).ok()).unwrap_or_default(),
        message: error["message"].as_str().unwrap_or_default().to_owned(),
        data: error.get_mut("data").map(Value::take),
    }
}
