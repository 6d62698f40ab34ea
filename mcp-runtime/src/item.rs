//! What the macros record about an item: constant data and function pointers, nothing else.
//!
//! A record costs nothing before `main`: schemas and defaults are functions, called when a server is built.

#[cfg(test)]
pub(crate) mod for_test;

use std::any::{Any, TypeId, type_name};
use std::time::Duration;

use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use crate::arguments::{Arguments, Refused};
use crate::cache::CacheScope;
use crate::content::Icon;
use crate::context::Call;
use crate::lint::Lint;
use crate::param::{Pairs, Param};
use crate::place::Place;
use crate::reply::Running;
use crate::uri::Template;

/// What a server can offer: the record of a function under `#[tool]`, `#[resource]` or `#[prompt]`. [`items!`](crate::items) names
/// those of functions.
///
/// ```
/// use mcp_runtime::{items, tool};
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// # fn main() {
/// let [item] = items![add];
/// assert_eq!((item.kind(), item.name()), ("tool", "add"));
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Item {
    #[doc(hidden)]
    Tool(&'static Tool),
    #[doc(hidden)]
    Resource(&'static Resource),
    #[doc(hidden)]
    Prompt(&'static Prompt),
}

/// An item that is linked into the program: what `inventory` collects.
#[derive(Clone, Copy, Debug)]
pub struct Linked(pub Item);

/// What every kind of item has.
#[derive(Debug)]
pub struct About {
    /// Where the author wrote it.
    pub place: Place,
    /// The name on the wire.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// The doc comment, up to the first heading; empty if there is none.
    pub description: &'static str,
    /// Labels by which a server can be narrowed.
    pub tags: &'static [&'static str],
    /// Pictures for user interfaces.
    pub icons: &'static [Icon],
    /// Entries of `_meta`.
    pub meta: Pairs,
    /// The parameters that a client fills in.
    pub params: &'static [Param],
    /// The parameters that the server lends.
    pub lends: &'static [Lend],
    /// How long one call may take, where it differs from the server's setting.
    pub timeout: Option<Duration>,
    /// What hosts stumble over and its author means.
    pub allows: &'static [Lint],
}

/// A tool.
#[derive(Debug)]
pub struct Tool {
    /// Name, place and parameters.
    pub about: About,
    /// The schema of all arguments together, if the author wrote it.
    pub input_schema: Option<fn() -> Value>,
    /// What the author said about its effects.
    pub hints: Hints,
    /// Whether its calls are tasks.
    pub task: TaskSupport,
    /// What a result looks like.
    pub output: fn() -> Declared,
    /// Decodes the arguments and starts the function.
    pub call: Start,
}

/// A resource, or a template of resources.
#[derive(Debug)]
pub struct Resource {
    /// Name, place and parameters (the template's variables, in its order of appearance or not).
    pub about: About,
    /// The URI, parsed. Without expressions it names one resource.
    pub uri: Template,
    /// The media type of what it returns, where the author said it.
    pub mime: Option<&'static str>,
    /// The media type of what it returns, where the type of that tells.
    pub usual_mime: fn() -> Option<&'static str>,
    /// Its size in bytes, where the author said it.
    pub size: Option<u64>,
    /// Whether clients may ask to be told when it is updated.
    pub watch: bool,
    /// How long clients may keep its contents, where it differs from the server's setting.
    pub ttl: Option<Duration>,
    /// Who may keep them, where it differs from the server's setting.
    pub scope: Option<CacheScope>,
    /// Decodes the variables and starts the function.
    pub call: Start,
}

/// A prompt.
#[derive(Debug)]
pub struct Prompt {
    /// Name, place and parameters.
    pub about: About,
    /// Decodes the arguments and starts the function.
    pub call: Start,
}

/// Decodes the arguments and, if all are right, returns the running function.
pub type Start = for<'a> fn(Arguments<'a>, Call) -> Result<Running, Refused>;

/// The behaviour that a tool's author declared. A hint that was not written is not published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// `readOnlyHint`.
    pub read_only: Option<bool>,
    /// `destructiveHint`.
    pub destructive: Option<bool>,
    /// `idempotentHint`.
    pub idempotent: Option<bool>,
    /// `openWorldHint`.
    pub open_world: Option<bool>,
}

/// Whether the calls of a tool are tasks (extension `io.modelcontextprotocol/tasks` of 2026-07-28).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaskSupport {
    /// Never.
    #[default]
    Forbidden,
    /// For clients that offer it.
    Optional,
    /// Always; other clients are refused.
    Required,
}

/// A parameter that the server lends.
#[derive(Clone, Copy, Debug)]
pub struct Lend {
    /// The type behind the reference.
    pub id: fn() -> TypeId,
    /// Its name, for the report at start.
    pub name: fn() -> &'static str,
    /// Whether the function can do without it (`Option<&T>`).
    pub optional: bool,
}

impl Lend {
    /// A `&T`.
    pub const fn required<T: Any + Send + Sync>() -> Self {
        Self { id: TypeId::of::<T>, name: type_name::<T>, optional: false }
    }

    /// An `Option<&T>`.
    pub const fn optional<T: Any + Send + Sync>() -> Self {
        Self { id: TypeId::of::<T>, name: type_name::<T>, optional: true }
    }
}

/// What a tool's result looks like.
#[derive(Debug)]
pub enum Declared {
    /// Content blocks, or an object of any shape: no output schema.
    Content,
    /// Structured content, with what makes its schema.
    Structured(fn(&mut SchemaGenerator) -> Schema),
}

impl Item {
    #[doc(hidden)]
    pub fn about(&self) -> &'static About {
        match self {
            Self::Tool(tool) => &tool.about,
            Self::Resource(resource) => &resource.about,
            Self::Prompt(prompt) => &prompt.about,
        }
    }

    /// The name under which it is offered.
    pub fn name(&self) -> &'static str {
        self.about().name
    }

    /// "tool", "resource", "resource template" or "prompt".
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Tool(_) => "tool",
            Self::Resource(resource) if resource.uri.is_template() => "resource template",
            Self::Resource(_) => "resource",
            Self::Prompt(_) => "prompt",
        }
    }
}
