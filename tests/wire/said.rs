//! What calls say before they answer: progress (the pages Progress of all revisions).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mcp_runtime::{Log, Progress, Server, ToolError, items, prompt, resource, tool};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::common::{MODERN, PATIENCE, REVISIONS, Verdict, Wire, call, hush, request, run};

/// What calls tell the test besides.
#[derive(Clone, Default)]
struct Seen {
    /// How many calls have begun.
    begun: Arc<AtomicUsize>,
    /// How many have reported all they had to report.
    done: Arc<AtomicUsize>,
    /// Whether what has no end is to end.
    stop: Arc<AtomicBool>,
}

impl Seen {
    fn begin(&self) {
        self.begun.fetch_add(1, Ordering::SeqCst);
    }

    fn end(&self) {
        self.done.fetch_add(1, Ordering::SeqCst);
    }

    /// Waits until so many calls have reported all, although nobody reads.
    async fn until_done(&self, count: usize, case: &str) {
        let begin = Instant::now();
        while self.done.load(Ordering::SeqCst) < count {
            assert!(begin.elapsed() < PATIENCE, "{case}: it waits for its reader");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn step(progress: &Progress, step: u32, of: u32) {
    progress.report(step, of, format!("step {step}"));
}

#[tool]
async fn at_once(steps: u32, progress: &Progress) -> &'static str {
    (1..=steps).for_each(|number| step(progress, number, steps));
    "done"
}

#[tool]
async fn in_turns(steps: u32, progress: Option<&Progress>) -> &'static str {
    for number in 1..=steps {
        step(progress.unwrap(), number, steps);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    "done"
}

#[tool]
fn on_a_thread(steps: u32, progress: &Progress) -> &'static str {
    (1..=steps).for_each(|number| step(progress, number, steps));
    "done"
}

#[resource("steps://three")]
async fn three(progress: &Progress) -> &'static str {
    (1..=3).for_each(|number| step(progress, number, 3));
    "done"
}

#[resource("steps://some/{steps}")]
async fn some(steps: u32, progress: &Progress) -> &'static str {
    tokio::task::yield_now().await;
    (1..=steps).for_each(|number| step(progress, number, steps));
    "done"
}

#[prompt]
fn stepwise(steps: u32, progress: &Progress) -> &'static str {
    (1..=steps).for_each(|number| step(progress, number, steps));
    "done"
}

/// Forward and backward, with and without all that may be missing.
#[tool]
async fn wayward(progress: &Progress, seen: &Seen) -> &'static str {
    seen.begin();
    progress.report(-1.5, None, None);
    progress.report(-1.5, 2, "the same");
    progress.report(-2, 2, "back");
    progress.report(0.25, Some(0.5), "a quarter");
    progress.report(f64::NAN, 1, "no number");
    progress.report(f64::INFINITY, 1, "too much");
    progress.report(3_u64, f64::NAN, "no total");
    progress.report(4_usize, f64::INFINITY, Some("\"quoted\"\n\u{e9}"));
    "done"
}

#[tool(timeout = "100ms")]
async fn ends_badly(how: String, progress: &Progress) -> Result<&'static str, ToolError> {
    step(progress, 1, 2);
    match how.as_str() {
        "a failure" => Err(ToolError::new("it failed")),
        "a panic" => panic!("the secret is 44"),
        _ => std::future::pending().await,
    }
}

