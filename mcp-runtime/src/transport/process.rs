//! What all transports need that own the process.

use std::io;
use std::thread;

use tokio::runtime::Handle;

use crate::error::{Error, Result};
#[cfg(any(feature = "stdio", feature = "http"))]
use crate::server::built::Built;

/// Threads beside those of functions, for whatever a library wants to do aside.
#[cfg(any(feature = "stdio", feature = "http"))]
const SPARE_THREADS: usize = 16;

/// How many threads may block.
#[cfg(any(feature = "stdio", feature = "http"))]
pub(super) fn threads(built: &Built) -> usize {
    built.core.settings.threads.saturating_add(SPARE_THREADS)
}

/// Runs on a thread of its own, for which nobody waits.
pub(crate) fn aside(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let run: Box<dyn FnOnce() + Send> = Box::new(run);
    thread::Builder::new().name(name.into()).spawn(run).map(drop)
}

/// A runtime cannot be started within another one. `instead` is what serves there.
pub(crate) fn not_within_a_runtime(instead: &str) -> Result<()> {
    if Handle::try_current().is_err() {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "`run` starts a runtime of its own, so it cannot be called within one\n\
         make `main` a plain `fn` without `#[tokio::main]`, or end it with `.{instead}.await`"
    )))
}
