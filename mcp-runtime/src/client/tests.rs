//! What a client sends, to the letter, and what it makes of the answers. The server is played by hand.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::elicit::Elicited;

/// A server that says what the test wants.
struct Peer {
    input: Lines<BufReader<DuplexStream>>,
    output: DuplexStream,
}

impl Peer {
    /// With a client that is about to greet it.
    fn meet(builder: ClientBuilder) -> (Self, JoinHandle<Result<Client>>) {
        let (ours, End { input, output }) = End::both();
        let client = tokio::spawn(async move {
            let serving = tokio::spawn(async { Ok(()) });
            Client::open(ours, serving, builder).await
        });
        (Self { input: BufReader::new(input).lines(), output }, client)
    }

    /// With a client that has greeted it.
    async fn open(builder: ClientBuilder) -> (Self, Arc<Client>) {
        let (mut peer, client) = Self::meet(builder.info("test", "1.0.0"));
        peer.answer(json!({ "capabilities": {} })).await;
        let client = client.await.unwrap().unwrap();
        if !client.terms.revision.is_modern() {
            assert_eq!(peer.hear().await["method"], "notifications/initialized");
        }
        (peer, Arc::new(client))
    }

    async fn hear(&mut self) -> Value {
        let line = timeout(Duration::from_secs(10), self.input.next_line()).await.expect("a message");
        serde_json::from_str(&line.unwrap().expect("the client is there")).unwrap()
    }

    async fn say(&mut self, mut message: Value) {
        message["jsonrpc"] = "2.0".into();
        self.output.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    /// Answers the next request, and gives it back.
    async fn answer(&mut self, result: Value) -> Value {
        let mut request = self.hear().await;
        self.say(json!({ "id": request["id"].take(), "result": result })).await;
        assert_eq!(request["jsonrpc"].take(), "2.0");
        request
    }
}

/// A call of the tool `t`.
fn calling(client: &Arc<Client>) -> JoinHandle<Result<Called>> {
    let client = client.clone();
    tokio::spawn(async move { client.call("t", json!({ "a": 1 })).await })
}

/// A client that can do everything.
fn able() -> ClientBuilder {
    let builder = Client::builder().elicit(|form| json!({ "said": form.message }));
    let builder = builder.visit(|_| Elicited::Accepted(())).sample(|request| format!("re: {}", request.text()));
    builder.roots(["file:///a"]).tasks()
}

fn form(message: &str) -> Value {
    let schema = json!({ "type": "object", "properties": { "said": { "type": "string" } } });
    json!({ "method": "elicitation/create", "params": { "message": message, "requestedSchema": schema } })
}

fn page() -> Value {
    json!({ "method": "elicitation/create", "params": { "mode": "url", "message": "See", "url": "https://a.example/" } })
}

fn model() -> Value {
    let message = json!({ "role": "user", "content": { "type": "text", "text": "Hi" } });
    json!({ "method": "sampling/createMessage", "params": { "maxTokens": 5, "messages": [message] } })
}

fn done() -> Value {
    json!({ "resultType": "complete", "content": [{ "type": "text", "text": "done" }] })
}

#[tokio::test]
async fn a_modern_request_says_its_terms() {
    let builder = able().on_log(Level::Notice, |_| ()).on_progress(|_| ());
    let (mut peer, client) = Peer::meet(builder.info("test", "1.0.0"));
    let greeting = peer.answer(json!({ "capabilities": {} })).await;
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1.0.0" },
        "io.modelcontextprotocol/clientCapabilities": {
            "elicitation": { "form": {}, "url": {} },
            "sampling": {},
            "roots": {},
            "extensions": { "io.modelcontextprotocol/tasks": {} },
        },
        "io.modelcontextprotocol/logLevel": "notice",
    });
    let expected = json!({ "jsonrpc": null, "id": null, "method": "server/discover", "params": { "_meta": meta } });
    assert_eq!(greeting, expected);
    let call = calling(&Arc::new(client.await.unwrap().unwrap()));
    let mut called = peer.answer(done()).await;
    assert!(called["params"]["_meta"]["progressToken"].take().is_u64());
    let mut meta = meta;
    meta["progressToken"] = Value::Null;
    assert_eq!(called["params"], json!({ "name": "t", "arguments": { "a": 1 }, "_meta": meta }));
    call.await.unwrap().unwrap().assert_text("done");
}

