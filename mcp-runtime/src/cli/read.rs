//! `read`: shows a resource.

use clap::{Arg, ArgMatches, Command};
use serde_json::Value;

use super::look::{Look, print_bytes};
use super::session::with_client;
use super::show::{self, Part, Wanted};
use crate::error::Result;
use crate::server::Server;

pub(super) fn command() -> Command {
    let uri =
        Arg::new("uri").value_name("URI").required(true).help("The URI, with the variables of a template filled in");
    Command::new("read").about("Read a resource; bytes go into a pipe as they are").arg(uri).args(show::arguments())
}

pub(super) fn run(server: Server, matches: &ArgMatches) -> Result<()> {
    let uri = matches.get_one::<String>("uri").map(String::as_str).unwrap_or_default();
    let read = with_client(server, async |client| client.read(uri).await)?;
    let result = read.json();
    let contents = result.get("contents").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let wanted = Wanted::of(matches);
    let parts = |look: Look| -> Vec<Part> { contents.iter().map(|one| show::contents(one, look)).collect() };
    match parts(Look::output()).as_slice() {
        [Part::Bytes { bytes, .. }] if wanted.is_plain() && !Look::output().is_terminal() => print_bytes(bytes),
        _ => wanted.show(result, parts),
    }
}
