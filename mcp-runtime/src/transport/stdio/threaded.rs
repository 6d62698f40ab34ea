//! Files, terminals and everything else that can only be read and written by blocking: one thread each, and a bounded queue.
//!
//! The threads are detached. One that is blocked in a read or a write keeps neither the runtime nor the process alive.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use tokio::io::ReadBuf;

use crate::lock::{Condvar, lock};
use crate::transport::process::aside;

/// The most that waits between thread and task.
const QUEUE: usize = 48 * 1024;
/// The most that the thread moves at once, beside the queue.
const CHUNK: usize = 16 * 1024;

/// Reads on a thread. Dropping it ends the thread when its current read returns.
pub(super) struct Reader(Arc<Queue>);

/// Writes on a thread. Dropping it lets the thread write what is queued, and then end.
pub(super) struct Writer(Arc<Queue>);

impl Reader {
    pub(super) fn start(file: File) -> io::Result<Self> {
        let queue = Arc::<Queue>::default();
        let filled = Arc::clone(&queue);
        aside("mcp-stdin", move || fill(&file, &filled))?;
        Ok(Self(queue))
    }

    pub(super) fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.lock();
        if state.bytes.is_empty() {
            return match (state.error.take(), state.ended) {
                (Some(error), _) => Poll::Ready(Err(error)),
                (None, true) => Poll::Ready(Ok(())),
                (None, false) => state.wait(cx),
            };
        }
        let read = state.bytes.read(buf.initialize_unfilled())?;
        buf.advance(read);
        self.0.moved.notify_one();
        Poll::Ready(Ok(()))
    }
}

impl Writer {
    pub(super) fn start(file: File) -> io::Result<Self> {
        let queue = Arc::<Queue>::default();
        let drained = Arc::clone(&queue);
        aside("mcp-stdout", move || drain(&file, &drained))?;
        Ok(Self(queue))
    }

    pub(super) fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut state = self.0.lock();
        if let Some(error) = &state.error {
            return Poll::Ready(Err(same(error)));
        }
        let room = QUEUE.saturating_sub(state.bytes.len());
        if room == 0 {
            return state.wait(cx);
        }
        let (now, _) = bytes.split_at(room.min(bytes.len()));
        state.bytes.extend(now);
        self.0.moved.notify_one();
        Poll::Ready(Ok(now.len()))
    }

    /// Ready when the system has everything.
    pub(super) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.lock();
        match &state.error {
            Some(error) => Poll::Ready(Err(same(error))),
            None if state.bytes.is_empty() && !state.writing => Poll::Ready(Ok(())),
            None => state.wait(cx),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.end(None);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.end(None);
    }
}

/// The reading thread.
fn fill(file: &File, queue: &Queue) {
    let mut chunk = vec![0; CHUNK];
    loop {
        match read(file, &mut chunk) {
            Ok([]) => return queue.end(None),
            Ok(bytes) if queue.put(bytes) => {}
            Ok(_) => return,
            Err(error) => return queue.end(Some(error)),
        }
    }
}

/// The writing thread.
fn drain(file: &File, queue: &Queue) {
    let mut chunk = Vec::with_capacity(CHUNK);
    while queue.take(&mut chunk) {
        if let Err(error) = write_all(file, &chunk) {
            return queue.end(Some(error));
        }
    }
}

fn read<'a>(mut file: &File, chunk: &'a mut [u8]) -> io::Result<&'a [u8]> {
    loop {
        match file.read(chunk) {
            Ok(read) => return Ok(chunk.get(..read).unwrap_or_default()),
            Err(error) => again(file, Direction::In, error)?,
        }
    }
}

fn write_all(mut file: &File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) => again(file, Direction::Out, error)?,
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Direction {
    In,
    Out,
}

/// Decides whether to try again: after an interruption, and after waiting where somebody else who shares the descriptor
/// has made it non-blocking.
fn again(file: &File, direction: Direction, error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::Interrupted => Ok(()),
        io::ErrorKind::WouldBlock => wait(file, direction, error),
        _ => Err(error),
    }
}

#[cfg(unix)]
fn wait(file: &File, direction: Direction, _: io::Error) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    let flags = match direction {
        Direction::In => PollFlags::IN,
        Direction::Out => PollFlags::OUT,
    };
    match poll(&mut [PollFd::new(file, flags)], None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
fn wait(_: &File, _: Direction, error: io::Error) -> io::Result<()> {
    Err(error)
}

/// Bytes between one thread and one task.
#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    /// Tells the thread that the task has moved bytes or has ended the queue.
    moved: Condvar,
}