/// Reports until it is dropped.
#[tool]
async fn endless(progress: &Progress) {
    for number in 1_u64.. {
        progress.report(number, None, None);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Reports as fast as it can, until it is told to stop, or for a while.
#[tool]
fn flood(progress: &Progress, log: &Log, seen: &Seen) {
    flow(progress, log, seen);
}

#[tool(timeout = "100ms")]
fn bounded_flood(progress: &Progress, log: &Log, seen: &Seen) {
    flow(progress, log, seen);
}

fn flow(progress: &Progress, log: &Log, seen: &Seen) {
    let begin = Instant::now();
    for number in 1_u64.. {
        progress.report(number, None, None);
        log.alert(number);
        if seen.stop.load(Ordering::SeqCst) || begin.elapsed() > Duration::from_secs(3) {
            return seen.end();
        }
    }
}

const LONG: usize = 1000;

#[tool]
async fn many_in_turns(steps: u32, progress: &Progress, seen: &Seen) {
    for number in 1..=steps {
        progress.report(number, steps, "x".repeat(LONG));
        tokio::task::yield_now().await;
    }
    seen.end();
}

#[tool]
async fn many_at_once(steps: u32, progress: &Progress, seen: &Seen) {
    (1..=steps).for_each(|number| progress.report(number, steps, "x".repeat(LONG)));
    seen.end();
}

#[tool]
fn many_on_a_thread(steps: u32, progress: &Progress, seen: &Seen) {
    (1..=steps).for_each(|number| progress.report(number, steps, "x".repeat(LONG)));
    seen.end();
}

fn server(seen: &Seen) -> Server {
    hush();
    let tools = items![at_once, in_turns, on_a_thread, wayward, ends_badly, endless, flood, bounded_flood];
    let many = items![many_in_turns, many_at_once, many_on_a_thread];
    Server::new("test", "1.0.0").state(seen.clone()).items(tools).items(many).items(items![three, some, stepwise])
}

/// Every kind of function that reports three steps.
fn kinds() -> [(&'static str, &'static str, Value); 6] {
    let tool = |name: &str| json!({ "name": name, "arguments": { "steps": 3 } });
    [
        ("an async tool that never waits", "tools/call", tool("at_once")),
        ("an async tool", "tools/call", tool("in_turns")),
        ("a plain tool", "tools/call", tool("on_a_thread")),
        ("a resource", "resources/read", json!({ "uri": "steps://three" })),
        ("a template", "resources/read", json!({ "uri": "steps://some/3" })),
        ("a prompt", "prompts/get", json!({ "name": "stepwise", "arguments": { "steps": "3" } })),
    ]
}

/// Adds to the `_meta` of a request.
pub(crate) fn wishing(mut request: Value, key: &str, value: Value) -> Value {
    request["params"]["_meta"][key] = value;
    request
}

fn asking(request: Value, token: impl Into<Value>) -> Value {
    wishing(request, "progressToken", token.into())
}

/// What is heard up to the next answer, and that answer.
pub(crate) async fn until_answer(wire: &mut Wire) -> (Vec<Value>, Value) {
    let mut said = Vec::new();
    loop {
        let message = wire.hear_json().await;
        if message.get("method").is_none() {
            return (said, message);
        }
        assert!(message.get("id").is_none(), "it is a notification: {message}");
        said.push(message);
    }
}

/// A notification as the revision has it: the first one has no message.
fn told(revision: &str, mut params: Value) -> Value {
    if revision == "2024-11-05" {
        params.as_object_mut().unwrap().remove("message");
    }
    json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": params })
}

/// Three steps.
fn steps(revision: &str, token: &Value) -> Value {
    (1..=3)
        .map(|step| {
            let message = format!("step {step}");
            told(
                revision,
                json!({ "progressToken": token, "progress": f64::from(step), "total": 3.0, "message": message }),
            )
        })
        .collect()
}

#[test]
fn steps_come_before_the_answer_under_the_token() {
    let tokens = [json!("t"), json!(7), json!(0), json!(-1), json!(""), json!("\"\\\n\u{e9}"), json!(u64::MAX)];
    let mut wrong = Verdict::default();
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server(&Seen::default())).await;
            for (kind, method, params) in kinds() {
                for token in &tokens {
                    let case = format!("{kind} in {revision} under {token}");
                    let asked = asking(request(revision, "id", method, params.clone()), token.clone());
                    wire.say(asked.to_string()).await;
                    let (said, answer) = until_answer(&mut wire).await;
                    wrong.same(&case, &said.into(), &steps(revision, token));
                    wrong.that(&case, answer["id"] == "id" && answer["result"].to_string().contains("done"), &answer);
                    wire.is_silent(&case).await;
                }
            }
            wire.close().await;
        }
    });
}

