//! What calls say before they answer: log messages, from the level on that the client wants (the pages Logging of all
//! revisions).

use mcp_runtime::{Level, Log, Server, items, prompt, resource, tool};
use serde_json::{Value, json};

use crate::common::{LEGACY, MODERN, REVISIONS, Verdict, Wire, call, request, run};
use crate::fixture;
use crate::said::{until_answer, wishing};

const LEVELS: [&str; 8] = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

fn all(log: &Log) -> &'static str {
    LEVELS
        .into_iter()
        .map(|name| name.parse().expect("a level"))
        .for_each(|level: Level| log.send(level, level.as_str()));
    "done"
}

#[tool]
async fn at_once(log: &Log) -> &'static str {
    all(log)
}

#[tool]
async fn in_turns(log: Option<&Log>) -> &'static str {
    tokio::task::yield_now().await;
    all(log.unwrap())
}

#[tool]
fn on_a_thread(log: &Log) -> &'static str {
    all(log)
}

#[resource("log://all")]
fn file(log: &Log) -> &'static str {
    all(log)
}

#[resource("log://one/{id}")]
async fn files(id: String, log: &Log) -> &'static str {
    drop(id);
    all(log)
}

#[prompt]
async fn advice(log: &Log) -> &'static str {
    all(log)
}

/// Says every kind of thing.
#[tool(name = "kinds-of_things")]
async fn things(log: &Log) -> bool {
    log.debug("a \"text\"\n");
    log.info(String::from("another"));
    log.notice(5);
    log.warning(json!({ "a": [1, null] }));
    log.error(());
    log.critical([1.5, 2.0]);
    log.alert(Some(true));
    log.emergency(["a"]);
    log.is_wanted(Level::Debug)
}

const FLOOD: usize = 10_000;

/// Says more than anybody wants to read.
#[tool]
async fn flood(log: &Log) {
    (0..FLOOD).for_each(|number| log.critical(format!("{number} {}", "x".repeat(100))));
}

/// The same, and once more when there is room.
#[tool]
async fn flood_and_more(log: &Log) {
    (0..FLOOD).for_each(|number| log.critical(format!("{number} {}", "x".repeat(100))));
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    log.critical("one more");
}

fn server() -> Server {
    let tools = items![at_once, in_turns, on_a_thread, things, flood, flood_and_more];
    Server::new("test", "1.0.0").items(tools).items(items![file, files, advice])
}

/// Every kind of function that says everything once, with the name of its logger.
fn kinds() -> [(&'static str, &'static str, Value); 6] {
    [
        ("at_once", "tools/call", json!({ "name": "at_once" })),
        ("in_turns", "tools/call", json!({ "name": "in_turns" })),
        ("on_a_thread", "tools/call", json!({ "name": "on_a_thread" })),
        ("file", "resources/read", json!({ "uri": "log://all" })),
        ("files", "resources/read", json!({ "uri": "log://one/5" })),
        ("advice", "prompts/get", json!({ "name": "advice" })),
    ]
}

fn message(level: &str, logger: &str, data: &Value) -> Value {
    let params = json!({ "level": level, "logger": logger, "data": data });
    json!({ "jsonrpc": "2.0", "method": "notifications/message", "params": params })
}

/// All messages from a level on.
fn from(level: &str, logger: &str) -> Value {
    LEVELS.iter().skip_while(|other| **other != level).map(|level| message(level, logger, &json!(level))).collect()
}

fn set(revision: &str, params: Value) -> Value {
    request(revision, "set", "logging/setLevel", params)
}

/// Adds the level that a modern request wants.
fn at(request: Value, level: impl Into<Value>) -> Value {
    wishing(request, "io.modelcontextprotocol/logLevel", level.into())
}

async fn heard(wire: &mut Wire, request: &Value) -> (Value, Value) {
    wire.say(request.to_string()).await;
    let (said, answer) = until_answer(wire).await;
    (said.into(), answer)
}

