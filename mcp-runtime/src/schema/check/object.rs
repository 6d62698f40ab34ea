//! Checks objects.

use std::borrow::Cow;

use super::kinds::Kinds;
use super::node::{Id, Node, Objects};
use super::run::{Mode, Path, Run, Stop};
use super::seen::{Marks, Seen};
use super::words;
use crate::json::scan::{Cursor, Quoted};

/// What is known of an object while its members pass by.
#[derive(Default)]
struct Members<'j> {
    /// Which of the fields of the schema are there.
    fields: Marks,
    /// The names of all others.
    others: Option<Box<Seen<'j>>>,
    count: usize,
    /// Names, and where their values begin, that no keyword of the same schema has spoken about.
    unspoken: Vec<(Cow<'j, str>, Cursor<'j>)>,
}

impl Run<'_> {
    pub(crate) fn object<'j>(
        &mut self,
        node: &Node,
        start: Cursor<'j>,
        at: &mut Cursor<'j>,
        path: &Path<'_>,
    ) -> Result<(), Stop> {
        let Some(rules) = node.object.as_deref() else { return self.anything(at, path) };
        let mut members = Members::default();
        at.object(|name, value| self.member(rules, &mut members, name, value, path))?;
        self.missing(rules, &members.fields, path)?;
        self.size(rules.size, members.count, path, "have", "field")?;
        for (field, schema) in &rules.dependent_schemas {
            if members.fields.has(*field) {
                self.again(|run| run.value(*schema, &mut start.clone(), path))?;
            }
        }
        match rules.unevaluated {
            Some(id) => self.unevaluated(id, node, &members.unspoken, start, path),
            None => Ok(()),
        }
    }

    fn member<'j>(
        &mut self,
        rules: &Objects,
        members: &mut Members<'j>,
        quoted: Quoted<'j>,
        at: &mut Cursor<'j>,
        path: &Path<'_>,
    ) -> Result<(), Stop> {
        let name = quoted.text()?;
        let start = *at;
        let here = path.field(&name)?;
        let index = rules.index(&name);
        let field = index.and_then(|index| rules.fields.get(index));
        let is_new = match index {
            Some(index) => members.fields.set(index),
            None => members.others.get_or_insert_default().is_new(name.clone()),
        };
        if !is_new && self.mode == Mode::Report {
            self.wrong(&here, || words::TWICE.to_owned())?;
        }
        members.count = members.count.saturating_add(is_new.into());
        if let Some(id) = rules.names {
            self.name(id, quoted, path)?;
        }
        let mut spoken = false;
        if let Some(id) = field.and_then(|field| field.node) {
            self.value(id, at, &here)?;
            spoken = true;
        }
        for (pattern, id) in &rules.patterns {
            if pattern.matches(&name) {
                *at = start;
                self.value(*id, at, &here)?;
                spoken = true;
            }
        }
        if spoken {
            return Ok(());
        }
        match rules.additional {
            Some(id) if self.rules_out(id) => {
                self.anything(at, &here)?;
                self.wrong(&here, || words::unknown(&name, rules))
            }
            Some(id) => self.value(id, at, &here),
            None => {
                self.anything(at, &here)?;
                if rules.unevaluated.is_some() {
                    members.unspoken.push((name, start));
                }
                Ok(())
            }
        }
    }

    /// Whether a field that comes to this schema is one too many.
    pub(crate) fn rules_out(&self, id: Id) -> bool {
        self.node(id).is_some_and(|node| node.accepts == Kinds::NONE)
    }

    fn name(&mut self, id: Id, name: Quoted<'_>, path: &Path<'_>) -> Result<(), Stop> {
        let start = Cursor::new(name.source());
        if self.verdict(id, start, path)? {
            return Ok(());
        }
        if self.mode == Mode::Verdict {
            return Err(Stop::Wrong);
        }
        let kept = std::mem::take(&mut self.problems);
        let result = self.again(|run| run.value(id, &mut start.clone(), path));
        let about = std::mem::replace(&mut self.problems, kept);
        for problem in about {
            let name = words::cut(&name.text()?);
            self.wrong(path, || format!("has a field `{name}` whose name {}", problem.message))?;
        }
        result
    }

    fn missing(&mut self, rules: &Objects, given: &Marks, path: &Path<'_>) -> Result<(), Stop> {
        for (index, field) in rules.fields.iter().enumerate() {
            if field.required && !given.has(index) {
                self.wrong(&path.field(&field.name)?, || "is required".to_owned())?;
            }
        }
        for (index, others) in rules.dependent.iter().filter(|(index, _)| given.has(*index)) {
            let missing = others.iter().filter(|other| !given.has(**other));
            for field in missing.filter_map(|other| rules.fields.get(*other)) {
                let cause = rules.fields.get(*index).map(|field| field.name.as_str()).unwrap_or_default();
                self.wrong(&path.field(&field.name)?, || format!("is required when `{cause}` is given"))?;
            }
        }
        Ok(())
    }
}
