//! Questions to the client, in both eras, over a pipe: the lines are read as they are.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in any way"
)]

use std::time::Duration;

use mcp_runtime::{
    Elicit, ElicitUrl, Elicited, Item, Sample, SampleRequest, Server, Unanswered, form, items, model, prompt, resource,
    tool,
};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf};
use tokio::time::timeout;

/// How sure somebody is.
#[form]
struct Confirmation {
    /// Really?
    sure: bool,
    #[schemars(range(min = 1, max = 5))]
    times: u8,
}

/// Deletes a file.
#[tool]
async fn delete(file: String, person: &Elicit) -> Result<String, Unanswered> {
    Ok(match person.ask::<Confirmation>(format!("Delete {file}?")).await? {
        Elicited::Accepted(Confirmation { sure, times }) => format!("{file}: {sure}, {times} times"),
        Elicited::Declined => format!("{file} stays"),
        Elicited::Cancelled => "no answer".into(),
    })
}

/// Asks the person, then the model.
#[tool]
async fn both(person: &Elicit, model: &Sample) -> Result<String, Unanswered> {
    let sure = person.ask_as::<Confirmation>("sure", "Sure?").await?.accepted().is_some();
    let said = model.ask(SampleRequest::new(10).user("Say something.").key("said")).await?.text();
    Ok(format!("{sure}: {said}"))
}

/// Asks if there is somebody.
#[tool]
async fn perhaps(person: Option<&Elicit>) -> &'static str {
    if person.is_some() { "somebody" } else { "nobody" }
}

/// Sends to a page.
#[tool]
async fn visit(person: &ElicitUrl) -> Result<bool, Unanswered> {
    Ok(person.visit("https://example.com/", "Please look.").await?.accepted().is_some())
}

/// What is to be had, not in the order of the alphabet.
#[form]
struct Order {
    when: String,
    extras: Vec<Extra>,
    again: Option<bool>,
}

#[model]
#[derive(Debug)]
enum Extra {
    /// With milk.
    Milk,
    /// With sugar.
    Sugar,
}

/// Takes an order.
#[tool]
async fn order(person: &Elicit) -> Result<String, Unanswered> {
    let order = person.ask::<Order>("What will it be?").await?.accepted();
    Ok(order.map_or("nothing".into(), |Order { when, extras, again }| format!("{when}, {extras:?}, {again:?}")))
}

/// Asks for a resource.
#[resource("asked://app")]
async fn asked(person: &Elicit) -> Result<String, Unanswered> {
    Ok(format!("{:?}", person.ask::<Confirmation>("Sure?").await?.accepted().map(|it| it.sure)))
}

/// Asks at a door.
#[resource("door://{name}")]
async fn door(name: String, person: &Elicit) -> Result<String, Unanswered> {
    let answer = person.ask_as::<Confirmation>("sure", "Sure?").await?.accepted();
    Ok(format!("{name}: {:?}", answer.map(|it| it.sure)))
}

/// Asks three times, under keys that look alike.
#[tool]
async fn alike(person: &Elicit) -> Result<String, Unanswered> {
    let ask = async |key, text| Ok(person.ask_as::<Confirmation>(key, text).await?.accepted().map(|it| it.times));
    let (one, two, three) = tokio::join!(ask("key", "One?"), ask("key", "Two?"), ask("key-2", "Three?"));
    Ok(format!("{:?} {:?} {:?}", one?, two?, three?))
}

/// Asks again.
#[tool]
async fn twice(person: &Elicit) -> String {
    let ask = async |key| Ok::<_, Unanswered>(person.ask_as::<Confirmation>(key, "Sure?").await?.accepted().is_some());
    format!("{:?} {:?}", ask("first").await, ask("second").await)
}

/// Asks for a prompt.
#[prompt]
async fn prepared(person: &Elicit) -> Result<String, Unanswered> {
    Ok(format!("{:?}", person.ask::<Confirmation>("Sure?").await?.accepted().map(|it| it.sure)))
}

fn all() -> [Item; 10] {
    items![delete, both, perhaps, visit, order, asked, door, alike, twice, prepared]
}

/// A client that is nothing but a pipe.
struct Pipe {
    input: WriteHalf<DuplexStream>,
    output: tokio::io::Lines<BufReader<ReadHalf<DuplexStream>>>,
}

