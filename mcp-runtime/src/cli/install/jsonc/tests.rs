use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[track_caller]
fn sets(text: &str, path: &[&str], value: &Value, expected: &str) {
    let changed = set(text, path, value).unwrap();
    assert_eq!(changed, expected);
    assert_eq!(set(&changed, path, value).unwrap(), expected, "the second time, nothing is to be done");
}

#[track_caller]
fn removes(text: &str, path: &[&str], expected: &str) {
    assert_eq!(remove(text, path).unwrap(), expected);
}

#[test]
fn a_property_is_laid_out_like_its_neighbours() {
    let path = ["servers", "b"];
    for (text, expected) in [
        ("{\"servers\":{\"a\":1}}", "{\"servers\":{\"a\":1,\"b\": {\"c\":2}}}"),
        ("{ \"servers\": { \"a\": 1 } }", "{ \"servers\": { \"a\": 1, \"b\": {\"c\":2} } }"),
        (
            "{\n\t\"servers\": {\n\t\t\"a\": 1,\n\n\t\t\"z\": 1\n\t}\n}\n",
            "{\n\t\"servers\": {\n\t\t\"a\": 1,\n\n\t\t\"z\": 1,\n\t\t\"b\": {\n\t\t\t\"c\": 2\n\t\t}\n\t}\n}\n",
        ),
        (
            "{\r\n    \"servers\": {\r\n        \"a\": 1\r\n    }\r\n}\r\n",
            "{\r\n    \"servers\": {\r\n        \"a\": 1,\r\n        \"b\": {\r\n            \"c\": 2\r\n        }\r\n    }\r\n}\r\n",
        ),
    ] {
        sets(text, &path, &json!({ "c": 2 }), expected);
        removes(expected, &path, text);
    }
}

#[test]
fn comments_and_trailing_commas_stay_where_they_are() {
    for (text, expected) in [
        ("{\n  \"a\": 1 // one\n}", "{\n  \"a\": 1, // one\n  \"b\": 2\n}"),
        ("{\n  \"a\": 1, // one\n}", "{\n  \"a\": 1, // one\n  \"b\": 2,\n}"),
        ("{\n  \"a\": 1\n  // the end\n}", "{\n  \"a\": 1,\n  // the end\n  \"b\": 2\n}"),
        ("{ // nothing yet\n}", "{ // nothing yet\n  \"b\": 2\n}"),
        ("{ \"a\": 1 /* one */ }", "{ \"a\": 1, /* one */\n  \"b\": 2 }"),
        ("{\"a\": \"// no comment }\"}", "{\"a\": \"// no comment }\",\"b\": 2}"),
    ] {
        sets(text, &["b"], &json!(2), expected);
        removes(expected, &["b"], text);
    }
}

#[test]
fn what_is_missing_on_the_way_is_made() {
    let path = ["servers", "b"];
    let made = "{\n  \"servers\": {\n    \"b\": 2\n  }\n}\n";
    for empty in ["", "{}\n", "{ }\n", "{\n}\n"] {
        sets(empty, &path, &json!(2), made);
    }
    removes(made, &path, "{}\n");
    sets("// none", &path, &json!(2), &format!("// none\n{made}"));
    sets("\u{feff}", &path, &json!(2), &format!("\u{feff}{made}"));
    sets(
        "\u{feff}{\r\n\t\"x\": []\r\n}",
        &path,
        &json!(2),
        "\u{feff}{\r\n\t\"x\": [],\r\n\t\"servers\": {\r\n\t\t\"b\": 2\r\n\t}\r\n}",
    );
}

#[test]
fn a_value_is_replaced_in_its_place_and_only_if_it_differs() {
    sets("{\"a\": /* old */ [1,  2], \"b\": 3}", &["a"], &json!([]), "{\"a\": /* old */ [], \"b\": 3}");
    let spaced = "{\"a\": [ 1,\n 2 /* two */, ]}";
    sets(spaced, &["a"], &json!([1, 2]), spaced);
    sets("{\n  \"a\": 1\n}", &["a"], &json!({ "b": 2 }), "{\n  \"a\": {\n    \"b\": 2\n  }\n}");
    sets("{\"\\u0061\": 1}", &["a"], &json!(2), "{\"\\u0061\": 2}");
}

