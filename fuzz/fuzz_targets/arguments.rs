//! Any arguments: decoded, repaired as documented, or refused. The tools panic if they get what they did not ask for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_fuzz::{ask, json};

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let Some(value) = std::str::from_utf8(rest).ok().and_then(json) else { return };
    let tool = if first % 2 == 0 { "typed" } else { "shaped" };
    let answer = ask("tools/call", &format!(r#""name":"{tool}","arguments":{value}"#));
    let is_result = answer["result"]["content"].is_array();
    assert!(is_result || answer["error"]["code"] == -32602, "{answer}");
});
