//! Messages put together at random: every request with a readable id has exactly one answer, and nothing else has one.
#![no_main]

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use mcp_fuzz::{hello, items::light, serve};
use serde_json::{Map, Value, json};

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
    fn json(&self) -> Value {
        let mut members = Map::new();
        let mut put = |name: &str, value: Option<Value>| value.map(|value| members.insert(name.to_owned(), value));
        put("jsonrpc", self.version.map(|good| json!(if good { "2.0" } else { "1.0" })));
        put("id", self.id.json());
        put(
            "method",
            match &self.method {
                Method::Ping => Some(json!("ping")),
                Method::List => Some(json!("tools/list")),
                Method::Discover => Some(json!("server/discover")),
                Method::Call(_) => Some(json!("tools/call")),
                Method::Other(name) => Some(json!(name)),
                Method::Number => Some(json!(1)),
                Method::Absent => None,
            },
        );
        put(
            "params",
            match (&self.method, &self.params) {
                (Method::Call(times), _) => Some(json!({ "name": "nap", "arguments": { "times": times % 4 } })),
                (_, params) => params.as_ref().map(|params| {
                    params.iter().cloned().map(|(name, value)| (name, json!(value))).collect::<Map<_, _>>().into()
                }),
            },
        );
        put("result", self.is_result.then(|| json!({})));
        if let Some(extra) = &self.extra {
            members.entry(extra.clone()).or_insert(Value::Null);
        }
        members.into()
    }

    /// The id that is answered, `null` where an error cannot tell, and `None` if nothing is answered.
    fn answered(&self) -> Option<Value> {
        let json = self.json();
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

fuzz_target!(|input: (bool, Vec<Line>)| {
    let (takes_batches, lines) = input;
    let mut text = hello(if takes_batches { "2025-03-26" } else { "2025-11-25" });
    let (mut books, mut bad) = (BTreeMap::new(), 0);
    count(&mut books, &json!("hello"), 1);
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
                text += &format!("{}\n", message.json());
            }
            Line::Batch(messages) => {
                if takes_batches && !messages.is_empty() && messages.len() <= 100 {
                    messages.iter().for_each(&mut owe);
                } else {
                    refused += 1;
                }
                text += &format!("{}\n", Value::from(messages.iter().map(Message::json).collect::<Vec<_>>()));
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
    assert!(books.values().all(|open| *open == 0), "{books:?} after\n{text}");
});
