//! What a block says beside its content: hints, and `_meta`.

use serde_json::{Map, Value};

use super::Annotations;
use crate::json::Object;
use crate::protocol::Revision;

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
