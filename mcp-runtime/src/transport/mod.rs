//! How bytes come and go. Transports know the core, never the reverse.

pub(crate) mod lines;
pub(crate) mod pump;
#[cfg(feature = "stdio")]
pub(crate) mod stdio;
