//! Clients that share one pair of pipes, and what can go wrong there.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io::Result;
use std::process::{ChildStdin, ChildStdout};
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{sleep, timeout};

use super::work::{Peer, Scene, word};
use crate::client::text;
use crate::messages::{Era, cancellation, introduction, listening};
use crate::server::PATIENCE;

/// Both pipes, and who waits for what.
pub(super) struct Line {
    input: Mutex<Option<Sender>>,
    waiting: RefCell<HashMap<u64, UnboundedSender<Value>>>,
    /// Answers to what was no message.
    refused: Cell<u64>,
    /// Nothing is read for this while.
    deaf: Cell<Duration>,
    reading: RefCell<Option<JoinHandle<()>>>,
}

impl Line {
    pub(super) async fn open(input: ChildStdin, output: ChildStdout) -> Rc<Self> {
        let (input, output) =
            (Sender::from_owned_fd(input.into()).unwrap(), Receiver::from_owned_fd(output.into()).unwrap());
        let line = Rc::new(Self {
            input: Mutex::new(Some(input)),
            waiting: RefCell::default(),
            refused: Cell::default(),
            deaf: Cell::default(),
            reading: RefCell::default(),
        });
        *line.reading.borrow_mut() = Some(spawn_local(read(line.clone(), output)));
        let opened = line.ask(&introduction()).await.pop().unwrap();
        assert_eq!(opened["result"]["protocolVersion"], "2025-11-25");
        line
    }

    async fn send(&self, message: &Value) {
        self.write(format!("{message}\n").as_bytes()).await;
    }

    async fn write(&self, bytes: &[u8]) {
        self.input.lock().await.as_mut().unwrap().write_all(bytes).await.unwrap();
    }

    /// Who is to hear what is said about this request.
    fn wait_for(&self, id: u64) -> UnboundedReceiver<Value> {
        let (sender, heard) = unbounded_channel();
        assert!(self.waiting.borrow_mut().insert(id, sender).is_none(), "{id} is used");
        heard
    }

    /// All that is said until the answer.
    async fn ask(&self, message: &Value) -> Vec<Value> {
        let id = message["id"].as_u64().unwrap();
        let (mut waiting, mut heard) = (self.wait_for(id), Vec::new());
        self.send(message).await;
        loop {
            let said = timeout(PATIENCE, waiting.recv()).await.unwrap_or_else(|_| panic!("no answer to {message}"));
            heard.push(said.unwrap());
            if heard.last().unwrap().get("method").is_none() {
                return heard;
            }
        }
    }

    async fn call(&self, tool: &str, arguments: &Value) -> String {
        // No worker has such an id.
        const OWN: u64 = 1_000;
        let message = Era::Modern.request(OWN, "tools/call", json!({ "name": tool, "arguments": arguments }));
        text(&self.ask(&message).await.pop().unwrap()).to_owned()
    }

    pub(super) async fn announce(&self, uri: &str) {
        assert_eq!(self.call("announce", &json!({ "uri": uri })).await, "announced");
    }

    /// How many tasks there are.
    pub(super) async fn tasks(&self) -> u64 {
        self.call("alive", &json!({})).await.parse().unwrap()
    }

    pub(super) async fn listen(self: &Rc<Self>, id: u64, uri: &str) -> Listening {
        let mut listening = Listening { line: self.clone(), id, heard: self.wait_for(id) };
        self.send(&self::listening(id, uri)).await;
        let first = listening.next().await;
        assert_eq!(first["method"], "notifications/subscriptions/acknowledged", "{first}");
        listening
    }

    /// Closes the input. The server closes the output.
    pub(super) async fn close(&self) {
        *self.input.lock().await = None;
        let reading = self.reading.borrow_mut().take().unwrap();
        timeout(PATIENCE, reading).await.expect("the server hangs up").unwrap();
        assert!(self.waiting.borrow().is_empty(), "not answered: {:?}", self.waiting.borrow().keys());
    }
}

/// Brings what is said to who waits for it.
async fn read(line: Rc<Line>, output: Receiver) {
    let mut output = BufReader::new(output).lines();
    while let Some(said) = output.next_line().await.unwrap() {
        let said: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
        hear(&line, said);
        let deaf = line.deaf.take();
        if !deaf.is_zero() {
            sleep(deaf).await;
        }
    }
}

