//! What calls say before they answer: on the stream of the answer, and there alone.

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
    LEVELS.into_iter().filter_map(Level::named).for_each(|level| log.send(level, level.as_str()));
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

#[test]
fn a_modern_call_that_says_something_is_a_stream() {
    let server = start();
    let mut verdict = Verdict::default();
    for (tool, arguments) in kinds() {
        let request = modern_of(&calling(MODERN, 1, tool, arguments));
        for accept in ["application/json, text/event-stream", "text/event-stream", "*/*"] {
            let mut stream = server.stream(&request.clone().with("Accept", accept));
            let case = format!("{tool} for {accept}");
            let buffering = stream.head.header("x-accel-buffering");
            verdict.that(&case, buffering == Some("no"), format!("{:?}", stream.head));
            check_without_places(&mut verdict, &case, &events(&mut stream));
        }
        let patient = server.ask(&request.with("Accept", "application/json"));
        verdict.that(format!("{tool} for JSON alone"), is_answer(&patient), patient.shown());
    }
}

/// Also if it could say something.
#[test]
fn who_asks_for_nothing_gets_json() {
    let server = start();
    let mut verdict = Verdict::default();
    for (tool, arguments) in kinds() {
        let silent = server.ask(&modern_of(&common::call(MODERN, 1, tool, arguments)));
        verdict.that(tool, is_answer(&silent), silent.shown());
    }
    let silent = server.ask(&modern_of(&calling(MODERN, 1, "at_once", json!({ "steps": 0 }))));
    verdict.that("nothing to say", is_answer(&silent), silent.shown());
    let silent = server.ask(&modern_of(&common::call(MODERN, 1, "levels", json!({}))));
    verdict.that("no level", is_answer(&silent), silent.shown());
    for revision in LEGACY {
        let session = server.open(revision);
        for (tool, arguments) in kinds() {
            let silent = session.call(1, tool, arguments);
            verdict.that(format!("{tool} in {revision}"), is_answer(&silent), silent.shown());
        }
    }
}

#[test]
fn a_token_or_a_level_that_is_none() {
    let server = start();
    let mut verdict = Verdict::default();
    let mut wrong = |case: String, response: Response| {
        verdict.that(&case, response.code() == Some(-32602) && response.json()["id"] == 1, response.shown());
    };
    for token in [json!({}), json!([]), json!(true), json!(0.5)] {
        let message = |revision| asking(common::call(revision, 1, "at_once", json!({ "steps": 1 })), token.clone());
        wrong(format!("{token}"), server.ask(&modern_of(&message(MODERN))));
        for revision in LEGACY {
            wrong(format!("{token} in {revision}"), server.open(revision).say(&message(revision)));
        }
    }
    for level in [json!("loud"), json!(5), json!({})] {
        let mut message = common::call(MODERN, 1, "levels", json!({}));
        message["params"]["_meta"]["io.modelcontextprotocol/logLevel"] = level.clone();
        wrong(format!("{level}"), server.ask(&modern_of(&message)));
        for revision in LEGACY {
            let session = server.open(revision);
            let set = common::request(revision, 1, "logging/setLevel", json!({ "level": level }));
            wrong(format!("{level} in {revision}"), session.say(&set));
        }
    }
}

#[test]
fn an_error_comes_on_the_stream_too() {
    let server = start();
    let mut verdict = Verdict::default();
    let mut check = |revision: &str, messages: &[Value]| {
        let is_right = messages.len() == 2 && messages[1]["error"]["code"] == -32603 && steps(&messages[..1]) == [1];
        verdict.that(revision, is_right, format!("{messages:?}"));
    };
    check(MODERN, &server.stream(&modern_of(&calling(MODERN, 1, "panics_later", json!({})))).rest());
    for revision in LEGACY {
        let session = server.open(revision);
        check(revision, &server.stream(&session.post(&calling(revision, 1, "panics_later", json!({})))).rest());
    }
}

