//! Where the records of tasks are kept: a trait, and memory.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::clock::later;
use crate::limit::Limit;
use crate::lock::lock;

/// What is known of a task: all that another process needs to answer `tasks/get`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// Why a store could not do what it was asked to do; it is logged, and clients are told nothing of it.
pub type StoreError = Box<dyn std::error::Error + Send + Sync>;

/// What a store does, when it is done.
pub type Stored<'s, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 's>>;

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
/// use mcp_runtime::{Stored, TaskRecord, TaskStore, Tasks};
///
/// /// Keeps JSON, as a table with two columns would.
/// #[derive(Debug, Default)]
/// struct Table(Mutex<HashMap<String, String>>);
///
/// impl TaskStore for Table {
///     fn keep(&self, record: TaskRecord) -> Stored<'_, ()> {
///         Box::pin(async move {
///             let json = serde_json::to_string(&record)?;
///             self.0.lock().unwrap().insert(record.id, json);
///             Ok(())
///         })
///     }
///
///     fn find<'s>(&'s self, id: &'s str) -> Stored<'s, Option<TaskRecord>> {
///         Box::pin(async move {
///             let json = self.0.lock().unwrap().get(id).cloned();
///             Ok(json.map(|json| serde_json::from_str(&json)).transpose()?)
///         })
///     }
/// }
///
/// let tasks = Tasks::new().store(Table::default());
/// # use mcp_runtime::serde_json;
/// # let server = mcp_runtime::Server::new("t", "1").tasks(tasks);
/// ```
pub trait TaskStore: fmt::Debug + Send + Sync + 'static {
    /// Keeps a record, instead of an older one with the same id. When this is done, [`find`](Self::find) finds it.
    fn keep(&self, record: TaskRecord) -> Stored<'_, ()>;

    /// The record with this id, if there is one.
    fn find<'s>(&'s self, id: &'s str) -> Stored<'s, Option<TaskRecord>>;
}

/// Keeps records in memory, up to a number of bytes: where that is reached, those that would expire first are dropped. The latest
/// one is kept whatever its size.
///
/// ```
/// use mcp_runtime::{MemoryTasks, Server, Tasks};
///
/// let tasks = Tasks::new().store(MemoryTasks::new(256 * 1024 * 1024));
/// # let server = Server::new("t", "1").tasks(tasks);
/// ```
#[derive(Debug)]
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

/// 64 MiB.
impl Default for MemoryTasks {
    fn default() -> Self {
        Self::new(64 * 1024 * 1024)
    }
}

impl MemoryTasks {
    /// Keeps so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self { most: bytes, memory: Mutex::default() }
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
    fn keep(&self, record: TaskRecord) -> Stored<'_, ()> {
        let mut memory = self.memory();
        memory.put(record);
        while memory.bytes > self.most && memory.records.len() > 1 {
            Limit::TaskRecords.reached(self.most);
            memory.drop_first();
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn find<'s>(&'s self, id: &'s str) -> Stored<'s, Option<TaskRecord>> {
        let found = self.memory().records.get(id).map(|kept| kept.record.clone());
        Box::pin(std::future::ready(Ok(found)))
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
