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

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

/// What cannot be read at the end may be refused, or the server just hangs up.
fn agree(one: &[u16], other: &[u16]) -> bool {
    let common = one.len().min(other.len());
    let [(one, one_more), (other, other_more)] = [one, other].map(|statuses| statuses.split_at(common));
    one == other && one_more.iter().chain(other_more).all(|status| *status == 400)
}

fuzz_target!(|bytes: &[u8]| {
    let Some(([kind, length], rest)) = bytes.split_first_chunk() else { return };
    let bytes = [&start(*kind, rest), rest].concat();
    let served = Served::once(light);
    let whole = answers(&served.exchange(&bytes, bytes.len()));
    whole.iter().for_each(Answer::check);
    let cut = answers(&served.exchange(&bytes, usize::from(*length)));
    assert!(agree(&statuses(&cut), &statuses(&whole)), "{cut:?} in pieces of {length}, else {whole:?}");
});
