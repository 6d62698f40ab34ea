//! Any bytes on an HTTP connection, with and without the beginning of a good request: the server survives, never blames itself,
//! every JSON that it answers is JSON-RPC, and it says the same however the bytes are cut.
//!
//! The server lives as long as the process, and connections may be open at its end: run it with `ASAN_OPTIONS=detect_leaks=0`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_fuzz::http::{Answer, Served, answers};
use mcp_fuzz::items::light;

const POST: &str = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n";
const CALL: &str = "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: echo\r\n";
const CHUNKED: &str = "Transfer-Encoding: chunked\r\n\r\n";
const MODERN: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}},"name":"echo","#;

/// What may stand before the bytes.
fn start(kind: u8, rest: &[u8]) -> Vec<u8> {
    let whole = |head: &str, start: &str| {
        let length = start.len() + rest.len();
        format!("{POST}{head}Content-Length: {length}\r\n\r\n{start}")
    };
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    match kind % 8 {
        0 | 1 => String::new(),
        2 => POST.into(),
        3 => format!("{POST}{CALL}"),
        4 => whole("", ""),
        5 => whole(CALL, MODERN),
        6 => format!("{POST}{CALL}{CHUNKED}{}", chunk(MODERN)),
        _ => "GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n".into(),
    }
    .into()
}

/// What HTTP/2 begins with.
const HTTP_2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

fn statuses(served: &Served, bytes: &[u8], length: usize) -> Vec<u16> {
    let answers = answers(&served.exchange(bytes, length));
    answers.iter().for_each(Answer::check);
    answers.iter().map(|answer| answer.status).collect()
}

/// What is said to these bytes in pieces. Two things are made up for, since hyper does them:
///
/// - Of a head that comes in pieces it reads the first, and then nothing until the head ends. What is wrong in one that never
///   ends is therefore refused only if it came at once: with an end, it is refused always.
/// - HTTP/2 that begins behind a request ends the connection if its beginning came at once, and is else refused.
fn in_pieces(served: &Served, bytes: &[u8], length: usize, whole: &[u16]) -> Vec<u16> {
    let mut cut = statuses(served, bytes, length);
    if cut.len() < whole.len() {
        cut = statuses(served, &[bytes, b"\r\n\r\n"].concat(), length);
    }
    if cut.len() > whole.len() && bytes.windows(HTTP_2.len()).any(|window| window == HTTP_2) {
        assert_eq!(cut.pop(), Some(400));
    }
    cut
}

fuzz_target!(|bytes: &[u8]| {
    let Some(([kind, length], rest)) = bytes.split_first_chunk() else { return };
    let bytes = [&start(*kind, rest), rest].concat();
    let served = Served::once(light);
    let whole = statuses(served, &bytes, bytes.len());
    assert_eq!(in_pieces(served, &bytes, usize::from(*length), &whole), whole, "in pieces of {length}");
});
