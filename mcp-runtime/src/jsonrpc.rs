//! JSON-RPC 2.0 as bytes: reads envelopes, writes answers. Knows no method and no revision.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::json::{self, Object};

/// The codes that errors carry on the wire.
pub(crate) mod code {
    /// The bytes are not JSON.
    pub(crate) const PARSE_ERROR: i32 = -32700;
    /// JSON, but not a request.
    pub(crate) const INVALID_REQUEST: i32 = -32600;
    /// There is no such method here.
    pub(crate) const METHOD_NOT_FOUND: i32 = -32601;
    /// The method does not take these parameters.
    pub(crate) const INVALID_PARAMS: i32 = -32602;
    /// The server is at fault.
    pub(crate) const INTERNAL_ERROR: i32 = -32603;
    /// No such resource, before 2026-07-28 (there it is `INVALID_PARAMS`).
    pub(crate) const RESOURCE_NOT_FOUND: i32 = -32002;
    /// A header of the request is missing, or unlike its body (2026-07-28).
    #[cfg(feature = "http")]
    pub(crate) const HEADER_MISMATCH: i32 = -32020;
    /// The function needs something of the client that it does not offer (2026-07-28).
    pub(crate) const MISSING_CLIENT_CAPABILITY: i32 = -32021;
    /// The server does not speak the revision of the request (2026-07-28).
    pub(crate) const UNSUPPORTED_PROTOCOL_VERSION: i32 = -32022;
}

/// How deeply arrays and objects of one message may be nested.
pub(crate) const DEPTH: usize = 128;

/// How many bytes an id may have.
const ID_LENGTH: usize = 1024;

/// The id of a request, kept as the JSON text that the answer repeats.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RequestId(Box<str>);

impl RequestId {
    /// Strings and integers are ids; anything else is not one.
    pub(crate) fn read(raw: &RawValue) -> Option<Self> {
        let text = raw.get();
        if text.starts_with('"') {
            return Self::string(text);
        }
        // `1.0` is an integer too, and the same one as `1`.
        let whole = text.split_once('.').map_or(text, |(whole, rest)| if is_zeros(rest) { whole } else { "" });
        let digits = whole.strip_prefix('-').unwrap_or(whole);
        let integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        integer.then(|| Self(whole.into()))
    }

    /// Two spellings of one string (`"a"`, `"\u0061"`) are one id.
    fn string(text: &str) -> Option<Self> {
        let value: Cow<'_, str> = serde_json::from_str::<Text<'_>>(text).ok()?.0;
        if text.contains('\\') {
            Some(Self(serde_json::to_string(&value).ok()?.into()))
        } else {
            Some(Self(text.into()))
        }
    }

    /// The id 0.
    pub(crate) fn for_test() -> Self {
        Self("0".into())
    }

    /// The id as JSON.
    pub(crate) fn as_json(&self) -> &str {
        &self.0
    }

    fn is_too_long(&self) -> bool {
        self.0.len() > ID_LENGTH
    }
}

fn is_zeros(digits: &str) -> bool {
    !digits.is_empty() && digits.bytes().all(|byte| byte == b'0')
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One message from a client.
#[derive(Debug)]
pub(crate) enum Message<'a> {
    /// It wants exactly one answer.
    Request { id: RequestId, method: Cow<'a, str>, params: Option<&'a RawValue> },
    /// It wants none.
    Notification { method: Cow<'a, str>, params: Option<&'a RawValue> },
    /// An answer to something that the server asked, if its id can be read. It is never answered itself.
    Response { id: Option<RequestId>, answer: Result<&'a RawValue, &'a RawValue> },
}

/// A message that cannot be taken: the error, and the id if it could be read.
#[derive(Debug)]
pub(crate) struct Rejected {
    pub(crate) id: Option<RequestId>,
    pub(crate) fault: Fault,
}

/// An error on its way to the wire.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fault {
    /// One of [`code`].
    pub(crate) code: i32,
    /// What is the case, in one sentence.
    pub(crate) message: String,
    /// What a program can act on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<Value>,
}

impl Fault {
    pub(crate) fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    pub(crate) fn with_data(self, data: Value) -> Self {
        Self { data: Some(data), ..self }
    }

