//! `lint`: what hosts and models may stumble over.

use clap::Command;

use super::look::{ASIDE, Look, NAME, NEEDED, print};
use crate::error::{Error, Result};
use crate::findings::Finding;
use crate::server::Server;

pub(super) fn command() -> Command {
    Command::new("lint").about("Find what hosts and models may stumble over; fails if there is something")
}

pub(super) fn run(server: Server) -> Result<()> {
    let (findings, look) = (server.lint()?, Look::output());
    let shown: Vec<String> = findings.iter().map(|finding| shown(finding, look)).collect();
    print(&shown.join("\n"))?;
    match findings.len() {
        0 => {
            eprintln!("there are no findings");
            Ok(())
        }
        1 => Err(Error::other("there is 1 finding")),
        more => Err(Error::other(format!("there are {more} findings"))),
    }
}

/// In the layout of rustc.
fn shown(finding: &Finding, look: Look) -> String {
    let Finding { lint, item, file, line, message, advice, .. } = finding;
    let item = item.as_ref().map(|item| format!("{item}: ")).unwrap_or_default();
    let kind = look.paint(NEEDED, &format!("warning[{lint}]"));
    let mut out = format!("{kind}: {}\n", look.paint(NAME, &format!("{item}{message}")));
    if let (Some(file), Some(line)) = (file, line) {
        out.push_str(&format!("  {} {file}:{line}\n", look.paint(ASIDE, "-->")));
    }
    out.push_str(&format!("   {} help: {advice}\n", look.paint(ASIDE, "=")));
    out
}
