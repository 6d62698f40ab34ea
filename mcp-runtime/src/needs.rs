//! What a function needs of the client: which parameter leads to which capability.

use std::any::TypeId;

use serde_json::{Value, json};

use crate::elicit::{Elicit, ElicitUrl};
use crate::protocol::{Revision, Terms};
use crate::roots::Roots;
use crate::sample::Sample;

/// Something that a client may be able to do for a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Form,
    Url,
    Sampling,
    Roots,
}

impl Need {
    const ALL: [Self; 4] = [Self::Form, Self::Url, Self::Sampling, Self::Roots];

    fn id(self) -> TypeId {
        match self {
            Self::Form => TypeId::of::<Elicit>(),
            Self::Url => TypeId::of::<ElicitUrl>(),
            Self::Sampling => TypeId::of::<Sample>(),
            Self::Roots => TypeId::of::<Roots>(),
        }
    }

    /// What a function that borrows this needs.
    pub(crate) fn of(id: TypeId) -> Option<Self> {
        Self::ALL.into_iter().find(|need| need.id() == id)
    }

    const fn since(self) -> Revision {
        match self {
            Self::Form => Revision::V2025_06_18,
            Self::Url => Revision::V2025_11_25,
            Self::Sampling | Self::Roots => Revision::V2024_11_05,
        }
    }

    /// Whether a client on these terms can do it.
    pub(crate) fn is_met(self, terms: &Terms) -> bool {
        let Some(declared) = terms.capabilities.as_ref().filter(|_| terms.revision >= self.since()) else {
            return false;
        };
        let declared: Value = serde_json::from_str(declared.get()).unwrap_or_default();
        let elicitation = || declared.get("elicitation").and_then(Value::as_object);
        match self {
            // An empty object means forms (2025-11-25, Elicitation, Capabilities).
            Self::Form => elicitation().is_some_and(|modes| modes.contains_key("form") || !modes.contains_key("url")),
            Self::Url => elicitation().is_some_and(|modes| modes.contains_key("url")),
            Self::Sampling => declared.get("sampling").is_some_and(Value::is_object),
            Self::Roots => declared.get("roots").is_some_and(Value::is_object),
        }
    }

    /// The capability that a client would have to declare.
    pub(crate) fn capability(self) -> (&'static str, Value) {
        match self {
            Self::Form => ("elicitation", json!({})),
            Self::Url => ("elicitation", json!({ "url": {} })),
            Self::Sampling => ("sampling", json!({})),
            Self::Roots => ("roots", json!({})),
        }
    }
}
