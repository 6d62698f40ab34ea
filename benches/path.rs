//! What messages cost on their way through a server, from bytes to bytes in memory: `cargo bench`, or `cargo bench -- validate`. The
//! counters say messages per second, and what is allocated is per burst.
//!
//! How it compares with others: `python3 benches/compare`.

#[path = "../examples/bench/dummies.rs"]
mod dummies;
#[path = "../examples/bench/more.rs"]
mod more;
#[path = "../examples/bench/tools.rs"]
mod tools;

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher};
use mcp_runtime::serde_json::{Value, json};
use mcp_runtime::{Item, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf, duplex, split};
use tokio::runtime::Runtime;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// Messages that come at once.
const BURST: usize = 32;

/// In which era a client speaks.
#[derive(Clone, Copy, Debug)]
enum Era {
    Legacy,
    Modern,
}

const ERAS: [Era; 2] = [Era::Legacy, Era::Modern];

fn main() {
    divan::main();
}

/// The envelope, and next to nothing behind it.
#[divan::bench]
fn parse_ping(bencher: Bencher<'_, '_>) {
    run(bencher, tools::all(), Era::Legacy, "ping", &json!({}));
}

/// A call of a small tool.
#[divan::bench(args = ERAS)]
fn dispatch_add(bencher: Bencher<'_, '_>, era: Era) {
    run(bencher, tools::all(), era, "tools/call", &json!({ "name": "add", "arguments": { "a": 1, "b": 7 } }));
}

/// A template that matches.
#[divan::bench(args = ERAS)]
fn dispatch_read(bencher: Bencher<'_, '_>, era: Era) {
    run(bencher, more::all(), era, "resources/read", &json!({ "uri": "rows://orders/17" }));
}

/// A prompt.
#[divan::bench(args = ERAS)]
fn dispatch_prompt(bencher: Bencher<'_, '_>, era: Era) {
    let params = json!({ "name": "review", "arguments": { "language": "Rust", "code": "fn main() {}" } });
    run(bencher, more::all(), era, "prompts/get", &params);
}

/// Twelve values on three levels, all of them as they should be.
#[divan::bench(args = ERAS)]
fn validate_book(bencher: Bencher<'_, '_>, era: Era) {
    run(bencher, more::all(), era, "tools/call", &book(2, "kari@example.com"));
}

/// The same with two faults, which are told.
#[divan::bench(args = ERAS)]
fn validate_faults(bencher: Bencher<'_, '_>, era: Era) {
    run(bencher, more::all(), era, "tools/call", &book(12, "kari at example"));
}

/// A long list.
#[divan::bench(args = ERAS)]
fn render_list(bencher: Bencher<'_, '_>, era: Era) {
    run(bencher, tools::all().into_iter().chain(dummies::all()), era, "tools/list", &json!({}));
}

/// A text of 64 KiB that has something to escape in every line.
#[divan::bench(args = ERAS)]
fn render_echo(bencher: Bencher<'_, '_>, era: Era) {
    let text = "let total = rows.iter().map(|r| r.cost).sum(); // \"net\" price\n".repeat(1024);
    run(bencher, tools::all(), era, "tools/call", &json!({ "name": "echo", "arguments": { "text": text } }));
}

fn book(seats: u32, email: &str) -> Value {
    let holder = json!({ "name": "Kari Nordmann", "email": email, "country": "NO", "age": 41 });
    let payment =
        json!({ "amount": 1499.5, "currency": "Nok", "tags": ["family"], "reference": "NO123456", "holder": holder });
    let arguments = json!({ "from": "OSL", "to": "BGO", "seats": seats, "day": "2026-12-24", "payment": payment });
    json!({ "name": "book", "arguments": arguments })
}

/// Measures bursts of one request.
fn run(bencher: Bencher<'_, '_>, items: impl IntoIterator<Item = Item>, era: Era, method: &str, params: &Value) {
    let mut running = Running::start(items, era);
    let burst: String = (1..=BURST).map(|id| era.request(id, method, params)).collect();
    let answers = running.exchange(&burst);
    assert_eq!(answers.matches("\"result\":").count(), BURST, "{answers}");
    bencher.counter(ItemsCount::new(BURST)).bench_local(|| running.exchange(&burst).len());
}

impl Era {
    fn request(self, id: usize, method: &str, params: &Value) -> String {
        let mut params = params.clone();
        if let (Self::Modern, Value::Object(params)) = (self, &mut params) {
            params.insert(
                "_meta".into(),
                json!({
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientInfo": { "name": "bench", "version": "1" },
                    "io.modelcontextprotocol/clientCapabilities": {},
                }),
            );
        }
        format!("{}\n", json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
    }

    /// What a client says first, and how many answers it gets.
    fn opening(self) -> (String, usize) {
        match self {
            Self::Legacy => {
                let client = json!({ "name": "bench", "version": "1" });
                let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
                let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
                (format!("{}{ready}\n", self.request(0, "initialize", &params)), 1)
            }
            Self::Modern => (String::new(), 0),
        }
    }
}

/// A server in memory.
struct Running {
    runtime: Runtime,
    input: WriteHalf<DuplexStream>,
    output: ReadHalf<DuplexStream>,
    inbox: Vec<u8>,
}

impl Running {
    fn start(items: impl IntoIterator<Item = Item>, era: Era) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let (ours, theirs) = duplex(4 * 1024 * 1024);
        let (input, output) = split(theirs);
        runtime.spawn(Server::new("bench", "1").items(items).serve(input, output));
        let (output, input) = split(ours);
        let mut running = Self { runtime, input, output, inbox: Vec::with_capacity(4 * 1024 * 1024) };
        let (opening, answers) = era.opening();
        running.ask(&opening, answers);
        running
    }

    /// The answers to a burst.
    fn exchange(&mut self, burst: &str) -> &str {
        self.ask(burst, BURST)
    }

    fn ask(&mut self, messages: &str, answers: usize) -> &str {
        self.inbox.clear();
        let (mut missing, mut searched) = (answers, 0);
        self.runtime.block_on(async {
            self.input.write_all(messages.as_bytes()).await.expect("the server reads");
            while missing > 0 {
                self.output.read_buf(&mut self.inbox).await.expect("the server answers");
                let said = self.inbox.get(searched..).unwrap_or_default();
                missing = missing.saturating_sub(said.iter().filter(|byte| **byte == b'\n').count());
                searched = self.inbox.len();
            }
        });
        str::from_utf8(&self.inbox).expect("the answers are UTF-8")
    }
}
