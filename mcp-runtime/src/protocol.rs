//! The vocabulary of the protocol: revisions, methods, and the terms of a request.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// A revision of the Model Context Protocol, oldest first. It is read and written by its date.
///
/// ```
/// use mcp_runtime::Revision;
///
/// assert_eq!("2025-11-25".parse(), Ok(Revision::V2025_11_25));
/// assert_eq!(Revision::V2025_11_25.to_string(), "2025-11-25");
/// assert_eq!("2025".parse::<Revision>().unwrap_err().to_string(), "there is no revision `2025`");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Revision {
    /// 2024-11-05
    V2024_11_05,
    /// 2025-03-26: tool annotations, audio, batches, completions as a capability.
    V2025_03_26,
    /// 2025-06-18: titles, structured results, resource links; no batches.
    V2025_06_18,
    /// 2025-11-25: icons; wrong arguments are results that a model can repair.
    V2025_11_25,
    /// 2026-07-28: stateless; every request carries its terms.
    V2026_07_28,
}

impl Revision {
    /// All of them, oldest first.
    pub const ALL: [Self; 5] =
        [Self::V2024_11_05, Self::V2025_03_26, Self::V2025_06_18, Self::V2025_11_25, Self::V2026_07_28];

    /// The newest revision that opens with `initialize`.
    pub(crate) const LATEST_LEGACY: Self = Self::V2025_11_25;

    /// The newest revision.
    pub const LATEST: Self = Self::V2026_07_28;

    /// Its name on the wire, a date.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// The revision of this name, if we speak it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|revision| revision.as_str() == name)
    }

    /// Whether requests carry their own terms, so that there is no session.
    pub const fn is_modern(self) -> bool {
        matches!(self, Self::V2026_07_28)
    }

    /// A place in a table with one entry per revision.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Revision {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::named(name).ok_or_else(|| UnknownName { of: "revision", name: name.to_owned() })
    }
}

/// A text is not the name of a [`Revision`] that is spoken, or not of a [`Level`](crate::Level).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    pub(crate) of: &'static str,
    pub(crate) name: String,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} `{}`", self.of, quoted(&self.name))
    }
}

impl std::error::Error for UnknownName {}

impl Serialize for Revision {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The requests that a client may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Initialize,
    Discover,
    Ping,
    ToolsList,
    ToolsCall,
    ResourcesList,
    TemplatesList,
    ResourcesRead,
    PromptsList,
    PromptsGet,
    Complete,
    SetLevel,
    Subscribe,
    Unsubscribe,
    Listen,
    TasksGet,
    TasksUpdate,
    TasksCancel,
}

impl Method {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "initialize" => Self::Initialize,
            "server/discover" => Self::Discover,
            "ping" => Self::Ping,
            "tools/list" => Self::ToolsList,
            "tools/call" => Self::ToolsCall,
            "resources/list" => Self::ResourcesList,
            "resources/templates/list" => Self::TemplatesList,
            "resources/read" => Self::ResourcesRead,
            "prompts/list" => Self::PromptsList,
            "prompts/get" => Self::PromptsGet,
            "completion/complete" => Self::Complete,
            "logging/setLevel" => Self::SetLevel,
            "resources/subscribe" => Self::Subscribe,
            "resources/unsubscribe" => Self::Unsubscribe,
            "subscriptions/listen" => Self::Listen,
            "tasks/get" => Self::TasksGet,
            "tasks/update" => Self::TasksUpdate,
            "tasks/cancel" => Self::TasksCancel,
            _ => return None,
        })
    }

    /// The name on the wire.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Initialize => "initialize",
            Self::Discover => "server/discover",
            Self::Ping => "ping",
            Self::ToolsList => "tools/list",
            Self::ToolsCall => "tools/call",
            Self::ResourcesList => "resources/list",
            Self::TemplatesList => "resources/templates/list",
            Self::ResourcesRead => "resources/read",
            Self::PromptsList => "prompts/list",
            Self::PromptsGet => "prompts/get",
            Self::Complete => "completion/complete",
            Self::SetLevel => "logging/setLevel",
            Self::Subscribe => "resources/subscribe",
            Self::Unsubscribe => "resources/unsubscribe",
            Self::Listen => "subscriptions/listen",
            Self::TasksGet => "tasks/get",
            Self::TasksUpdate => "tasks/update",
            Self::TasksCancel => "tasks/cancel",
        }
    }

    /// Whether this revision has the method at all.
    pub(crate) const fn is_in(self, revision: Revision) -> bool {
        match self {
            Self::Initialize | Self::Ping | Self::SetLevel | Self::Subscribe | Self::Unsubscribe => {
                !revision.is_modern()
            }
            Self::Discover | Self::Listen | Self::TasksGet | Self::TasksUpdate | Self::TasksCancel => {
                revision.is_modern()
            }
            Self::ToolsList
            | Self::ToolsCall
            | Self::ResourcesList
            | Self::TemplatesList
            | Self::ResourcesRead
            | Self::PromptsList
            | Self::PromptsGet
            | Self::Complete => true,
        }
    }
}

impl Method {
    /// Whether it may take a while: it may call a function, or ask a store.
    pub(crate) const fn is_call(self) -> bool {
        match self {
            Self::ToolsCall
            | Self::ResourcesRead
            | Self::PromptsGet
            | Self::Complete
            | Self::TasksGet
            | Self::TasksUpdate
            | Self::TasksCancel => true,
            Self::Initialize
            | Self::Discover
            | Self::Ping
            | Self::SetLevel
            | Self::Subscribe
            | Self::Unsubscribe
            | Self::Listen
            | Self::ToolsList
            | Self::ResourcesList
            | Self::TemplatesList
            | Self::PromptsList => false,
        }
    }
}

/// What holds for one request: who asks, in which revision, and what the client can do.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) revision: Revision,
    pub(crate) client: Option<Box<str>>,
    pub(crate) capabilities: Option<Box<str>>,
}

impl Terms {
    pub(crate) fn new(revision: Revision) -> Self {
        Self { revision, client: None, capabilities: None }
    }
}

/// A program that speaks the protocol, as it calls itself. Not verified: for display and logs only.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[non_exhaustive]
pub struct Implementation {
    /// Its name for programs.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its name for people (since 2025-06-18).
    #[serde(default)]
    pub title: Option<String>,
    /// What it is (since 2025-11-25).
    #[serde(default)]
    pub description: Option<String>,
    /// Where to read more (since 2025-11-25).
    #[serde(default, rename = "websiteUrl")]
    pub website_url: Option<String>,
}

/// The keys of `_meta` by which a modern request says its terms (2026-07-28, Overview, `_meta`).
pub(crate) mod meta {
    pub(crate) const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
    pub(crate) const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";
    pub(crate) const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
    pub(crate) const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
    pub(crate) const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
    pub(crate) const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";
}

/// Shortens what came from outside before it is quoted in a message.
pub(crate) fn quoted(text: &str) -> Cow<'_, str> {
    const LENGTH: usize = 80;
    match text.char_indices().nth(LENGTH) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
    }
}
