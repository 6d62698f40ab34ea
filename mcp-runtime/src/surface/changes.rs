//! What has changed between two documents of a surface.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::report::{Impact, SurfaceChange};
use super::schema;
use crate::gather::gather;

/// All changes, in the order of the document.
pub(super) fn between(old: &Value, new: &Value) -> Vec<SurfaceChange> {
    let mut changes = Changes::default();
    changes.identity(old, new);
    changes.capabilities(member(old, "capabilities"), member(new, "capabilities"));
    for family in [&TOOLS, &RESOURCES, &TEMPLATES, &PROMPTS] {
        changes.family(family, member(old, family.name), member(new, family.name));
    }
    changes.0
}

/// A list of items.
struct Family {
    name: &'static str,
    word: &'static str,
    /// The member by which clients name an item.
    key: &'static str,
    /// Compares what is special about its items.
    own: fn(&mut Changes, &str, &Value, &Value),
}

const TOOLS: Family = Family { name: "tools", word: "tool", key: "name", own: Changes::tool };
const RESOURCES: Family = Family { name: "resources", word: "resource", key: "uri", own: Changes::resource };
const TEMPLATES: Family =
    Family { name: "resourceTemplates", word: "resource template", key: "uriTemplate", own: Changes::resource };
const PROMPTS: Family = Family { name: "prompts", word: "prompt", key: "name", own: Changes::prompt };

/// The changes that were found so far.
#[derive(Default)]
struct Changes(Vec<SurfaceChange>);

/// What a document lacks is null.
fn member<'v>(value: &'v Value, name: &str) -> &'v Value {
    value.get(name).unwrap_or(&Value::Null)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A place in the schema of results and arguments begins here.
fn at(path: &str, name: &str) -> String {
    format!("{path}.{name}")
}

impl Changes {
    fn add(&mut self, impact: Impact, path: impl Into<String>, text: impl Into<String>) {
        self.0.push(SurfaceChange { path: path.into(), text: text.into(), impact });
    }

    /// What only people and models read.
    fn words(&mut self, path: &str, names: &[&str], old: &Value, new: &Value) {
        for name in names {
            let (old, new) = (member(old, name), member(new, name));
            let what = match (old.is_null(), new.is_null()) {
                _ if old == new => continue,
                (true, _) => "is new",
                (_, true) => "is gone",
                (false, false) => "is another one",
            };
            self.add(Impact::Neither, format!("{path}{name}"), what);
        }
    }

    fn identity(&mut self, old: &Value, new: &Value) {
        const INFO: [&str; 4] = ["name", "title", "description", "websiteUrl"];
        self.words("serverInfo.", &INFO, member(old, "serverInfo"), member(new, "serverInfo"));
        self.words("", &["instructions"], old, new);
    }

    /// What is declared in some revisions and not in others is told once.
    fn capabilities(&mut self, old: &Value, new: &Value) {
        let (then, now) = (declared(old), declared(new));
        for (path, revisions) in &then {
            let lost: Vec<&str> = revisions.difference(now.get(path).unwrap_or(&BTreeSet::new())).copied().collect();
            if !lost.is_empty() {
                let text = format!("is no longer declared, in {}", lost.join(", "));
                self.add(Impact::Breaks, format!("capabilities{path}"), text);
            }
        }
        for (path, revisions) in &now {
            let won: Vec<&str> = revisions.difference(then.get(path).unwrap_or(&BTreeSet::new())).copied().collect();
            if !won.is_empty() {
                self.add(Impact::Adds, format!("capabilities{path}"), format!("is declared, in {}", won.join(", ")));
            }
        }
    }

    fn family(&mut self, family: &Family, old: &Value, new: &Value) {
        let Family { name, word, key, own } = family;
        let find = |all: &Value, wanted: &Value| list(all).iter().find(|item| member(item, key) == wanted).cloned();
        for item in list(old) {
            let known = member(item, key);
            let path = format!("{name}.{}", text(known));
            match find(new, known) {
                Some(now) => {
                    self.item(&path, item, &now);
                    own(self, &path, item, &now);
                }
                None => self.add(Impact::Breaks, path, gone(word, key, item, list(old), list(new))),
            }
        }
        for item in list(new).iter().filter(|item| find(old, member(item, key)).is_none()) {
            self.add(Impact::Adds, format!("{name}.{}", text(member(item, key))), format!("this {word} is new"));
        }
    }

    /// What every kind of item has.
    fn item(&mut self, path: &str, old: &Value, new: &Value) {
        self.words(&at(path, ""), &["title", "description", "icons", "_meta"], old, new);
        let (then, now) = (member(old, "unlisted"), member(new, "unlisted"));
        let unlisted = at(path, "unlisted");
        match (member(then, "off") == true, member(now, "off") == true) {
            (false, true) => self.add(Impact::Breaks, unlisted.as_str(), "it is switched off when the server starts"),
            (true, false) => self.add(Impact::Adds, unlisted.as_str(), "it is switched on when the server starts"),
            (true, true) | (false, false) => {}
        }
        self.needs(&at(&unlisted, "needs"), member(then, "needs"), member(now, "needs"));
        self.words(&at(&unlisted, ""), &["completes"], then, now);
    }

