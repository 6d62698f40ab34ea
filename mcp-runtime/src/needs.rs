//! What a function needs of the client: which parameter leads to which capability.

use std::any::TypeId;

use serde_json::{Map, Value, json};

use crate::elicit::{Elicit, ElicitUrl};
use crate::gather::gather;
use crate::protocol::{Revision, Terms};
use crate::roots::Roots;
use crate::sample::Sample;
use crate::tasks;

/// Something that a client may be able to do for a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Form,
    Url,
    Sampling,
    Roots,
    Tasks,
}

impl Need {
    const ALL: [Self; 5] = [Self::Form, Self::Url, Self::Sampling, Self::Roots, Self::Tasks];

    /// What a function borrows that needs it, if that is how it is said.
    fn id(self) -> Option<TypeId> {
        match self {
            Self::Form => Some(TypeId::of::<Elicit>()),
            Self::Url => Some(TypeId::of::<ElicitUrl>()),
            Self::Sampling => Some(TypeId::of::<Sample>()),
            Self::Roots => Some(TypeId::of::<Roots>()),
            Self::Tasks => None,
        }
    }

    /// What a function that borrows this needs.
    pub(crate) fn of(id: TypeId) -> Option<Self> {
        Self::ALL.into_iter().find(|need| need.id() == Some(id))
    }

    const fn since(self) -> Revision {
        match self {
            Self::Form => Revision::V2025_06_18,
            Self::Url => Revision::V2025_11_25,
            Self::Sampling | Self::Roots => Revision::V2024_11_05,
            Self::Tasks => Revision::V2026_07_28,
        }
    }

    /// What a client on these terms can do.
    pub(crate) fn met(terms: &Terms) -> Vec<Self> {
        let declared = terms.capabilities.as_ref().and_then(|raw| serde_json::from_str(raw).ok());
        let declared: Value = declared.unwrap_or_default();
        let is_met = |need: &Self| terms.revision >= need.since() && need.is_in(&declared);
        Self::ALL.into_iter().filter(is_met).collect()
    }

    fn is_in(self, declared: &Value) -> bool {
        let elicitation = declared.get("elicitation").and_then(Value::as_object);
        match self {
            // An empty object means forms (2025-11-25, Elicitation, Capabilities).
            Self::Form => elicitation.is_some_and(|modes| modes.contains_key("form") || !modes.contains_key("url")),
            Self::Url => elicitation.is_some_and(|modes| modes.contains_key("url")),
            Self::Sampling => declared.get("sampling").is_some_and(Value::is_object),
            Self::Roots => declared.get("roots").is_some_and(Value::is_object),
            Self::Tasks => {
                let extensions = declared.get("extensions");
                extensions.and_then(|all| all.get(tasks::EXTENSION)).is_some_and(Value::is_object)
            }
        }
    }

    /// What a client calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tasks => tasks::EXTENSION,
            Self::Form | Self::Url | Self::Sampling | Self::Roots => self.capability().0,
        }
    }

    /// The capability that a client would have to declare, and what has to be in it.
    pub(crate) fn capability(self) -> (&'static str, Map<String, Value>) {
        match self {
            Self::Form => ("elicitation", Map::new()),
            Self::Url => ("elicitation", gather([("url".to_owned(), json!({}))])),
            Self::Sampling => ("sampling", Map::new()),
            Self::Roots => ("roots", Map::new()),
            Self::Tasks => ("extensions", gather([(tasks::EXTENSION.to_owned(), json!({}))])),
        }
    }
}
