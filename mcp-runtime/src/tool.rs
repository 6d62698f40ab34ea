//! What a tool may return, found out by type: content, structured content, or a `Result` of these.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;

use crate::content::{Audio, Content, EmbeddedResource, Image, ResourceLink, Text};
use crate::error::Failure;
use crate::item::Declared;
use crate::reply::{CallToolResult, Output, on_one_line};

/// What is content without a schema: nothing, text, numbers, content blocks, a full result.
///
/// Everything else that a tool returns is structured content, for which `Serialize` and `JsonSchema` are enough.
pub trait ToolResult {
    /// Turns it into a full result.
    fn into_result(self) -> CallToolResult;
}

impl ToolResult for () {
    fn into_result(self) -> CallToolResult {
        CallToolResult::new()
    }
}

impl ToolResult for CallToolResult {
    fn into_result(self) -> CallToolResult {
        self
    }
}

impl<T: ToolResult> ToolResult for Option<T> {
    fn into_result(self) -> CallToolResult {
        self.map_or_else(CallToolResult::new, T::into_result)
    }
}

/// An object is structured, of any shape; anything else is its JSON as text.
impl ToolResult for Value {
    fn into_result(self) -> CallToolResult {
        match self {
            Self::Object(_) => CallToolResult::new().structured(self),
            Self::String(text) => CallToolResult::new().with(text),
            Self::Null => CallToolResult::new(),
            Self::Bool(_) | Self::Number(_) | Self::Array(_) => CallToolResult::new().with(self.to_string()),
        }
    }
}

impl<T: Into<Content>> ToolResult for Vec<T>
where
    T: Block,
{
    fn into_result(self) -> CallToolResult {
        CallToolResult { content: self.into_iter().map(Into::into).collect(), ..CallToolResult::default() }
    }
}

impl<T: Block, const N: usize> ToolResult for [T; N] {
    fn into_result(self) -> CallToolResult {
        Vec::from(self).into_result()
    }
}

/// A content block, alone or in a list. Text is not one: a list of strings is structured.
pub trait Block: Into<Content> {}

macro_rules! blocks {
    ($($block:ty),*) => {$(
        impl Block for $block {}
        impl ToolResult for $block {
            fn into_result(self) -> CallToolResult {
                CallToolResult::new().with(self)
            }
        }
    )*};
}

blocks!(Content, Text, Image, Audio, ResourceLink, EmbeddedResource);

macro_rules! tuples {
    ($($($name:ident)*;)*) => {$(
        impl<$($name: Into<Content>),*> ToolResult for ($($name,)*) {
            #[allow(non_snake_case)]
            fn into_result(self) -> CallToolResult {
                let ($($name,)*) = self;
                CallToolResult::new()$(.with($name))*
            }
        }
    )*};
}

tuples!(A B; A B C; A B C D; A B C D E; A B C D E F;);

macro_rules! texts {
    ($($text:ty),*) => {$(
        impl ToolResult for $text {
            fn into_result(self) -> CallToolResult {
                CallToolResult::new().with(self.to_string())
            }
        }
    )*};
}

texts!(&str, Cow<'_, str>, Box<str>, std::sync::Arc<str>, char, bool, f32, f64);
texts!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

impl ToolResult for String {
    fn into_result(self) -> CallToolResult {
        CallToolResult::new().with(self)
    }
}

/// What becomes structured content, with an output schema.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a tool",
    label = "this is neither content nor a type with a schema",
    note = "put `#[mcp_runtime::model]` on the type, or derive `serde::Serialize` and `schemars::JsonSchema`",
    note = "text, numbers, `()`, `Image`, `Vec<Content>`, `CallToolResult` and `Result` of all these work as they are"
)]
pub trait Structured: Serialize + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema> Structured for T {}

/// A result that is structured like this type.
pub fn structured<T: Structured>() -> Declared {
    Declared::Structured(SchemaGenerator::root_schema_for::<T>)
}

/// What the `Err` of a tool, resource or prompt must be.
#[diagnostic::on_unimplemented(
    message = "the error `{Self}` cannot be shown to a client",
    label = "this type does not implement `Display`",
    note = "implement `std::fmt::Display` for it, or return `Result<_, mcp_runtime::ToolError>`"
)]
pub trait Shown: fmt::Display + 'static {}

#[diagnostic::do_not_recommend]
impl<T: fmt::Display + 'static> Shown for T {}

/// Picks what to do with a type. Methods are looked up on `&&&Probe<T>`: those for `&&Probe` win over those for `&Probe`,
/// and these over those for `Probe`.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<fn() -> T>);

