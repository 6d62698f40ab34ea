//! Envelopes are read as serde_json reads them, and no bytes whatever cause a panic.

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::json::scan::{Broken, Cursor, DEPTH};
use crate::json::{Json, Object};
use crate::jsonrpc::{Message, RequestId, batch, code, is_batch, notification, read, request, text};

/// Any JSON, not very large.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("2.0")),
        Just(json!("ping")),
        Just(json!({})),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((".{0,4}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Objects that look like messages, more or less.
fn envelope() -> impl Strategy<Value = Value> {
    let member = |name: &'static str, good: Value| prop_oneof![3 => Just(Some((name, good))), 1 => Just(None), 1 => value().prop_map(move |value| Some((name, value)))];
    let members = (
        member("jsonrpc", json!("2.0")),
        member("id", json!(7)),
        member("method", json!("a/b")),
        member("params", json!({ "x": 1, "name": { "y": [2] } })),
        prop_oneof![4 => Just(None), 1 => value().prop_map(|value| Some(("result", value)))],
        value().prop_map(|value| Some(("other", value))),
    );
    members.prop_map(|(a, b, c, d, e, f)| {
        let members: Map<_, _> =
            [a, b, c, d, e, f].into_iter().flatten().map(|(name, value)| (name.to_owned(), value)).collect();
        members.into()
    })
}

/// The same text in another spelling: every character of every string escaped, and spaces between.
fn respelled(value: &Value) -> String {
    let string = |text: &str| {
        let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
        format!(" \"{escaped}\"\t")
    };
    match value {
        Value::String(text) => string(text),
        Value::Array(items) => format!("[ {} ]", items.iter().map(respelled).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{}:{}", string(name), respelled(value)));
            format!("\r{{ {} }}", members.collect::<Vec<_>>().join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => format!(" {value} "),
    }
}

/// Strings and whole numbers, also those that are written `1.0`.
fn is_id(id: &Value) -> bool {
    let is_whole = |number: &str| number.strip_suffix(".0").is_some_and(|whole| !whole.contains(['.', 'e']));
    id.is_string() || id.is_i64() || id.is_u64() || id.is_f64() && is_whole(&id.to_string())
}

fn same(id: &RequestId, value: &Value) -> bool {
    let found = serde_json::from_str::<Value>(id.as_json()).unwrap();
    found == *value || value.is_f64() && found.as_f64() == value.as_f64()
}

/// What a message is, said in terms of `Value`.
fn check(message: &Value, spelled: &str) -> Result<(), TestCaseError> {
    let id = message.get("id").filter(|id| is_id(id));
    match read(spelled, DEPTH) {
        Ok(Message::Request { id: found, method, params }) => {
            prop_assert!(id.is_some_and(|id| same(&found, id)));
            prop_assert_eq!(message["method"].as_str(), Some(&*method));
            let name = params.name.map(|name| name.parse::<Value>().unwrap());
            let given = message.get("params").and_then(|params| params.get("name"));
            prop_assert_eq!(given.filter(|name| !name.is_null()), name.as_ref());
            prop_assert_eq!(&message["jsonrpc"], "2.0");
        }
        Ok(Message::Notification { method, .. }) => {
            prop_assert_eq!(message.get("id"), None);
            prop_assert_eq!(message["method"].as_str(), Some(&*method));
        }
        Ok(Message::Response { .. }) => {
            prop_assert!(message.get("method").is_none());
            prop_assert!(message.get("result").or(message.get("error")).is_some());
        }
        Err(rejected) => {
            prop_assert_eq!(rejected.fault.code, code::INVALID_REQUEST);
            prop_assert_eq!(rejected.id.is_some(), id.is_some(), "an id that can be read is answered");
            let sound = message["jsonrpc"] == "2.0"
                && message["method"].is_string()
                && message.get("params").is_none_or(|params| params.is_object() || params.is_null())
                && message.get("id").is_none_or(is_id);
            prop_assert!(!sound);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn an_envelope_is_what_serde_json_says(message in envelope()) {
        check(&message, &message.to_string())?;
        check(&message, &respelled(&message))?;
    }

    #[test]
    fn two_spellings_of_an_id_are_one(id in prop_oneof![".{0,20}".prop_map(Value::from), any::<i64>().prop_map(Value::from)]) {
        let of = |text: String| match read(&text, DEPTH) {
            Ok(Message::Request { id, .. }) => id,
            other => panic!("{other:?}"),
        };
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": "m" });
        prop_assert_eq!(of(message.to_string()), of(respelled(&message)));
    }

    #[test]
    fn a_text_that_was_written_is_read_again(name: String, said: String) {
        let mut out = Vec::new();
        let mut object = Object::open(&mut out);
        object.entry(&name, &said);
        object.close();
        let written = text(&out).unwrap();
        prop_assert!(!written.contains(['\n', '\r']), "a message is one line: {}", written);
        let read: HashMap<String, &RawValue> = serde_json::from_str(written).unwrap();
        let heard = read.get(&name).and_then(|raw| Json::from(*raw).string());
        prop_assert_eq!(heard.as_deref(), Some(&*said));
        let mut found = Vec::new();
        let mut cursor = Cursor::new(written);
        cursor.object::<Broken>(|name, value| {
            found.push((name.text()?.into_owned(), value.string()?.text()?.into_owned()));
            Ok(())
        }).unwrap();
        prop_assert_eq!(found, [(name, said)]);
    }

    #[test]
    fn no_bytes_cause_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(text) = text(&bytes) {
            let _ = (is_batch(text), batch(text, 100).is_ok(), read(text, DEPTH).is_ok());
        }
    }

    #[test]
    fn damaged_json_is_never_taken_for_whole(message in envelope(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = message.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let parsed = serde_json::from_slice::<Value>(&bytes);
        let Ok(text) = text(&bytes) else {
            prop_assert!(parsed.is_err());
            return Ok(());
        };
        match (read(text, DEPTH), parsed) {
            (Err(rejected), Ok(_)) => prop_assert_eq!(rejected.fault.code, code::INVALID_REQUEST),
            // Lone surrogates and numbers out of range are JSON, but no `Value` can hold them.
            (Ok(_), Err(error)) => {
                let error = error.to_string();
                prop_assert!(["surrogate", "hex escape", "out of range"].iter().any(|known| error.contains(known)), "{}", error);
            }
            (Ok(_), Ok(parsed)) => prop_assert!(parsed.is_object()),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn depth_counts_brackets_outside_strings_only(depth in 100_usize..160, noise in r#"[\[\]{}"\\a]{0,300}"#, closed: bool) {
        let noise = Value::from(noise).to_string();
        let mut message = format!("[{noise},").repeat(depth);
        if closed {
            message += &format!("0{}", "]".repeat(depth));
        }
        let most = usize::MAX;
        let refused = batch(&message, most).err().map(|rejected| rejected.fault.message).unwrap_or_default();
        prop_assert_eq!(refused.contains("deeper"), depth > DEPTH.saturating_add(1) && !closed, "{}", refused);
        let nested = format!("{{\"id\":{message}");
        let refused = read(&nested, DEPTH).err().map(|rejected| rejected.fault.message).unwrap_or_default();
        prop_assert_eq!(refused.contains("deeper"), depth >= DEPTH, "{}", refused);
    }
}

#[test]
fn messages_of_the_server_are_written_in_one_piece() {
    let told = notification("notifications/x", |params| params.field("a", &1));
    assert_eq!(told, br#"{"jsonrpc":"2.0","method":"notifications/x","params":{"a":1}}"#);
    assert_eq!(notification("x", |_| {}), br#"{"jsonrpc":"2.0","method":"x","params":{}}"#);
    let asked = request(7, "roots/list", &json!({ "a": "\"" }));
    assert_eq!(asked, br#"{"jsonrpc":"2.0","id":7,"method":"roots/list","params":{"a":"\""}}"#);
}
