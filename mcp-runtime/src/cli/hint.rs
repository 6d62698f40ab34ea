//! What is meant by arguments that nobody takes, and that people try all the same.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The error with what was meant, unless clap knows something similar. `command` is the first argument.
pub(super) fn hinted(mut error: Error, command: &str) -> Error {
    if let Some(meant) = meant(&error, command) {
        // In the place of how to write a text that begins with `--`, which nobody wants here.
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![meant.into()]));
    }
    error
}

fn meant(error: &Error, command: &str) -> Option<String> {
    if [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand].iter().any(|kind| error.get(*kind).is_some()) {
        return None;
    }
    let said = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    match (error.kind(), command) {
        (ErrorKind::UnknownArgument, "call" | "prompt" | "complete") => {
            let name = said(ContextKind::InvalidArg).strip_prefix("--")?;
            Some(format!("an argument is written '{name}=VALUE'"))
        }
        (ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand, _) => {
            let said = [ContextKind::InvalidArg, ContextKind::InvalidSubcommand].map(said).concat();
            Some(of_server(&said)?.to_owned())
        }
        _ => None,
    }
}

/// What other servers and tools call it.
fn of_server(said: &str) -> Option<&'static str> {
    match said.trim_start_matches('-') {
        "serve" | "server" | "start" | "run" | "stdio" => {
            Some("without arguments it serves over standard input and output, and with '--http' over HTTP")
        }
        "http" | "port" | "p" | "host" | "addr" | "address" | "bind" | "sse" | "transport" => {
            Some("'--http [ADDRESS]' serves over HTTP, such as '--http 8000' or '--http 0.0.0.0:8000'")
        }
        "ls" | "tools" | "tool" | "resources" | "prompts" => Some("'list' shows what is offered"),
        "help" => Some("'--help' shows all commands, also after a command"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Server;

    fn told(arguments: &[&str]) -> String {
        let command = Server::new("test", "1.0.0").command();
        let error = command.try_get_matches_from(["test"].iter().chain(arguments)).unwrap_err();
        hinted(error, arguments[0]).render().to_string()
    }

    #[test]
    fn what_is_meant_is_told() {
        for (arguments, tip) in [
            (&["call", "add", "--city", "Oslo"][..], "tip: an argument is written 'city=VALUE'\n"),
            (&["call", "add", "--city=Oslo"], "tip: an argument is written 'city=VALUE'\n"),
            (&["prompt", "plan", "--days", "3"], "tip: an argument is written 'days=VALUE'\n"),
            (&["call", "add", "--jso"], "tip: a similar argument exists: '--json'\n"),
            (&["help"], "tip: '--help' shows all commands"),
            (&["tools"], "tip: 'list' shows"),
            (&["serve"], "tip: without arguments it serves"),
            (&["--port", "80"], "tip: '--http [ADDRESS]' serves over HTTP"),
            (&["http"], "tip: '--http [ADDRESS]' serves over HTTP"),
            (&["cal"], "tip: a similar subcommand exists: 'call'\n"),
        ] {
            let told = told(arguments);
            assert!(told.contains(tip), "{arguments:?}: {told}");
            assert_eq!(told.matches("tip:").count(), 1, "{arguments:?}: {told}");
        }
        assert!(!told(&["nonsense"]).contains("tip:"));
    }
}