impl Pipe {
    fn open(server: Server) -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let (input, output) = tokio::io::split(theirs);
        tokio::spawn(server.serve(input, output));
        let (output, input) = tokio::io::split(ours);
        Self { input, output: BufReader::new(output).lines() }
    }

    async fn send(&mut self, message: Value) {
        self.input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    async fn line(&mut self) -> String {
        timeout(Duration::from_secs(10), self.output.next_line()).await.expect("a line").unwrap().unwrap()
    }

    async fn next(&mut self) -> Value {
        serde_json::from_str(&self.line().await).unwrap()
    }

    /// Opens a session and calls.
    async fn legacy(revision: &str, capabilities: Value, method: &str, params: Value) -> Self {
        let mut pipe = Self::open(Server::new("t", "1").items(all()).timeout(Duration::from_millis(300)));
        let hello = json!({ "protocolVersion": revision, "capabilities": capabilities, "clientInfo": { "name": "t", "version": "1" } });
        pipe.send(json!({ "jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": hello })).await;
        assert_eq!(pipe.next().await["result"]["protocolVersion"], revision);
        pipe.send(json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })).await;
        pipe
    }

    async fn modern(&mut self, capabilities: Value, method: &str, params: Value) -> Value {
        serde_json::from_str(&self.modern_line(capabilities, method, params).await).unwrap()
    }

    async fn modern_line(&mut self, capabilities: Value, method: &str, mut params: Value) -> String {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": capabilities,
        });
        self.send(json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })).await;
        self.line().await
    }
}

fn delete_a() -> Value {
    json!({ "name": "delete", "arguments": { "file": "a" } })
}

fn accepted() -> Value {
    json!({ "action": "accept", "content": { "sure": true, "times": 2 } })
}

#[tokio::test]
async fn a_session_is_asked_and_its_time_does_not_count() {
    for revision in ["2025-06-18", "2025-11-25"] {
        for (answer, said) in [
            (accepted(), "a: true, 2 times"),
            (json!({ "action": "decline" }), "a stays"),
            (json!({ "action": "cancel" }), "no answer"),
        ] {
            let mut pipe = Pipe::legacy(revision, json!({ "elicitation": {} }), "tools/call", delete_a()).await;
            let question = pipe.next().await;
            assert_eq!(question["method"], "elicitation/create", "{question}");
            assert_eq!(question["params"]["message"], "Delete a?");
            let schema = &question["params"]["requestedSchema"];
            assert_eq!(schema["properties"]["sure"], json!({ "type": "boolean", "description": "Really?" }));
            assert_eq!(schema["properties"]["times"]["maximum"], 5);
            // Longer than the call itself may take.
            tokio::time::sleep(Duration::from_millis(500)).await;
            pipe.send(json!({ "jsonrpc": "2.0", "id": question["id"], "result": answer })).await;
            let result = pipe.next().await;
            assert_eq!(result["result"]["content"][0]["text"], said, "{revision}: {result}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_an_error_of_the_call() {
    let wrong = [
        (json!({ "result": { "action": "accept", "content": { "sure": "perhaps", "times": 9 } } }), "times"),
        (json!({ "result": { "action": "maybe" } }), "`action`"),
        (json!({ "error": { "code": -1, "message": "nobody is here" } }), "nobody is here"),
    ];
    for (mut answer, said) in wrong {
        let mut pipe = Pipe::legacy("2025-11-25", json!({ "elicitation": {} }), "tools/call", delete_a()).await;
        let question = pipe.next().await;
        answer["jsonrpc"] = "2.0".into();
        answer["id"] = question["id"].clone();
        pipe.send(answer).await;
        let result = pipe.next().await;
        let text = result["result"]["content"][0]["text"].as_str().unwrap();
        assert!(result["result"]["isError"] == true && text.contains(said), "{result}");
    }
}

#[tokio::test]
async fn the_answer_to_a_question_of_a_cancelled_call_goes_nowhere() {
    let mut pipe = Pipe::legacy("2025-11-25", json!({ "elicitation": {} }), "tools/call", delete_a()).await;
    let question = pipe.next().await;
    pipe.send(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } })).await;
    pipe.send(json!({ "jsonrpc": "2.0", "id": question["id"], "result": accepted() })).await;
    pipe.send(json!({ "jsonrpc": "2.0", "id": 2, "method": "ping" })).await;
    assert_eq!(pipe.next().await, json!({ "jsonrpc": "2.0", "id": 2, "result": {} }), "and nothing else");
}

