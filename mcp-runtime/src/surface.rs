//! Everything that a server publishes, as one document: to look at, to keep on record, and to compare with what is on record.

mod changes;
mod forms;
mod gaps;
mod record;
mod report;
mod schema;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::{Map, Value};

pub use self::report::{Impact, SurfaceChange, SurfaceReport};
use crate::error::{Error, Result};
use crate::gather::gather;
use crate::item::{Item, Resource, TaskSupport};
use crate::json::{self, Object};
use crate::protocol::Revision;
use crate::registry::{Described, Entry, Family};
use crate::served::Core;
use crate::server::Server;
use crate::shape::Shape;

/// Everything that a server publishes, made without running it: [`Server::surface`]. It displays itself as a JSON document that is
/// the same every time.
///
/// | Member | What it holds |
/// | --- | --- |
/// | `serverInfo`, `instructions` | how the server calls itself, and what it tells models |
/// | `capabilities` | what it declares, by protocol revision |
/// | `tools`, `resources`, `resourceTemplates`, `prompts` | every item as the newest revision lists it, in the order of the source, also what is switched off |
///
/// What older revisions list is the same with fewer members, and an output schema that is no object has one around it there. What no
/// list says of an item stands in its member `unlisted`:
///
/// | Member of `unlisted` | Meaning |
/// | --- | --- |
/// | `"off": true` | it is switched off when the server starts |
/// | `"task": "required"`, `"optional"` | its calls are tasks |
/// | `"needs": {…}` | the capabilities that a client has to declare for it |
/// | `"watch": true` | clients may ask to be told of updates |
/// | `"completes": […]` | the arguments that the server completes |
///
/// # In a test
///
/// A record of the surface in the repository shows in each change what it means for clients, and a test sees to it that it is true:
///
/// ```
/// # use mcp_runtime::{Server, items, tool};
/// # /// Adds two numbers.
/// # #[tool]
/// # fn add(a: i64, b: i64) -> i64 { a + b }
/// # fn server() -> Server { Server::new("demo", "1.0.0").items(items![add]) }
/// # /*
/// #[test]
/// # */
/// fn surface() -> mcp_runtime::Result<()> {
///     server().surface()?.assert_recorded("tests/surface.json");
///     Ok(())
/// }
/// # fn main() -> mcp_runtime::Result<()> {
/// # let folder = std::env::temp_dir().join(format!("surface-{}", std::process::id()));
/// # let path = folder.join("surface.json");
/// # std::fs::create_dir_all(&folder)?;
/// # std::fs::write(&path, server().surface()?.to_string())?;
/// # server().surface()?.assert_recorded(&path);
/// # Ok(std::fs::remove_dir_all(folder)?)
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    text: String,
    document: Value,
}

impl Server {
    /// Everything that this server publishes. Nothing is run, also no start hook, and no runtime is needed.
    ///
    /// ```
    /// use mcp_runtime::{Server, items, tool};
    ///
    /// /// Adds two numbers.
    /// #[tool]
    /// fn add(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// # fn main() -> mcp_runtime::Result<()> {
    /// let surface = Server::new("demo", "1.0.0").items(items![add]).surface()?;
    /// assert_eq!(surface.json()["serverInfo"]["name"], "demo");
    /// assert_eq!(surface.json()["capabilities"]["2025-06-18"]["tools"], mcp_runtime::serde_json::json!({}));
    /// assert_eq!(surface.json()["tools"][0]["inputSchema"]["properties"]["a"]["type"], "integer");
    /// assert!(surface.to_string().starts_with("{\n  \"serverInfo\": {\n    \"name\": \"demo\""));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server has faults, with all of them.
    pub fn surface(self) -> Result<Surface> {
        let core = self.build()?.core;
        let mut out = Vec::new();
        write(&core, &mut out);
        let text = String::from_utf8(out).map_err(Error::other)?;
        Surface::read(&text)
    }
}

