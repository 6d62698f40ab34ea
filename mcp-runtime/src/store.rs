//! What the stores of a user have in common: how they fail, and futures whose types nobody names.

use std::pin::Pin;

/// Why a store could not do what it was asked to do. It is logged, and clients are told nothing of it.
pub type StoreError = Box<dyn std::error::Error + Send + Sync>;

/// What a store does, when it is done.
pub(crate) type Stored<'s, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 's>>;
