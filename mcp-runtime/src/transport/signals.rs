//! Knows when the process is asked to end.

use std::io;

/// Resolves when SIGTERM or SIGINT arrives (Ctrl-C on Windows). From the moment it is made, these signals no longer end the
/// process by themselves, and one that arrives before [`recv`](Self::recv) is called is kept.
pub(crate) struct Terminated(platform::Signals);

impl Terminated {
    /// Starts to listen. Must be called inside a tokio runtime with I/O enabled.
    pub(crate) fn new() -> io::Result<Self> {
        platform::Signals::new().map(Self)
    }

    /// Passes every such signal on.
    #[cfg(any(feature = "stdio", feature = "http"))]
    pub(crate) async fn ask(mut self, ask: &crate::stop::Ask) -> std::convert::Infallible {
        loop {
            self.recv().await;
            ask.ask();
        }
    }

    /// Waits for the next such signal. Dropping the future loses none.
    pub(crate) async fn recv(&mut self) {
        self.0.recv().await;
    }
}

#[cfg(unix)]
mod platform {
    use std::future::poll_fn;
    use std::io;
    use std::task::Poll;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    pub(super) struct Signals {
        terminate: Signal,
        interrupt: Signal,
    }

    impl Signals {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
        }

        pub(super) async fn recv(&mut self) {
            poll_fn(|cx| {
                let signals = (self.terminate.poll_recv(cx), self.interrupt.poll_recv(cx));
                match signals {
                    (Poll::Pending, Poll::Pending) => Poll::Pending,
                    (Poll::Ready(_), _) | (_, Poll::Ready(_)) => Poll::Ready(()),
                }
            })
            .await;
        }
    }
}

#[cfg(windows)]
mod platform {
    use std::io;

    use tokio::signal::windows::{CtrlC, ctrl_c};

    pub(super) struct Signals(CtrlC);

    impl Signals {
        pub(super) fn new() -> io::Result<Self> {
            ctrl_c().map(Self)
        }

        pub(super) async fn recv(&mut self) {
            self.0.recv().await;
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, id};
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn either_signal_is_seen_and_kept_until_asked_for() {
        let mut terminated = Terminated::new().unwrap();
        assert!(timeout(Duration::from_millis(20), terminated.recv()).await.is_err());
        for signal in ["-TERM", "-INT"] {
            assert!(Command::new("kill").args([signal, &id().to_string()]).status().unwrap().success());
            assert!(timeout(Duration::from_secs(5), terminated.recv()).await.is_ok());
        }
    }
}
