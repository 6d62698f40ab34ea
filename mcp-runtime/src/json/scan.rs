//! Walks over JSON text in place: borrows what it reads and builds no values.
//!
//! A `Cursor` is a text and a place in it, and `Copy`, so that a subtree can be read again from a remembered place, and numbers
//! keep every digit that the client wrote. It is as strict as JSON is, and never trusts that somebody looked at the text before.

use std::borrow::Cow;

use super::{escapes, plain};

/// How deeply lists and objects may be nested, like serde_json's own limit.
pub(crate) const DEPTH: usize = 128;

/// Why the text cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    Syntax,
    Depth,
    Unicode,
}

/// What a value begins like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// A place in a JSON text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'j> {
    text: &'j str,
    at: usize,
}

/// A string as it stands in the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quoted<'j> {
    source: &'j str,
    escaped: bool,
}

impl<'j> Quoted<'j> {
    /// The string with its quotes.
    pub(crate) fn source(self) -> &'j str {
        self.source
    }

    /// What the string says; a copy only if it has escapes.
    #[inline(always)]
    pub(crate) fn text(self) -> Result<Cow<'j, str>, Broken> {
        match unquoted(self.source) {
            Some(text) if !self.escaped => Ok(Cow::Borrowed(text)),
            Some(_) | None => self.unescaped().map(Cow::Owned),
        }
    }

    #[inline(never)]
    fn unescaped(self) -> Result<String, Broken> {
        unquoted(self.source).ok_or(Broken::Syntax).and_then(escapes::resolved)
    }

    /// Whether it says what stands there.
    pub(crate) fn is_plain(self) -> bool {
        !self.escaped
    }
}

/// What stands between quotes.
#[inline]
pub(crate) fn unquoted(source: &str) -> Option<&str> {
    source.get(1..source.len().checked_sub(1)?)
}

impl<'j> Cursor<'j> {
    pub(crate) fn new(text: &'j str) -> Self {
        let mut start = Self { text, at: 0 };
        start.blanks();
        start
    }

    /// The text from here to `end`.
    pub(crate) fn until(self, end: Self) -> &'j str {
        self.text.get(self.at..end.at).unwrap_or_default()
    }

    /// How many bytes lie between here and `end`.
    pub(crate) fn distance(self, end: Self) -> usize {
        end.at.saturating_sub(self.at)
    }

    pub(crate) fn is_at_end(self) -> bool {
        self.at >= self.text.len()
    }

    pub(crate) fn shape(self) -> Result<Shape, Broken> {
        match self.peek() {
            Some(b'n') => Ok(Shape::Null),
            Some(b't' | b'f') => Ok(Shape::Bool),
            Some(b'"') => Ok(Shape::String),
            Some(b'[') => Ok(Shape::Array),
            Some(b'{') => Ok(Shape::Object),
            Some(b'-' | b'0'..=b'9') => Ok(Shape::Number),
            Some(_) | None => Err(Broken::Syntax),
        }
    }

    /// Reads `null`, `true` or `false`.
    pub(crate) fn word(&mut self) -> Result<&'j str, Broken> {
        let rest = self.rest();
        let length = ["null", "true", "false"].into_iter().find(|word| rest.starts_with(word.as_bytes()));
        self.take_text(length.ok_or(Broken::Syntax)?.len())
    }

    pub(crate) fn number(&mut self) -> Result<&'j str, Broken> {
        let length = number_length(self.rest()).ok_or(Broken::Syntax)?;
        self.take_text(length)
    }

    #[inline]
    pub(crate) fn string(&mut self) -> Result<Quoted<'j>, Broken> {
        let [b'"', inner @ ..] = self.rest() else { return Err(Broken::Syntax) };
        let plain = plain::length(inner);
        if inner.get(plain) == Some(&b'"') {
            return Ok(Quoted { source: self.take_text(plain.saturating_add(2))?, escaped: false });
        }
        self.escaped()
    }

    #[inline(never)]
    fn escaped(&mut self) -> Result<Quoted<'j>, Broken> {
        let length = escaped_length(self.rest())?;
        Ok(Quoted { source: self.take_text(length)?, escaped: true })
    }

    /// Calls `item` with its index at every item of the list that begins here.
    pub(crate) fn array<E: From<Broken>>(
        &mut self,
        mut item: impl FnMut(usize, &mut Self) -> Result<(), E>,
    ) -> Result<usize, E> {
        self.open(b'[')?;
        if self.take(b']') {
            return Ok(0);
        }
        for index in 0.. {
            item(index, self)?;
            if !self.another(b']')? {
                return Ok(index.saturating_add(1));
            }
        }
        Err(Broken::Syntax.into())
    }

    /// Calls `member` with its name at every value of the object that begins here.
    pub(crate) fn object<E: From<Broken>>(
        &mut self,
        mut member: impl FnMut(Quoted<'j>, &mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.open(b'{')?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let name = self.string()?;
            self.blanks();
            self.open(b':')?;
            member(name, self)?;
            if !self.another(b'}')? {
                return Ok(());
            }
        }
    }

    /// Reads over one value, `depth` levels below the root, and answers with its text.
    pub(crate) fn skip(&mut self, depth: usize) -> Result<&'j str, Broken> {
        let start = *self;
        self.pass(depth)?;
        Ok(start.until(*self))
    }

    fn pass(&mut self, depth: usize) -> Result<(), Broken> {
        match self.shape()? {
            Shape::Null | Shape::Bool => self.word().map(drop),
            Shape::Number => number_length(self.rest()).ok_or(Broken::Syntax).map(|length| self.advance(length)),
            Shape::String => self.string().map(drop),
            Shape::Array => {
                let below = deeper(depth)?;
                self.array(|_, item| item.pass(below)).map(drop)
            }
            Shape::Object => {
                let below = deeper(depth)?;
                self.object(|_, value| value.pass(below))
            }
        }
    }

    /// Reads over a list or an object, however deeply it is nested, and looks at nothing but its brackets and strings.
    pub(crate) fn leap(&mut self) -> Result<&'j str, Broken> {
        let (start, mut open) = (*self, 0_usize);
        loop {
            match self.peek().ok_or(Broken::Depth)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'[' | b'{' => open = open.saturating_add(1),
                b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            self.advance(1);
            if open == 0 {
                return Ok(start.until(*self));
            }
        }
    }

    #[inline]
    fn rest(self) -> &'j [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// As many bytes as were seen to be there.
    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    #[inline]
    fn take_text(&mut self, length: usize) -> Result<&'j str, Broken> {
        let start = *self;
        self.advance(length);
        self.text.get(start.at..self.at).ok_or(Broken::Syntax)
    }

    fn take(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        if here {
            self.advance(1);
        }
        here
    }

    /// Reads a sign, and the blanks behind it.
    fn open(&mut self, byte: u8) -> Result<(), Broken> {
        if !self.take(byte) {
            return Err(Broken::Syntax);
        }
        self.blanks();
        Ok(())
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.advance(1);
        }
    }

    /// Reads over a value that stands alone; nothing but blanks may follow.
    pub(crate) fn finish(mut self) -> Result<(), Broken> {
        self.blanks();
        if self.is_at_end() { Ok(()) } else { Err(Broken::Syntax) }
    }

    fn another(&mut self, close: u8) -> Result<bool, Broken> {
        self.blanks();
        if self.take(close) {
            return Ok(false);
        }
        self.open(b',')?;
        Ok(true)
    }
}

