//! Why a host's configuration was not changed. Whatever the fault, the file is as it was.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Error;

#[derive(Debug)]
pub(crate) enum Fault {
    /// The text is neither JSON nor JSON with comments; lines and columns count from 1.
    Syntax {
        line: usize,
        column: usize,
        what: String,
    },
    /// The file as a whole, or what these keys lead to, is not an object.
    NotAnObject(String),
    /// This key is there twice, and hosts differ in which one counts.
    Twice(String),
    /// The name belongs to an entry that is not this program's, which is described.
    Taken {
        name: String,
        there: String,
    },
    /// The host is not there: it has no such folder.
    NoFolder {
        host: &'static str,
        folder: PathBuf,
    },
    /// The environment does not say where the user's files are; the host's file is to be named.
    NoHome,
    /// This host has no configuration of a project.
    NoProjects(&'static str),
    /// This host does not read addresses in its configuration file.
    NoHttp(&'static str),
    /// The host is unknown, so the file is to be named.
    NoFile,
    /// An entry needs a name.
    NoName,
    /// Not the address of an HTTP server.
    Url(String),
    /// The executable of this process was moved or removed, or its path is not text.
    Executable(PathBuf),
    /// The file is marked as read-only.
    ReadOnly,
    /// A folder, a pipe or a device.
    NoFileThere,
    /// Somebody else writes the file as often as it is read here.
    Changing,
    NotUtf8,
    Io(io::Error),
    /// What is wrong with a file.
    In {
        file: PathBuf,
        fault: Box<Self>,
    },
}

impl Fault {
    pub(super) fn within(self, file: &Path) -> Self {
        Self::In { file: file.into(), fault: Box::new(self) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { line, column, what } => write!(f, "not valid JSON at line {line}, column {column}: {what}"),
            Self::NotAnObject(keys) if keys.is_empty() => f.write_str("not a JSON object"),
            Self::NotAnObject(keys) => write!(f, "`{keys}` is not an object"),
            Self::Twice(key) => write!(f, "`{key}` is there twice; remove one of them"),
            Self::Taken { name, there } => write!(
                f,
                "`{name}` is another program's entry: {there}; `--name` gives this one another name, `--force` acts on that one"
            ),
            Self::NoFolder { host, folder } => write!(
                f,
                "{host} does not seem to be installed: there is no folder {}; `--force` creates it, `--config` names another file",
                folder.display()
            ),
            Self::NoHome => f.write_str("the environment does not say where your files are; `--config` names the file"),
            Self::NoProjects(host) => write!(f, "{host} has no configuration of a project; leave `--project` out"),
            Self::NoHttp(host) => write!(
                f,
                "{host} does not connect to an address in its configuration file: add it under Settings > Connectors, or leave \
                 `--http` out"
            ),
            Self::NoFile => f.write_str("`json` is no host with a file of its own; `--config` names the file"),
            Self::NoName => f.write_str("the entry has no name; `--name` gives it one"),
            Self::Url(url) => write!(f, "`{url}` is not an address like `https://example.com/mcp`"),
            Self::Executable(path) => write!(
                f,
                "no host could start `{}`: it is not there any more, or its path is not Unicode",
                path.display()
            ),
            Self::ReadOnly => f.write_str("read-only"),
            Self::NoFileThere => f.write_str("a folder, a pipe or a device, and no file"),
            Self::Changing => f.write_str("somebody else keeps changing it; try again"),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::Io(error) => write!(f, "{error}"),
            Self::In { file, fault } => write!(f, "{}: {fault}", file.display()),
        }
    }
}

impl std::error::Error for Fault {}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::other(fault)
    }
}
