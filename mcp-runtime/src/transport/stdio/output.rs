//! The protocol's output: writes to whatever standard output is, without blocking the runtime.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
#[cfg(unix)]
use tokio::net::unix::pipe::Sender;

#[cfg(unix)]
use super::socket::Socket;
use super::threaded::Writer;

/// What [`take`](super::descriptors::take) found on descriptor 1.
///
/// A reader that went away is an error (`BrokenPipe`). Flush before the process exits: a thread may still hold bytes. The
/// peer sees the end when this value is dropped; shutting it down only flushes.
pub(crate) struct Output(Sink);

enum Sink {
    #[cfg(unix)]
    Pipe(Sender),
    #[cfg(unix)]
    Socket(Socket),
    Threaded(Writer),
    Gone,
}

impl Output {
    /// An output that nobody reads, for a descriptor that is closed.
    pub(super) fn gone() -> Self {
        Self(Sink::Gone)
    }

    /// Chooses by what the descriptor is: pipes and sockets are polled, everything else is written by a thread.
    #[cfg(unix)]
    pub(super) fn new(fd: std::os::fd::OwnedFd) -> io::Result<Self> {
        use rustix::fs::FileType;
        let sink = match super::descriptors::file_type(&fd) {
            FileType::Socket => Sink::Socket(Socket::writing(fd)?),
            FileType::Fifo => match super::pipe::sender(&fd) {
                Some(sender) => Sink::Pipe(sender),
                None => Sink::Threaded(Writer::start(fd.into())?),
            },
            _ => Sink::Threaded(Writer::start(fd.into())?),
        };
        Ok(Self(sink))
    }

    /// Writes by a thread, whatever the handle is.
    #[cfg(windows)]
    pub(super) fn new(handle: std::os::windows::io::OwnedHandle) -> io::Result<Self> {
        Ok(Self(Sink::Threaded(Writer::start(handle.into())?)))
    }
}

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().0 {
            #[cfg(unix)]
            Sink::Pipe(sender) => Pin::new(sender).poll_write(cx, bytes),
            #[cfg(unix)]
            Sink::Socket(socket) => socket.poll_write(cx, bytes),
            Sink::Threaded(writer) => writer.poll_write(cx, bytes),
            Sink::Gone => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &self.get_mut().0 {
            #[cfg(unix)]
            Sink::Pipe(_) | Sink::Socket(_) => Poll::Ready(Ok(())),
            Sink::Threaded(writer) => writer.poll_flush(cx),
            Sink::Gone => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{Read, Seek};
    use std::net::Shutdown;
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use tokio::io::AsyncWriteExt;
    use tokio::time::timeout;

    use super::*;

    const LONG: usize = 1_000_000;

    fn pattern() -> Vec<u8> {
        (0..LONG).map(|i| (i % 251) as u8).collect()
    }

    fn drain(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            from.read_to_end(&mut bytes).unwrap();
            bytes
        })
    }

    async fn soon<T>(what: impl Future<Output = T>) -> Option<T> {
        timeout(Duration::from_secs(5), what).await.ok()
    }

    #[tokio::test]
    async fn a_pipe_takes_every_byte() {
        let (reader, writer) = io::pipe().unwrap();
        let reader = drain(reader);
        let mut output = Output::new(writer.into()).unwrap();
        output.write_all(&pattern()).await.unwrap();
        drop(output);
        assert_eq!(reader.join().unwrap(), pattern());
    }

    #[tokio::test]
    async fn a_socket_takes_every_byte_and_stays_blocking() {
        use rustix::fs::{OFlags, fcntl_getfl};
        let (ours, theirs) = UnixStream::pair().unwrap();
        let shared = ours.try_clone().unwrap();
        let mut output = Output::new(ours.into()).unwrap();
        let reader = drain(theirs);
        output.write_all(&pattern()).await.unwrap();
        assert!(!fcntl_getfl(&shared).unwrap().contains(OFlags::NONBLOCK));
        drop((output, shared));
        assert_eq!(reader.join().unwrap(), pattern());
    }

    #[tokio::test]
    async fn a_file_holds_every_byte_after_a_flush() {
        let path = std::env::temp_dir().join(format!("mcp-output-{}", std::process::id()));
        let mut file = std::fs::File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let mut output = Output::new(file.try_clone().unwrap().into()).unwrap();
        output.write_all(&pattern()).await.unwrap();
        output.flush().await.unwrap();
        let mut bytes = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, pattern());
    }

    #[tokio::test]
    async fn a_pipe_without_reader_is_an_error_also_in_the_middle() {
        let (reader, writer) = io::pipe().unwrap();
        let mut output = Output::new(writer.into()).unwrap();
        let full = tokio::spawn(async move { output.write_all(&pattern()).await });
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!full.is_finished(), "nobody reads, so it must wait");
        drop(reader);
        let error = soon(full).await.expect("must not wait any longer").unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test]
    async fn a_thread_reports_its_error_to_every_later_write_and_flush() {
        let file = std::fs::File::open("/dev/null").unwrap();
        let mut output = Output::new(file.into()).unwrap();
        output.write_all(b"x").await.unwrap();
        let first = soon(output.flush()).await.unwrap().unwrap_err();
        let second = soon(output.write_all(b"y")).await.unwrap().unwrap_err();
        assert_eq!(first.raw_os_error(), Some(rustix::io::Errno::BADF.raw_os_error()));
        assert_eq!(first.raw_os_error(), second.raw_os_error());
    }

    #[tokio::test]
    async fn nobody_reads_a_closed_descriptor() {
        let mut output = Output::gone();
        assert_eq!(output.write_all(b"x").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test]
    async fn a_socket_that_is_closed_is_an_error_but_a_half_closed_one_still_reads() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut output = Output::new(ours.into()).unwrap();
        theirs.shutdown(Shutdown::Write).unwrap();
        output.write_all(b"answer").await.unwrap();
        (&theirs).read_exact(&mut [0; 6]).unwrap();
        drop(theirs);
        assert_eq!(output.write_all(b"x").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
