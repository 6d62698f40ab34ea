//! An issue tracker for a model: a wrapper over an HTTP API with a token, pages, and faults that pass.
//!
//! Run the API with `cargo run -p rest --example api`, and this with `TRACKER_TOKEN=token cargo run -p rest`.
//! `TRACKER_URL` says where the API is, if not at `http://127.0.0.1:8080`.

mod fault;
mod http;
#[cfg(test)]
mod tests;
mod tracker;

use std::env;

use mcp_runtime::{Error, Json, Server, ToolError, model, resource, tool};

use fault::Fault;
use http::Http;
use tracker::{Found, Issue, Query, Tracker};

fn main() -> mcp_runtime::Result<()> {
    let url = env::var("TRACKER_URL").unwrap_or_else(|_| "http://127.0.0.1:8080".into());
    // Not on the command line, where every user of the machine can read it.
    let token = env::var("TRACKER_TOKEN").map_err(|_| Error::other("`TRACKER_TOKEN` is not set"))?;
    server(Tracker::new(Http::new(&url, &token)?)).run()
}

fn server(tracker: Tracker) -> Server {
    mcp_runtime::server!()
        .instructions("Issues of the team. Find before you open one, so that nothing is reported twice.")
        .state(tracker)
}

/// Which issues to find.
#[model]
#[derive(Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum Which {
    #[default]
    Open,
    Closed,
    All,
}

/// Finds issues, the newest first.
#[tool(read_only, open_world, timeout = "1 min")]
async fn find_issues(
    /// What the title or the text contains.
    #[arg(length = 1..=100)]
    text: Option<String>,
    #[arg(default)] which: Which,
    /// At most so many.
    #[arg(default = 20, range = 1..=200)]
    limit: usize,
    tracker: &Tracker,
) -> Result<Found, Fault> {
    let state = match which {
        Which::Open => Some("open"),
        Which::Closed => Some("closed"),
        Which::All => None,
    };
    tracker.find(&Query { text, state, limit }).await
}

/// Gets an issue.
#[tool(read_only, open_world)]
async fn get_issue(number: u64, tracker: &Tracker) -> Result<Issue, ToolError> {
    tracker.issue(number).await?.ok_or_else(|| no_issue(number))
}

/// Opens an issue.
#[tool(destructive = false, idempotent = false, open_world)]
async fn open_issue(
    /// What is wrong, in a few words.
    #[arg(length = 1..=200)]
    title: String,
    /// How it shows, and what was expected, in Markdown.
    #[arg(default, length = 0..=20_000)]
    text: String,
    tracker: &Tracker,
) -> Result<Issue, Fault> {
    tracker.open(&title, &text).await
}

/// Closes an issue. One that is closed stays so.
#[tool(destructive, idempotent, open_world)]
async fn close_issue(number: u64, tracker: &Tracker) -> Result<Issue, ToolError> {
    tracker.close(number).await?.ok_or_else(|| no_issue(number))
}

fn no_issue(number: u64) -> ToolError {
    ToolError::new(format!("there is no issue {number}: `find_issues` tells which there are"))
}

/// An issue.
#[resource("tracker://issues/{number}", mime = "application/json")]
async fn issue(number: u64, tracker: &Tracker) -> Result<Option<Json<Issue>>, Fault> {
    Ok(tracker.issue(number).await?.map(Json))
}
