//! All sessions: bounded in number, and gone when nothing happens in them.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::session::{Session, now};
use crate::events::EventStore;
use crate::id::Id;
use crate::lock::lock;

/// Sessions are spread over so many maps, so that clients do not wait for each other. A power of two.
const SHARDS: usize = 64;

/// The sessions of a shard. Nobody but the server chooses ids, and it does so at random: they need no hash of their own.
type Shard = HashMap<Id, Arc<Session>, BuildHasherDefault<Own>>;

/// Takes what is hashed for its own hash.
#[derive(Default)]
struct Own(u64);

impl Hasher for Own {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_ne_bytes(*first);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The sessions of a server.
pub(super) struct Sessions {
    shards: [Mutex<Shard>; SHARDS],
    count: AtomicUsize,
    most: usize,
    idle: Duration,
    pub(super) store: Arc<dyn EventStore>,
    sweeper: Mutex<Option<AbortHandle>>,
}

/// Why there is no new session.
pub(super) enum NoSession {
    TooMany,
    NoRandomness(io::Error),
}

impl Sessions {
    pub(super) fn new(most: usize, idle: Duration, store: Arc<dyn EventStore>) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            count: AtomicUsize::new(0),
            most,
            idle,
            store,
            sweeper: Mutex::default(),
        }
    }

    fn shard(&self, id: Id) -> MutexGuard<'_, Shard> {
        // Another byte than those that the map goes by.
        let [.., number, _, _] = BuildHasherDefault::<Own>::new().hash_one(id).to_le_bytes();
        let [first, ..] = &self.shards;
        lock(self.shards.get(usize::from(number) & (SHARDS - 1)).unwrap_or(first))
    }

    /// Adds a session that `make` makes for a new id.
    pub(super) fn add(self: &Arc<Self>, make: impl FnOnce(Id) -> Arc<Session>) -> Result<Id, NoSession> {
        let id = Id::random().map_err(NoSession::NoRandomness)?;
        if self.count.fetch_add(1, Ordering::Relaxed) >= self.most && !self.make_room(id) {
            self.count.fetch_sub(1, Ordering::Relaxed);
            return Err(NoSession::TooMany);
        }
        self.shard(id).insert(id, make(id));
        self.sweep();
        Ok(id)
    }

    /// Ends a session of the same shard in which nothing has happened for a while, so that those who only open sessions do
    /// not lock out those who use them.
    fn make_room(&self, id: Id) -> bool {
        const WHILE: u64 = 60_000;
        let then = now().saturating_sub(WHILE);
        let idle = self.shard(id).iter().find(|(_, session)| session.is_idle_since(then)).map(|(id, _)| *id);
        idle.is_some_and(|idle| {
            self.remove(idle);
            true
        })
    }

    /// Sees to it that somebody looks for idle sessions: the runtime in which somebody did may have ended.
    fn sweep(self: &Arc<Self>) {
        let mut sweeper = lock(&self.sweeper);
        if sweeper.as_ref().is_none_or(AbortHandle::is_finished) {
            *sweeper = Some(tokio::spawn(sweep(Arc::downgrade(self))).abort_handle());
        }
    }

    pub(super) fn find(&self, id: Id) -> Option<Arc<Session>> {
        self.shard(id).get(&id).cloned()
    }

    /// Ends a session.
    pub(super) fn remove(&self, id: Id) {
        let removed = self.shard(id).remove(&id);
        if let Some(session) = removed {
            self.count.fetch_sub(1, Ordering::Relaxed);
            session.end(&*self.store);
        }
    }

    fn all(&self) -> Vec<Arc<Session>> {
        self.shards.iter().flat_map(|shard| lock(shard).values().cloned().collect::<Vec<_>>()).collect()
    }

    /// Closes the streams on which no answer is awaited: the server is about to end.
    pub(super) fn close_idle_streams(&self) {
        self.all().iter().for_each(|session| session.state().close_idle_streams());
    }

    /// Ends all of them.
    pub(super) fn clear(&self) {
        self.all().iter().filter_map(|session| session.id).for_each(|id| self.remove(id));
    }

    fn remove_idle(&self) {
        let idle = u64::try_from(self.idle.as_millis()).unwrap_or(u64::MAX);
        let Some(then) = now().checked_sub(idle) else {
            return;
        };
        for shard in &self.shards {
            let mut shard = lock(shard);
            let before = shard.len();
            shard.retain(|_, session| {
                let is_idle = session.is_idle_since(then);
                if is_idle {
                    session.end(&*self.store);
                }
                !is_idle
            });
            self.count.fetch_sub(before.saturating_sub(shard.len()), Ordering::Relaxed);
            if shard.is_empty() {
                shard.shrink_to_fit();
            }
        }
    }
}

/// Looks for idle sessions now and then, as long as there is a server.
async fn sweep(sessions: std::sync::Weak<Sessions>) {
    const LEAST: Duration = Duration::from_millis(10);
    const MOST: Duration = Duration::from_secs(10);
    loop {
        let Some(pause) = sessions.upgrade().map(|sessions| sessions.idle.div_f64(8.0).clamp(LEAST, MOST)) else {
            return;
        };
        sleep(pause).await;
        if let Some(sessions) = sessions.upgrade() {
            sessions.remove_idle();
        }
    }
}

impl Drop for Sessions {
    fn drop(&mut self) {
        if let Some(sweeper) = &*lock(&self.sweeper) {
            sweeper.abort();
        }
        self.clear();
    }
}