/// Also the answer that came last is taken.
#[tokio::test]
async fn who_hangs_up_is_not_waited_for() {
    let able = json!({ "elicitation": {} });
    let mut pipe = Pipe::legacy("2025-11-25", able, "tools/call", json!({ "name": "twice" })).await;
    let asked = pipe.next().await;
    pipe.send(json!({ "jsonrpc": "2.0", "id": asked["id"], "result": accepted() })).await;
    pipe.input.shutdown().await.unwrap();
    assert_eq!(pipe.next().await["method"], "elicitation/create");
    // The server has five seconds to end.
    let answer = timeout(Duration::from_secs(2), pipe.next()).await.expect("nobody can answer any more");
    assert_eq!(answer["result"]["content"][0]["text"], "Ok(true) Err(Gone)", "{answer}");
}

#[tokio::test]
async fn who_cannot_be_asked_is_refused_before_the_function_runs() {
    let requests = [
        ("tools/call", delete_a()),
        ("resources/read", json!({ "uri": "asked://app" })),
        ("prompts/get", json!({ "name": "prepared" })),
    ];
    for (method, params) in requests {
        for revision in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
            let mut pipe = Pipe::legacy(revision, json!({ "sampling": {} }), method, params.clone()).await;
            let answer = pipe.next().await;
            if method == "tools/call" {
                let text = answer["result"]["content"][0]["text"].as_str().unwrap();
                assert!(answer["result"]["isError"] == true && text.contains("`elicitation`"), "{answer}");
            } else {
                assert_eq!(answer["error"]["code"], -32602, "{answer}");
            }
        }
        let mut pipe = Pipe::open(Server::new("t", "1").items(all()));
        let answer = pipe.modern(json!({}), method, params).await;
        assert_eq!(answer["error"]["code"], -32021, "{answer}");
        assert_eq!(answer["error"]["data"], json!({ "requiredCapabilities": { "elicitation": {} } }));
    }
    for (capabilities, said) in [(json!({}), "nobody"), (json!({ "elicitation": {} }), "somebody")] {
        let mut pipe = Pipe::open(Server::new("t", "1").items(all()));
        let answer = pipe.modern(capabilities, "tools/call", json!({ "name": "perhaps" })).await;
        assert_eq!(answer["result"]["content"][0]["text"], said);
    }
}

#[tokio::test]
async fn a_modern_client_comes_back_with_its_answers() {
    let able = json!({ "elicitation": {}, "sampling": {} });
    let mut pipe = Pipe::open(Server::new("t", "1").items(all()));
    let first = pipe.modern(able.clone(), "tools/call", json!({ "name": "both" })).await["result"].clone();
    assert_eq!(first["resultType"], "input_required");
    assert_eq!(first["inputRequests"]["sure"]["method"], "elicitation/create");
    // Far more than a state may have.
    let unasked = "x".repeat(200_000);
    let second = json!({ "name": "both", "inputResponses": { "sure": accepted(), "more": unasked }, "requestState": first["requestState"] });
    let second = pipe.modern(able.clone(), "tools/call", second).await["result"].clone();
    assert_eq!(second["inputRequests"]["said"]["method"], "sampling/createMessage", "{second}");
    assert_eq!(second["inputRequests"].as_object().unwrap().len(), 1, "what is answered is not asked again");
    assert!(second["requestState"].as_str().unwrap().len() < 1000, "what was never asked is not carried on");
    let said = json!({ "role": "assistant", "content": { "type": "text", "text": "hello" }, "model": "m" });
    let third = json!({ "name": "both", "inputResponses": { "said": said }, "requestState": second["requestState"] });
    let third = pipe.modern(able, "tools/call", third).await;
    assert_eq!(third["result"]["content"][0]["text"], "true: hello", "{third}");
    assert_eq!(third["result"]["resultType"], "complete");
}

