//! Any bytes on an HTTP connection: the server survives, never blames itself, and every JSON that it answers is JSON-RPC.
//!
//! The server lives as long as the process, and connections may be open at its end: run it with `-detect_leaks=0`.
#![no_main]

use std::sync::OnceLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use mcp_fuzz::items::light;
use mcp_runtime::{Http, Listener};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// Connections that come through a channel.
struct Pipes(mpsc::UnboundedReceiver<DuplexStream>);

impl Listener for Pipes {
    type Io = DuplexStream;

    async fn accept(&mut self) -> std::io::Result<DuplexStream> {
        match self.0.recv().await {
            Some(pipe) => Ok(pipe),
            None => std::future::pending().await,
        }
    }
}

/// One server for all inputs: what one leaves behind, the next one meets.
fn served() -> &'static (Runtime, mpsc::UnboundedSender<DuplexStream>) {
    static SERVED: OnceLock<(Runtime, mpsc::UnboundedSender<DuplexStream>)> = OnceLock::new();
    SERVED.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (connect, connected) = mpsc::unbounded_channel();
        let short = Duration::from_millis(50);
        let http =
            Http::new().http_sse(true).body_time(short, short).header_time(short).sessions(100).session_idle(short);
        runtime.spawn(light().http(http).serve_listener(Pipes(connected)));
        (runtime, connect)
    })
}

/// What the server says to these bytes, until it closes or falls silent.
async fn exchange(connect: &mpsc::UnboundedSender<DuplexStream>, bytes: &[u8]) -> Vec<u8> {
    let (mut client, server) = duplex(1 << 20);
    connect.send(server).expect("the server goes on");
    client.write_all(bytes).await.expect("all of it fits");
    client.shutdown().await.expect("a pipe can be closed");
    let mut answer = Vec::new();
    // A stream stays open for as long as the client does.
    let _ = tokio::time::timeout(Duration::from_millis(250), client.read_to_end(&mut answer)).await;
    answer
}

/// The answers one after the other, as far as they are HTTP/1.1.
fn answers(mut rest: &[u8]) {
    while rest.starts_with(b"HTTP/1.") {
        let Some(end) = find(rest, b"\r\n\r\n") else { return };
        let head = String::from_utf8_lossy(&rest[..end]).to_ascii_lowercase();
        rest = &rest[end + 4..];
        let status = head.get(9..12).expect("a status line has a status");
        assert!(!status.starts_with('5') || matches!(status, "503" | "505"), "{head}");
        // Events are what ends an exchange.
        if head.contains("transfer-encoding: chunked") {
            return;
        }
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().expect("a length is a number"));
        // An answer to HEAD has a length and no body.
        let Some(body) = rest.get(..length).filter(|body| !body.starts_with(b"HTTP/1.")) else { return };
        rest = &rest[length..];
        if head.contains("content-type: application/json") {
            json_rpc(body);
        }
    }
}

fn json_rpc(body: &[u8]) {
    let answer: Value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {body:?}"));
    for message in if let Value::Array(batch) = &answer { batch.as_slice() } else { std::slice::from_ref(&answer) } {
        assert_eq!(message["jsonrpc"], "2.0", "{message}");
        assert!(message["result"].is_object() != message["error"].is_object(), "{message}");
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fuzz_target!(|bytes: &[u8]| {
    let (runtime, connect) = served();
    answers(&runtime.block_on(exchange(connect, bytes)));
});