    /// What a client must be able to do.
    fn needs(&mut self, path: &str, old: &Value, new: &Value) {
        let (then, now) = (leaves(old), leaves(new));
        for need in now.difference(&then) {
            self.add(Impact::Breaks, format!("{path}{need}"), "clients that do not declare this are refused");
        }
        for need in then.difference(&now) {
            self.add(Impact::Adds, format!("{path}{need}"), "clients need not declare this any more");
        }
    }

    fn tool(&mut self, path: &str, old: &Value, new: &Value) {
        let input = at(path, "inputSchema");
        self.0.extend(schema::input(&input, member(old, "inputSchema"), member(new, "inputSchema")));
        let output = at(path, "outputSchema");
        match (old.get("outputSchema"), new.get("outputSchema")) {
            (Some(old), Some(new)) => self.0.extend(schema::output(&output, old, new)),
            (Some(_), None) => {
                self.add(Impact::Breaks, output, "there is no structured result of a known shape any more");
            }
            (None, Some(_)) => self.add(Impact::Adds, output, "there is a structured result of a known shape"),
            (None, None) => {}
        }
        let names: BTreeSet<&String> = gather(
            [old, new].into_iter().filter_map(|tool| member(tool, "annotations").as_object()).flat_map(Map::keys),
        );
        let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
        self.words(&at(path, "annotations."), &names, member(old, "annotations"), member(new, "annotations"));
        self.task(&at(path, "unlisted.task"), member(old, "unlisted"), member(new, "unlisted"));
    }

    /// That a task is required is told with the needs.
    fn task(&mut self, path: &str, old: &Value, new: &Value) {
        match (member(old, "task").as_str(), member(new, "task").as_str()) {
            (Some(_), None) => self.add(Impact::Breaks, path, "its calls can be tasks no longer"),
            (None, Some(_)) => self.add(Impact::Adds, path, "its calls can be tasks"),
            _ => {}
        }
    }

    fn resource(&mut self, path: &str, old: &Value, new: &Value) {
        let mime = |resource| member(resource, "mimeType").as_str().map(str::to_owned);
        let place = at(path, "mimeType");
        match (mime(old), mime(new)) {
            (old, new) if old == new => {}
            (None, _) => self.add(Impact::Adds, place, "it says of which media type it is"),
            (Some(old), None) => {
                self.add(Impact::Breaks, place, format!("it does not say any more that it is `{old}`"));
            }
            (Some(old), Some(new)) => self.add(Impact::Breaks, place, format!("it is `{new}`, and was `{old}`")),
        }
        self.words(&at(path, ""), &["name", "size"], old, new);
        let is_watched = |resource| member(member(resource, "unlisted"), "watch") == true;
        let place = at(path, "unlisted.watch");
        match (is_watched(old), is_watched(new)) {
            (true, false) => self.add(Impact::Breaks, place, "clients are not told any more when it is updated"),
            (false, true) => self.add(Impact::Adds, place, "clients may ask to be told when it is updated"),
            (true, true) | (false, false) => {}
        }
    }

    fn prompt(&mut self, path: &str, old: &Value, new: &Value) {
        let (then, now) = (list(member(old, "arguments")), list(member(new, "arguments")));
        let find = |all: &[Value], wanted: &Value| {
            all.iter().find(|argument| member(argument, "name") == member(wanted, "name")).cloned()
        };
        let is_required = |argument: &Value| member(argument, "required") == true;
        let place = |argument: &Value| format!("{path}.arguments.{}", text(member(argument, "name")));
        for argument in then {
            let place = place(argument);
            let Some(now) = find(now, argument) else {
                self.add(Impact::Breaks, place, "this argument is no longer accepted");
                continue;
            };
            match (is_required(argument), is_required(&now)) {
                (false, true) => self.add(Impact::Breaks, place.as_str(), "it has to be given"),
                (true, false) => self.add(Impact::Adds, place.as_str(), "it can be left out"),
                (true, true) | (false, false) => {}
            }
            self.words(&at(&place, ""), &["title", "description"], argument, &now);
        }
        for argument in now.iter().filter(|argument| find(then, argument).is_none()) {
            match is_required(argument) {
                true => self.add(Impact::Breaks, place(argument), "this argument is new, and has to be given"),
                false => self.add(Impact::Adds, place(argument), "this argument is new"),
            }
        }
    }
}

/// What has become of an item that is not there any more. One of the same name may be what has replaced it.
fn gone(word: &str, key: &str, item: &Value, old: &[Value], new: &[Value]) -> String {
    let is_new = |other: &&Value| !old.iter().any(|known| member(known, key) == member(other, key));
    let is_same = |other: &&Value| key != "name" && member(other, "name") == member(item, "name");
    match new.iter().filter(is_new).find(is_same) {
        Some(other) => format!("this {word} is gone; `{}` has its name", text(member(other, key))),
        None => format!("this {word} is gone"),
    }
}

/// The capabilities, each with the revisions that have it.
fn declared(capabilities: &Value) -> BTreeMap<String, BTreeSet<&str>> {
    let mut found: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (revision, declared) in capabilities.as_object().into_iter().flatten() {
        for leaf in leaves(declared) {
            found.entry(leaf).or_default().insert(revision);
        }
    }
    found
}

/// Everything that is named in an object, with all that it stands in: `.tools`, `.tools.listChanged`. What is false is not there.
fn leaves(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (name, value) in value.as_object().into_iter().flatten().filter(|(_, value)| **value != false) {
        found.insert(format!(".{name}"));
        found.extend(leaves(value).into_iter().map(|leaf| format!(".{name}{leaf}")));
    }
    found
}
