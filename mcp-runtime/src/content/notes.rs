//! What a block says beside its content: hints, and `_meta`.

use serde_json::{Map, Value};

use super::Role;
use crate::json::Object;
use crate::protocol::Revision;

/// Hints about content: whom it is for, how important it is, when it changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotations {
    /// Whom it is for; nobody in particular if empty.
    pub audience: Vec<Role>,
    /// From 0 (optional) to 1 (needed).
    pub priority: Option<f64>,
    /// When it changed, in ISO 8601 (since 2025-06-18).
    pub last_modified: Option<String>,
}

/// What a block says beside its content.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Notes {
    pub(super) annotations: Annotations,
    /// Most blocks have none.
    pub(super) meta: Option<Box<Map<String, Value>>>,
}

impl Notes {
    pub(super) fn annotated(self, annotations: Annotations) -> Self {
        Self { annotations, ..self }
    }

    pub(super) fn meta(mut self, key: String, value: Value) -> Self {
        self.meta.get_or_insert_default().insert(key, value);
        self
    }

    pub(super) fn fields(&self, revision: Revision, object: &mut Object<'_>) {
        self.annotations.field(revision, object);
        if let Some(meta) = self.meta.as_ref().filter(|_| revision >= Revision::V2025_06_18) {
            object.field("_meta", meta);
        }
    }
}

impl Annotations {
    fn field(&self, revision: Revision, object: &mut Object<'_>) {
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