#[test]
fn who_does_not_ask_is_not_told() {
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server(&Seen::default())).await;
            for (kind, method, params) in kinds() {
                let plain = request(revision, 1, method, params);
                for asked in [plain.clone(), wishing(plain, "com.example/other", json!(1))] {
                    let answer = wire.ask(&asked).await;
                    assert!(answer["result"].to_string().contains("done"), "{kind} in {revision}: {answer}");
                }
            }
            assert_eq!(wire.close().await, [""; 0]);
        }
    });
}

#[test]
fn a_token_is_a_string_or_an_integer() {
    run(async {
        for revision in REVISIONS {
            let seen = Seen::default();
            let mut wire = Wire::open_in(revision, server(&seen)).await;
            for token in [json!({}), json!([]), json!(true), json!(1.5), json!({ "a": "b" })] {
                let asked = asking(call(revision, 1, "wayward", json!({})), token.clone());
                let answer = wire.ask(&asked).await;
                let error = &answer["error"];
                assert_eq!((&answer["id"], &error["code"]), (&json!(1), &json!(-32602)), "{token} in {revision}");
                assert!(error["message"].as_str().unwrap().contains("progressToken"), "{error}");
            }
            assert_eq!(seen.begun.load(Ordering::SeqCst), 0, "{revision}: nothing has run");
            wire.is_silent(revision).await;
            wire.close().await;
        }
    });
}

#[test]
fn only_what_goes_forward_is_told() {
    run(async {
        for revision in REVISIONS {
            let expected = json!([
                told(revision, json!({ "progressToken": 1, "progress": -1.5 })),
                told(revision, json!({ "progressToken": 1, "progress": 0.25, "total": 0.5, "message": "a quarter" })),
                told(revision, json!({ "progressToken": 1, "progress": 3.0, "message": "no total" })),
                told(revision, json!({ "progressToken": 1, "progress": 4.0, "message": "\"quoted\"\n\u{e9}" })),
            ]);
            let mut wire = Wire::open_in(revision, server(&Seen::default())).await;
            wire.say(asking(call(revision, 1, "wayward", json!({})), 1).to_string()).await;
            let (said, _) = until_answer(&mut wire).await;
            assert_eq!(Value::from(said), expected, "{revision}");
            wire.close().await;
        }
    });
}

#[test]
fn a_call_that_ends_badly_has_said_what_it_said() {
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server(&Seen::default())).await;
            for how in ["a failure", "a panic", "no end"] {
                wire.say(asking(call(revision, 1, "ends_badly", json!({ "how": how })), how).to_string()).await;
                let (said, answer) = until_answer(&mut wire).await;
                assert_eq!(said.len(), 1, "{how} in {revision}: {said:?}");
                assert_eq!(said[0]["params"]["progressToken"], how, "{revision}");
                let is_failure =
                    if how == "a failure" { &answer["result"]["isError"] } else { &answer["error"]["code"] };
                assert!(*is_failure == true || *is_failure == -32603, "{how} in {revision}: {answer}");
                wire.is_silent(revision).await;
            }
            wire.close().await;
        }
    });
}

/// Each of several calls reports under its own token, before its own answer and not after it.
#[test]
fn calls_side_by_side() {
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server(&Seen::default())).await;
            let tools = ["in_turns", "at_once", "on_a_thread", "in_turns"];
            for (id, tool) in tools.into_iter().enumerate() {
                wire.say(asking(call(revision, id, tool, json!({ "steps": 3 })), id).to_string()).await;
            }
            let mut heard = vec![Vec::new(); tools.len()];
            for _ in 0..tools.len() * 4 {
                let message = wire.hear_json().await;
                let id = message["id"].as_u64().or(message["params"]["progressToken"].as_u64()).unwrap();
                heard[usize::try_from(id).unwrap()].push(message["params"]["progress"].as_f64());
            }
            let expected = [Some(1.0), Some(2.0), Some(3.0), None];
            assert!(heard.iter().all(|one| *one == expected), "{revision}: {heard:?}");
            wire.is_silent(revision).await;
            wire.close().await;
        }
    });
}

