//! The hosts' files: where the process finds them, how one is read, and how it is replaced in one step.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::host::{Folders, System};

/// How often a file is read again that somebody else has changed meanwhile.
const ATTEMPTS: usize = 3;

impl Folders {
    /// Those of this process.
    pub(crate) fn of_process() -> io::Result<Self> {
        let folder = |variable: &str| env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
        Ok(Self {
            system: System::of_process(),
            home: env::home_dir().filter(|home| !home.as_os_str().is_empty()),
            roaming: folder("APPDATA"),
            config: folder("XDG_CONFIG_HOME"),
            claude_code: folder("CLAUDE_CONFIG_DIR"),
            claude_package: folder("LOCALAPPDATA").and_then(|local| claude_package(&local)),
            project: env::current_dir()?,
        })
    }
}

impl System {
    fn of_process() -> Self {
        match env::consts::OS {
            "windows" => Self::Windows,
            "macos" => Self::MacOs,
            _ => Self::Linux,
        }
    }
}

/// Windows keeps the files of a packaged application in its package, whose name ends with a hash of the publisher:
/// <https://github.com/anthropics/claude-code/issues/26073>.
pub(super) fn claude_package(local: &Path) -> Option<PathBuf> {
    let packages = fs::read_dir(local.join("Packages")).ok()?.flatten();
    let claude = packages.filter(|package| package.file_name().to_string_lossy().starts_with("Claude_"));
    claude
        .map(|package| package.path().join("LocalCache").join("Roaming").join("Claude"))
        .find(|folder| folder.is_dir())
}

/// Replaces the text of the file by what `change` makes of it; a file that is not there has an empty text. Says whether anything
/// changed: if not, nothing is written.
pub(super) fn edit(file: &Path, change: impl Fn(&str) -> Result<String, Fault>) -> Result<bool, Fault> {
    // A link stays one: what it leads to is replaced.
    let file = if fs::symlink_metadata(file).is_ok() { &fs::canonicalize(file)? } else { file };
    let _turn = turn(file);
    for _ in 0..ATTEMPTS {
        let before = bytes(file)?;
        let text = std::str::from_utf8(before.as_deref().unwrap_or_default()).map_err(|_| Fault::NotUtf8)?;
        let changed = change(text)?;
        if changed == text {
            return Ok(false);
        }
        let draft = Draft::write(file, &changed)?;
        if bytes(file)? == before {
            return draft.rename(file).map(|()| true);
        }
    }
    Err(Fault::Changing)
}

/// `None` if there is no such file. Pipes and devices have no end, and must not be replaced.
fn bytes(file: &Path) -> Result<Option<Vec<u8>>, Fault> {
    match fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
        Ok(metadata) if !metadata.is_file() => Err(Fault::NoFileThere),
        Ok(_) => Ok(Some(fs::read(file)?)),
    }
}

/// As long as this is open, no other installer edits a file in the same folder: what one of them writes between the last look of another
/// one and its renaming would be lost. Hosts know nothing of it. `None` where the system has no such lock.
#[cfg(unix)]
fn turn(file: &Path) -> Option<File> {
    use rustix::fs::{FlockOperation, flock};
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).ok().filter(|folder| flock(folder, FlockOperation::LockExclusive).is_ok())
}

#[cfg(not(unix))]
fn turn(_file: &Path) -> Option<File> {
    None
}

/// A file beside the one that it will become; dropped, it goes.
struct Draft {
    path: PathBuf,
}

impl Draft {
    /// With the permissions and the owner of the file, or for its owner alone: entries hold secrets.
    fn write(file: &Path, text: &str) -> Result<Self, Fault> {
        let metadata = fs::metadata(file).ok();
        if metadata.as_ref().is_some_and(|metadata| metadata.permissions().readonly()) {
            return Err(Fault::ReadOnly);
        }
        let mut name = file.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}.tmp", std::process::id()));
        let draft = Self { path: file.with_file_name(name) };
        let mut opened = private().open(&draft.path)?;
        opened.write_all(text.as_bytes())?;
        if let Some(metadata) = metadata {
            give(&opened, &metadata)?;
        }
        opened.sync_all()?;
        Ok(draft)
    }

    fn rename(self, file: &Path) -> Result<(), Fault> {
        fs::rename(&self.path, file)?;
        // The file is replaced; that its folder is on the disk is more than most file systems need.
        if cfg!(unix)
            && let Some(folder) = file.parent()
        {
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    options
}

/// Whoever acts for another user, as with `sudo`, must not take the file away from them.
#[cfg(unix)]
fn give(draft: &File, metadata: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let own = draft.metadata()?;
    if (own.uid(), own.gid()) != (metadata.uid(), metadata.gid()) {
        fchown(draft, Some(metadata.uid()), Some(metadata.gid()))?;
    }
    draft.set_permissions(metadata.permissions())
}

#[cfg(not(unix))]
fn give(draft: &File, metadata: &fs::Metadata) -> io::Result<()> {
    draft.set_permissions(metadata.permissions())
}
