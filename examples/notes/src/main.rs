//! Notes that a model can keep, in a SQLite file: state that changes, survives, and is shared by several servers.
//!
//! Run it with `cargo run -p notes`. `--database FILE` or `NOTES_DB` names the file; by default the notes lie in the user's data
//! directory. The option is beside those that every server has: `cargo run -p notes -- --database notes.db call find_notes`.

mod store;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use mcp_runtime::clap::{Arg, ArgMatches, value_parser};
use mcp_runtime::{Error, Filled, Json, Server, ToolError, model, prompt, resource, server, tool};

use store::{Edit, Fault, Note, Query, Store};

fn main() -> mcp_runtime::Result<()> {
    let server = server();
    let database = Arg::new("database").long("database").value_name("FILE").value_parser(value_parser!(PathBuf));
    let matches = server.command().arg(database.help("Keep the notes in this file")).get_matches();
    let path = path(&matches);
    let store = Store::open(&path).map_err(|fault| Error::other(format!("{}: {fault}", path.display())))?;
    server.state(store).run_matches(&matches)
}

fn server() -> Server {
    server!().instructions("Notes of the user. Find before you add, so that nothing is written twice.")
}

/// The file of the notes.
fn path(matches: &ArgMatches) -> PathBuf {
    let said = matches.get_one::<PathBuf>("database").cloned();
    let said = said.or_else(|| std::env::var_os("NOTES_DB").map(PathBuf::from));
    said.unwrap_or_else(|| data_directory().join("mcp-notes").join("notes.db"))
}

/// Where programs of this user keep what they make.
fn data_directory() -> PathBuf {
    let from = |variable| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = std::env::home_dir().unwrap_or_default();
    if cfg!(windows) {
        from("APPDATA").unwrap_or(home)
    } else if cfg!(target_os = "macos") {
        home.join("Library/Application Support")
    } else {
        from("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share"))
    }
}

/// Writes a new note.
#[tool(destructive = false, idempotent = false, open_world = false)]
fn add_note(
    #[arg(length = 1..=200)] title: String,
    #[arg(length = 0..=100_000)] text: String,
    /// Words under which it can be found again.
    #[arg(default, length = 0..=20)]
    tags: Vec<String>,
    store: &Store,
) -> Result<Note, Fault> {
    store.add(&title, &text, &tags)
}

/// Changes a note; what is left out stays as it is.
#[tool(destructive, idempotent, open_world = false)]
fn edit_note(
    /// As `find_notes` tells it.
    id: i64,
    #[arg(length = 1..=200)] title: Option<String>,
    #[arg(length = 0..=100_000)] text: Option<String>,
    /// All of its tags: those that are missing here are taken away.
    #[arg(length = 0..=20)]
    tags: Option<Vec<String>>,
    store: &Store,
) -> Result<Note, ToolError> {
    store.edit(id, &Edit { title, text, tags })?.ok_or_else(|| no_note(id))
}

/// Deletes a note for ever, and returns it for the last time.
#[tool(destructive, idempotent, open_world = false)]
fn delete_note(
    /// As `find_notes` tells it.
    id: i64,
    store: &Store,
) -> Result<Note, ToolError> {
    store.delete(id)?.ok_or_else(|| no_note(id))
}

/// Finds notes, the last changed first.
#[tool(read_only, open_world = false)]
fn find_notes(
    /// Each word must occur in the title, the text or a tag. Without words, all notes are found.
    #[arg(default, length = 0..=200)]
    query: String,
    /// Only notes with this tag.
    tag: Option<String>,
    /// At most so many.
    #[arg(default = 20, range = 1..=100)]
    limit: u32,
    store: &Store,
) -> Result<Vec<Note>, Fault> {
    store.find(&Query { words: query, tag, limit })
}

fn no_note(id: i64) -> ToolError {
    ToolError::new(format!("there is no note {id}: `find_notes` tells which there are"))
}

/// One note.
#[resource("notes://{id}", mime = "application/json")]
fn note(id: i64, store: &Store) -> Result<Option<Json<Note>>, Fault> {
    Ok(store.note(id)?.map(Json))
}

/// A line in the list of all notes.
#[model]
struct Line {
    uri: String,
    title: String,
    tags: Vec<String>,
    changed: String,
}

impl From<Note> for Line {
    fn from(note: Note) -> Self {
        Self { uri: format!("notes://{}", note.id), title: note.title, tags: note.tags, changed: note.changed }
    }
}

/// All notes without their texts, the last changed first.
#[resource("notes://all", mime = "application/json")]
fn all_notes(store: &Store) -> Result<Json<Vec<Line>>, Fault> {
    let all = Query { limit: u32::MAX, ..Query::default() };
    Ok(Json(store.find(&all)?.into_iter().map(Line::from).collect()))
}

/// Sums up the notes, all of them or those with a tag.
#[prompt]
fn summarise_notes(
    /// Only notes with this tag.
    #[arg(complete = tags)]
    tag: Option<String>,
    store: &Store,
) -> Result<String, Fault> {
    let notes = store.find(&Query { tag, limit: 100, ..Query::default() })?;
    let notes: String = notes.iter().map(|note| format!("\n\n# {}\n{}", note.title, note.text)).collect();
    Ok(format!("Sum up these notes in a few sentences, and list what is still to be done:{notes}"))
}

/// Completes a tag with those that are in use.
fn tags(typed: &str, filled: &Filled<'_>) -> Vec<String> {
    let store = filled.state::<Store>();
    store.and_then(|store| store.tags(typed).ok()).unwrap_or_default()
}
