//! Messages on their way out, one per line.

/// How much room is kept while nothing waits.
const ROOM: usize = 256 * 1024;

/// Messages that are not written yet, or not wholly.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    /// How much of them is written.
    written: usize,
}

impl Outbox {
    /// How many bytes wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting().is_empty()
    }

    pub(crate) fn waiting(&self) -> &[u8] {
        self.bytes.get(self.written..).unwrap_or_default()
    }

    /// Adds what `write` appends as one line, if it appends anything.
    pub(crate) fn message(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let before = self.bytes.len();
        write(&mut self.bytes);
        if self.bytes.len() > before {
            self.bytes.push(b'\n');
        }
    }

    /// Takes away what was written. What is left moves to the front only when it is the smaller part, so that a byte is
    /// moved once at most, however small the pieces are in which it leaves.
    pub(crate) fn wrote(&mut self, count: usize) {
        self.written = self.written.saturating_add(count).min(self.bytes.len());
        if self.written == self.bytes.len() {
            self.bytes.clear();
            self.bytes.shrink_to(ROOM);
            self.written = 0;
        } else if self.written > self.bytes.len() / 2 {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_leaves_once_and_in_order() {
        let mut outbox = Outbox::default();
        let mut left = Vec::new();
        for round in 0..1000_usize {
            outbox.message(|out| out.extend_from_slice(round.to_string().as_bytes()));
            let count = outbox.len().min(round % 7);
            left.extend_from_slice(&outbox.waiting()[..count]);
            outbox.wrote(count);
        }
        left.extend_from_slice(outbox.waiting());
        outbox.wrote(outbox.len());
        let expected: String = (0..1000).map(|round| format!("{round}\n")).collect();
        assert!(outbox.is_empty());
        assert_eq!(left, expected.into_bytes());
    }

    #[test]
    fn nothing_is_no_line() {
        let mut outbox = Outbox::default();
        outbox.message(|_| {});
        assert!(outbox.is_empty());
    }
}
