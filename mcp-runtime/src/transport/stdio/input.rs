//! The protocol's input: reads whatever standard input is, without blocking the runtime.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};
#[cfg(unix)]
use tokio::net::unix::pipe::Receiver;

#[cfg(unix)]
use super::socket::Socket;
use super::threaded::Reader;

/// What [`take`](super::descriptors::take) found on descriptor 0.
pub(crate) struct Input(Source);

enum Source {
    #[cfg(unix)]
    Pipe(Receiver),
    #[cfg(unix)]
    Socket(Socket),
    Threaded(Reader),
    Ended,
}

impl Input {
    /// An input that is at its end, for a descriptor that is closed.
    pub(super) fn ended() -> Self {
        Self(Source::Ended)
    }

    /// Chooses by what the descriptor is: pipes and sockets are polled, everything else is read by a thread.
    #[cfg(unix)]
    pub(super) fn new(fd: std::os::fd::OwnedFd) -> io::Result<Self> {
        use rustix::fs::FileType;
        let source = match super::descriptors::file_type(&fd) {
            FileType::Socket => Source::Socket(Socket::reading(fd)?),
            FileType::Fifo => match super::pipe::receiver(&fd) {
                Some(receiver) => Source::Pipe(receiver),
                None => Source::Threaded(Reader::start(fd.into())?),
            },
            _ => Source::Threaded(Reader::start(fd.into())?),
        };
        Ok(Self(source))
    }

    /// Reads by a thread, whatever the handle is.
    #[cfg(windows)]
    pub(super) fn new(handle: std::os::windows::io::OwnedHandle) -> io::Result<Self> {
        Ok(Self(Source::Threaded(Reader::start(handle.into())?)))
    }
}

impl AsyncRead for Input {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().0 {
            #[cfg(unix)]
            Source::Pipe(receiver) => Pin::new(receiver).poll_read(cx, buf),
            #[cfg(unix)]
            Source::Socket(socket) => socket.poll_read(cx, buf),
            Source::Threaded(reader) => reader.poll_read(cx, buf),
            Source::Ended => Poll::Ready(Ok(())),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{Seek, Write};
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    use tokio::io::AsyncReadExt;

    use super::*;

    const LONG: usize = 1_000_000;

    fn pattern() -> Vec<u8> {
        (0..LONG).map(|i| (i % 251) as u8).collect()
    }

    async fn everything(fd: impl Into<OwnedFd>) -> Vec<u8> {
        let mut bytes = Vec::new();
        Input::new(fd.into()).unwrap().read_to_end(&mut bytes).await.unwrap();
        bytes
    }

    #[tokio::test]
    async fn a_pipe_is_read_to_its_end() {
        let (reader, mut writer) = io::pipe().unwrap();
        let peer = std::thread::spawn(move || writer.write_all(&pattern()).unwrap());
        assert_eq!(everything(reader).await, pattern());
        peer.join().unwrap();
    }

    #[tokio::test]
    async fn a_pipe_whose_writer_left_before_is_read_to_its_end() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"last words").unwrap();
        drop(writer);
        assert_eq!(everything(reader).await, b"last words");
    }

    #[tokio::test]
    async fn a_pipe_stays_blocking_for_its_other_owners() {
        use rustix::fs::{OFlags, fcntl_getfl};
        let (reader, mut writer) = io::pipe().unwrap();
        let shared = reader.try_clone().unwrap();
        let mut input = Input::new(reader.into()).unwrap();
        writer.write_all(b"x").unwrap();
        assert_eq!(input.read_u8().await.unwrap(), b'x');
        assert!(!fcntl_getfl(&shared).unwrap().contains(OFlags::NONBLOCK));
        assert!(matches!(input.0, Source::Pipe(_)) || !cfg!(target_os = "linux"));
    }

    #[tokio::test]
    async fn a_socket_is_read_to_its_end_and_stays_blocking() {
        use rustix::fs::{OFlags, fcntl_getfl};
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let shared = ours.try_clone().unwrap();
        let peer = std::thread::spawn(move || theirs.write_all(&pattern()).unwrap());
        assert_eq!(everything(ours).await, pattern());
        assert!(!fcntl_getfl(&shared).unwrap().contains(OFlags::NONBLOCK));
        peer.join().unwrap();
    }

    #[tokio::test]
    async fn a_file_is_read_from_where_it_stands() {
        let path = std::env::temp_dir().join(format!("mcp-input-{}", std::process::id()));
        let mut file = std::fs::File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file.write_all(&pattern()).unwrap();
        file.seek(io::SeekFrom::Start(10)).unwrap();
        assert_eq!(everything(file).await, pattern()[10..]);
    }

    #[tokio::test]
    async fn nothing_is_in_dev_null_or_in_a_closed_descriptor() {
        assert_eq!(everything(std::fs::File::open("/dev/null").unwrap()).await, b"");
        let mut bytes = Vec::new();
        assert_eq!(Input::ended().read_to_end(&mut bytes).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_directory_is_an_error_and_then_the_end() {
        let mut input = Input::new(std::fs::File::open("/").unwrap().into()).unwrap();
        assert!(input.read_u8().await.is_err());
        assert_eq!(input.read(&mut [0; 8]).await.unwrap(), 0);
    }
}
