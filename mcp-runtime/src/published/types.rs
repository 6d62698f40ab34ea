//! What depends on types alone, made once for all items of a server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::{Schema, SchemaGenerator};

use super::Structure;
use super::group::Group;
use crate::param::{Need, Param};

/// What was made from types so far, by the address of the function that makes a type's schema. Functions at one address do the
/// same, also where a compiler has merged them. One function may have several addresses; then something is made twice.
#[derive(Debug, Default)]
pub(crate) struct Types {
    /// With whether the argument must be given.
    arguments: BTreeMap<(usize, bool), Option<Arc<Group>>>,
    structures: BTreeMap<usize, Arc<Structure>>,
}

impl Types {
    /// Each parameter on its own, if they have nothing to do with each other.
    pub(super) fn apart(&mut self, params: &'static [Param]) -> Option<Vec<Arc<Group>>> {
        let groups: Vec<Arc<Group>> = params.iter().map(|param| self.alone(param)).collect::<Option<_>>()?;
        let mut names = BTreeSet::new();
        let are_distinct = groups.iter().flat_map(|group| &group.types).all(|name| names.insert(name));
        are_distinct.then_some(groups)
    }

    fn alone(&mut self, param: &'static Param) -> Option<Arc<Group>> {
        let made = || Group::alone(param).map(Arc::new);
        match only_type(param) {
            Some(key) => self.arguments.entry(key).or_insert_with(made).clone(),
            None => made(),
        }
    }

    /// What a type is as the result of a tool. One with faults is made, and told of, for each tool.
    pub(super) fn structure(
        &mut self,
        schema: fn(&mut SchemaGenerator) -> Schema,
        faults: &mut Vec<String>,
    ) -> Arc<Structure> {
        if let Some(known) = self.structures.get(&(schema as usize)) {
            return Arc::clone(known);
        }
        let mut own = Vec::new();
        let structure = Arc::new(Structure::of(schema, &mut own));
        if own.is_empty() {
            self.structures.insert(schema as usize, Arc::clone(&structure));
        }
        faults.append(&mut own);
        structure
    }
}

/// What tells all about a parameter but its name and description, if that is no more than its type.
fn only_type(param: &Param) -> Option<(usize, bool)> {
    let is_required = match param.need {
        Need::Required => true,
        Need::Optional => false,
        Need::Default(_) | Need::Declared => return None,
    };
    param.keywords.is_empty().then_some((param.schema as usize, is_required))
}
