//! However the bytes arrive, the answers are the same.

use std::pin::Pin;
use std::task::{Context, Poll};

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::common::{LEGACY, MODERN, PATIENCE, answers, call, hush, initialize, request, run};
use crate::fixture::server;

/// Gives its bytes in pieces of random length, and is not always ready.
struct Chunks {
    bytes: Vec<u8>,
    at: usize,
    longest: usize,
    seed: u64,
}

impl Chunks {
    fn new(bytes: &[u8], longest: usize, seed: u64) -> Self {
        Self { bytes: bytes.to_vec(), at: 0, longest, seed }
    }

    fn random(&mut self) -> usize {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) as usize
    }
}

impl AsyncRead for Chunks {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        if self.random().is_multiple_of(8) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let length = (1 + self.random() % self.longest).min(into.remaining());
        let end = (self.at + length).min(self.bytes.len());
        into.put_slice(&self.bytes[self.at..end]);
        self.at = end;
        Poll::Ready(Ok(()))
    }
}

/// Takes a few bytes at a time, and is not always ready.
struct Sluggish {
    taken: Vec<u8>,
    turn: usize,
}

impl AsyncWrite for Sluggish {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.turn += 1;
        if self.turn.is_multiple_of(3) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let length = bytes.len().min(1 + self.turn % 50);
        self.taken.extend_from_slice(&bytes[..length]);
        Poll::Ready(Ok(length))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn transcript(revision: &str) -> Vec<u8> {
    let mut lines = vec![initialize(revision).to_string()];
    let asked = if revision == "2024-11-05" { [revision, MODERN] } else { [revision, revision] };
    let requests = [
        ("tools/list", json!({})),
        ("tools/call", json!({ "name": "add", "arguments": { "a": 1, "b": "2" } })),
        ("tools/call", json!({ "name": "contents" })),
        ("tools/call", json!({ "name": "fail" })),
        ("tools/call", json!({ "name": "äöü€😀" })),
        ("resources/read", json!({ "uri": "data://bytes" })),
        ("resources/read", json!({ "uri": "city://Oslo/.." })),
        ("completion/complete", json!({ "ref": { "type": "ref/prompt", "name": "nobody" } })),
    ];
    for (id, (method, params)) in requests.into_iter().enumerate() {
        lines.push(request(asked[id % 2], id, method, params).to_string());
        lines.push(
            ["", "nonsense", "{\"a\":\"é€😀", r#"{"jsonrpc":"2.0","method":"x"}"#, "  ", "[]", "\r", "7"][id]
                .to_owned(),
        );
    }
    let batch = [call(revision, 90, "add", json!({ "a": 1, "b": 1 })), call(revision, 91, "add", json!({}))];
    lines.push(json!(batch).to_string());
    lines.push("[".repeat(500));
    lines.push("x".repeat(3_000));
    lines.push(call(revision, "last", "add", json!({ "a": 1, "b": 1 })).to_string());
    lines.join("\n").into_bytes()
}

/// Answers may overtake each other, so they are compared as a set.
fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[test]
fn any_chunking_gives_the_same_answers() {
    hush();
    run(async {
        for revision in LEGACY {
            let input = transcript(revision);
            let whole = sorted(answers(server().line_length(2_000), &input).await);
            assert!(whole.len() > 12, "{whole:#?}");
            for (seed, longest) in [(0, 1), (1, 1), (2, 2), (3, 7), (4, 100), (5, 1_000), (6, 5_000), (7, 64), (8, 3)] {
                let mut output = Sluggish { taken: Vec::new(), turn: 0 };
                let serve = server().line_length(2_000).serve(Chunks::new(&input, longest, seed), &mut output);
                tokio::time::timeout(PATIENCE, serve).await.expect("it ends").unwrap();
                let text = String::from_utf8(output.taken).unwrap();
                assert!(text.ends_with('\n'));
                let lines = sorted(text.lines().map(str::to_owned).collect());
                assert_eq!(lines, whole, "{revision} in pieces of {longest}");
            }
        }
    });
}

/// What is answered at once is answered in the order in which it came.
#[test]
fn order() {
    run(async {
        let lines: Vec<String> =
            (0..200).map(|id| json!({ "jsonrpc": "2.0", "id": id, "method": "ping" }).to_string()).collect();
        for longest in [1, 33, 10_000] {
            let mut output = Vec::new();
            server().serve(Chunks::new(lines.join("\n").as_bytes(), longest, 9), &mut output).await.unwrap();
            let ids: Vec<i64> = String::from_utf8(output)
                .unwrap()
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_i64().unwrap())
                .collect();
            assert_eq!(ids, (0..200).collect::<Vec<_>>());
        }
    });
}
