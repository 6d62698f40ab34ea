//! What a server offers may change while it runs: items go off and on, resources are updated, and clients hear of it.

mod board;
mod listener;

#[cfg(test)]
mod orders;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

pub(crate) use self::board::ROOM;
pub(crate) use self::board::{Board, Offered, Switch};
pub(crate) use self::listener::{Bell, Change, Filter, LENGTH, Listener, Refused};

/// Changes what the server offers while it runs, and tells clients: borrow it as `&Changes`, or take [`Server::changes`] to
/// do it from outside of a call.
///
/// Clients that listen are told within a moment; what changes many times meanwhile is told once. Where nothing borrows it
/// and nobody takes it, the server does not declare that anything can change (`listChanged`, `subscribe`).
///
/// ```
/// use mcp_runtime::{Changes, UnknownItem, resource, tool};
///
/// /// What the thermometer says.
/// #[resource("room://temperature", watch)]
/// fn temperature() -> String {
///     "21 °C".into()
/// }
///
/// /// Heats the room.
/// #[tool]
/// fn heat(changes: &Changes) -> Result<&'static str, UnknownItem> {
///     changes.updated("room://temperature")?;
///     changes.tools().disable("heat")?;
///     Ok("that was enough")
/// }
/// # heat(&Changes::for_test()).unwrap();
/// ```
///
/// [`Server::changes`]: crate::Server::changes
#[derive(Clone, Debug)]
pub struct Changes {
    pub(crate) board: Arc<Board>,
}

impl Changes {
    pub(crate) fn new() -> Self {
        Self { board: Arc::default() }
    }

    /// For a test that calls a function directly: nobody listens, and every name is taken for that of an item.
    pub fn for_test() -> Self {
        Self::new()
    }

    /// The tools.
    pub fn tools(&self) -> Listing<'_> {
        Listing { board: &self.board, kind: Kind::Tools }
    }

    /// The resources by their URI, and the templates of resources as they are written.
    pub fn resources(&self) -> Listing<'_> {
        Listing { board: &self.board, kind: Kind::Resources }
    }

    /// The prompts.
    pub fn prompts(&self) -> Listing<'_> {
        Listing { board: &self.board, kind: Kind::Prompts }
    }

    /// Tells clients that subscribed to this resource that it has other contents now: the resource must say `watch`, or be
    /// one of a template that does.
    ///
    /// # Errors
    /// When no resource that is watched has this URI.
    #[track_caller]
    pub fn updated(&self, uri: &str) -> Result<(), UnknownItem> {
        self.board.updated(uri)
    }
}

/// What a server lists of one kind: [`Changes::tools`], [`Changes::resources`], [`Changes::prompts`].
#[derive(Clone, Copy, Debug)]
pub struct Listing<'c> {
    board: &'c Board,
    kind: Kind,
}

impl Listing<'_> {
    /// Offers an item that was switched off.
    ///
    /// # Errors
    /// When the server has no such item.
    #[track_caller]
    pub fn enable(&self, name: &str) -> Result<(), UnknownItem> {
        self.board.switch(self.kind, name, true)
    }

    /// Switches an item off for all clients: it is not listed, and calls of it are refused. Those that run go on. Before the
    /// server runs, this says how it starts; a name that it does not have is then a fault at start.
    ///
    /// # Errors
    /// When the server has no such item.
    #[track_caller]
    pub fn disable(&self, name: &str) -> Result<(), UnknownItem> {
        self.board.switch(self.kind, name, false)
    }

    /// Tells clients to ask for the list again, although nothing was switched: what a list says may depend on more than that.
    pub fn announce(&self) {
        self.board.announce(self.kind);
    }
}

/// A name or URI under which the server has nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownItem {
    kind: &'static str,
    name: String,
    nearest: Option<String>,
    /// It is there, and only does not say that it is watched.
    is_unwatched: bool,
}

impl fmt::Display for UnknownItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name, nearest, is_unwatched } = self;
        if *is_unwatched {
            return write!(f, "the resource `{name}` is not watched: write `watch` in its `#[resource(…)]`");
        }
        write!(f, "there is no {kind} `{name}`")?;
        nearest.as_ref().map_or(Ok(()), |nearest| write!(f, "; did you mean `{nearest}`?"))
    }
}

impl std::error::Error for UnknownItem {}

/// The lists that clients are told of when they change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Tools,
    /// Templates too.
    Resources,
    Prompts,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Tools, Self::Resources, Self::Prompts];

    const fn word(self) -> &'static str {
        match self {
            Self::Tools => "tool",
            Self::Resources => "resource",
            Self::Prompts => "prompt",
        }
    }

    const fn notification(self) -> &'static str {
        match self {
            Self::Tools => "notifications/tools/list_changed",
            Self::Resources => "notifications/resources/list_changed",
            Self::Prompts => "notifications/prompts/list_changed",
        }
    }

    /// How a client asks to be told (2026-07-28, Subscriptions, Notification Filter).
    pub(crate) const fn filter(self) -> &'static str {
        match self {
            Self::Tools => "toolsListChanged",
            Self::Resources => "resourcesListChanged",
            Self::Prompts => "promptsListChanged",
        }
    }
}
