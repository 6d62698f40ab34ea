//! Raw lines to a real server and back, and expectations that say from which revision on something holds.
#![allow(dead_code, reason = "every test takes what it needs")]

use std::time::Duration;

use mcp_runtime::Server;
use serde_json::{Map, Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf, split,
};
use tokio::task::JoinHandle;

/// The revisions, oldest first.
pub(crate) const REVISIONS: [&str; 5] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"];

/// Those that open with `initialize`.
pub(crate) const LEGACY: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

pub(crate) const MODERN: &str = "2026-07-28";

/// No test waits longer than this for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Runs a test on one thread.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test)
}

/// Panics of fixtures are expected: they are not worth a line each on the terminal.
pub(crate) fn hush() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let text = info.payload().downcast_ref::<&str>().copied().unwrap_or_default();
            if !text.starts_with("the secret is") {
                usual(info);
            }
        }));
    });
}

/// A server at the other end of a pipe.
pub(crate) struct Wire {
    output: WriteHalf<DuplexStream>,
    input: BufReader<ReadHalf<DuplexStream>>,
    server: JoinHandle<mcp_runtime::Result<()>>,
}

impl Wire {
    /// Starts the server; nothing is said yet.
    pub(crate) fn open(server: Server) -> Self {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let server = tokio::spawn(async move {
            let (input, output) = split(theirs);
            server.serve(input, output).await
        });
        let (input, output) = split(ours);
        Self { output, input: BufReader::new(input), server }
    }

    /// Starts the server and opens a session, if the revision has such a thing.
    pub(crate) async fn open_in(revision: &str, server: Server) -> Self {
        let mut wire = Self::open(server);
        if revision != MODERN {
            let opened = wire.ask(&initialize(revision)).await;
            assert_eq!(opened["result"]["protocolVersion"], revision, "{opened}");
            wire.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
        }
        wire
    }

    /// Sends one line.
    pub(crate) async fn say(&mut self, line: impl AsRef<[u8]>) {
        let line = [line.as_ref(), b"\n"].concat();
        tokio::time::timeout(PATIENCE, self.output.write_all(&line)).await.expect("the server reads").unwrap();
    }

    /// The next line, as it came.
    pub(crate) async fn hear(&mut self) -> String {
        let mut line = String::new();
        let read = self.input.read_line(&mut line);
        tokio::time::timeout(PATIENCE, read).await.expect("the server answers").unwrap();
        assert!(line.ends_with('\n'), "the server hung up after {line:?}");
        line.pop();
        line
    }

    pub(crate) async fn hear_json(&mut self) -> Value {
        let line = self.hear().await;
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Sends a line and takes the next one, as it came.
    pub(crate) async fn exchange(&mut self, line: impl AsRef<[u8]>) -> String {
        self.say(line).await;
        self.hear().await
    }

    /// Sends a request and takes the answer.
    pub(crate) async fn ask(&mut self, request: &Value) -> Value {
        self.say(request.to_string()).await;
        self.hear_json().await
    }

    /// Makes sure that nothing has been answered that was not heard yet.
    pub(crate) async fn is_silent(&mut self, case: &str) {
        let answer = self.exchange(r#"{"jsonrpc":"2.0","id":"is it silent?","method":"ping"}"#).await;
        assert_eq!(answer, r#"{"jsonrpc":"2.0","id":"is it silent?","result":{}}"#, "{case}");
    }

    /// Ends the input. What still comes, comes; the server must end well.
    pub(crate) async fn close(mut self) -> Vec<String> {
        self.output.shutdown().await.unwrap();
        let mut rest = String::new();
        let read = self.input.read_to_string(&mut rest);
        tokio::time::timeout(PATIENCE, read).await.expect("the server hangs up").unwrap();
        self.server.await.expect("the server does not panic").expect("the server ends well");
        rest.lines().map(str::to_owned).collect()
    }
}

/// All that a server answers to an input, line by line.
pub(crate) async fn answers(server: Server, input: &[u8]) -> Vec<String> {
    let mut output = Vec::new();
    tokio::time::timeout(PATIENCE, server.serve(input, &mut output))
        .await
        .expect("the server ends")
        .expect("and ends well");
    let text = String::from_utf8(output).expect("answers are UTF-8");
    assert!(text.is_empty() || text.ends_with('\n'), "half a line: {text}");
    text.lines().map(str::to_owned).collect()
}

/// The request that opens a session.
pub(crate) fn initialize(revision: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": "open", "method": "initialize", "params": {
        "protocolVersion": revision, "capabilities": {}, "clientInfo": { "name": "test", "version": "1.0.0" },
    }})
}

