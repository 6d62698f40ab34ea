//! `prompt`: shows the messages of a prompt.

use clap::{Arg, ArgMatches, Command};
use serde_json::{Map, Value};

use super::given;
use super::look::{HEADING, Look};
use super::session::with_client;
use super::show::{self, Part, Wanted};
use crate::error::Result;
use crate::server::Server;

pub(super) fn command() -> Command {
    let name = Arg::new("prompt").value_name("PROMPT").required(true).help("The name of the prompt");
    let typed = given::typed("An argument, which is text");
    Command::new("prompt").about("Get a prompt, and show its messages").args([name, typed]).args(show::arguments())
}

pub(super) fn run(server: Server, matches: &ArgMatches) -> Result<()> {
    let name = matches.get_one::<String>("prompt").map(String::as_str).unwrap_or_default();
    let arguments: Map<String, Value> = given::texts(matches).map(|(key, text)| (key, text.into())).collect();
    let prompt = with_client(server, async |client| client.prompt(name, arguments).await)?;
    let result = prompt.json();
    let messages = result.get("messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    Wanted::of(matches).show(result, |look| parts(messages, look))
}

/// Who says what, with an empty line between them.
fn parts(messages: &[Value], look: Look) -> Vec<Part> {
    let mut parts = Vec::new();
    for message in messages {
        if !parts.is_empty() {
            parts.push(Part::Text("\n".into()));
        }
        let role = message.get("role").and_then(Value::as_str).unwrap_or_default();
        parts.push(Part::Text(look.paint(HEADING, role)));
        parts.push(show::content(message.get("content").unwrap_or(&Value::Null), look));
    }
    parts
}
