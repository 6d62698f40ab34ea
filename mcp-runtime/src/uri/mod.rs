//! Knows URI templates (RFC 6570, levels 1 to 3): which URIs one matches, and which values of its variables are safe.
//!
//! # What is supported
//!
//! | Expression | Matches | Without a value | A value may contain |
//! | --- | --- | --- | --- |
//! | `{a}`, `{a,b}` | `1`, `1,2` | no match | no `/` |
//! | `{+a}`, `{+a,b}` | `1/2`, `1/2,3` | no match | `/` between segments |
//! | `{.a}`, `{.a,b}` | `.1`, `.1.2` | absent | no `/` |
//! | `{/a}`, `{/a,b}` | `/1`, `/1/2` | absent | no `/` |
//! | `{;a,b}` | `;a=1;b=2` | absent | no `/` |
//! | `{?a,b}` | `?a=1&b=2` | absent | free text |
//! | `{&a,b}` | `&a=1&b=2`, after a `?` in a literal | absent | free text |
//! | `{#a}` | `#1` | absent | free text |
//!
//! Level 4 (`{a:3}`, `{a*}`) and exploded lists are not supported. Everything else in a template is literal and is compared
//! byte for byte: the scheme too is case-sensitive, and `%7E` is not `~`. A URI longer than [`LONGEST`] bytes matches nothing.
//!
//! # Which part of the URI a variable gets
//!
//! A variable ends at the *first* occurrence of what follows it, but has at least one character: `x://{a}-{b}` reads
//! `x://1-2-3` as `1` and `2-3`. Text at the end of a template belongs to the end of the URI. `{+path}` takes *as much as it
//! can*: the template is read from its start up to it, then from its end back to it (there, a variable begins after the *last*
//! occurrence of what precedes it). So `file:///{+path}/raw` reads `file:///a/raw/b/raw` as `a/raw/b`, and
//! `x://{repo}/{+path}/{name}` reads `x://r/a/b/c` as `r`, `a/b` and `c`. Nothing is ever tried twice, so matching takes
//! time linear in the length of the URI.
//!
//! Parameters of `{?…}`, `{&…}` and `{;…}` are found by name, in any order; those that the template does not name are ignored.
//!
//! # What a template must keep to
//!
//! Whoever makes a [`Template`] checks these; one that breaks them matches less than it could, and never panics:
//!
//! - every expression has a variable, and no variable occurs twice;
//! - `{a}` and `{+a}` do not directly follow an expression; no two neighbours have the same operator;
//! - `{+a}` occurs once, and after it come only text, `{b}`, `{?…}`, `{&…}` and `{#…}`;
//! - `{?…}`, `{&…}` and `{#…}` come last, in this order, each once; `{&…}` wants a `?` before it;
//! - no literal is empty, and no two literals are neighbours.
//!
//! # Which template wins
//!
//! Of several that match, the one with the greatest [`Specificity`].

#[cfg(test)]
mod expand;
mod matching;
mod value;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::fmt;

use matching::Raw;

/// The longest URI, in bytes, that is compared with templates at all.
pub(crate) const LONGEST: usize = 8 * 1024;

/// A URI template that was parsed and checked when the program was compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// The template as it was written.
    pub text: &'static str,
    /// What it consists of, in order.
    pub parts: &'static [Part],
}

/// A piece of a [`Template`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Text that stands for itself.
    Literal(&'static str),
    /// Variables in braces.
    Expression {
        /// The character after the opening brace.
        operator: Operator,
        /// The names, in order.
        variables: &'static [&'static str],
    },
}

/// How the variables of an expression are written into a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `{a}`
    Simple,
    /// `{+a}`
    Reserved,
    /// `{#a}`
    Fragment,
    /// `{.a}`
    Label,
    /// `{/a}`
    Path,
    /// `{;a}`
    PathParameter,
    /// `{?a}`
    Query,
    /// `{&a}`
    QueryContinuation,
}

/// The values of all variables, in the order in which the template names them. `None` is absent.
pub(crate) type Captures<'u> = Vec<Option<Cow<'u, str>>>;

/// A URI that matches, with a value that must not reach a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// The variable that would have had the value.
    pub variable: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

/// Why a value is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A parameter occurs more than once.
    Twice,
    /// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
    Encoding,
    /// A NUL or another control character.
    Control,
    /// A `/` or `\` where a single name is wanted, or a `\` in a path.
    Separator,
    /// A `.` or `..` segment.
    Dots,
    /// A path that begins at a root or a drive.
    Absolute,
    /// Two `/` in a row.
    Empty,
}

