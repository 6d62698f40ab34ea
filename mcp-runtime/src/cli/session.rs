//! A client in this process, for the commands that try what is offered: the person at the terminal is asked.

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Builder;

use super::ask::at_terminal;
use super::bar::Bar;
use super::diverted::Diverted;
use super::interrupt::Interrupt;
use super::look::{ASIDE, Look};
use super::words;
use crate::client::{Client, ClientBuilder, Logged};
use crate::client_log::Level;
use crate::error::{Error, Result};
use crate::jsonrpc::code;
use crate::server::Server;
use crate::transport::process::not_within_a_runtime;

/// Starts the server with its hooks, does this as its client, and shuts it down, also where it is interrupted.
///
/// # Errors
/// When the server does not start, or what is done fails or is interrupted.
pub(super) fn with_client<T>(server: Server, ask: impl AsyncFnOnce(&Client) -> Result<T>) -> Result<T> {
    not_within_a_runtime("serve_stdio()")?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let diverted = Diverted::start();
    let bar = Arc::new(Bar::new());
    let done = runtime.block_on(async {
        let interrupt = Interrupt::start(server.time_to_end()).await?;
        let client = or_interrupted(&interrupt, client(&bar).connect(server)).await?;
        let asked = or_interrupted(&interrupt, ask(&client)).await;
        bar.clear();
        let closed = client.close().await;
        asked.and_then(|done| closed.map(|()| done))
    });
    // A thread that blocks for ever must not keep the process alive.
    runtime.shutdown_background();
    drop(diverted);
    done.map_err(for_people)
}

/// What is dropped is cancelled.
async fn or_interrupted<T>(interrupt: &Interrupt, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        biased;
        () = interrupt.asked() => Err(Error::other("interrupted")),
        done = work => done,
    }
}

/// What can be done here is declared: a person is asked only at a terminal, and plays the model too.
fn client(bar: &Arc<Bar>) -> ClientBuilder {
    let folder = std::env::current_dir().ok().map(|folder| uri(&folder));
    let (shown, logged) = (bar.clone(), bar.clone());
    let client = Client::builder()
        .info("mcp-runtime command line", env!("CARGO_PKG_VERSION"))
        .tasks()
        .roots(folder.as_deref())
        .on_progress(move |report| shown.show(&report))
        .on_log(Level::Info, move |message| {
            logged.clear();
            log(&message);
        });
    if !io::stdin().is_terminal() {
        return client;
    }
    let (forms, pages, models) = (bar.clone(), bar.clone(), bar.clone());
    client
        .elicit(move |form| {
            forms.clear();
            at_terminal().fill(&form)
        })
        .visit(move |page| {
            pages.clear();
            at_terminal().visit(&page)
        })
        .sample(move |request| {
            models.clear();
            at_terminal().reply(&request)
        })
}

fn uri(folder: &Path) -> String {
    let text = folder.to_string_lossy().replace('\\', "/");
    let encoded = |byte: u8| match byte {
        b'/' | b'-' | b'.' | b'_' | b'~' | b':' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    let root = if text.starts_with('/') { "" } else { "/" };
    format!("file://{root}{}", text.bytes().map(encoded).collect::<String>())
}

fn log(message: &Logged) {
    let look = Look::errors();
    let text = format!("{}: {}", message.level.as_str(), words::plain(&message.data));
    eprintln!("{}", look.paint(ASIDE, &look.tame(&text)));
}

/// What the server refuses, without what only programs understand.
fn for_people(error: Error) -> Error {
    match error {
        Error::Refused { code: code::MISSING_CLIENT_CAPABILITY, message, data } => {
            let required = data.as_ref().and_then(|data| data.get("requiredCapabilities"));
            let needs = |name: &str| required.is_some_and(|required| required.get(name).is_some());
            let advice = match () {
                () if needs("sampling") => "it asks a model: run it at a terminal, and answer in its place",
                () if needs("elicitation") => "it asks a person: run it at a terminal",
                () => "it needs what a command line does not have",
            };
            Error::other(format!("{}\n{advice}", message.lines().next().unwrap_or_default()))
        }
        Error::Refused { code: code::METHOD_NOT_FOUND, .. } => {
            Error::other("the server has nothing of this kind; `list` shows what it has")
        }
        Error::Refused { message, .. } => Error::other(Look::errors().tame(&message).into_owned()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_a_uri() {
        assert_eq!(uri(Path::new("/home/ann/my files")), "file:///home/ann/my%20files");
        assert_eq!(uri(Path::new("C:\\work")), "file:///C:/work");
    }
}
