//! The events of streams, kept for clients that resume (2025-03-26 to 2025-11-25, Transports, Resumability).

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use crate::limit::Limit;
use crate::lock::lock;

/// Where an event stands: in which stream of its session, and at which place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// The stream, counted within its session.
    pub stream: u64,
    /// The place in the stream.
    pub number: u64,
}

/// Keeps the events of streams for clients that resume.
///
/// It is called while sessions are locked, so it must not wait: a store on the far side of a network keeps a copy in memory
/// and sends it on in a task of its own. It must be bounded. What it has dropped cannot be resumed, and the client is told so.
pub trait EventStore: Send + Sync + 'static {
    /// Keeps an event: one JSON-RPC message, or nothing where the event only gives the client a place to resume from.
    fn keep(&self, session: &str, id: EventId, message: &Bytes);

    /// The events of the same stream that came after this one, oldest first; `None` if this one is unknown or dropped.
    fn after(&self, session: &str, last: EventId) -> Option<Vec<(EventId, Bytes)>>;

    /// The session has ended.
    fn forget(&self, session: &str);
}

/// For servers in one process that share a store.
impl<S: EventStore> EventStore for Arc<S> {
    fn keep(&self, session: &str, id: EventId, message: &Bytes) {
        S::keep(self, session, id, message);
    }
    fn after(&self, session: &str, last: EventId) -> Option<Vec<(EventId, Bytes)>> {
        S::after(self, session, last)
    }
    fn forget(&self, session: &str) {
        S::forget(self, session);
    }
}

/// Keeps the latest events of each session in memory, up to a number of events and of bytes, and of all sessions together up
/// to a number of bytes: where that is reached, the session that has been silent longest loses its events.
///
/// ```
/// use mcp_runtime::{Http, MemoryEvents};
///
/// let events = MemoryEvents::new().events(1000).bytes(4 * 1024 * 1024).total(256 * 1024 * 1024);
/// let http = Http::new().event_store(events);
/// ```
#[derive(Debug)]
#[must_use = "a store does nothing until a server has it: `Http::event_store`"]
pub struct MemoryEvents {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) total: usize,
    memory: Mutex<Memory>,
}

/// What an event takes beside its message, of which there may be nothing.
const AROUND: usize = 64;

/// The events of all sessions.
#[derive(Debug, Default)]
struct Memory {
    sessions: HashMap<Arc<str>, Kept>,
    /// The sessions in the order in which they wrote last.
    order: BTreeMap<u64, Arc<str>>,
    turn: u64,
    bytes: usize,
}

/// The events of one session, oldest first.
#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<(EventId, Bytes)>,
    bytes: usize,
    turn: u64,
}

impl MemoryEvents {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps so many events of each session (default 256), and at least one.
    pub fn events(self, events: usize) -> Self {
        Self { events: events.max(1), ..self }
    }

    /// Keeps so many bytes of each session (default 1 MiB), with 64 for each event beside its message; the latest event is kept
    /// whatever its size.
    pub fn bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// Keeps so many bytes of all sessions together (default 64 MiB).
    pub fn total(self, bytes: usize) -> Self {
        Self { total: bytes, ..self }
    }
}

impl Default for MemoryEvents {
    fn default() -> Self {
        Self { events: 256, bytes: 1024 * 1024, total: 64 * 1024 * 1024, memory: Mutex::default() }
    }
}

impl EventStore for MemoryEvents {
    fn keep(&self, session: &str, id: EventId, message: &Bytes) {
        let memory = &mut *lock(&self.memory);
        let mut kept = memory.take(session);
        kept.push(id, message.clone());
        kept.shrink(self.events, self.bytes);
        memory.put(session, kept);
        while memory.bytes > self.total && memory.sessions.len() > 1 {
            Limit::AllEvents.reached(self.total);
            memory.drop_most_silent();
        }
    }

    fn after(&self, session: &str, last: EventId) -> Option<Vec<(EventId, Bytes)>> {
        let memory = lock(&self.memory);
        let events = &memory.sessions.get(session)?.events;
        let Some(at) = events.iter().position(|(id, _)| *id == last) else {
            Limit::Events.reached(self.events);
            return None;
        };
        let later = events.iter().skip(at).filter(|(id, _)| id.stream == last.stream && id.number > last.number);
        Some(later.cloned().collect())
    }

