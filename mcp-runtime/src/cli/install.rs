//! `install`: makes the server known to a host, or tells how.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

pub(in crate::cli) mod command;
mod disk;
mod entry;
mod fault;
mod host;
mod jsonc;

pub(crate) use entry::{Entry, Transport, variable};
pub(crate) use fault::Fault;
pub(crate) use host::{Folders, Host, Scope};

/// What to do with the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Tell what to put where.
    Print,
    /// Put it there.
    Write,
    /// Take it away.
    Remove,
}

/// What the command line asks for.
#[derive(Clone, Debug)]
pub(crate) struct Install {
    pub(crate) host: Host,
    pub(crate) entry: Entry,
    pub(crate) scope: Scope,
    /// Instead of the host's own file.
    pub(crate) config: Option<PathBuf>,
    pub(crate) action: Action,
    /// Act on an entry of another program, and create the folder of a host that is not there.
    pub(crate) force: bool,
}

/// What the user is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// For standard output: text to paste, or nothing.
    pub(crate) out: String,
    /// For standard error, a line each.
    pub(crate) notes: Vec<String>,
}

impl Install {
    pub(crate) fn run(&self, folders: &Folders) -> Result<Told, Fault> {
        self.check()?;
        let file = match &self.config {
            Some(file) => Some(file.clone()),
            None => self.host.file(self.scope, folders)?,
        };
        match self.action {
            Action::Print => self.print(file.as_deref()),
            Action::Write => self.write(&file.ok_or(Fault::NoFile)?),
            Action::Remove => self.remove(&file.ok_or(Fault::NoFile)?),
        }
    }

    fn check(&self) -> Result<(), Fault> {
        match &self.entry.transport {
            _ if self.entry.name.is_empty() => Err(Fault::NoName),
            Transport::Http { .. } if !self.host.takes_http() => Err(Fault::NoHttp(self.host.title())),
            Transport::Http { url } if !is_address(url) => Err(Fault::Url(url.clone())),
            Transport::Stdio { .. } | Transport::Http { .. } => Ok(()),
        }
    }

    fn print(&self, file: Option<&Path>) -> Result<Told, Fault> {
        let out = entry::merged("", self.host.form(), &self.entry, false)?;
        let place = file.map(|file| format!("goes into {}; `--write` puts it there", file.display()));
        let notes = place.into_iter().chain(self.command()?).chain(self.warnings());
        Ok(Told { out, notes: notes.collect() })
    }

    fn write(&self, file: &Path) -> Result<Told, Fault> {
        self.make_folder(file)?;
        let changed = disk::edit(file, |text| entry::merged(text, self.host.form(), &self.entry, self.force));
        let (name, shown) = (&self.entry.name, file.display());
        let notes = if changed.map_err(|fault| fault.within(file))? {
            vec![format!("`{name}` is in {shown}"), self.host.afterwards().into()]
        } else {
            vec![format!("`{name}` was in {shown} already, just like this; nothing was written")]
        };
        Ok(Told { out: String::new(), notes: notes.into_iter().chain(self.warnings()).collect() })
    }

    fn remove(&self, file: &Path) -> Result<Told, Fault> {
        let changed = disk::edit(file, |text| entry::without(text, self.host.form(), &self.entry, self.force));
        let (name, shown) = (&self.entry.name, file.display());
        let notes = if changed.map_err(|fault| fault.within(file))? {
            vec![
                format!("`{name}` is no longer in {shown}"),
                format!("{} may know it until it is started again", self.host.title()),
            ]
        } else {
            vec![format!("`{name}` was not in {shown}; nothing was written")]
        };
        Ok(Told { out: String::new(), notes })
    }

    /// The folder of a project's file is this program's to create; that of a user's file tells whether the host is installed.
    fn make_folder(&self, file: &Path) -> Result<(), Fault> {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
        match folder {
            None => Ok(()),
            Some(folder) if self.force || (self.scope == Scope::Project && self.config.is_none()) => {
                fs::create_dir_all(folder).map_err(|error| Fault::from(error).within(folder))
            }
            Some(folder) => Err(Fault::NoFolder { host: self.host.title(), folder: folder.into() }),
        }
    }

    /// The same by the host's own command line, if it has one: <https://code.claude.com/docs/en/mcp>,
    /// <https://code.visualstudio.com/docs/copilot/customization/mcp-servers>.
    fn command(&self) -> Result<Option<String>, Fault> {
        let entry = entry::line(self.host.form(), &self.entry)?;
        let name = &self.entry.name;
        Ok(match (self.host, self.scope) {
            (Host::ClaudeCode, Scope::User) => Some(add_json("user", name, &entry)),
            (Host::ClaudeCode, Scope::Project) => Some(add_json("project", name, &entry)),
            (Host::VsCode, Scope::User) => {
                Some(format!("or: code --add-mcp {}", quoted(&named(entry, name).to_string())))
            }
            (Host::VsCode, Scope::Project) | (Host::ClaudeDesktop | Host::Cursor | Host::Json, _) => None,
        })
    }

    fn warnings(&self) -> Vec<String> {
        let Transport::Stdio { command, .. } = &self.entry.transport else { return Vec::new() };
        let is_build_product = host::is_build_product(command);
        let moves = is_build_product.then(|| {
            format!(
                "warning: `cargo clean` removes {command}; `cargo install --path .` gives the program a lasting place"
            )
        });
        let is_shared = self.scope == Scope::Project && self.host != Host::Json;
        let here = is_shared.then(|| format!("warning: who shares the project has no {command}, perhaps"));
        moves.into_iter().chain(here).collect()
    }
}

fn is_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
}

fn add_json(scope: &str, name: &str, entry: &Value) -> String {
    format!("or: claude mcp add-json --scope {scope} {} {}", quoted(name), quoted(&entry.to_string()))
}

fn named(mut entry: Value, name: &str) -> Value {
    if let Value::Object(entry) = &mut entry {
        entry.insert("name".into(), json!(name));
    }
    entry
}

/// As one word of a shell.
fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_./".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests;
