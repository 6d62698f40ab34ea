//! Keeps what functions print away from the answer: while one of them runs, standard output leads to standard error.

/// As long as it lives, what is printed appears on standard error.
#[must_use = "what is printed goes where it went before when this is dropped"]
pub(super) struct Diverted(#[cfg(unix)] Option<std::os::fd::OwnedFd>);

impl Diverted {
    /// Diverts it, if that is possible: without it, what is printed stands among the answer.
    #[cfg(unix)]
    pub(super) fn start() -> Self {
        use std::io::Write as _;
        let mut stdout = std::io::stdout().lock();
        let kept = stdout.flush().ok().and_then(|()| rustix::io::fcntl_dupfd_cloexec(&stdout, FIRST_FREE).ok());
        Self(kept.filter(|_| rustix::stdio::dup2_stdout(std::io::stderr()).is_ok()))
    }

    /// Nothing is diverted: there is no safe interface for it here.
    #[cfg(not(unix))]
    pub(super) fn start() -> Self {
        Self()
    }
}

/// The first number that is none of stdin, stdout and stderr.
#[cfg(unix)]
const FIRST_FREE: i32 = 3;

#[cfg(unix)]
impl Drop for Diverted {
    fn drop(&mut self) {
        use std::io::Write as _;
        if let Some(kept) = self.0.take() {
            // What cannot be written now would be written among the answer; there is nobody to tell.
            let _ = std::io::stdout().flush();
            let _ = rustix::stdio::dup2_stdout(&kept);
        }
    }
}