    fn forget(&self, session: &str) {
        lock(&self.memory).take(session);
    }
}

impl Memory {
    fn take(&mut self, session: &str) -> Kept {
        let kept = self.sessions.remove(session).unwrap_or_default();
        self.order.remove(&kept.turn);
        self.bytes = self.bytes.saturating_sub(kept.bytes);
        kept
    }

    fn put(&mut self, session: &str, mut kept: Kept) {
        let session = Arc::<str>::from(session);
        self.turn = self.turn.saturating_add(1);
        kept.turn = self.turn;
        self.bytes = self.bytes.saturating_add(kept.bytes);
        self.order.insert(kept.turn, session.clone());
        self.sessions.insert(session, kept);
    }

    fn drop_most_silent(&mut self) {
        if let Some((_, session)) = self.order.pop_first() {
            self.take(&session);
        }
    }
}

impl Kept {
    fn push(&mut self, id: EventId, message: Bytes) {
        self.bytes = self.bytes.saturating_add(size(&message));
        self.events.push_back((id, message));
    }

    fn shrink(&mut self, events: usize, bytes: usize) {
        while self.events.len() > 1
            && (self.events.len() > events || self.bytes > bytes)
            && let Some((_, dropped)) = self.events.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(size(&dropped));
        }
    }
}

/// About what an event takes in memory.
fn size(message: &Bytes) -> usize {
    message.len().saturating_add(AROUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(stream: u64, number: u64) -> EventId {
        EventId { stream, number }
    }

    #[test]
    fn only_the_same_stream_is_replayed() {
        let store = MemoryEvents::default();
        for (stream, number) in [(1, 1), (2, 1), (1, 2), (2, 2), (1, 3)] {
            store.keep("a", id(stream, number), &Bytes::from(format!("{stream}-{number}")));
        }
        let replayed = store.after("a", id(1, 1)).unwrap();
        assert_eq!(replayed.iter().map(|(_, bytes)| &bytes[..]).collect::<Vec<_>>(), [b"1-2", b"1-3"]);
        assert_eq!(store.after("a", id(1, 9)), None);
        assert_eq!(store.after("b", id(1, 1)), None);
        store.forget("a");
        assert_eq!(store.after("a", id(1, 1)), None);
    }

    #[test]
    fn what_is_kept_is_bounded_in_number_and_bytes() {
        let store = MemoryEvents::new().events(3).bytes(3 * size(&Bytes::from_static(b"x")));
        let keep = |number, length| store.keep("a", id(1, number), &Bytes::from(vec![b'x'; length]));
        (1..=5).for_each(|number| keep(number, 1));
        assert_eq!(store.after("a", id(1, 2)), None, "three are kept");
        assert_eq!(store.after("a", id(1, 3)).unwrap().len(), 2, "at the limit of both");
        keep(6, 2);
        assert_eq!(store.after("a", id(1, 4)), None, "a byte more is one event less");
        assert_eq!(store.after("a", id(1, 5)).unwrap().len(), 1);
        keep(7, 1000);
        assert_eq!(store.after("a", id(1, 6)), None, "the large one pushed out all others");
        assert_eq!(store.after("a", id(1, 7)).unwrap().len(), 0, "and is kept itself");
    }

    /// Also those that only give a client a place to come back to, and have no bytes of their own.
    #[test]
    fn all_sessions_together_are_bounded_and_the_most_silent_one_loses() {
        for message in ["", "0123456789"].map(Bytes::from) {
            let three = 3 * size(&message);
            for (total, is_kept) in [(three, true), (three - 1, false)] {
                let store = MemoryEvents::new().events(100).bytes(1000).total(total);
                for (session, number) in [("a", 1), ("b", 1), ("a", 2)] {
                    store.keep(session, id(1, number), &message);
                }
                assert_eq!(store.after("b", id(1, 1)).is_some(), is_kept, "`a` spoke last");
                assert_eq!(store.after("a", id(1, 1)).unwrap().len(), 1);
                store.forget("a");
                store.forget("b");
                let memory = lock(&store.memory);
                assert!(memory.bytes == 0 && memory.order.is_empty() && memory.sessions.is_empty());
            }
        }
    }
}
