//! Bytes on HTTP connections in memory, to one server that lives as long as the process: what one input leaves behind, the
//! next one meets.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use mcp_runtime::{Http, Listener, Server};
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

/// A server with its connections.
pub struct Served {
    runtime: Runtime,
    connect: mpsc::UnboundedSender<DuplexStream>,
}

impl Served {
    /// The server of this process, which is made once. It gives nothing up, however slow the machine is.
    pub fn once(server: fn() -> Server) -> &'static Self {
        static SERVED: OnceLock<Served> = OnceLock::new();
        SERVED.get_or_init(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let (connect, connected) = mpsc::unbounded_channel();
            let long = Duration::from_secs(600);
            let http = Http::new().http_sse(true).header_time(long).body_time(long).body_gap(long).sessions(1_000_000);
            runtime.spawn(server().http(http).serve_listener(Pipes(connected)));
            Self { runtime, connect }
        })
    }

    /// What the server says to these bytes, which come in pieces of this length, until it closes or falls silent.
    pub fn exchange(&self, bytes: &[u8], length: usize) -> Vec<u8> {
        self.runtime.block_on(async {
            let (mut client, server) = duplex(1 << 20);
            self.connect.send(server).expect("the server goes on");
            for piece in bytes.chunks(length.max(1)) {
                // Who has heard enough hangs up.
                if client.write_all(piece).await.is_err() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            let _ = client.shutdown().await;
            let mut said = Vec::new();
            loop {
                tokio::select! {
                    biased;
                    read = client.read_buf(&mut said) => if !read.is_ok_and(|length| length > 0) { return said },
                    // A stream stays open for as long as the client does.
                    () = silence() => return said,
                }
            }
        })
    }

    /// The first answer to these bytes; of a stream, what comes with its head.
    pub fn first(&self, bytes: &[u8]) -> Option<Answer> {
        self.runtime.block_on(async {
            let (mut client, server) = duplex(1 << 20);
            self.connect.send(server).expect("the server goes on");
            let _ = client.write_all(bytes).await;
            let mut said = Vec::new();
            while Answer::is_to_come(&said) && client.read_buf(&mut said).await.expect("it can be read") > 0 {}
            answers(&said).into_iter().next()
        })
    }
}

/// Long enough for all others on this thread to do what they can. There is no clock in it.
async fn silence() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// An answer, as far as it is HTTP/1.1.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer without its body, and what follows it.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        if !bytes.starts_with(b"HTTP/1.") {
            return None;
        }
        let end = find(bytes, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let status = head.get(9..12).expect("a status line has a status").parse().expect("a status is a number");
        let headers = head.lines().filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Some((Self { status, headers, body: Vec::new() }, &bytes[end + 4..]))
    }

    fn is_to_come(bytes: &[u8]) -> bool {
        Self::read(bytes).is_none_or(|(head, after)| head.length().is_some_and(|length| after.len() < length))
    }

    fn length(&self) -> Option<usize> {
        Some(self.headers.get("content-length")?.parse().expect("a length is a number"))
    }

    /// The body as JSON, if it is said to be.
    pub fn json(&self) -> Option<Value> {
        let is_json = self.headers.get("content-type").is_some_and(|kind| kind.starts_with("application/json"));
        is_json.then(|| serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}")))
    }

    /// Nothing is the server's fault, and every JSON is JSON-RPC.
    pub fn check(&self) {
        assert!(self.status < 500 || matches!(self.status, 503 | 505), "{self:?}");
        // An answer to HEAD says what it would be.
        let Some(json) = (!self.body.is_empty()).then(|| self.json()).flatten() else { return };
        let messages = if let Value::Array(batch) = &json { batch.as_slice() } else { std::slice::from_ref(&json) };
        for message in messages {
            assert_eq!(message["jsonrpc"], "2.0", "{message}");
            assert!(message["result"].is_object() != message["error"].is_object(), "{message}");
            assert_ne!(message["error"]["code"], -32603, "{message}");
        }
    }
}

/// The answers one after the other, until events come.
pub fn answers(mut rest: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    while let Some((mut answer, after)) = Answer::read(rest) {
        let Some(length) = answer.length().or((answer.status < 200).then_some(0)) else {
            answers.push(answer);
            break;
        };
        // An answer to HEAD has a length and no body.
        let body = after.get(..length).filter(|body| !body.starts_with(b"HTTP/1.")).unwrap_or_default();
        rest = &after[body.len()..];
        answer.body = body.to_vec();
        answers.push(answer);
    }
    answers
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
