//! Conversations with the server: those of an ordinary client, and line by line those that no client has.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use mcp_runtime::{Client, Revision};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf, split};
use tokio::time::timeout;

use super::*;

/// What the server installs, in a file that goes with the test.
struct Journal(PathBuf);

impl Journal {
    fn new() -> Self {
        static JOURNALS: AtomicUsize = AtomicUsize::new(0);
        let number = JOURNALS.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("deploy-{}-{number}", std::process::id())))
    }

    fn server(&self) -> Server {
        server(Fleet { journal: self.0.clone() })
    }

    fn installed(&self) -> Vec<String> {
        let journal = std::fs::read_to_string(&self.0).unwrap_or_default();
        journal.lines().map(str::to_owned).collect()
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // There is none where nothing was installed.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn who_is_asked_is_told_how_far_it_is() {
    for revision in [Revision::V2025_11_25, Revision::V2026_07_28] {
        for (well, text, machines) in
            [(true, "All of staging has search 1.2.3: Faster.", 3), (false, "Only staging/alpha has search 1.2.3.", 1)]
        {
            let (journal, (sender, reports)) = (Journal::new(), mpsc::channel());
            let client = Client::builder()
                .revision(revision)
                .answers([json!({ "environment": "staging" }), json!({ "well": well })])
                .replies(["Faster."])
                .on_progress(move |report| sender.send(report.message.unwrap()).unwrap())
                .connect(journal.server())
                .await
                .unwrap();
            client.call("deploy", &params()["arguments"]).await.unwrap().assert_text(text);
            client.close().await.unwrap();
            let mut reports: Vec<_> = reports.try_iter().collect();
            // In 2026-07-28, every round tells it from the beginning.
            reports.dedup();
            assert_eq!(reports, REPORTS[..machines]);
            assert_eq!(journal.installed(), ALL[..machines]);
        }
    }
}

/// A client that is nothing but a pipe, for what no client does, and the journal of the server.
struct Pipe {
    input: WriteHalf<DuplexStream>,
    output: Lines<BufReader<ReadHalf<DuplexStream>>>,
    journal: Journal,
}

impl Pipe {
    fn open() -> Self {
        let journal = Journal::new();
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let (input, output) = split(theirs);
        tokio::spawn(journal.server().serve(input, output));
        let (output, input) = split(ours);
        Self { input, output: BufReader::new(output).lines(), journal }
    }

    async fn say(&mut self, mut message: Value) {
        message["jsonrpc"] = "2.0".into();
        self.input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    async fn hear(&mut self) -> Value {
        let line = timeout(Duration::from_secs(10), self.output.next_line()).await.expect("an answer");
        serde_json::from_str(&line.unwrap().expect("the server is there")).unwrap()
    }
}

/// What the person and the model say to a question under this key.
fn answer(key: &str) -> Value {
    match key {
        "target" => json!({ "action": "accept", "content": { "environment": "staging" } }),
        "notes" => json!({ "role": "assistant", "model": "m", "content": { "type": "text", "text": "Faster." } }),
        "health" => json!({ "action": "accept", "content": { "well": true } }),
        other => panic!("nobody knows what `{other}` is"),
    }
}

fn params() -> Value {
    json!({ "name": "deploy", "arguments": { "service": "search", "version": "1.2.3" } })
}

/// A round of a client that comes back.
fn round(id: u64, asked: Option<&Value>) -> Value {
    let mut params = params();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": { "elicitation": {}, "sampling": {} },
    });
    if let Some(asked) = asked {
        params["requestState"] = asked["requestState"].clone();
        for key in asked["inputRequests"].as_object().unwrap().keys() {
            params["inputResponses"][key] = answer(key);
        }
    }
    json!({ "id": id, "method": "tools/call", "params": params })
}

const FIRST: &str = "search 1.2.3 on staging/alpha";
const ALL: [&str; 3] = [FIRST, "search 1.2.3 on staging/beta", "search 1.2.3 on staging/gamma"];
const REPORTS: [&str; 3] =
    ["staging/alpha has search 1.2.3", "staging/beta has search 1.2.3", "staging/gamma has search 1.2.3"];

#[tokio::test]
async fn every_machine_is_installed_once_though_every_round_comes_twice() {
    let mut pipe = Pipe::open();
    let mut asked: Option<Value> = None;
    let text = loop {
        let mut results = Vec::new();
        // The first round is another call when it comes again.
        for id in 0..if asked.is_some() { 2 } else { 1 } {
            pipe.say(round(id, asked.as_ref())).await;
        }
        for _ in 0..if asked.is_some() { 2 } else { 1 } {
            results.push(pipe.hear().await["result"].take());
        }
        let result = results.pop().unwrap();
        if result["resultType"] == "complete" {
            break result["content"][0]["text"].clone();
        }
        asked = Some(result);
    };
    assert_eq!(text, "All of staging has search 1.2.3: Faster.");
    assert_eq!(pipe.journal.installed(), ALL);
}

#[tokio::test]
async fn who_cancels_at_a_question_has_nothing_installed_afterwards() {
    let mut pipe = Pipe::open();
    open_session(&mut pipe).await;
    loop {
        let message = pipe.hear().await;
        if message["method"] == "notifications/progress" {
            continue;
        }
        let answer = json!({ "id": message["id"], "result": answer(key_of(&message)) });
        if key_of(&message) == "health" {
            pipe.say(json!({ "method": "notifications/cancelled", "params": { "requestId": 1 } })).await;
            pipe.say(answer).await;
            break;
        }
        pipe.say(answer).await;
    }
    pipe.say(json!({ "id": 2, "method": "ping" })).await;
    assert_eq!(pipe.hear().await["id"], 2, "the call is not answered");
    assert_eq!(pipe.journal.installed(), [FIRST]);
}

/// Opens a session, and calls with the id 1.
async fn open_session(pipe: &mut Pipe) {
    let client = json!({ "name": "test", "version": "1.0.0" });
    let terms = json!({ "protocolVersion": "2025-11-25", "capabilities": { "elicitation": {}, "sampling": {} }, "clientInfo": client });
    pipe.say(json!({ "id": 0, "method": "initialize", "params": terms })).await;
    assert_eq!(pipe.hear().await["result"]["protocolVersion"], "2025-11-25");
    let mut params = params();
    params["_meta"] = json!({ "progressToken": "far" });
    pipe.say(json!({ "id": 1, "method": "tools/call", "params": params })).await;
}

/// In a session a question has no key, but it asks the same.
fn key_of(question: &Value) -> &str {
    let properties = &question["params"]["requestedSchema"]["properties"];
    match question["method"].as_str() {
        Some("elicitation/create") if properties.get("environment").is_some() => "target",
        Some("elicitation/create") => "health",
        _ => "notes",
    }
}
