//! A form that a client shows to its user, made from the type of the answer, and the answer that comes back.

mod boxes;
mod choices;
mod field;
mod order;
mod publish;
mod sheet;

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub(crate) use self::sheet::Sheet;
use crate::place::Place;

/// A type that a person can be asked for, with [`Elicit::ask`](crate::Elicit::ask): a struct under
/// [`#[form]`](macro@crate::form). Nothing else is one.
///
/// The bound is for code of your own that asks:
///
/// ```
/// use mcp_runtime::{Elicit, Elicited, Form, Unanswered};
///
/// /// Asks once more if the question was closed.
/// async fn insist<T: Form>(person: &Elicit, message: &str) -> Result<Option<T>, Unanswered> {
///     match person.ask(message).await? {
///         Elicited::Accepted(answer) => Ok(Some(answer)),
///         Elicited::Declined => Ok(None),
///         Elicited::Cancelled => Ok(person.ask(message).await?.accepted()),
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "nobody can be asked for a `{Self}`: it is no form",
    label = "not a form",
    note = "add `#[form]` to `{Self}`, which has to be a struct with named fields",
    note = "to ask for one value, write a struct with one field"
)]
pub trait Form: DeserializeOwned + JsonSchema + Send + 'static {
    /// What `#[form]` has recorded.
    #[doc(hidden)]
    fn record() -> &'static FormRecord;
}

/// What `#[form]` records about a type. Its form is made when it is first wanted, which is when a server starts that asks.
#[derive(Debug)]
pub struct FormRecord {
    pub(crate) place: Place,
    make: fn() -> Result<Sheet, Vec<String>>,
    made: OnceLock<Result<Sheet, Vec<String>>>,
}

impl FormRecord {
    /// The record of a `T`.
    pub const fn of<T: JsonSchema + DeserializeOwned>(place: Place) -> Self {
        Self { place, make: Sheet::of::<T>, made: OnceLock::new() }
    }

    fn made(&self) -> &Result<Sheet, Vec<String>> {
        self.made.get_or_init(self.make)
    }

    /// Everything that keeps the type from being a form, for the report at start.
    pub(crate) fn faults(&self) -> Vec<String> {
        let (name, place) = (self.place.name, self.place);
        let faults = self.made().as_ref().err().into_iter().flatten();
        faults.map(|fault| format!("the form `{name}`: {fault}\n{place}")).collect()
    }

    /// The form.
    ///
    /// # Panics
    /// If there is none, which the server checked before it started.
    pub(crate) fn sheet(&self) -> &Sheet {
        self.made().as_ref().expect("a server with a form that nobody can be shown does not start")
    }
}

/// The keywords of one schema.
type Keywords = Map<String, Value>;
