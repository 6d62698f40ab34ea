//! Cuts a stream of bytes into lines, whatever the chunking, and never holds more than one line may have.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// Lines on their way in.
pub(crate) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    /// Where the first line that was not taken yet begins.
    start: usize,
    /// Up to where there is no line end.
    searched: usize,
    longest: usize,
    /// Within a line that is too long, of which nothing is kept.
    skipping: bool,
    /// Nothing more comes, so that the last line needs no end.
    ended: bool,
}

/// What came in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'l> {
    /// A line, without its end.
    Whole(&'l [u8]),
    /// A line that is longer than it may be. It is reported when it is noticed, not when it ends.
    TooLong,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn new(input: R, longest: usize) -> Self {
        Self { input, buffer: Vec::new(), start: 0, searched: 0, longest, skipping: false, ended: false }
    }

    /// Waits for more bytes; `false` at the end of the input. Nothing is lost if the wait is given up.
    pub(crate) async fn more(&mut self) -> io::Result<bool> {
        self.make_room();
        Ok(self.input.read_buf(&mut self.buffer).await? > 0)
    }

    /// The next line among the bytes that are there.
    pub(crate) fn next(&mut self) -> Option<Line<'_>> {
        loop {
            let rest = self.buffer.get(self.searched..)?;
            let Some(found) = memchr::memchr(b'\n', rest) else {
                self.searched = self.buffer.len();
                return self.unfinished();
            };
            let end = self.searched.saturating_add(found);
            let line = self.start..end;
            self.start = end.saturating_add(1);
            self.searched = self.start;
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            let is_too_long = line.len() > self.longest;
            return if is_too_long { Some(Line::TooLong) } else { self.buffer.get(line).map(Line::Whole) };
        }
    }

    /// Says that nothing more comes.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// Whether little enough waits to be taken that more may be read meanwhile.
    pub(crate) fn is_short(&self) -> bool {
        self.buffer.len().saturating_sub(self.start) < CHUNK
    }

    fn unfinished(&mut self) -> Option<Line<'_>> {
        if self.ended {
            return self.last();
        }
        let length = self.buffer.len().saturating_sub(self.start);
        if self.skipping || length > self.longest {
            self.buffer.clear();
            (self.start, self.searched) = (0, 0);
            return (!std::mem::replace(&mut self.skipping, true)).then_some(Line::TooLong);
        }
        None
    }

    /// The last line, which has no end because the input has.
    fn last(&mut self) -> Option<Line<'_>> {
        let line = self.start..self.buffer.len();
        self.start = self.buffer.len();
        self.searched = self.start;
        match line.len() {
            0 => None,
            _ if self.skipping => None,
            length if length > self.longest => Some(Line::TooLong),
            _ => self.buffer.get(line).map(Line::Whole),
        }
    }

    /// Moves what is left to the front, and gives back what a long line needed.
    fn make_room(&mut self) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.searched = self.searched.saturating_sub(self.start);
            self.start = 0;
        }
        if self.buffer.is_empty() && self.buffer.capacity() > CHUNK.saturating_mul(4) {
            self.buffer = Vec::new();
        }
        let room = self.buffer.capacity().saturating_sub(self.buffer.len());
        if room == 0 {
            // Doubles, but not past the longest line.
            let most = self.longest.saturating_add(CHUNK).saturating_sub(self.buffer.len());
            self.buffer.reserve_exact(self.buffer.len().max(CHUNK).min(most.max(CHUNK)));
        }
    }
}
