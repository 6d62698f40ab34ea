//! An entry in a host's configuration, and what it does to the text of the file. Does no I/O.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::fault::Fault;
use super::host::Form;
use super::jsonc;

/// What a host is told of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) transport: Transport,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// The host starts the program and speaks over its standard input and output.
    Stdio {
        /// An absolute path: hosts do not start programs where this one was.
        command: String,
        args: Vec<String>,
        env: Vec<(String, String)>,
    },
    /// The server runs already.
    Http { url: String },
}

impl Entry {
    /// The entry that starts the executable of this process.
    pub(crate) fn this_program(name: String, args: Vec<String>, env: Vec<(String, String)>) -> Result<Self, Fault> {
        let path = std::env::current_exe()?;
        if !path.exists() {
            return Err(Fault::Executable(path));
        }
        let command = path.into_os_string().into_string().map_err(|path| Fault::Executable(PathBuf::from(path)))?;
        Ok(Self { name, transport: Transport::Stdio { command, args, env } })
    }

    pub(crate) fn http(name: String, url: String) -> Self {
        Self { name, transport: Transport::Http { url } }
    }

    /// What the entry has to say, each with the keys that lead to it; in the order in which hosts document them.
    fn parts(&self, form: Form) -> Vec<(Vec<&str>, Value)> {
        let (kind, rest) = match &self.transport {
            Transport::Stdio { command, args, env } => {
                let env = env.iter().map(|(key, value)| (vec!["env", key], json!(value)));
                let rest = [(vec!["command"], json!(command)), (vec!["args"], json!(args))];
                ("stdio", rest.into_iter().chain(env).collect())
            }
            Transport::Http { url } => ("http", vec![(vec!["url"], json!(url))]),
        };
        let kind = form.has_type.then(|| (vec!["type"], json!(kind)));
        kind.into_iter().chain(rest).collect()
    }

    /// Wherever the program lies: it may have moved since it was installed.
    fn is_same_program(&self, there: &Value) -> bool {
        let text = |key| there.get(key).and_then(Value::as_str);
        match &self.transport {
            Transport::Stdio { command, .. } => text("command").is_some_and(|other| program(other) == program(command)),
            Transport::Http { url } => text("url") == Some(url),
        }
    }
}

/// The text with the entry in it. What else the user wrote into an entry of the same program stays; an entry of another program is
/// replaced only if `force` says so.
pub(super) fn merged(text: &str, form: Form, entry: &Entry, force: bool) -> Result<String, Fault> {
    let place = [form.section, &entry.name];
    let mut text = match another(text, form, entry)? {
        None => text.into(),
        Some(_) if force => jsonc::set(text, &place, &json!({}))?,
        Some(there) => return Err(Fault::Taken { name: entry.name.clone(), there }),
    };
    for (keys, part) in entry.parts(form) {
        text = jsonc::set(&text, &[&place, keys.as_slice()].concat(), &part)?;
    }
    Ok(text)
}

/// The text without the entry, also without that of another program if `force` says so.
pub(super) fn without(text: &str, form: Form, entry: &Entry, force: bool) -> Result<String, Fault> {
    match another(text, form, entry)? {
        Some(there) if !force => Err(Fault::Taken { name: entry.name.clone(), there }),
        Some(_) | None => jsonc::remove(text, &[form.section, &entry.name]),
    }
}

/// The entry as one line of JSON, as the command lines of hosts take it.
pub(super) fn line(form: Form, entry: &Entry) -> Result<Value, Fault> {
    let text = merged("", form, entry, false)?;
    Ok(jsonc::get(&text, &[form.section, &entry.name])?.unwrap_or_default())
}

/// What another program has under the name of the entry.
fn another(text: &str, form: Form, entry: &Entry) -> Result<Option<String>, Fault> {
    let there = jsonc::get(text, &[form.section, &entry.name])?;
    Ok(there.filter(|there| !entry.is_same_program(there)).map(|there| described(&there)))
}

/// Not the `args`, the `env`, nor the path and query of an address: they may hold secrets.
fn described(there: &Value) -> String {
    let text = |key| there.get(key).and_then(Value::as_str);
    match (text("command"), text("url")) {
        (Some(command), _) => format!("`{command}`"),
        (None, Some(url)) => format!("`{}`", url.split('/').take(3).collect::<Vec<_>>().join("/")),
        (None, None) => "of a form that is not known".into(),
    }
}

/// The name of the file, on every system.
fn program(command: &str) -> &str {
    let name = command.rsplit(['/', '\\']).next().unwrap_or(command);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// `KEY=VALUE`, as `--env` takes it.
pub(crate) fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.into(), value.into())),
        Some(_) | None => Err(format!("`{text}` is not of the form `KEY=VALUE`")),
    }
}
