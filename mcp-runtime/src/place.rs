//! Where the author of an item wrote it.

use std::fmt;

/// A place in the source. Places stand in the order of the source: by module, then by line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// `module_path!()`.
    pub module: &'static str,
    /// `file!()`.
    pub file: &'static str,
    /// `line!()`.
    pub line: u32,
    /// The name of the function or of the type.
    pub name: &'static str,
}

/// As a line of a report.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { module, file, line, name } = self;
        write!(f, "  at {file}:{line} (`{module}::{name}`)")
    }
}
