//! Hints about content.

use super::Role;
use crate::json::Object;
use crate::protocol::Revision;

/// Hints about content: whom it is for, how important it is, when it changed.
///
/// ```
/// use mcp_runtime::{Annotations, Role, Text};
///
/// let hints = Annotations::new().audience([Role::User]).priority(0.8);
/// let text = Text::new("It will rain.").annotations(hints);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Annotations {
    /// Whom it is for; nobody in particular if empty.
    pub audience: Vec<Role>,
    /// From 0 (optional) to 1 (needed).
    pub priority: Option<f64>,
    /// When it changed, in ISO 8601 (since 2025-06-18).
    pub last_modified: Option<String>,
}

impl Annotations {
    /// No hints.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whom it is for.
    #[must_use]
    pub fn audience(self, audience: impl IntoIterator<Item = Role>) -> Self {
        Self { audience: audience.into_iter().collect(), ..self }
    }

    /// How important it is, from 0 (optional) to 1 (needed).
    #[must_use]
    pub fn priority(self, priority: f64) -> Self {
        Self { priority: Some(priority), ..self }
    }

    /// When it changed, in ISO 8601 (since 2025-06-18).
    #[must_use]
    pub fn last_modified(self, time: impl Into<String>) -> Self {
        Self { last_modified: Some(time.into()), ..self }
    }

    pub(super) fn field(&self, revision: Revision, object: &mut Object<'_>) {
        let last_modified = self.last_modified.as_deref().filter(|_| revision >= Revision::V2025_06_18);
        if self.audience.is_empty() && self.priority.is_none() && last_modified.is_none() {
            return;
        }
        object.with("annotations", |out| {
            let mut object = Object::open(out);
            if !self.audience.is_empty() {
                object.field("audience", &self.audience);
            }
            object.some("priority", self.priority.as_ref());
            object.some("lastModified", last_modified);
            object.close();
        });
    }
}
