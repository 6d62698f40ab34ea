//! Any URI: no variable ever holds what could leave its place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_fuzz::ask;
use serde_json::json;

const STARTS: [&str; 6] = ["one://", "path:///", "two://", "find://", "labels://x", ""];

fuzz_target!(|input: (u8, &str)| {
    let (start, rest) = input;
    let uri = format!("{}{rest}", STARTS[usize::from(start) % STARTS.len()]);
    let answer = ask("resources/read", &format!(r#""uri":{}"#, json!(uri)));
    let found = &answer["result"]["contents"][0]["uri"];
    assert!(*found == json!(uri) || answer["error"]["code"] == -32602, "{answer}");
});