/// The id is of 2025-11-25 alone.
#[tokio::test]
async fn a_person_is_sent_to_a_page() {
    let able = json!({ "elicitation": { "url": {} } });
    let mut pipe = Pipe::legacy("2025-11-25", able.clone(), "tools/call", json!({ "name": "visit" })).await;
    let question = pipe.next().await;
    let params = question["params"].as_object().unwrap();
    assert_eq!(params.keys().collect::<Vec<_>>(), ["elicitationId", "message", "mode", "url"]);
    pipe.send(json!({ "jsonrpc": "2.0", "id": question["id"], "result": { "action": "accept" } })).await;
    assert_eq!(pipe.next().await["result"]["content"][0]["text"], "true");
    let mut pipe = Pipe::open(Server::new("t", "1").items(all()));
    let asked = pipe.modern(able.clone(), "tools/call", json!({ "name": "visit" })).await;
    let expected = json!({ "mode": "url", "message": "Please look.", "url": "https://example.com/" });
    assert_eq!(asked["result"]["inputRequests"]["visit"]["params"], expected, "{asked}");
    let refused = pipe.modern(able, "tools/call", delete_a()).await;
    assert_eq!(refused["error"]["code"], -32021, "pages are no forms: {refused}");
}

/// The names of the fields of a form as a line has them.
fn fields(line: &str) -> Vec<String> {
    let places = |name: &&str| line.find(&format!("\"{name}\":{{"));
    let mut names: Vec<_> = ["when", "extras", "extras[Milk]", "extras[Sugar]", "again"].into_iter().collect();
    names.retain(|name| places(name).is_some());
    names.sort_by_key(places);
    names.into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_list_of_choices_can_be_asked_for_in_every_revision_and_fields_keep_their_order() {
    let able = json!({ "elicitation": {} });
    let call = json!({ "name": "order", "arguments": {} });
    let list = json!({ "when": "noon", "extras": ["Sugar"] });
    let boxes = json!({ "when": "noon", "extras[Milk]": false, "extras[Sugar]": true });
    let list_fields = ["when", "extras", "again"].as_slice();
    for (revision, content, expected) in [
        ("2025-06-18", boxes, ["when", "extras[Milk]", "extras[Sugar]", "again"].as_slice()),
        ("2025-11-25", list.clone(), list_fields),
    ] {
        let mut pipe = Pipe::legacy(revision, able.clone(), "tools/call", call.clone()).await;
        let line = pipe.line().await;
        assert_eq!(fields(&line), expected, "{line}");
        let asked: Value = serde_json::from_str(&line).unwrap();
        let answer = json!({ "action": "accept", "content": content });
        pipe.send(json!({ "jsonrpc": "2.0", "id": asked["id"], "result": answer })).await;
        assert_eq!(pipe.next().await["result"]["content"][0]["text"], "noon, [Sugar], None");
    }
    let mut pipe = Pipe::open(Server::new("t", "1").items(all()));
    let line = pipe.modern_line(able.clone(), "tools/call", call.clone()).await;
    assert_eq!(fields(&line), list_fields, "{line}");
    let asked: Value = serde_json::from_str(&line).unwrap();
    let key = asked["result"]["inputRequests"].as_object().unwrap().keys().next().unwrap().clone();
    let mut again = call;
    again["inputResponses"] = json!({ key: { "action": "accept", "content": list } });
    let answer = pipe.modern(able, "tools/call", again).await;
    assert_eq!(answer["result"]["content"][0]["text"], "noon, [Sugar], None", "{answer}");
}

#[tokio::test]
async fn a_wrong_answer_is_asked_for_again() {
    let able = json!({ "elicitation": {} });
    let mut pipe = Pipe::open(Server::new("t", "1").items(all()));
    let first = pipe.modern(able.clone(), "tools/call", delete_a()).await["result"].clone();
    let key = first["inputRequests"].as_object().unwrap().keys().next().unwrap().clone();
    let no_answer = "it is no object with an `action`";
    for (wrong, reason) in [
        (json!(12345), no_answer),
        (json!({ "action": "accept", "content": { "sure": true, "times": 9 } }), "times: must be at most 5, got 9"),
        (Value::Null, no_answer),
    ] {
        let mut again = delete_a();
        again["inputResponses"] = json!({ key.clone(): wrong });
        let again = pipe.modern(able.clone(), "tools/call", again).await;
        let mut expected = first["inputRequests"][&key].clone();
        expected["params"]["message"] = format!("Delete a?\n\nThe last answer was not taken: {reason}").into();
        assert_eq!(again["result"]["inputRequests"][&key], expected, "{again}");
    }
}

#[tokio::test]
async fn a_state_is_good_for_its_own_request_only() {
    let able = json!({ "elicitation": {} });
    let mut pipe = Pipe::open(Server::new("t", "1").items(all()));
    let state = pipe.modern(able.clone(), "tools/call", delete_a()).await["result"]["requestState"].clone();
    let state = state.as_str().unwrap();
    let with = |mut params: Value, state: &str| {
        params["requestState"] = state.into();
        params
    };
    for (case, params) in [
        ("tampered", with(delete_a(), &format!("{state}-TAMPERED"))),
        ("other arguments", with(json!({ "name": "delete", "arguments": { "file": "b" } }), state)),
        ("another tool", with(json!({ "name": "perhaps" }), state)),
        ("none", with(delete_a(), "")),
    ] {
        let answer = pipe.modern(able.clone(), "tools/call", params).await;
        assert!(answer["error"]["code"] == -32602 || case == "another tool", "{case}: {answer}");
    }
    let mut other = Pipe::open(Server::new("t", "1").items(all()));
    let answer = other.modern(able.clone(), "tools/call", with(delete_a(), state)).await;
    assert_eq!(answer["error"]["code"], -32602, "another process has another key: {answer}");
}

/// A read has no name, so one that is sent along must not stand for the URI.
#[tokio::test]
async fn a_state_is_good_for_its_own_resource_only() {
    let able = json!({ "elicitation": {} });
    let mut pipe = Pipe::open(Server::new("t", "1").items(all()));
    let front = json!({ "uri": "door://front", "name": "same" });
    let state = pipe.modern(able.clone(), "resources/read", front.clone()).await["result"]["requestState"].clone();
    let with = |mut params: Value| {
        params["requestState"] = state.clone();
        params["inputResponses"] = json!({ "sure": accepted() });
        params
    };
    let back = pipe.modern(able.clone(), "resources/read", with(json!({ "uri": "door://back", "name": "same" }))).await;
    assert_eq!(back["error"]["code"], -32602, "{back}");
    let front = pipe.modern(able, "resources/read", with(front)).await;
    assert_eq!(front["result"]["contents"][0]["text"], "front: Some(true)", "{front}");
}

/// One answer must not answer two questions.
#[tokio::test]
async fn questions_have_keys_of_their_own_also_where_those_look_alike() {
    let able = json!({ "elicitation": {} });
    let mut pipe = Pipe::open(Server::new("t", "1").items(all()));
    let first = pipe.modern(able.clone(), "tools/call", json!({ "name": "alike" })).await["result"].clone();
    let keys: Vec<&String> = first["inputRequests"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["key", "key-2", "key-2-2"]);
    assert_eq!(first["inputRequests"]["key-2-2"]["params"]["message"], "Three?");
    let times = |times: u8| json!({ "action": "accept", "content": { "sure": true, "times": times } });
    let mut second = json!({ "name": "alike", "requestState": first["requestState"] });
    second["inputResponses"] = json!({ "key": times(1), "key-2": times(2), "key-2-2": times(3) });
    let answer = pipe.modern(able, "tools/call", second).await;
    assert_eq!(answer["result"]["content"][0]["text"], "Some(1) Some(2) Some(3)", "{answer}");
}

#[tokio::test]
async fn a_client_brings_as_many_answers_as_anybody_asks_for() {
    let able = json!({ "elicitation": {} });
    let mut pipe = Pipe::open(Server::new("t", "1").items(all()));
    for (count, is_taken) in [(1000, true), (1001, false)] {
        let mut call = delete_a();
        call["inputResponses"] = (0..count).map(|number| (number.to_string(), accepted())).collect();
        let answer = pipe.modern(able.clone(), "tools/call", call).await;
        assert_eq!(answer["result"]["resultType"] == "input_required", is_taken, "{count}: {answer}");
        assert_eq!(answer["error"]["code"] == -32602, !is_taken, "{count}: {answer}");
    }
}

#[tokio::test]
async fn instances_that_share_a_key_share_conversations() {
    let able = json!({ "elicitation": {} });
    let instance = || Pipe::open(Server::new("t", "1").items(all()).request_state_key([7; 32]));
    let first = instance().modern(able.clone(), "tools/call", delete_a()).await["result"].clone();
    let key = first["inputRequests"].as_object().unwrap().keys().next().unwrap().clone();
    let mut second = delete_a();
    second["requestState"] = first["requestState"].clone();
    second["inputResponses"] = json!({ key: accepted() });
    let answer = instance().modern(able, "tools/call", second).await;
    assert_eq!(answer["result"]["content"][0]["text"], "a: true, 2 times", "{answer}");
}
