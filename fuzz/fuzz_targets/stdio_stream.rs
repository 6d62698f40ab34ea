//! Any bytes, with and without a handshake: the server survives, answers no more often than it is asked, and says the same
//! however the bytes are cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_fuzz::{Pieces, hello, items::light, serve};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Some(([first, length], rest)) = bytes.split_first_chunk() else { return };
    let hello = match first % 4 {
        0 => String::new(),
        1 => hello("2024-11-05"),
        2 => hello("2025-03-26"),
        _ => hello("2025-11-25"),
    };
    let input = [hello.as_bytes(), rest].concat();
    let lines = input.split(|byte| *byte == b'\n').count();
    let server = || light().line_length(2000 + usize::from(*first));
    let whole = serve(server(), &*input);
    assert!(whole.len() <= lines, "{} answers to {lines} lines", whole.len());
    if !is_timed(rest) {
        let cut = serve(server(), Pieces { bytes: &input, length: usize::from(*length), waits: false });
        assert_eq!(sorted(cut), sorted(whole), "in pieces of {length}");
    }
});

/// Whether it may call `nap`: then it depends on when a line comes what is in flight still.
fn is_timed(bytes: &[u8]) -> bool {
    bytes.contains(&b'\\') || bytes.windows(3).any(|word| word == b"nap")
}

/// Answers may overtake each other.
fn sorted(answers: Vec<Value>) -> Vec<String> {
    let mut lines: Vec<_> = answers.iter().map(Value::to_string).collect();
    lines.sort();
    lines
}
