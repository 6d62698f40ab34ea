//! `call`: calls a tool with arguments as they are typed at a shell.

use clap::{Arg, ArgMatches, Command};
use serde_json::{Map, Value, json};

use super::given::{self, object};
use super::list::{Row, rows, table};
use super::look::Look;
use super::session::with_client;
use super::show::{self, Wanted};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::server::Server;

pub(super) fn command() -> Command {
    let tool = Arg::new("tool").value_name("TOOL").required(true).help("The name of the tool");
    let typed = given::typed(
        "An argument, of the type that the schema says; `NAME:=VALUE` is JSON. One that is said again adds to a list",
    );
    let all =
        Arg::new("args").long("args").value_name("JSON").value_parser(object).help("Arguments as an object of JSON");
    Command::new("call")
        .about("Call a tool, and show its result")
        .after_help("Exit codes: 0 if the tool succeeded, 1 if it failed, 2 if the command line is wrong.")
        .args([tool, typed, all])
        .args(show::arguments())
}

pub(super) fn run(server: Server, matches: &ArgMatches) -> Result<()> {
    let tool = matches.get_one::<String>("tool").map(String::as_str).unwrap_or_default();
    let typed = given::all(matches);
    let mut arguments: Map<String, Value> = matches.get_one("args").cloned().unwrap_or_default();
    let result = with_client(server, async |client| {
        let schema = schema(client, tool).await?;
        given::add(&typed, &schema, &mut arguments).map_err(Error::Usage)?;
        complete(tool, &schema, &arguments)?;
        client.call(tool, arguments).await
    })?;
    let failed = result.is_error();
    let wanted = Wanted::of(matches);
    if !failed {
        return wanted.show(result.json(), |look| show::called(result.json(), look));
    }
    wanted.show_failure(result.json())?;
    Err(Error::other(Look::errors().tame(&result.text()).into_owned()))
}

/// The schema of a tool. Whether there is one, the server says when it is called.
async fn schema(client: &Client, tool: &str) -> Result<Value> {
    let tools = client.list("tools").await?;
    let known = tools.into_iter().find(|known| known.get("name").is_some_and(|name| name == tool));
    Ok(known.and_then(|mut known| known.get_mut("inputSchema").map(Value::take)).unwrap_or_else(|| json!({})))
}

/// Tells what is still to be typed. Where a name is not in the schema, it may be another name of what is missing: the server
/// knows.
fn complete(tool: &str, schema: &Value, arguments: &Map<String, Value>) -> Result<()> {
    let rows = rows(schema);
    if arguments.keys().any(|key| rows.iter().all(|row| row.name != *key)) {
        return Ok(());
    }
    let (missing, rest): (Vec<Row>, Vec<Row>) =
        rows.into_iter().filter(|row| !arguments.contains_key(&row.name)).partition(Row::is_required);
    if missing.is_empty() {
        return Ok(());
    }
    let s = if missing.len() == 1 { "" } else { "s" };
    let look = Look::errors();
    let mut text = format!("`{tool}` lacks {} argument{s}:\n{}", missing.len(), table(&missing, look));
    if !rest.is_empty() {
        text.push_str(&format!("\nand takes:\n{}", table(&rest, look)));
    }
    Err(Error::Usage(text.trim_end().to_owned()))
}
