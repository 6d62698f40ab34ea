//! Every request with a readable id has exactly one answer unless it was cancelled, in whatever order things happen.

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::carried::Carrier;
use crate::connection::{Cancelled, Connection, Step};
use crate::item::Item;
use crate::item::for_test::HELD;
use crate::reply::{CallToolResult, Output};
use crate::server::Server;
use crate::work::{Outcome, Ticket};

const MODERN: &str = "2026-07-28";

/// What one line may hold.
#[derive(Clone, Debug)]
enum Member {
    Ping(Value),
    Call(Value),
    Unknown(Value),
    WrongParams(Value),
    /// No request, but its id can be read.
    Invalid(Value),
    Cancel(Value),
    Notification,
    Response(Value),
    /// Nothing of it can be read.
    Junk,
}

#[derive(Clone, Debug)]
enum Event {
    Line(Member),
    Batch(Vec<Member>),
    /// The oldest call but so many lands.
    Land(usize),
}

impl Member {
    /// The message; with `meta`, that of a client without a session.
    fn json(&self, meta: Option<&Value>) -> Value {
        let request = |id: &Value, method: &str, mut params: Value| {
            meta.iter().for_each(|meta| params["_meta"] = (*meta).clone());
            json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
        };
        match self {
            Self::Ping(id) => request(id, "ping", json!({})),
            Self::Call(id) => request(id, "tools/call", json!({ "name": "held" })),
            Self::Unknown(id) => request(id, "no/such", json!({})),
            Self::WrongParams(id) => request(id, "tools/call", json!({ "name": ["held"] })),
            Self::Invalid(id) => json!({ "jsonrpc": "1.0", "id": id, "method": "ping" }),
            Self::Cancel(id) => {
                json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } })
            }
            Self::Notification => json!({ "jsonrpc": "2.0", "method": "notifications/what", "params": {} }),
            Self::Response(id) => json!({ "jsonrpc": "2.0", "id": id, "result": {} }),
            Self::Junk => json!([[]]),
        }
    }

    /// The id that must be answered, or `Null` for an answer without one.
    fn owed(&self) -> Option<Value> {
        match self {
            Self::Ping(id) | Self::Call(id) | Self::Unknown(id) | Self::WrongParams(id) | Self::Invalid(id) => {
                Some(id.clone())
            }
            Self::Junk => Some(Value::Null),
            Self::Cancel(_) | Self::Notification | Self::Response(_) => None,
        }
    }
}

fn id() -> impl Strategy<Value = Value> {
    prop_oneof![(0..4_i32).prop_map(Value::from), "[ab]".prop_map(Value::from)]
}

fn member() -> impl Strategy<Value = Member> {
    prop_oneof![
        2 => id().prop_map(Member::Ping),
        4 => id().prop_map(Member::Call),
        1 => id().prop_map(Member::Unknown),
        1 => id().prop_map(Member::WrongParams),
        1 => id().prop_map(Member::Invalid),
        3 => id().prop_map(Member::Cancel),
        1 => Just(Member::Notification),
        1 => id().prop_map(Member::Response),
        1 => Just(Member::Junk),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => member().prop_map(Event::Line),
        2 => prop::collection::vec(member(), 0..6).prop_map(Event::Batch),
        3 => (0..5_usize).prop_map(Event::Land),
    ]
}

/// A connection, and the books about it.
struct Books {
    connection: Connection,
    meta: Option<Value>,
    batches: bool,
    running: Vec<Ticket>,
    /// Answers that are still owed, by id.
    owed: HashMap<String, i64>,
}

impl Books {
    fn open(revision: &str) -> Self {
        let built = Server::new("t", "1").items([Item::Tool(&HELD)]).in_flight(5).build().unwrap();
        let mut connection = Connection::new(built.core);
        let meta = (revision == MODERN).then(|| {
            json!({
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientCapabilities": {},
            })
        });
        if meta.is_none() {
            let hello = json!({ "jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": { "protocolVersion": revision, "capabilities": {} } });
            let (mut out, mut steps) = (Vec::new(), Vec::new());
            connection.receive(hello.to_string().as_bytes(), &Carrier::default(), &mut out, &mut steps);
            assert!(!out.is_empty() && steps.is_empty());
        }
        Self { connection, meta, batches: revision == "2025-03-26", running: Vec::new(), owed: HashMap::new() }
    }

