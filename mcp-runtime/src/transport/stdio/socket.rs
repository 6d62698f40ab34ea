//! Sockets, which Node passes as standard input and output. The wish not to block goes with each call, because the flag
//! `O_NONBLOCK` would be seen by everyone who shares the socket.

use std::io;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll, ready};

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};
use tokio::io::{Interest, ReadBuf};

/// After a short transfer the socket is known to be empty or full. Only edge-triggered epoll makes it safe to trust that
/// without asking again.
const SHORT_MEANS_EXHAUSTED: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// One direction of a socket.
pub(super) struct Socket(AsyncFd<OwnedFd>);

impl Socket {
    pub(super) fn reading(fd: OwnedFd) -> io::Result<Self> {
        register(fd, Interest::READABLE).map(Self)
    }

    pub(super) fn writing(fd: OwnedFd) -> io::Result<Self> {
        register(fd, Interest::WRITABLE).map(Self)
    }

    pub(super) fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let room = buf.initialize_unfilled();
        let wanted = room.len();
        let receive = || recv(&self.0, &mut *room, RecvFlags::DONTWAIT).map(|(read, _)| read);
        let read = ready!(attempt(wanted, || self.0.poll_read_ready(cx), receive))?;
        buf.advance(read);
        Poll::Ready(Ok(()))
    }

    pub(super) fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        attempt(bytes.len(), || self.0.poll_write_ready(cx), || send(&self.0, bytes, SEND))
    }
}

/// The constructor is deprecated in favour of an unsafe one, because not every type keeps its descriptor open and the same.
/// `OwnedFd` does, and nothing takes it out of the `AsyncFd` again.
#[allow(deprecated, reason = "sound for `OwnedFd`, and the replacement is unsafe")]
fn register(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(fd, interest)
}

/// Transfers when the socket is ready, and takes note when it is exhausted.
fn attempt<'a>(
    wanted: usize,
    mut poll: impl FnMut() -> Poll<io::Result<AsyncFdReadyGuard<'a, OwnedFd>>>,
    mut transfer: impl FnMut() -> Result<usize, Errno>,
) -> Poll<io::Result<usize>> {
    loop {
        let mut guard = ready!(poll())?;
        match transfer() {
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => guard.clear_ready(),
            Err(error) => return Poll::Ready(Err(error.into())),
            Ok(done) => {
                if SHORT_MEANS_EXHAUSTED && 0 < done && done < wanted {
                    guard.clear_ready();
                }
                return Poll::Ready(Ok(done));
            }
        }
    }
}

/// A reader that went away is an error, not a signal. Elsewhere Rust programs ignore `SIGPIPE` anyway.
#[cfg(any(target_os = "linux", target_os = "android"))]
const SEND: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const SEND: SendFlags = SendFlags::DONTWAIT;