#[test]
fn what_stands_around_a_removed_property_stays() {
    for (text, expected) in [
        ("{\n  \"b\": 1,\n  \"a\": 2\n}", "{\n  \"a\": 2\n}"),
        ("{\n  \"b\": 1, \"a\": 2\n}", "{\n  \"a\": 2\n}"),
        ("{\"b\":1, \"a\":2}", "{\"a\":2}"),
        ("{\"a\":2, \"b\":1}", "{\"a\":2}"),
        ("{\n  // of a\n  \"a\": 2, // of a too\n  \"b\": 1\n}", "{\n  // of a\n  \"a\": 2 // of a too\n}"),
        ("{\n  \"a\": 2,\n  \"b\": 1, // left\n  \"c\": 3\n}", "{\n  \"a\": 2,\n  // left\n  \"c\": 3\n}"),
        ("{ // open\n \"b\": 1, \"a\": 2}", "{ // open\n \"a\": 2}"),
        ("{\"a\": 2, // of a\n\"b\": 1}", "{\"a\": 2 // of a\n}"),
        ("{ /* only */ \"b\": 1 }", "{ /* only */ }"),
        ("{ \"b\": 1, }", "{}"),
        ("{\"a\": 2}", "{\"a\": 2}"),
        ("", ""),
    ] {
        removes(text, &["b"], expected);
    }
    removes("{\"x\": 1, \"s\": { \"b\": 1 }}", &["s", "b"], "{\"x\": 1}");
    removes("{\"x\": 1, \"s\": { /* why */ \"b\": 1 }}", &["s", "b"], "{\"x\": 1, \"s\": { /* why */ }}");
}

#[test]
fn what_cannot_be_changed_is_said() {
    for (text, said) in [
        ("{\n  \"a\": 1,\n  b: 2\n}", "not valid JSON at line 3, column 3: "),
        ("{\"a\": 1", "not valid JSON at line 1, column 1: unterminated object"),
        ("{\"a\": 1 \"b\": 2}", "not valid JSON at line 1, column 8: expected comma"),
        ("{} {}", "not valid JSON at line 1, column 4: "),
        ("{'a': 1}", "not valid JSON at line 1, column 2: "),
        ("[1]", "not a JSON object"),
        ("null", "not a JSON object"),
        ("{\"a\": [], \"s\": {}}", "`a` is not an object"),
        ("{\"a\": {}, \"a\": {}}", "`a` is there twice"),
        ("{\"a\": {\"b\": 1, \"b\": 2}}", "`b` is there twice"),
    ] {
        for fault in [set(text, &["a", "b"], &json!(1)).unwrap_err(), remove(text, &["a", "b"]).unwrap_err()] {
            assert!(fault.to_string().starts_with(said), "{text}: {fault}");
        }
    }
    let deep = "[".repeat(100_000);
    assert!(set(&deep, &["a"], &json!(1)).unwrap_err().to_string().contains("nesting depth"));
}

/// A document, and what is between its tokens.
#[derive(Clone, Debug)]
struct Written {
    value: Vec<(String, Value)>,
    gaps: Vec<&'static str>,
    trailing: Vec<bool>,
}

impl Written {
    fn text(&self) -> String {
        let mut gaps = self.gaps.iter().cycle();
        let mut trailing = self.trailing.iter().cycle();
        let mut text = String::from(*gaps.next().unwrap());
        object(&self.value, &mut text, &mut || gaps.next().unwrap(), &mut || *trailing.next().unwrap());
        text.push_str(gaps.next().unwrap());
        text
    }
}

fn object(
    pairs: &[(String, Value)],
    text: &mut String,
    gap: &mut dyn FnMut() -> &'static str,
    trailing: &mut dyn FnMut() -> bool,
) {
    text.push('{');
    text.push_str(gap());
    for (at, (key, value)) in pairs.iter().enumerate() {
        text.push_str(&Value::from(key.as_str()).to_string());
        text.push_str(gap());
        text.push(':');
        text.push_str(gap());
        match value {
            Value::Object(inner) => {
                let inner: Vec<_> = inner.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
                object(&inner, text, gap, trailing);
            }
            other => text.push_str(&other.to_string()),
        }
        text.push_str(gap());
        if at + 1 < pairs.len() || trailing() {
            text.push(',');
            text.push_str(gap());
        }
    }
    text.push('}');
}

fn leaf() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(1),
        json!(null),
        json!("// {"),
        json!("\"}\\"),
        json!([1, "é", []]),
        json!({}),
        json!(-1.5e3),
    ])
}

