//! Finds files by name and lines by what they contain, and ends whatever there is to search.

use std::collections::VecDeque;
use std::io::Read as _;

use mcp_runtime::model;

use crate::fault::Problem;
use crate::folder::{Entry, Folder, Kind};

/// How far a search goes.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    pub matches: usize,
    /// Files and folders.
    pub entries: usize,
    /// Of each file.
    pub bytes: u64,
}

impl Bounds {
    /// The usual ones, with so many matches.
    pub(crate) fn of(matches: usize) -> Self {
        Self { matches, entries: 20_000, bytes: 1024 * 1024 }
    }
}

/// What was found.
#[model]
pub(crate) struct Found {
    pub matches: Vec<Match>,
    /// Whether there is nothing else: `false` if the search came to a limit, or something could not be read.
    pub complete: bool,
}

/// A file or folder whose name matches, or a line of a file.
#[model]
pub(crate) struct Match {
    pub path: String,
    /// Counted from 1; none where the name matches.
    pub line: Option<u64>,
    /// The line, or the beginning of a long one.
    pub text: Option<String>,
}

/// Searches a folder and those below it, the nearest first. Links are not followed, so there are no loops.
pub(crate) fn run(
    folder: &Folder,
    path: &str,
    text: &str,
    bounds: &Bounds,
    is_cancelled: impl Fn() -> bool,
) -> Result<Found, Problem> {
    let found = Found { matches: Vec::new(), complete: true };
    let mut search = Search { folder, text: text.to_lowercase(), left: bounds.clone(), found };
    let mut listings = VecDeque::from([folder.list(path)?]);
    while let Some(listing) = listings.pop_front() {
        search.found.complete &= listing.left_out == 0;
        for entry in listing.entries.into_iter().filter(|entry| !entry.name().starts_with('.')) {
            if search.left.entries == 0 || search.left.matches == 0 || is_cancelled() {
                search.found.complete = false;
                return Ok(search.found);
            }
            search.left.entries = search.left.entries.saturating_sub(1);
            search.look_at(&entry);
            if entry.kind == Kind::Folder {
                match folder.list(&entry.path) {
                    Ok(listing) => listings.push_back(listing),
                    Err(_) => search.found.complete = false,
                }
            }
        }
    }
    Ok(search.found)
}

struct Search<'a> {
    folder: &'a Folder,
    /// In lower case.
    text: String,
    left: Bounds,
    found: Found,
}

impl Search<'_> {
    fn look_at(&mut self, entry: &Entry) {
        if self.contains_text(entry.name()) {
            self.report(entry, None);
        }
        if entry.kind == Kind::File && self.look_into(entry).is_none() {
            self.found.complete = false;
        }
    }

    /// `None` if not all of the file could be read.
    fn look_into(&mut self, entry: &Entry) -> Option<()> {
        let mut bytes = Vec::new();
        let file = self.folder.file(&entry.path).ok()?;
        let length = file.take(self.left.bytes.saturating_add(1)).read_to_end(&mut bytes).ok()?;
        if bytes.contains(&0) {
            // It is no text, and nobody looks for one in it.
            return Some(());
        }
        for (number, line) in (1..).zip(String::from_utf8_lossy(&bytes).lines()) {
            if self.contains_text(line) {
                self.report(entry, Some((number, line)));
            }
        }
        (length as u64 <= self.left.bytes).then_some(())
    }

    fn contains_text(&self, words: &str) -> bool {
        words.to_lowercase().contains(&self.text)
    }

    fn report(&mut self, entry: &Entry, line: Option<(u64, &str)>) {
        const LONGEST: usize = 200;
        match self.left.matches.checked_sub(1) {
            None => self.found.complete = false,
            Some(left) => {
                self.left.matches = left;
                let text = line.map(|(_, text)| text.chars().take(LONGEST).collect());
                self.found.matches.push(Match { path: entry.path.clone(), line: line.map(|(line, _)| line), text });
            }
        }
    }
}
