//! Any answer to a question, in every revision that has forms: the function gets what its form allows, asks again, or is told
//! why not; and its call has exactly one answer. The tool panics if it gets what it did not ask for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_fuzz::{ask, hello, items::asking, json, serve};
use serde_json::Value;
use serde_json::value::RawValue;

const CALL: &str = r#"{"jsonrpc":"2.0","id":"call","method":"tools/call","params":{"name":"book"}}"#;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let mut answers = text.splitn(2, '\n').filter_map(json);
    let Some(first) = answers.next() else { return };
    let second = answers.next().unwrap_or_else(|| first.clone());
    match kind % 3 {
        0 => in_session("2025-06-18", *kind >= 128, [&first, &second]),
        1 => in_session("2025-11-25", *kind >= 128, [&first, &second]),
        _ => in_rounds([&first, &second]),
    }
});

/// The result of a question, or what is inside of the form.
fn result(answer: &RawValue, is_content: bool) -> String {
    if is_content { format!(r#"{{"action":"accept","content":{answer}}}"#) } else { answer.to_string() }
}

fn in_session(revision: &str, is_content: bool, answers: [&RawValue; 2]) {
    let answer = |id: usize| {
        let result = result(answers[id], is_content);
        format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{result}}}\n")
    };
    let input = format!("{}{CALL}\n{}{}", hello(revision), answer(0), answer(1));
    let said = serve(asking(), input.as_bytes());
    let of_call: Vec<&Value> = said.iter().filter(|message| message["id"] == "call").collect();
    assert!(matches!(of_call.as_slice(), [answer] if answer["result"]["content"].is_array()), "{said:?}");
    let questions = said.iter().filter(|message| message["method"] == "elicitation/create").count();
    assert!((1..=2).contains(&questions), "{said:?}");
}

fn in_rounds(answers: [&RawValue; 2]) {
    let [first, second] = answers.map(|answer| result(answer, true));
    let answer = ask("tools/call", &format!(r#""name":"book","inputResponses":{{"first":{first},"second":{second}}}"#));
    let questions = answer["result"]["inputRequests"].as_object().map(|questions| questions.len());
    assert!(answer["result"]["content"].is_array() || questions == Some(1), "{answer}");
}
