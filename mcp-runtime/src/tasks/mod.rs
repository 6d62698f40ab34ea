//! The tasks of a server (extension `io.modelcontextprotocol/tasks` of 2026-07-28): what they may do, which are at work, and
//! where all of them are kept.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::value::RawValue;
use tokio::sync::watch;
use tokio::time::timeout;

mod follow;
mod live;
mod store;

pub(crate) use self::follow::Following;
pub(crate) use self::live::{End, Live, Place, distinct};
use self::store::Store;
pub use self::store::{MemoryTasks, TaskRecord, TaskStore};
use crate::error::Failure;
use crate::id::Id;
use crate::jsonrpc::Fault;
use crate::limit::Limit;
use crate::store::StoreError;

/// The name of the extension on the wire.
pub(crate) const EXTENSION: &str = "io.modelcontextprotocol/tasks";

/// What tasks may do, and for how long they are kept, for [`Server::tasks`](crate::Server::tasks).
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::{Server, Tasks};
///
/// let tasks = Tasks::new().timeout(Duration::from_secs(6 * 60 * 60)).most(100);
/// let server = Server::new("reports", "1.0.0").tasks(tasks);
/// ```
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until a server has them: `Server::tasks`"]
pub struct Tasks {
    pub(crate) timeout: Duration,
    pub(crate) kept: Duration,
    pub(crate) most: usize,
    pub(crate) poll: Duration,
    pub(crate) store: Store,
}

impl Default for Tasks {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60 * 60),
            kept: Duration::from_secs(60 * 60),
            most: 1000,
            poll: Duration::from_secs(1),
            store: Store::new(MemoryTasks::default()),
        }
    }
}

impl Tasks {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long a task may work (default 1 h); `#[tool(task, timeout = "10 min")]` says it for one tool. The time that a client
    /// takes to answer questions does not count.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// How long a task is kept after it has ended, at least (default 1 h). Clients are told how long in all: this, and the time
    /// that the task may take.
    pub fn kept(self, time: Duration) -> Self {
        Self { kept: time, ..self }
    }

    /// How many tasks may be at work (default 1000). Calls that would start another one are refused.
    pub fn most(self, tasks: usize) -> Self {
        Self { most: tasks, ..self }
    }

    /// How often clients are to ask how a task is (default 1 s).
    pub fn poll_interval(self, interval: Duration) -> Self {
        Self { poll: interval, ..self }
    }

    /// Where the records are kept (default: [`MemoryTasks`]).
    pub fn store(self, store: impl TaskStore) -> Self {
        Self { store: Store::new(store), ..self }
    }
}

/// The tasks of a server: those at work, and the store of all.
#[derive(Debug)]
pub(crate) struct Roster {
    settings: Tasks,
    live: watch::Sender<HashMap<String, Arc<Live>>>,
    over: watch::Sender<bool>,
}

/// What a client wants with a task.
#[derive(Clone, Copy)]
pub(crate) enum Wish {
    Get,
    Update,
    Cancel,
}

/// What becomes of a request about a task.
#[derive(Debug)]
pub(crate) enum Missing {
    /// There is no such task, or it belongs to somebody else.
    Unknown,
    /// It has not ended, but does not run here.
    Elsewhere,
    /// The store failed.
    Store(StoreError),
}

impl From<Missing> for Failure {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Unknown => Self::NotFound,
            Missing::Elsewhere => {
                Self::Error { text: "this task does not run in this process".into(), detail: None, maskable: true }
            }
            Missing::Store(error) => Self::Broken(format!("the store of tasks: {error}")),
        }
    }
}

impl Roster {
    pub(crate) fn new(settings: Tasks) -> Arc<Self> {
        Arc::new(Self { settings, live: watch::Sender::default(), over: watch::Sender::default() })
    }