#[tokio::test]
async fn a_session_is_opened_on_the_same_terms() {
    let builder = able().revision(Revision::V2025_11_25).on_log(Level::Error, |_| ()).info("test", "1.0.0");
    let (mut peer, client) = Peer::meet(builder);
    let greeting = peer.answer(json!({ "capabilities": { "logging": {} } })).await;
    let capabilities = json!({ "elicitation": { "form": {}, "url": {} }, "sampling": {}, "roots": {} });
    let info = json!({ "name": "test", "version": "1.0.0" });
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": info });
    assert_eq!(greeting, json!({ "jsonrpc": null, "id": null, "method": "initialize", "params": params }));
    assert_eq!(peer.hear().await, json!({ "jsonrpc": "2.0", "method": "notifications/initialized", "params": {} }));
    let level = peer.answer(json!({})).await;
    assert_eq!((&level["method"], &level["params"]), (&json!("logging/setLevel"), &json!({ "level": "error" })));
    client.await.unwrap().unwrap();
}

#[test]
fn each_revision_has_its_capabilities() {
    let declared = |builder: ClientBuilder, revision| builder.revision(revision).into_parts().0.capabilities;
    let (rest, tasks) = (json!({ "sampling": {}, "roots": {} }), json!({ "io.modelcontextprotocol/tasks": {} }));
    for (revision, elicitation, extensions) in [
        (Revision::V2024_11_05, None, None),
        (Revision::V2025_03_26, None, None),
        (Revision::V2025_06_18, Some(json!({})), None),
        (Revision::V2025_11_25, Some(json!({ "form": {}, "url": {} })), None),
        (Revision::V2026_07_28, Some(json!({ "form": {}, "url": {} })), Some(tasks)),
    ] {
        let mut expected = rest.clone();
        elicitation.into_iter().for_each(|modes| expected["elicitation"] = modes);
        extensions.into_iter().for_each(|all| expected["extensions"] = all);
        assert_eq!(declared(able(), revision), expected, "{revision}");
        assert_eq!(declared(Client::builder(), revision), json!({}), "{revision}");
    }
    let visitor = || Client::builder().visit(|_| Elicited::Declined);
    assert_eq!(declared(visitor(), Revision::V2025_06_18), json!({}));
    assert_eq!(declared(visitor(), Revision::LATEST), json!({ "elicitation": { "url": {} } }));
    let scripted = Client::builder().answers([json!({})]).replies([""]);
    assert_eq!(declared(scripted, Revision::LATEST), json!({ "elicitation": { "form": {} }, "sampling": {} }));
}

#[tokio::test]
async fn who_asks_in_rounds_gets_answers_and_state_back() {
    let (mut peer, client) = Peer::open(able()).await;
    let call = calling(&client);
    let questions = json!({ "f": form("Sure?"), "p": page(), "m": model(), "r": { "method": "roots/list" } });
    let asked = json!({ "resultType": "input_required", "inputRequests": questions, "requestState": "s1" });
    let first = peer.answer(asked).await;
    assert_eq!((first["params"].get("inputResponses"), first["params"].get("requestState")), (None, None));
    let asked = json!({ "resultType": "input_required", "inputRequests": { "f": form("Really?") } });
    let second = peer.answer(asked).await;
    let said = json!({ "type": "text", "text": "re: Hi" });
    let answers = json!({
        "f": { "action": "accept", "content": { "said": "Sure?" } },
        "p": { "action": "accept" },
        "m": { "role": "assistant", "model": "none", "stopReason": "endTurn", "content": said },
        "r": { "roots": [{ "uri": "file:///a" }] },
    });
    assert_eq!(second["params"]["inputResponses"], answers);
    assert_eq!((&second["params"]["requestState"], &second["params"]["name"]), (&json!("s1"), &json!("t")));
    let third = peer.answer(json!({ "resultType": "input_required", "requestState": "s3" })).await;
    let answers = json!({ "f": { "action": "accept", "content": { "said": "Really?" } } });
    assert_eq!((&third["params"]["inputResponses"], third["params"].get("requestState")), (&answers, None));
    let fourth = peer.answer(done()).await;
    assert_eq!((fourth["params"].get("inputResponses"), &fourth["params"]["requestState"]), (None, &json!("s3")));
    call.await.unwrap().unwrap().assert_text("done");
}

