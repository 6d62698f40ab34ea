//! What a shell and a manual want to know about the commands: only of a program whose whole command line is that of its server.

use std::io;
use std::path::Path;

use clap::{Arg, ArgMatches, Command};
use clap_complete::Shell;

use super::look::print;
use crate::error::Result;

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
    pub(super) fn print(self, command: &mut Command) -> Result<()> {
        let mut text = Vec::new();
        match self {
            Self::Completions(shell) => clap_complete::generate(shell, command, program(command), &mut text),
            Self::Manual => manual(command, &mut text)?,
        }
        print(&String::from_utf8_lossy(&text))
    }
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
