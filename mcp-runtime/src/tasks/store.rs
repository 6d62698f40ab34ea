//! Where the records of tasks are kept: a trait, and memory.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::clock::later;
use crate::limit::Limit;
use crate::lock::lock;
use crate::store::{StoreError, Stored};

/// What is known of a task: all that another process needs to answer `tasks/get`. A store gives it back as it was, with what
/// later versions add: it serializes, and the fields are for what a store looks up or deletes by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskRecord {
    /// Its id: 128 random bits, as text.
    pub id: String,
    /// The name of the [`Principal`](crate::Principal) to whom it belongs, if callers are known. To all others it is unknown.
    pub owner: Option<String>,
    /// Until when it is to be kept. It may be dropped then, and is not given out any more.
    pub expires: SystemTime,
    /// Whether it has ended, so that it does not change any more.
    pub ended: bool,
    /// The task as the wire has it, an object in JSON: status, times, questions, and in the end its result or error.
    pub json: String,
}

/// Keeps the records of tasks: [`MemoryTasks`] unless [`Tasks::store`](crate::Tasks::store) names another one, such as a database
/// that outlives the process, or one that all instances of a server share.
///
/// Only records are kept here. The function runs in the process in which it was called, which writes the record whenever it
/// changes: in order, and never two at a time for one task. What a store keeps must be bounded; it may drop what has expired.
///
/// With a shared store every instance can tell how a task is. Only the one in which it runs can cancel it or take answers to its
/// questions, so a balancer has to bring its requests there: the header `Mcp-Name` holds the id. To clients that listen, other
/// instances tell only how a task has ended.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
///
/// use mcp_runtime::{StoreError, TaskRecord, TaskStore, Tasks};
///
/// /// Keeps JSON, as a table with two columns would.
/// #[derive(Default)]
/// struct Table(Mutex<HashMap<String, String>>);
///
/// impl TaskStore for Table {
///     async fn keep(&self, record: TaskRecord) -> Result<(), StoreError> {
///         let json = serde_json::to_string(&record)?;
///         self.0.lock().unwrap().insert(record.id, json);
///         Ok(())
///     }
///
///     async fn find(&self, id: &str) -> Result<Option<TaskRecord>, StoreError> {
///         let json = self.0.lock().unwrap().get(id).cloned();
///         Ok(json.map(|json| serde_json::from_str(&json)).transpose()?)
///     }
/// }
///
/// let tasks = Tasks::new().store(Table::default());
/// # use mcp_runtime::serde_json;
/// # let server = mcp_runtime::Server::new("t", "1").tasks(tasks);
/// ```
pub trait TaskStore: Send + Sync + 'static {
    /// Keeps a record, instead of an older one with the same id. When this is done, [`find`](Self::find) finds it.
    ///
    /// # Errors
    /// When it cannot be kept. A call that would become a task fails then; what a task at work changes is kept with its next
    /// change, and how it ended is tried again.
    fn keep(&self, record: TaskRecord) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The record with this id, if there is one.
    ///
    /// # Errors
    /// When it cannot be told. The request fails then.
    fn find(&self, id: &str) -> impl Future<Output = Result<Option<TaskRecord>, StoreError>> + Send;
}

/// For servers in one process that share a store.
impl<S: TaskStore> TaskStore for Arc<S> {
    fn keep(&self, record: TaskRecord) -> impl Future<Output = Result<(), StoreError>> + Send {
        S::keep(self, record)
    }
    fn find(&self, id: &str) -> impl Future<Output = Result<Option<TaskRecord>, StoreError>> + Send {
        S::find(self, id)
    }
}

/// The same trait for a store of any type.
trait Erased: Send + Sync {
    fn keep(&self, record: TaskRecord) -> Stored<'_, ()>;
    fn find<'s>(&'s self, id: &'s str) -> Stored<'s, Option<TaskRecord>>;
}

