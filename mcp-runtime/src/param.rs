//! A parameter that a client fills in: its name, its schema, and whether it may be left out.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::completion::Completer;

/// Names with values that are made when a server is built.
pub type Pairs = &'static [(&'static str, fn() -> Value)];

/// A parameter that a client fills in.
#[derive(Debug)]
pub struct Param {
    /// The name in the schema.
    pub name: &'static str,
    /// Other names that are understood (`#[serde(alias)]`).
    pub aliases: &'static [&'static str],
    /// What `///` or `# Arguments` says; empty if nothing does.
    pub description: &'static str,
    /// Whether it may be left out.
    pub need: Need,
    /// The schema of its type.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// Keywords that `#[arg(…)]` adds to the schema: `("minimum", || 1.into())`.
    pub keywords: Pairs,
    /// What completes it, if anything does.
    pub complete: Option<Completer>,
}

/// Whether a parameter may be left out.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// It must be given.
    Required,
    /// An `Option`.
    Optional,
    /// It has a default, here as JSON for the schema.
    Default(fn() -> Value),
    /// As the schema of its `#[serde(…)]` field says.
    Declared,
}

impl Param {
    /// Whether a client that says `key` means it.
    pub(crate) fn is_called(&self, key: &str) -> bool {
        self.name == key || self.aliases.contains(&key)
    }

    /// Whether a client may leave it out, as far as the macro can tell.
    pub(crate) fn is_required(&self) -> bool {
        match self.need {
            Need::Required | Need::Declared => true,
            Need::Optional | Need::Default(_) => false,
        }
    }
}

/// A type that a client can fill in: anything with `Deserialize` and `JsonSchema`.
///
/// It is never implemented by hand: put [`#[model]`](crate::model) on a struct or an enum.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument",
    label = "a client cannot fill in this type",
    note = "if the type is yours, put `#[mcp_runtime::model]` on it, or derive `serde::Deserialize` and `schemars::JsonSchema`",
    note = "if the server has it, as it has state and the `Context`, borrow it: write `&{Self}`"
)]
pub trait Argument: DeserializeOwned + JsonSchema + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Send + 'static> Argument for T {}

/// A type that can stand in a model: what the derives of `#[model]` ask of a field, said at once and in our words.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be in a model or form",
    label = "this type has no JSON and no schema",
    note = "if the type is yours, put `#[mcp_runtime::model]` on it; the errors about `serde` and `JsonSchema` that follow say the same",
    note = "if it is not, write a type that has both, or `#[serde(skip)]` above the field"
)]
pub trait InModel: Serialize + Deserialize<'static> + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + Deserialize<'static> + JsonSchema> InModel for T {}

/// Nothing but a place for the bound.
pub const fn in_model<T: InModel>() {}
