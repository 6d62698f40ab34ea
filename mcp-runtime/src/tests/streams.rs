//! Any chunking of any stream gives the same answers, in every era.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::lines::Chunks;
use super::serve;
use crate::item::{Item, Tool};
use crate::reply::{CallToolResult, Output};
use crate::server::Server;

/// Is done at once, so that its answer does not depend on what is in flight.
static DONE: Tool =
    Tool::for_test("done", |_, _| Ok(Box::pin(async { Ok(Output::Tool(CallToolResult::new().with("done"))) })));

fn server() -> Server {
    Server::new("t", "1").items([Item::Tool(&DONE)]).line_length(600)
}

fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

fn hello() -> impl Strategy<Value = String> {
    let initialize = |revision: &str| {
        let params = json!({ "protocolVersion": revision, "capabilities": {} });
        json!({ "jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": params }).to_string()
    };
    let revisions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
    prop::sample::select(std::iter::once(String::new()).chain(revisions.map(initialize)).collect::<Vec<_>>())
}

/// A line, with what ends it.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let request = |id: u8, method: &str, params: Value| {
        json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string().into_bytes()
    };
    let text = prop_oneof![
        3 => any::<u8>().prop_map(move |id| request(id, "tools/call", json!({ "name": "done", "_meta": meta() }))),
        2 => any::<u8>().prop_map(move |id| request(id, "tools/call", json!({ "name": "done" }))),
        1 => any::<u8>().prop_map(move |id| request(id, "tools/list", json!({ "_meta": meta() }))),
        1 => any::<u8>().prop_map(move |id| request(id, "ping", json!({}))),
        1 => any::<u8>().prop_map(move |id| [b"[", &*request(id, "ping", json!({})), b"]"].concat()),
        1 => Just(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..30),
        1 => (550_usize..650).prop_map(|length| vec![b'x'; length]),
        1 => Just(Vec::new()),
    ];
    (text, prop::sample::select(vec!["\n", "\r\n", "\n\n"])).prop_map(|(text, end)| [&*text, end.as_bytes()].concat())
}

/// Answers may overtake each other.
fn sorted(answers: &[Value]) -> Vec<String> {
    let mut lines: Vec<_> = answers.iter().map(Value::to_string).collect();
    lines.sort();
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_chunking_of_any_stream_gives_the_same_answers(
        hello in hello(), lines in prop::collection::vec(line(), 0..20), is_cut: bool,
        sizes in prop::collection::vec(0_usize..400, 1..8),
    ) {
        let mut bytes = [hello.as_bytes(), b"\n", &lines.concat()].concat();
        if is_cut {
            bytes.pop();
        }
        let whole = serve(server(), &*bytes);
        let (chunks, _) = Chunks::new(&bytes, &sizes);
        prop_assert_eq!(sorted(&serve(server(), chunks)), sorted(&whole));
    }
}
