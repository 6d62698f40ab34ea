//! JSON-RPC 2.0 as bytes: reads envelopes, writes answers. Knows no method and no revision.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::json::scan::{Broken, Cursor, DEPTH, Shape};
use crate::json::{self, Json, Object};
use crate::limit::Limit;
use crate::params::Params;

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

/// How many bytes an id may have, and a token of progress.
pub(crate) const ID_LENGTH: usize = 1024;

/// The id of a request, kept as the JSON text that the answer repeats.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RequestId(Arc<str>);

impl RequestId {
    /// Strings and integers are ids; anything else is not one.
    pub(crate) fn read(json: Json<'_>) -> Option<Self> {
        let text = json.get();
        if text.starts_with('"') {
            return Self::string(json);
        }
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
        let (_, rest) = unsigned.split_at_checked(digits).filter(|_| digits > 0)?;
        // `1.0` is an integer too, and the same one as `1`.
        let is_whole = rest.is_empty() || rest.strip_prefix('.').is_some_and(is_zeros);
        text.strip_suffix(rest).filter(|_| is_whole).map(|whole| Self(whole.into()))
    }

    /// Two spellings of one string (`"a"`, `"\u0061"`) are one id.
    fn string(json: Json<'_>) -> Option<Self> {
        Some(match json.string()? {
            Cow::Borrowed(_) => Self(json.get().into()),
            Cow::Owned(value) => Self(serde_json::to_string(&value).ok()?.into()),
        })
    }

    /// The id 0.
    pub(crate) fn for_test() -> Self {
        Self("0".into())
    }

    /// The id as JSON.
    pub(crate) fn as_json(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_too_long(&self) -> bool {
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
    Request { id: RequestId, method: Cow<'a, str>, params: Params<'a> },
    /// It wants none. There are no parameters if they are no object.
    Notification { method: Cow<'a, str>, params: Params<'a> },
    /// An answer to something that the server asked, if its id can be read. It is never answered itself.
    Response { id: Option<RequestId>, answer: Result<Json<'a>, Json<'a>> },
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

    /// A limit is reached for now.
    pub(crate) fn busy(limit: Limit, most: usize) -> Self {
        Self::new(code::INTERNAL_ERROR, format!("the server is busy: {}; try again later", limit.refuses(most)))
    }

    pub(crate) fn internal() -> Self {
        Self::new(code::INTERNAL_ERROR, "internal error")
    }
}

/// Some editors and shells put a mark before the first byte.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// The text of one transmission.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Rejected> {
    std::str::from_utf8(bytes).map_err(|_| unreadable("the message is not UTF-8"))
}

fn unreadable(message: impl Into<String>) -> Rejected {
    Rejected { id: None, fault: Fault::new(code::PARSE_ERROR, message) }
}

/// A message is nested more than `most` levels deep. Who asked something, and said so before, is to hear of it.
fn too_deep(text: &str, most: usize) -> Rejected {
    let message = Limit::Depth.refuses(most);
    match asked(text, most) {
        Some(id) => Rejected { id: Some(id), fault: Fault::invalid_request(message) },
        None => unreadable(message),
    }
}

/// The id of a message whose id and method come before anything that is nested too deeply: it is a request.
fn asked(text: &str, most: usize) -> Option<RequestId> {
    let (mut ids, mut methods) = (Vec::new(), 0_usize);
    let below = DEPTH.saturating_sub(most).saturating_add(1);
    let _ = Cursor::new(text).object(|name, value| {
        let (name, value) = (name.text()?, Json::read(value, below)?);
        match &*name {
            "id" => ids.push(value),
            "method" => methods = methods.saturating_add(1),
            _ => {}
        }
        Ok::<_, Broken>(())
    });
    match *ids {
        [id] if methods > 0 => RequestId::read(id),
        _ => None,
    }
}

/// Why a text cannot be read: in serde_json's own words, which quote nothing of it.
fn broken(text: &str, broken: Broken) -> Rejected {
    match (broken, serde_json::from_str::<IgnoredAny>(text)) {
        (Broken::Depth, _) => too_deep(text, DEPTH),
        (Broken::Syntax | Broken::Unicode, Err(error)) => unreadable(format!("the message is not JSON: {error}")),
        (Broken::Syntax | Broken::Unicode, Ok(_)) => unreadable("the message has a name that is not valid Unicode"),
    }
}

/// Whether a transmission is a batch.
pub(crate) fn is_batch(text: &str) -> bool {
    text.trim_start().starts_with('[')
}

/// The members of a batch, each still text: at least one, and `most` at most. One that is nested too deeply is refused when it
/// is read, like others that are no messages.
pub(crate) fn batch(text: &str, most: usize) -> Result<Vec<Json<'_>>, Rejected> {
    let mut members = Vec::new();
    let mut at = Cursor::new(text);
    let length = at.array(|index, member| {
        let member = Json::read_or_leap(member)?;
        if index < most {
            members.push(member);
        }
        Ok(())
    });
    let length = length.and_then(|length| at.finish().map(|()| length)).map_err(|why| broken(text, why))?;
    let refuse = |message: String| Err(Rejected { id: None, fault: Fault::invalid_request(message) });
    match length {
        0 => refuse("the batch is empty".into()),
        length if length > most => refuse(Limit::BatchLength.refuses(most)),
        _ => Ok(members),
    }
}