fn map(values: impl Strategy<Value = Value>, least: usize) -> impl Strategy<Value = Vec<(String, Value)>> {
    prop::collection::btree_map(
        prop::sample::select(vec!["a", "é", "with space", "z\"", "mcpServers2", "d", ""]),
        values,
        least..5,
    )
    .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn gaps() -> impl Strategy<Value = Vec<&'static str>> {
    let gap = prop::sample::select(vec![
        "",
        "",
        " ",
        "\n",
        "\n  ",
        "\r\n\t",
        "\n\n    ",
        " // c\n",
        "\n  // é, }\n  ",
        "/* c\n{ */",
        "\t/**/ ",
        " //\r\n",
    ]);
    vec(gap, 1..40)
}

/// With `servers` in it, if there are any.
fn documents(least: usize) -> impl Strategy<Value = Written> {
    let entry = map(leaf(), 0).prop_map(Value::from_iter);
    (map(leaf(), 1), map(entry, least), gaps(), vec(any::<bool>(), 1..5), any::<prop::sample::Index>()).prop_map(
        |(mut value, servers, gaps, trailing, at)| {
            if !servers.is_empty() {
                value.insert(at.index(value.len() + 1), ("servers".into(), Value::from_iter(servers)));
            }
            Written { value, gaps, trailing }
        },
    )
}

fn whole(text: &str) -> Value {
    Document::read(text).unwrap().value.unwrap().into()
}

fn comments(text: &str) -> Vec<String> {
    let tokens = Document::read(text).unwrap().tokens;
    let comments = tokens.into_iter().filter(is_comment);
    comments.map(|comment| comment.token.as_str().trim_end().to_owned()).collect()
}

/// All but commas and space, in order: what a change to the layout cannot explain is missing from it.
fn is_within(part: &str, whole: &str) -> bool {
    let mut whole = whole.chars();
    part.chars().all(|wanted| whole.any(|character| character == wanted))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn what_is_added_is_there_and_all_else_too(written in documents(0)) {
        let text = written.text();
        let value = json!({ "command": "/bin/x", "args": ["\\", "é"] });
        let changed = set(&text, &["servers", "new"], &value).unwrap();
        prop_assert_eq!(get(&changed, &["servers", "new"]).unwrap(), Some(value.clone()));
        let mut expected = whole(&text);
        expected["servers"]["new"] = value;
        prop_assert_eq!(whole(&changed), expected);
        prop_assert!(is_within(&text, &changed), "{}", changed);
        prop_assert_eq!(comments(&changed), comments(&text));
    }

    #[test]
    fn what_is_added_and_removed_leaves_no_trace(written in documents(0), parts in 1..4) {
        let text = written.text();
        let mut changed = text.clone();
        for part in 0..parts {
            changed = set(&changed, &["servers", "new", &part.to_string()], &json!(part)).unwrap();
        }
        prop_assert_eq!(remove(&changed, &["servers", "new"]).unwrap(), text);
    }

    #[test]
    fn what_is_removed_is_gone_and_nothing_else(written in documents(1), at in any::<prop::sample::Index>()) {
        let text = written.text();
        let mut expected = whole(&text);
        let servers = expected["servers"].as_object_mut().unwrap();
        let name = at.get(&servers.keys().cloned().collect::<Vec<_>>()).clone();
        servers.remove(&name);
        let changed = remove(&text, &["servers", &name]).unwrap();
        let after = whole(&changed);
        if after.get("servers").is_none() {
            prop_assert_eq!(expected.as_object_mut().unwrap().remove("servers"), Some(json!({})));
        }
        prop_assert_eq!(after, expected);
        prop_assert!(is_within(&changed, &text), "{}", changed);
    }

    #[test]
    fn any_text_is_changed_or_refused(text in any::<String>(), cut in any::<prop::sample::Index>(), written in documents(1)) {
        let mut broken = written.text();
        let at = (0..=cut.index(broken.len())).rev().find(|at| broken.is_char_boundary(*at)).unwrap();
        broken.truncate(at);
        for text in [text, broken] {
            if let Ok(changed) = set(&text, &["servers", "new"], &json!(1)) {
                prop_assert_eq!(get(&changed, &["servers", "new"]).unwrap(), Some(json!(1)));
            }
        }
    }
}
