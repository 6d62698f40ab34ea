//! What the macros name. Nothing here is for people, and all of it may change with any release.

use std::any::Any;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use inventory::submit;
pub use mcp_macros::{items, server};
pub use {schemars, serde, serde_json};

pub use crate::arguments::{Arguments, Refused, refused};
pub use crate::cache::CacheScope;
pub use crate::completion::{Completer, Filled, complete};
pub use crate::content::Icon;
pub use crate::context::Call;
pub use crate::error::Failure;
pub use crate::form::{Form, FormRecord};
pub use crate::item::{About, Declared, Hints, Item, Lend, Linked, Prompt, Resource, Start, TaskSupport, Tool};
pub use crate::lint::Lint;
pub use crate::param::{Argument, InModel, Need, Pairs, Param, in_model};
pub use crate::place::Place;
pub use crate::prompt::messages_of;
pub use crate::reply::{Output, Running, blocking};
pub use crate::resource::{HidesMime, TellsMime, contents_of};
pub use crate::tool::{
    AsContent, AsDeclared, AsStructured, Caused, Fallible, Infallible, Probe, Shown, Structured, Undeclared, probe,
    structured,
};
pub use crate::uri::{Operator, Part, Template};
pub use crate::{
    __completer as completer, __contents as contents, __declared as declared, __messages as messages, __reply as reply,
    __usual_mime as usual_mime,
};

/// How one parameter is described and read: made where its type is named, once, so that a type that will not do is
/// one error.
#[derive(Debug)]
pub struct Reader<T> {
    /// The schema of its type.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// Reads the parameter at this index.
    pub read: fn(&mut Arguments<'_>, usize) -> Option<T>,
}

/// An argument that must be given.
pub const fn required<T: Argument>() -> Reader<T> {
    Reader { schema: schema_of::<T>, read: |arguments, index| arguments.required(index) }
}

/// An argument that may be left out.
pub const fn optional<T: Argument>() -> Reader<Option<T>> {
    Reader { schema: schema_of::<T>, read: |arguments, index| arguments.optional(index) }
}

/// An argument that is the field of a hidden struct.
pub const fn field<P: DeserializeOwned + JsonSchema>() -> Reader<P> {
    Reader { schema: P::json_schema, read: |arguments, index| arguments.field(index) }
}

/// All arguments together.
pub const fn whole<T: DeserializeOwned>() -> Reader<T> {
    Reader { schema: |_| Schema::default(), read: |arguments, _| arguments.whole() }
}

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// How the server lends a parameter.
#[derive(Debug)]
pub struct Lender<T: ?Sized> {
    /// For the check at start.
    pub lend: Lend,
    /// Lends it.
    pub get: fn(&Call) -> &T,
    /// Lends it if it is there.
    pub find: fn(&Call) -> Option<&T>,
}

/// A type whose values the server lends to functions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be lent to a function",
    label = "state is shared by all calls, so it must be `Send` and `Sync`",
    note = "wrap what changes in a `Mutex`, and what is shared in an `Arc` instead of an `Rc`",
    note = "if the client should fill it in, take it by value: an owned parameter is an argument"
)]
pub trait Lendable: Any + Send + Sync {}

#[diagnostic::do_not_recommend]
impl<T: Any + Send + Sync> Lendable for T {}

/// A `&T`.
pub const fn lent<T: Lendable>() -> Lender<T> {
    Lender { lend: Lend::required::<T>(), get: Call::lend, find: Call::lend_optional }
}

/// An `Option<&T>`.
pub const fn lent_optional<T: Lendable>() -> Lender<T> {
    Lender { lend: Lend::optional::<T>(), get: Call::lend, find: Call::lend_optional }
}

/// A default, as JSON for the schema.
///
/// # Panics
/// If it is not JSON, such as a map whose keys are no strings. That is when the server is built.
pub fn default_value<T: Serialize>(default: fn() -> T) -> Value {
    value(&default())
}

/// A value, as JSON for the schema.
///
/// # Panics
/// If it is not JSON, such as a map whose keys are no strings. That is when the server is built.
pub fn value<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("a value in an attribute is JSON")
}

/// What has a smallest and a largest value.
#[diagnostic::on_unimplemented(
    message = "a `range` needs a number, but this is `{Self}`",
    label = "not a number",
    note = "for a text or a list write `length = 1..=20`"
)]
pub trait Number {}

/// What has a length.
#[diagnostic::on_unimplemented(
    message = "a `length` needs a text or a list, but this is `{Self}`",
    label = "this has no length",
    note = "for a number write `range = 1..=20`"
)]
pub trait HasLength {}

/// What is text.
#[diagnostic::on_unimplemented(
    message = "this needs a text, but this is `{Self}`",
    label = "not a text",
    note = "`pattern` and `format` say something about a `String`"
)]
pub trait Text {}

macro_rules! all {
    ($name:ident: $($type:ty),*) => {
        $(impl $name for $type {})*
    };
}

all!(Number: i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64);
all!(HasLength: String, Box<str>, std::borrow::Cow<'static, str>);
all!(Text: String, Box<str>, std::borrow::Cow<'static, str>);

impl<T> HasLength for Vec<T> {}
impl<T> HasLength for std::collections::BTreeSet<T> {}
impl<T, S> HasLength for std::collections::HashSet<T, S> {}

/// Mentions a type, so that an error is reported there.
pub const fn has_range<T: Number>() {}

/// Mentions a type, so that an error is reported there.
pub const fn has_length<T: HasLength>() {}

/// Mentions a type, so that an error is reported there.
pub const fn is_text<T: Text>() {}
