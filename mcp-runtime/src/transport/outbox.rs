//! Messages on their way out, one per line.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::jsonrpc::{CLOSE_RESULT, RequestId, open_result};

/// When a piece has grown to this, the next message begins another one.
const PIECE: usize = 64 * 1024;

/// The room of a piece that is kept for the next one.
const ROOM: usize = 256 * 1024;

/// Messages that are not written yet, or not wholly. They stand in pieces, so that nothing has to be moved when some of them
/// have left.
#[derive(Debug)]
pub(crate) struct Outbox {
    pieces: VecDeque<Piece>,
    /// How much may wait before nothing more should come.
    most: usize,
    /// How much of the first piece is written.
    written: usize,
    length: usize,
    spare: Vec<u8>,
}

#[derive(Debug)]
enum Piece {
    Own(Vec<u8>),
    /// What others send too.
    Shared(Arc<[u8]>),
}

impl Piece {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl Outbox {
    pub(crate) fn new(most: usize) -> Self {
        Self { pieces: VecDeque::new(), most, written: 0, length: 0, spare: Vec::new() }
    }

    /// Whether more should come.
    pub(crate) fn has_room(&self) -> bool {
        self.len() < self.most
    }

    /// How many bytes wait.
    pub(crate) fn len(&self) -> usize {
        self.length.saturating_sub(self.written)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is to be written next.
    pub(crate) fn waiting(&self) -> &[u8] {
        self.pieces.front().and_then(|piece| piece.bytes().get(self.written..)).unwrap_or_default()
    }

    /// Adds what `write` appends as one line, if it appends anything.
    pub(crate) fn message(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.add(|out| {
            let before = out.len();
            write(out);
            if out.len() > before {
                out.push(b'\n');
            }
        });
    }

    /// Adds an answer around a result that is not copied.
    pub(crate) fn answer(&mut self, id: &RequestId, result: Arc<[u8]>) {
        self.add(|out| open_result(out, id));
        self.length = self.length.saturating_add(result.len());
        self.pieces.push_back(Piece::Shared(result));
        self.message(|out| out.extend_from_slice(CLOSE_RESULT));
    }

    fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let has_room = matches!(self.pieces.back(), Some(Piece::Own(bytes)) if bytes.len() < PIECE);
        if !has_room {
            self.pieces.push_back(Piece::Own(std::mem::take(&mut self.spare)));
        }
        if let Some(Piece::Own(bytes)) = self.pieces.back_mut() {
            let before = bytes.len();
            write(bytes);
            self.length = self.length.saturating_add(bytes.len().saturating_sub(before));
        }
    }

    /// Takes away what was written.
    pub(crate) fn wrote(&mut self, count: usize) {
        self.written = self.written.saturating_add(count);
        while let Some(first) = self.pieces.front().map(|piece| piece.bytes().len())
            && self.written >= first
        {
            self.written = self.written.saturating_sub(first);
            self.length = self.length.saturating_sub(first);
            if let Some(Piece::Own(mut bytes)) = self.pieces.pop_front() {
                bytes.clear();
                bytes.shrink_to(ROOM);
                self.spare = bytes;
            }
        }
        if self.pieces.is_empty() {
            self.written = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_leaves_once_and_in_order() {
        let mut outbox = Outbox::new(1);
        let mut left = Vec::new();
        for round in 0..1000_usize {
            if round % 10 == 0 {
                outbox.answer(&RequestId::for_test(), round.to_string().into_bytes().into());
            } else {
                outbox.message(|out| out.extend_from_slice(round.to_string().repeat(1000).as_bytes()));
            }
            let count = outbox.waiting().len().min(round % 7 * 600);
            left.extend_from_slice(&outbox.waiting()[..count]);
            outbox.wrote(count);
        }
        while !outbox.is_empty() {
            left.extend_from_slice(outbox.waiting());
            outbox.wrote(outbox.waiting().len());
        }
        let line = |round: usize| match round % 10 {
            0 => format!("{{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{round}}}\n"),
            _ => format!("{}\n", round.to_string().repeat(1000)),
        };
        let expected: String = (0..1000).map(line).collect();
        assert_eq!(left, expected.into_bytes());
        assert!(outbox.waiting().is_empty());
    }

    #[test]
    fn more_may_come_until_so_much_waits() {
        let mut outbox = Outbox::new(10);
        outbox.message(|out| out.extend_from_slice(b"12345678"));
        assert_eq!((outbox.len(), outbox.has_room()), (9, true));
        outbox.wrote(9);
        outbox.message(|out| out.extend_from_slice(b"123456789"));
        assert_eq!((outbox.len(), outbox.has_room()), (10, false));
        outbox.wrote(1);
        assert!(outbox.has_room());
        outbox.answer(&RequestId::for_test(), Arc::from(&b"{}"[..]));
        assert!(!outbox.has_room(), "what others send too counts as well");
    }

    #[test]
    fn nothing_is_no_line() {
        let mut outbox = Outbox::new(1);
        outbox.message(|_| {});
        assert!(outbox.is_empty() && outbox.waiting().is_empty());
    }
}
