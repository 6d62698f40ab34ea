//! Calls that take long, streams that break, and clients that come back (2025-03-26 to 2025-11-25, Transports,
//! Resumability and Redelivery).

use std::thread::sleep;
use std::time::{Duration, Instant};

use mcp_runtime::{Http, Server};
use serde_json::{Value, json};

use crate::client::PATIENCE;
use crate::common::{LEGACY, Verdict};
use crate::events::{Event, Happening, Stream};
use crate::fixture::{Running, Session};
use crate::requests::Request;

const SOON: Duration = Duration::from_millis(50);

/// A server whose calls become streams soon.
fn soon() -> Running {
    Running::with(Http::new().stream_after(SOON))
}

fn nap(session: &Session<'_>, id: &str, ms: u64) -> Request {
    session.calling(id, "sleep", json!({ "ms": ms }))
}

/// Starts a call, takes the event that says where to resume, and breaks the connection.
fn broken(session: &Session<'_>, id: &str, ms: u64) -> String {
    let mut stream = session.server.stream(&nap(session, id, ms));
    let first = stream.event();
    assert!(!first.is_message(), "{first:?}");
    let id = first.id.expect("an event that primes has an id");
    let parts = id.split_once('-').expect("a stream and a number");
    assert!(parts.0.parse::<u64>().is_ok() && parts.1.parse::<u64>().is_ok(), "{id}");
    id
}

/// What a resumed stream brings.
fn resumed(session: &Session<'_>, last: &str) -> Vec<Value> {
    let mut stream = session.server.stream(&session.resume(last));
    stream.rest()
}

#[test]
fn a_long_call_becomes_a_stream() {
    let server = soon();
    for revision in LEGACY {
        let mut verdict = Verdict::default();
        let session = server.open(revision);
        // One of them is quick, whatever else the machine does.
        let mut kinds = (0..5).map(|id| session.call(id, "echo", json!({ "message": "quick" })).head.kind().to_owned());
        verdict.that(format!("{revision}: a quick one"), kinds.any(|kind| kind == "application/json"), "a stream");
        let mut stream = server.stream(&nap(&session, "slow", 200));
        verdict.that(revision, stream.head.header("x-accel-buffering") == Some("no"), format!("{:?}", stream.head));
        let cached = stream.head.header("cache-control").unwrap_or_default().contains("no-store");
        verdict.that(revision, cached, format!("{:?}", stream.head));
        let mut event = stream.event();
        if revision == "2025-11-25" {
            verdict.that("an event primes", !event.is_message() && event.id.is_some(), format!("{event:?}"));
            verdict.that("and says when to come back", event.retry.is_some(), format!("{event:?}"));
            event = stream.event();
        }
        let answer = event.json();
        verdict.that(revision, event.event.as_ref().is_none_or(|name| name == "message"), format!("{event:?}"));
        verdict.that(revision, event.retry.is_none() || revision == "2025-11-25", format!("{event:?}"));
        verdict.same(revision, &answer["id"], &json!("slow"));
        verdict.same(revision, &answer["result"]["content"][0]["text"], &json!("slept 200"));
        let end = stream.next(PATIENCE);
        verdict.that(revision, end == Some(Happening::End), format!("{end:?}"));
    }
}

#[test]
fn the_client_says_how_it_wants_to_be_answered() {
    let server = soon();
    let mut verdict = Verdict::default();
    for revision in LEGACY {
        let session = server.open(revision);
        let patient = server.ask(&nap(&session, "j", 200).with("Accept", "application/json"));
        let fits = patient.head.kind() == "application/json" && patient.said() == "slept 200";
        verdict.that(format!("{revision}: only JSON"), fits, patient.shown());
        let mut stream =
            server.stream(&session.calling("s", "echo", json!({ "message": "x" })).with("Accept", "text/event-stream"));
        let messages = stream.rest();
        verdict.that(format!("{revision}: only streams"), messages.len() == 1, format!("{messages:?}"));
        verdict.same(revision, &messages[0]["result"]["content"][0]["text"], &json!("x"));
        for accept in ["text/html", "image/*"] {
            let refused = server.ask(&nap(&session, "n", 1).with("Accept", accept));
            verdict.that(accept, refused.status() == 406 && refused.code().is_some(), refused.shown());
            let refused = server.ask(&session.get().with("Accept", accept));
            verdict.that(accept, refused.status() == 406 && refused.code().is_some(), refused.shown());
        }
        let refused = server.ask(&session.get().with("Accept", "application/json"));
        verdict.that("GET wants a stream", refused.status() == 406, refused.shown());
        verdict.that(
            "a browser is told",
            refused.shown().contains("this is the endpoint of an MCP server"),
            refused.shown(),
        );
    }
}

