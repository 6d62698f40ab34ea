//! Writes JSON straight into the buffer that goes to the client.

use serde::Serialize;

/// Appends a value as JSON.
pub(crate) fn write(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    // Our own types serialize, and writing to a `Vec` does not fail.
    serde_json::to_writer(out, value).expect("a message of ours is JSON");
}

/// An object under construction. Names are ours and need no escaping; [`Object::entry`] takes any.
pub(crate) struct Object<'o> {
    out: &'o mut Vec<u8>,
    separator: u8,
}

impl<'o> Object<'o> {
    pub(crate) fn open(out: &'o mut Vec<u8>) -> Self {
        Self { out, separator: b'{' }
    }

    pub(crate) fn field(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        write(self.name(name), value);
    }

    /// A field that is there only if it has a value.
    pub(crate) fn some(&mut self, name: &str, value: Option<&(impl Serialize + ?Sized)>) {
        if let Some(value) = value {
            self.field(name, value);
        }
    }

    /// A field whose value is written by somebody else.
    pub(crate) fn with(&mut self, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
        value(self.name(name));
    }

    /// A field whose value is JSON already.
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
        write(self.out, name);
        self.out.push(b':');
        write(self.out, value);
    }

    pub(crate) fn close(self) {
        if self.separator == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
    }

    fn name(&mut self, name: &str) -> &mut Vec<u8> {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

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