#[tokio::test]
async fn a_server_that_never_has_enough_is_left() {
    let (mut peer, client) = Peer::open(able()).await;
    let call = calling(&client);
    for round in 0..100 {
        let asked = json!({ "resultType": "input_required", "requestState": round.to_string() });
        peer.answer(asked).await;
    }
    let error = call.await.unwrap().unwrap_err().to_string();
    assert_eq!(error, "the server has asked in 100 rounds, and still has no answer to `tools/call`");
}

#[tokio::test]
async fn who_asks_in_a_session_is_answered_there() {
    let (mut peer, client) = Peer::open(able().revision(Revision::V2025_11_25)).await;
    let call = calling(&client);
    let called = peer.hear().await;
    for (mut question, answer) in [
        (form("Sure?"), json!({ "action": "accept", "content": { "said": "Sure?" } })),
        (page(), json!({ "action": "accept" })),
        (json!({ "method": "roots/list" }), json!({ "roots": [{ "uri": "file:///a" }] })),
        (json!({ "method": "ping" }), json!({})),
    ] {
        question["id"] = "q".into();
        peer.say(question).await;
        assert_eq!(peer.hear().await, json!({ "jsonrpc": "2.0", "id": "q", "result": answer }));
    }
    peer.say(json!({ "id": called["id"], "result": { "content": [] } })).await;
    call.await.unwrap().unwrap().assert_text("");
}

