//! Cursors lead from page to page through everything that is offered, and nothing else leads anywhere.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::carried::Carrier;
use crate::connection::Connection;
use crate::item::{Item, Tool};
use crate::server::Server;

/// A connection to a server with so many tools.
fn connected(tools: usize, page_size: usize) -> Connection {
    let tool = |number: usize| {
        let name: &'static str = format!("tool-{number:03}").leak();
        Item::Tool(Box::leak(Box::new(Tool::for_test(name, |_, _| Ok(Box::pin(std::future::pending()))))))
    };
    let built = Server::new("t", "1").items((0..tools).map(tool)).page_size(page_size).build().unwrap();
    Connection::new(built.core)
}

/// The answer to `tools/list` with this cursor.
fn page(connection: &mut Connection, cursor: &Value) -> Value {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({ "_meta": meta, "cursor": cursor });
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": params });
    let mut out = Vec::new();
    connection.receive(request.to_string().as_bytes(), &Carrier::default(), &mut out, &mut Vec::new());
    serde_json::from_slice(&out).unwrap()
}

/// The names on every page, and the cursor that leads to it.
fn walk(connection: &mut Connection) -> Vec<(Value, Vec<String>)> {
    let (mut pages, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let answer = page(connection, &cursor);
        let tools = answer["result"]["tools"].as_array().unwrap();
        let names = tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect();
        pages.push((cursor, names));
        cursor = answer["result"]["nextCursor"].clone();
        if cursor.is_null() || pages.len() > 1_000 {
            return pages;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn cursors_lead_through_everything_once(tools in 1_usize..30, page_size in 0_usize..12) {
        let pages = walk(&mut connected(tools, page_size));
        let (last, before) = pages.split_last().unwrap();
        let most = page_size.max(1);
        prop_assert!(before.iter().all(|(_, names)| names.len() == most) && (1..=most).contains(&last.1.len()));
        let names: Vec<String> = pages.into_iter().flat_map(|(_, names)| names).collect();
        prop_assert_eq!(names, (0..tools).map(|number| format!("tool-{number:03}")).collect::<Vec<_>>());
    }

    #[test]
    fn other_cursors_lead_nowhere(
        tools in 3_usize..20, text: String, at: prop::sample::Index, by: char, more in 1_usize..3,
    ) {
        let mut connection = connected(tools, 2);
        let cursor = walk(&mut connection).remove(1).0;
        let ours = cursor.as_str().unwrap();
        let at = at.index(ours.len());
        let changed: String = ours.chars().enumerate().map(|(i, letter)| if i == at { by } else { letter }).collect();
        let of_another = walk(&mut connected(tools + more, 2)).remove(1).0;
        for other in [json!(text), json!(changed), json!(format!("{ours}{by}")), json!(ours[1..]), of_another] {
            let answer = page(&mut connection, &other);
            prop_assert!(other == cursor || answer["error"]["code"] == -32602, "{} {}", other, answer);
        }
    }
}
