//! `inspect`: everything that is offered, as one document.

use clap::Command;

use super::look::{Look, print};
use super::show;
use crate::error::Result;
use crate::server::Server;

pub(super) fn command() -> Command {
    Command::new("inspect").about("Print all that is offered as one JSON document, to compare and to keep on record")
}

pub(super) fn run(server: Server) -> Result<()> {
    let (surface, look) = (server.surface()?, Look::output());
    print(&show::written(&surface.to_string(), look))
}