#[tokio::test]
async fn a_question_that_nobody_answers_is_refused_and_reported() {
    let (mut peer, client) = Peer::open(Client::builder().revision(Revision::V2025_11_25)).await;
    for (mut question, told) in [
        (
            form("Sure?"),
            "the server asks `Sure?` (`elicitation/create`), and nobody answers: build the client with `Client::builder().elicit(…)` or `.answers(…)`",
        ),
        (
            page(),
            "the server asks `See` (`elicitation/create`), and nobody answers: build the client with `Client::builder().visit(…)`",
        ),
        (
            model(),
            "the server asks `Hi` (`sampling/createMessage`), and nobody answers: build the client with `Client::builder().sample(…)` or `.replies(…)`",
        ),
        (
            json!({ "method": "roots/list" }),
            "the server asks `roots/list`, and nobody answers: build the client with `Client::builder().roots(…)`",
        ),
        (json!({ "method": "moon/phase" }), "the server asks `moon/phase`, which clients do not know"),
        (
            json!({ "method": "elicitation/create", "params": {} }),
            "the server asks `elicitation/create`, and nobody answers: build the client with `Client::builder().elicit(…)` or `.answers(…)`",
        ),
    ] {
        let call = calling(&client);
        let called = peer.hear().await;
        question["id"] = 7.into();
        peer.say(question).await;
        let refused = peer.hear().await;
        assert_eq!(refused, json!({ "jsonrpc": "2.0", "id": 7, "error": { "code": -32603, "message": told } }));
        peer.say(json!({ "id": called["id"], "result": { "content": [] } })).await;
        assert_eq!(call.await.unwrap().unwrap_err().to_string(), told);
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_is_followed_to_its_end() {
    let (mut peer, client) = Peer::open(able()).await;
    let task = |status: &str| json!({ "taskId": "7", "status": status, "pollIntervalMs": 3 });
    let with = |mut task: Value, name: &str, value: Value| {
        task[name] = value;
        task
    };
    let begun = with(task("working"), "resultType", json!("task"));
    let asks = with(task("input_required"), "inputRequests", json!({ "f": form("Sure?") }));
    let about = |request: &Value| (request["method"].clone(), request["params"]["taskId"].clone());
    let get = (json!("tasks/get"), json!("7"));

    let call = calling(&client);
    peer.answer(begun.clone()).await;
    assert_eq!(about(&peer.answer(task("working")).await), get);
    assert_eq!(about(&peer.answer(asks.clone()).await), get);
    let update = peer.answer(json!({ "resultType": "complete" })).await;
    assert_eq!(about(&update), (json!("tasks/update"), json!("7")));
    let answers = json!({ "f": { "action": "accept", "content": { "said": "Sure?" } } });
    assert_eq!(update["params"]["inputResponses"], answers);
    assert_eq!(about(&peer.answer(asks).await), get);
    assert_eq!(about(&peer.answer(with(task("completed"), "result", done())).await), get, "it is answered once");
    call.await.unwrap().unwrap().assert_text("done");

    let call = calling(&client);
    peer.answer(begun.clone()).await;
    peer.answer(with(task("failed"), "error", json!({ "code": -32603, "message": "broken" }))).await;
    assert!(matches!(call.await.unwrap(), Err(Error::Refused { code: -32603, message, .. }) if message == "broken"));

    let call = calling(&client);
    peer.answer(begun).await;
    peer.answer(task("cancelled")).await;
    assert_eq!(call.await.unwrap().unwrap_err().to_string(), r#"the task {"taskId":"7"} was cancelled"#);
}

#[tokio::test]
async fn a_handler_hears_all_before_the_answer_and_the_rest_waits() {
    let (sender, heard) = std::sync::mpsc::channel();
    let logs = sender.clone();
    let builder = Client::builder().on_progress(move |report| drop(sender.send(format!("{report:?}"))));
    let (mut peer, client) =
        Peer::open(builder.on_log(Level::Debug, move |it| drop(logs.send(format!("{it:?}"))))).await;
    let call = calling(&client);
    let called = peer.hear().await;
    let said = |method: &str, params: Value| json!({ "method": method, "params": params });
    peer.say(said("notifications/progress", json!({ "progressToken": 1, "progress": 1, "message": "one" }))).await;
    peer.say(said("notifications/message", json!({ "level": "info", "logger": "t", "data": [2] }))).await;
    peer.say(said("notifications/progress", json!({ "progressToken": 1, "progress": 2.5, "total": 3 }))).await;
    peer.say(said("notifications/tools/list_changed", json!({}))).await;
    peer.say(json!({ "id": called["id"], "result": done() })).await;
    call.await.unwrap().unwrap();
    let expected = [
        r#"Reported { done: 1.0, total: None, message: Some("one") }"#,
        r#"Logged { level: Info, logger: Some("t"), data: Array [Number(2)] }"#,
        "Reported { done: 2.5, total: Some(3.0), message: None }",
    ];
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), expected);
    let rest = Notification { method: "notifications/tools/list_changed".into(), params: json!({}) };
    assert_eq!(client.next_notification().await, Some(rest));
}

#[tokio::test]
async fn fields_come_in_the_order_of_the_form() {
    let (sender, seen) = std::sync::mpsc::channel();
    let builder = Client::builder().elicit(move |form| {
        drop(sender.send(form.fields));
        Elicited::Cancelled
    });
    let (mut peer, client) = Peer::open(builder).await;
    let call = calling(&client);
    let id = peer.hear().await["id"].clone();
    let properties = r#"{ "z": { "type": "string" }, "a": { "type": "number" }, "m": { "type": "boolean" } }"#;
    let params =
        format!(r#"{{ "message": "?", "requestedSchema": {{ "type": "object", "properties": {properties} }} }}"#);
    let question = format!(r#"{{ "f": {{ "method": "elicitation/create", "params": {params} }} }}"#);
    let result = format!(r#"{{ "resultType": "input_required", "inputRequests": {question} }}"#);
    let line = format!("{{ \"jsonrpc\": \"2.0\", \"id\": {id}, \"result\": {result} }}\n");
    peer.output.write_all(line.as_bytes()).await.unwrap();
    assert_eq!(peer.answer(done()).await["params"]["inputResponses"], json!({ "f": { "action": "cancel" } }));
    call.await.unwrap().unwrap();
    let fields = seen.try_recv().unwrap();
    assert_eq!(fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["z", "a", "m"]);
    assert_eq!(fields[1].1, json!({ "type": "number" }));
}

#[tokio::test]
async fn changes_are_wished_for_as_the_revision_has_it() {
    let (mut peer, client) = Peer::open(Client::builder()).await;
    let watching = tokio::spawn({
        let client = client.clone();
        async move { client.watch(["a://b"]).await }
    });
    let listen = peer.hear().await;
    let lists = json!({ "toolsListChanged": true, "resourcesListChanged": true, "promptsListChanged": true,
        "resourceSubscriptions": ["a://b"] });
    assert_eq!((&listen["method"], &listen["params"]["notifications"]), (&json!("subscriptions/listen"), &lists));
    let meta = json!({ "io.modelcontextprotocol/subscriptionId": listen["id"] });
    let params = json!({ "_meta": meta, "notifications": {} });
    peer.say(json!({ "method": "notifications/subscriptions/acknowledged", "params": params })).await;
    watching.await.unwrap().unwrap();

    let (mut peer, client) = Peer::open(Client::builder().revision(Revision::V2025_06_18)).await;
    let watching = tokio::spawn(async move { client.watch(["a://b", "a://c"]).await });
    for uri in ["a://b", "a://c"] {
        let subscribed = peer.answer(json!({})).await;
        assert_eq!(
            (&subscribed["method"], &subscribed["params"]),
            (&json!("resources/subscribe"), &json!({ "uri": uri }))
        );
    }
    watching.await.unwrap().unwrap();
}

#[tokio::test]
async fn arguments_may_be_left_out() {
    let (mut peer, client) = Peer::open(Client::builder().revision(Revision::V2024_11_05)).await;
    let call = tokio::spawn(async move { client.call("t", ()).await });
    assert_eq!(peer.answer(json!({ "content": [] })).await["params"], json!({ "name": "t" }));
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_says_what_the_test_wants() {
    let (mut peer, client) = Peer::open(Client::builder()).await;
    let version = json!({ "io.modelcontextprotocol/protocolVersion": "1999-01-01" });
    for params in [json!([1]), json!({ "_meta": 1 }), json!({ "_meta": version })] {
        let asked = params.clone();
        let client = client.clone();
        let asking = tokio::spawn(async move { client.request("any/thing", asked).await });
        let mut heard = peer.answer(json!(7)).await["params"].take();
        if let Some(meta) = heard.get_mut("_meta").and_then(Value::as_object_mut) {
            meta.retain(|name, _| name.ends_with("protocolVersion"));
        }
        assert_eq!((heard, asking.await.unwrap().unwrap()), (params, json!(7)));
    }
}

#[tokio::test]
async fn who_does_not_wait_for_an_answer_cancels() {
    let (mut peer, client) = Peer::open(Client::builder()).await;
    let call = calling(&client);
    let id = peer.hear().await["id"].clone();
    call.abort();
    let params = json!({ "requestId": id });
    assert_eq!(peer.hear().await, json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }));
    let call = calling(&client);
    peer.answer(done()).await;
    call.await.unwrap().unwrap();
    client.notify("the/next", json!({})).await.unwrap();
    assert_eq!(peer.hear().await["method"], "the/next", "what is answered is not cancelled");
}

#[tokio::test]
async fn who_waits_learns_that_the_server_is_gone() {
    let (mut peer, client) = Peer::open(Client::builder()).await;
    let call = calling(&client);
    peer.hear().await;
    drop(peer);
    assert_eq!(call.await.unwrap().unwrap_err().to_string(), "the server is gone");
    assert_eq!(client.next_notification().await, None);
}
