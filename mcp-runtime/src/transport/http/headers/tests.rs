//! Headers that repeat the body, and headers that do not.

use http::header::HeaderValue;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

fn mirrored(token: &str, path: &str, kind: Primitive) -> Mirrored {
    Mirrored { header: format!("Mcp-Param-{token}"), path: path.split('.').map(str::to_owned).collect(), kind }
}

/// Checks one argument `a` with the header `Mcp-Param-A`.
fn checked(kind: Primitive, header: Option<&str>, arguments: Option<&str>) -> Result<(), Fault> {
    let pairs: Vec<_> = header.map(|value| ("mcp-param-a", value)).into_iter().collect();
    params(&headers(&pairs), &[mirrored("A", "a", kind)], arguments)
}

#[track_caller]
fn refused(result: Result<(), Fault>, expected: &str) {
    let fault = result.expect_err(expected);
    assert_eq!(fault.code, -32020);
    assert_eq!(fault.data, None);
    assert!(fault.message.contains(expected), "{expected}: {}", fault.message);
}

fn version(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    Said::read(headers).version()
}

fn method(headers: &HeaderMap, method: &str) -> Result<(), Fault> {
    Said::read(headers).method(method)
}

fn name(headers: &HeaderMap, name: &str) -> Result<(), Fault> {
    Said::read(headers).name(name)
}

#[test]
fn the_version() {
    assert_eq!(version(&headers(&[])), Ok(None));
    assert_eq!(version(&headers(&[("mcp-protocol-version", " 2026-07-28\t")])), Ok(Some("2026-07-28")));
    assert_eq!(version(&headers(&[("MCP-PROTOCOL-VERSION", "")])), Ok(Some("")));
    let pair = ("mcp-protocol-version", "2026-07-28");
    refused(version(&headers(&[pair, pair])).map(drop), "is given twice: send it once");
    refused(version(&headers(&[("mcp-protocol-version", "2026–07")])).map(drop), "visible ASCII");
    assert_eq!(same_version(Some("2026-07-28"), "2026-07-28"), Ok(()));
    refused(same_version(None, "2026-07-28"), "is missing: send `MCP-Protocol-Version: 2026-07-28`");
    refused(same_version(Some("2025-11-25"), "2026-07-28"), "says `2025-11-25`, but the body says `2026-07-28`");
}

#[test]
fn the_method() {
    let list = |pairs: &[(&str, &str)]| method(&headers(pairs), "tools/list");
    for name in ["mcp-method", "MCP-METHOD", "Mcp-Method"] {
        assert_eq!(list(&[(name, "tools/list")]), Ok(()), "{name}");
    }
    assert_eq!(list(&[("mcp-method", "  tools/list\t")]), Ok(()));
    refused(list(&[]), "the header `Mcp-Method` is missing: send `Mcp-Method: tools/list`");
    refused(
        list(&[("mcp-method", "TOOLS/LIST")]),
        "the header `Mcp-Method` says `TOOLS/LIST`, but the body says `tools/list`: send `Mcp-Method: tools/list`",
    );
    refused(list(&[("mcp-method", "tools/call")]), "says `tools/call`");
    refused(list(&[("mcp-method", "tools/list"), ("mcp-method", "tools/list")]), "is given twice");
    // Only names and arguments are ever encoded.
    refused(list(&[("mcp-method", "=?base64?dG9vbHMvbGlzdA==?=")]), "says `=?base64?");
}

