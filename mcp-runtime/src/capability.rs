//! The table of capabilities: which item leads to which declaration, and which method needs which.

use std::any::TypeId;

use crate::client_log::Log;
use crate::item::Item;
use crate::json::Object;
use crate::protocol::{Method, Revision};

/// A family of methods that a server offers or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capability {
    Tools,
    Resources,
    Prompts,
    Completions,
    Logging,
}

/// The capabilities, in the order in which they are declared: name, first revision, and the items that lead to it.
type Row = (Capability, &'static str, Revision, fn(&Item) -> bool);

const TABLE: [Row; 5] = [
    (Capability::Tools, "tools", Revision::V2024_11_05, |item| matches!(item, Item::Tool(_))),
    (Capability::Resources, "resources", Revision::V2024_11_05, |item| matches!(item, Item::Resource(_))),
    (Capability::Prompts, "prompts", Revision::V2024_11_05, |item| matches!(item, Item::Prompt(_))),
    // 2024-11-05 has the method, but no word for the capability.
    (Capability::Completions, "completions", Revision::V2025_03_26, |item| {
        item.about().params.iter().any(|param| param.complete.is_some())
    }),
    (Capability::Logging, "logging", Revision::V2024_11_05, |item| {
        item.about().lends.iter().any(|lend| (lend.id)() == TypeId::of::<Log>())
    }),
];

impl Method {
    /// The capability without which there is no such method.
    pub(crate) const fn needs(self) -> Option<Capability> {
        match self {
            Self::Initialize | Self::Discover | Self::Ping => None,
            Self::ToolsList | Self::ToolsCall => Some(Capability::Tools),
            Self::ResourcesList | Self::TemplatesList | Self::ResourcesRead => Some(Capability::Resources),
            Self::PromptsList | Self::PromptsGet => Some(Capability::Prompts),
            Self::Complete => Some(Capability::Completions),
            Self::SetLevel => Some(Capability::Logging),
        }
    }
}

/// What a server declares: a consequence of what is registered, and of nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Capabilities([bool; TABLE.len()]);

impl Capabilities {
    pub(crate) fn of(items: &[Item]) -> Self {
        Self(TABLE.map(|(_, _, _, leads_to)| items.iter().any(leads_to)))
    }

    pub(crate) fn has(self, capability: Capability) -> bool {
        self.0.iter().zip(TABLE).any(|(declared, (row, ..))| *declared && row == capability)
    }

    /// Writes the declaration as `revision` has it.
    pub(crate) fn shape(self, revision: Revision, out: &mut Vec<u8>) {
        let mut object = Object::open(out);
        for (declared, (_, name, since, _)) in self.0.iter().zip(TABLE) {
            if *declared && revision >= since {
                object.raw(name, "{}");
            }
        }
        object.close();
    }
}
