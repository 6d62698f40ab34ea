//! Text that only this server can have written, although a client carried it: signed, not hidden.
//!
//! A sealed text is good for one request of one principal, until it expires. Has no clock, keeps nothing, and reads hostile
//! text like any other. That a text is used only once is for others to see to.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac_sha256::{HKDF, HMAC};

use crate::json;
use crate::json::scan::{self, Cursor, Shape, deeper};

/// How long a sealed text may be unless the server says otherwise, in bytes.
pub(crate) const MOST: usize = 64 * 1024;

/// How many bytes make a key that nobody guesses.
const LEAST_KEY: usize = 32;

/// Keeps keys that are used elsewhere too from signing the same thing twice.
const DOMAIN: &[u8] = b"mcp-runtime sealed text";

/// The layout: this byte, when the text expires, the payload, the signature.
const VERSION: u8 = 3;

/// The keys of a server: the first one seals, all of them open, so that a key can be replaced while its texts are on the way.
pub(crate) struct Keys {
    first: HMAC,
    others: Vec<HMAC>,
    most: usize,
}

/// What a sealed text is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Binding<'b> {
    pub(crate) method: &'b str,
    /// Which tool or prompt, or the URI.
    pub(crate) name: &'b str,
    /// As the client wrote them; empty if there are none. The order of members, blanks and escapes do not matter.
    pub(crate) arguments: &'b str,
    pub(crate) principal: Option<&'b str>,
}

/// Why a text does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Unreadable, too long, changed, of another request, of another principal, or sealed with a key that is not among ours:
    /// one signature covers all that, and does not tell which.
    Forged,
    Expired,
}

/// The sealed text would be longer than it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong {
    pub(crate) length: usize,
    pub(crate) most: usize,
}

impl Keys {
    /// Keys that several instances share, the one that seals first.
    pub(crate) fn given<K: AsRef<[u8]>>(keys: impl IntoIterator<Item = K>) -> Result<Self, String> {
        let mut keys = keys.into_iter().map(|key| long_enough(key.as_ref()).map(signer));
        let first = keys.next().ok_or("no key is given that could seal")??;
        Ok(Self { first, others: keys.collect::<Result<_, _>>()?, most: MOST })
    }

    /// A key that lives as long as the process.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut key = [0; LEAST_KEY];
        getrandom::fill(&mut key)?;
        Ok(Self { first: signer(&key), others: Vec::new(), most: MOST })
    }

    /// Bounds the sealed text.
    pub(crate) fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// Seals a payload, which can be opened as long as the time, in seconds, is not past `expires`.
    pub(crate) fn seal(&self, binding: &Binding<'_>, payload: &[u8], expires: u64) -> Result<String, TooLong> {
        let mut bytes = [&[VERSION], &expires.to_be_bytes()[..], payload].concat();
        let signature = signed(&self.first, &bytes, binding).finalize();
        bytes.extend_from_slice(&signature);
        let text = BASE64.encode(bytes);
        let (length, most) = (text.len(), self.most);
        if length > most { Err(TooLong { length, most }) } else { Ok(text) }
    }

    /// The payload of a text that was sealed for this request of this principal.
    pub(crate) fn open(&self, binding: &Binding<'_>, text: &str, now: u64) -> Result<Vec<u8>, Broken> {
        let bytes = self.decode(text).ok_or(Broken::Forged)?;
        let sealed = Sealed::read(&bytes).ok_or(Broken::Forged)?;
        if !self.all().any(|key| signed(key, sealed.body, binding).finalize_verify(sealed.signature)) {
            return Err(Broken::Forged);
        }
        if now > sealed.expires { Err(Broken::Expired) } else { Ok(sealed.payload.to_vec()) }
    }

    fn decode(&self, text: &str) -> Option<Vec<u8>> {
        if text.len() > self.most { None } else { BASE64.decode(text).ok() }
    }

    fn all(&self) -> impl Iterator<Item = &HMAC> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

fn long_enough(key: &[u8]) -> Result<&[u8], String> {
    match key.len() {
        LEAST_KEY.. => Ok(key),
        length => Err(format!("a key that seals needs at least {LEAST_KEY} random bytes, and this one has {length}")),
    }
}

