//! Notes in a SQLite file. What a method has returned is on the disk, whatever happens to the program afterwards.
//!
//! Several programs may have the same file open.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mcp_runtime::model;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, Transaction, TransactionBehavior, named_params};

/// How long to wait for another program that is writing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ids are never used again, so that a link to a deleted note does not lead to another one.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS notes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        changed TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ'))
    );
    CREATE TABLE IF NOT EXISTS tags (
        note INTEGER NOT NULL REFERENCES notes ON DELETE CASCADE,
        tag TEXT NOT NULL COLLATE NOCASE,
        PRIMARY KEY (note, tag)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS tags_by_name ON tags (tag);";

/// A note with its tags, which are separated by a control character: no tag contains one.
const SELECT: &str = "
    SELECT id, title, text, changed,
        coalesce((SELECT group_concat(tag, char(31)) FROM tags WHERE note = id), '') AS tags
    FROM notes";

/// The notes. One call at a time is served.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Mutex<Connection>,
}

/// A note as it is on the disk.
#[model]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub id: i64,
    pub title: String,
    pub text: String,
    pub tags: Vec<String>,
    /// When it was written or last edited, in UTC.
    pub changed: String,
}

/// What to change of a note; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edit {
    pub title: Option<String>,
    pub text: Option<String>,
    pub tags: Option<Vec<String>>,
}

/// Which notes to find.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    /// Each word must occur in the title, the text or a tag.
    pub words: String,
    pub tag: Option<String>,
    pub limit: u32,
}

/// Why the notes could not be read or written. Nothing was changed then.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Another program did not finish writing in time.
    Busy,
    Full,
    /// Not ours to write, or not there.
    Denied,
    /// Not a database, or one that is damaged.
    Damaged,
    Other(rusqlite::Error),
}

type Result<T> = std::result::Result<T, Fault>;

impl Store {
    /// Opens the file and makes it if it is missing.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, PATIENCE)
    }

    fn open_with(path: &Path, patience: Duration) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|_| Fault::Denied)?;
        }
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(patience)?;
        keep_a_log(&connection, patience)?;
        // With a log, `FULL` means: on the disk before the call returns.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.set_transaction_behavior(TransactionBehavior::Immediate);
        if !has_tables(&connection)? {
            write(&mut connection, |changes| changes.execute_batch(TABLES))?;
        }
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// Writes a new note.
    pub(crate) fn add(&self, title: &str, text: &str, tags: &[String]) -> Result<Note> {
        write(&mut self.lock(), |changes| {
            changes.execute("INSERT INTO notes (title, text) VALUES (?1, ?2)", [title, text])?;
            let id = changes.last_insert_rowid();
            tag(changes, id, tags)?;
            read(changes, id)
        })?
        .ok_or(Fault::Damaged)
    }

    /// Changes a note; `None` if there is none with this id.
    pub(crate) fn edit(&self, id: i64, edit: &Edit) -> Result<Option<Note>> {
        write(&mut self.lock(), |changes| {
            let changed = changes.execute(
                "UPDATE notes SET title = coalesce(:title, title), text = coalesce(:text, text),
                    changed = strftime('%Y-%m-%dT%H:%M:%SZ') WHERE id = :id",
                named_params! { ":id": id, ":title": edit.title, ":text": edit.text },
            )?;
            if let (1, Some(tags)) = (changed, &edit.tags) {
                changes.execute("DELETE FROM tags WHERE note = ?1", [id])?;
                tag(changes, id, tags)?;
            }
            read(changes, id)
        })
    }

    /// Deletes a note and returns it; `None` if there is none with this id.
    pub(crate) fn delete(&self, id: i64) -> Result<Option<Note>> {
        write(&mut self.lock(), |changes| {
            let note = read(changes, id)?;
            changes.execute("DELETE FROM notes WHERE id = ?1", [id])?;
            Ok(note)
        })
    }

    /// The note with this id.
    pub(crate) fn note(&self, id: i64) -> Result<Option<Note>> {
        Ok(read(&self.lock(), id)?)
    }

    /// The notes that match, the last changed first.
    pub(crate) fn find(&self, query: &Query) -> Result<Vec<Note>> {
        let connection = self.lock();
        let words: Vec<_> = query.words.split_whitespace().map(pattern).collect();
        let conditions: String = (2..).zip(&words).map(|(number, _)| contains(number)).collect();
        let tagged = "(?1 IS NULL OR EXISTS (SELECT 1 FROM tags WHERE note = id AND tag = ?1))";
        let sql = format!("{SELECT} WHERE {tagged}{conditions} ORDER BY changed DESC, id DESC LIMIT {}", query.limit);
        let values = std::iter::once(query.tag.as_deref()).chain(words.iter().map(|word| Some(word.as_str())));
        let mut statement = connection.prepare(&sql)?;
        let notes = statement.query_map(rusqlite::params_from_iter(values), note)?;
        Ok(notes.collect::<rusqlite::Result<_>>()?)
    }

    /// Tags that begin like that, the most used first.
    pub(crate) fn tags(&self, start: &str) -> Result<Vec<String>> {
        let connection = self.lock();
        let mut statement = connection.prepare(
            "SELECT tag FROM tags WHERE tag LIKE ?1 ESCAPE '\\' GROUP BY tag ORDER BY count(*) DESC, tag LIMIT 100",
        )?;
        let tags = statement.query_map([format!("{}%", escaped(start))], |row| row.get(0))?;
        Ok(tags.collect::<rusqlite::Result<_>>()?)
    }

    /// A call that panicked has left nothing behind: its transaction was rolled back.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Readers and a writer do not wait for each other then. The file remembers it.