/// One level below `depth`, unless that is too deep.
pub(crate) fn deeper(depth: usize) -> Result<usize, Broken> {
    if depth < DEPTH { Ok(depth.saturating_add(1)) } else { Err(Broken::Depth) }
}

/// How long the number is that `text` begins with.
pub(crate) fn number_length(text: &[u8]) -> Option<usize> {
    let sign = usize::from(text.first() == Some(&b'-'));
    let whole = past_digits(text, sign)?;
    if text.get(sign) == Some(&b'0') && whole.saturating_sub(sign) > 1 {
        return None;
    }
    match text.get(whole) {
        Some(b'.' | b'e' | b'E') => past_fraction(text, whole),
        Some(_) | None => Some(whole),
    }
}

fn past_fraction(text: &[u8], mut at: usize) -> Option<usize> {
    if text.get(at) == Some(&b'.') {
        at = past_digits(text, at.saturating_add(1))?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at = at.saturating_add(1);
        let sign = usize::from(matches!(text.get(at), Some(b'+' | b'-')));
        at = past_digits(text, at.saturating_add(sign))?;
    }
    Some(at)
}

/// Where the digits end that begin at `at`; there must be one.
#[inline]
fn past_digits(text: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    while let Some(b'0'..=b'9') = text.get(end) {
        end = end.saturating_add(1);
    }
    (end > at).then_some(end)
}

/// How long the string is that `text` begins with, quotes included.
fn escaped_length(text: &[u8]) -> Result<usize, Broken> {
    let mut rest = text.get(1..).unwrap_or_default();
    loop {
        rest = match rest.get(plain::length(rest)..) {
            Some([b'"', behind @ ..]) => return Ok(text.len().saturating_sub(behind.len())),
            Some([b'\\', after @ ..]) => past_escape(after)?,
            Some(_) | None => return Err(Broken::Syntax),
        };
    }
}

/// What follows that which belongs to a backslash.
fn past_escape(after: &[u8]) -> Result<&[u8], Broken> {
    match after {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', rest @ ..] => Ok(rest),
        [b'u', a, b, c, d, rest @ ..] if [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit) => Ok(rest),
        _ => Err(Broken::Syntax),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    fn reads(text: &str) -> bool {
        let mut cursor = Cursor::new(text);
        cursor.skip(0).is_ok() && cursor.finish().is_ok()
    }

    #[test]
    fn it_reads_what_json_is() {
        for text in [
            "null",
            " [1 , 2]\n",
            "{\"a\":{\"b\":[true,false,null]}}",
            "-0.5e+7",
            "1e400",
            "\"\\u00e4\\n\"",
            "[]",
            "{}",
        ] {
            assert!(reads(text), "{text}");
        }
    }

    #[test]
    fn it_refuses_what_json_is_not() {
        for text in [
            "",
            "nul",
            "01",
            "1.",
            "1e",
            "-",
            "+1",
            "[1,]",
            "[1 2]",
            "{\"a\"}",
            "{a:1}",
            "\"\u{1}\"",
            "\"\\x\"",
            "\"\\u12\"",
            "1 2",
            "\"",
            "[",
            "{\"a\":1,}",
        ] {
            assert!(!reads(text), "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(reads(&nested(DEPTH)));
        assert_eq!(Cursor::new(&nested(DEPTH + 1)).skip(0), Err(Broken::Depth));
    }

    #[test]
    fn half_a_surrogate_pair_is_no_text() {
        let mut cursor = Cursor::new(r#""\ud800""#);
        assert_eq!(cursor.string().unwrap().text(), Err(Broken::Unicode));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn it_agrees_with_serde_json(text in "[\\[\\]{}\",: 0-2eE.+\\-\\\\untrflase]{0,12}") {
            prop_assert_eq!(reads(&text), serde_json::from_str::<&RawValue>(&text).is_ok());
        }
    }
}
