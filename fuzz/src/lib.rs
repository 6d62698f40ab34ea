//! Serves bytes with a real server, through the public face alone.

use mcp_runtime::Server;
use serde_json::{Value, json};

pub mod items;

/// All that the server says to this input. Every line must be a message.
///
/// # Panics
/// If the server does, or if it writes something else.
pub fn serve(server: Server, input: &[u8]) -> Vec<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut output = Vec::new();
    runtime.block_on(server.serve(input, &mut output)).unwrap();
    runtime.shutdown_background();
    let text = String::from_utf8(output).expect("the output is UTF-8");
    assert!(text.is_empty() || text.ends_with('\n'), "the last line has an end");
    text.lines().map(message).collect()
}

fn message(line: &str) -> Value {
    let message: Value = serde_json::from_str(line).expect("every line is JSON");
    let answers = if let Value::Array(answers) = &message { answers.as_slice() } else { std::slice::from_ref(&message) };
    assert!(!answers.is_empty());
    for answer in answers {
        assert_eq!(answer["jsonrpc"], "2.0");
        assert!(answer["result"].is_object() != answer["error"].is_object(), "{answer}");
        assert_ne!(answer["error"]["code"], -32603, "nothing is the server's fault: {answer}");
    }
    message
}

/// The `_meta` of a modern request.
pub fn meta() -> Value {
    json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {} })
}

/// The first line of a legacy client.
pub fn hello(revision: &str) -> String {
    let params = json!({ "protocolVersion": revision, "capabilities": {}, "clientInfo": { "name": "f", "version": "1" } });
    format!("{}\n", json!({ "jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": params }))
}

/// The only answer to one modern request. `params` is the inside of an object as text, and may be anything.
///
/// # Panics
/// If there is not exactly one answer.
pub fn ask(server: Server, method: &str, params: &str) -> Value {
    let line = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{"_meta":{},{params}}}}}"#, meta());
    let mut answers = serve(server, line.as_bytes());
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers.remove(0)
}
