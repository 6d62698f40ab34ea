//! What is declared, and calls of 2026-07-28: one stream each, which ends with the answer.

use super::*;

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
