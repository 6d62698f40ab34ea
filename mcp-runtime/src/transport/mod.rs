//! How bytes come and go. Transports know the core, never the reverse.

pub(crate) mod lines;
mod outbox;
#[cfg(any(feature = "stdio", feature = "http"))]
mod process;
pub(crate) mod pump;
#[cfg(any(feature = "stdio", feature = "http"))]
mod signals;
#[cfg(any(feature = "stdio", feature = "http"))]
mod watchdog;

#[cfg(feature = "http")]
pub(crate) mod http;
#[cfg(feature = "stdio")]
pub(crate) mod stdio;
