//! Who reads slowly, or comes back.

use super::legacy::{old, until_answer};
use super::*;

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