impl Surface {
    /// Reads a document that was printed before.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn read(text: &str) -> Result<Self> {
        let members: Map<String, Value> = serde_json::from_str(text).map_err(Error::other)?;
        Ok(Self { text: json::pretty::printed(text), document: Value::Object(members) })
    }

    /// The document.
    pub fn json(&self) -> &Value {
        &self.document
    }

    /// What has changed since `earlier`, and whether that breaks the clients of then.
    ///
    /// ```
    /// use mcp_runtime::{Impact, Server, items, tool};
    ///
    /// mod earlier {
    ///     /// Finds a city.
    ///     #[mcp_runtime::tool]
    ///     pub fn find(name: String) -> String { name }
    /// }
    ///
    /// /// Finds a city.
    /// #[tool]
    /// fn find(name: String, country: String) -> String { format!("{name}, {country}") }
    ///
    /// # fn main() -> mcp_runtime::Result<()> {
    /// let then = Server::new("cities", "1.2.0").items(items![earlier::find]).surface()?;
    /// let now = Server::new("cities", "1.2.0").items(items![find]).surface()?;
    /// let report = now.since(&then);
    /// assert!(report.is_breaking());
    /// assert_eq!(report.changes()[0].path, "tools.find.inputSchema");
    /// assert_eq!(report.changes()[0].text, "an object without `country` is no longer accepted");
    /// assert!(report.to_string().contains("the version has to go from 1.2.0 to 2.0.0 at least"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn since(&self, earlier: &Self) -> SurfaceReport {
        let version = |surface: &Self| {
            let version = surface.document.get("serverInfo").and_then(|info| info.get("version"));
            version.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        SurfaceReport::new(version(earlier), version(self), changes::between(&earlier.document, &self.document))
    }
}

/// The document, with two spaces for each level, and a line end behind it.
impl fmt::Display for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn write(core: &Core, out: &mut Vec<u8>) {
    let (registry, settings) = (&core.registry, &core.settings);
    let shape = Shape { revision: Revision::LATEST, server: &settings.identity };
    let mut object = Object::open(out);
    object.with("serverInfo", |out| shape.implementation(out));
    object.some("instructions", settings.instructions.as_ref());
    object.with("capabilities", |out| {
        let mut object = Object::open(out);
        for revision in Revision::ALL {
            object.with(revision.as_str(), |out| registry.capabilities.shape(revision, out));
        }
        object.close();
    });
    family(&mut object, "tools", &registry.tools, Item::Tool, |entry, out| shape.tool(entry, out));
    family(&mut object, "resources", &registry.resources, Item::Resource, |entry, out| shape.resource(entry, out));
    family(&mut object, "resourceTemplates", &registry.templates, Item::Resource, |entry, out| {
        shape.resource(entry, out);
    });
    family(&mut object, "prompts", &registry.prompts, Item::Prompt, |entry, out| shape.prompt(entry, out));
    object.close();
}

fn family<T>(
    object: &mut Object<'_>,
    name: &str,
    family: &Family<T>,
    kind: fn(&'static T) -> Item,
    list: impl Fn(&Entry<T>, &mut Vec<u8>),
) where
    &'static T: Described,
{
    object.with(name, |out| {
        json::array(out, &family.entries, |out, entry| {
            let mut listed = Vec::new();
            list(entry, &mut listed);
            let unlisted = unlisted(entry, kind(entry.item));
            let mut object = Object::open(out);
            object.members(&String::from_utf8_lossy(&listed));
            object.some("unlisted", Some(&unlisted).filter(|unlisted| !unlisted.is_empty()));
            object.close();
        });
    });
}

/// What no list says.
fn unlisted<T>(entry: &Entry<T>, item: Item) -> Map<String, Value> {
    let task = match item {
        Item::Tool(tool) => match tool.task {
            TaskSupport::Forbidden => None,
            TaskSupport::Optional => Some("optional"),
            TaskSupport::Required => Some("required"),
        },
        Item::Resource(_) | Item::Prompt(_) => None,
    };
    let is_watched = matches!(item, Item::Resource(Resource { watch: true, .. }));
    let completed = item.about().params.iter().filter(|param| param.complete.is_some());
    let completed: Vec<Value> = completed.map(|param| param.name.into()).collect();
    let needs = needs(entry);
    let members = [
        ("off", (!entry.switch.is_on()).then_some(Value::Bool(true))),
        ("task", task.map(Value::from)),
        ("needs", (!needs.is_empty()).then_some(Value::Object(needs))),
        ("watch", is_watched.then_some(Value::Bool(true))),
        ("completes", (!completed.is_empty()).then_some(Value::Array(completed))),
    ];
    gather(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))))
}

/// What a client has to declare, as it declares it.
fn needs<T>(entry: &Entry<T>) -> Map<String, Value> {
    let mut declared: Map<String, Value> = Map::new();
    for (name, within) in entry.needs.iter().map(|need| need.capability()) {
        let slot = declared.entry(name).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(members) = slot {
            members.extend(within);
        }
    }
    declared
}
