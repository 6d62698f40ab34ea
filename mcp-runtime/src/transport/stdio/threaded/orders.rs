//! A thread and a task, in every order.

use std::future::poll_fn;

use super::*;
use crate::interleave::{chosen, every_order};

/// What the threads do, with a queue instead of a file.
fn feed(queue: &Queue, chunks: &[&[u8]]) -> bool {
    chunks.iter().all(|chunk| queue.put(chunk))
}

async fn read(reader: &Reader) -> Vec<u8> {
    let mut room = vec![0; CHUNK];
    let mut buf = ReadBuf::new(&mut room);
    poll_fn(|cx| reader.poll_read(cx, &mut buf)).await.unwrap();
    buf.filled().to_vec()
}

#[test]
fn what_is_read_arrives_and_the_end_too() {
    let orders = every_order(|stage| {
        let queue = Arc::<Queue>::default();
        let (reader, read_to) = (Reader(queue.clone()), Arc::<Mutex<Vec<u8>>>::default());
        stage.thread("stdin", move || {
            assert!(feed(&queue, &[&[1; QUEUE], &[2], &[3]]));
            queue.end(None);
        });
        let all = read_to.clone();
        stage.task("reads", async move {
            loop {
                let bytes = read(&reader).await;
                if bytes.is_empty() {
                    return;
                }
                all.lock().unwrap().extend(bytes);
            }
        });
        stage.finally(move || assert_eq!(*read_to.lock().unwrap(), [&[1; QUEUE][..], &[2, 3]].concat()));
    });
    assert!(orders > 50, "{orders}");
}

#[test]
fn a_thread_does_not_wait_for_a_reader_that_has_gone() {
    every_order(|stage| {
        let queue = Arc::<Queue>::default();
        let reader = Reader(queue.clone());
        stage.thread("stdin", move || while feed(&queue, &[&[1; QUEUE]]) {});
        stage.task("reads", async move { drop(read(&reader).await) });
    });
}

#[test]
fn what_was_flushed_is_written_and_what_was_taken_too() {
    let orders = every_order(|stage| {
        let queue = Arc::<Queue>::default();
        let (writer, written) = (Writer(queue.clone()), Arc::<Mutex<Vec<u8>>>::default());
        let file = written.clone();
        stage.thread("stdout", move || {
            let mut chunk = Vec::new();
            while queue.take(&mut chunk) {
                crate::interleave::point();
                file.lock().unwrap().extend_from_slice(&chunk);
            }
        });
        let file = written.clone();
        stage.task("writes", async move {
            for bytes in [&[1; QUEUE][..], &[2]] {
                let mut bytes = bytes;
                while !bytes.is_empty() {
                    let taken = poll_fn(|cx| writer.poll_write(cx, bytes)).await.unwrap();
                    bytes = &bytes[taken..];
                }
            }
            poll_fn(|cx| writer.poll_flush(cx)).await.unwrap();
            assert_eq!(file.lock().unwrap().len(), QUEUE + 1, "flushed");
            let mut cx = Context::from_waker(Waker::noop());
            assert!(matches!(writer.poll_write(&mut cx, &[3]), Poll::Ready(Ok(1))));
        });
        stage.finally(move || assert_eq!(*written.lock().unwrap(), [&[1; QUEUE][..], &[2, 3]].concat()));
    });
    assert!(orders > 50, "{orders}");
}

#[test]
fn who_writes_learns_that_nothing_can_be_written() {
    every_order(|stage| {
        let queue = Arc::<Queue>::default();
        let writer = Writer(queue.clone());
        stage.thread("stdout", move || {
            let mut chunk = Vec::new();
            for _ in 0..chosen(3) {
                queue.take(&mut chunk);
            }
            queue.end(Some(io::ErrorKind::BrokenPipe.into()));
        });
        stage.task("writes", async move {
            while poll_fn(|cx| writer.poll_write(cx, &[1; QUEUE])).await.is_ok() {}
            poll_fn(|cx| writer.poll_flush(cx)).await.unwrap_err();
        });
    });
}
