//! What is wrong with a path, in words that a model can act on.

use std::fmt;
use std::io::{self, ErrorKind};

/// What is wrong, and with which path.
#[derive(Debug)]
pub(crate) struct Fault {
    path: String,
    problem: Problem,
}

/// What is wrong with a path or with what lies there.
#[derive(Debug)]
pub(crate) enum Problem {
    Missing,
    /// It leads out of the directory: by `..`, as an absolute path, or through a symbolic link.
    Outside,
    IsFolder,
    NoFolder,
    /// A pipe, a device or the like. Whoever reads one may wait for ever.
    NoFile,
    NoText,
    /// Larger than so many bytes.
    TooLarge(u64),
    /// This line alone is longer than a page.
    LongLine(u64),
    Taken,
    /// The piece to replace occurs so many times.
    Occurs(usize),
    Io(io::Error),
}

/// The problem is with this path.
pub(crate) fn at(path: &str) -> impl FnOnce(Problem) -> Fault {
    |problem| Fault { path: path.to_owned(), problem }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Missing,
            ErrorKind::AlreadyExists => Self::Taken,
            ErrorKind::IsADirectory => Self::IsFolder,
            ErrorKind::NotADirectory => Self::NoFolder,
            // Where the system denies something, it has a number for it. This is what `cap-std` denies.
            ErrorKind::PermissionDenied if error.raw_os_error().is_none() => Self::Outside,
            _ => Self::Io(error),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, problem } = self;
        match path.as_str() {
            "" => write!(f, "the directory {problem}"),
            path => write!(f, "`{}` {problem}", path.escape_debug()),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("does not exist: `list_files` tells what there is"),
            Self::Outside => f.write_str("leads out of the directory that is served: paths are relative to it"),
            Self::IsFolder => f.write_str("is a folder: `list_files` tells what lies in it"),
            Self::NoFolder => f.write_str("is no folder, or leads through a file"),
            Self::NoFile => f.write_str("is neither a file nor a folder, and cannot be read"),
            Self::NoText => f.write_str("is no text in UTF-8; read it as a resource"),
            Self::TooLarge(bytes) => write!(f, "is larger than {} KiB, which is the most here", bytes / 1024),
            Self::LongLine(line) => write!(f, "has no page there: line {line} alone is too long; go on with the next"),
            Self::Taken => f.write_str("exists already: say `overwrite` to replace it"),
            Self::Occurs(0) => f.write_str("does not contain the piece: `read_file` tells what it contains"),
            Self::Occurs(times) => write!(f, "contains the piece {times} times: give more of what is around it"),
            Self::Io(error) => write!(f, "cannot be used: {error}"),
        }
    }
}

impl std::error::Error for Fault {}