#[test]
fn the_name() {
    let fits = [
        ("get_weather", "get_weather"),
        ("  get_weather\t ", "get_weather"),
        ("=?base64?Z2V0X3dlYXRoZXI=?=", "get_weather"),
        ("file:///projects/myapp/config.json", "file:///projects/myapp/config.json"),
        ("=?base64?SGVsbG8sIOS4lueVjA==?=", "Hello, 世界"),
        ("=?BASE64?SGVsbG8=?=", "=?BASE64?SGVsbG8=?="),
        ("SGVsbG8=?=", "SGVsbG8=?="),
        ("", ""),
    ];
    for (header, body) in fits {
        assert_eq!(name(&headers(&[("mcp-name", header)]), body), Ok(()), "{header}");
    }
    refused(name(&headers(&[]), "x"), "the header `Mcp-Name` is missing: send `Mcp-Name: x`");
    refused(name(&headers(&[]), "Hello, 世界"), "send `Mcp-Name: =?base64?SGVsbG8sIOS4lueVjA==?=`");
    refused(name(&headers(&[("mcp-name", "foo")]), "bar"), "says `foo`, but the body says `bar`");
    refused(name(&headers(&[("mcp-name", "Bar")]), "bar"), "says `Bar`");
    refused(name(&headers(&[("mcp-name", "x"), ("mcp-name", "x")]), "x"), "is given twice");
    refused(name(&headers(&[("mcp-name", "世界")]), "世界"), "visible ASCII");
    let long = "y".repeat(200);
    refused(name(&headers(&[("mcp-name", &long)]), "x"), &format!("says `{}…`", "y".repeat(80)));
}

/// The examples of the specification.
#[test]
fn examples_of_encoding() {
    let rows = [
        ("us-west1", "us-west1"),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
    ];
    for (value, header) in rows {
        assert_eq!(encoded(value), header);
        let arguments = json!({ "a": value }).to_string();
        assert_eq!(checked(Primitive::Text, Some(header), Some(&arguments)), Ok(()), "{value}");
    }
}

