//! Any `requestState`: what the server has sealed for this request opens, and whatever was done to it is refused. Answers travel
//! in it: the tool panics if it gets back what it did not ask for.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use mcp_fuzz::{ask, json};
use serde_json::{Value, json};

/// What a client sends in the place of the state.
#[derive(Arbitrary, Debug)]
enum State {
    Untouched,
    Edited(Vec<Edit>),
    Text(String),
    /// Any JSON, not only text.
    Json(String),
}

#[derive(Arbitrary, Debug)]
enum Edit {
    Put(u16, char),
    Insert(u16, char),
    Remove(u16),
    Cut(u16),
    Swap(u16, u16),
    Append(String),
    Double,
}

#[derive(Arbitrary, Debug)]
struct Round {
    state: State,
    /// Whether it is sent with another request.
    moved: bool,
    answer: Answer,
}

#[derive(Arbitrary, Debug)]
enum Answer {
    Right,
    Wrong(String),
    Missing,
}

impl Edit {
    fn apply(&self, text: &mut Vec<char>) {
        let length = text.len();
        if length == 0 {
            return;
        }
        let at = |place: u16| usize::from(place) % length;
        match self {
            Self::Put(place, letter) => {
                let at = at(*place);
                text[at] = *letter;
            }
            Self::Insert(place, letter) => text.insert(at(*place), *letter),
            Self::Remove(place) => drop(text.remove(at(*place))),
            Self::Cut(place) => text.truncate(at(*place)),
            Self::Swap(one, other) => text.swap(at(*one), at(*other)),
            Self::Append(more) => text.extend(more.chars()),
            Self::Double => text.extend_from_within(..),
        }
    }
}

impl State {
    fn json(&self, given: &str) -> String {
        match self {
            Self::Untouched => json!(given).to_string(),
            Self::Edited(edits) => {
                let mut text = given.chars().collect();
                // What is doubled more often than that is longer than a message may be.
                edits.iter().take(8).for_each(|edit| edit.apply(&mut text));
                json!(text.into_iter().collect::<String>()).to_string()
            }
            Self::Text(text) => json!(text).to_string(),
            Self::Json(text) => json(text).map_or_else(|| "null".into(), |json| json.get().into()),
        }
    }
}

impl Answer {
    fn json(&self, key: &str) -> String {
        let content = match self {
            Self::Right => r#"{"name":"Ada","nights":2,"room":"Sea"}"#.to_owned(),
            Self::Wrong(text) => json(text).map_or_else(|| "7".into(), |json| json.get().into()),
            Self::Missing => return "{}".into(),
        };
        format!(r#"{{"{key}":{{"action":"accept","content":{content}}}}}"#)
    }
}

fn call(state: &str, answers: &str, moved: bool) -> Value {
    let name = if moved { "ask" } else { "book" };
    ask("tools/call", &format!(r#""name":"{name}","requestState":{state},"inputResponses":{answers}"#))
}

fuzz_target!(|rounds: Vec<Round>| {
    let mut answer = ask("tools/call", r#""name":"book""#);
    for round in rounds.iter().take(6) {
        let Some(given) = answer["result"]["requestState"].as_str() else { return };
        let key = answer["result"]["inputRequests"].as_object().and_then(|questions| questions.keys().next());
        let key = key.expect("a round ends with a question");
        let state = round.state.json(given);
        let next = call(&state, &round.answer.json(key), round.moved);
        let is_ours = serde_json::from_str::<Value>(&state).is_ok_and(|state| state == *given);
        let is_none = state == "null";
        let goes_on = next["result"]["content"].is_array() || next["result"]["requestState"].is_string();
        if round.moved || !(is_ours || is_none) {
            assert_eq!(next["error"]["code"], -32602, "{state} was taken for {given}: {next}");
            continue;
        }
        assert!(goes_on, "{next}");
        answer = next;
    }
});
