//! The events of streams, kept for clients that resume (2025-03-26 to 2025-11-25, Transports, Resumability).

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

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
/// It is called while the session is locked, so it must not wait: a store on the far side of a network keeps a copy in memory
/// and sends it on in a task of its own. It must be bounded. What it has dropped cannot be resumed, and the client is told so.
pub trait EventStore: Send + Sync + 'static {
    /// Keeps an event: one JSON-RPC message, or nothing where the event only gives the client a place to resume from.
    fn keep(&self, session: &str, id: EventId, message: &Bytes);

    /// The events of the same stream that came after this one, oldest first; `None` if this one is unknown or dropped.
    fn after(&self, session: &str, last: EventId) -> Option<Vec<(EventId, Bytes)>>;

    /// The session has ended.
    fn forget(&self, session: &str);
}

/// Keeps the latest events of each session in memory, up to a number of events and of bytes.
///
/// ```
/// use mcp_runtime::{Http, MemoryEvents};
///
/// let http = Http::new().events(MemoryEvents::new(1000, 4 * 1024 * 1024));
/// ```
#[derive(Debug)]
pub struct MemoryEvents {
    events: usize,
    bytes: usize,
    sessions: Mutex<HashMap<String, Kept>>,
}

/// The events of one session, oldest first.
#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<(EventId, Bytes)>,
    bytes: usize,
}

impl MemoryEvents {
    /// Keeps so many events and so many bytes of each session; the latest event is kept whatever its size.
    pub fn new(events: usize, bytes: usize) -> Self {
        Self { events: events.max(1), bytes, sessions: Mutex::default() }
    }
}

/// 256 events and 1 MiB of each session.
impl Default for MemoryEvents {
    fn default() -> Self {
        Self::new(256, 1024 * 1024)
    }
}

impl EventStore for MemoryEvents {
    fn keep(&self, session: &str, id: EventId, message: &Bytes) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if !sessions.contains_key(session) {
            sessions.insert(session.to_owned(), Kept::default());
        }
        let Some(kept) = sessions.get_mut(session) else {
            return;
        };
        kept.bytes = kept.bytes.saturating_add(message.len());
        kept.events.push_back((id, message.clone()));
        while kept.events.len() > 1 && (kept.events.len() > self.events || kept.bytes > self.bytes) {
            let Some((_, dropped)) = kept.events.pop_front() else {
                return;
            };
            kept.bytes = kept.bytes.saturating_sub(dropped.len());
        }
    }

    fn after(&self, session: &str, last: EventId) -> Option<Vec<(EventId, Bytes)>> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let events = &sessions.get(session)?.events;
        let at = events.iter().position(|(id, _)| *id == last)?;
        let later = events.iter().skip(at).filter(|(id, _)| id.stream == last.stream && id.number > last.number);
        Some(later.cloned().collect())
    }

    fn forget(&self, session: &str) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(session);
    }
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
        let store = MemoryEvents::new(3, 10);
        (1..=5).for_each(|number| store.keep("a", id(1, number), &Bytes::from_static(b"x")));
        assert_eq!(store.after("a", id(1, 2)), None);
        assert_eq!(store.after("a", id(1, 3)).unwrap().len(), 2);
        store.keep("a", id(1, 6), &Bytes::from(vec![b'x'; 100]));
        assert_eq!(store.after("a", id(1, 5)), None, "the large one pushed out all others");
        assert_eq!(store.after("a", id(1, 6)).unwrap().len(), 0, "and is kept itself");
    }
}
