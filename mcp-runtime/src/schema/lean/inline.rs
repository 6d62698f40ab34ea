//! Writes types out where they are used, when that costs little, and keeps the others in `$defs`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::pointer::decoded;
use super::{merge, walk};

/// A type that is shorter than this is written out wherever it is used.
const SMALL: usize = 160;

type Definitions = BTreeMap<String, Value>;

/// Whether references go to whole definitions, or to the root, only.
pub(crate) fn has_plain_references(schema: &Value) -> bool {
    let mut plain = schema.as_object().is_none_or(|root| !root.contains_key("definitions"));
    walk::each(schema, &mut |keywords| {
        plain &= !keywords.contains_key("$id") && !keywords.contains_key("$dynamicRef");
        if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
            plain &= reference == "#" || name_of(reference).is_some_and(|name| schema["$defs"].get(name).is_some());
        }
    });
    plain
}

/// The schema with every definition written out that is used once or small, and without those that nothing uses.
pub(crate) fn inlined(mut schema: Value) -> Value {
    let Value::Object(root) = &mut schema else { return schema };
    let definitions: Definitions = match root.remove("$defs") {
        Some(Value::Object(definitions)) => definitions.into_iter().collect(),
        Some(_) | None => return schema,
    };
    let fixed = recursive(&schema, &definitions);
    let (schema, definitions) = small_written_out(schema, definitions, &fixed);
    let (mut schema, mut definitions) = single_written_out(schema, definitions, &fixed);
    let used = reachable(&schema, &definitions);
    definitions.retain(|name, _| used.contains(name));
    if let Value::Object(root) = &mut schema
        && !definitions.is_empty()
    {
        root.insert("$defs".to_owned(), definitions.into_iter().collect::<Map<_, _>>().into());
    }
    schema
}

fn small_written_out(schema: Value, definitions: Definitions, fixed: &BTreeSet<String>) -> (Value, Definitions) {
    let mut settled = Settled { definitions: &definitions, fixed, known: BTreeSet::new(), small: Definitions::new() };
    definitions.keys().for_each(|name| settled.settle(name));
    let small = settled.small;
    let rest = definitions.into_iter().map(|(name, body)| (name, replaced(body, &small))).collect();
    (replaced(schema, &small), rest)
}

/// Which definitions are small once those within them are written out.
struct Settled<'d> {
    definitions: &'d Definitions,
    fixed: &'d BTreeSet<String>,
    known: BTreeSet<String>,
    small: Definitions,
}

impl Settled<'_> {
    fn settle(&mut self, name: &str) {
        let Some(body) = self.definitions.get(name) else { return };
        if !self.known.insert(name.to_owned()) {
            return;
        }
        references(body).iter().for_each(|inner| self.settle(inner));
        let body = replaced(body.clone(), &self.small);
        if !self.fixed.contains(name) && is_small(&body) {
            self.small.insert(name.to_owned(), body);
        }
    }
}

fn is_small(body: &Value) -> bool {
    body.to_string().len() < SMALL
}

fn single_written_out(schema: Value, definitions: Definitions, fixed: &BTreeSet<String>) -> (Value, Definitions) {
    let live = reachable(&schema, &definitions);
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    let bodies = definitions.iter().filter(|(name, _)| live.contains(*name)).map(|(_, body)| body);
    for name in bodies.chain([&schema]).flat_map(references) {
        let count = uses.entry(name).or_default();
        *count = count.saturating_add(1);
    }
    let (single, rest): (Definitions, Definitions) =
        definitions.into_iter().partition(|(name, _)| uses.get(name) == Some(&1) && !fixed.contains(name));
    let rest = rest.into_iter().map(|(name, body)| (name, replaced(body, &single))).collect();
    (replaced(schema, &single), rest)
}

/// The schema with references to `bodies` replaced, also within what replaces them.
fn replaced(mut schema: Value, bodies: &Definitions) -> Value {
    let Value::Object(keywords) = &mut schema else { return schema };
    for child in walk::children_mut(keywords) {
        *child = replaced(std::mem::take(child), bodies);
    }
    let body = keywords.get("$ref").and_then(Value::as_str).and_then(name_of).and_then(|name| bodies.get(&name));
    match body {
        Some(body) => {
            keywords.remove("$ref");
            merge::merged(replaced(body.clone(), bodies), std::mem::take(keywords))
        }
        None => schema,
    }
}

/// Definitions that lead back to themselves.
fn recursive(schema: &Value, definitions: &Definitions) -> BTreeSet<String> {
    let leads_back = |name: &String| {
        let mut from_root = BTreeSet::new();
        let body = definitions.get(name).cloned().unwrap_or_default();
        let mut reached = reachable(&body, definitions);
        if goes_to_root(&body) || reached.iter().filter_map(|name| definitions.get(name)).any(goes_to_root) {
            from_root = reachable(schema, definitions);
        }
        reached.append(&mut from_root);
        reached.contains(name)
    };
    definitions.keys().filter(|name| leads_back(name)).cloned().collect()
}

fn goes_to_root(schema: &Value) -> bool {
    let mut found = false;
    walk::each(schema, &mut |keywords| found |= keywords.get("$ref").is_some_and(|reference| reference == "#"));
    found
}

/// Every definition that the schema uses, and those that these use.
fn reachable(schema: &Value, definitions: &Definitions) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = references(schema);
    while let Some(name) = waiting.pop() {
        if let Some(body) = definitions.get(&name)
            && found.insert(name)
        {
            waiting.extend(references(body));
        }
    }
    found
}

/// The names of definitions that stand in references, each as often as it does.
fn references(schema: &Value) -> Vec<String> {
    let mut names = Vec::new();
    walk::each(schema, &mut |keywords| {
        names.extend(keywords.get("$ref").and_then(Value::as_str).and_then(name_of));
    });
    names
}

/// The definition that a reference names.
fn name_of(reference: &str) -> Option<String> {
    let name = reference.strip_prefix("#/$defs/").filter(|name| !name.contains('/'))?;
    let name = decoded(name)?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}
