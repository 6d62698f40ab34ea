//! Walks over JSON text in place: borrows what it reads and builds no values.
//!
//! A `Cursor` is two words and `Copy`, so that a subtree can be read again from a remembered place, and numbers keep every
//! digit that the client wrote. It is as strict as JSON is, and never trusts that somebody looked at the text before.

use std::borrow::Cow;

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

/// A string as it stands in the text, without its quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quoted<'j> {
    raw: &'j str,
    escaped: bool,
    source: &'j str,
}

impl<'j> Quoted<'j> {
    /// The string with its quotes.
    pub(crate) fn source(self) -> &'j str {
        self.source
    }

    /// What the string says; a copy only if it has escapes.
    pub(crate) fn text(self) -> Result<Cow<'j, str>, Broken> {
        if !self.escaped {
            return Ok(Cow::Borrowed(self.raw));
        }
        serde_json::from_str(self.source).map(Cow::Owned).map_err(|_| Broken::Unicode)
    }
}

impl<'j> Cursor<'j> {
    pub(crate) fn new(text: &'j str) -> Self {
        Self { text, at: 0 }.past_blanks()
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
        let word = ["null", "true", "false"].into_iter().find(|word| rest.starts_with(word)).ok_or(Broken::Syntax)?;
        let read = rest.get(..word.len()).ok_or(Broken::Syntax)?;
        self.advance(word.len());
        Ok(read)
    }

    pub(crate) fn number(&mut self) -> Result<&'j str, Broken> {
        let rest = self.rest();
        let length = number_length(rest.as_bytes()).ok_or(Broken::Syntax)?;
        self.advance(length);
        rest.get(..length).ok_or(Broken::Syntax)
    }

    pub(crate) fn string(&mut self) -> Result<Quoted<'j>, Broken> {
        let start = *self;
        self.open(b'"')?;
        let rest = self.rest();
        let (length, escaped) = string_length(rest.as_bytes())?;
        self.advance(length.saturating_add(1));
        Ok(Quoted { raw: rest.get(..length).ok_or(Broken::Syntax)?, escaped, source: start.until(*self) })
    }

    /// Calls `item` with its index at every item of the list that begins here.
    pub(crate) fn array<E: From<Broken>>(
        &mut self,
        mut item: impl FnMut(usize, &mut Self) -> Result<(), E>,
    ) -> Result<usize, E> {
        self.open(b'[')?;
        self.blanks();
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
        self.blanks();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let name = self.string()?;
            self.blanks();
            self.open(b':')?;
            self.blanks();
            member(name, self)?;
            if !self.another(b'}')? {
                return Ok(());
            }
        }
    }

    /// Reads over one value, `depth` levels below the root, and answers with its text.
    pub(crate) fn skip(&mut self, depth: usize) -> Result<&'j str, Broken> {
        let start = *self;
        match self.shape()? {
            Shape::Null | Shape::Bool => _ = self.word()?,
            Shape::Number => _ = self.number()?,
            Shape::String => _ = self.string()?,
            Shape::Array => {
                let below = deeper(depth)?;
                self.array(|_, item| item.skip(below).map(drop))?;
            }
            Shape::Object => {
                let below = deeper(depth)?;
                self.object(|_, value| value.skip(below).map(drop))?;
            }
        }
        Ok(start.until(*self))
    }

    fn rest(self) -> &'j str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.text.len());
    }

    fn take(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        if here {
            self.advance(1);
        }
        here
    }

    fn open(&mut self, byte: u8) -> Result<(), Broken> {
        if self.take(byte) { Ok(()) } else { Err(Broken::Syntax) }
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.advance(1);
        }
    }

    fn past_blanks(mut self) -> Self {
        self.blanks();
        self
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
        self.blanks();
        Ok(true)
    }
}

/// One level below `depth`, unless that is too deep.
pub(crate) fn deeper(depth: usize) -> Result<usize, Broken> {
    if depth < DEPTH { Ok(depth.saturating_add(1)) } else { Err(Broken::Depth) }
}

/// How long the number is that `text` begins with.
pub(crate) fn number_length(text: &[u8]) -> Option<usize> {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let mut rest = match unsigned.strip_prefix(b"0") {
        Some(rest) => rest,
        None => past_digits(unsigned)?,
    };
    if rest.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    if let Some(fraction) = rest.strip_prefix(b".") {
        rest = past_digits(fraction)?;
    }
    if let [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] = rest {
        rest = past_digits(exponent)?;
    }
    text.len().checked_sub(rest.len())
}

/// What follows at least one digit.
fn past_digits(text: &[u8]) -> Option<&[u8]> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.get(digits..).filter(|_| digits > 0)
}

/// How far away the closing quote is, and whether there are escapes before it.
fn string_length(text: &[u8]) -> Result<(usize, bool), Broken> {
    let mut rest = text;
    let mut escaped = false;
    loop {
        let plain = rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | ..=0x1F)).count();
        rest = match rest.get(plain..) {
            Some([b'"', behind @ ..]) => {
                return Ok((text.len().saturating_sub(behind.len()).saturating_sub(1), escaped));
            }
            Some([b'\\', after @ ..]) => after.get(escape_length(after)?..).unwrap_or_default(),
            Some(_) | None => return Err(Broken::Syntax),
        };
        escaped = true;
    }
}

/// How much of what follows a backslash belongs to it.
fn escape_length(after: &[u8]) -> Result<usize, Broken> {
    match after.first() {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(1),
        Some(b'u') if after.iter().skip(1).take(4).filter(|byte| byte.is_ascii_hexdigit()).count() == 4 => Ok(5),
        Some(_) | None => Err(Broken::Syntax),
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
