//! What a call says to its client before its answer: messages in order, and a bound on those that wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

/// How many bytes of one call may wait for a client that reads slowly, before what can be left out is left out.
const ROOM: usize = 64 * 1024;

/// What every message takes beside its bytes, so that not many small ones wait either.
const MESSAGE: usize = 1024;

/// A message on its way to the client.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) message: Vec<u8>,
    /// To be dropped when the message has left.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "it is dropped together with the message"))]
    pub(crate) room: Room,
}

/// What a message takes of the room that a call has.
#[derive(Debug)]
pub(crate) struct Room {
    waiting: Arc<AtomicUsize>,
    taken: usize,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.waiting.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

/// Where a call speaks.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    line: mpsc::UnboundedSender<Said>,
    waiting: Arc<AtomicUsize>,
}

/// Where its transport listens. It ends when the call has ended.
pub(crate) type Ear = mpsc::UnboundedReceiver<Said>;

impl Voice {
    pub(crate) fn new() -> (Self, Ear) {
        let (line, ear) = mpsc::unbounded_channel();
        (Self { line, waiting: Arc::default() }, ear)
    }

    /// Whether what can be left out need not be.
    pub(crate) fn has_room(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) < ROOM
    }

    /// Says something, however much waits.
    pub(crate) fn say(&self, message: Vec<u8>) {
        let room = Room { waiting: self.waiting.clone(), taken: message.len().saturating_add(MESSAGE) };
        self.waiting.fetch_add(room.taken, Ordering::Relaxed);
        // Nobody listens any more when the client has left.
        let _ = self.line.send(Said { message, room });
    }
}

/// The parameters of all that has been said by now.
#[cfg(test)]
pub(crate) fn told(ear: &mut Ear) -> Vec<serde_json::Value> {
    let said = std::iter::from_fn(|| ear.try_recv().ok());
    let message = |said: Said| serde_json::from_slice::<serde_json::Value>(&said.message).unwrap();
    said.map(|said| message(said)["params"].take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_takes_room_until_it_is_gone() {
        let (voice, mut ear) = Voice::new();
        voice.say(vec![0; ROOM - MESSAGE - 1]);
        assert!(voice.has_room());
        drop(ear.try_recv().unwrap());
        voice.say(vec![0; ROOM - MESSAGE]);
        assert!(!voice.has_room());
        let said = ear.try_recv().unwrap();
        assert!(!voice.has_room(), "it is on its way");
        drop(said);
        assert!(voice.has_room());
        voice.say(vec![0; ROOM]);
        drop(ear);
        assert!(voice.has_room(), "nobody waits for it");
    }
}