    fn owe(&mut self, id: &Value, answers: i64) {
        *self.owed.entry(id.to_string()).or_default() += answers;
    }

    fn json(&self, member: &Member) -> Value {
        member.json(self.meta.as_ref())
    }

    fn happen(&mut self, event: &Event) {
        let (text, owed) = match event {
            Event::Land(_) if self.running.is_empty() => return,
            Event::Land(at) => return self.land(at % self.running.len()),
            Event::Line(member) => (self.json(member).to_string(), vec![member.owed()]),
            Event::Batch(members) => {
                let text = members.iter().map(|member| self.json(member)).collect::<Value>().to_string();
                let is_taken = self.batches && !members.is_empty();
                (text, if is_taken { members.iter().map(Member::owed).collect() } else { vec![Some(Value::Null)] })
            }
        };
        owed.iter().flatten().for_each(|id| self.owe(id, 1));
        let (mut out, mut steps) = (Vec::new(), Vec::new());
        self.connection.receive(text.as_bytes(), &Carrier::default(), &mut out, &mut steps);
        self.note(&out);
        steps.into_iter().for_each(|step| self.step(step));
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Answer(..) => unreachable!("there is no long list"),
            Step::Run(work) => self.running.push(work.ticket),
            Step::Cancel(Cancelled { serial, last }) => {
                let at = self.running.iter().position(|ticket| ticket.flight.serial == serial);
                let ticket = &self.running[at.expect("only what runs is cancelled")];
                let id = serde_json::from_str(ticket.id.as_json()).unwrap();
                // It may land all the same; then its answer goes nowhere.
                self.owe(&id, -1);
                self.note(&last.unwrap_or_default());
            }
        }
    }

    fn land(&mut self, at: usize) {
        let ticket = self.running.remove(at);
        let mut out = Vec::new();
        let outcome = Outcome::Finished(Ok(Output::Tool(CallToolResult::new())));
        self.connection.answer(ticket, outcome, &mut out);
        self.note(&out);
    }

    /// What is written at once is one message, or nothing.
    fn note(&mut self, out: &[u8]) {
        if out.is_empty() {
            return;
        }
        let message: Value = serde_json::from_slice(out).expect("one message at a time");
        let answers = if let Value::Array(answers) = message { answers } else { vec![message] };
        assert!(!answers.is_empty());
        for answer in answers {
            assert!(answer["result"].is_object() != answer["error"].is_object(), "{answer}");
            self.owe(&answer["id"], -1);
        }
    }

    fn settled(&self) -> bool {
        self.owed.values().all(|answers| *answers == 0)
    }
}

proptest! {
    #[test]
    fn every_request_has_exactly_one_answer(
        events in prop::collection::vec(event(), 0..60),
        revision in prop::sample::select(vec!["2025-03-26", "2025-11-25", MODERN]),
    ) {
        let mut books = Books::open(revision);
        for event in &events {
            books.happen(event);
            prop_assert!(books.owed.values().all(|answers| *answers >= 0), "answered too often: {:?}", books.owed);
        }
        while !books.running.is_empty() {
            books.land(0);
        }
        prop_assert!(books.settled(), "owed after all has landed: {:?}", books.owed);
    }
}

#[test]
fn after_a_hundred_bad_lines_in_a_row_nothing_is_said_until_a_message_comes() {
    let mut books = Books::open("2025-11-25");
    for _ in 0..150 {
        books.happen(&Event::Line(Member::Junk));
    }
    assert_eq!(books.owed["null"], 50);
    books.happen(&Event::Line(Member::Notification));
    books.happen(&Event::Line(Member::Junk));
    assert_eq!(books.owed["null"], 50);
}
