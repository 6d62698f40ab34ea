//! The program as a host starts it: lines in, lines out.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail in any way")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

struct Server {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Server {
    fn start(root: &Path, write: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_files"));
        command.env("FILES_ROOT", root).env("FILES_WRITE", write);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut server = Self { child, stdin, stdout };
        let client = json!({ "name": "test", "version": "1" });
        let params = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client });
        assert_eq!(server.ask("initialize", &params)["serverInfo"]["name"], "files");
        server.send(json!({ "method": "notifications/initialized" }));
        server
    }

    fn send(&mut self, mut message: Value) {
        message["jsonrpc"] = json!("2.0");
        writeln!(self.stdin, "{message}").unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.send(json!({ "id": 1, "method": method, "params": params }));
        self.receive()["result"].take()
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        self.ask("tools/call", &json!({ "name": tool, "arguments": arguments }))
    }

    fn end(mut self) {
        drop(self.stdin);
        assert!(self.child.wait().unwrap().success());
    }
}

#[test]
fn a_host_reads_is_refused_and_is_told() {
    let around = TempDir::new().unwrap();
    let root = around.path().join("root");
    fs::create_dir(&root).unwrap();
    fs::write(around.path().join("secret"), "secret").unwrap();
    fs::write(root.join("a.txt"), "one\ntwo\n").unwrap();
    let mut server = Server::start(&root, "0");
    let page = server.call("read_file", &json!({ "path": "a.txt", "lines": 1 }));
    assert_eq!(page["structuredContent"], json!({ "text": "one\n", "next_line": 2 }));
    let refused = server.call("read_file", &json!({ "path": "../secret" }));
    assert_eq!(refused["isError"], true, "{refused}");
    assert!(refused["content"][0]["text"].as_str().unwrap().contains("leads out"), "{refused}");
    assert_eq!(server.call("write_file", &json!({ "path": "b.txt", "text": "x" })), Value::Null, "it is no tool");
    assert_eq!(server.ask("resources/subscribe", &json!({ "uri": "files:///a.txt" })), json!({}));
    fs::write(root.join("a.txt"), "three\n").unwrap();
    let told = server.receive();
    assert_eq!(told["method"], "notifications/resources/updated", "{told}");
    assert_eq!(told["params"]["uri"], "files:///a.txt");
    server.end();
}

#[test]
fn who_may_write_writes() {
    let root = TempDir::new().unwrap();
    let mut server = Server::start(root.path(), "1");
    let written = server.call("write_file", &json!({ "path": "a/b.txt", "text": "text" }));
    assert_eq!(written["structuredContent"], json!({ "path": "a/b.txt", "bytes": 4 }));
    server.end();
    assert_eq!(fs::read_to_string(root.path().join("a/b.txt")).unwrap(), "text");
}

#[test]
fn a_directory_that_is_not_there_ends_it() {
    let output = Command::new(env!("CARGO_BIN_EXE_files")).env("FILES_ROOT", "/no/such").stdin(Stdio::null()).output();
    let output = output.unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("/no/such"));
}
