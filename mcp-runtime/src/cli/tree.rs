//! The commands, and which of them the arguments ask for.

use clap::error::ErrorKind;
use clap::{ArgMatches, Command};

use super::hint::hinted;
use super::{call, complete, inspect, install, lint, list, logging, prompt, read, serve, shell};
use crate::error::{Error, Result};
use crate::server::Server;

impl Server {
    /// Does what the command line says: without arguments, serves standard input and output like
    /// [`run_stdio`](Self::run_stdio); with `--http [ADDRESS]`, like [`run_http`](Self::run_http). `list`, `call` and the other
    /// [commands](crate#the-command-line) show and try what is offered; `--help` tells of all of them.
    ///
    /// Arguments that are not understood end the process with exit code 2, `--help` and `--version` with 0. If `RUST_LOG` is set and
    /// nobody listens to `tracing`, what it names is written to standard error.
    ///
    /// A program with a command line of its own has it beside that: [`command`](Self::command).
    ///
    /// # Errors
    /// Like what it runs.
    pub fn run(self) -> Result<()> {
        let Some(first) = std::env::args_os().nth(1) else {
            logging::listen();
            return serve::stdio(self);
        };
        let mut whole = shell::with_scripts(self.command());
        let matches = whole
            .try_get_matches_from_mut(std::env::args_os())
            .unwrap_or_else(|error| hinted(error, &first.to_string_lossy()).exit());
        let done = match shell::asked(&matches) {
            Some(script) => script.print(&whole, self),
            None => self.run_matches(&matches),
        };
        match done {
            Err(Error::Usage(text)) => wrong(whole, &matches, text),
            done => done,
        }
    }

    /// The command line of this server, for a program that adds arguments to it, or has it among commands of its own;
    /// [`run_matches`](Self::run_matches) runs it. [`clap`](crate::clap) is re-exported.
    ///
    /// ```no_run
    /// use mcp_runtime::clap::{Arg, Command};
    ///
    /// struct Database(String);
    ///
    /// fn main() -> mcp_runtime::Result<()> {
    ///     let server = mcp_runtime::server!();
    ///     let file = Arg::new("database").default_value("data.db");
    ///     let program = Command::new("shop").arg(file).subcommand_required(true).subcommand(server.command().name("mcp"));
    ///     let matches = program.get_matches();
    ///     let database = Database(matches.get_one::<String>("database").cloned().unwrap_or_default());
    ///     match matches.subcommand() {
    ///         // `shop mcp`, `shop mcp --http`, `shop mcp list` …
    ///         Some(("mcp", matches)) => server.state(database).run_matches(matches),
    ///         _ => Ok(()),
    ///     }
    /// }
    /// ```
    pub fn command(&self) -> Command {
        let identity = self.identity();
        let (name, version) = (identity.name.clone(), identity.version.clone());
        let words =
            identity.description.as_deref().or(self.instructions_given()).unwrap_or("A Model Context Protocol server.");
        let examples = format!(
            "Examples:\n  {name}                        serve one client over standard input and output, as hosts start it\n  \
             {name} --http                 serve many clients at http://127.0.0.1:8000/mcp\n  \
             {name} list                   show what is offered\n  \
             {name} call TOOL city=Oslo    call a tool\n\n\
             `{name} completions SHELL` prints a script for your shell, `{name} man` a manual page."
        );
        let title = format!("{name} {version}");
        Command::new(name)
            .version(version)
            .before_help(title)
            .about(words.to_owned())
            .args(serve::arguments())
            .after_help(examples)
            .subcommands([list::command(), call::command(), read::command(), prompt::command(), complete::command()])
            .subcommands([inspect::command(), lint::command(), install::command::command()])
            .disable_help_subcommand(true)
    }

    /// Runs what the arguments of [`command`](Self::command) ask for: one of its commands, or else it serves.
    ///
    /// ```
    /// # use mcp_runtime::{Server, items, tool};
    /// /// Adds two numbers.
    /// #[tool]
    /// fn add(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// # fn main() -> mcp_runtime::Result<()> {
    /// let server = Server::new("sums", "1.0.0").items(items![add]);
    /// let matches = server.command().get_matches_from(["sums", "call", "add", "a=2", "b=3"]);
    /// server.run_matches(&matches) // prints 5
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an argument cannot be what it says ([`Error::Usage`]), when a call fails, and like what it runs.
    ///
    /// # Panics
    /// If the matches are those of another command.
    pub fn run_matches(self, matches: &ArgMatches) -> Result<()> {
        logging::listen();
        match matches.subcommand() {
            None => serve::run(self, matches),
            Some(("list", matches)) => list::run(self, matches),
            Some(("inspect", _)) => inspect::run(self),
            Some(("lint", _)) => lint::run(self),
            Some(("install", matches)) => install::command::run(&self, matches),
            Some(("call", matches)) => call::run(self, matches),
            Some(("read", matches)) => read::run(self, matches),
            Some(("prompt", matches)) => prompt::run(self, matches),
            Some(("complete", matches)) => complete::run(self, matches),
            Some((other, _)) => Err(Error::Usage(format!("`{other}` is no command of a server"))),
        }
    }
}

/// Ends the process like clap does.
fn wrong(mut whole: Command, matches: &ArgMatches, text: String) -> ! {
    let mut asked = matches.subcommand_name().and_then(|name| whole.find_subcommand(name).cloned());
    asked.as_mut().unwrap_or(&mut whole).error(ErrorKind::ValueValidation, text).exit()
}

#[cfg(test)]
mod tests {
    use crate::server::Server;

    #[test]
    fn the_commands_are_consistent() {
        super::shell::with_scripts(Server::new("test", "1.0.0").command()).debug_assert();
    }
}