/// HMAC itself takes a key and the same key with zeros behind it for one; the derived key has a length of its own.
fn signer(key: &[u8]) -> HMAC {
    HMAC::new(HKDF::extract(DOMAIN, key))
}

/// Without the keys.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("count", &self.all().count()).field("most", &self.most).finish()
    }
}

impl Broken {
    /// What the client is told. Who presents a text of somebody else learns not even that it has expired.
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Forged => {
                "`requestState` was issued for another request, or with another key (each process has its own unless \
                 `Server::request_state_key` gives one): send the request without it to begin again"
            }
            Self::Expired => "`requestState` has expired: send the request without it to begin again",
        }
    }
}

/// What the server logs.
impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forged => "the sealed text is not one of ours for this request of this principal",
            Self::Expired => "the sealed text has expired",
        })
    }
}

/// The parts of a sealed text.
struct Sealed<'s> {
    /// All but the signature.
    body: &'s [u8],
    expires: u64,
    payload: &'s [u8],
    signature: &'s [u8; 32],
}

impl<'s> Sealed<'s> {
    fn read(bytes: &'s [u8]) -> Option<Self> {
        let (body, signature) = bytes.split_last_chunk()?;
        let (expires, payload) = body.strip_prefix(&[VERSION])?.split_first_chunk()?;
        Some(Self { body, expires: u64::from_be_bytes(*expires), payload, signature })
    }
}

/// Covers what the server wrote, the request, and who asks: each part after its kind and its length, so that nothing moves from
/// one part to the next. The comparison takes as long for any signature.
fn signed(key: &HMAC, body: &[u8], binding: &Binding<'_>) -> HMAC {
    let Binding { method, name, arguments, principal } = *binding;
    let canonical = canonical(arguments);
    let arguments = match &canonical {
        Ok(json) => (b'j', &**json),
        Err(_) => (b't', arguments.as_bytes()),
    };
    let principal = principal.map(|name| (b'p', name.as_bytes()));
    let parts = [(b'b', body), (b'm', method.as_bytes()), (b'n', name.as_bytes()), arguments];
    let mut mac = key.clone();
    for (kind, part) in parts.into_iter().chain(principal) {
        mac.update([kind]);
        mac.update((part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

/// One text for all that say the same: no blanks, no needless escapes, members sorted by name, numbers digit for digit, and a
/// comma after each item.
fn canonical(text: &str) -> Result<Vec<u8>, scan::Broken> {
    let mut cursor = Cursor::new(text);
    let mut out = Vec::with_capacity(text.len());
    value(&mut cursor, 0, &mut out)?;
    cursor.finish()?;
    Ok(out)
}

fn value(cursor: &mut Cursor<'_>, depth: usize, out: &mut Vec<u8>) -> Result<(), scan::Broken> {
    match cursor.shape()? {
        Shape::Null | Shape::Bool => out.extend_from_slice(cursor.word()?.as_bytes()),
        Shape::Number => out.extend_from_slice(cursor.number()?.as_bytes()),
        Shape::String => json::write(out, &cursor.string()?.text()?),
        Shape::Array => array(cursor, deeper(depth)?, out)?,
        Shape::Object => object(cursor, deeper(depth)?, out)?,
    }
    Ok(())
}

fn array(cursor: &mut Cursor<'_>, depth: usize, out: &mut Vec<u8>) -> Result<(), scan::Broken> {
    out.push(b'[');
    cursor.array(|_, item| {
        value(item, depth, out)?;
        out.push(b',');
        Ok::<_, scan::Broken>(())
    })?;
    out.push(b']');
    Ok(())
}

/// A name that is given twice stays twice, in its order: which one counts is not decided here.
fn object(cursor: &mut Cursor<'_>, depth: usize, out: &mut Vec<u8>) -> Result<(), scan::Broken> {
    let mut values = Vec::new();
    let mut members: Vec<(Cow<'_, str>, _)> = Vec::new();
    cursor.object(|name, member| {
        let start = values.len();
        value(member, depth, &mut values)?;
        members.push((name.text()?, start..values.len()));
        Ok::<_, scan::Broken>(())
    })?;
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    out.push(b'{');
    for (name, place) in members {
        json::write(out, &name);
        out.push(b':');
        out.extend_from_slice(values.get(place).unwrap_or_default());
        out.push(b',');
    }
    out.push(b'}');
    Ok(())
}

#[cfg(test)]
mod tests;
