//! Greetings by language. Put here what your server is about; it need not know that models call it.

use std::collections::BTreeMap;

/// What to say in each language.
pub(crate) struct Greetings(BTreeMap<&'static str, &'static str>);

impl Greetings {
    /// What to say in this language.
    pub(crate) fn of(&self, language: &str) -> Option<&'static str> {
        self.0.get(language).copied()
    }

    /// The languages that are known.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }
}

impl Default for Greetings {
    fn default() -> Self {
        Self(BTreeMap::from([("de", "Guten Tag"), ("en", "Hello"), ("es", "Hola")]))
    }
}
