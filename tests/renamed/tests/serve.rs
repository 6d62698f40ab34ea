//! The program, as a client sees it.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in any way"
)]

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The result of every request, in order of its answer.
fn answers(requests: &[&str]) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_renamed"));
    let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    server.stdin.take().unwrap().write_all(requests.join("\n").as_bytes()).unwrap();
    let output = server.wait_with_output().unwrap();
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["result"].take()).collect()
}

const OPENING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}"#;

#[test]
fn the_library_is_named_by_server() {
    let list = r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#;
    let answers = answers(&[OPENING, list, ""]);
    assert_eq!(answers[0]["serverInfo"]["name"], "renamed");
    assert_eq!(answers[0]["serverInfo"]["version"], "1.2.3");
    assert_eq!(answers[1]["tools"][0]["name"], "add");
    assert_eq!(answers[1]["tools"][0]["_meta"]["example.org/kind"], "sum");
}

#[test]
fn every_item_is_called_through_the_other_name() {
    let answers = answers(&[
        OPENING,
        r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"add","arguments":{"b":2}}}"#,
        "",
    ]);
    assert_eq!(answers[1]["structuredContent"]["sum"], 3);
}

#[test]
fn the_functions_stay_functions() {
    assert_eq!(renamed::add(1, 2).sum, 3);
    assert_eq!(renamed::greet("Ada".to_owned()), "Hello Ada!");
    let names = runtime::items![renamed::add, renamed::name, renamed::greet].map(|item| item.name());
    assert_eq!(names, ["add", "name", "greet"]);
}
