//! The record of a surface, in a file of the repository.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::Surface;

/// Says that what is there now goes on record.
const UPDATE: &str = "UPDATE_SURFACE";

impl Surface {
    /// Fails a test when the surface is not as it is on record in the file at `path`, which is relative to the package of the test.
    ///
    /// The report lists every change with its path, whether it breaks clients and why, and what the version of the server has to
    /// become by [Semantic Versioning](https://semver.org): what is removed or narrowed breaks clients, what is added does not. It
    /// fails for a change that breaks nothing, too: what was added and is not on record could be removed again unnoticed.
    /// The version and the order of items are not compared. [`Surface::since`] gives the same report to a test with a rule of its own.
    ///
    /// `UPDATE_SURFACE=1 cargo test` puts on record what is there now, whatever the report says: the change of the file in a
    /// review is the place to decide, together with that of the version. The version on record is the one that the next report
    /// counts from; as long as that is not released, further changes that break something need no other.
    ///
    /// A missing file is written and the test passes, but not where the variable `CI` is set.
    ///
    /// # Panics
    /// When the record is another one, is missing in CI, or cannot be read or written.
    #[track_caller]
    #[allow(clippy::panic, reason = "a test should fail here")]
    pub fn assert_recorded(&self, path: impl AsRef<Path>) {
        let is_set =
            |name| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0" && value != "false");
        let mode = match (is_set(UPDATE), is_set("CI")) {
            (true, _) => Mode::Update,
            (false, true) => Mode::Compare,
            (false, false) => Mode::CompareOrWrite,
        };
        if let Err(problem) = self.settle(path.as_ref(), mode) {
            panic!("{problem}");
        }
    }

    /// Compares with the record, or writes it.
    pub(super) fn settle(&self, path: &Path, mode: Mode) -> Result<(), String> {
        let shown = path.display();
        let recorded = match fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(format!("the record `{shown}` cannot be read: {error}")),
        };
        match (mode, recorded) {
            (Mode::Update, _) | (Mode::CompareOrWrite, None) => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                let written =
                    folder.map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, self.to_string()));
                written.map_err(|error| format!("the record `{shown}` cannot be written: {error}"))
            }
            (Mode::Compare, None) => Err(format!(
                "there is no record `{shown}`: run the test once outside of CI, and commit the file that it writes"
            )),
            (Mode::Compare | Mode::CompareOrWrite, Some(text)) => self.compare(&text, &shown.to_string()),
        }
    }

    fn compare(&self, recorded: &str, path: &str) -> Result<(), String> {
        let recorded = Self::read(recorded).map_err(|error| {
            format!("the record `{path}` is no document of a surface: {error}\nto write it anew: {UPDATE}=1 cargo test")
        })?;
        let report = self.since(&recorded);
        match report.changes() {
            [] => Ok(()),
            _ => Err(format!(
                "the surface is not as it is on record in `{path}`\n\n{report}\n\nif that is meant, put it on record: {UPDATE}=1 cargo test"
            )),
        }
    }
}

/// What a test does with the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Puts on record what is there now.
    Update,
    /// Compares; there has to be a record.
    Compare,
    /// Compares, or begins a record.
    CompareOrWrite,
}
