//! JSON text that was read over once: whoever holds it knows that it is one value, and may look for parts of it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::scan::{Broken, Cursor, Quoted, Shape, unquoted};

/// The text of one JSON value, without blanks around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Json<'j> {
    text: &'j str,
    /// Whether it is known to be a string without escapes.
    is_plain: bool,
}

impl<'j> Json<'j> {
    /// The value that a text is, if it is one.
    pub(crate) fn of(text: &'j str) -> Option<Self> {
        let mut at = Cursor::new(text);
        let value = Self::read(&mut at, 0).ok()?;
        at.finish().ok().map(|()| value)
    }

    /// Reads over the value at `at`, `depth` levels below the root.
    pub(crate) fn read(at: &mut Cursor<'j>, depth: usize) -> Result<Self, Broken> {
        if at.shape()? == Shape::String {
            let quoted = at.string()?;
            return Ok(Self { text: quoted.source(), is_plain: quoted.is_plain() });
        }
        Ok(Self { text: at.skip(depth)?, is_plain: false })
    }

    /// The same where another one follows: a value that is nested too deeply is not read, but found.
    pub(crate) fn read_or_leap(at: &mut Cursor<'j>) -> Result<Self, Broken> {
        let start = *at;
        Self::read(at, 0).or_else(|broken| match broken {
            Broken::Depth => {
                *at = start;
                Ok(Self { text: at.leap()?, is_plain: false })
            }
            Broken::Syntax | Broken::Unicode => Err(broken),
        })
    }

    pub(crate) fn get(self) -> &'j str {
        self.text
    }

    pub(crate) fn is_null(self) -> bool {
        self.text == "null"
    }

    pub(crate) fn is_object(self) -> bool {
        self.text.starts_with('{')
    }

    /// What it says, if it is a string. Borrowed unless it holds escapes.
    pub(crate) fn string(self) -> Option<Cow<'j, str>> {
        if self.is_plain {
            return unquoted(self.text).map(Cow::Borrowed);
        }
        Cursor::new(self.text).string().and_then(Quoted::text).ok()
    }

    /// As a value of its own type.
    pub(crate) fn parse<T: Deserialize<'j>>(self) -> serde_json::Result<T> {
        serde_json::from_str(self.text)
    }

    /// The same, to be kept.
    pub(crate) fn kept(self) -> Box<RawValue> {
        RawValue::from_string(self.text.to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned())
    }
}

impl<'j> From<&'j RawValue> for Json<'j> {
    fn from(raw: &'j RawValue) -> Self {
        Self { text: raw.get(), is_plain: false }
    }
}

/// The chosen members of an object; all others are skipped.
pub(crate) struct Members<'j, const N: usize> {
    pub(crate) values: [Option<Json<'j>>; N],
    /// A chosen member that is given more than once: two readers might each see another value.
    pub(crate) twice: Option<&'static str>,
}

/// Reads the chosen members of an object in one pass, without copying them.
pub(crate) fn members<'j, const N: usize>(text: &'j str, names: [&'static str; N]) -> Result<Members<'j, N>, Broken> {
    let mut members = Members { values: [None; N], twice: None };
    let mut at = Cursor::new(text);
    at.object(|name, value| {
        let name = name.text()?;
        let json = Json::read(value, 1)?;
        let known = names.iter().zip(&mut members.values).find(|(known, _)| **known == name);
        if let Some((known, slot)) = known
            && slot.replace(json).is_some()
        {
            members.twice = Some(known);
        }
        Ok::<_, Broken>(())
    })?;
    at.finish()?;
    Ok(members)
}
