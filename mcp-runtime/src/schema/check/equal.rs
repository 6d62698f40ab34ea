//! Compares JSON texts with values and with each other as JSON Schema does: `1` is `1.0`, and members have no order.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Number, Value};

use super::super::number::Decimal;
use crate::json::scan::{Broken, Cursor, Shape, deeper};

/// Whether the value at `at` is `value`. Leaves `at` behind it only if it is.
pub(crate) fn is(at: &mut Cursor<'_>, value: &Value) -> Result<bool, Broken> {
    match (at.shape()?, value) {
        (Shape::Null, Value::Null) => at.word().map(|_| true),
        (Shape::Bool, Value::Bool(expected)) => Ok((at.word()? == "true") == *expected),
        (Shape::Number, Value::Number(expected)) => at.number().map(|text| is_number(text, expected)),
        (Shape::String, Value::String(expected)) => Ok(at.string()?.text()? == expected.as_str()),
        (Shape::Array, Value::Array(expected)) => is_list(at, expected),
        (Shape::Object, Value::Object(expected)) => is_object(at, expected),
        (_, _) => Ok(false),
    }
}

fn is_number(text: &str, expected: &Number) -> bool {
    match (text.parse::<i64>(), expected.as_i64()) {
        (Ok(number), Some(expected)) => number == expected,
        (_, _) => Decimal::new(text).compare(Decimal::new(&expected.to_string())).is_eq(),
    }
}

fn is_list(at: &mut Cursor<'_>, expected: &[Value]) -> Result<bool, Broken> {
    let mut same = true;
    let length = at.array::<Broken>(|index, item| {
        let start = *item;
        same = same && expected.get(index).map_or(Ok(false), |value| is(&mut start.clone(), value))?;
        item.skip(0).map(drop)
    })?;
    Ok(same && length == expected.len())
}

fn is_object(at: &mut Cursor<'_>, expected: &serde_json::Map<String, Value>) -> Result<bool, Broken> {
    let mut same = true;
    let mut length = 0_usize;
    at.object::<Broken>(|name, value| {
        let start = *value;
        length = length.saturating_add(1);
        same = same && expected.get(&*name.text()?).map_or(Ok(false), |value| is(&mut start.clone(), value))?;
        value.skip(0).map(drop)
    })?;
    Ok(same && length == expected.len())
}

/// A text that is the same for equal values; borrowed where the value is spelled in the usual way.
pub(crate) fn canonical<'j>(at: &mut Cursor<'j>) -> Result<Cow<'j, str>, Broken> {
    let mut here = *at;
    let text = at.skip(0)?;
    match here.shape()? {
        Shape::Null | Shape::Bool => Ok(Cow::Borrowed(text)),
        Shape::Number if text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() < 16 => Ok(Cow::Borrowed(text)),
        Shape::String if !text.contains('\\') => Ok(Cow::Borrowed(text)),
        Shape::Number | Shape::String | Shape::Array | Shape::Object => {
            let mut out = String::new();
            write(&mut here, 0, &mut out)?;
            Ok(Cow::Owned(out))
        }
    }
}

fn write(at: &mut Cursor<'_>, depth: usize, out: &mut String) -> Result<(), Broken> {
    match at.shape()? {
        Shape::Null | Shape::Bool => out.push_str(at.word()?),
        Shape::Number => out.push_str(&number(at.number()?)),
        Shape::String => out.push_str(&Value::from(at.string()?.text()?).to_string()),
        Shape::Array => {
            let below = deeper(depth)?;
            out.push('[');
            at.array(|_, item| {
                write(item, below, out)?;
                out.push(',');
                Ok::<_, Broken>(())
            })?;
            out.push(']');
        }
        Shape::Object => {
            let below = deeper(depth)?;
            let mut members = BTreeMap::new();
            at.object::<Broken>(|name, value| {
                let mut text = String::new();
                write(value, below, &mut text)?;
                members.insert(Value::from(name.text()?).to_string(), text);
                Ok(())
            })?;
            out.push('{');
            for (name, value) in members {
                out.extend([name.as_str(), ":", &value, ","]);
            }
            out.push('}');
        }
    }
    Ok(())
}

/// Small integers stay as they are, which is how they are borrowed.
fn number(text: &str) -> String {
    let decimal = Decimal::new(text);
    decimal.plain().filter(|digits| digits.len() < 16).unwrap_or_else(|| decimal.canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn same(text: &str, value: &Value) -> bool {
        is(&mut Cursor::new(text), value).unwrap()
    }

    #[test]
    fn values_are_compared_as_json_schema_does() {
        assert!(same("1.0", &json!(1)) && same("[1, {\"b\":2,\"a\":[]}]", &json!([1.0, {"a": [], "b": 2}])));
        assert!(same("\"\\u0061\"", &json!("a")));
        for (text, value) in [
            ("1", json!(true)),
            ("0", json!(false)),
            ("[1]", json!([1, 2])),
            ("{}", json!({"a": null})),
            ("{\"a\":1}", json!({})),
            ("9007199254740993", json!(9_007_199_254_740_992_u64)),
        ] {
            assert!(!same(text, &value), "{text} {value}");
        }
    }

    #[test]
    fn equal_values_have_one_canonical_text() {
        let canonical = |text: &'static str| canonical(&mut Cursor::new(text)).unwrap();
        for (a, b) in [
            ("1", "1.0"),
            ("\"a\"", "\"\\u0061\""),
            ("{\"a\":1,\"b\":[2]}", "{ \"b\" : [2.0], \"a\":1e0 }"),
            ("-0", "0"),
            ("1e400", "10e399"),
        ] {
            assert_eq!(canonical(a), canonical(b));
        }
        for (a, b) in [
            ("1", "\"1\""),
            ("[1,2]", "[2,1]"),
            ("[]", "{}"),
            ("[[]]", "[]"),
            ("99999999999999999999", "99999999999999999998"),
            ("null", "false"),
        ] {
            assert_ne!(canonical(a), canonical(b));
        }
    }
}