#[test]
fn who_only_leaves_has_not_cancelled() {
    let server = soon();
    for revision in LEGACY {
        for (case, wait) in [("as JSON", 0), ("as a stream", 150)] {
            let session = server.open(revision);
            let key = format!("{revision} {case}");
            let connection = server.begin(&session.calling(1, "ticker", json!({ "key": key })));
            server.counters.runs(&key);
            sleep(Duration::from_millis(wait));
            drop(connection);
            sleep(Duration::from_millis(300));
            server.counters.runs(&key);
            assert_eq!(server.counters.of(&format!("{key} dropped")), 0, "{key}");
            session.delete();
            assert!(server.counters.dropped(&key).is_some(), "{key}");
        }
    }
}

/// (2025-11-25, Cancellation.)
#[test]
fn who_says_so_has_cancelled() {
    let server = soon();
    let mut quickest = Duration::MAX;
    for revision in LEGACY {
        for id in [json!(7), json!("seven")] {
            let session = server.open(revision);
            let (key, other) = (format!("{revision} {id}"), format!("{revision} {id} of another"));
            let stranger = server.open(revision);
            let mut spared = server.begin(&stranger.calling(id.clone(), "ticker", json!({ "key": other, "ms": 400 })));
            let mut stream = server.stream(&session.calling(id.clone(), "ticker", json!({ "key": key })));
            server.counters.runs(&key);
            server.counters.runs(&other);
            let said = session.cancel(id);
            assert_eq!((said.status(), said.body.len()), (202, 0), "{}", said.shown());
            quickest = quickest.min(server.counters.dropped(&key).expect("the function is dropped"));
            assert_eq!(stream.rest(), Vec::<Value>::new(), "nothing is sent for it");
            assert_eq!(server.counters.of(&format!("{other} dropped")), 0, "ids belong to sessions");
            let spared = spared.response();
            assert!(spared.text().contains("ticked"), "{}", spared.shown());
        }
    }
    assert!(quickest < Duration::from_millis(100), "{quickest:?}");
}

/// The call was no stream yet when it was cancelled.
#[test]
fn a_cancelled_request_ends_as_an_empty_stream() {
    let server = Running::start();
    for revision in LEGACY {
        let session = server.open(revision);
        let mut post = server.begin(&session.calling(1, "ticker", json!({ "key": revision })));
        server.counters.runs(revision);
        assert_eq!(session.cancel(1).status(), 202);
        let response = post.response();
        assert_eq!((response.status(), response.head.kind()), (200, "text/event-stream"), "{}", response.shown());
        assert!(!response.text().contains("jsonrpc"), "{}", response.shown());
        assert_eq!(session.call(1, "echo", json!({ "message": "again" })).said(), "again", "the id is free again");
    }
}

#[test]
fn a_cancellation_of_nothing_is_no_error() {
    let server = Running::start();
    let session = server.open("2025-11-25");
    for id in [json!(5), json!("x"), json!(null), json!({}), json!([1])] {
        assert_eq!(session.cancel(id.clone()).status(), 202, "{id}");
    }
    assert_eq!(session.ping().status(), 200);
}

