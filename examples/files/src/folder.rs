//! The directory that is served. No path leads out of it, whatever is written in it and whoever changes it meanwhile.
//!
//! The directory is held open, and the system resolves every path from there: in one call on Linux (`openat2` with
//! `RESOLVE_BENEATH`), component by component elsewhere. That is why `cap-std` is worth its weight: who looks whether a
//! path is inside and opens it afterwards leaves time in between, in which somebody can put a symbolic link there. What
//! it does not see is a hard link or a mount that was made on purpose.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use cap_fs_ext::OpenOptionsSyncExt as _;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirEntry, File, FileType, OpenOptions};
use mcp_runtime::model;

use crate::fault::Problem;

/// How many entries of a folder are listed.
const MOST_ENTRIES: usize = 1000;

/// A directory, and whatever lies in it.
#[derive(Debug)]
pub(crate) struct Folder {
    root: Dir,
    /// Who edits reads first: one at a time, so that no edit is lost.
    editing: Mutex<()>,
}

/// What lies in a folder, by name.
#[model]
pub(crate) struct Listing {
    pub entries: Vec<Entry>,
    /// How many more there are: past the thousandth, or with a name that is not UTF-8.
    pub left_out: usize,
}

/// What lies in a folder.
#[model]
pub(crate) struct Entry {
    /// From the directory that is served.
    pub path: String,
    pub kind: Kind,
    /// In bytes.
    pub size: Option<u64>,
}

/// What it is, links not followed.
#[model]
#[derive(Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    File,
    Folder,
    Link,
    /// A pipe, a device or the like.
    Other,
}

type Result<T> = std::result::Result<T, Problem>;

impl Folder {
    /// Opens the directory, wherever it is.
    pub(crate) fn open(path: &Path) -> std::io::Result<Self> {
        Ok(Self { root: Dir::open_ambient_dir(path, ambient_authority())?, editing: Mutex::new(()) })
    }

    /// What lies in a folder; in the directory itself if the path is empty.
    pub(crate) fn list(&self, path: &str) -> Result<Listing> {
        let mut listing = Listing { entries: Vec::new(), left_out: 0 };
        for entry in self.root.read_dir(if path.is_empty() { "." } else { path })? {
            match Entry::of(path, &entry?) {
                Some(entry) if listing.entries.len() < MOST_ENTRIES => listing.entries.push(entry),
                Some(_) | None => listing.left_out = listing.left_out.saturating_add(1),
            }
        }
        listing.entries.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(listing)
    }

    /// Opens a file to read. A pipe does not make it wait, and is refused.
    pub(crate) fn file(&self, path: &str) -> Result<File> {
        let file = self.root.open_with(path, OpenOptions::new().read(true).nonblock(true))?;
        match Kind::of(file.metadata()?.file_type()) {
            Kind::File => Ok(file),
            Kind::Folder => Err(Problem::IsFolder),
            Kind::Link | Kind::Other => Err(Problem::NoFile),
        }
    }

    /// All of a file that is not too large.
    pub(crate) fn bytes(&self, path: &str, most: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // What a file says of its size may be wrong by now.
        let length = self.file(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        if length as u64 > most { Err(Problem::TooLarge(most)) } else { Ok(bytes) }
    }

    /// Writes a new file, and the folders that it lies in.
    pub(crate) fn create(&self, path: &str, text: &str) -> Result<()> {
        self.make_parent(path)?;
        let mut file = self.root.open_with(path, OpenOptions::new().write(true).create_new(true))?;
        file.write_all(text.as_bytes())?;
        Ok(file.sync_all()?)
    }

    /// Writes a file, whether there is one already or not. Readers find the old text or the new one, never a part.
    pub(crate) fn replace(&self, path: &str, text: &str) -> Result<()> {
        self.make_parent(path)?;
        self.put(path, text)
    }

    /// Changes a text file, and returns its new text.
    pub(crate) fn edit(&self, path: &str, most: u64, change: impl FnOnce(&str) -> Result<String>) -> Result<String> {
        let _editing = self.editing.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8(self.bytes(path, most)?).map_err(|_| Problem::NoText)?;
        let edited = change(&text)?;
        if edited.len() as u64 > most {
            return Err(Problem::TooLarge(most));
        }
        self.put(path, &edited)?;
        Ok(edited)
    }

    fn make_parent(&self, path: &str) -> Result<()> {
        match Path::new(path).parent() {
            Some(parent) if parent != Path::new("") => Ok(self.root.create_dir_all(parent)?),
            Some(_) | None => Ok(()),
        }
    }

    /// Writes beside the file, and takes its place. A link is replaced, not followed.
    fn put(&self, path: &str, text: &str) -> Result<()> {
        let old = self.root.symlink_metadata(path).ok();
        match old.as_ref().map(|old| Kind::of(old.file_type())) {
            None | Some(Kind::File | Kind::Link) => {}
            Some(Kind::Folder) => return Err(Problem::IsFolder),
            Some(Kind::Other) => return Err(Problem::NoFile),
        }
        let beside = beside(path);
        let write = || -> std::io::Result<()> {
            let mut file = self.root.open_with(&beside, OpenOptions::new().write(true).create_new(true))?;
            // First: nobody is to read in between what only its owner may.
            if let Some(old) = old.filter(cap_std::fs::Metadata::is_file) {
                file.set_permissions(old.permissions())?;
            }
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            self.root.rename(&beside, &self.root, path)
        };
        write().inspect_err(|_| drop(self.root.remove_file(&beside))).map_err(Problem::from)
    }
}

/// A path in the same folder that nobody else uses.
fn beside(path: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = format!(".files-{}-{}.tmp", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    match path.rsplit_once('/') {
        Some((parent, _)) => format!("{parent}/{name}"),
        None => name,
    }
}

impl Entry {
    /// `None` if no text can name it.
    fn of(folder: &str, entry: &DirEntry) -> Option<Self> {
        let name = entry.file_name().into_string().ok()?;
        let path = match folder.trim_end_matches('/') {
            "" => name,
            folder => format!("{folder}/{name}"),
        };
        let kind = entry.file_type().map_or(Kind::Other, Kind::of);
        let size = (kind == Kind::File).then(|| entry.metadata().ok()).flatten();
        Some(Self { path, kind, size: size.map(|metadata| metadata.len()) })
    }

    /// What it is called in its folder.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Its path as far as it is known while it is typed: more comes after that of a folder.
    pub(crate) fn completed(self) -> String {
        match self.kind {
            Kind::Folder => self.path + "/",
            Kind::File | Kind::Link | Kind::Other => self.path,
        }
    }
}

impl Kind {
    fn of(kind: FileType) -> Self {
        match () {
            () if kind.is_file() => Self::File,
            () if kind.is_dir() => Self::Folder,
            () if kind.is_symlink() => Self::Link,
            () => Self::Other,
        }
    }
}
