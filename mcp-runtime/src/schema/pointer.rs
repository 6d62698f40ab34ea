//! Reads and writes JSON pointers in URI fragments.

use std::borrow::Cow;
use std::fmt;

/// A fragment without its percent-encoding.
pub(crate) fn decoded(fragment: &str) -> Option<Cow<'_, str>> {
    if !fragment.contains('%') {
        return Some(fragment.into());
    }
    let mut bytes = fragment.bytes();
    let mut plain = Vec::with_capacity(fragment.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            plain.push(byte);
            continue;
        }
        let digits = [bytes.next()?, bytes.next()?];
        plain.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(plain).ok().map(Cow::Owned)
}

/// A place in a schema, which is written down only where something is wrong.
#[derive(Clone, Copy)]
pub(crate) enum Pointer<'p> {
    /// `#`, or what a reference names.
    At(&'p str),
    Name(&'p Pointer<'p>, &'p str),
    Index(&'p Pointer<'p>, usize),
}

impl fmt::Display for Pointer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(place) => f.write_str(place),
            Self::Name(above, name) => write!(f, "{above}/{}", escaped(name)),
            Self::Index(above, index) => write!(f, "{above}/{index}"),
        }
    }
}

/// A name as one step of a pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