#[test]
fn nobody_has_said_a_level() {
    let mut wrong = Verdict::default();
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server()).await;
            for (logger, method, params) in kinds() {
                let (said, answer) = heard(&mut wire, &request(revision, 1, method, params)).await;
                let expected = if revision == MODERN { json!([]) } else { from("info", logger) };
                wrong.same(format_args!("{logger} in {revision}"), &said, &expected);
                wrong.that(revision, answer["result"].to_string().contains("done"), &answer);
            }
            wire.close().await;
        }
    });
}

#[test]
fn a_level_holds_for_the_connection() {
    let mut wrong = Verdict::default();
    run(async {
        for revision in LEGACY {
            let mut wire = Wire::open_in(revision, server()).await;
            for level in LEVELS {
                let answer = wire.exchange(set(revision, json!({ "level": level })).to_string()).await;
                wrong.that(revision, answer == r#"{"jsonrpc":"2.0","id":"set","result":{}}"#, &answer);
                for (logger, method, params) in kinds() {
                    let (said, _) = heard(&mut wire, &request(revision, 1, method, params)).await;
                    wrong.same(format_args!("{logger} in {revision} at {level}"), &said, &from(level, logger));
                }
                // What a modern request would say means nothing here.
                let asked = at(call(revision, 1, "at_once", json!({})), "debug");
                let (said, _) = heard(&mut wire, &asked).await;
                wrong.same(format_args!("{revision} at {level}"), &said, &from(level, "at_once"));
            }
            wire.close().await;
        }
    });
}

#[test]
fn a_level_holds_for_one_modern_request() {
    let mut wrong = Verdict::default();
    run(async {
        let mut wire = Wire::open_in(MODERN, server()).await;
        for level in LEVELS {
            for (logger, method, params) in kinds() {
                let plain = request(MODERN, 1, method, params);
                let (said, _) = heard(&mut wire, &at(plain.clone(), level)).await;
                wrong.same(format_args!("{logger} at {level}"), &said, &from(level, logger));
                let (said, _) = heard(&mut wire, &plain).await;
                wrong.same(format_args!("{logger} after {level}"), &said, &json!([]));
            }
        }
        let answer = wire.ask(&set(MODERN, json!({ "level": "debug" }))).await;
        wrong.that("it is gone", answer["error"]["code"] == -32601, &answer);
        let (said, _) = heard(&mut wire, &call(MODERN, 1, "at_once", json!({}))).await;
        wrong.same("and has set nothing", &said, &json!([]));
        wire.close().await;
    });
}

#[test]
fn a_level_that_is_none() {
    let mut wrong = Verdict::default();
    let none = [json!("loud"), json!("Info"), json!("info "), json!(""), json!(5), json!({}), json!(["info"])];
    run(async {
        for revision in LEGACY {
            let mut wire = Wire::open_in(revision, server()).await;
            wire.ask(&set(revision, json!({ "level": "alert" }))).await;
            let params = none.clone().map(|level| json!({ "level": level }));
            for params in params.into_iter().chain([json!({}), json!({ "level": null })]) {
                let answer = wire.ask(&set(revision, params.clone())).await;
                let is_refused = answer["error"]["code"] == -32602 && answer["id"] == "set";
                wrong.that(format_args!("{params} in {revision}"), is_refused, &answer);
            }
            let (said, _) = heard(&mut wire, &call(revision, 1, "at_once", json!({}))).await;
            wrong.same(format_args!("{revision}: the last that was set holds"), &said, &from("alert", "at_once"));
            wire.close().await;
        }
        let mut wire = Wire::open_in(MODERN, server()).await;
        for level in none {
            let (said, answer) = heard(&mut wire, &at(call(MODERN, 1, "at_once", json!({})), level.clone())).await;
            wrong.that(&level, said == json!([]) && answer["error"]["code"] == -32602, &answer);
            let words = answer["error"]["message"].as_str().unwrap_or_default();
            wrong.that(&level, words.contains("io.modelcontextprotocol/logLevel"), &answer);
        }
        wire.close().await;
    });
}

#[test]
fn who_logs_nothing_has_no_levels() {
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, fixture::server()).await;
            for params in [json!({ "level": "info" }), json!({ "level": "loud" }), json!({})] {
                let answer = wire.ask(&set(revision, params)).await;
                assert_eq!(answer["error"]["code"], -32601, "{revision}: {answer}");
            }
            wire.close().await;
        }
    });
}

