//! Finds the fields that no schema at the same place has spoken about, for `unevaluatedProperties`.

use std::borrow::Cow;

use super::node::{Applied, Id, Node};
use super::run::{Path, Run, Stop};
use super::words;
use crate::json::scan::{Cursor, deeper};

impl Run<'_> {
    /// Checks the fields that the node itself does not describe, unless a schema that it applies does.
    pub(crate) fn unevaluated<'j>(
        &mut self,
        schema: Id,
        node: &Node,
        unspoken: &[(Cow<'j, str>, Cursor<'j>)],
        start: Cursor<'j>,
        path: &Path<'_>,
    ) -> Result<(), Stop> {
        for (name, value) in unspoken {
            if self.applied_speaks(node, name, start, path, 0)? {
                continue;
            }
            let here = path.field(name)?;
            if !self.rules_out(schema) {
                self.again(|run| run.value(schema, &mut value.clone(), &here))?;
            } else if let Some(rules) = node.object.as_deref() {
                self.wrong(&here, || words::unknown(name, rules))?;
            }
        }
        Ok(())
    }

    /// Whether one of the schemas that the node applies to the object passes and speaks about the field.
    fn applied_speaks(
        &mut self,
        node: &Node,
        name: &str,
        start: Cursor<'_>,
        path: &Path<'_>,
        depth: usize,
    ) -> Result<bool, Stop> {
        let mut applied: Vec<Id> = Vec::new();
        for keyword in &node.applied {
            match keyword {
                Applied::All(targets) => applied.extend(targets),
                Applied::Any(alternatives) | Applied::One(alternatives) => applied.extend(&alternatives.branches),
                Applied::Not(_) => {}
                Applied::If { condition, then, otherwise } => {
                    let (branch, also) = if self.verdict(*condition, start, path)? {
                        (then, Some(*condition))
                    } else {
                        (otherwise, None)
                    };
                    applied.extend(branch.iter().copied().chain(also));
                }
            }
        }
        if let Some(rules) = node.object.as_deref() {
            for (field, schema) in &rules.dependent_schemas {
                if rules.fields.get(*field).is_some_and(|field| has(start, &field.name)) {
                    applied.push(*schema);
                }
            }
        }
        for id in applied {
            if self.speaks(id, name, start, path, depth)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn speaks(&mut self, id: Id, name: &str, start: Cursor<'_>, path: &Path<'_>, depth: usize) -> Result<bool, Stop> {
        self.spend(8)?;
        let Some(node) = self.node(id) else { return Ok(false) };
        let below = deeper(depth)?;
        let own = node.object.as_deref().is_some_and(|rules| {
            rules.field(name).is_some_and(|field| field.node.is_some())
                || rules.patterns.iter().any(|(pattern, _)| pattern.matches(name))
                || rules.additional.is_some()
                || rules.unevaluated.is_some()
        });
        let speaks = own || self.applied_speaks(node, name, start, path, below)?;
        Ok(speaks && self.verdict(id, start, path)?)
    }
}

fn has(mut object: Cursor<'_>, name: &str) -> bool {
    let mut found = false;
    let walked = object.object::<crate::json::scan::Broken>(|other, value| {
        found = found || other.text()? == name;
        value.skip(0).map(drop)
    });
    walked.is_ok() && found
}
