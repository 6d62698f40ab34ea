//! A server with one of everything, named and worded as the official conformance suite wants it (`tests/conformance/run`).
//!
//! Run it with `cargo run --example everything -- --http 127.0.0.1:8000`; `--features jsonschema` before the `--` adds the schema
//! written by hand. To learn how servers are written, read `weather`.

// Items are listed by module and line, and the suite calls the tool that is listed first without arguments. `content`
// begins with one that takes none, and is the first module of the alphabet: keep it so.
mod content;
mod headers;
mod prompts;
mod questions;
mod reports;
mod resources;
#[cfg(feature = "jsonschema")]
mod schemas;
mod streams;
mod tasks;
#[cfg(test)]
mod tests;
mod watched;

use mcp_runtime::Server;

/// A red dot of one pixel.
const PIXEL: &[u8] = include_bytes!("pixel.png");

/// A sound of no length.
const SILENCE: &[u8] = include_bytes!("silence.wav");

fn main() -> mcp_runtime::Result<()> {
    server().run()
}

fn server() -> Server {
    Server::new("everything", "1.0.0").instructions("Fixtures for the conformance suite; there is nothing useful here.")
}
