//! The command line that every server has.

use std::io::Write as _;

use crate::error::{Error, Result};
use crate::server::Server;

impl Server {
    /// Does what the command line says: without arguments, serves standard input and output like
    /// [`run_stdio`](Self::run_stdio). `--version` and `--help` print and return.
    ///
    /// A program that has a command line of its own calls `run_stdio` instead.
    ///
    /// # Errors
    /// When an argument is not understood, and like `run_stdio`.
    pub fn run(self) -> Result<()> {
        let identity = self.identity();
        let (name, version) = (identity.name.clone(), identity.version.clone());
        match std::env::args().nth(1).as_deref() {
            None => self.run_stdio(),
            Some("-V" | "--version") => print(&format!("{name} {version}")),
            Some("-h" | "--help") => print(&format!(
                "{name} {version}: a Model Context Protocol server\n\n\
                 Usage: {name}\n\n\
                 Serves one client over standard input and output, one JSON message per line.\n\
                 Hosts start it; to see it work, type a message."
            )),
            Some(other) => Err(Error::Usage(format!("unknown argument `{other}`; try `--help`"))),
        }
    }
}

fn print(text: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