///
/// When two programs do this to a new file at once, one is refused without being made to wait, so it tries again.
fn keep_a_log(connection: &Connection, patience: Duration) -> Result<()> {
    const PAUSE: Duration = Duration::from_millis(10);
    let mut left = patience;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL").map_err(Fault::from) {
            Err(Fault::Busy) if !left.is_zero() => {
                std::thread::sleep(PAUSE);
                left = left.saturating_sub(PAUSE);
            }
            result => return result,
        }
    }
}

/// Asks first, because a start should not have to wait for somebody who is writing.
fn has_tables(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'tags_by_name'", [], |row| row.get(0))
}

/// All of the changes or none.
fn write<T>(connection: &mut Connection, change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T> {
    let changes = connection.transaction()?;
    let value = change(&changes)?;
    changes.commit()?;
    Ok(value)
}

fn tag(changes: &Transaction<'_>, id: i64, tags: &[String]) -> rusqlite::Result<()> {
    let mut insert = changes.prepare_cached("INSERT OR IGNORE INTO tags (note, tag) VALUES (?1, ?2)")?;
    let tags = tags.iter().map(|tag| tag.replace(char::is_control, " "));
    for tag in tags.filter(|tag| !tag.trim().is_empty()) {
        insert.execute((id, tag.trim()))?;
    }
    Ok(())
}

fn read(connection: &Connection, id: i64) -> rusqlite::Result<Option<Note>> {
    connection.query_row(&format!("{SELECT} WHERE id = ?1"), [id], note).optional()
}

fn note(row: &Row<'_>) -> rusqlite::Result<Note> {
    let tags: String = row.get("tags")?;
    Ok(Note {
        id: row.get("id")?,
        title: row.get("title")?,
        text: row.get("text")?,
        tags: tags.split('\u{1f}').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
        changed: row.get("changed")?,
    })
}

fn contains(number: u32) -> String {
    let like = format!("LIKE ?{number} ESCAPE '\\'");
    format!(" AND (title {like} OR text {like} OR EXISTS (SELECT 1 FROM tags WHERE note = id AND tag {like}))")
}

/// Matches texts that contain the word.
fn pattern(word: &str) -> String {
    format!("%{}%", escaped(word))
}

/// The word itself, where `%` and `_` would match anything.
fn escaped(word: &str) -> String {
    word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Self::Denied,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged,
            _ => Self::Other(error),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("another program is writing to the notes: try again in a few seconds"),
            Self::Full => f.write_str("the disk is full: ask the user to free some space, then try again"),
            Self::Denied => {
                f.write_str("the file of the notes cannot be opened for writing: ask the user to check its permissions")
            }
            Self::Damaged => f.write_str("the file of the notes is damaged: ask the user to restore it from a backup"),
            Self::Other(error) => write!(f, "the notes could not be read or written: {error}"),
        }
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Busy | Self::Full | Self::Denied | Self::Damaged => None,
            Self::Other(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn store() -> (TempDir, Store) {
        let folder = TempDir::new().unwrap();
        let store = Store::open(&folder.path().join("a/b/notes.db")).unwrap();
        (folder, store)
    }

    fn tags(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|&tag| tag.to_owned()).collect()
    }

    fn found(store: &Store, words: &str, tag: Option<&str>) -> Vec<String> {
        let query = Query { words: words.to_owned(), tag: tag.map(str::to_owned), limit: 10 };
        store.find(&query).unwrap().into_iter().map(|note| note.title).collect()
    }

    #[test]
    fn a_note_comes_back_as_it_was_written() {
        let (_folder, store) = store();
        let note = store.add("Tea 'n' \"milk\"", "two\nlines \u{1F375}", &tags(&["shop", " home ", "SHOP"])).unwrap();
        assert_eq!((note.title.as_str(), note.text.as_str()), ("Tea 'n' \"milk\"", "two\nlines \u{1F375}"));
        assert_eq!(note.tags, ["home", "shop"]);
        assert_eq!(note.changed.len(), "2026-07-28T12:00:00Z".len());
        assert_eq!(store.note(note.id).unwrap(), Some(note));
    }

    #[test]
    fn no_tag_is_empty_or_two() {
        let (_folder, store) = store();
        let note = store.add("a", "b", &tags(&["", " ", "x\u{1f}y", "z"])).unwrap();
        assert_eq!(note.tags, ["x y", "z"]);
    }

    #[test]
    fn notes_survive_a_restart() {
        let (folder, store) = store();
        let note = store.add("a", "b", &[]).unwrap();
        drop(store);
        let store = Store::open(&folder.path().join("a/b/notes.db")).unwrap();
        assert_eq!(store.note(note.id).unwrap(), Some(note));
    }

    #[test]
    fn an_edit_changes_what_it_names() {
        let (_folder, store) = store();
        let id = store.add("title", "text", &tags(&["old"])).unwrap().id;
        let edit = Edit { text: Some("new".to_owned()), ..Edit::default() };
        let note = store.edit(id, &edit).unwrap().unwrap();
        assert_eq!((note.title.as_str(), note.text.as_str(), note.tags), ("title", "new", tags(&["old"])));
        let edit = Edit { tags: Some(Vec::new()), ..Edit::default() };
        let note = store.edit(id, &edit).unwrap().unwrap();
        assert_eq!((note.text.as_str(), note.tags.len()), ("new", 0));
        assert_eq!(store.edit(999, &Edit { tags: Some(tags(&["x"])), ..Edit::default() }).unwrap(), None);
    }

    #[test]
    fn a_deleted_note_is_gone_and_its_id_is_not_used_again() {
        let (_folder, store) = store();
        let id = store.add("a", "b", &tags(&["t"])).unwrap().id;
        assert_eq!(store.delete(id).unwrap().map(|note| note.title).as_deref(), Some("a"));
        assert_eq!(store.delete(id).unwrap(), None);
        assert_eq!(store.note(id).unwrap(), None);
        assert!(store.tags("").unwrap().is_empty());
        assert!(store.add("c", "d", &[]).unwrap().id > id);
    }

    #[test]
    fn every_word_must_occur_somewhere() {
        let (_folder, store) = store();
        store.add("Buy tea", "green", &tags(&["shop"])).unwrap();
        store.add("Buy milk", "100 % fat_free", &tags(&["shop", "home"])).unwrap();
        assert_eq!(found(&store, "", None), ["Buy milk", "Buy tea"]);
        assert_eq!(found(&store, "buy GREEN", None), ["Buy tea"]);
        assert_eq!(found(&store, "home milk", None), ["Buy milk"]);
        assert_eq!(found(&store, "", Some("Shop")), ["Buy milk", "Buy tea"]);
        assert_eq!(found(&store, "tea", Some("home")), [""; 0]);
        assert_eq!(found(&store, "f_t", None), [""; 0]);
        assert_eq!(found(&store, "% fat_f", None), ["Buy milk"]);
        assert_eq!(found(&store, "' OR 1=1 --", None), [""; 0]);
    }

    #[test]
    fn a_limit_is_kept() {
        let (_folder, store) = store();
        for number in 0..5 {
            store.add(&number.to_string(), "", &[]).unwrap();
        }
        assert_eq!(store.find(&Query { limit: 2, ..Query::default() }).unwrap().len(), 2);
    }

    #[test]
    fn a_query_of_very_many_words_is_refused_and_no_more() {
        let (_folder, store) = store();
        let query = Query { words: "a ".repeat(100_000), tag: None, limit: 1 };
        assert!(matches!(store.find(&query), Err(Fault::Other(_))));
        assert!(found(&store, "", None).is_empty());
    }

    #[test]
    fn tags_are_completed_by_use() {
        let (_folder, store) = store();
        store.add("a", "", &tags(&["work", "home"])).unwrap();
        store.add("b", "", &tags(&["work", "wood"])).unwrap();
        assert_eq!(store.tags("w").unwrap(), ["work", "wood"]);
        assert_eq!(store.tags("").unwrap(), ["work", "home", "wood"]);
        assert_eq!(store.tags("%").unwrap(), [""; 0]);
    }

    #[test]
    fn what_is_acknowledged_is_on_the_disk() {
        let (_folder, store) = store();
        let connection = store.lock();
        let pragma =
            |name| connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0)).unwrap();
        assert_eq!(pragma("journal_mode"), "wal".to_owned().into());
        assert_eq!(pragma("synchronous"), 2_i64.into());
        assert_eq!(pragma("foreign_keys"), 1_i64.into());
    }

    #[test]
    fn a_locked_file_can_be_tried_again() {
        let (folder, _store) = store();
        let path = folder.path().join("a/b/notes.db");
        let store = Store::open_with(&path, Duration::from_millis(20)).unwrap();
        let other = Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert!(matches!(store.add("a", "b", &[]), Err(Fault::Busy)));
        assert_eq!(found(&store, "", None), [""; 0], "reading does not wait");
        assert!(Store::open_with(&path, Duration::from_millis(20)).is_ok(), "starting does not wait");
        other.execute_batch("COMMIT").unwrap();
        assert!(store.add("a", "b", &[]).is_ok());
    }

    #[test]
    fn a_full_disk_loses_nothing_and_can_be_tried_again() {
        let (_folder, store) = store();
        let before = store.add("before", "b", &[]).unwrap();
        let pages: i64 = store.lock().pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        store.lock().pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
        let large = "x".repeat(1_000_000);
        assert!(matches!(store.add("large", &large, &[]), Err(Fault::Full)));
        assert_eq!(store.note(before.id).unwrap(), Some(before));
        store.lock().pragma_update_and_check(None, "max_page_count", 1_000_000, |_| Ok(())).unwrap();
        assert!(store.add("large", &large, &[]).is_ok());
    }

    #[test]
    fn what_is_no_database_is_said_to_be_damaged() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("notes.db");
        std::fs::write(&path, "this is a text and not a database, and long enough to be seen as one".repeat(20))
            .unwrap();
        assert!(matches!(Store::open(&path), Err(Fault::Damaged)));
        assert!(matches!(Store::open(folder.path()), Err(Fault::Denied)));
    }

    #[test]
    fn many_may_start_and_write_at_once() {
        for _ in 0..10 {
            let folder = TempDir::new().unwrap();
            let path = folder.path().join("notes.db");
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        let store = Store::open(&path).unwrap();
                        for _ in 0..5 {
                            store.add("a", "b", &tags(&["c"])).unwrap();
                        }
                    });
                }
            });
            let all = Query { limit: 1_000, ..Query::default() };
            assert_eq!(Store::open(&path).unwrap().find(&all).unwrap().len(), 40);
        }
    }
}
