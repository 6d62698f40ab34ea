//! What calls say before they answer: on the stream of the answer, and there alone.

mod legacy;
mod modern;
mod slow;

use std::thread::sleep;
use std::time::{Duration, Instant};

use mcp_runtime::{Context, Http, Level, Log, Progress, Server, items, tool};
use serde_json::{Value, json};

use crate::client::{PATIENCE, Response};
use crate::common::{self, LEGACY, MODERN, Verdict};
use crate::events::{Event, Happening, Stream};
use crate::fixture::{Counters, Guard, Running, Session};
use crate::requests::{Request, initialize, modern_of, notification};

const LEVELS: [&str; 8] = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/// Reports without waiting.
#[tool]
async fn at_once(steps: u32, progress: &Progress) -> &'static str {
    (1..=steps).for_each(|step| progress.report(step, None, None));
    "done"
}

/// Reports, and waits after each step.
#[tool]
async fn in_turns(steps: u32, ms: u64, progress: &Progress) -> &'static str {
    for step in 1..=steps {
        progress.report(step, None, None);
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    "done"
}

/// Reports from a thread.
#[tool]
fn on_a_thread(steps: u32, progress: &Progress) -> &'static str {
    (1..=steps).for_each(|step| progress.report(step, None, None));
    "done"
}

/// Says every level.
#[tool]
async fn levels(log: &Log) -> &'static str {
    tokio::task::yield_now().await;
    LEVELS
        .into_iter()
        .map(|name| name.parse().expect("a level"))
        .for_each(|level: Level| log.send(level, level.as_str()));
    "done"
}

/// Reports until it is dropped.
#[tool]
async fn endless(key: String, progress: &Progress, counters: &Counters) {
    let _guard = Guard(counters, key.clone());
    for step in 1_u64.. {
        counters.add(&key);
        progress.report(step, None, None);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Reports, and panics.
#[tool]
async fn panics_later(progress: &Progress) {
    progress.report(1, None, None);
    tokio::task::yield_now().await;
    panic!("the secret is 45");
}

/// Reports, lets its client poll, and reports again.
#[tool]
async fn polled_between(progress: &Progress, context: &Context) -> &'static str {
    progress.report(1, None, None);
    tokio::time::sleep(Duration::from_millis(50)).await;
    context.close_stream();
    tokio::time::sleep(Duration::from_millis(50)).await;
    (2..5).for_each(|step| progress.report(step, None, None));
    tokio::time::sleep(Duration::from_millis(200)).await;
    progress.report(5, None, None);
    "done"
}

const MANY: u32 = 10_000;
const LONG: usize = 2000;

/// Reports much.
#[tool]
async fn many(key: String, progress: &Progress, counters: &Counters) -> &'static str {
    for step in 1..=MANY {
        progress.report(step, MANY, "x".repeat(LONG));
        tokio::task::yield_now().await;
    }
    counters.add(&key);
    "done"
}

fn with(http: Http) -> Running {
    let server = Server::new("test", "1.0.0").drain(Duration::from_millis(200));
    let speaking = items![at_once, in_turns, on_a_thread, levels, endless, panics_later, polled_between, many];
    Running::of(server.items(speaking), http)
}

fn start() -> Running {
    with(Http::new())
}

fn asking(mut request: Value, token: impl Into<Value>) -> Value {
    request["params"]["_meta"]["progressToken"] = token.into();
    request
}

fn calling(revision: &str, id: impl Into<Value>, tool: &str, arguments: Value) -> Value {
    asking(common::call(revision, id, tool, arguments), "t")
}

/// Every way to report three steps.
fn kinds() -> [(&'static str, Value); 3] {
    [
        ("at_once", json!({ "steps": 3 })),
        ("in_turns", json!({ "steps": 3, "ms": 10 })),
        ("on_a_thread", json!({ "steps": 3 })),
    ]
}

/// The steps that were reported, under the token.
fn steps(messages: &[Value]) -> Vec<u32> {
    let steps = messages.iter().map(|message| {
        assert_eq!(message["method"], "notifications/progress", "{message}");
        assert_eq!(message["params"]["progressToken"], "t", "{message}");
        (1..=MANY).find(|step| message["params"]["progress"] == f64::from(*step)).unwrap()
    });
    steps.collect()
}

/// All events with messages until the stream ends properly.
fn events(stream: &mut Stream) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        match stream.next(PATIENCE) {
            Some(Happening::Event(event)) if event.is_message() => events.push(event),
            Some(Happening::Event(_) | Happening::Comment) => {}
            Some(Happening::End) => return events,
            other => panic!("the stream does not end properly: {other:?} after {events:?}"),
        }
    }
}

/// Checks three steps and the answer.
fn check(verdict: &mut Verdict, case: &str, messages: &[Value]) {
    let Some((answer, said)) = messages.split_last() else {
        return verdict.that(case, false, "nothing was said");
    };
    verdict.that(case, steps(said) == [1, 2, 3], format!("{said:?}"));
    verdict.that(case, answer["result"]["content"][0]["text"] == "done", answer);
}

/// The same where no client comes back, so that events have no ids.
fn check_without_places(verdict: &mut Verdict, case: &str, events: &[Event]) {
    let has_none = events.iter().all(|event| event.id.is_none() && event.retry.is_none());
    verdict.that(case, has_none, format!("{events:?}"));
    check(verdict, case, &events.iter().map(Event::json).collect::<Vec<_>>());
}

fn is_answer(response: &Response) -> bool {
    (response.status(), response.head.kind()) == (200, "application/json") && response.said() == "done"
}
