//! Ends the process when nobody else can: an `async fn` that blocks its thread blocks the only one there is, and then neither
//! the end of the input nor a signal is noticed.
//!
//! Watches from a thread of its own, which sleeps until a signal comes or the client hangs up. From then on the runtime has
//! to show a sign of life within every deadline.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::oneshot::{self, error::TryRecvError};

use super::process::aside;
use super::signals::Terminated;
use crate::log;

/// How much longer than the deadline the runtime may be silent: it is to end by itself if it can.
const GRACE: Duration = Duration::from_millis(500);

/// Stands for the runtime. Nobody is watched any more when it is dropped.
pub(super) struct Watched(#[expect(dead_code, reason = "dropping it is the signal")] oneshot::Sender<()>);

#[derive(Default)]
struct Pulse {
    asked: Notify,
    felt: AtomicBool,
}

impl Pulse {
    async fn beat(&self) {
        loop {
            self.asked.notified().await;
            self.felt.store(true, Ordering::Relaxed);
        }
    }

    fn is_felt_within(&self, limit: Duration) -> bool {
        self.felt.store(false, Ordering::Relaxed);
        self.asked.notify_one();
        thread::sleep(limit);
        self.felt.load(Ordering::Relaxed)
    }
}

/// Standard input, to see when the client hangs up. Must be called before it is taken.
#[cfg(feature = "stdio")]
pub(super) fn standard_input() -> Option<platform::Input> {
    platform::copy()
}

/// Watches the runtime in which this is called. `input` is whatever a client hangs up on. With what hears signals: a signal
/// that only the watchdog heard, because it was the first to listen, would be lost.
pub(super) fn start(deadline: Duration, input: Option<platform::Input>) -> io::Result<(Terminated, Watched)> {
    let signals = Terminated::new()?;
    let limit = deadline.saturating_add(GRACE);
    let pulse = Arc::<Pulse>::default();
    let (watched, mut gone) = oneshot::channel();
    let beating = pulse.clone();
    tokio::spawn(async move { beating.beat().await });
    aside("mcp-watchdog", move || {
        if !told(input, &mut gone) {
            return;
        }
        while gone.try_recv() == Err(TryRecvError::Empty) {
            if !pulse.is_felt_within(limit) && gone.try_recv() == Err(TryRecvError::Empty) {
                end();
            }
        }
    })?;
    Ok((signals, Watched(watched)))
}

/// Tells why from yet another thread: if nobody reads standard error, that may be what blocks the runtime.
fn end() -> ! {
    let tell = || log::error(format_args!("a function has blocked the runtime past the deadline; the process ends"));
    drop(aside("mcp-watchdog-log", tell));
    thread::sleep(Duration::from_millis(20));
    std::process::exit(0)
}

/// Waits until the server should end; `false` if it has ended.
fn told(input: Option<platform::Input>, gone: &mut oneshot::Receiver<()>) -> bool {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else {
        return false;
    };
    runtime.block_on(async {
        let Ok(mut signals) = Terminated::new() else { return false };
        tokio::select! {
            () = signals.recv() => true,
            () = platform::hung_up(input) => true,
            _ = gone => false,
        }
    })
}

/// A hang-up is seen without reading: no message wakes the thread.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod platform {
    use std::os::fd::OwnedFd;

    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    pub(super) type Input = OwnedFd;

    #[cfg(feature = "stdio")]
    pub(super) fn copy() -> Option<Input> {
        rustix::io::fcntl_dupfd_cloexec(std::io::stdin(), 3).ok()
    }

    #[allow(deprecated, reason = "sound for `OwnedFd`, and the replacement is unsafe")]
    pub(super) async fn hung_up(input: Option<Input>) {
        // Files cannot be watched, and never hang up.
        if let Some(Ok(watched)) = input.map(|input| AsyncFd::with_interest(input, Interest::PRIORITY))
            && watched.ready(Interest::PRIORITY).await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod platform {
    pub(super) type Input = ();

    #[cfg(feature = "stdio")]
    pub(super) fn copy() -> Option<Input> {
        None
    }

    pub(super) async fn hung_up(_: Option<Input>) {
        std::future::pending::<()>().await;
    }
}
