//! The command: `install HOST`.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::{Action, Entry, Folders, Host, Install, Scope, variable};
use crate::cli::look::{Look, print};
use crate::error::{Error, Result};
use crate::server::Server;

const NAME: &str = "install";

pub(in crate::cli) fn command() -> Command {
    let host = Arg::new("host")
        .value_name("HOST")
        .value_parser(Host::ALL.map(Host::name))
        .required(true)
        .help("The host; `json` is what most others understand");
    let name =
        Arg::new("name").long("name").value_name("NAME").help("What the host calls the server, instead of its name");
    let env = Arg::new("env")
        .long("env")
        .value_name("KEY=VALUE")
        .action(ArgAction::Append)
        .value_parser(variable)
        .help("An environment variable that the host sets");
    let http = Arg::new("http")
        .long("http")
        .value_name("URL")
        .conflicts_with_all(["env", "rest"])
        .help("Let the host ask a server that runs already at this URL, instead of starting this program");
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(clap::value_parser!(PathBuf))
        .help("Another file");
    let rest = Arg::new("rest")
        .value_name("ARGUMENT")
        .last(true)
        .action(ArgAction::Append)
        .help("What the host starts the program with");
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    Command::new(NAME)
        .about("Make the server known to a host: tell how, or do it")
        .arg_required_else_help(true)
        .args([host, name, env, http, config, rest])
        .args([
            flag("project", "For the project in this folder, instead of for you everywhere"),
            flag("write", "Write the entry into the file of the host, and leave everything else there as it is"),
            flag("uninstall", "Take the entry away again, at once").conflicts_with("write"),
            flag("force", "Replace or remove an entry that starts another program, too"),
        ])
}

pub(in crate::cli) fn run(server: &Server, matches: &ArgMatches) -> Result<()> {
    let install = Install {
        host: matches.get_one::<String>("host").and_then(|name| Host::named(name)).unwrap_or(Host::Json),
        entry: entry(server, matches)?,
        scope: if matches.get_flag("project") { Scope::Project } else { Scope::User },
        config: matches.get_one::<PathBuf>("config").cloned(),
        action: match (matches.get_flag("write"), matches.get_flag("uninstall")) {
            (true, _) => Action::Write,
            (false, true) => Action::Remove,
            (false, false) => Action::Print,
        },
        force: matches.get_flag("force"),
    };
    // A file of a project is somebody else's, and so is what is quoted of it.
    let look = Look::errors();
    let told = install.run(&Folders::of_process()?);
    let told = told.map_err(|fault| Error::other(look.tame(&fault.to_string()).into_owned()))?;
    let notes: String = told.notes.iter().map(|note| format!("{}\n", look.tame(note))).collect();
    // What was asked for is done, whether or not somebody reads of it.
    let _ = std::io::stderr().write_all(notes.as_bytes());
    print(&told.out)
}

fn entry(server: &Server, matches: &ArgMatches) -> Result<Entry> {
    let name = matches.get_one::<String>("name").unwrap_or(&server.identity().name).clone();
    if let Some(url) = matches.get_one::<String>("http") {
        return Ok(Entry::http(name, url.clone()));
    }
    let rest = matches.get_many::<String>("rest").into_iter().flatten().cloned();
    let env = matches.get_many::<(String, String)>("env").into_iter().flatten().cloned().collect();
    let typed = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let arguments = before(typed).chain(rest).collect();
    Ok(Entry::this_program(name, arguments, env)?)
}

/// What stands before the command leads to the server, or is meant for it, also when the host starts it.
fn before(arguments: impl Iterator<Item = String>) -> impl Iterator<Item = String> {
    arguments.take_while(|argument| argument != NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_to_the_server_leads_there_again() {
        let arguments = ["--database", "x.db", "mcp", "install", "cursor"].into_iter().map(str::to_owned);
        assert_eq!(before(arguments).collect::<Vec<_>>(), ["--database", "x.db", "mcp"]);
    }
}
