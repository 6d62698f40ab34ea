//! The headers in which a modern request repeats what its body says (2026-07-28), so that those who stand between client and
//! server can route it unread. Both must say the same: else one is served and another was let through. Does no I/O.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::json::Json;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{HeaderMap, HeaderName};

use super::head::Single;
use crate::json::scan::{Broken, Cursor, number_length};
use crate::jsonrpc::{Fault, code};
use crate::protocol::quoted;
use crate::schema::{Decimal, Mirrored, Primitive};

const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// What stands around the Base64 of a value that cannot be in a header as it is.
const OPEN: &str = "=?base64?";
const CLOSE: &str = "?=";

/// The headers of MCP itself, found in one pass.
#[derive(Debug, Default)]
pub(super) struct Said<'h> {
    pub(super) session: Single<'h>,
    version: Single<'h>,
    method: Single<'h>,
    name: Single<'h>,
}

impl<'h> Said<'h> {
    pub(super) fn read(headers: &'h HeaderMap) -> Self {
        let mut said = Self::default();
        for (name, value) in headers {
            match name {
                name if *name == VERSION => said.version.add(value),
                name if *name == SESSION_ID => said.session.add(value),
                name if *name == METHOD => said.method.add(value),
                name if *name == NAME => said.name.add(value),
                _ => {}
            }
        }
        said
    }

    /// Whether it says anything about a session.
    pub(super) fn names_session(&self) -> bool {
        !matches!(self.session, Single::Absent)
    }

    /// The revision of which the request says that it is.
    pub(super) fn version(&self) -> Result<Option<&'h str>, Fault> {
        text("MCP-Protocol-Version", self.version)
    }

    /// The header must name the method of the body.
    pub(super) fn method(&self, method: &str) -> Result<(), Fault> {
        same("Mcp-Method", text("Mcp-Method", self.method)?, method)
    }

    /// The header must name the tool, the prompt, the resource or the task of the body.
    pub(super) fn name(&self, name: &str) -> Result<(), Fault> {
        same("Mcp-Name", decoded("Mcp-Name", self.name)?.as_deref(), name)
    }
}

/// The revision in the header must be that of the body.
pub(super) fn same_version(said: Option<&str>, version: &str) -> Result<(), Fault> {
    same("MCP-Protocol-Version", said, version)
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
    let said = decoded(header, single(headers, header))?;
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

fn single<'h>(headers: &'h HeaderMap, header: &str) -> Single<'h> {
    let mut single = Single::Absent;
    headers.get_all(header).iter().for_each(|value| single.add(value));
    single
}

/// The text of a header that can be given once only.
fn text<'h>(header: &str, value: Single<'h>) -> Result<Option<&'h str>, Fault> {
    let value = match value {
        Single::Absent => return Ok(None),
        Single::Given(value) => value,
        Single::Twice => return Err(mismatch(format!("the header `{header}` is given twice: send it once"))),
    };
    let text = value.to_str().map_err(|_| {
        mismatch(format!("the header `{header}` holds a character that no header may: send visible ASCII"))
    })?;
    Ok(Some(text.trim_matches(BLANKS)))
}

/// The same for a header that may be Base64. What lacks one of the two marks is what it says.
fn decoded<'h>(header: &str, value: Single<'h>) -> Result<Option<Cow<'h, str>>, Fault> {
    let Some(text) = text(header, value)? else { return Ok(None) };
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
    Json::of(json).and_then(Json::string).unwrap_or(Cow::Borrowed(json))
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
    let (mut found, mut count) = (None, 0_usize);
    let mut at = Cursor::new(json);
    let members = at.object(|key, value| {
        let value = value.skip(1)?;
        if key.text()? == name {
            found = Some(value);
            count = count.saturating_add(1);
        }
        Ok::<_, Broken>(())
    });
    match (members.and_then(|()| at.finish()), count) {
        (Err(_), _) => Ok(None),
        (Ok(()), 2..) => Err(Twice),
        (Ok(()), _) => Ok(found),
    }
}

#[cfg(test)]
mod tests;
