//! Any bytes on an HTTP connection: the server survives, never blames itself, and every answer that is JSON is JSON-RPC.
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
        let http = Http::new().http_sse(true).body_time(short, short).header_time(short).sessions(100).session_idle(short);
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
    let _ = tokio::time::timeout(Duration::from_secs(2), client.read_to_end(&mut answer)).await;
    answer
}

fuzz_target!(|bytes: &[u8]| {
    let (runtime, connect) = served();
    let answer = runtime.block_on(exchange(connect, bytes));
    let text = String::from_utf8_lossy(&answer);
    for (at, head) in text.match_indices("HTTP/1.1 ") {
        let status = text[at + head.len()..].get(..3).unwrap_or_default();
        assert!(!status.starts_with('5') || matches!(status, "503" | "505"), "{text}");
    }
    for body in text.split("\r\n\r\n").skip(1) {
        let body = body.split("HTTP/1.1 ").next().unwrap_or_default();
        if body.starts_with('{') {
            let message: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"));
            assert_eq!(message["jsonrpc"], "2.0", "{body}");
        }
    }
});
