//! What completes an argument while somebody types it.

use std::collections::BTreeMap;
use std::fmt;

use crate::context::{Call, Context};
use crate::reply::{Output, Running, blocking};

/// What completes an argument: a list, or a function.
#[derive(Clone, Copy)]
pub enum Completer {
    /// The values that there are.
    List(&'static [&'static str]),
    /// Finds the values for what was typed.
    Function(fn(Typing, Call) -> Running),
}

impl Completer {
    /// A list.
    pub const fn list(values: &'static [&'static str]) -> Self {
        Self::List(values)
    }

    /// Finds everything that matches what was typed, best first.
    pub(crate) fn start(self, typing: Typing, call: Call) -> Running {
        match self {
            Self::List(values) => {
                let found = Output::Completion(matching(values, &typing.typed));
                Box::pin(async { Ok(found) })
            }
            Self::Function(function) => function(typing, call),
        }
    }
}

/// What was typed, and which other arguments are filled in.
#[derive(Debug)]
pub struct Typing {
    pub(crate) typed: String,
    pub(crate) arguments: BTreeMap<String, String>,
}

impl Typing {
    fn filled<'a>(&'a self, call: &'a Call) -> Filled<'a> {
        Filled { arguments: &self.arguments, call }
    }
}

/// What starts with the text comes first, then what contains it; case does not matter.
fn matching(values: &[&str], typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for value in values {
        match value.to_lowercase() {
            lower if lower.starts_with(&typed) => first.push((*value).to_owned()),
            lower if lower.contains(&typed) => rest.push((*value).to_owned()),
            _ => {}
        }
    }
    first.append(&mut rest);
    first
}

impl fmt::Debug for Completer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(values) => f.debug_tuple("List").field(values).finish(),
            Self::Function(_) => f.write_str("Function"),
        }
    }
}

/// What else is known while an argument is completed: the other arguments, who asks, and the state of the application.
///
/// ```
/// use mcp_runtime::{Filled, prompt};
///
/// struct Cities(Vec<(&'static str, &'static str)>);
///
/// /// Plans a journey.
/// #[prompt]
/// fn travel(country: String, #[arg(complete = cities)] city: String) -> String {
///     format!("I travel to {city} in {country}.")
/// }
///
/// async fn cities(typed: &str, filled: &Filled<'_>) -> Vec<String> {
///     let Some(Cities(all)) = filled.state() else { return Vec::new() };
///     let here = |country: &str| filled.argument("country").is_none_or(|wanted| wanted == country);
///     let found = all.iter().filter(|(country, city)| here(country) && city.starts_with(typed));
///     found.map(|(_, city)| city.to_string()).collect()
/// }
/// ```
#[derive(Debug)]
pub struct Filled<'a> {
    arguments: &'a BTreeMap<String, String>,
    call: &'a Call,
}

impl Filled<'_> {
    /// Another argument, if it is filled in already and the client says so (since 2025-06-18).
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.get(name).map(String::as_str)
    }

    /// The state of this type, if [`Server::state`](crate::Server::state) gave one.
    pub fn state<T: std::any::Any + Send + Sync>(&self) -> Option<&T> {
        self.call.state().of()
    }

    /// The request: what is not for everybody is not to be suggested to everybody (Completion: Security).
    pub fn context(&self) -> &Context {
        self.call.lend()
    }
}

/// A function that completes an argument: `fn(&str) -> Vec<String>`, or with a second parameter `&Filled`; `async` or not.
#[diagnostic::on_unimplemented(
    message = "this does not complete an argument",
    label = "expected `fn(&str) -> Vec<String>` or `fn(&str, &Filled<'_>) -> Vec<String>`, `async` or not",
    note = "it gets what was typed so far and returns what matches, best first; a `Vec` or an array of strings will do",
    note = "what an `async fn` holds while it waits must be `Send`"
)]
pub trait Completes<Marker> {
    /// Finds everything that matches, best first.
    fn start(self, typing: Typing, call: Call) -> Running;
}

/// Marks a completer that gets only what was typed.
#[derive(Debug)]
pub struct Typed;

/// Marks a completer that also gets what is filled in.
#[derive(Debug)]
pub struct TypedAndFilled;

#[diagnostic::do_not_recommend]
impl<F, I> Completes<(Typed, I)> for F
where
    F: FnOnce(&str) -> I + Send + 'static,
    I: IntoIterator<Item: Into<String>>,
{
    fn start(self, typing: Typing, call: Call) -> Running {
        blocking(call, move |_| Ok(found(self(&typing.typed))))
    }
}

#[diagnostic::do_not_recommend]
impl<F, I> Completes<(TypedAndFilled, I)> for F
where
    F: FnOnce(&str, &Filled<'_>) -> I + Send + 'static,
    I: IntoIterator<Item: Into<String>>,
{
    fn start(self, typing: Typing, call: Call) -> Running {
        blocking(call, move |call| Ok(found(self(&typing.typed, &typing.filled(call)))))
    }
}

#[diagnostic::do_not_recommend]
impl<F, Marker, I> Completes<(Waits<Marker>, I)> for F
where
    F: for<'a> Waiting<'a, Marker, I> + Send + 'static,
    I: IntoIterator<Item: Into<String>>,
{
    fn start(self, typing: Typing, call: Call) -> Running {
        Box::pin(async move {
            let filled = typing.filled(&call);
            let future = self.call(&typing.typed, &filled);
            Ok(found(future.await))
        })
    }
}

/// Marks a completer that is `async`.
#[derive(Debug)]
pub struct Waits<Marker>(Marker);

/// An `async` function that completes an argument. No bound on a function can say that what it returns is `Send`; one on
/// a type can.
pub trait Waiting<'a, Marker, I> {
    /// What it returns.
    type Future: Future<Output = I> + Send + 'a;

    /// Calls it.
    fn call(self, typed: &'a str, filled: &'a Filled<'a>) -> Self::Future;
}

impl<'a, F, Fut, I> Waiting<'a, Typed, I> for F
where
    F: FnOnce(&'a str) -> Fut,
    Fut: Future<Output = I> + Send + 'a,
{
    type Future = Fut;

    fn call(self, typed: &'a str, _: &'a Filled<'a>) -> Fut {
        self(typed)
    }
}

impl<'a, F, Fut, I> Waiting<'a, TypedAndFilled, I> for F
where
    F: FnOnce(&'a str, &'a Filled<'a>) -> Fut,
    Fut: Future<Output = I> + Send + 'a,
{
    type Future = Fut;

    fn call(self, typed: &'a str, filled: &'a Filled<'a>) -> Fut {
        self(typed, filled)
    }
}

fn found(values: impl IntoIterator<Item: Into<String>>) -> Output {
    Output::Completion(values.into_iter().map(Into::into).collect())
}

/// Starts a completer.
pub fn complete<Marker>(function: impl Completes<Marker>, typing: Typing, call: Call) -> Running {
    function.start(typing, call)
}

/// A function as [`Completer`].
#[doc(hidden)]
#[macro_export]
macro_rules! __completer {
    ($function:expr) => {
        $crate::__private::Completer::Function(|typing, call| $crate::__private::complete($function, typing, call))
    };
}
