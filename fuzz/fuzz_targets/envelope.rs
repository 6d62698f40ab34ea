//! Messages put together at random, in every era: every request with a readable id has exactly one answer unless it was
//! cancelled, and nothing else has one.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use mcp_fuzz::{hello, items::light, meta, serve};
use serde_json::{Map, Value, json};

#[derive(Arbitrary, Debug)]
enum Era {
    First,
    /// Takes batches.
    Second,
    Last,
    /// Has no session.
    Modern,
}

#[derive(Arbitrary, Debug)]
enum Id {
    Absent,
    Null,
    Number(i64),
    Fraction(i32),
    Text(String),
    List,
}

#[derive(Arbitrary, Debug)]
enum Method {
    Ping,
    List,
    Discover,
    Call(u8),
    /// As a notification, of a call that may be in flight.
    Cancel(Id),
    Other(String),
    Number,
    Absent,
}

#[derive(Arbitrary, Debug)]
struct Message {
    id: Id,
    method: Method,
    version: Option<bool>,
    params: Option<Vec<(String, i8)>>,
    extra: Option<String>,
    is_result: bool,
}

#[derive(Arbitrary, Debug)]
enum Line {
    One(Message),
    Batch(Vec<Message>),
}

impl Id {
    fn json(&self) -> Option<Value> {
        match self {
            Self::Absent => None,
            Self::Null => Some(Value::Null),
            Self::Number(number) => Some(json!(number)),
            Self::Fraction(number) => Some(json!(f64::from(*number) + 0.5)),
            Self::Text(text) => Some(json!(text)),
            Self::List => Some(json!([1])),
        }
    }
}

impl Message {
    /// The message; with `meta`, that of a client without a session.
    fn json(&self, meta: Option<&Value>) -> Value {
        let mut members = Map::new();
        let mut put = |name: &str, value: Option<Value>| value.map(|value| members.insert(name.to_owned(), value));
        put("jsonrpc", self.version.map(|good| json!(if good { "2.0" } else { "1.0" })));
        put("id", if matches!(self.method, Method::Cancel(_)) { None } else { self.id.json() });
        put(
            "method",
            match &self.method {
                Method::Ping => Some(json!("ping")),
                Method::List => Some(json!("tools/list")),
                Method::Discover => Some(json!("server/discover")),
                Method::Call(_) => Some(json!("tools/call")),
                Method::Cancel(_) => Some(json!("notifications/cancelled")),
                Method::Other(name) => Some(json!(name)),
                Method::Number => Some(json!(1)),
                Method::Absent => None,
            },
        );
        let params: Option<Map<_, _>> = match (&self.method, &self.params) {
            (Method::Call(times), _) => Some(Map::from_iter([
                ("name".into(), json!("nap")),
                ("arguments".into(), json!({ "times": times % 4 })),
            ])),
            (Method::Cancel(id), _) => id.json().map(|id| Map::from_iter([("requestId".into(), id)])),
            (_, params) => {
                params.as_ref().map(|params| params.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
            }
        };
        put(
            "params",
            params.map(|mut params| {
                meta.iter().for_each(|meta| drop(params.insert("_meta".into(), (*meta).clone())));
                params.into()
            }),
        );
        put("result", self.is_result.then(|| json!({})));
        if let Some(extra) = &self.extra {
            members.entry(extra.clone()).or_insert(Value::Null);
        }
        members.into()
    }

    /// The id that is answered, `null` where an error cannot tell, and `None` if nothing is answered.
    fn answered(&self) -> Option<Value> {
        let json = self.json(None);
        let is_response = json.get("method").is_none() && (json.get("result").is_some() || json.get("error").is_some());
        let is_sound = json["jsonrpc"] == "2.0"
            && json["method"].is_string()
            && json.get("params").is_none_or(|params| params.is_object() || params.is_null());
        match json.get("id") {
            _ if is_response => None,
            None if is_sound => None,
            Some(id) if id.is_string() || id.is_i64() => Some(id.clone()),
            Some(_) | None => Some(Value::Null),
        }
    }
}

fn count(books: &mut BTreeMap<String, i64>, id: &Value, by: i64) {
    *books.entry(id.to_string()).or_default() += by;
}

/// The ids of calls that are cancelled, if they are in flight still.
fn cancelled(lines: &[Line]) -> BTreeSet<String> {
    let messages = lines.iter().flat_map(|line| match line {
        Line::One(message) => std::slice::from_ref(message),
        Line::Batch(messages) => messages,
    });
    let ids = messages.filter_map(|message| match &message.method {
        Method::Cancel(id) => id.json(),
        _ => None,
    });
    ids.map(|id| id.to_string()).collect()
}

fuzz_target!(|input: (Era, Vec<Line>)| {
    let (era, lines) = input;
    let (mut books, mut bad) = (BTreeMap::new(), 0);
    let mut text = match era {
        Era::First => hello("2024-11-05"),
        Era::Second => hello("2025-03-26"),
        Era::Last => hello("2025-11-25"),
        Era::Modern => String::new(),
    };
    let meta = matches!(era, Era::Modern).then(meta);
    if meta.is_none() {
        count(&mut books, &json!("hello"), 1);
    }
    let mut owe = |message: &Message| {
        let answered = message.answered();
        answered.iter().for_each(|id| count(&mut books, id, 1));
        bad += i32::from(answered.is_some());
    };
    let mut refused = 0;
    for line in &lines {
        match line {
            Line::One(message) => {
                owe(message);
                text += &format!("{}\n", message.json(meta.as_ref()));
            }
            Line::Batch(messages) => {
                if matches!(era, Era::Second) && !messages.is_empty() && messages.len() <= 100 {
                    messages.iter().for_each(&mut owe);
                } else {
                    refused += 1;
                }
                let messages = messages.iter().map(|message| message.json(meta.as_ref()));
                text += &format!("{}\n", messages.collect::<Value>());
            }
        }
    }
    count(&mut books, &Value::Null, refused);
    // After a hundred bad lines in a row it falls silent.
    if bad + refused as i32 >= 100 {
        return;
    }
    for line in serve(light(), text.as_bytes()) {
        let answers = if let Value::Array(answers) = line { answers } else { vec![line] };
        answers.iter().for_each(|answer| count(&mut books, &answer["id"], -1));
    }
    let cancelled = cancelled(&lines);
    let is_settled = |(id, open): (&String, &i64)| *open == 0 || *open > 0 && cancelled.contains(id);
    assert!(books.iter().all(is_settled), "{books:?} after\n{text}");
});
