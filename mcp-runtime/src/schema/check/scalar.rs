//! Checks what has no parts: numbers, strings, and choices among values.

use std::cmp::Ordering;

use super::super::number::Decimal;
use super::kinds::Kinds;
use super::node::{Limit, Node, Numbers, Size, Strings};
use super::run::{Path, Run, Stop};
use super::{equal, words};
use crate::json::scan::{Cursor, Quoted};

/// A limit, the words for it, and the order of number and limit that is right.
type Bound<'n> = (&'n Option<Limit>, &'static str, fn(Ordering) -> bool);

/// Whether the number is an integer, however it is spelled.
pub(crate) fn number_kind(text: &str) -> Kinds {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_plain || Decimal::new(text).is_integer() { Kinds::INTEGER } else { Kinds::FRACTION }
}

impl Run<'_> {
    pub(crate) fn is_chosen(&mut self, node: &Node, start: Cursor<'_>) -> Result<bool, Stop> {
        for choice in &node.choices {
            self.spend(choice.values.len())?;
            let mut found = false;
            for value in &choice.values {
                if equal::is(&mut start.clone(), value)? {
                    found = true;
                    break;
                }
            }
            if !found {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(crate) fn number(&mut self, rules: &Numbers, text: &str, path: &Path<'_>) -> Result<(), Stop> {
        self.spend(text.len())?;
        if rules.is_free() {
            return Ok(());
        }
        let small = text.parse().ok();
        let limits: [Bound<'_>; 4] = [
            (&rules.minimum, "at least", Ordering::is_ge),
            (&rules.maximum, "at most", Ordering::is_le),
            (&rules.above, "more than", Ordering::is_gt),
            (&rules.below, "less than", Ordering::is_lt),
        ];
        for (limit, phrase, is_right) in limits {
            if let Some(limit) = limit
                && !is_right(compare(text, small, limit))
            {
                self.wrong(path, || format!("must be {phrase} {}, got {}", limit.text, words::cut(text)))?;
            }
        }
        match &rules.multiple_of {
            Some(unit) if !is_multiple(text, small, unit) => {
                self.wrong(path, || format!("must be a multiple of {}, got {}", unit.text, words::cut(text)))
            }
            Some(_) | None => Ok(()),
        }
    }

    pub(crate) fn string(&mut self, rules: &Strings, quoted: Quoted<'_>, path: &Path<'_>) -> Result<(), Stop> {
        self.spend(quoted.source().len())?;
        if rules.is_free() {
            return Ok(());
        }
        let text = quoted.text()?;
        self.length(rules.length, &text, path)?;
        if let Some(pattern) = rules.pattern.as_ref().filter(|pattern| !pattern.matches(&text)) {
            self.wrong(path, || format!("must match the pattern `{}`, got {}", pattern.text(), words::string(&text)))?;
        }
        match rules.format {
            Some(format) if !format.matches(&text) => {
                self.wrong(path, || format!("must be {}, got {}", format.expected(), words::string(&text)))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn length(&mut self, bounds: Size, text: &str, path: &Path<'_>) -> Result<(), Stop> {
        if bounds.is_free() {
            return Ok(());
        }
        self.size(bounds, text.chars().count(), path, "be", "character")
    }

    /// Checks a number of characters, items or fields.
    pub(crate) fn size(
        &mut self,
        bounds: Size,
        count: usize,
        path: &Path<'_>,
        verb: &str,
        unit: &str,
    ) -> Result<(), Stop> {
        let given = u64::try_from(count).unwrap_or(u64::MAX);
        let length = if verb == "be" { " long" } else { "" };
        if let Some(min) = bounds.min.filter(|min| given < *min) {
            self.wrong(path, || format!("must {verb} at least {}{length}, got {given}", words::counted(min, unit)))?;
        }
        if let Some(max) = bounds.max.filter(|max| given > *max) {
            self.wrong(path, || format!("must {verb} at most {}{length}, got {given}", words::counted(max, unit)))?;
        }
        Ok(())
    }
}

fn compare(text: &str, small: Option<i64>, limit: &Limit) -> Ordering {
    match (small, limit.small) {
        (Some(number), Some(limit)) => number.cmp(&limit),
        (_, _) => Decimal::new(text).compare(limit.decimal()),
    }
}

fn is_multiple(text: &str, small: Option<i64>, unit: &Limit) -> bool {
    match (small, unit.small) {
        (Some(number), Some(unit)) if unit > 0 => number.checked_rem(unit) == Some(0),
        (_, _) => Decimal::new(text).is_multiple_of(unit.decimal()),
    }
}