#[test]
fn calls_of_a_batch() {
    const WITH: &str = "2025-03-26";
    run(async {
        let mut wire = Wire::open_in(WITH, server(&Seen::default())).await;
        let calls = ["at_once", "in_turns", "on_a_thread"].map(|tool| (tool, json!({ "steps": 3 })));
        let one = |(tool, arguments): (&str, Value)| asking(call(WITH, tool, tool, arguments), tool);
        // Alone, each with something that is answered at once, and all together.
        for (tool, arguments) in calls.clone() {
            wire.say(json!([request(WITH, "p", "ping", json!({})), one((tool, arguments))]).to_string()).await;
            let (said, answer) = until_answer(&mut wire).await;
            assert_eq!(Value::from(said), steps(WITH, &tool.into()), "{tool}");
            assert_eq!(answer.as_array().map(Vec::len), Some(2), "{tool}: {answer}");
            wire.is_silent(tool).await;
        }
        wire.say(Value::from(calls.map(one).to_vec()).to_string()).await;
        let (said, answer) = until_answer(&mut wire).await;
        assert_eq!(answer.as_array().map(Vec::len), Some(3), "{answer}");
        for tool in ["at_once", "in_turns", "on_a_thread"] {
            let own = said.iter().filter(|message| message["params"]["progressToken"] == tool).cloned();
            assert_eq!(Value::from_iter(own), steps(WITH, &tool.into()));
        }
        wire.is_silent("a batch").await;
        wire.close().await;
    });
}

fn cancel(id: impl Into<Value>) -> String {
    json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id.into() } }).to_string()
}

/// Runs a test on several threads, so that a server never has to wait for its client, nor the client for the server.
fn run_on_threads<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test)
}

/// Reads until the answer of a ping, which must come soon, whatever else comes.
async fn ping_amid(wire: &mut Wire, id: &str, case: &str) {
    wire.say(json!({ "jsonrpc": "2.0", "id": id, "method": "ping" }).to_string()).await;
    let begin = Instant::now();
    while wire.hear_json().await["id"] != id {
        assert!(begin.elapsed() < Duration::from_secs(1), "{case}: nobody else is heard");
    }
}

#[test]
fn a_cancelled_call_says_nothing_more() {
    run_on_threads(async {
        for revision in REVISIONS {
            for tool in ["endless", "flood"] {
                let (case, seen) = (format!("{tool} in {revision}"), Seen::default());
                let mut wire = Wire::open_in(revision, server(&seen)).await;
                wire.say(asking(call(revision, 1, tool, json!({})), "t").to_string()).await;
                for _ in 0..3 {
                    assert!(wire.hear_json().await["method"].is_string(), "{case}");
                }
                wire.say(cancel(1)).await;
                ping_amid(&mut wire, "after it", &case).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
                wire.is_silent(&case).await;
                seen.stop.store(true, Ordering::SeqCst);
                wire.close().await;
            }
        }
    });
}

/// Who talks without end is heard, and so is everybody else.
#[test]
fn a_call_that_floods_holds_up_nobody() {
    run_on_threads(async {
        for revision in REVISIONS {
            let seen = Seen::default();
            let mut wire = Wire::open_in(revision, server(&seen)).await;
            wire.say(asking(call(revision, 1, "flood", json!({})), "t").to_string()).await;
            assert_eq!(wire.hear_json().await["params"]["progress"], 1.0);
            for round in 0..5 {
                ping_amid(&mut wire, &round.to_string(), revision).await;
            }
            seen.stop.store(true, Ordering::SeqCst);
            let (_, answer) = until_answer(&mut wire).await;
            assert_eq!(answer["id"], 1, "{answer}");
            wire.close().await;
        }
    });
}