impl<S: TaskStore> Erased for S {
    fn keep(&self, record: TaskRecord) -> Stored<'_, ()> {
        Box::pin(TaskStore::keep(self, record))
    }
    fn find<'s>(&'s self, id: &'s str) -> Stored<'s, Option<TaskRecord>> {
        Box::pin(TaskStore::find(self, id))
    }
}

/// The store of a server.
#[derive(Clone)]
pub(crate) struct Store(Arc<dyn Erased>);

impl Store {
    pub(crate) fn new(store: impl TaskStore) -> Self {
        Self(Arc::new(store))
    }

    pub(crate) async fn keep(&self, record: TaskRecord) -> Result<(), StoreError> {
        self.0.keep(record).await
    }

    pub(crate) async fn find(&self, id: &str) -> Result<Option<TaskRecord>, StoreError> {
        self.0.find(id).await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// Keeps records in memory, up to a number of bytes: where that is reached, those that would expire first are dropped. The latest
/// one is kept whatever its size.
///
/// ```
/// use mcp_runtime::{MemoryTasks, Server, Tasks};
///
/// let tasks = Tasks::new().store(MemoryTasks::new().bytes(256 * 1024 * 1024));
/// # let server = Server::new("t", "1").tasks(tasks);
/// ```
#[derive(Debug)]
#[must_use = "a store does nothing until a server has it: `Tasks::store`"]
pub struct MemoryTasks {
    pub(crate) most: usize,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    records: HashMap<String, Kept>,
    /// In the order in which they expire.
    order: BTreeMap<Turn, String>,
    last: u64,
    bytes: usize,
}

/// When something expires, and which of those that do so at once it is.
type Turn = (Instant, u64);

#[derive(Debug)]
struct Kept {
    record: TaskRecord,
    turn: Turn,
}

impl Default for MemoryTasks {
    fn default() -> Self {
        Self { most: 64 * 1024 * 1024, memory: Mutex::default() }
    }
}

impl MemoryTasks {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps so many bytes (default 64 MiB).
    pub fn bytes(self, bytes: usize) -> Self {
        Self { most: bytes, ..self }
    }

    /// What has not expired.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        let mut memory = lock(&self.memory);
        let now = Instant::now();
        while memory.order.first_key_value().is_some_and(|((expires, _), _)| *expires <= now) {
            memory.drop_first();
        }
        memory
    }
}

impl TaskStore for MemoryTasks {
    async fn keep(&self, record: TaskRecord) -> Result<(), StoreError> {
        let mut memory = self.memory();
        memory.put(record);
        while memory.bytes > self.most && memory.records.len() > 1 {
            Limit::TaskRecords.reached(self.most);
            memory.drop_first();
        }
        Ok(())
    }

    async fn find(&self, id: &str) -> Result<Option<TaskRecord>, StoreError> {
        Ok(self.memory().records.get(id).map(|kept| kept.record.clone()))
    }
}

impl Memory {
    fn put(&mut self, record: TaskRecord) {
        self.take(&record.id);
        let left = record.expires.duration_since(SystemTime::now()).unwrap_or_default();
        self.last = self.last.saturating_add(1);
        let turn = (later(Instant::now(), left), self.last);
        self.bytes = self.bytes.saturating_add(size(&record));
        self.order.insert(turn, record.id.clone());
        self.records.insert(record.id.clone(), Kept { record, turn });
    }

    fn take(&mut self, id: &str) {
        if let Some(Kept { record, turn }) = self.records.remove(id) {
            self.order.remove(&turn);
            self.bytes = self.bytes.saturating_sub(size(&record));
        }
    }

    fn drop_first(&mut self) {
        if let Some((_, id)) = self.order.pop_first() {
            self.take(&id);
        }
    }
}

/// About what a record takes in memory.
fn size(record: &TaskRecord) -> usize {
    /// What is around the texts, which are in two maps.
    const AROUND: usize = 320;
    let owner = record.owner.as_ref().map_or(0, String::len);
    [record.json.len(), owner].into_iter().fold(AROUND, usize::saturating_add)
}

#[cfg(test)]
mod tests;
