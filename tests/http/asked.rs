//! Questions to the client: on the stream of their call where there is a session, and to nobody whom they cannot reach.

use std::time::{Duration, Instant};

use mcp_runtime::{Elicit, Http, Server, Unanswered, form, items, tool};
use serde_json::{Value, json};

use crate::common;
use crate::fixture::{Running, Session};
use crate::requests::{Request, modern};

#[form]
struct Confirmation {
    sure: bool,
}

/// Asks.
#[tool]
async fn confirm(person: &Elicit) -> Result<String, Unanswered> {
    Ok(format!("{:?}", person.ask::<Confirmation>("Sure?").await?.accepted().map(|answer| answer.sure)))
}

fn with(http: Http) -> Running {
    let server = Server::new("test", "1.0.0").timeout(Duration::from_millis(300)).drain(Duration::from_millis(200));
    Running::of(server.items(items![confirm]), http)
}

/// A session of a client that can be asked.
fn open(server: &Running) -> Session<'_> {
    let mut hello = common::initialize("2025-11-25");
    hello["params"]["capabilities"] = json!({ "elicitation": {} });
    let opened = server.ask(&Request::post(hello.to_string()));
    let id = opened.header("mcp-session-id").unwrap().to_owned();
    Session { server, id, revision: "2025-11-25" }
}

#[test]
fn a_question_comes_on_the_stream_of_its_call_and_is_answered_by_a_post() {
    let server = with(Http::new());
    let session = open(&server);
    let mut stream = server.stream(&session.calling(1, "confirm", json!({})));
    let question = stream.message().json();
    assert_eq!((&question["method"], &question["params"]["message"]), (&json!("elicitation/create"), &json!("Sure?")));
    // Longer than the call itself may take.
    std::thread::sleep(Duration::from_millis(500));
    let answer = json!({ "action": "accept", "content": { "sure": true } });
    let taken = session.say(&json!({ "jsonrpc": "2.0", "id": question["id"], "result": answer }));
    assert_eq!(taken.status(), 202, "{}", taken.shown());
    let [answer] = &stream.rest()[..] else { panic!("one answer") };
    assert_eq!(answer["result"]["content"][0]["text"], "Some(true)", "{answer}");
}

#[test]
fn another_session_cannot_answer() {
    let server = with(Http::new());
    let (asked, other) = (open(&server), open(&server));
    let mut stream = server.stream(&asked.calling(1, "confirm", json!({})));
    let question = stream.message().json();
    let answer = |sure: bool| {
        let answer = json!({ "action": "accept", "content": { "sure": sure } });
        json!({ "jsonrpc": "2.0", "id": question["id"], "result": answer })
    };
    assert_eq!(other.say(&answer(false)).status(), 202);
    assert_eq!(asked.say(&answer(true)).status(), 202);
    assert_eq!(stream.rest()[0]["result"]["content"][0]["text"], "Some(true)");
}

/// Waiting for an answer that cannot come would only end after minutes.
#[test]
fn who_takes_nothing_but_the_answer_is_refused_at_once() {
    let refused = |answer: &Value| {
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        assert!(answer["result"]["isError"] == true && text.contains("`elicitation`"), "{answer}");
    };
    let start = Instant::now();
    let server = with(Http::new());
    let session = open(&server);
    refused(&server.ask(&session.calling(1, "confirm", json!({})).with("Accept", "application/json")).json());
    let server = with(Http::new().stateless(true));
    let call = Request::post(common::call("2025-11-25", 1, "confirm", json!({})).to_string());
    refused(&server.ask(&call.and("MCP-Protocol-Version", "2025-11-25")).json());
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_modern_client_is_asked_in_json() {
    let server = with(Http::new());
    let mut request = modern(1, "tools/call", json!({ "name": "confirm" }));
    assert_eq!(server.ask(&request).status(), 400, "it has not said that it can be asked");
    let mut message: Value = serde_json::from_slice(&request.body).unwrap();
    message["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({ "elicitation": {} });
    request.body = message.to_string().into();
    let asked = server.ask(&request).json();
    assert_eq!(asked["result"]["resultType"], "input_required", "{asked}");
}
