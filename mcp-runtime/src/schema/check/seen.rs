//! Remembers texts to find the one that comes twice: in place while they are few, hashed when they are many.

use std::borrow::Cow;
use std::collections::HashSet;

const FEW: usize = 8;

/// Texts that were there.
#[derive(Debug, Default)]
pub(crate) struct Seen<'t> {
    few: [Cow<'t, str>; FEW],
    count: usize,
    many: HashSet<Cow<'t, str>>,
}

impl<'t> Seen<'t> {
    /// Whether `text` is new; from now on it is not.
    pub(crate) fn is_new(&mut self, text: Cow<'t, str>) -> bool {
        if self.few.iter().take(self.count).any(|seen| *seen == text) || self.many.contains(&text) {
            return false;
        }
        match self.few.get_mut(self.count) {
            Some(place) => {
                *place = text;
                self.count = self.count.saturating_add(1);
            }
            None => _ = self.many.insert(text),
        }
        true
    }
}

/// Marks for numbered things, without an allocation for the first 64.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    first: u64,
    rest: Vec<bool>,
}

impl Marks {
    /// Marks `index` and answers whether it was not marked before.
    pub(crate) fn set(&mut self, index: usize) -> bool {
        let new = !self.has(index);
        match bit(index) {
            Some(bit) => self.first |= bit,
            None => {
                let length = self.rest.len().max(index.saturating_sub(63));
                self.rest.resize(length, false);
                self.rest.iter_mut().skip(index.saturating_sub(64)).take(1).for_each(|mark| *mark = true);
            }
        }
        new
    }

    pub(crate) fn has(&self, index: usize) -> bool {
        match bit(index) {
            Some(bit) => self.first & bit != 0,
            None => self.rest.get(index.saturating_sub(64)).copied().unwrap_or_default(),
        }
    }
}

fn bit(index: usize) -> Option<u64> {
    u32::try_from(index).ok().and_then(|index| 1_u64.checked_shl(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_new_once() {
        let mut seen = Seen::default();
        for number in 0..100 {
            assert!(seen.is_new(number.to_string().into()), "{number}");
        }
        for number in 0..100 {
            assert!(!seen.is_new(number.to_string().into()), "{number}");
        }
        assert!(Seen::default().is_new("".into()));
    }

    #[test]
    fn a_mark_stays() {
        let mut marks = Marks::default();
        for index in [0, 63, 64, 200] {
            assert!(!marks.has(index));
            assert!(marks.set(index));
            assert!(!marks.set(index));
            assert!(marks.has(index) && !marks.has(index + 1));
        }
    }
}