/// How closely a template describes the URIs that it matches: by more literal bytes, then by having no `{+…}`, then by fewer
/// variables, then by the text that sorts first. Two templates are equal only if their texts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Specificity {
    literal: usize,
    narrow: bool,
    variables: Reverse<usize>,
    text: Reverse<&'static str>,
}

impl Template {
    /// The values that `uri` gives to the variables, percent-decoded once, or `None` if it does not match.
    ///
    /// # Errors
    ///
    /// `Refused` if it matches and a value is unsafe, however often it was percent-encoded.
    pub fn captures<'u>(&self, uri: &'u str) -> Result<Option<Captures<'u>>, Refused> {
        if uri.len() > LONGEST {
            return Ok(None);
        }
        let Some(raw) = matching::captures(self.parts, uri) else { return Ok(None) };
        let values = self.variables().zip(raw).map(|((operator, variable), raw)| {
            let read = match raw {
                Raw::Absent => Ok(None),
                Raw::Once(text) => value::read(operator, text).map(Some),
                Raw::Twice => Err(Problem::Twice),
            };
            read.map_err(|problem| Refused { variable, problem })
        });
        values.collect::<Result<_, _>>().map(Some)
    }

    /// Whether a URI has the form of this template, with whatever values.
    #[must_use]
    pub fn fits(&self, uri: &str) -> bool {
        !matches!(self.captures(uri), Ok(None))
    }

    /// The URI for these values, one for each variable in the order of the template, `None` for an absent one.
    ///
    /// What would read as the end of a value is encoded, also `?`, `#` and (between several variables) `,` in `{+…}`, where
    /// the RFC leaves them. A value that contains the literal text after it still reads back as a shorter one.
    #[cfg(test)]
    fn expand(&self, values: &[Option<&str>]) -> String {
        expand::expand(self.parts, values)
    }

    /// Whether there is anything to fill in.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.variables().next().is_some()
    }

    /// Every variable with the operator of its expression, in order.
    pub fn variables(&self) -> impl Iterator<Item = (Operator, &'static str)> {
        self.parts.iter().flat_map(|part| {
            let (operator, variables): (_, &[_]) = match part {
                Part::Literal(_) => (Operator::Simple, &[]),
                Part::Expression { operator, variables } => (*operator, variables),
            };
            variables.iter().map(move |variable| (operator, *variable))
        })
    }

    /// The template without the names of its variables, where they are in no URI. Two of the same shape match the same URIs.
    pub(crate) fn shape(&self) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) => (*text).to_owned(),
            Part::Expression {
                operator: operator @ (Operator::PathParameter | Operator::Query | Operator::QueryContinuation),
                variables,
            } => format!("{{{operator:?} {}}}", variables.join(",")),
            Part::Expression { operator, variables } => format!("{{{operator:?} {}}}", variables.len()),
        };
        self.parts.iter().map(part).collect()
    }

    /// Orders templates that match the same URI; the greatest wins.
    #[must_use]
    pub fn specificity(&self) -> Specificity {
        let literal = |part: &Part| match part {
            Part::Literal(text) => text.len(),
            Part::Expression { .. } => 0,
        };
        Specificity {
            literal: self.parts.iter().map(literal).sum(),
            narrow: self.variables().all(|(operator, _)| operator != Operator::Reserved),
            variables: Reverse(self.variables().count()),
            text: Reverse(self.text),
        }
    }
}

impl Operator {
    /// Whether a URI may leave out variables of such an expression.
    #[must_use]
    pub const fn is_optional(self) -> bool {
        !matches!(self, Self::Simple | Self::Reserved)
    }

    /// The character with which such an expression begins in a URI.
    const fn prefix(self) -> Option<char> {
        match self {
            Self::Simple | Self::Reserved => None,
            Self::Fragment => Some('#'),
            Self::Label => Some('.'),
            Self::Path => Some('/'),
            Self::PathParameter => Some(';'),
            Self::Query => Some('?'),
            Self::QueryContinuation => Some('&'),
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.variable, self.problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Twice => "is given twice",
            Self::Encoding => "is not valid percent-encoded UTF-8",
            Self::Control => "contains a control character",
            Self::Separator => "contains a separator that is not allowed here",
            Self::Dots => "contains a `.` or `..` segment",
            Self::Absolute => "is an absolute path",
            Self::Empty => "contains an empty segment",
        })
    }
}

impl std::error::Error for Refused {}

/// Schemes are compared without regard to case (RFC 3986, 3.1); items have theirs in lower case.
pub(crate) fn in_lower_scheme(uri: &str) -> Cow<'_, str> {
    match uri.split_once(':') {
        Some((scheme, rest)) if scheme.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            Cow::Owned(format!("{}:{rest}", scheme.to_ascii_lowercase()))
        }
        Some(_) | None => Cow::Borrowed(uri),
    }
}
