//! Checks lists.

use super::equal;
use super::node::{Arrays, Size};
use super::run::{Path, Run, Stop};
use super::seen::Seen;
use crate::json::scan::Cursor;

impl Run<'_> {
    pub(crate) fn array(&mut self, rules: Option<&Arrays>, at: &mut Cursor<'_>, path: &Path<'_>) -> Result<(), Stop> {
        let Some(rules) = rules else { return self.anything(at, path) };
        let mut matching = 0;
        let mut seen = rules.unique.then(Seen::default);
        let length = at.array(|index, item| {
            let start = *item;
            let path = path.item(index)?;
            match rules.prefix.get(index).copied().or(rules.items) {
                Some(id) => self.value(id, item, &path)?,
                None => self.anything(item, &path)?,
            }
            if let Some(id) = rules.contains {
                let fits = self.verdict(id, start, &path)?;
                matching = usize::saturating_add(matching, fits.into());
            }
            if let Some(seen) = &mut seen
                && !self.is_new(seen, start)?
            {
                self.wrong(&path, || "is in the list twice; all items must be different".to_owned())?;
            }
            Ok::<_, Stop>(())
        })?;
        self.size(rules.length, length, path, "have", "item")?;
        self.matching(rules, matching, path)
    }

    fn is_new<'j>(&mut self, seen: &mut Seen<'j>, item: Cursor<'j>) -> Result<bool, Stop> {
        let mut end = item;
        let text = equal::canonical(&mut end)?;
        self.spend(item.distance(end))?;
        Ok(seen.is_new(text))
    }

    fn matching(&mut self, rules: &Arrays, count: usize, path: &Path<'_>) -> Result<(), Stop> {
        if rules.contains.is_none() {
            return Ok(());
        }
        let bounds = Size { min: rules.matching.min.or(Some(1)), max: rules.matching.max };
        self.size(bounds, count, path, "contain", "matching item")
    }
}
