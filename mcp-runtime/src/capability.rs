//! The table of capabilities: which item leads to which declaration, and which method needs which.

use std::any::{Any, TypeId};

use crate::changes::{Changes, Kind};
use crate::client_log::Log;
use crate::item::{Item, TaskSupport};
use crate::json::Object;
use crate::protocol::{Method, Revision};
use crate::tasks;

/// A family of methods that a server offers or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capability {
    Tools,
    Resources,
    Prompts,
    Completions,
    Logging,
    /// Lists may change: `listChanged` in each that there is.
    ListChanged,
    /// Resources may be watched: `subscribe` in `resources`.
    Subscribe,
    Tasks,
    /// Clients may listen: lists may change, or there are tasks.
    Listen,
}

/// The capabilities, in the order in which they are declared: name, first revision, and the items that lead to it.
type Row = (Capability, &'static str, Revision, fn(&Item) -> bool);

const TABLE: [Row; 6] = [
    (Capability::Tools, "tools", Revision::V2024_11_05, |item| matches!(item, Item::Tool(_))),
    (Capability::Resources, "resources", Revision::V2024_11_05, |item| matches!(item, Item::Resource(_))),
    (Capability::Prompts, "prompts", Revision::V2024_11_05, |item| matches!(item, Item::Prompt(_))),
    // 2024-11-05 has the method, but no word for the capability.
    (Capability::Completions, "completions", Revision::V2025_03_26, |item| {
        item.about().params.iter().any(|param| param.complete.is_some())
    }),
    (Capability::Logging, "logging", Revision::V2024_11_05, |item| lends::<Log>(item)),
    (Capability::Tasks, tasks::EXTENSION, Revision::V2026_07_28, is_task),
];

fn lends<T: Any>(item: &Item) -> bool {
    item.about().lends.iter().any(|lend| (lend.id)() == TypeId::of::<T>())
}

fn is_task(item: &Item) -> bool {
    matches!(item, Item::Tool(tool) if tool.task != TaskSupport::Forbidden)
}

fn is_watched(item: &Item) -> bool {
    matches!(item, Item::Resource(resource) if resource.watch)
}

impl Capability {
    /// Whether it is declared among the extensions.
    const fn is_extension(self) -> bool {
        matches!(self, Self::Tasks)
    }
}

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
            Self::Subscribe | Self::Unsubscribe => Some(Capability::Subscribe),
            Self::Listen => Some(Capability::Listen),
            Self::TasksGet | Self::TasksUpdate | Self::TasksCancel => Some(Capability::Tasks),
        }
    }
}

/// What a server declares: a consequence of what is registered, and of nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Capabilities {
    declared: [bool; TABLE.len()],
    /// Whether anything can change while the server runs.
    changes: bool,
    /// Whether clients may subscribe to a resource.
    subscribe: bool,
}

impl Capabilities {
    /// What these items lead to. `is_changed` tells whether anybody else may change something.
    pub(crate) fn of(items: &[Item], is_changed: bool) -> Self {
        let changes = is_changed || items.iter().any(lends::<Changes>);
        Self {
            declared: TABLE.map(|(_, _, _, leads_to)| items.iter().any(leads_to)),
            changes,
            subscribe: changes && items.iter().any(is_watched),
        }
    }

    /// What is left for a client to whom nothing can be told but answers.
    pub(crate) fn silent(self) -> Self {
        Self { changes: false, subscribe: false, ..self }
    }

    pub(crate) fn has(self, capability: Capability) -> bool {
        match capability {
            Capability::ListChanged => self.changes,
            Capability::Subscribe => self.subscribe,
            Capability::Listen => self.changes || self.has(Capability::Tasks),
            Capability::Tools
            | Capability::Resources
            | Capability::Prompts
            | Capability::Completions
            | Capability::Logging
            | Capability::Tasks => {
                self.declared.iter().zip(TABLE).any(|(declared, (row, ..))| *declared && row == capability)
            }
        }
    }

    /// Whether there is a list of this kind, and it may change.
    pub(crate) fn list_changes(self, kind: Kind) -> bool {
        let list = match kind {
            Kind::Tools => Capability::Tools,
            Kind::Resources => Capability::Resources,
            Kind::Prompts => Capability::Prompts,
        };
        self.changes && self.has(list)
    }

    /// Writes the declaration as `revision` has it.
    pub(crate) fn shape(self, revision: Revision, out: &mut Vec<u8>) {
        let rows =
            self.declared.iter().zip(TABLE).filter(|(declared, (_, _, since, _))| **declared && revision >= *since);
        let (extensions, own): (Vec<_>, Vec<_>) =
            rows.map(|(_, (row, name, ..))| (row, name)).partition(|(row, _)| row.is_extension());
        let mut object = Object::open(out);
        own.into_iter().for_each(|(row, name)| object.with(name, |out| self.settings(row, out)));
        if !extensions.is_empty() {
            object.with("extensions", |out| {
                let mut object = Object::open(out);
                extensions.into_iter().for_each(|(_, name)| object.raw(name, "{}"));
                object.close();
            });
        }
        object.close();
    }

    /// What is said of one capability.
    fn settings(self, capability: Capability, out: &mut Vec<u8>) {
        let has_list = matches!(capability, Capability::Tools | Capability::Resources | Capability::Prompts);
        let mut object = Object::open(out);
        object.some("subscribe", Some(&true).filter(|_| capability == Capability::Resources && self.subscribe));
        object.some("listChanged", Some(&true).filter(|_| has_list && self.changes));
        object.close();
    }
}