#[test]
fn anything_can_be_said() {
    let data = [
        json!("a \"text\"\n"),
        json!("another"),
        json!(5),
        json!({ "a": [1, null] }),
        json!(null),
        json!([1.5, 2.0]),
        json!(true),
        json!(["a"]),
    ];
    let expected: Value =
        LEVELS.iter().zip(&data).map(|(level, data)| message(level, "kinds-of_things", data)).collect();
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server()).await;
            let mut asked = call(revision, 1, "kinds-of_things", json!({}));
            if revision == MODERN {
                asked = at(asked, "debug");
            } else {
                let (_, answer) = heard(&mut wire, &asked).await;
                assert_eq!(answer["result"]["content"][0]["text"], "false", "{revision}: debug is not wanted");
                wire.ask(&set(revision, json!({ "level": "debug" }))).await;
            }
            let (said, answer) = heard(&mut wire, &asked).await;
            assert_eq!(said, expected, "{revision}");
            assert_eq!(answer["result"]["content"][0]["text"], "true", "{revision}: debug is wanted");
            wire.close().await;
        }
    });
}

#[test]
fn a_level_of_a_batch() {
    const WITH: &str = "2025-03-26";
    run(async {
        let mut wire = Wire::open_in(WITH, server()).await;
        let one = call(WITH, 1, "at_once", json!({}));
        let batch = json!([set(WITH, json!({ "level": "emergency" })), one]);
        let (said, answer) = heard(&mut wire, &batch).await;
        assert_eq!(said, from("emergency", "at_once"));
        assert_eq!(answer[0], json!({ "jsonrpc": "2.0", "id": "set", "result": {} }), "{answer}");
        let (said, _) = heard(&mut wire, &json!([one])).await;
        assert_eq!(said, from("emergency", "at_once"), "it goes on to hold");
        wire.close().await;
    });
}

/// How many messages came and how many were told to be missing.
fn counted(said: &Value) -> (usize, usize) {
    let mut counts = (0, 0);
    for message in said.as_array().unwrap() {
        let data = message["params"]["data"].as_str().unwrap();
        match data.split_once(" messages were left out") {
            Some((missing, _)) => counts.1 += missing.parse::<usize>().unwrap(),
            None => counts.0 += 1,
        }
    }
    counts
}

/// What cannot be sent is left out, and the client is told how much that is.
#[test]
fn what_is_left_out_is_counted() {
    let mut wrong = Verdict::default();
    run(async {
        for revision in REVISIONS {
            for (tool, count) in [("flood", FLOOD), ("flood_and_more", FLOOD + 1)] {
                let mut wire = Wire::open_in(revision, server()).await;
                let asked = call(revision, 1, tool, json!({}));
                let asked = if revision == MODERN { at(asked, "info") } else { asked };
                let (said, _) = heard(&mut wire, &asked).await;
                let (came, missing) = counted(&said);
                let case = format!("{tool} in {revision}");
                wrong.that(&case, came < count, format!("{came} came"));
                wrong.that(&case, came + missing == count, format!("{came} came, {missing} are told to be missing"));
                wire.close().await;
            }
        }
    });
}

/// Also what the server says by itself is at or above the level (2026-07-28, Logging, Per-request log level).
#[test]
fn nothing_is_below_the_level() {
    let mut wrong = Verdict::default();
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server()).await;
            let mut asked = call(revision, 1, "flood_and_more", json!({}));
            if revision == MODERN {
                asked = at(asked, "critical");
            } else {
                wire.ask(&set(revision, json!({ "level": "critical" }))).await;
            }
            let (said, _) = heard(&mut wire, &asked).await;
            for message in said.as_array().unwrap() {
                let level = message["params"]["level"].as_str().and_then(|name| name.parse::<Level>().ok());
                wrong.that(revision, level >= Some(Level::Critical), message);
            }
            wire.close().await;
        }
    });
}