/// Reads one envelope, which is nested no deeper than `most`, if that is less than whoever reads it allows anyway.
pub(crate) fn read(text: &str, most: usize) -> Result<Message<'_>, Rejected> {
    if let Some(depth @ 1..) = DEPTH.checked_sub(most)
        && Cursor::new(text).skip(depth) == Err(Broken::Depth)
    {
        return Err(too_deep(text, most));
    }
    let mut envelope = Envelope::default();
    envelope.read(text)?;
    let Envelope { jsonrpc, id, method, params, is_object, result, error, twice } = envelope;
    let given = id.is_some();
    let id = id.filter(|_| twice != Some("id")).and_then(RequestId::read);
    let reject = |id: Option<RequestId>, message: &str| Err(Rejected { id, fault: Fault::invalid_request(message) });
    if let Some(name) = twice {
        return reject(id, &format!("`{name}` is given twice"));
    }
    match (method, result, error) {
        (None, Some(result), None) => return Ok(Message::Response { id, answer: Ok(result) }),
        (None, _, Some(error)) => return Ok(Message::Response { id, answer: Err(error) }),
        (Some(_), _, _) | (None, None, None) => {}
    }
    if jsonrpc.and_then(Json::string).as_deref() != Some("2.0") {
        return reject(id, "`jsonrpc` must be \"2.0\"");
    }
    if id.as_ref().is_some_and(RequestId::is_too_long) {
        return reject(id, &format!("`id` is longer than {ID_LENGTH} bytes"));
    }
    let Some(method) = method.and_then(Json::string) else {
        return reject(id, "`method` must be a string");
    };
    match id {
        // Whatever is wrong with a notification, it is not answered.
        None if !given => Ok(Message::Notification { method, params }),
        None => reject(None, "`id` must be a string or an integer"),
        Some(_) if is_object == Some(false) => reject(id, "`params` must be an object"),
        Some(id) => Ok(Message::Request { id, method, params }),
    }
}

/// The members that a message may have.
#[derive(Default)]
struct Envelope<'a> {
    jsonrpc: Option<Json<'a>>,
    id: Option<Json<'a>>,
    method: Option<Json<'a>>,
    params: Params<'a>,
    /// Whether the parameters are an object, if there are any. `null` is as good as none.
    is_object: Option<bool>,
    result: Option<Json<'a>>,
    error: Option<Json<'a>>,
    /// One that is given more than once: two readers might each see another value.
    twice: Option<&'static str>,
}

impl<'a> Envelope<'a> {
    fn read(&mut self, text: &'a str) -> Result<(), Rejected> {
        let mut at = Cursor::new(text);
        let is_object = at.shape() == Ok(Shape::Object);
        let read = if is_object { self.members(&mut at) } else { at.skip(0).map(drop) };
        read.and_then(|()| at.finish()).map_err(|why| broken(text, why))?;
        if is_object {
            return Ok(());
        }
        Err(Rejected { id: None, fault: Fault::invalid_request("a message must be a JSON object") })
    }

    fn members(&mut self, at: &mut Cursor<'a>) -> Result<(), Broken> {
        let mut has_params = false;
        at.object(|name, value| {
            let (slot, name) = match &*name.text()? {
                "jsonrpc" => (&mut self.jsonrpc, "jsonrpc"),
                "id" => (&mut self.id, "id"),
                "method" => (&mut self.method, "method"),
                "params" => {
                    if std::mem::replace(&mut has_params, true) {
                        self.twice = Some("params");
                    }
                    return self.params(value);
                }
                "result" => (&mut self.result, "result"),
                "error" => (&mut self.error, "error"),
                _ => return value.skip(1).map(drop),
            };
            if slot.replace(Json::read(value, 1)?).is_some() {
                self.twice = Some(name);
            }
            Ok(())
        })
    }

    fn params(&mut self, value: &mut Cursor<'a>) -> Result<(), Broken> {
        match value.shape()? {
            Shape::Object => {
                self.is_object = Some(true);
                self.params.read(value)
            }
            Shape::Null => value.word().map(drop),
            Shape::Bool | Shape::Number | Shape::String | Shape::Array => {
                self.is_object = Some(false);
                value.skip(1).map(drop)
            }
        }
    }
}

/// Room for a message of the server, so that a short one is allocated once.
const SHORT: usize = 128;

/// A notification whose parameters are what `write` adds.
pub(crate) fn notification(method: &str, write: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut params = Vec::with_capacity(SHORT);
    let mut object = Object::open(&mut params);
    write(&mut object);
    object.close();
    about(method, &params)
}

/// Apart from what is compiled anew for each `write`.
fn about(method: &str, params: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(params.len().saturating_add(SHORT));
    let mut message = Object::open(&mut out);
    message.raw("jsonrpc", "\"2.0\"");
    message.text("method", method);
    message.with("params", |out| out.extend_from_slice(params));
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
    open_result(out, id);
    write(out);
    out.extend_from_slice(CLOSE_RESULT);
}

/// What comes before a result.
pub(crate) fn open_result(out: &mut Vec<u8>, id: &RequestId) {
    out.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
    out.extend_from_slice(id.as_json().as_bytes());
    out.extend_from_slice(b",\"result\":");
}

/// What comes behind a result.
pub(crate) const CLOSE_RESULT: &[u8] = b"}";

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
