//! What a prompt may return: a text, messages with roles, or the full result.

use std::borrow::Cow;

use crate::error::Failure;
use crate::reply::{GetPromptResult, Output, PromptMessage};
use crate::tool::Shown;

/// What a `#[prompt]` function may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a prompt",
    label = "return a `String`, `PromptMessage`s or a `GetPromptResult`",
    note = "`Result` of these works too"
)]
pub trait PromptResult {
    /// The messages.
    ///
    /// # Errors
    /// When the function failed.
    fn into_prompt(self) -> Result<GetPromptResult, Failure>;
}

impl PromptResult for GetPromptResult {
    fn into_prompt(self) -> Result<GetPromptResult, Failure> {
        Ok(self)
    }
}

impl PromptResult for Vec<PromptMessage> {
    fn into_prompt(self) -> Result<GetPromptResult, Failure> {
        Ok(GetPromptResult::new(self))
    }
}

impl<const N: usize> PromptResult for [PromptMessage; N] {
    fn into_prompt(self) -> Result<GetPromptResult, Failure> {
        Ok(GetPromptResult::new(self))
    }
}

impl PromptResult for PromptMessage {
    fn into_prompt(self) -> Result<GetPromptResult, Failure> {
        [self].into_prompt()
    }
}

macro_rules! user_says {
    ($($type:ty),*) => {$(
        impl PromptResult for $type {
            fn into_prompt(self) -> Result<GetPromptResult, Failure> {
                PromptMessage::user(String::from(self)).into_prompt()
            }
        }
    )*};
}

user_says!(String, &str, Cow<'_, str>);

impl<T: PromptResult, E: Shown> PromptResult for Result<T, E> {
    fn into_prompt(self) -> Result<GetPromptResult, Failure> {
        self.map_err(Failure::from_error)?.into_prompt()
    }
}

/// What a prompt's function returned, as the client gets it.
#[doc(hidden)]
#[macro_export]
macro_rules! __messages {
    ($value:expr) => {
        $crate::__settled!($value, value => $crate::__private::messages_of(value))
    };
}

/// What a prompt's function returned, if it did not fail.
///
/// # Errors
/// When the function failed.
pub fn messages_of(value: impl PromptResult) -> Result<Output, Failure> {
    value.into_prompt().map(Output::Prompt)
}
