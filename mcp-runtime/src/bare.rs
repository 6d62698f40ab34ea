//! What is left of the command line without the feature `cli`.

use crate::error::{Error, Result};
use crate::server::Server;

impl Server {
    /// Serves standard input and output like [`run_stdio`](Self::run_stdio). The command line comes with the feature `cli`, which is
    /// off: to serve over HTTP, call [`run_http`](Self::run_http).
    ///
    /// # Errors
    /// When there is an argument, and like what it runs.
    pub fn run(self) -> Result<()> {
        match std::env::args_os().nth(1) {
            None => self.stdio(),
            Some(argument) => Err(Error::Usage(format!(
                "`{}`: this program was built without the feature `cli` of `mcp-runtime`, so that it takes no arguments and serves \
                 standard input and output; to serve over HTTP, it has to call `run_http`",
                argument.to_string_lossy()
            ))),
        }
    }

    #[cfg(feature = "stdio")]
    fn stdio(self) -> Result<()> {
        self.run_stdio()
    }

    #[cfg(not(feature = "stdio"))]
    fn stdio(self) -> Result<()> {
        drop(self);
        Err(Error::Usage("this program was built without the feature `stdio` of `mcp-runtime`: call `run_http`".into()))
    }
}
