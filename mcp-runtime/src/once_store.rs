//! Where servers remember effects for rounds that a client sends twice: what such a store promises, and one in memory.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::limit::Limit;
use crate::lock::lock;
use crate::store::{StoreError, Stored};

/// Whose an effect is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnceClaim {
    /// Nobody has done it: it is for who claimed it to do.
    Mine,
    /// It was done, and this is its value, as JSON.
    Done(String),
}

/// Remembers effects, so that a round that a client of 2026-07-28 sends twice has them once ([`Once`](crate::Once)). Give one to
/// [`Server::once_store`](crate::Server::once_store) if several instances share their work; each has a [`MemoryOnce`] otherwise.
///
/// An effect is a text: the conversation, the function, and the key that the function gives it. What a store keeps has to
/// outlive the rounds that may still come: one hour, or what
/// [`Server::request_state_time`](crate::Server::request_state_time) says. A claim should end by itself after some time, because an instance may
/// die while it holds one.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
///
/// use mcp_runtime::{OnceClaim, OnceStore, StoreError};
///
/// /// Forgets nothing, and lets nobody wait.
/// #[derive(Default)]
/// struct Ledger(Mutex<HashMap<String, Option<String>>>);
///
/// impl OnceStore for Ledger {
///     async fn claim(&self, effect: &str) -> Result<OnceClaim, StoreError> {
///         let mut ledger = self.0.lock().unwrap();
///         match ledger.get(effect).cloned() {
///             Some(Some(value)) => Ok(OnceClaim::Done(value)),
///             Some(None) => Err("somebody else is at it".into()),
///             None => {
///                 ledger.insert(effect.to_owned(), None);
///                 Ok(OnceClaim::Mine)
///             }
///         }
///     }
///
///     async fn keep(&self, effect: &str, value: &str) -> Result<(), StoreError> {
///         self.0.lock().unwrap().insert(effect.to_owned(), Some(value.to_owned()));
///         Ok(())
///     }
///
///     async fn release(&self, effect: &str) -> Result<(), StoreError> {
///         self.0.lock().unwrap().remove(effect);
///         Ok(())
///     }
/// }
/// let server = mcp_runtime::Server::new("demo", "1.0.0").once_store(Ledger::default());
/// ```
pub trait OnceStore: Send + Sync + 'static {
    /// Claims an effect. While somebody else holds the claim it waits, for the value or for the claim.
    ///
    /// # Errors
    /// When it cannot be told whether the effect was done. The call then fails, without the effect.
    fn claim(&self, effect: &str) -> impl Future<Output = Result<OnceClaim, StoreError>> + Send;

    /// The effect that was claimed has been done, and this is its value, as JSON. It is called once for a claim, also when
    /// the call has ended meanwhile.
    ///
    /// # Errors
    /// When it cannot be kept. The call goes on, and the server logs it.
    fn keep(&self, effect: &str, value: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The effect that was claimed has failed, or was given up: it is for others to do.
    ///
    /// # Errors
    /// When that cannot be said. The server logs it.
    fn release(&self, effect: &str) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// For servers in one process that share a store.
impl<S: OnceStore> OnceStore for Arc<S> {
    fn claim(&self, effect: &str) -> impl Future<Output = Result<OnceClaim, StoreError>> + Send {
        S::claim(self, effect)
    }
    fn keep(&self, effect: &str, value: &str) -> impl Future<Output = Result<(), StoreError>> + Send {
        S::keep(self, effect, value)
    }
    fn release(&self, effect: &str) -> impl Future<Output = Result<(), StoreError>> + Send {
        S::release(self, effect)
    }
}

/// The same trait for a store of any type.
trait Erased: Send + Sync {
    fn claim<'s>(&'s self, effect: &'s str) -> Stored<'s, OnceClaim>;
    fn keep<'s>(&'s self, effect: &'s str, value: &'s str) -> Stored<'s, ()>;
    fn release<'s>(&'s self, effect: &'s str) -> Stored<'s, ()>;
}

impl<S: OnceStore> Erased for S {
    fn claim<'s>(&'s self, effect: &'s str) -> Stored<'s, OnceClaim> {
        Box::pin(OnceStore::claim(self, effect))
    }
    fn keep<'s>(&'s self, effect: &'s str, value: &'s str) -> Stored<'s, ()> {
        Box::pin(OnceStore::keep(self, effect, value))
    }
    fn release<'s>(&'s self, effect: &'s str) -> Stored<'s, ()> {
        Box::pin(OnceStore::release(self, effect))
    }
}