#[test]
fn a_broken_stream_is_resumed_while_the_call_runs() {
    let server = soon();
    let session = server.open("2025-11-25");
    let last = broken(&session, "a", 600);
    let messages = resumed(&session, &last);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!((&messages[0]["id"], &messages[0]["result"]["content"][0]["text"]), (&json!("a"), &json!("slept 600")));
}

/// (2025-11-25, Transports: each message is sent on one of the connected streams.)
#[test]
fn who_comes_back_takes_over() {
    let server = soon();
    let session = server.open("2025-11-25");
    let mut first = server.stream(&nap(&session, "a", 400));
    let last = first.event().id.unwrap();
    let mut second = server.stream(&session.resume(&last));
    assert_eq!(second.message().json()["result"]["content"][0]["text"], "slept 400");
    assert_eq!((first.rest(), second.rest()), (vec![], vec![]), "and nothing is said twice");
}

#[test]
fn a_call_that_is_out_of_time_is_answered_on_its_stream() {
    let server = Server::new("test", "1.0.0").timeout(Duration::from_millis(200)).drain(Duration::from_millis(200));
    let server = Running::of(server, Http::new().stream_after(SOON));
    for revision in LEGACY {
        let session = server.open(revision);
        let messages = server.stream(&session.calling(1, "ticker", json!({ "key": revision }))).rest();
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert_eq!((&messages[0]["id"], &messages[0]["error"]["code"]), (&json!(1), &json!(-32603)));
        assert!(server.counters.dropped(revision).is_some());
    }
}

#[test]
fn a_broken_stream_is_resumed_after_the_call_has_finished() {
    let server = soon();
    let session = server.open("2025-11-25");
    let last = broken(&session, "a", 150);
    sleep(Duration::from_millis(500));
    for round in 0..2 {
        let messages = resumed(&session, &last);
        assert_eq!(messages.len(), 1, "{round}: {messages:?}");
        assert_eq!(messages[0]["result"]["content"][0]["text"], "slept 150", "{round}");
    }
}

#[test]
fn who_has_the_answer_gets_nothing_again() {
    let server = soon();
    for revision in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        let session = server.open(revision);
        let answer = server.stream(&nap(&session, "a", 100)).message();
        if let Some(last) = answer.id {
            assert_eq!(resumed(&session, &last), Vec::<Value>::new(), "{revision}");
        }
    }
}

/// (2025-11-25, Transports: the server MUST NOT replay messages of a different stream.)
#[test]
fn nothing_of_another_stream_is_replayed() {
    let server = soon();
    let session = server.open("2025-11-25");
    let ids = ["a", "b", "c"];
    let lasts: Vec<String> = ids.iter().map(|id| broken(&session, id, 200)).collect();
    let mut unique = lasts.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), 3, "ids of events are unique in a session: {lasts:?}");
    sleep(Duration::from_millis(500));
    for (id, last) in ids.iter().zip(&lasts) {
        let messages = resumed(&session, last);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert_eq!(messages[0]["id"], *id, "{messages:?}");
    }
}

#[test]
fn nobody_resumes_what_is_not_theirs() {
    let server = soon();
    let (session, stranger) = (server.open("2025-11-25"), server.open("2025-11-25"));
    let last = broken(&session, "mine", 200);
    sleep(Duration::from_millis(400));
    let mut verdict = Verdict::default();
    for (case, request, statuses) in [
        ("a stranger", stranger.resume(&last), &[400, 404][..]),
        ("without a session", stranger.resume(&last).without("Mcp-Session-Id"), &[400]),
        ("a session that is none", stranger.resume(&last).with("Mcp-Session-Id", "0".repeat(32)), &[404]),
        ("an unknown stream", session.resume("99-1"), &[400, 404]),
        ("an unknown place", session.resume(&format!("{last}9999")), &[400, 404]),
        ("words", session.resume("the last one"), &[400, 404]),
        ("a large number", session.resume("99999999999999999999999999-1"), &[400, 404]),
        ("a negative number", session.resume("-1--1"), &[400, 404]),
        ("bytes", session.resume("x").with("Last-Event-ID", b"\xff\xff"), &[400, 404]),
    ] {
        let response = server.ask(&request);
        let fits = statuses.contains(&response.status()) && response.code().is_some();
        verdict.that(case, fits && !response.text().contains("mine"), response.shown());
    }
    verdict.that("it is still there for its owner", resumed(&session, &last).len() == 1, "");
    session.delete();
    let late = server.ask(&session.resume(&last));
    verdict.that("and gone with its session", late.status() == 404, late.shown());
}

