//! What accepts connections.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep};

use crate::log;

/// Something that accepts connections, for [`Server::serve_listener`](crate::Server::serve_listener): a TCP or Unix socket, or
/// one of them behind TLS.
///
/// ```
/// use std::io;
/// use mcp_runtime::Listener;
/// use tokio::net::{TcpListener, TcpStream};
///
/// struct Counted {
///     inner: TcpListener,
///     connections: usize,
/// }
///
/// impl Listener for Counted {
///     type Io = TcpStream;
///
///     async fn accept(&mut self) -> io::Result<TcpStream> {
///         let stream = Listener::accept(&mut self.inner).await?;
///         self.connections += 1;
///         Ok(stream)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> io::Result<()> {
/// let inner = TcpListener::bind("127.0.0.1:0").await?;
/// let address = inner.local_addr()?;
/// let mut listener = Counted { inner, connections: 0 };
/// let client = TcpStream::connect(address).await?;
/// let stream = listener.accept().await?;
/// assert_eq!(stream.peer_addr()?, client.local_addr()?);
/// assert_eq!(listener.connections, 1);
/// # Ok(())
/// # }
/// ```
pub trait Listener: Send + 'static {
    /// A connection.
    type Io: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Waits for the next connection.
    ///
    /// # Errors
    /// When the listener itself is in trouble, such as by too many open files: that is reported, and it is asked again after a
    /// moment. What is wrong with a single connection, such as a handshake that fails, it keeps to itself, and goes on to the
    /// next one.
    fn accept(&mut self) -> impl Future<Output = io::Result<Self::Io>> + Send;

    /// A connection that is there already, without waiting. This is asked right before the listener is dropped, so that no
    /// client is turned away that the system has let in; a listener that cannot tell has none.
    fn try_accept(&mut self) -> Option<Self::Io> {
        None
    }
}

/// Answers leave at once (`TCP_NODELAY`).
impl Listener for tokio::net::TcpListener {
    type Io = tokio::net::TcpStream;

    async fn accept(&mut self) -> io::Result<Self::Io> {
        let (stream, _) = Self::accept(self).await?;
        // Answers are only slower where that cannot be had.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }

    #[cfg(unix)]
    fn try_accept(&mut self) -> Option<Self::Io> {
        // Past tokio, which only knows what it was told.
        let stream = std::net::TcpStream::from(rustix::net::accept(&*self).ok()?);
        stream.set_nonblocking(true).ok()?;
        let _ = stream.set_nodelay(true);
        Self::Io::from_std(stream).ok()
    }
}

#[cfg(unix)]
impl Listener for tokio::net::UnixListener {
    type Io = tokio::net::UnixStream;

    async fn accept(&mut self) -> io::Result<Self::Io> {
        Self::accept(self).await.map(|(stream, _)| stream)
    }
}

/// A listener whose troubles pass.
pub(super) struct Accepting<L> {
    listener: L,
    reported: Option<Instant>,
}

impl<L: Listener> Accepting<L> {
    pub(super) fn new(listener: L) -> Self {
        Self { listener, reported: None }
    }

    /// Waits for the next connection, however long.
    pub(super) async fn next(&mut self) -> L::Io {
        /// Who has too many open files has fewer soon.
        const PAUSE: Duration = Duration::from_millis(50);
        loop {
            match self.listener.accept().await {
                Ok(io) => return io,
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    self.report(&error);
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// A connection that waits already.
    pub(super) fn waiting(&mut self) -> Option<L::Io> {
        self.listener.try_accept()
    }

    /// Trouble stays for a while, and is told once a minute.
    fn report(&mut self, error: &io::Error) {
        const SILENCE: Duration = Duration::from_secs(60);
        if self.reported.is_none_or(|reported| reported.elapsed() >= SILENCE) {
            self.reported = Some(Instant::now());
            log::error(format_args!("no connection can be accepted: {error}"));
        }
    }
}

/// Whether a client left before it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests {
    use tokio::io::DuplexStream;

    use super::*;

    /// Fails so often before it accepts.
    struct Failing(usize, io::ErrorKind);

    impl Listener for Failing {
        type Io = DuplexStream;

        async fn accept(&mut self) -> io::Result<DuplexStream> {
            if self.0 == 0 {
                return Ok(tokio::io::duplex(1).0);
            }
            self.0 -= 1;
            Err(self.1.into())
        }
    }

    #[tokio::test]
    async fn trouble_passes_and_is_reported_once() {
        let started = Instant::now();
        let mut accepting = Accepting::new(Failing(2, io::ErrorKind::OutOfMemory));
        accepting.next().await;
        assert!(started.elapsed() >= Duration::from_millis(100));
        let reported = accepting.reported.unwrap();
        accepting.listener.0 = 1;
        accepting.next().await;
        assert_eq!(accepting.reported, Some(reported));
    }

    /// Else the second of two messages would wait until the client says that it has the first one.
    #[tokio::test]
    async fn answers_leave_at_once() {
        let mut listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let _first = tokio::net::TcpStream::connect(address).await.unwrap();
        assert!(Listener::accept(&mut listener).await.unwrap().nodelay().unwrap());
        let _second = tokio::net::TcpStream::connect(address).await.unwrap();
        #[cfg(unix)]
        assert!(listener.try_accept().unwrap().nodelay().unwrap());
    }

    #[tokio::test]
    async fn a_client_that_left_is_no_trouble() {
        let mut accepting = Accepting::new(Failing(1000, io::ErrorKind::ConnectionAborted));
        accepting.next().await;
        assert_eq!(accepting.reported, None);
    }
}
