//! Serves bytes with a real server, through the public face alone.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll};

use mcp_runtime::Server;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader, DuplexStream, ReadBuf, ReadHalf, WriteHalf, duplex,
    split,
};
use tokio::runtime::Runtime;

pub mod any;
pub mod http;
pub mod items;

/// All that a new server says to this input. Every line must be a message.
///
/// # Panics
/// If the server does, or if it writes something else.
pub fn serve(server: Server, input: impl AsyncRead + Unpin) -> Vec<Value> {
    let runtime = runtime();
    let mut output = Vec::new();
    runtime.block_on(server.serve(input, &mut output)).unwrap();
    let text = String::from_utf8(output).expect("the output is UTF-8");
    assert!(text.is_empty() || text.ends_with('\n'), "the last line has an end");
    text.lines().map(message).collect()
}

/// Bytes that come in pieces of this length, and not always at once.
pub struct Pieces<'b> {
    pub bytes: &'b [u8],
    pub length: usize,
    pub waits: bool,
}

impl AsyncRead for Pieces<'_> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        self.waits = !self.waits;
        if self.waits {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let length = self.length.max(1).min(into.remaining()).min(self.bytes.len());
        let (piece, rest) = self.bytes.split_at(length);
        into.put_slice(piece);
        self.bytes = rest;
        Poll::Ready(Ok(()))
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

fn message(line: &str) -> Value {
    let message: Value = serde_json::from_str(line).expect("every line is JSON");
    let answers =
        if let Value::Array(answers) = &message { answers.as_slice() } else { std::slice::from_ref(&message) };
    assert!(!answers.is_empty());
    for answer in answers.iter().filter(|answer| answer.get("method").is_none()) {
        assert_eq!(answer["jsonrpc"], "2.0");
        assert!(answer["result"].is_object() != answer["error"].is_object(), "{answer}");
        assert_ne!(answer["error"]["code"], -32603, "nothing is the server's fault: {answer}");
    }
    message
}

/// The first line of a legacy client, which can be asked.
pub fn hello(revision: &str) -> String {
    format!("{}\n", initialize(revision))
}

/// What opens a session.
pub fn initialize(revision: &str) -> Value {
    let client = json!({ "name": "f", "version": "1" });
    let params = json!({ "protocolVersion": revision, "capabilities": { "elicitation": {} }, "clientInfo": client });
    json!({ "jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": params })
}

/// What a modern client, which can be asked, says with every request.
pub fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} },
    })
}

/// JSON that can stand in a line, and is not so deep that the line around it would be refused.
pub fn json(text: &str) -> Option<Box<RawValue>> {
    let depth = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    let is_fit = !text.contains('\n') && depth <= 120;
    if is_fit { serde_json::from_str(text).ok() } else { None }
}

/// A server that goes on from one input to the next, since modern requests leave nothing behind.
struct Running {
    runtime: Runtime,
    input: WriteHalf<DuplexStream>,
    output: BufReader<ReadHalf<DuplexStream>>,
}

impl Running {
    fn start() -> Self {
        let runtime = runtime();
        let (ours, theirs) = duplex(64 * 1024);
        let (input, output) = split(theirs);
        runtime.spawn(items::server().serve(input, output));
        let (output, input) = split(ours);
        Self { runtime, input, output: BufReader::new(output) }
    }

    fn tell(&mut self, text: &str) {
        self.runtime.block_on(self.input.write_all(text.as_bytes())).unwrap();
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.runtime.block_on(self.output.read_line(&mut line)).unwrap();
        message(&line)
    }
}

/// The only answer to one modern request. `params` is the inside of an object as text.
///
/// # Panics
/// If there is not exactly one answer.
pub fn ask(method: &str, params: &str) -> Value {
    thread_local!(static RUNNING: RefCell<Running> = RefCell::new(Running::start()));
    let meta = meta();
    RUNNING.with_borrow_mut(|running| {
        running
            .tell(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{"_meta":{meta},{params}}}}}"#));
        running.tell("\n{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}\n");
        let mut answers = [running.hear(), running.hear()];
        answers.sort_by_key(|answer| answer["id"].as_u64());
        let [answer, pong] = answers;
        assert_eq!((&answer["id"], &pong["id"]), (&json!(1), &json!(2)), "{answer}");
        answer
    })
}
