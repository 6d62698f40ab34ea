//! Any chunking gives the same lines, and no input makes the buffer grow.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use proptest::prelude::*;
use tokio::io::{AsyncRead, ReadBuf};

use crate::transport::lines::{Line, Lines};

/// Hands out bytes in pieces of these sizes, over and over, and pauses now and then.
pub(super) struct Chunks {
    bytes: Vec<u8>,
    sizes: Vec<usize>,
    turn: usize,
    /// The most room that the reader ever offered.
    room: Rc<Cell<usize>>,
}

impl Chunks {
    /// With where the most room is noted.
    pub(super) fn new(bytes: &[u8], sizes: &[usize]) -> (Self, Rc<Cell<usize>>) {
        let room = Rc::default();
        (Self { bytes: bytes.to_vec(), sizes: sizes.to_vec(), turn: 0, room: Rc::clone(&room) }, room)
    }
}

impl AsyncRead for Chunks {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.room.set(self.room.get().max(buf.remaining()));
        self.turn += 1;
        let size = self.sizes[self.turn % self.sizes.len()];
        if size == 0 && !self.bytes.is_empty() && self.turn.is_multiple_of(2) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let size = size.max(1).min(self.bytes.len()).min(buf.remaining());
        buf.put_slice(&self.bytes.drain(..size).collect::<Vec<_>>());
        Poll::Ready(Ok(()))
    }
}

/// A line; `None` for one that is too long.
#[allow(clippy::needless_pass_by_value, reason = "it is mapped over")]
fn owned(line: Line<'_>) -> Option<Vec<u8>> {
    match line {
        Line::Whole(line) => Some(line.to_vec()),
        Line::TooLong => None,
    }
}

/// What comes out, and the most room that was offered.
fn read(bytes: &[u8], sizes: &[usize], longest: usize) -> (Vec<Option<Vec<u8>>>, usize) {
    let (chunks, room) = Chunks::new(bytes, sizes);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let found = runtime.block_on(async {
        let (mut lines, mut found) = (Lines::new(chunks, longest), Vec::new());
        while lines.more().await.unwrap() {
            while let Some(line) = lines.next() {
                found.push(owned(line));
            }
        }
        lines.end();
        while let Some(line) = lines.next() {
            found.push(owned(line));
        }
        found
    });
    (found, room.get())
}

/// The same, said simply.
fn expected(bytes: &[u8], longest: usize) -> Vec<Option<Vec<u8>>> {
    let mut lines: Vec<_> = bytes.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines.iter().map(|line| (line.len() <= longest).then(|| line.to_vec())).collect()
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![4 => Just(b'a'), 1 => Just(b'\n'), 1 => any::<u8>()];
    prop::collection::vec(byte, 0..400)
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_lines(
        bytes in text(), sizes in prop::collection::vec(0_usize..40, 1..20), longest in 1_usize..40,
    ) {
        prop_assert_eq!(read(&bytes, &sizes, longest).0, expected(&bytes, longest));
    }

    #[test]
    fn lines_longer_than_a_chunk_too(
        lengths in prop::collection::vec(0_usize..300_000, 1..6), sizes in prop::collection::vec(1_usize..100_000, 1..8),
        longest in 60_000_usize..280_000,
    ) {
        let bytes = lengths.iter().flat_map(|length| [vec![b'a'; *length], vec![b'\n']].concat()).collect::<Vec<_>>();
        prop_assert_eq!(read(&bytes, &sizes, longest).0, expected(&bytes, longest));
    }
}

#[test]
fn an_endless_line_does_not_make_the_buffer_grow() {
    const LONGEST: usize = 300_000;
    for sizes in [[1_000_000], [4096]] {
        let (found, room) = read(&vec![b'a'; 20 * LONGEST], &sizes, LONGEST);
        assert_eq!(found, [None]);
        assert!(room <= LONGEST + 128 * 1024, "it offered room for {room} bytes");
    }
}
