//! What a shell and a manual want to know about the commands: only of a program whose whole command line is that of its server.

use std::io;
use std::path::Path;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};
use clap_complete::Shell;
use serde_json::Value;

use super::look::print;
use crate::error::Result;
use crate::server::Server;

/// A text for other programs.
pub(super) enum Script {
    Completions(Shell),
    Manual,
}

/// With the commands that print such texts; they are not in the way of others.
pub(super) fn with_scripts(command: Command) -> Command {
    let shell = Arg::new("shell").value_name("SHELL").value_parser(clap::value_parser!(Shell)).required(true);
    command
        .subcommand(
            Command::new("completions").about("Print a script that completes this command line").arg(shell).hide(true),
        )
        .subcommand(Command::new("man").about("Print a manual page").hide(true))
}

/// The text that is asked for, if one is.
pub(super) fn asked(matches: &ArgMatches) -> Option<Script> {
    match matches.subcommand()? {
        ("completions", matches) => matches.get_one::<Shell>("shell").copied().map(Script::Completions),
        ("man", _) => Some(Script::Manual),
        _ => None,
    }
}

impl Script {
    pub(super) fn print(self, command: &Command, server: Server) -> Result<()> {
        let mut text = Vec::new();
        match self {
            Self::Completions(shell) => {
                let program = program(command);
                let mut command = match server.surface() {
                    Ok(surface) => with_names(command.clone(), surface.json()),
                    // Why it cannot start, the other commands say.
                    Err(_) => command.clone(),
                };
                clap_complete::generate(shell, &mut command, program, &mut text);
            }
            Self::Manual => manual(command, &mut text)?,
        }
        print(&String::from_utf8_lossy(&text))
    }
}

/// With the names that are offered where a command wants one. URIs are left out: shells split words at their colons.
fn with_names(command: Command, offered: &Value) -> Command {
    [("call", "tool", "tools"), ("prompt", "prompt", "prompts"), ("complete", "item", "prompts")].into_iter().fold(
        command,
        |command, (name, argument, list)| {
            let names = PossibleValuesParser::new(names(offered, list));
            let named = |arg: Arg| if arg.get_id() == argument { arg.value_parser(names.clone()) } else { arg };
            command.mut_subcommand(name, |command| command.mut_args(named))
        },
    )
}

/// Those that are one word in every shell.
fn names(offered: &Value, list: &str) -> Vec<String> {
    let is_word = |name: &&str| name.chars().all(|one| one.is_ascii_alphanumeric() || "_-.".contains(one));
    let items = offered.get(list).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.get("name")?.as_str()).filter(is_word).map(str::to_owned).collect()
}

/// One page for all commands.
fn manual(command: &Command, out: &mut Vec<u8>) -> io::Result<()> {
    let page = clap_mangen::Man::new(command.clone());
    page.render(out)?;
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        let heading = command.get_name().to_uppercase();
        out.extend_from_slice(format!(".SH {heading}\n").as_bytes());
        let page = clap_mangen::Man::new(command.clone());
        page.render_description_section(out)?;
        page.render_synopsis_section(out)?;
        page.render_options_section(out)?;
    }
    Ok(())
}

/// What the shell knows the program as.
fn program(command: &Command) -> String {
    let started = std::env::args_os().next();
    let file =
        started.as_deref().map(Path::new).and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    file.unwrap_or_else(|| command.get_name().to_owned())
}
