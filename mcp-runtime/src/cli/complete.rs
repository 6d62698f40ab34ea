//! `complete`: what an argument of a prompt, or a variable of a template, may go on with.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, Value, json};

use super::given;
use super::look::{Look, print};
use super::session::with_client;
use super::show;
use crate::error::Result;
use crate::server::Server;

pub(super) fn command() -> Command {
    let item = Arg::new("item").value_name("PROMPT|TEMPLATE").required(true).help("A prompt, or the template of a URI");
    let typed =
        given::typed("What is typed so far: the last is completed, and those before it are filled in").required(true);
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print the whole answer as JSON");
    Command::new("complete").about("Complete an argument of a prompt or of a template").args([item, typed, json])
}

pub(super) fn run(server: Server, matches: &ArgMatches) -> Result<()> {
    let item = matches.get_one::<String>("item").map(String::as_str).unwrap_or_default();
    let mut typed: Vec<(String, String)> = given::texts(matches).collect();
    let (name, value) = typed.pop().unwrap_or_default();
    let filled: Map<String, Value> = typed.into_iter().map(|(key, text)| (key, text.into())).collect();
    let params = json!({
        "ref": if item.contains("://") { json!({ "type": "ref/resource", "uri": item }) } else { json!({ "type": "ref/prompt", "name": item }) },
        "argument": { "name": name, "value": value },
        "context": { "arguments": filled },
    });
    let result = with_client(server, async |client| client.request("completion/complete", params).await)?;
    let look = Look::output();
    if matches.get_flag("json") {
        return print(&show::json(&result, look));
    }
    let values = result.pointer("/completion/values").and_then(Value::as_array).into_iter().flatten();
    print(&values.filter_map(Value::as_str).map(|value| format!("{}\n", look.tame(value))).collect::<String>())
}
