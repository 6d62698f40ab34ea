//! How bytes come and go. Transports know the core, never the reverse.

#[cfg(any(feature = "stdio", feature = "http"))]
mod banner;
pub(crate) mod lines;
mod outbox;
#[cfg(any(feature = "cli", feature = "stdio", feature = "http"))]
pub(crate) mod process;
pub(crate) mod pump;
#[cfg(any(feature = "cli", feature = "stdio", feature = "http"))]
pub(crate) mod signals;
#[cfg(any(feature = "stdio", feature = "http"))]
mod watchdog;

#[cfg(feature = "http")]
pub(crate) mod http;
#[cfg(feature = "stdio")]
pub(crate) mod stdio;

use crate::error::Result;
use crate::server::Server;

impl Server {
    /// Validates everything that would be validated at start, for a test of your own.
    ///
    /// # Errors
    /// With every fault that there is.
    pub fn check(self) -> Result<()> {
        #[cfg(feature = "http")]
        return http::validated(self).map(drop);
        #[cfg(not(feature = "http"))]
        return self.build().map(drop);
    }
}
