//! Any cursor: one that the server has given leads to its page, and no other leads anywhere.
#![no_main]

use std::cell::OnceCell;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use mcp_fuzz::ask;
use serde_json::{Value, json};

const LISTS: [(&str, &str); 4] = [
    ("tools/list", "tools"),
    ("prompts/list", "prompts"),
    ("resources/list", "resources"),
    ("resources/templates/list", "resourceTemplates"),
];

/// Where a cursor comes from.
#[derive(Arbitrary, Debug)]
enum Origin<'t> {
    Text(&'t str),
    /// One that was given for a list, and perhaps another character in it.
    Given(u8, Option<(u8, char)>),
}

fuzz_target!(|input: (u8, Origin<'_>)| {
    let (at, origin) = input;
    let list = usize::from(at) % LISTS.len();
    let cursor = match origin {
        Origin::Text(text) => text.to_owned(),
        Origin::Given(of, change) => changed(&given(usize::from(of)), change),
    };
    let answer = page(list, Some(&cursor));
    match walked(list).iter().find(|page| page["cursor"] == json!(cursor)) {
        Some(page) => assert_eq!(answer["result"], page["result"]),
        None => assert_eq!(answer["error"]["code"], -32602, "{answer}"),
    }
});

/// A cursor of any list.
fn given(number: usize) -> String {
    let cursors: Vec<_> =
        (0..LISTS.len()).flat_map(walked).filter_map(|page| Some(page["cursor"].as_str()?.to_owned())).collect();
    cursors[number % cursors.len()].clone()
}

fn changed(cursor: &str, change: Option<(u8, char)>) -> String {
    let Some((at, by)) = change else { return cursor.into() };
    let at = usize::from(at) % cursor.len();
    cursor.chars().enumerate().map(|(index, letter)| if index == at { by } else { letter }).collect()
}

/// The pages of a list with their cursors, as they lead from one to the next: every item is on one of them.
fn walked(list: usize) -> Vec<Value> {
    thread_local!(static WALKED: [OnceCell<Vec<Value>>; LISTS.len()] = const { [const { OnceCell::new() }; LISTS.len()] });
    WALKED.with(|walked| walked[list].get_or_init(|| walk(list)).clone())
}

fn walk(list: usize) -> Vec<Value> {
    let (mut pages, mut next) = (Vec::new(), Value::Null);
    loop {
        let answer = page(list, next.as_str());
        let result = &answer["result"];
        let items = result[LISTS[list].1].as_array().expect("it is a page");
        assert!(items.len() <= 2 && pages.len() < 10, "{answer}");
        pages.push(json!({ "cursor": next, "result": result }));
        next = result["nextCursor"].clone();
        if next.is_null() {
            return pages;
        }
    }
}

fn page(list: usize, cursor: Option<&str>) -> Value {
    let cursor = cursor.map(|cursor| format!(r#""cursor":{}"#, json!(cursor)));
    ask(LISTS[list].0, &cursor.unwrap_or_else(|| r#""x":0"#.into()))
}