#[test]
fn a_resumed_stream_can_break_and_be_cancelled_too() {
    let server = soon();
    let session = server.open("2025-11-25");
    let mut stream = server.stream(&session.calling("t", "ticker", json!({ "key": "t" })));
    let last = stream.event().id.unwrap();
    drop(stream);
    drop(server.stream(&session.resume(&last)));
    let mut third = server.stream(&session.resume(&last));
    server.counters.runs("t");
    session.cancel("t");
    assert!(server.counters.dropped("t").is_some());
    assert_eq!(third.rest(), Vec::<Value>::new());
}

/// Wherever a connection breaks, the answer comes once, and only that one.
#[test]
fn nothing_is_lost_where_connections_break() {
    let server = Running::with(Http::new().stream_after(Duration::from_millis(1)).retry(Duration::from_millis(1)));
    let session = server.open("2025-11-25");
    std::thread::scope(|scope| {
        for client in 0..4_u64 {
            let session = &session;
            scope.spawn(move || {
                for round in 0..40 {
                    let (id, ms) = (format!("{client}-{round}"), (client * 7 + round * 3) % 23);
                    let answer = broken_often(session, &id, ms);
                    assert_eq!(answer["id"], id, "{answer}");
                    assert_eq!(answer["result"]["content"][0]["text"], format!("slept {ms}"), "{answer}");
                }
            });
        }
    });
}

/// A call whose connection breaks every few milliseconds, until the answer is there.
fn broken_often(session: &Session<'_>, id: &str, ms: u64) -> Value {
    let request = nap(session, id, ms).with("Accept", "text/event-stream");
    let mut stream = session.server.stream(&request);
    let mut last = None;
    for attempt in 0..200 {
        match stream.next(Duration::from_millis(1 + attempt % 5)) {
            Some(Happening::Event(event)) if event.is_message() => return event.json(),
            Some(Happening::Event(event)) => last = event.id.or(last),
            Some(Happening::Comment | Happening::End | Happening::Cut) | None => {}
        }
        if let Some(last) = &last {
            stream = session.server.stream(&session.resume(last));
        }
    }
    panic!("the answer to {id} is lost");
}

#[test]
fn a_session_has_a_stream_of_its_own() {
    let server = Running::with(Http::new().keep_alive(SOON));
    for revision in LEGACY {
        let session = server.open(revision);
        let mut stream = server.stream(&session.get());
        let mut comments = 0;
        let end = Instant::now() + PATIENCE;
        while comments < 3 {
            assert!(Instant::now() < end, "{revision}: {comments} comments");
            match stream.next(PATIENCE) {
                Some(Happening::Comment) => comments += 1,
                Some(Happening::Event(event)) => assert!(!event.is_message(), "{event:?}"),
                other => panic!("{revision}: {other:?}"),
            }
        }
        assert_eq!(session.call(1, "echo", json!({ "message": "x" })).said(), "x");
        assert!(all_within(&mut stream, SOON * 4).is_empty(), "no answer comes on it");
        assert_eq!(session.delete().status(), 204);
        assert_eq!(stream.rest(), Vec::<Value>::new(), "it ends with its session");
    }
}

/// The messages that come in a while.
fn all_within(stream: &mut Stream, limit: Duration) -> Vec<Event> {
    let end = Instant::now() + limit;
    let mut events = Vec::new();
    while let Some(happening) = stream.next(end.saturating_duration_since(Instant::now())) {
        match happening {
            Happening::Event(event) if event.is_message() => events.push(event),
            Happening::Event(_) | Happening::Comment => {}
            Happening::End | Happening::Cut => break,
        }
    }
    events
}

