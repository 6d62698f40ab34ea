//! Checks JSON text against a schema and says everything that is wrong with it, in words that a model can act on.
//!
//! A schema is compiled once. A check walks over the text in place; where several forms are possible it reads the same
//! stretch of text once for each.

mod alternatives;
mod analyse;
mod array;
mod compile;
mod equal;
mod kinds;
mod node;
mod object;
mod run;
mod scalar;
mod seen;
mod unevaluated;
mod words;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use self::node::{Id, Node};
use self::run::{Path, Run};

pub(super) use self::alternatives::branches;
pub(super) use self::analyse::conjuncts;
pub(super) use self::kinds::Kinds;
pub(super) use self::node::{Alternatives, Applied};
pub(super) use self::run::kind;

/// One thing that is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where: `days`, `stops[2].city`, or nothing for the whole value.
    pub(crate) path: String,
    /// What was expected, and what was found.
    pub(crate) message: String,
}

/// A keyword in a schema that nothing checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unchecked {
    /// The schema that it stands in, as a JSON pointer fragment (`#/properties/city`).
    pub(crate) path: String,
    pub(crate) keyword: String,
    /// The feature of this crate that would check it.
    pub(crate) feature: Option<&'static str>,
}

/// For the author of the type: where, what, and what can be done.
impl fmt::Display for Unchecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, keyword, feature } = self;
        let path = path.trim_start_matches(['#', '/']).trim_start_matches("properties/").replace("/properties/", ".");
        let place = if path.is_empty() { "the schema".to_owned() } else { format!("the schema of `{path}`") };
        match feature {
            None if keyword == "pattern" || keyword == "patternProperties" => write!(
                f,
                "{place} has a `{keyword}` that cannot be run: it is no regular expression, or it looks around or back"
            ),
            Some(feature) => write!(
                f,
                "{place} says `{keyword}`, which nothing here enforces; switch on the feature `{feature}` of `mcp-runtime`"
            ),
            None => {
                write!(f, "{place} says `{keyword}`, which nothing here can enforce; take it out of the type's schema")
            }
        }
    }
}

/// A schema that is ready to check values.
#[derive(Debug)]
pub(crate) struct Check {
    nodes: Vec<Node>,
}

impl Check {
    /// Compiles a schema with all its references, which must stay within it.
    pub(crate) fn compile(schema: &Value) -> Result<Self, Vec<Unchecked>> {
        compile::nodes(schema).map(|nodes| Self { nodes })
    }

    /// The schema as a whole.
    pub(crate) fn root(&self) -> Place<'_> {
        self.place(0)
    }

    /// The schema of one property of the root.
    pub(crate) fn property(&self, name: &str) -> Option<Place<'_>> {
        let found =
            conjuncts(&self.nodes, 0).into_iter().find_map(|id| self.node(id)?.object.as_ref()?.field(name)?.node);
        found.map(|id| self.place(id))
    }

    /// Everything that is wrong with `json`.
    pub(crate) fn problems(&self, json: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.root().problems("", json, &mut problems);
        problems
    }

    pub(super) fn place(&self, id: Id) -> Place<'_> {
        Place { check: self, id }
    }

    pub(super) fn node(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id)
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

/// The properties of an object that are checked one by one, by number.
#[derive(Debug, Default)]
pub(crate) struct Properties(Vec<(Arc<Check>, Option<Id>)>);

impl Properties {
    /// The numbers are the places of the names.
    pub(crate) fn new<'n>(check: Check, names: impl IntoIterator<Item = &'n str>) -> Self {
        let check = Arc::new(check);
        let id = |name| check.property(name).map(|place| place.id);
        Self(names.into_iter().map(|name| (Arc::clone(&check), id(name))).collect())
    }

    /// Those of one after those of the other.
    pub(crate) fn joined<'p>(all: impl IntoIterator<Item = &'p Self>) -> Self {
        Self(all.into_iter().flat_map(|one| &one.0).cloned().collect())
    }

    /// The schema of one of them.
    pub(crate) fn get(&self, number: usize) -> Option<Place<'_>> {
        let (check, id) = self.0.get(number)?;
        id.map(|id| check.place(id))
    }
}

/// One schema within a compiled one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'c> {
    check: &'c Check,
    id: Id,
}

impl Place<'_> {
    /// Adds everything that is wrong with `json`, which stands at `path`.
    pub(crate) fn problems(self, path: &str, json: &str, problems: &mut Vec<Problem>) {
        Run::new(&self.check.nodes, json).report(self.id, json, &Path::root(path), problems);
    }

    /// Whether a value that was read over before has no parts and is right because of its kind alone, as most arguments are.
    pub(crate) fn is_right_by_kind(self, json: &str) -> bool {
        self.check.node(self.id).is_some_and(|node| node.is_bare && node.accepts.meets(run::plain_kind(json)))
    }

    /// Whether `json` is right.
    pub(crate) fn accepts(self, json: &str) -> bool {
        Run::new(&self.check.nodes, json).accepts(self.id, json)
    }

    /// The value with everything repaired that can be repaired without loss; `None` if there is nothing to repair.
    ///
    /// What comes back must be checked again: a repair makes a value readable, not right.
    pub(crate) fn coerce(self, json: &str) -> Option<String> {
        super::coerce::coerced(self.check, self.id, json)
    }
}
