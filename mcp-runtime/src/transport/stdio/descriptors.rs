//! Takes descriptors 0 and 1 for the protocol and leaves harmless ones in their place.
//!
//! After [`take`], descriptor 0 is at its end and descriptor 1 leads to stderr, for this process and for every child it
//! starts: a `println!`, a C library and a child process end on stderr, and none of them reads a byte of the protocol.
//! The protocol moves to close-on-exec descriptors that nobody else knows.
//!
//! Text that was printed before, without a newline, still lies in the buffer of Rust's `stdout`. It is flushed *after*
//! the exchange, so it appears on stderr. Lines that were already complete have left the process and cannot be called back;
//! nor can input that other code has already read into a buffer of its own.
//!
//! Rust opens `/dev/null` on a standard descriptor that is closed when the program starts. Such an input is at its end;
//! such an output cannot be told from one that was redirected to `/dev/null`, and swallows what is written.
//!
//! On Windows the handles are only duplicated: exchanging them has no safe interface there, so output that is printed
//! would mix with the protocol.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use super::input::Input;
use super::output::Output;
use crate::transport::process::aside;

/// Set by the first [`take`]: a second one would find stderr where the protocol was.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Takes standard input and output, once per process.
///
/// Must be called inside a tokio runtime with I/O enabled. Other threads should not print while it runs: what they write
/// before the exchange goes where the protocol goes.
pub(crate) fn take() -> io::Result<(Input, Output)> {
    tokio::runtime::Handle::try_current().map_err(io::Error::other)?;
    if TAKEN.swap(true, Ordering::SeqCst) {
        return Err(io::Error::other("standard input and output are already taken"));
    }
    let (input, output) = platform::duplicate()?;
    platform::exchange()?;
    flush_aside();
    let input = input.map_or_else(|| Ok(Input::ended()), Input::new)?;
    let output = output.map_or_else(|| Ok(Output::gone()), Output::new)?;
    Ok((input, output))
}

/// Flushes what was printed so far on a thread of its own, because another thread may hold the lock of `stdout` for ever.
/// If the thread cannot start, the text follows with the next line or at exit.
fn flush_aside() {
    let flush = || drop(io::stdout().flush());
    drop(aside("mcp-stdout-flush", flush));
}

#[cfg(unix)]
pub(super) use platform::file_type;

#[cfg(unix)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsFd, OwnedFd};

    use rustix::fs::{FileType, fstat};
    use rustix::io::Errno;
    use rustix::stdio::{dup2_stdin, dup2_stdout};

    /// The first number that is none of stdin, stdout and stderr.
    const FIRST_FREE: i32 = 3;

    /// Copies of both descriptors, `None` for one that is closed.
    pub(super) fn duplicate() -> io::Result<(Option<OwnedFd>, Option<OwnedFd>)> {
        Ok((copy(io::stdin())?, copy(io::stdout())?))
    }

    fn copy(fd: impl AsFd) -> io::Result<Option<OwnedFd>> {
        match rustix::io::fcntl_dupfd_cloexec(fd, FIRST_FREE) {
            Ok(copy) => Ok(Some(copy)),
            Err(Errno::BADF) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What the descriptor is, as far as the system tells.
    pub(crate) fn file_type(fd: &OwnedFd) -> FileType {
        fstat(fd).map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode))
    }

    /// Puts `/dev/null` on 0 and stderr on 1.
    pub(super) fn exchange() -> io::Result<()> {
        let nothing = nothing()?;
        dup2_stdin(&nothing)?;
        match dup2_stdout(io::stderr()) {
            Err(Errno::BADF) => Ok(dup2_stdout(&nothing)?),
            done => Ok(done?),
        }
    }

    /// Moved away from 0, which `open` returns where 0 was closed: it would close again with the value that owns it.
    fn nothing() -> io::Result<OwnedFd> {
        let opened = File::options().read(true).write(true).open("/dev/null")?;
        Ok(rustix::io::fcntl_dupfd_cloexec(&opened, FIRST_FREE)?)
    }
}

#[cfg(windows)]
mod platform {
    use std::io;
    use std::os::windows::io::{AsHandle, AsRawHandle, OwnedHandle};

    /// Copies of both handles, `None` for one that the process does not have.
    pub(super) fn duplicate() -> io::Result<(Option<OwnedHandle>, Option<OwnedHandle>)> {
        Ok((copy(io::stdin()), copy(io::stdout())))
    }

    fn copy(handle: impl AsHandle) -> Option<OwnedHandle> {
        let handle = handle.as_handle();
        if handle.as_raw_handle().is_null() {
            return None;
        }
        handle.try_clone_to_owned().ok()
    }

    /// The standard handles stay what they are.
    pub(super) fn exchange() -> io::Result<()> {
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn outside_a_runtime_nothing_is_taken() {
        assert!(take().is_err());
        assert!(!TAKEN.load(Ordering::SeqCst));
    }
}
