//! The headers in which a modern request repeats what its body says (2026-07-28), so that those who stand between client and
//! server can route it unread. Both must say the same: else one is served and another was let through. Does no I/O.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderMap;
use serde::de::{self, DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::jsonrpc::{Fault, code, string};
use crate::protocol::quoted;
use crate::schema::{Decimal, Mirrored, Primitive, number_length};

const VERSION: &str = "MCP-Protocol-Version";
const METHOD: &str = "Mcp-Method";
const NAME: &str = "Mcp-Name";

/// What stands around the Base64 of a value that cannot be in a header as it is.
const OPEN: &str = "=?base64?";
const CLOSE: &str = "?=";

/// The revision of which the request says that it is.
pub(super) fn version(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    single(headers, VERSION)
}

/// That must be the revision of the body.
pub(super) fn same_version(said: Option<&str>, version: &str) -> Result<(), Fault> {
    same(VERSION, said, version)
}

/// The header must name the method of the body.
pub(super) fn method(headers: &HeaderMap, method: &str) -> Result<(), Fault> {
    same(METHOD, single(headers, METHOD)?, method)
}

/// The header must name the tool, the prompt or the resource of the body.
pub(super) fn name(headers: &HeaderMap, name: &str) -> Result<(), Fault> {
    same(NAME, decoded(headers, NAME)?.as_deref(), name)
}

fn same(header: &str, said: Option<&str>, value: &str) -> Result<(), Fault> {
    match said {
        None => Err(missing(header, value)),
        Some(said) if said == value => Ok(()),
        Some(said) => Err(unlike(header, said, value)),
    }
}

/// The headers must repeat those arguments of a tool that its schema names, and no others of them.
///
/// `arguments` is the JSON text of an object. A value of the wrong type is left to the check of the arguments.
pub(super) fn params(headers: &HeaderMap, mirrored: &[Mirrored], arguments: Option<&str>) -> Result<(), Fault> {
    mirrored.iter().try_for_each(|one| param(headers, one, arguments))
}

fn param(headers: &HeaderMap, mirrored: &Mirrored, arguments: Option<&str>) -> Result<(), Fault> {
    let Mirrored { header, path, kind } = mirrored;
    let said = decoded(headers, header)?;
    let given = match arguments {
        Some(arguments) => find(arguments, path).map_err(|Twice| twice(&path.join(".")))?,
        None => None,
    };
    match (said, given) {
        (None, None) => Ok(()),
        (Some(said), None) => Err(surplus(header, &said, &path.join("."))),
        (_, Some(given)) if given.is_unsafe(*kind) => Err(too_large(header, &given.text)),
        (None, Some(given)) if given.is_a(*kind) => Err(missing(header, &given.text)),
        (None, Some(_)) => Ok(()),
        (Some(said), Some(given)) if given.is(&said, *kind) => Ok(()),
        (Some(said), Some(given)) => Err(unlike(header, &said, &given.text)),
    }
}

/// The text of a header that can be given once only.
fn single<'h>(headers: &'h HeaderMap, header: &str) -> Result<Option<&'h str>, Fault> {
    let mut values = headers.get_all(header).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(mismatch(format!("the header `{header}` is given twice: send it once")));
    }
    let text = std::str::from_utf8(value.as_bytes()).ok().filter(|text| is_visible(text));
    let text = text.ok_or_else(|| {
        mismatch(format!("the header `{header}` holds a character that no header may: send visible ASCII"))
    })?;
    Ok(Some(text.trim_matches(BLANKS)))
}

/// The same for a header that may be Base64. What lacks one of the two marks is what it says.
fn decoded<'h>(headers: &'h HeaderMap, header: &str) -> Result<Option<Cow<'h, str>>, Fault> {
    let Some(text) = single(headers, header)? else { return Ok(None) };
    let Some(base64) = text.strip_prefix(OPEN).and_then(|rest| rest.strip_suffix(CLOSE)) else {
        return Ok(Some(Cow::Borrowed(text)));
    };
    let value = BASE64.decode(base64).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    value.map(|value| Some(Cow::Owned(value))).ok_or_else(|| {
        let text = quoted(text);
        mismatch(format!(
            "the header `{header}` says `{text}`, which is not the Base64 of UTF-8: send `{OPEN}…{CLOSE}`, with padding"
        ))
    })
}

const BLANKS: [char; 2] = [' ', '\t'];

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
}

/// A value as a header says it.
fn encoded(value: &str) -> Cow<'_, str> {
    let is_marked = value.starts_with(OPEN) && value.ends_with(CLOSE);
    if is_visible(value) && value.trim_matches(BLANKS) == value && !is_marked {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(format!("{OPEN}{}{CLOSE}", BASE64.encode(value)))
    }
}

fn mismatch(message: impl Into<String>) -> Fault {
    Fault::new(code::HEADER_MISMATCH, message)
}

fn missing(header: &str, value: &str) -> Fault {
    let value = encoded(value);
    mismatch(format!("the header `{header}` is missing: send `{header}: {}`", quoted(&value)))
}