    /// A call that may become a task, which may then work for so long.
    pub(crate) fn call(self: &Arc<Self>, owner: Option<&str>, limit: Option<Duration>) -> Result<Arc<Live>, Fault> {
        Live::new(self, owner.map(str::to_owned), limit.unwrap_or(self.settings.timeout))
    }

    /// Takes up a task.
    fn enter(&self, live: &Arc<Live>) -> Result<(), Fault> {
        let most = self.settings.most;
        let has_entered = !*self.over.borrow()
            && self.live.send_if_modified(|all| {
                let has_room = all.len() < most;
                if has_room {
                    all.insert(live.id.clone(), live.clone());
                }
                has_room
            });
        if has_entered { Ok(()) } else { Err(Fault::busy(Limit::Tasks, most)) }
    }

    fn leave(&self, id: &str) {
        self.live.send_modify(|all| drop(all.remove(id)));
    }

    /// The task of this id that runs here, if it belongs to who asks.
    pub(crate) fn live(&self, id: &str, owner: Option<&str>) -> Option<Arc<Live>> {
        let live = self.live.borrow().get(id).cloned();
        live.filter(|live| live.owner.as_deref() == owner && live.is_task())
    }

    /// What is known of a task, for who asks.
    pub(crate) async fn find(&self, id: &str, owner: Option<&str>) -> Result<TaskRecord, Missing> {
        if let Some(live) = self.live(id, owner) {
            return Ok(live.record());
        }
        if Id::read(id.as_bytes()).is_none() {
            return Err(Missing::Unknown);
        }
        let found = self.settings.store.find(id).await.map_err(Missing::Store)?;
        let is_theirs = |record: &TaskRecord| record.owner.as_deref() == owner && record.expires > SystemTime::now();
        found.filter(is_theirs).ok_or(Missing::Unknown)
    }

    /// Brings answers to who asked. Those that nobody waits for are ignored.
    pub(crate) async fn update(
        &self,
        id: &str,
        owner: Option<&str>,
        answers: BTreeMap<String, Box<RawValue>>,
    ) -> Result<(), Missing> {
        if let Some(live) = self.at_work(id, owner).await? {
            live.answer(answers);
        }
        Ok(())
    }

    /// Ends a task, unless it has ended.
    pub(crate) async fn cancel(&self, id: &str, owner: Option<&str>) -> Result<(), Missing> {
        if let Some(live) = self.at_work(id, owner).await? {
            live.end(End::Cancelled);
        }
        Ok(())
    }

    /// The task, if it has not ended.
    async fn at_work(&self, id: &str, owner: Option<&str>) -> Result<Option<Arc<Live>>, Missing> {
        match self.live(id, owner) {
            Some(live) => Ok(Some(live)),
            None if self.find(id, owner).await?.ended => Ok(None),
            None => Err(Missing::Elsewhere),
        }
    }

    /// Waits until no task is at work.
    pub(crate) async fn idle(&self) {
        // The sender lives as long as `self`.
        let _ = self.live.subscribe().wait_for(HashMap::is_empty).await;
    }

    /// Ends all of them; no further one begins.
    pub(crate) fn end(&self) {
        self.over.send_replace(true);
    }

    /// Waits until they have to end.
    pub(crate) async fn over(&self) {
        // The sender lives as long as `self`.
        let _ = self.over.subscribe().wait_for(|over| *over).await;
    }

    /// Ends all of them when what is returned is dropped, also with the future that serves.
    pub(crate) fn owned(self: &Arc<Self>) -> Owned {
        Owned(self.clone())
    }

    /// Ends all of them, and waits until the store knows it, if it does not take long.
    pub(crate) async fn finish(&self) {
        const LONG: Duration = Duration::from_secs(1);
        self.end();
        let _ = timeout(LONG, self.idle()).await;
    }
}

/// The tasks of a server that serves.
pub(crate) struct Owned(Arc<Roster>);

impl Owned {
    pub(crate) async fn finish(self) {
        self.0.finish().await;
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
mod orders;