impl<T> Probe<T> {
    /// For a type.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Default for Probe<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// For the type of a value.
pub fn probe<T>(_: &T) -> Probe<T> {
    Probe::new()
}

/// An error of the standard kind is shown with its causes.
pub trait Caused<T, E> {
    /// The value, or how the function failed.
    fn settle(&self, result: Result<T, E>) -> Result<T, Failure>;
}

impl<T, E: std::error::Error + 'static> Caused<T, E> for &&Probe<Result<T, E>> {
    fn settle(&self, result: Result<T, E>) -> Result<T, Failure> {
        result.map_err(|error| Failure::from_caused(&error))
    }
}

/// A `Result` is split.
pub trait Fallible<T, E> {
    /// The probe of what is in `Ok`.
    fn settled(&self) -> Probe<T>;
    /// The value, or how the function failed.
    fn settle(&self, result: Result<T, E>) -> Result<T, Failure>
    where
        E: Shown;
}

impl<T, E> Fallible<T, E> for &Probe<Result<T, E>> {
    fn settled(&self) -> Probe<T> {
        Probe::new()
    }

    fn settle(&self, result: Result<T, E>) -> Result<T, Failure>
    where
        E: Shown,
    {
        result.map_err(Failure::from_error)
    }
}

/// Anything else stands for itself.
pub trait Infallible<T> {
    /// The same probe.
    fn settled(&self) -> Probe<T>;
    /// The value.
    fn settle(&self, value: T) -> Result<T, Failure>;
}

impl<T> Infallible<T> for Probe<T> {
    fn settled(&self) -> Self {
        Self::new()
    }

    fn settle(&self, value: T) -> Result<T, Failure> {
        Ok(value)
    }
}

/// Content has no schema.
pub trait AsContent<T> {
    /// What it looks like.
    fn declare(&self) -> Declared;
    /// The result.
    fn output(&self, value: T) -> Result<Output, Failure>;
}

impl<T: ToolResult> AsContent<T> for &&Probe<T> {
    fn declare(&self) -> Declared {
        Declared::Content
    }

    fn output(&self, value: T) -> Result<Output, Failure> {
        Ok(Output::Tool(value.into_result()))
    }
}

/// Everything else is structured.
pub trait AsStructured<T> {
    /// The result.
    fn output(&self, value: T) -> Result<Output, Failure>
    where
        T: Structured;
}

impl<T> AsStructured<T> for Probe<T> {
    fn output(&self, value: T) -> Result<Output, Failure>
    where
        T: Structured,
    {
        let json = on_one_line(&value).map_err(|error| Failure::Broken(format!("the result is not JSON: {error}")))?;
        Ok(Output::Tool(CallToolResult { structured: Some(json), ..CallToolResult::default() }))
    }
}

/// What is structured has a schema.
pub trait AsDeclared<T> {
    /// What it looks like.
    fn declare(&self) -> Declared;
}

impl<T: Structured> AsDeclared<T> for &Probe<T> {
    fn declare(&self) -> Declared {
        structured::<T>()
    }
}

/// What is neither is reported where it is put out, and not a second time here.
pub trait Undeclared<T> {
    /// Nothing.
    fn declare(&self) -> Declared;
}

impl<T> Undeclared<T> for Probe<T> {
    fn declare(&self) -> Declared {
        Declared::Content
    }
}

/// Splits what a function returned: with a value, it goes on to `$then`.
#[doc(hidden)]
#[macro_export]
macro_rules! __settled {
    ($value:expr, $ok:ident => $then:expr) => {{
        #[allow(unused_imports)]
        use $crate::__private::{Caused as _, Fallible as _, Infallible as _};
        let value = $value;
        match (&&&$crate::__private::probe(&value)).settle(value) {
            ::core::result::Result::Ok($ok) => $then,
            ::core::result::Result::Err(failure) => ::core::result::Result::Err(failure),
        }
    }};
}

/// What a tool's function returned, as the client gets it.
#[doc(hidden)]
#[macro_export]
macro_rules! __reply {
    ($value:expr) => {
        $crate::__settled!($value, value => {
            #[allow(unused_imports)]
            use $crate::__private::{AsContent as _, AsStructured as _};
            (&&&$crate::__private::probe(&value)).output(value)
        })
    };
}

/// What a tool's return type looks like.
#[doc(hidden)]
#[macro_export]
macro_rules! __declared {
    ($type:ty) => {{
        #[allow(unused_imports)]
        use $crate::__private::{AsContent as _, AsDeclared as _, Fallible as _, Infallible as _, Undeclared as _};
        (&&&(&&$crate::__private::Probe::<$type>::new()).settled()).declare()
    }};
}