#[test]
fn a_call_that_floods_runs_out_of_time_too() {
    run_on_threads(async {
        for revision in REVISIONS {
            let seen = Seen::default();
            let mut wire = Wire::open_in(revision, server(&seen)).await;
            let begin = Instant::now();
            wire.say(asking(call(revision, 1, "bounded_flood", json!({})), "t").to_string()).await;
            let (_, answer) = until_answer(&mut wire).await;
            seen.stop.store(true, Ordering::SeqCst);
            assert_eq!(answer["error"]["code"], -32603, "{revision}: {answer}");
            assert!(begin.elapsed() < Duration::from_secs(1), "{revision}: after {:?}", begin.elapsed());
            wire.is_silent(revision).await;
            wire.close().await;
        }
    });
}

/// A client that does not read holds up no call, makes the server keep little, and is told the end before the answer.
#[test]
fn a_slow_reader() {
    const STEPS: u32 = 10_000;
    /// What waits in the pipe, to be written, and in the call itself.
    const KEPT: usize = (64 + 1024 + 64 + 128) * 1024;
    let mut wrong = Verdict::default();
    run(async {
        for revision in ["2024-11-05", "2025-11-25", MODERN] {
            for tool in ["many_in_turns", "many_at_once", "many_on_a_thread"] {
                let (case, seen) = (format!("{tool} in {revision}"), Seen::default());
                let mut wire = Wire::open_in(revision, server(&seen)).await;
                wire.say(asking(call(revision, 1, tool, json!({ "steps": STEPS })), 1).to_string()).await;
                seen.until_done(1, &case).await;
                let (said, answer) = until_answer(&mut wire).await;
                wrong.that(&case, answer["result"].is_object(), &answer);
                let bytes: usize = said.iter().map(|message| message.to_string().len()).sum();
                wrong.that(&case, bytes < KEPT, format!("{bytes} bytes were kept"));
                let numbers: Vec<f64> = said.iter().map(|one| one["params"]["progress"].as_f64().unwrap()).collect();
                wrong.that(&case, numbers.is_sorted_by(|a, b| a < b), format!("{numbers:?}"));
                wrong.that(&case, numbers.last() == Some(&f64::from(STEPS)), format!("{:?}", numbers.last()));
                wire.is_silent(&case).await;
                wire.close().await;
            }
        }
    });
}

/// A reader that is faster than anybody can talk changes nothing about that.
#[test]
fn calls_that_flood_a_fast_reader() {
    const PING: &[u8] = br#""id":"ping""#;
    run_on_threads(async {
        let seen = Seen::default();
        let (mut ask, asked) = tokio::io::duplex(64 * 1024);
        let (answer, mut answered) = tokio::io::duplex(1024 * 1024);
        let serving = tokio::spawn(server(&seen).serve(asked, answer));
        for id in 0..3 {
            let tool = if id == 0 { "bounded_flood" } else { "flood" };
            let line = asking(call(MODERN, id, tool, json!({})), id).to_string() + "\n";
            ask.write_all(line.as_bytes()).await.unwrap();
        }
        let begin = Instant::now();
        let (mut is_sent, mut pinged, mut ended) = (false, None, None);
        let (mut bytes, mut kept) = (vec![0; 1024 * 1024], Vec::new());
        while pinged.is_none() || ended.is_none() {
            assert!(begin.elapsed() < Duration::from_secs(2), "ping {pinged:?}, end {ended:?}");
            let count = answered.read(&mut bytes).await.unwrap();
            kept.extend_from_slice(&bytes[..count]);
            let has = |what: &[u8]| kept.windows(what.len()).any(|window| window == what);
            pinged = pinged.or(has(PING).then(|| begin.elapsed()));
            ended = ended.or(has(b"-32603").then(|| begin.elapsed()));
            kept.drain(..kept.len().saturating_sub(PING.len()));
            if !is_sent && begin.elapsed() > Duration::from_millis(20) {
                is_sent = true;
                ask.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":\"ping\",\"method\":\"ping\"}\n").await.unwrap();
            }
        }
        seen.stop.store(true, Ordering::SeqCst);
        drop((ask, answered));
        serving.await.unwrap().unwrap();
    });
}
