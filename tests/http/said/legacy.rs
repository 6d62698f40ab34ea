//! Sessions, streams that are resumed, and no sessions at all.

use super::*;

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
pub(super) fn old(server: &Running, revision: &str) -> (Stream, impl Fn(&Value) + use<>) {
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
pub(super) fn until_answer(stream: &mut Stream) -> Vec<Value> {
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
