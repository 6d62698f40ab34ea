//! Looks over the nodes once all are there: what each can accept at all, and how alternatives are told apart.

use serde_json::Value;

use super::super::number::Decimal;
use super::kinds::Kinds;
use super::node::{Alternatives, Applied, Choice, Field, Id, Node, Sign};

/// The same nodes with all that follows from knowing them all.
pub(crate) fn completed(mut nodes: Vec<Node>) -> Vec<Node> {
    narrow(&mut nodes);
    for id in 0..nodes.len() {
        let mut applied = nodes.get_mut(id).map(|node| std::mem::take(&mut node.applied)).unwrap_or_default();
        for keyword in &mut applied {
            if let Applied::Any(alternatives) | Applied::One(alternatives) = keyword {
                alternatives.sign = tag(&nodes, alternatives).or_else(|| key(&nodes, alternatives));
                alternatives.strings = strings(&nodes, alternatives);
            }
        }
        if let Some(node) = nodes.get_mut(id) {
            node.applied = applied;
            node.is_bare = node.judges_by_kind();
        }
    }
    nodes
}

/// Takes kinds away until nothing changes; what is left is an upper bound also for recursive types.
fn narrow(nodes: &mut [Node]) {
    loop {
        let narrowed: Vec<Kinds> = nodes.iter().map(|node| accepts(nodes, node)).collect();
        if nodes.iter().zip(&narrowed).all(|(node, kinds)| node.accepts == *kinds) {
            return;
        }
        for (node, kinds) in nodes.iter_mut().zip(narrowed) {
            node.accepts = kinds;
        }
    }
}

fn accepts(nodes: &[Node], node: &Node) -> Kinds {
    let of = |id: &Id| nodes.get(*id).map_or(Kinds::ALL, |node| node.accepts);
    let any = |branches: &[Id]| branches.iter().map(of).fold(Kinds::NONE, |sum, kinds| sum | kinds);
    let own = node.choices.iter().map(choice_kinds).fold(node.kinds & node.accepts, |left, kinds| left & kinds);
    node.applied.iter().fold(own, |left, keyword| match keyword {
        Applied::All(targets) => targets.iter().map(of).fold(left, |left, kinds| left & kinds),
        Applied::Any(alternatives) | Applied::One(alternatives) => left & any(&alternatives.branches),
        Applied::Not(id) if nodes.get(*id).is_some_and(is_anything) => Kinds::NONE,
        Applied::Not(_) | Applied::If { .. } => left,
    })
}

fn choice_kinds(choice: &Choice) -> Kinds {
    choice.values.iter().map(kind_of).fold(Kinds::NONE, |sum, kind| sum | kind)
}

fn kind_of(value: &Value) -> Kinds {
    match value {
        Value::Null => Kinds::NULL,
        Value::Bool(_) => Kinds::BOOL,
        Value::Number(number) if Decimal::new(&number.to_string()).is_integer() => Kinds::INTEGER,
        Value::Number(_) => Kinds::FRACTION,
        Value::String(_) => Kinds::STRING,
        Value::Array(_) => Kinds::ARRAY,
        Value::Object(_) => Kinds::OBJECT,
    }
}

fn is_anything(node: &Node) -> bool {
    node.kinds == Kinds::ALL && node.says_nothing() && node.applied.is_empty()
}

/// The node and all that it wants to hold at the same place.
pub(crate) fn conjuncts(nodes: &[Node], id: Id) -> Vec<Id> {
    let mut found = Vec::new();
    let mut waiting = vec![id];
    while let Some(id) = waiting.pop() {
        if found.contains(&id) {
            continue;
        }
        found.push(id);
        for keyword in nodes.get(id).into_iter().flat_map(|node| &node.applied) {
            if let Applied::All(targets) = keyword {
                waiting.extend(targets);
            }
        }
    }
    found
}

fn for_kind<'n>(nodes: &'n [Node], alternatives: &'n Alternatives, kind: Kinds) -> Vec<Id> {
    let fits = |id: &Id| nodes.get(*id).is_some_and(|node| node.accepts.meets(kind));
    alternatives.branches.iter().copied().filter(fits).collect()
}

/// A required field whose value is another one in each alternative.
fn tag(nodes: &[Node], alternatives: &Alternatives) -> Option<Sign> {
    let branches = for_kind(nodes, alternatives, Kinds::OBJECT);
    let candidates = tags(nodes, *branches.first()?);
    candidates.into_iter().find_map(|(field, _)| {
        let mut values = Vec::new();
        for id in &branches {
            let (_, tagged) = tags(nodes, *id).into_iter().find(|(name, _)| *name == field)?;
            values.extend(tagged.into_iter().map(|value| (value, *id)));
        }
        are_distinct(&values).then_some(Sign::Tag { field, branches: values })
    })
}

/// The required fields of one alternative that can only be certain strings.
fn tags(nodes: &[Node], id: Id) -> Vec<(String, Vec<String>)> {
    let fields = conjuncts(nodes, id)
        .into_iter()
        .filter_map(|id| nodes.get(id)?.object.as_deref())
        .flat_map(|objects| &objects.fields);
    fields.filter_map(|field| Some((field.name.clone(), constants(nodes, field)?))).collect()
}

fn constants(nodes: &[Node], field: &Field) -> Option<Vec<String>> {
    let node = nodes.get(field.node.filter(|_| field.required)?)?;
    string_choice(node)
}

/// The strings of a node that is nothing but a choice among strings.
fn string_choice(node: &Node) -> Option<Vec<String>> {
    let [choice] = node.choices.as_slice() else { return None };
    choice.values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
}

/// The only field that each alternative has, if it is another one in each.
fn key(nodes: &[Node], alternatives: &Alternatives) -> Option<Sign> {
    let branches = for_kind(nodes, alternatives, Kinds::OBJECT);
    let keys: Option<Vec<_>> = branches.into_iter().map(|id| Some((only_field(nodes, id)?, id))).collect();
    keys.filter(|keys| !keys.is_empty() && are_distinct(keys)).map(Sign::Key)
}

fn only_field(nodes: &[Node], id: Id) -> Option<String> {
    let objects = nodes.get(id)?.object.as_deref()?;
    let [field] = objects.fields.as_slice() else { return None };
    let is_closed = objects.additional.and_then(|id| nodes.get(id)).is_some_and(|node| node.accepts == Kinds::NONE);
    (field.required && is_closed && objects.patterns.is_empty()).then(|| field.name.clone())
}

fn are_distinct(values: &[(String, Id)]) -> bool {
    let names: std::collections::BTreeSet<_> = values.iter().map(|(name, _)| name).collect();
    names.len() == values.len()
}

fn strings(nodes: &[Node], alternatives: &Alternatives) -> Option<Vec<String>> {
    let branches = for_kind(nodes, alternatives, Kinds::STRING);
    let strings: Option<Vec<Vec<String>>> = branches.into_iter().map(|id| string_choice(nodes.get(id)?)).collect();
    strings.map(|strings| strings.concat()).filter(|strings| !strings.is_empty())
}