fn hear(line: &Rc<Line>, said: Value) {
    let (id, params) = (said["id"].as_u64(), &said["params"]);
    let subscription = &params["_meta"]["io.modelcontextprotocol/subscriptionId"];
    match said["method"].as_str() {
        Some("elicitation/create") => {
            let answer = json!({ "jsonrpc": "2.0", "id": said["id"], "result": word() });
            let line = line.clone();
            // A server that does not read until it can write must not hold us up.
            spawn_local(async move { line.send(&answer).await });
        }
        Some("notifications/progress") => tell(line, params["progressToken"].as_u64().unwrap(), said),
        // Of the session, or of one that listens, who may have gone in the meantime.
        Some(_) => {
            if let Some(waiting) = subscription.as_u64().and_then(|id| line.waiting.borrow().get(&id).cloned()) {
                let _ = waiting.send(said);
            }
        }
        None if said["id"].is_null() => {
            assert_eq!(said["error"]["code"], -32700, "{said}");
            line.refused.set(line.refused.get() + 1);
        }
        None => {
            let (id, is_twice) = (id.unwrap(), said["error"]["code"] == -32600);
            tell(line, id, said);
            if !is_twice {
                line.waiting.borrow_mut().remove(&id);
            }
        }
    }
}

fn tell(line: &Line, id: u64, said: Value) {
    let waiting = line.waiting.borrow();
    let waiting = waiting.get(&id).unwrap_or_else(|| panic!("nobody has asked: {said}"));
    let _ = waiting.send(said);
}

/// A request that listens.
pub(super) struct Listening {
    line: Rc<Line>,
    id: u64,
    heard: UnboundedReceiver<Value>,
}

impl Listening {
    pub(super) async fn next(&mut self) -> Value {
        timeout(PATIENCE, self.heard.recv()).await.expect("nothing is told").unwrap()
    }

    pub(super) async fn take_back(self) {
        self.line.waiting.borrow_mut().remove(&self.id);
        self.line.send(&cancellation(self.id)).await;
    }
}

impl Peer for Rc<Line> {
    const FAULTS: &'static [&'static str] = &[
        "faults over stdio",
        "panics over stdio",
        "repeats over stdio",
        "cancels over stdio",
        "writes nonsense",
        "does not read",
        "takes an id twice",
    ];

    async fn exchange(&mut self, _: &Era, message: &Value) -> Result<Vec<Value>> {
        Ok(self.ask(message).await)
    }

    async fn misbehave(&mut self, fault: &str, scene: &mut Scene) -> Result<()> {
        match fault {
            "cancels over stdio" => self.cancels(scene).await,
            "writes nonsense" => self.writes_nonsense(scene).await,
            "does not read" => self.does_not_read(scene).await,
            "takes an id twice" => self.takes_an_id_twice(scene).await,
            other => unreachable!("{other}"),
        }
        Ok(())
    }

    async fn leave(&mut self, _: &mut Scene) -> Result<()> {
        Ok(())
    }
}

/// What goes wrong.
impl Line {
    /// An answer would be one that nobody has asked for.
    async fn cancels(&self, scene: &mut Scene) {
        let id = scene.id();
        self.send(&scene.era().request(id, "tools/call", json!({ "name": "hang" }))).await;
        sleep(Duration::from_millis(scene.roll(5))).await;
        self.send(&cancellation(id)).await;
    }

    async fn writes_nonsense(&self, scene: &mut Scene) {
        let (lines, before) = (["{", "nonsense", "[1,", "\u{0}"], self.refused.get());
        self.write(format!("{}\n", lines[scene.roll(4) as usize]).as_bytes()).await;
        let began = Instant::now();
        while self.refused.get() == before {
            assert!(began.elapsed() < PATIENCE, "nonsense is not answered");
            sleep(Duration::from_millis(1)).await;
        }
    }

    /// Much more than the pipe holds.
    async fn does_not_read(&self, scene: &mut Scene) {
        self.deaf.set(Duration::from_millis(100));
        let params = json!({ "name": "big", "arguments": { "bytes": 300_000 } });
        let answer = self.ask(&scene.era().request(scene.id(), "tools/call", params)).await.pop().unwrap();
        assert_eq!(text(&answer).len(), 300_000);
    }

    /// The second is refused, and the first goes on.
    async fn takes_an_id_twice(&self, scene: &mut Scene) {
        let (id, era) = (scene.id(), scene.era());
        let message = era.request(id, "tools/call", json!({ "name": "sleep", "arguments": { "ms": 50 } }));
        let mut heard = self.wait_for(id);
        self.write(format!("{message}\n{message}\n").as_bytes()).await;
        let mut next = async || timeout(PATIENCE, heard.recv()).await.unwrap().unwrap();
        let refused = next().await;
        assert_eq!(refused["error"]["code"], -32600, "{refused}");
        assert_eq!(text(&next().await), "slept 50");
    }
}
