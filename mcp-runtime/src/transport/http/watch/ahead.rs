//! What came behind a request that still runs. Only who reads on sees that the client has left.

use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, ReadBuf};

/// How much is kept of what a client asks before it has been answered. Behind more than that it is not seen to leave.
const MOST: usize = 16 * 1024;

/// Bytes that were read before anybody wanted them.
#[derive(Debug, Default)]
pub(super) struct Ahead(BytesMut);

impl Ahead {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn give(&mut self, buffer: &mut ReadBuf<'_>) {
        let given = self.0.len().min(buffer.remaining());
        buffer.put_slice(&self.0.split_to(given));
        if self.0.is_empty() {
            *self = Self::default();
        }
    }

    /// Reads on. It fails when the client has left; otherwise the task is woken when more comes, unless there is too much.
    pub(super) fn look(&mut self, io: &mut (impl AsyncRead + Unpin), cx: &mut Context<'_>) -> io::Result<()> {
        let mut chunk = [MaybeUninit::uninit(); 1024];
        while self.0.len() < MOST {
            let mut chunk = ReadBuf::uninit(&mut chunk);
            match Pin::new(&mut *io).poll_read(cx, &mut chunk)? {
                Poll::Pending => break,
                Poll::Ready(()) if chunk.filled().has_remaining() => self.0.extend_from_slice(chunk.filled()),
                Poll::Ready(()) => return Err(io::Error::new(ErrorKind::ConnectionAborted, "the client has left")),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio::io::{AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn what_was_read_ahead_is_given_in_its_order_and_only_once() {
        let (mut client, mut server) = duplex(64);
        let (mut ahead, mut cx) = (Ahead::default(), Context::from_waker(Waker::noop()));
        for bytes in [b"abc", b"def"] {
            client.write_all(bytes).await.unwrap();
            ahead.look(&mut server, &mut cx).unwrap();
        }
        let mut given = Vec::new();
        while !ahead.is_empty() {
            let mut buffer = [0; 4];
            let mut buffer = ReadBuf::new(&mut buffer);
            ahead.give(&mut buffer);
            given.push(buffer.filled().to_vec());
        }
        assert_eq!(given, [b"abcd".as_slice(), b"ef"]);
    }

    #[tokio::test]
    async fn it_keeps_no_more_than_its_share() {
        let (mut client, mut server) = duplex(MOST * 2);
        let (mut ahead, mut cx) = (Ahead::default(), Context::from_waker(Waker::noop()));
        client.write_all(&vec![0; MOST + 1]).await.unwrap();
        drop(client);
        ahead.look(&mut server, &mut cx).expect("the end is not seen");
        assert_eq!(ahead.0.len(), MOST);
    }

    #[tokio::test]
    async fn the_end_is_seen_behind_bytes() {
        let (mut client, mut server) = duplex(64);
        let (mut ahead, mut cx) = (Ahead::default(), Context::from_waker(Waker::noop()));
        client.write_all(b"\r\n").await.unwrap();
        drop(client);
        let error = ahead.look(&mut server, &mut cx).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionAborted);
    }
}
