//! Ctrl-C while a command runs: the call is cancelled, and the server shuts down with its hooks. A second one ends the process at
//! once, and so does a server that does not end: what blocks the runtime blocks its end too.

use std::future::pending;
use std::io::{self, BufRead, Read, StdinLock};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::{Notify, oneshot};
use tokio::time::sleep;

use super::look::{ASIDE, Look};
use crate::transport::process::aside;
use crate::transport::signals::Terminated;

/// What shells take for a program that Ctrl-C has ended.
const CODE: i32 = 130;

/// After this, who waits is told how to end it.
const HINT: Duration = Duration::from_secs(1);

/// Whether there was Ctrl-C. It ends the process sooner or later, so that nothing ever takes this back.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Hears Ctrl-C, and SIGTERM, which ends what runs as well.
pub(super) struct Interrupt(Arc<Notify>);

impl Interrupt {
    /// Starts to listen, on a thread that nothing blocks. Must be called within a runtime. What is told to end has so long.
    pub(super) async fn start(limit: Duration) -> io::Result<Self> {
        let told = Arc::<Notify>::default();
        let (ready, listens) = oneshot::channel();
        let tell = told.clone();
        aside("mcp-interrupt", move || {
            let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                let Ok(mut signals) = Terminated::new() else { return };
                // Nobody listens any more where the command has ended meanwhile.
                let _ = ready.send(());
                signals.recv().await;
                INTERRUPTED.store(true, Ordering::Relaxed);
                tell.notify_one();
                let hint = async {
                    sleep(HINT).await;
                    eprintln!("{}", Look::errors().paint(ASIDE, "shutting down; once more ends it at once"));
                    pending::<()>().await;
                };
                tokio::select! {
                    () = signals.recv() => {}
                    () = sleep(limit) => {}
                    () = hint => {}
                }
                std::process::exit(CODE);
            });
        })?;
        // Without it, Ctrl-C ends the process as it does by itself.
        let _ = listens.await;
        Ok(Self(told))
    }

    /// Waits for it.
    pub(super) async fn asked(&self) {
        self.0.notified().await;
    }
}

/// Standard input, at which nobody waits any more once there was Ctrl-C.
pub(super) struct Terminal(StdinLock<'static>);

impl Terminal {
    pub(super) fn new() -> Self {
        Self(io::stdin().lock())
    }
}

impl Read for Terminal {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        ready()?;
        self.0.read(bytes)
    }
}

impl BufRead for Terminal {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        ready()?;
        self.0.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.0.consume(count);
    }
}

/// Waits for a line. A terminal gives one at a time, so that nothing is left of it in a buffer.
#[cfg(unix)]
fn ready() -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
    let stdin = io::stdin();
    while !INTERRUPTED.load(Ordering::Relaxed) {
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&LOOK)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::ErrorKind::BrokenPipe.into())
}

/// There is no safe way to wait for a line and for something else. A second Ctrl-C ends the process.
#[cfg(not(unix))]
fn ready() -> io::Result<()> {
    match INTERRUPTED.load(Ordering::Relaxed) {
        true => Err(io::ErrorKind::BrokenPipe.into()),
        false => Ok(()),
    }
}
