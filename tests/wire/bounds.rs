//! Settings that bound what a client may do over a pipe: at the limit, and one past it.

use std::time::Duration;

use mcp_runtime::{Elicit, Progress, Server, Unanswered, form, items, tool};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{sleep, timeout};

use crate::common::{MODERN, REVISIONS, Wire, call, initialize, request, run, terms};
use crate::fixture::server;

/// A ping that is so deep, the message itself included.
fn deep(levels: usize) -> String {
    let inner = levels - 1;
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","x":{}{}}}"#, "[".repeat(inner), "]".repeat(inner))
}

#[test]
fn how_deep_a_message_may_be() {
    run(async {
        let mut wire = Wire::open_in("2025-11-25", server().depth(10)).await;
        assert_eq!(wire.exchange(deep(10)).await, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
        let refused = wire.exchange(deep(11)).await;
        let expected = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"the message is nested deeper than 10 levels"}}"#;
        assert_eq!(refused, expected);
        let later = deep(11).replacen(r#""id":1,"#, "", 1).replace("]}", r#"],"id":1}"#);
        let expected =
            r#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"the message is nested deeper than 10 levels"}}"#;
        assert_eq!(wire.exchange(later).await, expected, "an id that was not reached");
        assert_eq!(wire.exchange(deep(10)).await, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
        wire.close().await;
        let mut wire = Wire::open_in("2025-11-25", server().depth(128)).await;
        assert_eq!(wire.exchange(deep(128)).await, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
        wire.close().await;
        let fault = server().depth(129).serve(tokio::io::empty(), tokio::io::sink()).await.unwrap_err();
        assert!(fault.to_string().contains("`.depth(129)`: messages may be nested 128 levels deep at most"), "{fault}");
        let nothing = server().depth(0).line_length(0).in_flight(0);
        let fault = nothing.serve(tokio::io::empty(), tokio::io::sink()).await.unwrap_err().to_string();
        for name in ["depth", "line_length", "in_flight"] {
            assert!(fault.contains(&format!("`.{name}(0)` would refuse everything: allow 1 or more")), "{fault}");
        }
    });
}

/// How many bytes a server takes from a client that reads nothing. Each call is answered with as much as it brings.
async fn taken(server: Server) -> usize {
    const ROOM: usize = 4096;
    let (mut ask, asked) = tokio::io::duplex(ROOM);
    let (answer, mut answered) = tokio::io::duplex(ROOM);
    let serving = tokio::spawn(server.serve(asked, answer));
    let hello = format!("{}\n", initialize("2025-11-25"));
    ask.write_all(hello.as_bytes()).await.unwrap();
    let unknown = "x".repeat(1000);
    let mut taken = 0;
    for id in 0..10_000 {
        // The error says again which task it was.
        let line = format!("{}\n", request(MODERN, format!("{id:0>1000}"), "ping", json!({ "unknown": unknown })));
        match timeout(Duration::from_millis(500), ask.write_all(line.as_bytes())).await {
            Ok(written) => written.unwrap(),
            Err(_) => break,
        }
        taken += line.len();
    }
    drop(ask);
    // Whoever reads at last is told everything.
    let mut bytes = vec![0; 64 * 1024];
    while answered.read(&mut bytes).await.unwrap() > 0 {}
    serving.await.unwrap().unwrap();
    taken
}

#[test]
fn how_much_waits_for_a_slow_reader() {
    run(async {
        let little = taken(server().backlog(10_000)).await;
        let more = taken(server().backlog(400_000)).await;
        assert!(little < 150_000, "{little} bytes were read");
        assert!((400_000..1_100_000).contains(&more), "{more} bytes were read");
    });
}

/// Takes a step.
#[tool]
async fn steps(progress: &Progress) -> bool {
    progress.report(1, None, None);
    true
}

/// Everything that is told repeats it.
#[test]
fn how_long_a_token_of_progress_may_be() {
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(items![steps])).await;
            for (length, is_taken) in [(1024, true), (1025, false)] {
                let mut asked = call(revision, 1, "steps", json!({}));
                asked["params"]["_meta"]["progressToken"] = json!("t".repeat(length - 2));
                let first = wire.ask(&asked).await;
                if is_taken {
                    assert_eq!(first["method"], "notifications/progress", "{revision}: {first}");
                    assert!(wire.hear_json().await["result"].is_object(), "{revision}");
                } else {
                    let expected = json!({ "code": -32602, "message": "`progressToken` is longer than 1024 bytes" });
                    assert_eq!(first["error"], expected, "{revision}");
                }
            }
            // What is written at length, and says no more than `1`, is repeated as `1`.
            let mut asked = call(revision, 1, "steps", json!({}));
            asked["params"]["_meta"]["progressToken"] = json!("at length");
            let text = asked.to_string().replace("\"at length\"", &format!("1.{}", "0".repeat(2000)));
            assert!(wire.exchange(text).await.contains(r#""progressToken":1,"#), "{revision}");
            assert!(wire.hear_json().await["result"].is_object(), "{revision}");
            wire.close().await;
        }
    });
}