/// A request as a client of the revision sends it.
pub(crate) fn request(revision: &str, id: impl Into<Value>, method: &str, params: Value) -> Value {
    let mut params = match params {
        Value::Null => Map::new(),
        Value::Object(params) => params,
        other => panic!("params are an object, not {other}"),
    };
    if revision == MODERN {
        params.entry("_meta").or_insert_with(terms);
    }
    json!({ "jsonrpc": "2.0", "id": id.into(), "method": method, "params": params })
}

/// `tools/call`.
pub(crate) fn call(revision: &str, id: impl Into<Value>, tool: &str, arguments: Value) -> Value {
    request(revision, id, "tools/call", json!({ "name": tool, "arguments": arguments }))
}

/// The terms of a modern request.
pub(crate) fn terms() -> Value {
    json!({ "io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {} })
}

/// What is left of a value in a revision: `"key@2025-06-18"` holds from then on, `"key@..2025-06-18"` before. A member of a
/// list that is an object with only a key like `"@2025-06-18"` is there in those revisions.
pub(crate) fn at(revision: &str, value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let known = object.iter().filter_map(|(key, value)| Some((holds(revision, key)?, at(revision, value))));
            Value::Object(known.map(|(key, value)| (key.to_owned(), value)).collect())
        }
        Value::Array(items) => Value::Array(items.iter().filter_map(|item| member(revision, item)).collect()),
        other => other.clone(),
    }
}

fn member(revision: &str, item: &Value) -> Option<Value> {
    match item.as_object().and_then(|object| object.iter().next()) {
        Some((key, value)) if key.starts_with('@') => holds(revision, key).map(|_| at(revision, value)),
        _ => Some(at(revision, item)),
    }
}

/// The key without its condition, if that holds.
fn holds<'k>(revision: &str, key: &'k str) -> Option<&'k str> {
    let Some((name, condition)) = key.rsplit_once('@') else {
        return Some(key);
    };
    let (from, before) = condition.split_once("..").unwrap_or((condition, ""));
    let fits = revision >= from && (before.is_empty() || revision < before);
    fits.then_some(name)
}

/// A result with what every modern result has.
pub(crate) fn result(revision: &str, result: &Value) -> Value {
    let mut result = at(revision, result);
    if revision == MODERN {
        result["resultType"] = "complete".into();
        result["_meta"]["io.modelcontextprotocol/serverInfo"] = json!({ "name": "test", "version": "1.0.0" });
    }
    result
}

/// A result that may be cached.
pub(crate) fn cacheable(revision: &str, of: &Value) -> Value {
    let mut result = result(revision, of);
    if revision == MODERN {
        result["ttlMs"] = 0.into();
        result["cacheScope"] = "private".into();
    }
    result
}

/// Compares an answer, and says where it differs.
#[track_caller]
pub(crate) fn same(case: &str, got: &Value, expected: &Value) {
    assert!(got == expected, "{case}\n   got: {got}\nwanted: {expected}");
}

/// Tells every place where two values differ.
fn differ(case: &str, path: &str, got: Option<&Value>, expected: Option<&Value>, out: &mut Vec<String>) {
    match (got, expected) {
        (Some(Value::Object(got)), Some(Value::Object(expected))) => {
            let mut keys: Vec<&String> = got.keys().chain(expected.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                differ(case, &format!("{path}/{key}"), got.get(key), expected.get(key), out);
            }
        }
        (Some(Value::Array(got)), Some(Value::Array(expected))) => {
            for index in 0..got.len().max(expected.len()) {
                differ(case, &format!("{path}/{index}"), got.get(index), expected.get(index), out);
            }
        }
        (got, expected) if got != expected => {
            let shown = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
            out.push(format!("{case}: {path}\n   got: {}\nwanted: {}", shown(got), shown(expected)));
        }
        _ => {}
    }
}

/// Collects what is wrong, so that one run of a table shows all of it.
#[derive(Default)]
pub(crate) struct Verdict(Vec<String>);

impl Verdict {
    pub(crate) fn same(&mut self, case: impl std::fmt::Display, got: &Value, expected: &Value) {
        let before = self.0.len();
        differ(&case.to_string(), "", Some(got), Some(expected), &mut self.0);
        assert_eq!(got == expected, before == self.0.len(), "every difference is told");
    }

    pub(crate) fn that(&mut self, case: impl std::fmt::Display, fits: bool, got: impl std::fmt::Display) {
        if !fits {
            self.0.push(format!("{case}\n   got: {got}"));
        }
    }
}

impl Drop for Verdict {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "{} wrong:\n\n{}", self.0.len(), self.0.join("\n\n"));
        }
    }
}