/// (2026-07-28, Streamable HTTP, Cancellation.)
#[test]
fn who_closes_a_modern_stream_has_cancelled() {
    let server = start();
    for round in 0..5 {
        let key = format!("closed {round}");
        let mut stream = server.stream(&modern_of(&calling(MODERN, 1, "endless", json!({ "key": key }))));
        for _ in 0..=round {
            assert!(stream.event().is_message());
        }
        assert_eq!(server.counters.of(&format!("{key} dropped")), 0);
        drop(stream);
        let time = server.counters.dropped(&key).expect("the function is dropped");
        assert!(time < Duration::from_secs(1), "{time:?}");
    }
}

#[test]
fn clients_with_the_same_ids_and_tokens_never_hear_each_other() {
    let server = start();
    let sessions: Vec<Session<'_>> = LEGACY.into_iter().map(|revision| server.open(revision)).collect();
    let request = |steps: u32, revision| calling(revision, 1, "in_turns", json!({ "steps": steps, "ms": 5 }));
    let mut streams = vec![(2, server.stream(&modern_of(&request(2, MODERN))))];
    streams.push((3, server.stream(&modern_of(&request(3, MODERN)))));
    for (steps, session) in (4..).zip(&sessions) {
        streams.push((steps, server.stream(&session.post(&request(steps, session.revision)))));
    }
    for (count, mut stream) in streams {
        let messages = stream.rest();
        let (_, said) = messages.split_last().unwrap();
        assert_eq!(steps(said), (1..=count).collect::<Vec<u32>>());
    }
}

#[test]
fn a_legacy_call_that_says_something_is_a_stream() {
    let server = start();
    let mut verdict = Verdict::default();
    for revision in LEGACY {
        let session = server.open(revision);
        let mut own = server.stream(&session.get());
        for (tool, arguments) in kinds() {
            let case = format!("{tool} in {revision}");
            let request = session.post(&calling(revision, 1, tool, arguments));
            let mut stream = server.stream(&request);
            let mut first = stream.event();
            // What is done at once is sent as a whole, and need not be resumed. A thread may be that quick.
            let is_whole = tool != "in_turns" && first.id.is_none();
            if revision == "2025-11-25" && !is_whole {
                let primes = !first.is_message() && first.id.is_some() && first.retry.is_some();
                verdict.that(format!("{case}: an event primes"), primes, format!("{first:?}"));
                first = stream.event();
            }
            let mut all = vec![first];
            all.extend(events(&mut stream));
            let ids: Vec<Option<String>> = all.iter().map(|event| event.id.clone()).collect();
            let mut different = ids.clone();
            different.dedup();
            let fits = ids.iter().all(Option::is_some) && different.len() == ids.len();
            verdict.that(format!("{case}: ids"), fits || is_whole, format!("{ids:?}"));
            check(&mut verdict, &case, &all.iter().map(Event::json).collect::<Vec<_>>());
            let only_events = server.stream(&request.clone().with("Accept", "text/event-stream")).rest();
            check(&mut verdict, &format!("{case} as events"), &only_events);
            let patient = server.ask(&request.with("Accept", "application/json"));
            verdict.that(format!("{case} for JSON alone"), is_answer(&patient), patient.shown());
        }
        while let Some(happening) = own.next(Duration::from_millis(30)) {
            let is_silent = matches!(&happening, Happening::Comment)
                || matches!(&happening, Happening::Event(event) if !event.is_message());
            verdict.that(format!("{revision}: the session's own stream"), is_silent, format!("{happening:?}"));
        }
    }
}

/// A client whose connection breaks after every so many messages.
fn broken_every(session: &Session<'_>, count: usize, steps: u32, ms: u64) -> Vec<Value> {
    let arguments = json!({ "steps": steps, "ms": ms });
    let mut stream = session.server.stream(&session.post(&calling(session.revision, count, "in_turns", arguments)));
    let mut messages: Vec<Value> = Vec::new();
    for _ in 0..1000 {
        let mut last = None;
        while !messages.len().is_multiple_of(count) || last.is_none() {
            let event = stream.event();
            last = event.id.clone().or(last);
            if event.is_message() {
                messages.push(event.json());
                if event.json().get("id").is_some() {
                    return messages;
                }
            }
        }
        stream = session.server.stream(&session.resume(&last.unwrap()));
    }
    panic!("no answer: {messages:?}");
}

