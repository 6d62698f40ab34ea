//! Serves: over standard input and output, or over HTTP.

use clap::{Arg, ArgAction, ArgMatches};

#[cfg(not(feature = "stdio"))]
use crate::error::Error;
use crate::error::Result;
use crate::server::Server;

/// Where `--http` listens unless it is told.
#[cfg(feature = "http")]
const ADDRESS: &str = "127.0.0.1:8000";

#[cfg(feature = "http")]
const HEADING: &str = "Over HTTP";

pub(super) fn arguments() -> Vec<Arg> {
    let quiet = Arg::new("quiet").short('q').long("quiet").action(ArgAction::SetTrue).help("Say nothing at start");
    #[cfg(feature = "http")]
    return [vec![quiet], web()].concat();
    #[cfg(not(feature = "http"))]
    return vec![quiet];
}

#[cfg(feature = "http")]
fn web() -> Vec<Arg> {
    let http = Arg::new("http")
        .long("http")
        .value_name("ADDRESS")
        .num_args(0..=1)
        .default_missing_value(ADDRESS)
        .value_parser(address)
        .help("Serve at this address and port, or at 127.0.0.1:8000");
    let host = Arg::new("allow-host")
        .long("allow-host")
        .value_name("HOST")
        .action(ArgAction::Append)
        .help("Answer requests addressed to this host; local names always are");
    let origin = Arg::new("allow-origin")
        .long("allow-origin")
        .value_name("ORIGIN")
        .action(ArgAction::Append)
        .help("Let web pages of this origin ask, such as https://app.example.com");
    let stateless = Arg::new("stateless")
        .long("stateless")
        .action(ArgAction::SetTrue)
        .help("Open no sessions, so that any replica can answer any request");
    let beside = [host, origin, stateless].map(|argument| argument.requires("http"));
    std::iter::once(http).chain(beside).map(|argument| argument.help_heading(HEADING)).collect()
}

/// An address with a port; a port alone is one of this machine.
#[cfg(feature = "http")]
fn address(text: &str) -> Result<String, String> {
    let is_port = |text: &str| text.parse::<u16>().is_ok();
    match text.rsplit_once(':') {
        None if is_port(text) => Ok(format!("127.0.0.1:{text}")),
        Some((host, port)) if !host.is_empty() && is_port(port) => Ok(text.to_owned()),
        Some(_) | None => Err(format!("write an address and a port, such as `{ADDRESS}`")),
    }
}

pub(super) fn run(server: Server, matches: &ArgMatches) -> Result<()> {
    let server = if matches.get_flag("quiet") { server.quiet() } else { server };
    #[cfg(feature = "http")]
    if let Some(address) = matches.get_one::<String>("http") {
        return over_http(server, matches, address);
    }
    stdio(server)
}

#[cfg(feature = "http")]
fn over_http(mut server: Server, matches: &ArgMatches, address: &str) -> Result<()> {
    let all = |name: &str| matches.get_many::<String>(name).into_iter().flatten().cloned();
    server.http.hosts.extend(all("allow-host"));
    server.http.origins.extend(all("allow-origin"));
    server.http.stateless |= matches.get_flag("stateless");
    server.run_http(address)
}

#[cfg(feature = "stdio")]
pub(super) fn stdio(server: Server) -> Result<()> {
    server.run_stdio()
}

#[cfg(not(feature = "stdio"))]
pub(super) fn stdio(server: Server) -> Result<()> {
    drop(server);
    Err(Error::Usage("this program was built without the feature `stdio` of `mcp-runtime`; try `--http`".into()))
}

#[cfg(all(test, feature = "http"))]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<ArgMatches, String> {
        let command = Server::new("test", "1.0.0").command();
        command.try_get_matches_from(line.split(' ')).map_err(|error| error.to_string())
    }

    #[test]
    fn a_command_line_is_read_as_it_is_meant() {
        for (line, address) in [
            ("test", None),
            ("test -q", None),
            ("test --http", Some("127.0.0.1:8000")),
            ("test --http 9000", Some("127.0.0.1:9000")),
            ("test --http=[::1]:9000", Some("[::1]:9000")),
            ("test --http localhost:80 --stateless", Some("localhost:80")),
        ] {
            assert_eq!(read(line).unwrap().get_one::<String>("http").map(String::as_str), address, "{line}");
        }
        let all = read("test --stateless --allow-host a --allow-host=b --http --allow-origin https://c").unwrap();
        assert_eq!(all.get_many::<String>("allow-host").unwrap().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(all.get_one::<String>("allow-origin").unwrap(), "https://c");
        assert!(all.get_flag("stateless"));
    }

    #[test]
    fn what_is_wrong_with_a_command_line_is_said() {
        for (line, said) in [
            ("test --htp", "a similar argument exists: '--http'"),
            ("test lst", "'list'"),
            ("test --http 1 2", "unrecognized subcommand '2'"),
            ("test --http localhost", "write an address and a port"),
            ("test --http --allow-host", "a value is required for '--allow-host <HOST>'"),
            ("test --stateless", "--http [<ADDRESS>]"),
        ] {
            let error = read(line).unwrap_err();
            assert!(error.contains(said), "{line}: {error}");
        }
    }
}
