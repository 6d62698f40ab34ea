//! Serves bytes with a real server, through the public face alone.

use std::cell::RefCell;

use mcp_runtime::Server;
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf, duplex, split,
};
use tokio::runtime::Runtime;

pub mod items;

/// All that a new server says to this input. Every line must be a message.
///
/// # Panics
/// If the server does, or if it writes something else.
pub fn serve(server: Server, input: &[u8]) -> Vec<Value> {
    let runtime = runtime();
    let mut output = Vec::new();
    runtime.block_on(server.serve(input, &mut output)).unwrap();
    let text = String::from_utf8(output).expect("the output is UTF-8");
    assert!(text.is_empty() || text.ends_with('\n'), "the last line has an end");
    text.lines().map(message).collect()
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

fn message(line: &str) -> Value {
    let message: Value = serde_json::from_str(line).expect("every line is JSON");
    let answers =
        if let Value::Array(answers) = &message { answers.as_slice() } else { std::slice::from_ref(&message) };
    assert!(!answers.is_empty());
    for answer in answers {
        assert_eq!(answer["jsonrpc"], "2.0");
        assert!(answer["result"].is_object() != answer["error"].is_object(), "{answer}");
        assert_ne!(answer["error"]["code"], -32603, "nothing is the server's fault: {answer}");
    }
    message
}

/// The first line of a legacy client.
pub fn hello(revision: &str) -> String {
    let params =
        json!({ "protocolVersion": revision, "capabilities": {}, "clientInfo": { "name": "f", "version": "1" } });
    format!("{}\n", json!({ "jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": params }))
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
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {} });
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