#[test]
fn a_stream_is_resumed_between_two_steps() {
    let server = start();
    for revision in LEGACY {
        let session = server.open(revision);
        for (count, ms) in [(1, 4), (2, 3), (3, 1), (7, 2)] {
            let messages = broken_every(&session, count, 20, ms);
            let (answer, said) = messages.split_last().unwrap();
            let case = format!("{revision}, after every {count}");
            assert_eq!(steps(said), (1..=20).collect::<Vec<u32>>(), "{case}: nothing is lost, and nothing comes twice");
            assert_eq!(answer["result"]["content"][0]["text"], "done", "{case}: {answer}");
        }
    }
}

/// Who comes back when all is over gets the rest.
#[test]
fn a_stream_is_resumed_after_its_end() {
    let server = start();
    for revision in LEGACY {
        let session = server.open(revision);
        let arguments = json!({ "steps": 10, "ms": 5 });
        let mut stream = server.stream(&session.post(&calling(revision, 1, "in_turns", arguments)));
        let (second, whole) = (stream.message(), stream.message());
        drop(stream);
        sleep(Duration::from_millis(200));
        let mut rests = Vec::new();
        for event in [&second, &whole] {
            rests.push(server.stream(&session.resume(event.id.as_deref().unwrap())).rest());
        }
        assert_eq!(steps(&rests[0][..9]), (2..=10).collect::<Vec<u32>>(), "{revision}");
        assert_eq!(rests[0][1..], rests[1][..], "{revision}");
        assert_eq!(rests[1].last().unwrap()["result"]["content"][0]["text"], "done", "{revision}");
    }
}

#[test]
fn a_client_that_polls_misses_nothing() {
    let server = with(Http::new().retry(Duration::from_millis(1)));
    let session = server.open("2025-11-25");
    let mut stream = server.stream(&session.post(&calling("2025-11-25", 1, "polled_between", json!({}))));
    let mut all = Vec::new();
    let mut last = None;
    let begin = Instant::now();
    loop {
        assert!(begin.elapsed() < PATIENCE, "{all:?}");
        match stream.next(PATIENCE) {
            Some(Happening::Event(event)) => {
                last = event.id.clone().or(last);
                if event.is_message() {
                    all.push(event.json());
                }
            }
            Some(Happening::Comment) => {}
            Some(Happening::End) if all.last().is_some_and(|message| message.get("id").is_some()) => break,
            Some(Happening::End) => stream = server.stream(&session.resume(last.as_ref().unwrap())),
            other => panic!("{other:?} after {all:?}"),
        }
    }
    let (_, said) = all.split_last().unwrap();
    assert_eq!(steps(said), [1, 2, 3, 4, 5]);
}

#[test]
fn who_leaves_a_legacy_stream_has_not_cancelled_and_who_says_so_has() {
    let server = start();
    for revision in LEGACY {
        let session = server.open(revision);
        let key = format!("left {revision}");
        let request = session.post(&calling(revision, "x", "endless", json!({ "key": key })));
        let mut stream = server.stream(&request);
        let last = stream.message().id.unwrap();
        drop(stream);
        sleep(Duration::from_millis(50));
        server.counters.runs(&key);
        assert_eq!(server.counters.of(&format!("{key} dropped")), 0, "{key}");
        let mut stream = server.stream(&session.resume(&last));
        assert_eq!(stream.message().json()["params"]["progress"], 2.0, "{key}");
        assert_eq!(session.cancel("x").status(), 202);
        assert!(server.counters.dropped(&key).is_some(), "{key}");
        let rest = stream.rest();
        assert!(rest.iter().all(|message| message.get("id").is_none()), "{key}: there is no answer: {rest:?}");
    }
}

/// The levels that are heard.
fn heard(messages: &[Value]) -> Vec<String> {
    let said = messages.iter().filter(|message| message["method"] == "notifications/message");
    said.map(|message| {
        let params = &message["params"];
        assert_eq!((&params["logger"], &params["data"]), (&json!("levels"), &params["level"]), "{message}");
        params["level"].as_str().unwrap().to_owned()
    })
    .collect()
}

fn from(level: &str) -> Vec<&'static str> {
    LEVELS.into_iter().skip_while(|other| *other != level).collect()
}

