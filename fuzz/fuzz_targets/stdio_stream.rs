//! Any bytes, with and without a handshake: the server survives, and answers no more often than it is asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_fuzz::{hello, items::light, serve};

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let hello = match first % 4 {
        0 => String::new(),
        1 => hello("2024-11-05"),
        2 => hello("2025-03-26"),
        _ => hello("2025-11-25"),
    };
    let input = [hello.as_bytes(), rest].concat();
    let lines = input.split(|byte| *byte == b'\n').count();
    let answers = serve(light().line_length(2000 + usize::from(*first)), &input);
    assert!(answers.len() <= lines, "{} answers to {lines} lines", answers.len());
});