    pub(crate) fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(code::INVALID_REQUEST, message)
    }

    pub(crate) fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(code::INVALID_PARAMS, message)
    }

    pub(crate) fn internal() -> Self {
        Self::new(code::INTERNAL_ERROR, "internal error")
    }
}

/// Some editors and shells put a mark before the first byte.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// The text of one transmission: UTF-8, and nested no deeper than [`DEPTH`].
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Rejected> {
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable("the message is not UTF-8"))?;
    if is_too_deep(bytes) {
        Err(unreadable(format!("the message is nested deeper than {DEPTH} levels")))
    } else {
        Ok(text)
    }
}

fn unreadable(message: impl Into<String>) -> Rejected {
    Rejected { id: None, fault: Fault::new(code::PARSE_ERROR, message) }
}

/// Counts before it looks closely: few messages open more than [`DEPTH`] brackets at all.
fn is_too_deep(bytes: &[u8]) -> bool {
    let opened = bytes.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    opened > DEPTH && nesting(bytes) > DEPTH
}

fn nesting(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut quoted, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Whether a transmission is a batch.
pub(crate) fn is_batch(text: &str) -> bool {
    text.trim_start().starts_with('[')
}

/// The members of a batch, each still text: at least one, and `most` at most.
pub(crate) fn batch(text: &str, most: usize) -> Result<Vec<&RawValue>, Rejected> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let members = de::Deserializer::deserialize_seq(&mut reader, Members(most.saturating_add(1)));
    let members = members.and_then(|members| reader.end().map(|()| members));
    let members = members.map_err(|error| unreadable(syntax(&error)))?;
    let refuse = |message: String| Err(Rejected { id: None, fault: Fault::invalid_request(message) });
    match members.len() {
        0 => refuse("the batch is empty".into()),
        length if length > most => refuse(format!("the batch has more than {most} messages")),
        _ => Ok(members),
    }
}

/// Keeps the first so many members of an array.
struct Members(usize);

impl<'de> Visitor<'de> for Members {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while members.len() < self.0
            && let Some(member) = sequence.next_element()?
        {
            members.push(member);
        }
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(members)
    }
}

/// Reads one envelope.
pub(crate) fn read(text: &str) -> Result<Message<'_>, Rejected> {
    let [jsonrpc, id, method, params, result, error] = envelope(text)?;
    let given = id.is_some();
    let id = id.and_then(RequestId::read);
    match (method, result, error) {
        (None, Some(result), None) => return Ok(Message::Response { id, answer: Ok(result) }),
        (None, _, Some(error)) => return Ok(Message::Response { id, answer: Err(error) }),
        (Some(_), _, _) | (None, None, None) => {}
    }
    let reject = |id: Option<RequestId>, message: &str| Err(Rejected { id, fault: Fault::invalid_request(message) });
    if jsonrpc.and_then(string).as_deref() != Some("2.0") {
        return reject(id, "`jsonrpc` must be \"2.0\"");
    }
    if id.as_ref().is_some_and(RequestId::is_too_long) {
        return reject(id, "`id` is longer than 1024 bytes");
    }
    let Some(method) = method.and_then(string) else {
        return reject(id, "`method` must be a string");
    };
    let params = params.filter(|raw| raw.get() != "null");
    let is_object = params.is_none_or(|raw| raw.get().starts_with('{'));
    match id {
        // Whatever is wrong with a notification, it is not answered.
        None if !given => Ok(Message::Notification { method, params: params.filter(|_| is_object) }),
        None => reject(None, "`id` must be a string or an integer"),
        Some(_) if !is_object => reject(id, "`params` must be an object"),
        Some(id) => Ok(Message::Request { id, method, params }),
    }
}

fn envelope(text: &str) -> Result<[Option<&RawValue>; 6], Rejected> {
    let names = ["jsonrpc", "id", "method", "params", "result", "error"];
    match fields(text, names) {
        Ok(Fields { values, twice: None }) => Ok(values),
        Ok(Fields { values: [_, id, ..], twice: Some(name) }) => {
            let id = id.filter(|_| name != "id").and_then(RequestId::read);
            Err(Rejected { id, fault: Fault::invalid_request(format!("`{name}` is given twice")) })
        }
        Err(error) if error.classify() == Category::Data => {
            Err(Rejected { id: None, fault: Fault::invalid_request("a message must be a JSON object") })
        }
        Err(error) => Err(unreadable(syntax(&error))),
    }
}

