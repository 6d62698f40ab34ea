//! Writes types out where they are used, when that costs little, and keeps the others in `$defs`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::gather::gather;

use super::super::pointer::decoded;
use super::{merge, walk};

/// A type that is shorter than this is written out wherever it is used.
const SMALL: usize = 160;

/// Whether references go to whole definitions, or to the root, only.
pub(crate) fn has_plain_references(schema: &Value) -> bool {
    let definitions = schema.get("$defs");
    let is_defined = |name: &str| definitions.is_some_and(|definitions| definitions.get(name).is_some());
    let mut plain = schema.as_object().is_none_or(|root| !root.contains_key("definitions"));
    walk::each(schema, &mut |keywords| {
        plain &= !keywords.contains_key("$id") && !keywords.contains_key("$dynamicRef");
        if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
            plain &= reference == "#" || defined(reference).is_some_and(|name| is_defined(&name));
        }
    });
    plain
}

/// Whether a reference goes to the root.
pub(crate) fn goes_to_root(schema: &Value) -> bool {
    let mut found = false;
    walk::each(schema, &mut |keywords| found |= keywords.get("$ref").is_some_and(|reference| reference == "#"));
    found
}

/// Writes every definition out that is used once or small, and drops those that nothing uses.
pub(crate) fn inline(schema: &mut Value) {
    let Some(mut definitions) = Definitions::taken(schema) else { return };
    let uses = definitions.uses();
    let is_fixed = |id: usize| leads_back(&uses, id);
    let mut small = BTreeSet::new();
    for id in inner_first(&uses) {
        definitions.write_out(id, &small, |body| body.clone());
        if !is_fixed(id) && definitions.is_small(id) {
            small.insert(id);
        }
    }
    let left = definitions.uses();
    let live = inner_first(&left);
    let count =
        |id: usize| live.iter().filter_map(|user| left.get(*user)).flatten().filter(|used| **used == id).count();
    let single = live.iter().copied().filter(|id| count(*id) == 1 && !is_fixed(*id)).collect();
    live.iter().for_each(|id| definitions.write_out(*id, &single, Value::take));
    *schema = definitions.schema(|id| live.contains(&id) && !single.contains(&id));
}

/// The definitions, by number in the order of their names, and the root, which has the number after theirs.
struct Definitions {
    names: Vec<String>,
    bodies: Vec<Value>,
}

impl Definitions {
    /// Takes a schema apart, if it has definitions.
    fn taken(schema: &mut Value) -> Option<Self> {
        let Value::Object(definitions) = schema.as_object_mut()?.remove("$defs")? else { return None };
        let sorted: BTreeMap<String, Value> = gather(definitions);
        let (names, mut bodies): (Vec<_>, Vec<_>) = sorted.into_iter().unzip();
        bodies.push(schema.take());
        Some(Self { names, bodies })
    }

    /// What each refers to, as often as it does.
    fn uses(&self) -> Vec<Vec<usize>> {
        let of = |body: &Value| {
            let mut uses = Vec::new();
            walk::each(body, &mut |keywords| uses.extend(self.target(keywords)));
            uses
        };
        self.bodies.iter().map(of).collect()
    }

    /// What the reference in a schema names.
    fn target(&self, keywords: &Map<String, Value>) -> Option<usize> {
        let reference = keywords.get("$ref")?.as_str()?;
        if reference == "#" {
            return Some(self.names.len());
        }
        let name = defined(reference)?;
        self.names.binary_search_by(|known| known.as_str().cmp(&name)).ok()
    }

    fn is_small(&self, id: usize) -> bool {
        let mut room = [0; SMALL - 1];
        self.bodies.get(id).is_some_and(|body| serde_json::to_writer(room.as_mut_slice(), body).is_ok())
    }

    /// Writes `chosen` out in one of them; in those that it uses this must be done.
    fn write_out(&mut self, id: usize, chosen: &BTreeSet<usize>, written: fn(&mut Value) -> Value) {
        let mut body = self.bodies.get_mut(id).map(Value::take).unwrap_or_default();
        self.replace(&mut body, chosen, written);
        if let Some(place) = self.bodies.get_mut(id) {
            *place = body;
        }
    }

    fn replace(&mut self, schema: &mut Value, chosen: &BTreeSet<usize>, written: fn(&mut Value) -> Value) {
        let Value::Object(keywords) = schema else { return };
        walk::children_mut(keywords, |child| self.replace(child, chosen, written));
        let target = self.target(keywords).filter(|id| chosen.contains(id));
        if let Some(body) = target.and_then(|id| self.bodies.get_mut(id)) {
            keywords.remove("$ref");
            *schema = merge::merged(written(body), std::mem::take(keywords));
        }
    }

    /// The root, with the definitions that are kept.
    fn schema(self, is_kept: impl Fn(usize) -> bool) -> Value {
        let Self { names, mut bodies } = self;
        let mut root = bodies.pop().unwrap_or_default();
        let kept = names.into_iter().zip(bodies).enumerate().filter(|(id, _)| is_kept(*id));
        let kept: Map<String, Value> = kept.map(|(_, definition)| definition).collect();
        if let Some(root) = root.as_object_mut().filter(|_| !kept.is_empty()) {
            root.insert("$defs".to_owned(), kept.into());
        }
        root
    }
}

/// What the root reaches, the root too: each after all that it uses, unless that leads back to it.
fn inner_first(uses: &[Vec<usize>]) -> Vec<usize> {
    let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
    if let Some(root) = uses.len().checked_sub(1) {
        after_inner(root, uses, &mut seen, &mut order);
    }
    order
}

fn after_inner(id: usize, uses: &[Vec<usize>], seen: &mut BTreeSet<usize>, order: &mut Vec<usize>) {
    if seen.insert(id) {
        uses.get(id).into_iter().flatten().for_each(|used| after_inner(*used, uses, seen, order));
        order.push(id);
    }
}

/// Whether a type is within itself.
fn leads_back(uses: &[Vec<usize>], id: usize) -> bool {
    let mut seen = BTreeSet::new();
    let mut waiting = vec![id];
    while let Some(next) = waiting.pop() {
        let new = uses.get(next).into_iter().flatten().copied().filter(|used| seen.insert(*used));
        waiting.extend(new);
    }
    seen.contains(&id)
}

/// The definition that a reference names.
fn defined(reference: &str) -> Option<Cow<'_, str>> {
    let name = decoded(reference.strip_prefix("#/$defs/").filter(|name| !name.contains('/'))?)?;
    Some(if name.contains('~') { name.replace("~1", "/").replace("~0", "~").into() } else { name })
}