#[test]
fn each_session_has_its_level() {
    let server = start();
    for revision in LEGACY {
        let sessions: Vec<Session<'_>> = LEVELS.iter().map(|_| server.open(revision)).collect();
        let untouched = server.open(revision);
        for (session, level) in sessions.iter().zip(LEVELS) {
            let set = session.say(&common::request(revision, 1, "logging/setLevel", json!({ "level": level })));
            assert_eq!(set.status(), 200, "{}", set.shown());
            assert_eq!(set.text(), r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
        }
        for (session, level) in sessions.iter().zip(LEVELS).chain([(&untouched, "info")]) {
            let messages = server.stream(&session.calling(2, "levels", json!({}))).rest();
            assert_eq!(heard(&messages), from(level), "{revision}");
            assert_eq!(messages.last().unwrap()["result"]["content"][0]["text"], "done");
        }
    }
}

#[test]
fn each_modern_request_has_its_level() {
    let server = start();
    for level in LEVELS {
        let mut message = common::call(MODERN, 1, "levels", json!({}));
        message["params"]["_meta"]["io.modelcontextprotocol/logLevel"] = level.into();
        assert_eq!(heard(&server.stream(&modern_of(&message)).rest()), from(level));
        let patient = server.ask(&modern_of(&message).with("Accept", "application/json"));
        assert!(is_answer(&patient), "{}", patient.shown());
    }
    let set = modern_of(&common::request(MODERN, 1, "logging/setLevel", json!({ "level": "debug" })));
    let refused = server.ask(&set);
    assert_eq!((refused.status(), refused.code()), (404, Some(-32601)), "{}", refused.shown());
}

#[test]
fn calls_of_a_batch() {
    const WITH: &str = "2025-03-26";
    let server = start();
    let session = server.open(WITH);
    let mut verdict = Verdict::default();
    for (tool, arguments) in kinds() {
        let ping = common::request(WITH, "p", "ping", json!({}));
        let one = calling(WITH, 1, tool, arguments);
        for batch in [json!([one, ping]), json!([ping, one]), json!([one])] {
            let request = session.post(&batch);
            let messages = server.stream(&request).rest();
            let (answers, said) = messages.split_last().unwrap();
            verdict.that(tool, steps(said) == [1, 2, 3], format!("{said:?}"));
            let count = answers.as_array().map(Vec::len);
            verdict.that(tool, count == batch.as_array().map(Vec::len), answers);
            let patient = server.ask(&request.with("Accept", "application/json"));
            let count = patient.json().as_array().map(Vec::len);
            verdict.that(tool, count == batch.as_array().map(Vec::len), patient.shown());
        }
    }
    let both = json!([
        calling(WITH, 1, "in_turns", json!({ "steps": 3, "ms": 10 })),
        asking(common::call(WITH, 2, "in_turns", json!({ "steps": 5, "ms": 3 })), "u"),
    ]);
    let messages = server.stream(&session.post(&both)).rest();
    let (answers, said) = messages.split_last().unwrap();
    let (own, others): (Vec<_>, Vec<_>) = said.iter().cloned().partition(|one| one["params"]["progressToken"] == "t");
    verdict.that("two calls", steps(&own) == [1, 2, 3] && others.len() == 5, format!("{said:?}"));
    verdict.that("two calls", answers.as_array().map(Vec::len) == Some(2), answers);
}

#[test]
fn without_sessions_there_are_no_ids() {
    let server = with(Http::new().stateless(true));
    let mut verdict = Verdict::default();
    for revision in LEGACY {
        let post = |message: &Value| Request::post(message.to_string()).and("MCP-Protocol-Version", revision);
        for (tool, arguments) in kinds() {
            let case = format!("{tool} in {revision}");
            let request = post(&calling(revision, 1, tool, arguments));
            check_without_places(&mut verdict, &case, &events(&mut server.stream(&request)));
            let patient = server.ask(&request.with("Accept", "application/json"));
            verdict.that(&case, is_answer(&patient), patient.shown());
        }
        let set = server.ask(&post(&common::request(revision, 1, "logging/setLevel", json!({ "level": "alert" }))));
        verdict.that(revision, set.text() == r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, set.shown());
        let messages = server.stream(&post(&common::call(revision, 1, "levels", json!({})))).rest();
        verdict.that(
            format!("{revision}: nothing is remembered"),
            heard(&messages) == from("info"),
            format!("{messages:?}"),
        );
    }
}

/// Opens the stream of HTTP+SSE, and tells where it takes messages.
fn old(server: &Running, revision: &str) -> (Stream, impl Fn(&Value) + use<>) {
    let mut stream = server.stream(&Request::get().to("/sse"));
    let data = stream.event().data.unwrap();
    let (address, at) = (if data.starts_with('/') { data } else { format!("/{data}") }, server.address);
    let say = move |message: &Value| {
        let request = Request::post(message.to_string()).without("Accept").to(&address);
        let response = crate::client::Connection::open(at).ask(&request);
        assert_eq!(response.status(), 202, "{}", response.shown());
    };
    say(&common::initialize(revision));
    assert_eq!(stream.message().json()["result"]["protocolVersion"], revision);
    say(&notification("notifications/initialized", json!({})));
    (stream, say)
}

/// The events of HTTP+SSE up to the answer.
fn until_answer(stream: &mut Stream) -> Vec<Value> {
    let mut messages: Vec<Value> = Vec::new();
    while messages.last().is_none_or(|message| message.get("id").is_none()) {
        let event = stream.message();
        assert_eq!(event.event.as_deref(), Some("message"), "{event:?}");
        messages.push(event.json());
    }
    messages
}

#[test]
fn over_http_sse() {
    let server = with(Http::new().http_sse(true));
    let mut verdict = Verdict::default();
    for revision in LEGACY {
        let (mut stream, say) = old(&server, revision);
        for (tool, arguments) in kinds() {
            say(&calling(revision, 1, tool, arguments.clone()));
            check(&mut verdict, &format!("{tool} in {revision}"), &until_answer(&mut stream));
            say(&common::call(revision, 2, tool, arguments));
            let silent = until_answer(&mut stream);
            verdict.that(format!("{tool} in {revision}, unasked"), silent.len() == 1, format!("{silent:?}"));
        }
        for level in ["info", "error"] {
            if level != "info" {
                say(&common::request(revision, 3, "logging/setLevel", json!({ "level": level })));
                let set = stream.message().json();
                verdict.same(revision, &set, &json!({ "jsonrpc": "2.0", "id": 3, "result": {} }));
            }
            say(&common::call(revision, 4, "levels", json!({})));
            let messages = until_answer(&mut stream);
            verdict.that(format!("{revision} at {level}"), heard(&messages) == from(level), format!("{messages:?}"));
        }
        let key = format!("old {revision}");
        say(&calling(revision, 5, "endless", json!({ "key": key })));
        assert_eq!(stream.message().json()["params"]["progress"], 1.0);
        say(&notification("notifications/cancelled", json!({ "requestId": 5 })));
        assert!(server.counters.dropped(&key).is_some(), "{key}");
        say(&common::request(revision, 6, "ping", json!({})));
        let rest = until_answer(&mut stream);
        verdict.same(&key, &rest.last().unwrap()["id"], &json!(6));
        let next = stream.next(Duration::from_millis(30));
        let is_silent = next.as_ref().is_none_or(|next| *next == Happening::Comment);
        verdict.that(format!("{key}: nothing more"), is_silent, format!("{next:?}"));
    }
}

/// What may be kept of what a call says while nobody reads, most of it by the operating system: far less than all of it.
const KEPT: usize = 12 * 1024 * 1024;

/// Waits until the call has said all it has to say.
fn until_said(server: &Running, key: &str) {
    let begin = Instant::now();
    while server.counters.of(key) == 0 {
        assert!(begin.elapsed() < PATIENCE, "{key}: it waits for its reader");
        sleep(Duration::from_millis(2));
    }
}

fn check_slow(verdict: &mut Verdict, case: &str, messages: &[Value]) {
    let Some((answer, said)) = messages.split_last() else {
        return verdict.that(case, false, "nothing came");
    };
    verdict.that(
        case,
        answer["result"]["content"][0]["text"] == "done",
        format!("no answer, but {}", answer["method"]),
    );
    let steps = steps(said);
    verdict.that(case, steps.is_sorted_by(|a, b| a < b), format!("{steps:?}"));
    verdict.that(case, steps.last() == Some(&MANY), format!("the last step is {:?} of {}", steps.last(), steps.len()));
    let bytes: usize = said.iter().map(|message| message.to_string().len()).sum();
    verdict.that(case, bytes < KEPT, format!("{bytes} bytes were kept"));
}

#[test]
fn a_slow_reader_of_a_modern_stream() {
    let (server, mut verdict) = (start(), Verdict::default());
    let mut stream = server.stream(&modern_of(&calling(MODERN, 1, "many", json!({ "key": MODERN }))));
    until_said(&server, MODERN);
    check_slow(&mut verdict, MODERN, &stream.rest());
}

#[test]
fn a_slow_reader_without_a_session() {
    let (server, mut verdict) = (with(Http::new().stateless(true)), Verdict::default());
    let message = calling("2025-06-18", 1, "many", json!({ "key": "s" }));
    let mut stream = server.stream(&Request::post(message.to_string()).and("MCP-Protocol-Version", "2025-06-18"));
    until_said(&server, "s");
    check_slow(&mut verdict, "stateless", &stream.rest());
}

#[test]
fn a_slow_reader_over_http_sse() {
    let (server, mut verdict) = (with(Http::new().http_sse(true)), Verdict::default());
    let (mut stream, say) = old(&server, "2024-11-05");
    say(&calling("2024-11-05", 1, "many", json!({ "key": "old" })));
    until_said(&server, "old");
    check_slow(&mut verdict, "HTTP+SSE", &until_answer(&mut stream));
}

/// All messages up to the answer, however often the connection is cut; what came until then if there is no coming back.
fn with_resumption(session: &Session<'_>, mut stream: Stream, mut last: Option<String>) -> Vec<Value> {
    let mut messages = Vec::<Value>::new();
    while messages.last().is_none_or(|message| message.get("id").is_none()) {
        match stream.next(PATIENCE) {
            Some(Happening::Event(event)) => {
                last = event.id.clone().or(last);
                messages.extend(event.is_message().then(|| event.json()));
            }
            Some(Happening::Comment) => {}
            Some(Happening::End | Happening::Cut) | None => {
                let request = session.resume(last.as_ref().unwrap());
                if session.server.connect().ask_head(&request) != 200 {
                    return messages;
                }
                stream = session.server.stream(&request);
            }
        }
    }
    messages
}

/// Its connection may be cut, but then it can come back.
#[test]
fn a_slow_reader_in_a_session() {
    let mut verdict = Verdict::default();
    for revision in LEGACY {
        let server = start();
        let session = server.open(revision);
        let stream = server.stream(&session.post(&calling(revision, 1, "many", json!({ "key": revision }))));
        until_said(&server, revision);
        check_slow(&mut verdict, revision, &with_resumption(&session, stream, None));
    }
}

/// However much was said meanwhile.
#[test]
fn who_was_away_gets_the_end_and_the_answer() {
    let mut verdict = Verdict::default();
    for revision in LEGACY {
        let server = start();
        let session = server.open(revision);
        let mut stream = server.stream(&session.post(&calling(revision, 1, "many", json!({ "key": revision }))));
        let last = stream.message().id;
        drop(stream);
        until_said(&server, revision);
        let request = session.resume(last.as_ref().unwrap());
        let status = server.connect().ask_head(&request);
        if status == 200 {
            let messages = with_resumption(&session, server.stream(&request), last);
            check_slow(&mut verdict, revision, &messages);
        } else {
            verdict.that(revision, false, format!("the stream cannot be resumed: {status}"));
        }
    }
}

#[test]
fn nothing_is_declared_that_is_not_there() {
    for (server, expected) in [(start(), Some(json!({}))), (Running::start(), None)] {
        for revision in LEGACY {
            let opened = server.ask(&initialize(revision)).json();
            assert_eq!(opened["result"]["capabilities"].get("logging"), expected.as_ref(), "{revision}");
        }
        let discovered = server.ask(&modern_of(&common::request(MODERN, 1, "server/discover", json!({})))).json();
        assert_eq!(discovered["result"]["capabilities"].get("logging"), expected.as_ref());
    }
}
