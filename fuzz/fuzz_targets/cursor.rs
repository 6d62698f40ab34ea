//! Any cursor: a page of this list, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_fuzz::ask;
use serde_json::json;

const LISTS: [(&str, &str); 4] = [
    ("tools/list", "tools"),
    ("prompts/list", "prompts"),
    ("resources/list", "resources"),
    ("resources/templates/list", "resourceTemplates"),
];

fuzz_target!(|input: (u8, &str)| {
    let (list, cursor) = input;
    let (method, name) = LISTS[usize::from(list) % LISTS.len()];
    let answer = ask(method, &format!(r#""cursor":{}"#, json!(cursor)));
    let page = answer["result"][name].as_array();
    assert!(page.is_some_and(|page| page.len() <= 2) || answer["error"]["code"] == -32602, "{answer}");
});