/// The store of a server.
#[derive(Clone)]
pub(crate) struct Store(Arc<dyn Erased>);

impl Store {
    pub(crate) fn new(store: impl OnceStore) -> Self {
        Self(Arc::new(store))
    }

    pub(crate) async fn claim(&self, effect: &str) -> Result<OnceClaim, StoreError> {
        self.0.claim(effect).await
    }

    pub(crate) async fn keep(&self, effect: &str, value: &str) -> Result<(), StoreError> {
        self.0.keep(effect, value).await
    }

    pub(crate) async fn release(&self, effect: &str) -> Result<(), StoreError> {
        self.0.release(effect).await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// Remembers effects in memory, for the rounds that come to this process. It forgets the oldest ones first.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::{MemoryOnce, Server};
///
/// let store = MemoryOnce::new().effects(1000).age(Duration::from_secs(600));
/// let server = Server::new("demo", "1.0.0").once_store(store);
/// ```
#[derive(Debug)]
#[must_use = "a store does nothing until a server has it: `Server::once_store`"]
pub struct MemoryOnce {
    pub(crate) effects: usize,
    pub(crate) bytes: usize,
    pub(crate) age: Duration,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    done: HashMap<Arc<str>, Done>,
    /// What was done, oldest first.
    order: VecDeque<Arc<str>>,
    bytes: usize,
    /// What is being done. Who waits for it is woken when its channel closes.
    claimed: HashMap<String, watch::Sender<()>>,
}

#[derive(Debug)]
struct Done {
    value: String,
    since: Instant,
}

/// How an effect stands.
enum Standing {
    Done(String),
    /// From now on it is claimed.
    Free,
    Claimed(watch::Receiver<()>),
}

impl MemoryOnce {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers so many effects (default 10,000).
    pub fn effects(self, effects: usize) -> Self {
        Self { effects, ..self }
    }

    /// Remembers so many bytes of values and of the names of effects (default 16 MiB). A value that alone is larger is not kept.
    pub fn bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// Remembers each effect for so long (default 1 h, after which no round can come any more).
    pub fn age(self, age: Duration) -> Self {
        Self { age, ..self }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        let mut memory = lock(&self.memory);
        memory.shrink(self);
        memory
    }

    /// Claims an effect, and waits for who holds the claim.
    pub(crate) async fn take(&self, effect: &str) -> OnceClaim {
        loop {
            let standing = self.memory().standing(effect);
            match standing {
                Standing::Done(value) => return OnceClaim::Done(value),
                Standing::Free => return OnceClaim::Mine,
                // Nothing is ever sent: it ends with the claim.
                Standing::Claimed(mut held) => drop(held.changed().await),
            }
        }
    }

    /// The effect has been done. If it was done before, the first value stays.
    pub(crate) fn put(&self, effect: &str, value: &str) {
        let mut memory = self.memory();
        memory.push(effect, value);
        memory.shrink(self);
        memory.claimed.remove(effect);
    }

    /// The effect is for others to do, unless it has been done.
    pub(crate) fn let_go(&self, effect: &str) {
        self.memory().claimed.remove(effect);
    }

    /// All that was done.
    pub(crate) fn all(&self) -> Vec<(String, String)> {
        let memory = self.memory();
        memory.done.iter().map(|(effect, done)| (effect.to_string(), done.value.clone())).collect()
    }
}

impl Default for MemoryOnce {
    fn default() -> Self {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        Self { effects: 10_000, bytes: 16 * 1024 * 1024, age: HOUR, memory: Mutex::default() }
    }
}

impl OnceStore for MemoryOnce {
    async fn claim(&self, effect: &str) -> Result<OnceClaim, StoreError> {
        Ok(self.take(effect).await)
    }

    async fn keep(&self, effect: &str, value: &str) -> Result<(), StoreError> {
        self.put(effect, value);
        Ok(())
    }

    async fn release(&self, effect: &str) -> Result<(), StoreError> {
        self.let_go(effect);
        Ok(())
    }
}

impl Memory {
    fn standing(&mut self, effect: &str) -> Standing {
        if let Some(done) = self.done.get(effect) {
            return Standing::Done(done.value.clone());
        }
        if let Some(held) = self.claimed.get(effect) {
            return Standing::Claimed(held.subscribe());
        }
        self.claimed.insert(effect.to_owned(), watch::Sender::new(()));
        Standing::Free
    }

    fn push(&mut self, effect: &str, value: &str) {
        if self.done.contains_key(effect) {
            return;
        }
        let name = Arc::<str>::from(effect);
        self.bytes = self.bytes.saturating_add(size(effect, value));
        self.order.push_back(name.clone());
        self.done.insert(name, Done { value: value.to_owned(), since: Instant::now() });
    }

    fn shrink(&mut self, bounds: &MemoryOnce) {
        while let Some(oldest) = self.order.front()
            && (self.is_over(oldest, bounds.age) || self.is_full(bounds))
            && let Some(oldest) = self.order.pop_front()
            && let Some(done) = self.done.remove(&oldest)
        {
            self.bytes = self.bytes.saturating_sub(size(&oldest, &done.value));
        }
    }

    /// Whether there is more than may be, so that something is lost before its time.
    fn is_full(&self, bounds: &MemoryOnce) -> bool {
        let (are_many, are_long) = (self.order.len() > bounds.effects, self.bytes > bounds.bytes);
        if are_many {
            Limit::Effects.reached(bounds.effects);
        } else if are_long {
            Limit::EffectLength.reached(bounds.bytes);
        }
        are_many || are_long
    }

    fn is_over(&self, effect: &str, age: Duration) -> bool {
        self.done.get(effect).is_none_or(|done| done.since.elapsed() > age)
    }
}

fn size(effect: &str, value: &str) -> usize {
    effect.len().saturating_add(value.len())
}

#[cfg(test)]
mod orders;
#[cfg(test)]
mod tests {
    use super::*;

    fn done(value: &str) -> OnceClaim {
        OnceClaim::Done(value.to_owned())
    }

    async fn do_one(store: &MemoryOnce, effect: &str, value: &str) {
        assert_eq!(store.take(effect).await, OnceClaim::Mine, "{effect}");
        store.put(effect, value);
    }

    #[tokio::test]
    async fn who_waits_gets_the_value_or_the_claim() {
        let store = Arc::new(MemoryOnce::default());
        assert_eq!(store.take("a").await, OnceClaim::Mine);
        let waiting = [0; 3].map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let claim = store.take("a").await;
                if claim == OnceClaim::Mine {
                    store.put("a", "1");
                }
                claim
            })
        });
        tokio::task::yield_now().await;
        assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
        store.let_go("a");
        let (mut mine, mut values) = (0, 0);
        for waiting in waiting {
            match waiting.await.unwrap() {
                OnceClaim::Mine => mine += 1,
                OnceClaim::Done(value) => values += usize::from(value == "1"),
            }
        }
        assert_eq!((mine, values), (1, 2));
        assert_eq!(store.take("a").await, done("1"));
        assert_eq!(store.take("b").await, OnceClaim::Mine, "another effect is not concerned");
    }

    #[tokio::test]
    async fn the_first_value_stays() {
        let store = MemoryOnce::default();
        do_one(&store, "a", "1").await;
        store.put("a", "2");
        store.let_go("a");
        assert_eq!(store.take("a").await, done("1"));
        assert_eq!(store.memory().bytes, 2);
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded_in_number_and_bytes() {
        let store = MemoryOnce::new().effects(2).bytes(10);
        for effect in ["a", "b", "c"] {
            do_one(&store, effect, "1").await;
        }
        assert_eq!(store.take("b").await, done("1"));
        assert_eq!(store.take("c").await, done("1"));
        do_one(&store, "a", "1234567").await;
        assert_eq!(store.memory().bytes, 10, "at the limit, with `c`");
        do_one(&store, "b", "123456789").await;
        assert_eq!(store.memory().bytes, 10);
        assert_eq!(store.memory().order.len(), 1, "it leaves no room for others");
        do_one(&store, "d", "1234567890").await;
        let memory = store.memory();
        assert!(memory.bytes == 0 && memory.order.is_empty() && memory.done.is_empty(), "too large by itself");
    }

    #[tokio::test]
    async fn what_is_old_is_forgotten() {
        let store = MemoryOnce::default();
        do_one(&store, "a", "1").await;
        assert_eq!(store.take("a").await, done("1"));
        let store = store.age(Duration::from_millis(50));
        tokio::time::sleep(Duration::from_millis(80)).await;
        assert_eq!(store.take("a").await, OnceClaim::Mine);
        let memory = store.memory();
        assert!(memory.bytes == 0 && memory.order.is_empty() && memory.done.is_empty());
    }
}