/// serde_json's own words, which quote nothing of the input.
fn syntax(error: &serde_json::Error) -> String {
    format!("the message is not JSON: {error}")
}

/// The text of a JSON string, if this is one. Borrowed unless it holds escapes.
pub(crate) fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(raw.get()).ok().map(|text| text.0)
}

/// The chosen members of an object; all others are skipped.
pub(crate) struct Fields<'a, const N: usize> {
    pub(crate) values: [Option<&'a RawValue>; N],
    /// A chosen member that is given more than once: two readers might each see another value.
    pub(crate) twice: Option<&'static str>,
}

/// Reads the chosen members of an object in one pass, without copying them.
pub(crate) fn fields<'a, const N: usize>(text: &'a str, names: [&'static str; N]) -> serde_json::Result<Fields<'a, N>> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let fields = de::Deserializer::deserialize_map(&mut reader, Chosen(names))?;
    reader.end()?;
    Ok(fields)
}

struct Chosen<const N: usize>([&'static str; N]);

impl<'de, const N: usize> Visitor<'de> for Chosen<N> {
    type Value = Fields<'de, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Fields { values: [None; N], twice: None };
        while let Some(place) = map.next_key_seed(Place(&self.0))? {
            let slot = place.and_then(|at| Some((fields.values.get_mut(at)?, self.0.get(at)?)));
            match slot {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some((slot, name)) => {
                    if slot.replace(map.next_value()?).is_some() {
                        fields.twice = Some(name);
                    }
                }
            }
        }
        Ok(fields)
    }
}

/// Finds a key among names without copying it.
pub(crate) struct Place<'n>(pub(crate) &'n [&'static str]);

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Option<usize>;

    fn deserialize<D: de::Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for Place<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|name| *name == key))
    }
}

/// A string that is borrowed where it can be (serde's own `Cow` always copies).
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: de::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

/// Room for a message of the server, so that a short one is allocated once.
const SHORT: usize = 128;

/// A notification whose parameters are what `write` adds.
pub(crate) fn notification(method: &str, write: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(SHORT);
    let mut message = Object::open(&mut out);
    message.raw("jsonrpc", "\"2.0\"");
    message.field("method", method);
    message.with("params", |out| {
        let mut params = Object::open(out);
        write(&mut params);
        params.close();
    });
    message.close();
    out
}

/// A request of the server.
pub(crate) fn request(id: u64, method: &str, params: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(SHORT);
    let mut message = Object::open(&mut out);
    message.raw("jsonrpc", "\"2.0\"");
    message.field("id", &id);
    message.field("method", method);
    message.field("params", params);
    message.close();
    out
}

/// Writes an answer around a result that `write` appends as JSON.
pub(crate) fn write_result(out: &mut Vec<u8>, id: &RequestId, write: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
    out.extend_from_slice(id.as_json().as_bytes());
    out.extend_from_slice(b",\"result\":");
    write(out);
    out.push(b'}');
}

/// Which form an error takes that answers no readable id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoId {
    /// `"id": null`, as JSON-RPC has it and revisions before 2025-11-25.
    Null,
    /// No `id` at all: the schema forbids null from 2025-11-25 on.
    Absent,
}

/// Writes an error.
pub(crate) fn write_fault(out: &mut Vec<u8>, id: Option<&RequestId>, no_id: NoId, fault: &Fault) {
    out.extend_from_slice(b"{\"jsonrpc\":\"2.0\"");
    match (id, no_id) {
        (Some(id), _) => {
            out.extend_from_slice(b",\"id\":");
            out.extend_from_slice(id.as_json().as_bytes());
        }
        (None, NoId::Null) => out.extend_from_slice(b",\"id\":null"),
        (None, NoId::Absent) => {}
    }
    out.extend_from_slice(b",\"error\":");
    json::write(out, fault);
    out.push(b'}');
}
