//! The program as a host starts it, over the API of the example.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail in any way")]

#[path = "../api/tracker.rs"]
mod tracker;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

const TOKEN: &str = "the-token-of-the-tests";

/// Starts the API on a thread of its own, and tells its address.
fn start() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, tracker::router(TOKEN)).await.unwrap();
        });
    });
    format!("http://{address}")
}

/// Asks a server one thing after the other, and returns the answers and all that it wrote.
fn converse(url: &str, token: &str, calls: &[Value]) -> (Vec<Value>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rest"));
    command.env("TRACKER_URL", url).env("TRACKER_TOKEN", token).env("RUST_LOG", "trace");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let (mut answers, mut written) = (Vec::new(), String::new());
    let client = json!({ "name": "test", "version": "1" });
    let initialize = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client });
    let opening = [("initialize", &initialize)];
    let calls = calls.iter().map(|call| ("tools/call", call));
    for (id, (method, params)) in opening.into_iter().chain(calls).enumerate() {
        writeln!(stdin, "{}", json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).unwrap();
        let start = written.len();
        stdout.read_line(&mut written).unwrap();
        answers.push(serde_json::from_str::<Value>(&written[start..]).unwrap()["result"].take());
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    written.push_str(&String::from_utf8(output.stderr).unwrap());
    (answers, written)
}

#[test]
fn a_host_opens_and_finds_and_never_sees_the_token() {
    let url = start();
    let open = json!({ "name": "open_issue", "arguments": { "title": "It crashes" } });
    let find = json!({ "name": "find_issues", "arguments": {} });
    let (answers, written) = converse(&url, TOKEN, &[open, find]);
    assert_eq!(answers[0]["serverInfo"]["name"], "rest");
    assert_eq!(answers[1]["structuredContent"]["number"], 1);
    assert_eq!(answers[2]["structuredContent"]["issues"][0]["title"], "It crashes");
    assert!(!written.contains(TOKEN), "{written}");
    let find = json!({ "name": "find_issues", "arguments": {} });
    for (url, token) in [(url.as_str(), "wrong-token"), ("http://127.0.0.1:9", "wrong-token")] {
        let (answers, written) = converse(url, token, std::slice::from_ref(&find));
        assert_eq!(answers[1]["isError"], true, "{written}");
        assert!(!written.contains(token), "{written}");
    }
}

#[test]
fn without_a_token_it_does_not_start() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rest"));
    let output = command.env_remove("TRACKER_TOKEN").stdin(Stdio::null()).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("`TRACKER_TOKEN` is not set"));
}
