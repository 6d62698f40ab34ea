//! Where the server itself reports trouble: `tracing` if somebody listens there, else standard error.

use std::fmt;
use std::io::Write as _;

/// Reports what a developer should look at.
pub(crate) fn error(message: fmt::Arguments<'_>) {
    #[cfg(feature = "tracing")]
    if tracing::dispatcher::has_been_set() {
        tracing::error!("{message}");
        return;
    }
    // There is nobody left to tell if standard error is closed.
    let _ = writeln!(std::io::stderr(), "mcp-runtime: {message}");
}

/// Reports what is odd but harmless; heard only by those who listen.
pub(crate) fn debug(message: fmt::Arguments<'_>) {
    #[cfg(feature = "tracing")]
    tracing::debug!("{message}");
    #[cfg(not(feature = "tracing"))]
    let _ = message;
}