#[derive(Default)]
struct State {
    bytes: VecDeque<u8>,
    /// The thread has taken bytes out and not yet written them all.
    writing: bool,
    /// One side will do no more: no bytes follow from it, or none are wanted by it.
    ended: bool,
    error: Option<io::Error>,
    /// The task, if it waits for the thread.
    task: Option<Waker>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// For the reading thread: waits for room. `false` when the task has gone.
    fn put(&self, bytes: &[u8]) -> bool {
        let full = |state: &mut State| state.bytes.len() >= QUEUE && !state.ended;
        let mut state = self.moved.wait_while(&self.state, self.lock(), full);
        if state.ended {
            return false;
        }
        state.bytes.extend(bytes);
        state.wake();
        true
    }

    /// For the writing thread: says that the last chunk is written and waits for the next. `false` when there will be none.
    fn take(&self, chunk: &mut Vec<u8>) -> bool {
        let mut state = self.lock();
        state.writing = false;
        state.wake();
        let idle = |state: &mut State| state.bytes.is_empty() && !state.ended;
        let mut state = self.moved.wait_while(&self.state, state, idle);
        chunk.clear();
        let most = state.bytes.len().min(CHUNK);
        chunk.extend(state.bytes.drain(..most));
        state.writing = !chunk.is_empty();
        state.wake();
        state.writing
    }

    fn end(&self, error: Option<io::Error>) {
        let mut state = self.lock();
        state.ended = true;
        state.error = error.or(state.error.take());
        state.wake();
        self.moved.notify_one();
    }
}

impl State {
    fn wait<T>(&mut self, cx: &Context<'_>) -> Poll<T> {
        self.task = Some(cx.waker().clone());
        Poll::Pending
    }

    fn wake(&mut self) {
        if let Some(task) = self.task.take() {
            task.wake();
        }
    }
}

/// An error that can be reported more than once.
fn same(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

#[cfg(test)]
mod orders;
#[cfg(all(test, unix))]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_writer_takes_no_more_than_its_bound() {
        let (reader, writer) = io::pipe().unwrap();
        let writer = Writer::start(std::os::fd::OwnedFd::from(writer).into()).unwrap();
        let chunk = [7; 10_000];
        let mut taken = 0;
        while let Ok(result) =
            tokio::time::timeout(Duration::from_millis(200), poll_fn(|cx| writer.poll_write(cx, &chunk))).await
        {
            taken += result.unwrap();
        }
        let pipe_and_queue = 64 * 1024 + CHUNK + QUEUE;
        assert!(taken <= pipe_and_queue, "{taken} bytes were taken and nobody reads");
        drop(reader);
        assert!(poll_fn(|cx| writer.poll_flush(cx)).await.is_err());
    }

    #[tokio::test]
    async fn a_reader_waits_on_a_descriptor_that_others_made_non_blocking() {
        use rustix::fs::{OFlags, fcntl_setfl};
        let (reader, mut writer) = io::pipe().unwrap();
        fcntl_setfl(&reader, OFlags::NONBLOCK).unwrap();
        let reader = Reader::start(std::os::fd::OwnedFd::from(reader).into()).unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        writer.write_all(b"late").unwrap();
        let mut room = [0; 8];
        let mut buf = ReadBuf::new(&mut room);
        poll_fn(|cx| reader.poll_read(cx, &mut buf)).await.unwrap();
        assert_eq!(buf.filled(), b"late");
    }

    #[test]
    fn a_thread_blocked_in_a_read_does_not_hold_up_the_runtime() {
        let (reader, _writer) = io::pipe().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let started = std::time::Instant::now();
        let reader = runtime.block_on(async { Reader::start(std::os::fd::OwnedFd::from(reader).into()) }).unwrap();
        drop(runtime);
        drop(reader);
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_dropped_writer_still_writes_what_is_queued() {
        let (mut reader, writer) = io::pipe().unwrap();
        let writer = Writer::start(std::os::fd::OwnedFd::from(writer).into()).unwrap();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(matches!(writer.poll_write(&mut cx, b"tail"), Poll::Ready(Ok(4))));
        drop(writer);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "tail");
    }
}
