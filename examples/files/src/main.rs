//! The files of a directory, for a model to list, read and search, and, if it is allowed to, to write.
//!
//! Run it with `cargo run -p files`. `FILES_ROOT` names the directory, which is the current one by default, and
//! `FILES_WRITE=1` offers the tools that write. No path leads out of the directory: `folder` says how. Clients that
//! subscribe to a file or a folder are told when it changes.

mod contents;
mod fault;
mod folder;
mod page;
mod search;
#[cfg(test)]
mod tests;
mod uri;
mod watch;

use std::path::Path;

use mcp_runtime::{Context, Error, Filled, Json, ResourceContents, Server, model, resource, tool};

use fault::{Fault, Problem, at};
use folder::{Entry, Folder, Listing};
use page::Page;
use search::{Bounds, Found};
use watch::Watch;

/// As much of a file as a resource holds.
const LARGEST_RESOURCE: u64 = 1024 * 1024;

/// As much as `edit_file` changes, and `write_file` writes.
const LARGEST_TEXT: u64 = 1024 * 1024;

fn main() -> mcp_runtime::Result<()> {
    let root = std::env::var_os("FILES_ROOT").unwrap_or_else(|| ".".into());
    let may_write = std::env::var_os("FILES_WRITE").is_some_and(|value| value == "1");
    server(Path::new(&root), may_write)?.run()
}

fn server(root: &Path, may_write: bool) -> mcp_runtime::Result<Server> {
    let named = |error| Error::other(format!("{}: {error}", root.display()));
    let server =
        mcp_runtime::server!().instructions("Files of the user. Paths are relative to one directory, with `/`.");
    let changes = server.changes();
    if !may_write {
        for tool in ["write_file", "edit_file"] {
            changes.tools().disable(tool).map_err(Error::other)?;
        }
    }
    let root = root.canonicalize().map_err(named)?;
    let folder = Folder::open(&root).map_err(named)?;
    // Whoever cannot watch can still read. The system may have no more watches, or the file system none at all.
    let watch = Watch::start(&root, changes).inspect_err(|error| eprintln!("files: changes are not told: {error}"));
    Ok(server.state(folder).state(watch.ok()))
}

/// Lists a folder.
#[tool(read_only, idempotent, open_world = false)]
fn list_files(
    /// The folder; the whole directory if left out.
    #[arg(default, example = "src")]
    path: String,
    folder: &Folder,
) -> Result<Listing, Fault> {
    folder.list(&path).map_err(at(&path))
}

/// Reads lines of a text file. `next_line` tells where to go on.
#[tool(read_only, idempotent, open_world = false)]
fn read_file(
    #[arg(length = 1..)] path: String,
    /// The first line, counted from 1.
    #[arg(default = 1, range = 1..)]
    first_line: u64,
    /// At most so many.
    #[arg(default = 500, range = 1..=5000)]
    lines: u64,
    folder: &Folder,
) -> Result<Page, Fault> {
    let page = folder.file(&path).and_then(|file| page::read(file, first_line, lines));
    page.map_err(at(&path))
}

/// Finds files by name, and lines of text files that contain a text. Hidden files and folders are left out.
#[tool(read_only, idempotent, open_world = false)]
fn search_files(
    /// What the name or the line contains; case does not matter.
    #[arg(length = 1..=200)]
    text: String,
    /// The folder to search in; the whole directory if left out.
    #[arg(default)]
    path: String,
    /// At most so many.
    #[arg(default = 50, range = 1..=500)]
    limit: usize,
    folder: &Folder,
    context: &Context,
) -> Result<Found, Fault> {
    search::run(folder, &path, &text, &Bounds::of(limit), || context.is_cancelled()).map_err(at(&path))
}

/// What was written, and where.
#[model]
struct Written {
    path: String,
    bytes: usize,
}

/// Writes a text file, and the folders that it lies in.
#[tool(destructive, idempotent, open_world = false)]
fn write_file(
    #[arg(length = 1..)] path: String,
    text: String,
    /// Whether a file that is there already may be replaced.
    #[arg(default)]
    overwrite: bool,
    folder: &Folder,
) -> Result<Written, Fault> {
    if text.len() as u64 > LARGEST_TEXT {
        return Err(at(&path)(Problem::TooLarge(LARGEST_TEXT)));
    }
    let written = if overwrite { folder.replace(&path, &text) } else { folder.create(&path, &text) };
    written.map_err(at(&path))?;
    Ok(Written { bytes: text.len(), path })
}

/// Replaces a piece of a text file that occurs in it exactly once.
#[tool(destructive, idempotent = false, open_world = false)]
fn edit_file(
    #[arg(length = 1..)] path: String,
    /// The piece as it is, with as much around it as makes it the only one.
    #[arg(length = 1..)]
    old: String,
    /// What comes in its place.
    new: String,
    folder: &Folder,
) -> Result<Written, Fault> {
    let edited = folder.edit(&path, LARGEST_TEXT, |text| match text.matches(&old).count() {
        1 => Ok(text.replacen(&old, &new, 1)),
        times => Err(Problem::Occurs(times)),
    });
    Ok(Written { bytes: edited.map_err(at(&path))?.len(), path })
}

/// The whole directory: what lies in it.
#[resource("files:///", name = "root", mime = "application/json", watch)]
fn root(folder: &Folder) -> Result<Json<Listing>, Fault> {
    folder.list("").map(Json).map_err(at(""))
}

/// A file, or what lies in a folder.
///
/// The scheme is not `file`, because hosts would take that for a path of the machine.
#[resource("files:///{+path}", watch)]
fn file(#[arg(complete = paths)] path: String, folder: &Folder) -> Result<Option<ResourceContents>, Fault> {
    let contents = match folder.bytes(&path, LARGEST_RESOURCE) {
        Err(Problem::IsFolder) => folder.list(&path).map(|listing| contents::of_folder(&listing)),
        bytes => bytes.map(|bytes| contents::of_file(&path, bytes)),
    };
    match contents {
        Err(Problem::Missing) => Ok(None),
        contents => contents.map(Some).map_err(at(&path)),
    }
}

/// Completes a path with what lies in the folder that was typed so far.
fn paths(typed: &str, filled: &Filled<'_>) -> Vec<String> {
    let (parent, start) = typed.rsplit_once('/').unwrap_or(("", typed));
    let listing = filled.state::<Folder>().and_then(|folder| folder.list(parent).ok());
    let entries = listing.into_iter().flat_map(|listing| listing.entries);
    entries.filter(|entry| entry.name().starts_with(start)).map(Entry::completed).collect()
}
