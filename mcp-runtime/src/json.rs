//! Writes JSON straight into the buffer that goes to the client, and reads it in place.

mod escapes;
#[cfg(feature = "client")]
mod in_order;
mod plain;
#[cfg(feature = "client")]
pub(crate) mod pretty;
pub(crate) mod scan;
mod value;

use serde::Serialize;

pub(crate) use escapes::resolved;
#[cfg(feature = "client")]
pub(crate) use in_order::InOrder;
pub(crate) use value::{Json, Members, members};

/// Appends a value as JSON.
pub(crate) fn write(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    // Our own types serialize, and writing to a `Vec` does not fail.
    serde_json::to_writer(out, value).expect("a message of ours is JSON");
}

/// Appends a text as a JSON string.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    out.reserve(rest.len().saturating_add(2));
    out.push(b'"');
    while let Some((plain, [special, after @ ..])) = rest.split_at_checked(plain::length(rest)) {
        out.extend_from_slice(plain);
        match special {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\r' => out.extend_from_slice(b"\\r"),
            control => {
                let digit = |value: u8| char::from_digit(value.into(), 16).map_or(b'0', |digit| digit as u8);
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[digit(control >> 4), digit(control & 15)]);
            }
        }
        rest = after;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// An object under construction. Names are ours and need no escaping; [`Object::entry`] takes any.
pub(crate) struct Object<'o> {
    out: &'o mut Vec<u8>,
    separator: u8,
}

impl<'o> Object<'o> {
    #[inline]
    pub(crate) fn open(out: &'o mut Vec<u8>) -> Self {
        Self { out, separator: b'{' }
    }

    #[inline]
    pub(crate) fn field(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        write(self.name(name), value);
    }

    /// A field that is text.
    #[inline]
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        write_text(self.name(name), text);
    }

    /// A field that is there only if it has a value.
    #[inline]
    pub(crate) fn some(&mut self, name: &str, value: Option<&(impl Serialize + ?Sized)>) {
        if let Some(value) = value {
            self.field(name, value);
        }
    }

    /// A field whose value is written by somebody else.
    #[inline]
    pub(crate) fn with(&mut self, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
        value(self.name(name));
    }

    /// A field whose value is JSON already.
    #[inline]
    pub(crate) fn raw(&mut self, name: &str, json: &str) {
        self.name(name).extend_from_slice(json.as_bytes());
    }

    /// All members of an object that is JSON already.
    pub(crate) fn members(&mut self, json: &str) {
        let members = json.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
        if !members.trim().is_empty() {
            self.separate();
            self.out.extend_from_slice(members.as_bytes());
        }
    }

    /// A field whose name comes from outside.
    pub(crate) fn entry(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        self.separate();
        write_text(self.out, name);
        self.out.push(b':');
        write(self.out, value);
    }

    pub(crate) fn close(self) {
        if self.separator == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
    }

    #[inline]
    fn name(&mut self, name: &str) -> &mut Vec<u8> {
        self.out.extend_from_slice(&[self.separator, b'"']);
        self.separator = b',';
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    #[inline]
    fn separate(&mut self) {
        self.out.push(self.separator);
        self.separator = b',';
    }
}

/// Appends an array whose members are written by `each`.
pub(crate) fn array<T>(out: &mut Vec<u8>, items: impl IntoIterator<Item = T>, mut each: impl FnMut(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        each(out, item);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_is_read_as_it_was_written(text in r#"(?s)[\x00-\x7f"\\]{0,60}|.{0,60}"#) {
            let mut out = Vec::new();
            write_text(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).ok(), Some(text));
            prop_assert!(out.iter().all(|byte| *byte >= 0x20), "a line end would end the message");
        }
    }
}