#[test]
fn texts() {
    let fits: [(Option<&str>, Option<&str>); 14] = [
        (None, None),
        (None, Some("{}")),
        (None, Some(r#"{"a":null}"#)),
        (None, Some(r#"{"b":"x"}"#)),
        (Some("x"), Some(r#"{"a":"x"}"#)),
        (Some(" x\t"), Some(r#"{"\u0061":"\u0078"}"#)),
        (Some(""), Some(r#"{"a":""}"#)),
        (Some("=?base64??="), Some(r#"{"a":""}"#)),
        (Some("=?base64?SGVsbG8=?="), Some(r#"{"a":"Hello"}"#)),
        (Some("SGVsbG8="), Some(r#"{"a":"SGVsbG8="}"#)),
        (Some("=?base64?SGVsbG8="), Some(r#"{"a":"=?base64?SGVsbG8="}"#)),
        (Some("=?base64?="), Some(r#"{"a":"=?base64?="}"#)),
        (Some("a\tb"), Some(r#"{"a":"a\tb"}"#)),
        // The check of the arguments has more to say about these.
        (None, Some(r#"{"a":3}"#)),
    ];
    for (header, arguments) in fits {
        assert_eq!(checked(Primitive::Text, header, arguments), Ok(()), "{header:?} {arguments:?}");
    }
    let hello = Some(r#"{"a":"Hello"}"#);
    let faults = [
        (None, hello, "the header `Mcp-Param-A` is missing: send `Mcp-Param-A: Hello`"),
        (Some("hello"), hello, "says `hello`, but the body says `Hello`: send `Mcp-Param-A: Hello`"),
        (Some("=?base64?SGVsbG8?="), hello, "is not the Base64 of UTF-8"),
        (Some("=?base64?SGVs!!!bG8=?="), hello, "is not the Base64 of UTF-8"),
        (Some("=?base64?/w==?="), hello, "is not the Base64 of UTF-8"),
        (Some("=?base64?SGVsbG9=?="), hello, "is not the Base64 of UTF-8"),
        (Some("=?base64?SGVs bG8=?="), hello, "is not the Base64 of UTF-8"),
        (Some("Héllo"), Some(r#"{"a":"Héllo"}"#), "visible ASCII"),
        (Some("x"), Some("{}"), "says `x`, but the body has no `a`: leave the header out"),
        (Some("x"), None, "leave the header out"),
        (Some("null"), Some(r#"{"a":null}"#), "leave the header out"),
        (Some("x"), Some(r#"{"a":["x"]}"#), "says `x`, but the body says `[\"x\"]`"),
        (Some("x"), Some(r#"{"a":"x","a":"y"}"#), "`a`, which a header repeats, is given twice"),
        (None, Some(r#"{"a":"x","\u0061":null}"#), "is given twice"),
    ];
    for (header, arguments, expected) in faults {
        refused(checked(Primitive::Text, header, arguments), expected);
    }
}

#[test]
fn integers_are_compared_as_numbers() {
    let fits = [
        ("42", "42"),
        ("42", "42.0"),
        ("42.0", "42"),
        ("4.2e1", "42"),
        ("0", "-0"),
        ("-7", "-7"),
        ("3", "\"3\""),
        ("3.0", "\"3\""),
        ("9007199254740991", "9007199254740991"),
        ("-9007199254740991", "-9007199254740991.0"),
        ("=?base64?NDI=?=", "42"),
        ("3.5", "3.5"),
    ];
    for (header, value) in fits {
        let arguments = format!("{{\"a\": {value} }}");
        assert_eq!(checked(Primitive::Integer, Some(header), Some(&arguments)), Ok(()), "{header} {value}");
    }
    let faults = [
        (Some("43"), "42", "says `43`, but the body says `42`"),
        (Some("42 "), "43", "says `42`"),
        (Some("+42"), "42", "says `+42`"),
        (Some("042"), "42", "says `042`"),
        (Some("0x2a"), "42", "says `0x2a`"),
        (Some("42.5"), "42", "says `42.5`"),
        (Some(""), "42", "says ``"),
        (None, "42", "is missing: send `Mcp-Param-A: 42`"),
        (None, "\"3\"", "is missing: send `Mcp-Param-A: 3`"),
        (Some("4"), "3.5", "says `4`"),
        (Some("9007199254740992"), "9007199254740992", "cannot say `9007199254740992`: send an integer from -9007"),
        (None, "-9007199254740992", "cannot say"),
        (Some("1e400"), "1e400", "cannot say"),
        (Some("9007199254740992"), "\"9007199254740992\"", "cannot say"),
    ];
    for (header, value, expected) in faults {
        refused(checked(Primitive::Integer, header, Some(&format!("{{\"a\":{value}}}"))), expected);
    }
    for value in ["3.5", "true", "[1]", "{}", "\"abc\"", "\"\""] {
        let arguments = format!("{{\"a\":{value}}}");
        assert_eq!(checked(Primitive::Integer, None, Some(&arguments)), Ok(()), "{value}");
    }
}

#[test]
fn booleans() {
    for (header, value) in [("true", "true"), ("false", "false"), ("true", "\"true\"")] {
        let arguments = format!("{{\"a\":{value}}}");
        assert_eq!(checked(Primitive::Boolean, Some(header), Some(&arguments)), Ok(()), "{header}");
    }
    let faults = [
        (Some("True"), "true", "says `True`, but the body says `true`"),
        (Some("1"), "true", "says `1`"),
        (Some("true"), "false", "says `true`"),
        (None, "false", "is missing: send `Mcp-Param-A: false`"),
        (Some("true"), "\"false\"", "says `true`"),
    ];
    for (header, value, expected) in faults {
        refused(checked(Primitive::Boolean, header, Some(&format!("{{\"a\":{value}}}"))), expected);
    }
    assert_eq!(checked(Primitive::Boolean, None, Some(r#"{"a":"yes"}"#)), Ok(()));
}

#[test]
fn fields_within_objects() {
    let limit = [mirrored("Limit", "options.page.limit", Primitive::Integer)];
    let check = |header: Option<&str>, arguments: &str| {
        let pairs: Vec<_> = header.map(|value| ("Mcp-Param-LIMIT", value)).into_iter().collect();
        params(&headers(&pairs), &limit, Some(arguments))
    };
    assert_eq!(check(Some("5"), r#"{"options":{"x":1,"page":{"limit":5}},"limit":6}"#), Ok(()));
    for absent in [
        "{}",
        r#"{"options":null}"#,
        r#"{"options":{"page":{}}}"#,
        r#"{"options":{"page":{"limit":null}}}"#,
        r#"{"options":[{"page":{"limit":5}}],"limit":5}"#,
        r#"{"options":7}"#,
        r#"{"options":"no JSON"}"#,
    ] {
        assert_eq!(check(None, absent), Ok(()), "{absent}");
        refused(check(Some("5"), absent), "the body has no `options.page.limit`");
    }
    refused(check(None, r#"{"options":{"page":{"limit":5}}}"#), "`Mcp-Param-Limit` is missing");
    refused(check(Some("5"), r#"{"options":{"page":{"limit":5},"page":{}}}"#), "is given twice");
    // JSON text becomes an object before the tool sees it.
    let text = json!({ "options": "{\"page\":{\"limit\":5}}" }).to_string();
    assert_eq!(check(Some("5"), &text), Ok(()));
    refused(check(None, &text), "is missing");
    refused(check(Some("6"), &text), "says `6`");
}

#[test]
fn what_nothing_mirrors_is_ignored() {
    let strange = headers(&[("mcp-param-b", "x"), ("mcp-param-b", "y")]);
    assert_eq!(params(&strange, &[], Some(r#"{"b":"z"}"#)), Ok(()));
    assert_eq!(params(&strange, &[mirrored("A", "a", Primitive::Text)], Some("{}")), Ok(()));
}

#[test]
fn a_header_that_is_mirrored_comes_once() {
    let two = headers(&[("mcp-param-a", "x"), ("Mcp-Param-A", "x")]);
    let one = [mirrored("A", "a", Primitive::Text)];
    refused(params(&two, &one, Some(r#"{"a":"x"}"#)), "the header `Mcp-Param-A` is given twice");
}

fn json_value() -> impl Strategy<Value = (Primitive, serde_json::Value)> {
    const MOST: i64 = 9_007_199_254_740_991;
    prop_oneof![
        any::<String>().prop_map(|text| (Primitive::Text, text.into())),
        "[ =?base64ab\t]{0,20}".prop_map(|text| (Primitive::Text, text.into())),
        (-MOST..=MOST).prop_map(|number| (Primitive::Integer, number.into())),
        any::<bool>().prop_map(|value| (Primitive::Boolean, value.into())),
    ]
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

proptest! {
    #[test]
    fn what_a_client_encodes_fits((kind, value) in json_value(), (_, other) in json_value()) {
        let arguments = json!({ "a": value }).to_string();
        let header = encoded(&plain(&value)).into_owned();
        prop_assert_eq!(checked(kind, Some(&header), Some(&arguments)), Ok(()));
        prop_assert_eq!(name(&headers(&[("mcp-name", &header)]), &plain(&value)), Ok(()));
        if plain(&other) != plain(&value) {
            let header = encoded(&plain(&other)).into_owned();
            prop_assert_eq!(checked(kind, Some(&header), Some(&arguments)).unwrap_err().code, -32020);
            prop_assert_eq!(name(&headers(&[("mcp-name", &header)]), &plain(&value)).unwrap_err().code, -32020);
        }
    }

    #[test]
    fn nothing_that_arrives_does_harm(
        bytes in prop::collection::vec(any::<u8>(), 0..40),
        arguments in "[{}\\[\\]\",:a0-9eE.+\\-\\\\u ]{0,30}",
        value in "[0-9eE.+\\-]{0,12}",
    ) {
        let Ok(header) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
        let mut headers = HeaderMap::new();
        for name in ["mcp-param-a", "mcp-name", "mcp-method", "mcp-protocol-version"] {
            headers.insert(HeaderName::from_static(name), header.clone());
        }
        let is_visible = bytes.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
        let texts = [arguments, format!("{{\"a\":{value}}}"), format!("{{\"a\":{{\"a\":\"{value}\"}}}}")];
        for kind in [Primitive::Text, Primitive::Integer, Primitive::Boolean] {
            for (path, text) in ["a", "a.a"].into_iter().flat_map(|path| texts.iter().map(move |text| (path, text))) {
                match params(&headers, &[mirrored("A", path, kind)], Some(text)) {
                    Ok(()) => prop_assert!(is_visible),
                    Err(fault) => prop_assert_eq!(fault.code, -32020),
                }
            }
        }
        prop_assert!(is_visible || name(&headers, &value).is_err());
        prop_assert!(is_visible || method(&headers, &value).is_err());
        prop_assert_eq!(version(&headers).is_ok(), is_visible);
    }
}