/// Whether somebody means it.
#[form]
struct Confirmation {
    sure: bool,
}

/// Asks, and says what it was told.
#[tool]
async fn asks(person: &Elicit) -> String {
    let answer: Result<_, Unanswered> = person.ask_as::<Confirmation>("sure", "Sure?").await;
    answer.map_or_else(|why| why.to_string(), |answer| format!("{:?}", answer.accepted().map(|it| it.sure)))
}

fn accepted() -> Value {
    json!({ "action": "accept", "content": { "sure": true } })
}

#[test]
fn how_long_an_answer_may_take_in_a_session() {
    let server = || Server::new("test", "1.0.0").items(items![asks]).timeout(Duration::from_millis(100));
    run(async {
        for (time, waits, said) in
            [(4000, 0, "Some(true)"), (4000, 200, "Some(true)"), (50, 500, "the client did not answer in time")]
        {
            let mut wire = Wire::open(server().answer_time(Duration::from_millis(time)));
            let mut hello = initialize("2025-11-25");
            hello["params"]["capabilities"] = json!({ "elicitation": {} });
            wire.ask(&hello).await;
            let question = wire.ask(&call("2025-11-25", 1, "asks", json!({}))).await;
            assert_eq!(question["method"], "elicitation/create", "{question}");
            sleep(Duration::from_millis(waits)).await;
            wire.say(json!({ "jsonrpc": "2.0", "id": question["id"], "result": accepted() }).to_string()).await;
            let mut answer = wire.hear_json().await;
            if time < waits {
                assert_eq!(answer["method"], "notifications/cancelled", "the question is taken back: {answer}");
                answer = wire.hear_json().await;
            }
            assert_eq!(answer["result"]["content"][0]["text"], said, "{time} ms, after {waits} ms");
            wire.is_silent("an answer that comes too late").await;
            wire.close().await;
        }
    });
}

/// Times in a state are whole seconds.
#[test]
fn how_long_a_modern_client_may_take_to_come_back() {
    let server =
        |seconds| Server::new("test", "1.0.0").items(items![asks]).request_state_time(Duration::from_secs(seconds));
    run(async {
        for (seconds, code) in [(60, Value::Null), (0, json!(-32602))] {
            let mut wire = Wire::open(server(seconds));
            let mut params = json!({ "name": "asks", "_meta": terms() });
            params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({ "elicitation": {} });
            let asked = wire.ask(&request(MODERN, 1, "tools/call", params.clone())).await;
            params["requestState"] = asked["result"]["requestState"].clone();
            params["inputResponses"] = json!({ "sure": accepted() });
            sleep(Duration::from_millis(1100)).await;
            let answer = wire.ask(&request(MODERN, 2, "tools/call", params)).await;
            assert_eq!(answer["error"]["code"], code, "{seconds} s: {answer}");
            wire.close().await;
        }
    });
}

/// A page has at least one item, whatever is set.
#[test]
fn how_long_a_page_may_be() {
    run(async {
        for revision in REVISIONS {
            for (size, lengths) in [(13, &[13][..]), (12, &[12, 1]), (0, &[1, 1])] {
                let mut wire = Wire::open_in(revision, server().page_size(size)).await;
                let (mut cursor, mut found) = (Value::Null, Vec::new());
                while found.len() < lengths.len() {
                    let page = wire.ask(&request(revision, 1, "tools/list", json!({ "cursor": cursor }))).await;
                    found.push(page["result"]["tools"].as_array().unwrap().len());
                    cursor = page["result"]["nextCursor"].clone();
                }
                assert_eq!(found, lengths, "{revision}, {size}");
                assert_eq!(cursor.is_null(), size > 0, "{revision}, {size}");
                wire.close().await;
            }
        }
    });
}
