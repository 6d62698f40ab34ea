//! How bytes come and go. Transports know the core, never the reverse.

pub(crate) mod lines;
mod outbox;
pub(crate) mod pump;
#[cfg(feature = "stdio")]
pub(crate) mod stdio;
