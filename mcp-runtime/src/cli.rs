//! The command line that every server has.

use std::io::Write as _;

use crate::error::{Error, Result};
use crate::server::Server;

#[cfg(feature = "cli")]
#[cfg_attr(
    not(test),
    allow(dead_code, unused_imports, reason = "the command that runs it comes with the rest of the command line")
)]
mod install;

/// Where `--http` listens unless it is told.
#[cfg(feature = "http")]
const ADDRESS: &str = "127.0.0.1:8000";

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Stdio,
    Version,
    Help,
    #[cfg(feature = "http")]
    Http(Web),
}

/// `--http`, and what belongs to it.
#[cfg(feature = "http")]
#[derive(Debug, Default, PartialEq, Eq)]
struct Web {
    address: Option<String>,
    hosts: Vec<String>,
    origins: Vec<String>,
    stateless: bool,
}

impl Server {
    /// Does what the command line says: without arguments, serves standard input and output like
    /// [`run_stdio`](Self::run_stdio); with `--http [ADDRESS]`, like [`run_http`](Self::run_http). `--version` and `--help`
    /// print and return.
    ///
    /// A program that has a command line of its own calls one of those instead.
    ///
    /// # Errors
    /// When an argument is not understood, and like what it runs.
    pub fn run(self) -> Result<()> {
        let identity = self.identity();
        let (name, version) = (identity.name.clone(), identity.version.clone());
        match Command::read(std::env::args().skip(1))? {
            Command::Stdio => self.stdio(),
            Command::Version => print(&format!("{name} {version}")),
            Command::Help => print(&help(&name, &version)),
            #[cfg(feature = "http")]
            Command::Http(web) => self.web(web),
        }
    }

    #[cfg(feature = "stdio")]
    fn stdio(self) -> Result<()> {
        self.run_stdio()
    }

    #[cfg(not(feature = "stdio"))]
    fn stdio(self) -> Result<()> {
        Err(Error::Usage("this server does not speak over standard input and output; try `--http`".into()))
    }

    #[cfg(feature = "http")]
    fn web(mut self, web: Web) -> Result<()> {
        let Web { address, hosts, origins, stateless } = web;
        self.http.hosts.extend(hosts);
        self.http.origins.extend(origins);
        self.http.stateless |= stateless;
        self.run_http(address.as_deref().unwrap_or(ADDRESS))
    }
}

impl Command {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let arguments: Vec<String> = arguments.collect();
        let says = |names: [&str; 2]| arguments.iter().any(|argument| names.contains(&argument.as_str()));
        match arguments.first() {
            None => Ok(Self::Stdio),
            Some(_) if says(["-h", "--help"]) => Ok(Self::Help),
            Some(_) if says(["-V", "--version"]) => Ok(Self::Version),
            #[cfg(feature = "http")]
            Some(_) => Web::read(arguments.into_iter()).map(Self::Http),
            #[cfg(not(feature = "http"))]
            Some(other) => Err(unknown(other)),
        }
    }
}

#[cfg(feature = "http")]
impl Web {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let (mut web, mut is_http, mut first) = (Self::default(), false, None);
        let mut arguments = arguments.flat_map(split).peekable();
        while let Some(argument) = arguments.next() {
            first.get_or_insert_with(|| argument.clone());
            let mut value = || arguments.next_if(|next| !next.starts_with('-'));
            match argument.as_str() {
                "--http" => {
                    is_http = true;
                    web.address =
                        value().map(|address| if is_port(&address) { format!("127.0.0.1:{address}") } else { address });
                }
                "--allow-host" => web.hosts.push(value().ok_or_else(|| lacks("--allow-host", "mcp.example.com"))?),
                "--allow-origin" => {
                    web.origins.push(value().ok_or_else(|| lacks("--allow-origin", "https://app.example.com"))?);
                }
                "--stateless" => web.stateless = true,
                other => return Err(unknown(other)),
            }
        }
        let first = first.unwrap_or_default();
        if is_http { Ok(web) } else { Err(Error::Usage(format!("`{first}` wants `--http` beside it; try `--help`"))) }
    }
}

/// `--http=ADDRESS` is `--http ADDRESS`.
#[cfg(feature = "http")]
fn split(argument: String) -> Vec<String> {
    match argument.split_once('=') {
        Some((option, value)) if option.starts_with("--") => vec![option.into(), value.into()],
        Some(_) | None => vec![argument],
    }
}

#[cfg(feature = "http")]
fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

#[cfg(feature = "http")]
fn lacks(option: &str, example: &str) -> Error {
    Error::Usage(format!("`{option}` wants a value: `{option} {example}`"))
}

fn unknown(argument: &str) -> Error {
    Error::Usage(format!("unknown argument `{argument}`; try `--help`"))
}

fn help(name: &str, version: &str) -> String {
    let mut text = format!("{name} {version}: a Model Context Protocol server\n\nUsage:");
    if cfg!(feature = "stdio") {
        text.push_str(&format!(
            "\n  {name}\n      Serves one client over standard input and output, one JSON message per line. Hosts start it;\n      \
             to see it work, type a message."
        ));
    }
    if cfg!(feature = "http") {
        text.push_str(&format!(
            "\n  {name} --http [ADDRESS]\n      Serves many clients over HTTP, at http://127.0.0.1:8000/mcp unless told otherwise.\n\n\
             With --http:\n  \
             --allow-host HOST      answer requests addressed to this host; local names always are\n  \
             --allow-origin ORIGIN  let web pages of this origin ask\n  \
             --stateless            open no sessions, so that any replica can answer any request"
        ));
    }
    text
}

fn print(text: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}

#[cfg(all(test, feature = "http"))]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, String> {
        Command::read(line.split_whitespace().map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_command_line_is_read_as_it_is_meant() {
        let web = |address: Option<&str>| Web { address: address.map(str::to_owned), ..Web::default() };
        assert_eq!(read(""), Ok(Command::Stdio));
        assert_eq!(read("--http"), Ok(Command::Http(web(None))));
        assert_eq!(read("--http 9000 --help"), Ok(Command::Help));
        assert_eq!(read("--http 9000"), Ok(Command::Http(web(Some("127.0.0.1:9000")))));
        assert_eq!(read("--http=[::1]:9000"), Ok(Command::Http(web(Some("[::1]:9000")))));
        let all = Web {
            address: None,
            hosts: vec!["a".into(), "b".into()],
            origins: vec!["https://c".into()],
            stateless: true,
        };
        assert_eq!(
            read("--stateless --allow-host a --allow-host=b --http --allow-origin https://c"),
            Ok(Command::Http(all))
        );
    }

    #[test]
    fn what_is_wrong_with_a_command_line_is_said() {
        for (line, said) in [
            ("--htp", "unknown argument `--htp`"),
            ("--http 1 2", "unknown argument `2`"),
            ("--http --allow-host", "`--allow-host` wants a value"),
            ("--stateless", "`--stateless` wants `--http`"),
        ] {
            let error = read(line).unwrap_err();
            assert!(error.contains(said), "{line}: {error}");
        }
    }
}
