//! A server that was validated: what its connections have in common, and what each holds by itself.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::around::Hooks;
use crate::cache::CacheHint;
use crate::changes::Board;
use crate::context::Shared;
use crate::json::scan::DEPTH;
use crate::list::{ListHints, Lists};
use crate::once_store::{MemoryOnce, Store};
use crate::protocol::Implementation;
use crate::registry::Registry;
use crate::seal::{self, Keys};
use crate::tasks::{Roster, Tasks};

/// A server that was validated, as a connection holds it: it keeps nothing between requests.
#[derive(Debug)]
pub(crate) struct Core {
    parts: Arc<Parts>,
    /// What calls hold on to.
    pub(crate) shared: Arc<Shared>,
}

/// What all connections have in common.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) registry: Registry,
    pub(crate) lists: Lists,
    /// What changes while the server runs, if clients may listen.
    pub(crate) board: Option<Arc<Board>>,
    pub(crate) settings: Settings,
    /// Seal what clients bring back, if anything on this server asks.
    pub(crate) keys: Option<Keys>,
    pub(crate) roster: Arc<Roster>,
    /// What wraps calls, if anything does.
    pub(crate) hooks: Option<Hooks>,
}

/// What the builder settled.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) identity: Implementation,
    pub(crate) instructions: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) drain: Duration,
    pub(crate) mask_errors: bool,
    /// Whether nothing is said at start.
    pub(crate) quiet: bool,
    pub(crate) cache_lists: ListHints,
    pub(crate) cache_contents: CacheHint,
    pub(crate) page_size: usize,
    pub(crate) line_length: usize,
    pub(crate) depth: usize,
    pub(crate) backlog: usize,
    pub(crate) in_flight: usize,
    pub(crate) subscriptions: usize,
    pub(crate) batch_length: usize,
    pub(crate) threads: usize,
    pub(crate) state_keys: Vec<Vec<u8>>,
    pub(crate) state_length: usize,
    pub(crate) state_time: Duration,
    pub(crate) answer_time: Duration,
    pub(crate) once_store: Store,
    pub(crate) tasks: Tasks,
}

impl Settings {
    /// What holds unless something else is said.
    pub(crate) fn new(identity: Implementation) -> Self {
        Self {
            identity,
            instructions: None,
            timeout: Duration::from_secs(30),
            drain: Duration::from_secs(5),
            mask_errors: false,
            quiet: false,
            cache_lists: ListHints::default(),
            cache_contents: CacheHint::default(),
            page_size: 1000,
            line_length: 16 * 1024 * 1024,
            depth: DEPTH,
            backlog: 1024 * 1024,
            in_flight: 1024,
            subscriptions: 256,
            batch_length: 100,
            threads: 256,
            state_keys: Vec::new(),
            state_length: seal::MOST,
            state_time: Duration::from_secs(60 * 60),
            answer_time: Duration::from_secs(10 * 60),
            once_store: Store::new(MemoryOnce::default()),
            tasks: Tasks::default(),
        }
    }

    /// What leaves no room for a single message.
    pub(crate) fn without_room(&self) -> Vec<String> {
        nothing([("line_length", self.line_length), ("depth", self.depth), ("in_flight", self.in_flight)])
    }
}

/// Settings that refuse everything.
pub(crate) fn nothing(all: impl IntoIterator<Item = (&'static str, usize)>) -> Vec<String> {
    let refusing = all.into_iter().filter(|(_, most)| *most == 0);
    refusing.map(|(name, _)| format!("`.{name}(0)` would refuse everything: allow 1 or more")).collect()
}

impl Deref for Core {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl Core {
    pub(crate) fn new(parts: Parts, shared: Shared) -> Arc<Self> {
        Arc::new(Self { parts: Arc::new(parts), shared: Arc::new(shared) })
    }

    /// The same for another connection. Processors would wait for each other where all requests write to one count.
    #[cfg(feature = "http")]
    pub(crate) fn apart(&self) -> Arc<Self> {
        Arc::new(Self { parts: self.parts.clone(), shared: Arc::new(Shared::clone(&self.shared)) })
    }
}
