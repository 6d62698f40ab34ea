//! Counts what was done.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// How often each thing was done.
#[derive(Clone, Default)]
pub(super) struct Tally(Rc<RefCell<BTreeMap<&'static str, u64>>>);

impl Tally {
    /// Counts it, and says how often it had been done before.
    pub(super) fn count(&self, what: &'static str) -> u64 {
        let mut counts = self.0.borrow_mut();
        let count = counts.entry(what).or_default();
        *count += 1;
        *count - 1
    }

    pub(super) fn of(&self, what: &str) -> u64 {
        self.0.borrow().get(what).copied().unwrap_or_default()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in &*self.0.borrow() {
            write!(f, "{what} {count}, ")?;
        }
        Ok(())
    }
}
