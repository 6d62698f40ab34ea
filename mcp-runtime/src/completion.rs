//! What completes an argument while somebody types it.

use std::collections::BTreeMap;
use std::fmt;

use crate::context::State;

/// What completes an argument: a list, or a function.
#[derive(Clone, Copy)]
pub enum Completer {
    /// The values that there are.
    List(&'static [&'static str]),
    /// Finds the values for what was typed.
    Function(fn(&str, &Filled<'_>) -> Vec<String>),
}

impl Completer {
    /// A list.
    pub const fn list(values: &'static [&'static str]) -> Self {
        Self::List(values)
    }

    /// Everything that matches what was typed, best first.
    pub(crate) fn matches(&self, typed: &str, filled: &Filled<'_>) -> Vec<String> {
        match self {
            Self::List(values) => matching(values, typed),
            Self::Function(function) => function(typed, filled),
        }
    }
}

/// What starts with the text comes first, then what contains it; case does not matter.
fn matching(values: &[&str], typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    let rank = |value: &str| match value.to_lowercase() {
        value if value.starts_with(&typed) => Some(0),
        value if value.contains(&typed) => Some(1),
        _ => None,
    };
    let mut found: Vec<_> = values.iter().filter_map(|value| Some((rank(value)?, (*value).to_owned()))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, value)| value).collect()
}

impl fmt::Debug for Completer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(values) => f.debug_tuple("List").field(values).finish(),
            Self::Function(_) => f.write_str("Function"),
        }
    }
}

/// What else is known while an argument is completed: the other arguments, and the state of the application.
#[derive(Debug)]
pub struct Filled<'a> {
    pub(crate) arguments: &'a BTreeMap<String, String>,
    pub(crate) state: &'a State,
}

impl Filled<'_> {
    /// Another argument, if it is filled in already.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.get(name).map(String::as_str)
    }

    /// The state of this type, if [`Server::state`](crate::Server::state) gave one.
    pub fn state<T: std::any::Any + Send + Sync>(&self) -> Option<&T> {
        self.state.of()
    }
}

/// A function that completes an argument: `fn(&str) -> Vec<String>`, or with a second parameter `&Filled`.
#[diagnostic::on_unimplemented(
    message = "this does not complete an argument",
    label = "expected `fn(&str) -> Vec<String>` or `fn(&str, &Filled<'_>) -> Vec<String>`",
    note = "it gets what was typed so far and returns what matches, best first; a `Vec` or an array of strings will do"
)]
pub trait Completes<Marker> {
    /// Everything that matches, best first.
    fn complete(self, typed: &str, filled: &Filled<'_>) -> Vec<String>;
}

/// Marks a completer that gets only what was typed.
#[derive(Debug)]
pub struct Typed;

/// Marks a completer that also gets what is filled in.
#[derive(Debug)]
pub struct TypedAndFilled;

impl<F, I> Completes<(Typed, I)> for F
where
    F: FnOnce(&str) -> I,
    I: IntoIterator<Item: Into<String>>,
{
    fn complete(self, typed: &str, _: &Filled<'_>) -> Vec<String> {
        self(typed).into_iter().map(Into::into).collect()
    }
}

impl<F, I> Completes<(TypedAndFilled, I)> for F
where
    F: FnOnce(&str, &Filled<'_>) -> I,
    I: IntoIterator<Item: Into<String>>,
{
    fn complete(self, typed: &str, filled: &Filled<'_>) -> Vec<String> {
        self(typed, filled).into_iter().map(Into::into).collect()
    }
}

/// Calls a completer.
pub fn complete<Marker>(function: impl Completes<Marker>, typed: &str, filled: &Filled<'_>) -> Vec<String> {
    function.complete(typed, filled)
}

/// A function as [`Completer`].
#[doc(hidden)]
#[macro_export]
macro_rules! __completer {
    ($function:expr) => {
        $crate::__private::Completer::Function(|typed, filled| $crate::__private::complete($function, typed, filled))
    };
}
