//! How many bytes of answers one client has not read. They count until the connection has written them, or given them up, whoever
//! holds them until then.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;

use crate::atomic::AtomicUsize;
use crate::jsonrpc::{Fault, code};
use crate::limit::Limit;

/// What is shorter is not counted: a connection has only so many streams.
const SHORT: usize = 16 * 1024;

/// What waits for the client of one connection.
#[derive(Debug)]
pub(super) struct Unread {
    bytes: AtomicUsize,
    most: usize,
}

impl Unread {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { bytes: AtomicUsize::new(0), most })
    }

    /// Where others have the connections.
    pub(super) fn unbounded() -> Arc<Self> {
        Self::new(usize::MAX)
    }

    /// Whether one more answer may wait.
    pub(super) fn has_room(&self) -> bool {
        self.bytes.load(Relaxed) < self.most
    }

    /// Counts these bytes for as long as anybody holds them; `None` if too many wait already, which is reported.
    pub(super) fn hold(self: &Arc<Self>, bytes: Bytes) -> Option<Bytes> {
        if bytes.len() < SHORT || self.most == usize::MAX {
            return Some(bytes);
        }
        let before = self.bytes.fetch_add(bytes.len(), Relaxed);
        // Dropped again if there is no room.
        let held = Held { bytes, unread: self.clone() };
        if before >= self.most {
            Limit::Unread.reached(self.most);
            return None;
        }
        Some(Bytes::from_owner(held))
    }

    /// Why there is no further answer.
    pub(super) fn fault(&self) -> Fault {
        let text = Limit::Unread.refuses(self.most);
        Fault::new(code::INTERNAL_ERROR, format!("{text}: read them before you ask for more"))
    }
}

/// Bytes that wait.
struct Held {
    bytes: Bytes,
    unread: Arc<Unread>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.unread.bytes.fetch_sub(self.bytes.len(), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(length: usize) -> Bytes {
        vec![b'x'; length].into()
    }

    #[test]
    fn answers_wait_until_there_are_so_many_bytes_of_them() {
        let unread = Unread::new(2 * SHORT);
        let first = unread.hold(bytes(SHORT)).unwrap();
        let mut second = unread.hold(bytes(SHORT)).unwrap();
        assert!(!unread.has_room(), "at the limit");
        assert!(unread.hold(bytes(SHORT)).is_none());
        assert!(unread.hold(bytes(SHORT - 1)).is_some(), "what is short is not counted");
        let rest = second.split_off(1);
        drop(second);
        assert!(!unread.has_room(), "who has read a part holds all of it");
        drop(rest);
        assert!(unread.has_room());
        // Below the limit, an answer of any length is taken.
        let third = unread.hold(bytes(4 * SHORT)).unwrap();
        drop(third);
        drop(first);
        assert_eq!(unread.bytes.load(Relaxed), 0);
    }

    #[test]
    fn without_a_bound_nothing_is_counted() {
        let unread = Unread::unbounded();
        let held = unread.hold(bytes(SHORT)).unwrap();
        assert_eq!(unread.bytes.load(Relaxed), 0);
        drop(held);
    }
}
