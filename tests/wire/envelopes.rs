//! What is no message, or a strange one: exact answers, and the next line is read as usual.

use serde_json::{Value, json};

use crate::common::{LEGACY, REVISIONS, Verdict, Wire, answers, request, run};
use crate::fixture::server;

/// What a line gets.
enum Gets {
    /// An error with this code and an id that could be read.
    Error(i64, Value),
    /// An error with this code and no id that could be read.
    Nameless(i64),
    /// A result for this id.
    Result(Value),
    /// No answer at all.
    Nothing,
}

use Gets::{Error, Nameless, Nothing, Result};

const PARSE: i64 = -32700;
const REQUEST: i64 = -32600;

fn nested(depth: usize, closed: bool) -> String {
    // The message itself is one level, its params another.
    let open = "[".repeat(depth - 2);
    let close = if closed { "]".repeat(depth - 2) + "}}" } else { String::new() };
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"x":{open}{close}"#)
}

/// A message that is nested too deeply between these members.
fn too_deep(before: &str, behind: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0",{before}{}{}{behind}}}"#, "[".repeat(200), "]".repeat(200))
}

fn lines() -> Vec<(&'static str, Vec<u8>, Gets)> {
    let ping = |id: &str| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
    let long = format!("\"{}\"", "x".repeat(1022));
    let longer = format!("\"{}\"", "x".repeat(1023));
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        // Not JSON.
        ("words", text("hello"), Nameless(PARSE)),
        ("half an object", text(r#"{"jsonrpc":"2.0","id":1,"method":"ping""#), Nameless(PARSE)),
        ("a trailing comma", text(r#"{"jsonrpc":"2.0","id":1,"method":"ping",}"#), Nameless(PARSE)),
        ("two values", text(r#"{"jsonrpc":"2.0","id":1,"method":"ping"} {}"#), Nameless(PARSE)),
        ("single quotes", text(r#"{'jsonrpc':'2.0','id':1,'method':'ping'}"#), Nameless(PARSE)),
        ("NaN", text(r#"{"jsonrpc":"2.0","id":NaN,"method":"ping"}"#), Nameless(PARSE)),
        ("a leading zero", text(&ping("01")), Nameless(PARSE)),
        (
            "a half surrogate in the method",
            text(r#"{"jsonrpc":"2.0","id":1,"method":"\ud800"}"#),
            Error(REQUEST, json!(1)),
        ),
        (
            "a raw control character",
            b"{\"jsonrpc\":\"2.0\",\"id\":\"\x01\",\"method\":\"ping\"}".to_vec(),
            Nameless(PARSE),
        ),
        ("a byte order mark", [b"\xef\xbb\xbf".as_slice(), ping("1").as_bytes()].concat(), Result(json!(1))),
        ("a NUL after it", [ping("1").as_bytes(), b"\0"].concat(), Nameless(PARSE)),
        ("half an array", text("[1,"), Nameless(PARSE)),
        // Not UTF-8.
        ("0xff", b"{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"ping\"}".to_vec(), Nameless(PARSE)),
        (
            "an overlong slash",
            b"{\"jsonrpc\":\"2.0\",\"id\":\"\xc0\xaf\",\"method\":\"ping\"}".to_vec(),
            Nameless(PARSE),
        ),
        (
            "a surrogate in bytes",
            b"{\"jsonrpc\":\"2.0\",\"id\":\"\xed\xa0\x80\",\"method\":\"ping\"}".to_vec(),
            Nameless(PARSE),
        ),
        ("UTF-16", b"{\0\"\0j\0".to_vec(), Nameless(PARSE)),
        // Depth.
        ("128 deep", text(&nested(128, true)), Result(json!(1))),
        ("129 deep", text(&nested(129, true)), Error(REQUEST, json!(1))),
        ("128 deep, not closed", text(&nested(128, false)), Nameless(PARSE)),
        ("129 deep, not closed", text(&nested(129, false)), Error(REQUEST, json!(1))),
        ("100,000 deep", text(&nested(100_000, true)), Error(REQUEST, json!(1))),
        ("deep before the id", text(&too_deep(r#""method":"ping","x":"#, r#","id":1"#)), Nameless(PARSE)),
        ("deep before the method", text(&too_deep(r#""id":1,"x":"#, r#","method":"ping""#)), Nameless(PARSE)),
        ("deep in the id", text(&too_deep(r#""method":"ping","id":"#, "")), Nameless(PARSE)),
        ("deep, with an id that is none", text(&too_deep(r#""id":{},"method":"ping","x":"#, "")), Nameless(PARSE)),
        ("deep, with an id twice", text(&too_deep(r#""id":1,"id":2,"method":"ping","x":"#, "")), Nameless(PARSE)),
        (
            "deep, the names escaped",
            text(&too_deep(r#""\u0069d":1,"\u006dethod":"","x":"#, "")),
            Error(REQUEST, json!(1)),
        ),
        ("a deep notification", text(&too_deep(r#""method":"notifications/unheard","params":"#, "")), Nameless(PARSE)),
        ("a deep response", text(&too_deep(r#""id":1,"result":"#, "")), Nameless(PARSE)),
        ("100,000 open brackets", text(&"[".repeat(100_000)), Nameless(PARSE)),
        (
            "brackets in a string are not nesting",
            text(&ping(&format!("{:?}", "[".repeat(500)))),
            Result(json!("[".repeat(500))),
        ),
        (
            "many brackets, not deep",
            text(&format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"x":[{}{{}}]}}}}"#,
                "[],".repeat(5_000)
            )),
            Result(json!(1)),
        ),
        // JSON, but no message.
        ("a number", text("1"), Nameless(REQUEST)),
        ("a string", text("\"ping\""), Nameless(REQUEST)),
        ("null", text("null"), Nameless(REQUEST)),
        ("true", text("true"), Nameless(REQUEST)),
        ("{}", text("{}"), Nameless(REQUEST)),
        ("no jsonrpc", text(r#"{"id":1,"method":"ping"}"#), Error(REQUEST, json!(1))),
        ("jsonrpc 1.0", text(r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#), Error(REQUEST, json!(1))),
        ("jsonrpc 2", text(r#"{"jsonrpc":2.0,"id":"a","method":"ping"}"#), Error(REQUEST, json!("a"))),
        ("jsonrpc null", text(r#"{"jsonrpc":null,"id":1,"method":"ping"}"#), Error(REQUEST, json!(1))),
        ("no method", text(r#"{"jsonrpc":"2.0","id":1}"#), Error(REQUEST, json!(1))),
        ("a number as method", text(r#"{"jsonrpc":"2.0","id":1,"method":5}"#), Error(REQUEST, json!(1))),
        ("null as method", text(r#"{"jsonrpc":"2.0","id":1,"method":null}"#), Error(REQUEST, json!(1))),
        ("a list as method", text(r#"{"jsonrpc":"2.0","id":1,"method":["ping"]}"#), Error(REQUEST, json!(1))),
        ("params a list", text(r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#), Error(REQUEST, json!(1))),
        ("params a string", text(r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}"#), Error(REQUEST, json!(1))),
        ("params null", text(r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#), Result(json!(1))),
        (
            "a notification with a list",
            text(r#"{"jsonrpc":"2.0","method":"notifications/initialized","params":[]}"#),
            Nothing,
        ),
        (
            "a cancellation with a list",
            text(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":[1]}"#),
            Nothing,
        ),
        (
            "a cancellation with null",
            text(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":null}"#),
            Nothing,
        ),
        (
            "a notification of jsonrpc 1.0",
            text(r#"{"jsonrpc":"1.0","method":"notifications/initialized"}"#),
            Nameless(REQUEST),
        ),
        // Ids.
        ("id null", text(&ping("null")), Nameless(REQUEST)),
        ("id 1.0", text(&ping("1.0")), Result(json!(1))),
        ("id 1.5", text(&ping("1.5")), Nameless(REQUEST)),
        ("id 1e3", text(&ping("1e3")), Nameless(REQUEST)),
        ("id true", text(&ping("true")), Nameless(REQUEST)),
        ("id {}", text(&ping("{}")), Nameless(REQUEST)),
        ("id [1]", text(&ping("[1]")), Nameless(REQUEST)),
        ("the longest id", text(&ping(&long)), Result(json!("x".repeat(1022)))),
        ("a longer id", text(&ping(&longer)), Error(REQUEST, json!("x".repeat(1023)))),
        ("a half surrogate as id", text(r#"{"jsonrpc":"2.0","id":"\ud800","method":"ping"}"#), Nameless(REQUEST)),
        // Keys.
        (
            "method twice",
            text(r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}"#),
            Error(REQUEST, json!(1)),
        ),
        (
            "method twice, one escaped",
            text(r#"{"jsonrpc":"2.0","id":1,"method":"ping","\u006dethod":"tools/call"}"#),
            Error(REQUEST, json!(1)),
        ),
        ("id twice", text(r#"{"jsonrpc":"2.0","id":1,"method":"ping","id":2}"#), Nameless(REQUEST)),
        (
            "params twice",
            text(r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{},"params":{}}"#),
            Error(REQUEST, json!(1)),
        ),
        (
            "jsonrpc twice",
            text(r#"{"jsonrpc":"2.0","id":1,"method":"ping","jsonrpc":"2.0"}"#),
            Error(REQUEST, json!(1)),
        ),
        ("Method", text(r#"{"jsonrpc":"2.0","id":1,"Method":"ping"}"#), Error(REQUEST, json!(1))),
        (
            "METHOD beside method",
            text(r#"{"jsonrpc":"2.0","id":1,"method":"ping","METHOD":"tools/call"}"#),
            Result(json!(1)),
        ),
        ("ID", text(r#"{"jsonrpc":"2.0","ID":1,"method":"ping"}"#), Nothing),
        ("method with a NUL", text(r#"{"jsonrpc":"2.0","id":1,"method\u0000":"ping"}"#), Error(REQUEST, json!(1))),
        ("id with a NUL", text(r#"{"jsonrpc":"2.0","id\u0000":1,"method":"ping"}"#), Nothing),
        ("jsonrpc with a NUL", text(r#"{"jsonrpc\u0000":"2.0","id":1,"method":"ping"}"#), Error(REQUEST, json!(1))),
        ("a method with a NUL", text(r#"{"jsonrpc":"2.0","id":1,"method":"ping\u0000"}"#), Error(-32601, json!(1))),
        ("a method with a space", text(r#"{"jsonrpc":"2.0","id":1,"method":"ping "}"#), Error(-32601, json!(1))),
        ("an empty method", text(r#"{"jsonrpc":"2.0","id":1,"method":""}"#), Error(-32601, json!(1))),
        // Notifications are not answered.
        ("an unknown notification", text(r#"{"jsonrpc":"2.0","method":"notifications/unheard"}"#), Nothing),
        ("a request without an id", text(r#"{"jsonrpc":"2.0","method":"tools/list"}"#), Nothing),
        ("cancelled without params", text(r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#), Nothing),
        (
            "cancelled with nonsense",
            text(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}"#),
            Nothing,
        ),
        (
            "cancelled twice over",
            text(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"requestId":2}}"#),
            Nothing,
        ),
        // Responses are never answered.
        ("a response", text(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#), Nothing),
        ("an error", text(r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}"#), Nothing),
        ("an error without id", text(r#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"x"}}"#), Nothing),
        ("an error with null", text(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}"#), Nothing),
        ("a response that is none", text(r#"{"id":[],"result":5,"error":6}"#), Nothing),
    ]
}

fn check(case: &str, line: &str, gets: &Gets, revision: &str, wrong: &mut Verdict) {
    let answer: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{case}: {error}: {line}"));
    let object = answer.as_object().unwrap();
    let (code, id) = match gets {
        Result(id) => {
            wrong.same(
                format_args!("{case} in {revision}"),
                &answer,
                &json!({ "jsonrpc": "2.0", "id": id, "result": {} }),
            );
            return;
        }
        Error(code, id) => (code, Some(id.clone())),
        // The schema forbids null from 2025-11-25 on.
        Nameless(code) => (code, (revision < "2025-11-25").then_some(Value::Null)),
        Nothing => unreachable!(),
    };
    wrong.that(format_args!("{case} in {revision}: the id"), object.get("id") == id.as_ref(), line);
    wrong.that(format_args!("{case} in {revision}: the code"), answer["error"]["code"] == *code, line);
    wrong.that(format_args!("{case} in {revision}: the version"), answer["jsonrpc"] == "2.0", line);
    wrong.that(
        format_args!("{case} in {revision}: nothing else"),
        object.keys().all(|key| ["jsonrpc", "id", "error"].contains(&key.as_str())),
        line,
    );
    let said = answer["error"]["message"].as_str().unwrap_or_default();
    wrong.that(format_args!("{case} in {revision}: words"), said.len() > 5 && said.len() < 300, line);
}

#[test]
fn every_line_gets_what_it_should() {
    let mut wrong = Verdict::default();
    run(async {
        for revision in LEGACY {
            let mut wire = Wire::open_in(revision, server()).await;
            for (case, line, gets) in lines() {
                wire.say(&line).await;
                if !matches!(gets, Nothing) {
                    check(case, &wire.hear().await, &gets, revision, &mut wrong);
                }
                wire.is_silent(case).await;
            }
            assert_eq!(wire.close().await, [""; 0]);
        }
    });
}

/// A number that no reader of numbers can read is refused, and comes back as it was sent.
#[test]
fn an_id_with_many_digits() {
    run(async {
        let digits = "9".repeat(1025);
        let mut wire = Wire::open(server());
        let answer = wire.exchange(format!(r#"{{"jsonrpc":"2.0","id":{digits},"method":"ping"}}"#)).await;
        assert_eq!(
            answer,
            format!(
                r#"{{"jsonrpc":"2.0","id":{digits},"error":{{"code":-32600,"message":"`id` is longer than 1024 bytes"}}}}"#
            )
        );
        let digits = "9".repeat(1024);
        let answer = wire.exchange(format!(r#"{{"jsonrpc":"2.0","id":{digits},"method":"ping"}}"#)).await;
        assert_eq!(answer, format!(r#"{{"jsonrpc":"2.0","id":{digits},"result":{{}}}}"#));
        wire.close().await;
    });
}

/// Before anything is opened the newest rule holds: no id rather than null.
#[test]
fn before_a_session_is_open() {
    run(async {
        let mut wire = Wire::open(server());
        let parse = wire.exchange("hello").await;
        assert!(parse.starts_with(r#"{"jsonrpc":"2.0","error":{"code":-32700,"message":""#), "{parse}");
        let request = wire.exchange("5").await;
        assert!(request.starts_with(r#"{"jsonrpc":"2.0","error":{"code":-32600,"message":""#), "{request}");
        wire.is_silent("both answered").await;
        wire.close().await;
    });
}

#[test]
fn a_line_that_is_too_long() {
    const MOST: usize = 2_000;
    let ping = |id: u32, length: usize| {
        let line = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping","params":{{"x":"""#);
        let line = line.trim_end_matches('"').to_owned() + "\"";
        let fill = "x".repeat(length - line.len() - 3);
        let line = format!("{line}{fill}\"}}}}");
        assert_eq!(line.len(), length);
        line
    };
    run(async {
        let input = format!("{}\n{}\n{}\n{}", ping(1, MOST), ping(2, MOST + 1), ping(3, 500_000), ping(4, MOST));
        let answers = answers(server().line_length(MOST), input.as_bytes()).await;
        let refusal = format!(
            r#"{{"jsonrpc":"2.0","error":{{"code":-32700,"message":"the message is longer than {MOST} bytes"}}}}"#
        );
        let result = |id: u32| format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#);
        assert_eq!(answers, [result(1), refusal.clone(), refusal, result(4)]);
    });
}

/// A last line without an end counts, unless it is empty.
#[test]
fn the_last_line() {
    run(async {
        let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        let result = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
        assert_eq!(answers(server(), ping.as_bytes()).await, [result]);
        assert_eq!(answers(server(), format!("{ping}\n").as_bytes()).await, [result]);
        assert_eq!(answers(server(), format!("\r\n{ping}\r\n\n  ").as_bytes()).await, [result]);
        assert_eq!(answers(server(), b"").await, [""; 0]);
        let half = answers(server(), &ping.as_bytes()[..20]).await;
        assert_eq!(half.len(), 1);
        assert!(half[0].contains("-32700"), "{half:?}");
    });
}

/// After 100 bad lines in a row we only log; a good one sets that right.
#[test]
fn patience() {
    run(async {
        let bad = "nonsense\n".repeat(150);
        let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        let input = format!("{bad}{ping}\n{bad}{}\n{bad}", r#"{"jsonrpc":"2.0","method":"x"}"#);
        let answers = answers(server(), input.as_bytes()).await;
        assert_eq!(answers.len(), 301);
        assert_eq!(answers[100], r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
        assert!(answers.iter().enumerate().all(|(at, line)| at == 100 || line.contains("-32700")));
        // Two programs that answer each other's errors come to rest.
        let mut wire = Wire::open(server());
        for _ in 0..300 {
            wire.say(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}}"#).await;
        }
        wire.is_silent("errors are not answered").await;
        wire.close().await;
    });
}

/// Keys that look like others within params cannot smuggle a second meaning past a check.
#[test]
fn keys_within_params() {
    let rows = [
        (r#"{"name":"add","name":"boom","arguments":{"a":1,"b":2}}"#, "`name` is given twice in `params`"),
        (r#"{"name":"add","\u006eame":"boom","arguments":{"a":1,"b":2}}"#, "`name` is given twice in `params`"),
        (
            r#"{"name":"add","arguments":{"a":1,"b":2},"arguments":{"a":5,"b":5}}"#,
            "`arguments` is given twice in `params`",
        ),
        (r#"{"Name":"add","arguments":{"a":1,"b":2}}"#, "`params` lacks `name`"),
        (r#"{"name\u0000":"add"}"#, "`params` lacks `name`"),
        (r#"{"name":"add\u0000","arguments":{"a":1,"b":2}}"#, "unknown tool `add\u{0}`; did you mean `add`?"),
        (r#"{"name":"ADD","arguments":{"a":1,"b":2}}"#, "unknown tool `ADD`; did you mean `add`?"),
        (r#"{"name":" add"}"#, "unknown tool ` add`; did you mean `add`?"),
    ];
    let arguments = [
        (r#"{"a":1,"b":2,"a":3}"#, "- `a` is given twice"),
        (r#"{"a":1,"b":2,"\u0061":3}"#, "- `a` is given twice"),
        (r#"{"a":1,"b":2,"A":3}"#, "- `A` is not an argument; known: `a`, `b`"),
        (r#"{"a":1,"b":2,"a\u0000":3}"#, "- `a\u{0}` is not an argument; known: `a`, `b`"),
    ];
    let mut wrong = Verdict::default();
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server()).await;
            let terms = request(revision, 1, "x", Value::Null)["params"]["_meta"].clone();
            let meta = if terms.is_null() { String::new() } else { format!(r#","_meta":{terms}"#) };
            for (params, message) in rows {
                let params = params.strip_suffix('}').unwrap();
                let line = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}{meta}}}}}"#);
                let answer = serde_json::from_str(&wire.exchange(&line).await).unwrap();
                let expected = json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -32602, "message": message } });
                wrong.same(format_args!("{params} in {revision}"), &answer, &expected);
            }
            for (arguments, message) in arguments {
                let line = format!(
                    r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"add","arguments":{arguments}{meta}}}}}"#
                );
                let answer = wire.exchange(&line).await;
                let answer: Value = serde_json::from_str(&answer).unwrap();
                let said = if revision < "2025-11-25" {
                    &answer["error"]["message"]
                } else {
                    &answer["result"]["content"][0]["text"]
                };
                wrong.that(
                    format_args!("{arguments} in {revision}"),
                    said.as_str().is_some_and(|said| said.contains(message)),
                    &answer,
                );
            }
            wire.close().await;
        }
    });
}