fn unlike(header: &str, said: &str, value: &str) -> Fault {
    let (said, body, value) = (quoted(said), quoted(value), encoded(value));
    let value = quoted(&value);
    mismatch(format!("the header `{header}` says `{said}`, but the body says `{body}`: send `{header}: {value}`"))
}

fn surplus(header: &str, said: &str, argument: &str) -> Fault {
    let said = quoted(said);
    mismatch(format!("the header `{header}` says `{said}`, but the body has no `{argument}`: leave the header out"))
}

fn too_large(header: &str, value: &str) -> Fault {
    let value = quoted(value);
    mismatch(format!("the header `{header}` cannot say `{value}`: send an integer from -{SAFE} to {SAFE}"))
}

fn twice(argument: &str) -> Fault {
    mismatch(format!("`{argument}`, which a header repeats, is given twice in the body: send it once"))
}

/// The largest integer that every JSON parser reads exactly, 2^53 - 1.
const SAFE: &str = "9007199254740991";
const LEAST_SAFE: &str = "-9007199254740991";

/// A value of the body.
struct Given<'j> {
    /// What a string says, and the JSON of anything else.
    text: Cow<'j, str>,
    is_string: bool,
}

impl<'j> Given<'j> {
    fn read(json: &'j str) -> Option<Self> {
        let text = match json {
            "null" => return None,
            _ if json.starts_with('"') => unquoted(json),
            _ => Cow::Borrowed(json),
        };
        Some(Self { text, is_string: json.starts_with('"') })
    }

    fn into_owned(self) -> Given<'static> {
        Given { text: Cow::Owned(self.text.into_owned()), is_string: self.is_string }
    }

    /// Whether it is a value of this kind, also one that is repaired before it is used: `"3"` for an integer.
    fn is_a(&self, kind: Primitive) -> bool {
        match kind {
            Primitive::Text => self.is_string,
            Primitive::Integer => number(&self.text).is_some_and(Decimal::is_integer),
            Primitive::Boolean => matches!(&*self.text, "true" | "false"),
        }
    }

    fn is_unsafe(&self, kind: Primitive) -> bool {
        let is_beyond = |number: Decimal<'_>| {
            number.compare(Decimal::new(SAFE)) == Ordering::Greater
                || number.compare(Decimal::new(LEAST_SAFE)) == Ordering::Less
        };
        kind == Primitive::Integer && self.is_a(kind) && number(&self.text).is_some_and(is_beyond)
    }

    /// Whether a header says the same. `42.0` and `42` are one integer.
    fn is(&self, said: &str, kind: Primitive) -> bool {
        let is_equal = || Some(number(said)?.compare(number(&self.text)?) == Ordering::Equal);
        said == self.text || (kind == Primitive::Integer && is_equal() == Some(true))
    }
}

fn number(text: &str) -> Option<Decimal<'_>> {
    (number_length(text.as_bytes()) == Some(text.len())).then(|| Decimal::new(text))
}

/// What a JSON string says; one that says nothing in Unicode stays as it is.
fn unquoted(json: &str) -> Cow<'_, str> {
    serde_json::from_str::<&RawValue>(json).ok().and_then(string).unwrap_or(Cow::Borrowed(json))
}

/// A name that one object has two times: two readers might each see another value.
#[derive(Debug)]
struct Twice;

/// The value to which names lead. JSON text in the place of an object is repaired before it is used, so it is read here.
fn find<'j>(json: &'j str, path: &[String]) -> Result<Option<Given<'j>>, Twice> {
    let Some((name, rest)) = path.split_first() else { return Ok(Given::read(json)) };
    if json.starts_with('"') {
        let text = unquoted(json);
        let found = member(&text, name)?.map(|value| find(value, rest)).transpose()?;
        return Ok(found.flatten().map(Given::into_owned));
    }
    match member(json, name)? {
        Some(value) => find(value, rest),
        None => Ok(None),
    }
}

/// The member of an object; none if this is no object.
fn member<'j>(json: &'j str, name: &str) -> Result<Option<&'j str>, Twice> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let members = reader.deserialize_map(Members(name)).and_then(|members| reader.end().map(|()| members));
    match members {
        Ok((_, 2..)) => Err(Twice),
        Ok((value, _)) => Ok(value.map(RawValue::get)),
        Err(_) => Ok(None),
    }
}

/// Finds the last member of a name, and how many there are.
struct Members<'n>(&'n str);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = (Option<&'de RawValue>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut found, mut count) = (None, 0_usize);
        while let Some(is_it) = map.next_key_seed(Is(self.0))? {
            if is_it {
                found = Some(map.next_value()?);
                count = count.saturating_add(1);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok((found, count))
    }
}

/// Compares a key without copying it.
struct Is<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: de::Deserializer<'de>>(self, reader: D) -> Result<bool, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

#[cfg(test)]
mod tests {
    use http::header::{HeaderName, HeaderValue};
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
}