#[test]
fn a_silent_call_is_kept_alive() {
    let server = Running::with(Http::new().stream_after(SOON).keep_alive(SOON));
    let session = server.open("2025-11-25");
    let mut stream = server.stream(&nap(&session, "a", 500));
    let mut comments = 0;
    loop {
        match stream.next(PATIENCE) {
            Some(Happening::Comment) => comments += 1,
            Some(Happening::Event(event)) if event.is_message() => break,
            Some(Happening::Event(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!((3..=12).contains(&comments), "{comments} comments in half a second");
}

#[test]
fn a_session_has_only_so_many_streams() {
    let server = Running::with(Http::new().session_streams(2));
    let (session, other) = (server.open("2025-11-25"), server.open("2025-11-25"));
    let first = server.stream(&session.get());
    let second = server.stream(&session.get());
    let refused = server.ask(&session.get());
    assert_eq!(refused.status(), 429, "{}", refused.shown());
    assert!(refused.code().is_some(), "{}", refused.shown());
    let mut theirs = server.stream(&other.get());
    let next = theirs.next(Duration::from_millis(50));
    assert!(next.as_ref().is_none_or(|next| *next != Happening::End), "{next:?}");
    assert_eq!(session.ping().status(), 200);
    drop((first, second));
    let start = Instant::now();
    while server.connect().ask_head(&session.get()) != 200 {
        assert!(start.elapsed() < PATIENCE, "a closed stream does not count");
        sleep(Duration::from_millis(20));
    }
}

/// (2025-11-25, Transports: the server may close the connection without ending the stream, and the client polls.)
#[test]
fn a_client_may_be_sent_away_to_poll() {
    let http =
        || Http::new().stream_after(SOON).poll_after(Duration::from_millis(150)).retry(Duration::from_millis(70));
    let server = Running::with(http());
    let session = server.open("2025-11-25");
    let mut stream = server.stream(&nap(&session, "p", 900));
    let first = stream.event();
    let last = first.id.clone().expect("a place to resume from");
    assert_eq!(first.retry, Some(70), "{first:?}");
    assert_eq!(stream.rest(), Vec::<Value>::new(), "it ends before the answer is there");
    let start = Instant::now();
    let mut polls = 0;
    let answer = loop {
        assert!(start.elapsed() < PATIENCE, "the answer does not come");
        polls += 1;
        if let Some(answer) = resumed(&session, &last).pop() {
            break answer;
        }
        sleep(Duration::from_millis(70));
    };
    assert_eq!(answer["result"]["content"][0]["text"], "slept 900");
    assert!(polls > 1, "polling streams are closed too");
    for revision in ["2024-11-05", "2025-03-26", "2025-06-18"] {
        let session = server.open(revision);
        let messages = server.stream(&nap(&session, "old", 500)).rest();
        assert_eq!(messages.len(), 1, "{revision}: who cannot poll is not sent away: {messages:?}");
    }
}

/// Whether the client waits for JSON or reads the stream already.
#[test]
fn a_function_may_send_its_client_away_to_poll() {
    let server = soon();
    let session = server.open("2025-11-25");
    for (case, before) in [("at once", 0), ("when it is a stream", 300)] {
        let call = session.calling(case, "polled", json!({ "before": before, "after": 400 }));
        let mut stream = server.stream(&call);
        let last = stream.event().id.expect("a place to resume from");
        assert_eq!(stream.rest(), Vec::<Value>::new(), "{case}: it ends before the answer is there");
        let [answer] = &resumed(&session, &last)[..] else { panic!("{case}: one answer") };
        assert_eq!(answer["result"]["content"][0]["text"], "polled", "{case}");
    }
    let session = server.open("2025-06-18");
    let messages = server.stream(&session.calling(1, "polled", json!({ "before": 200, "after": 100 }))).rest();
    assert_eq!(messages.len(), 1, "who cannot poll is not sent away: {messages:?}");
}
