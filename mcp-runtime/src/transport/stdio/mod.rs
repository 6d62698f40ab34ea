//! Standard input and output: how most hosts start a server.

mod descriptors;
mod input;
mod output;
#[cfg(unix)]
mod pipe;
#[cfg(unix)]
mod socket;
mod threaded;

use std::io::IsTerminal as _;

use super::process::{not_within_a_runtime, threads};
use super::signals::Terminated;
use super::{banner, pump, watchdog};
use crate::error::Result;
use crate::server::Server;
use crate::server::built::Built;
use crate::stop::Stop;

impl Server {
    /// Serves one client over standard input and output, until the input ends or the process is told to stop (SIGTERM,
    /// SIGINT). Calls in flight are then finished, up to the deadline of [`Server::drain`].
    ///
    /// Takes descriptors 0 and 1: from here on, what anything prints to standard output appears on standard error, and
    /// what reads standard input sees its end. Owns a tokio runtime with one thread; `async fn`s share it, plain `fn`s
    /// get threads of their own. An `async fn` that blocks holds up everybody, and if it still does when the server is to
    /// end, the process ends without it.
    ///
    /// # Errors
    /// When the server has faults, a hook fails, reading fails, or it is called within a runtime: there, use
    /// [`serve_stdio`](Self::serve_stdio).
    pub fn run_stdio(self) -> Result<()> {
        not_within_a_runtime("serve_stdio()")?;
        let built = self.build()?;
        tell(&built);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(threads(&built)).build()?;
        let drain = built.core.settings.drain;
        let (signals, watched) = runtime.block_on(async { watchdog::start(drain, watchdog::standard_input()) })?;
        let served = runtime.block_on(serve(built, signals));
        // A thread that blocks for ever must not keep the process alive.
        runtime.shutdown_background();
        drop(watched);
        served
    }

    /// The same for a program that has a tokio runtime of its own, to prepare its state with `.await` for example. It
    /// takes descriptors 0 and 1 too, and leaves the rest of the process alone: signals and exit code are the program's.
    /// Returns when the input has ended and what was accepted is answered, at the deadline of [`Server::drain`] at the
    /// latest.
    ///
    /// # Errors
    /// When the server has faults, a hook fails, or reading fails.
    pub async fn serve_stdio(self) -> Result<()> {
        let built = self.build()?;
        tell(&built);
        let (input, output) = descriptors::take()?;
        let (ask, stop) = Stop::new();
        built.around(&ask, &stop, async |core| pump::serve(core, input, output, &stop).await).await
    }
}

/// Who starts a server by hand would wonder what it is waiting for.
fn tell(built: &Built) {
    let by_hand = "over stdio: type a message, or end it with Ctrl-D";
    banner::tell(&built.core, if std::io::stdin().is_terminal() { by_hand } else { "over stdio" });
}

async fn serve(built: Built, signals: Terminated) -> Result<()> {
    let (input, output) = descriptors::take()?;
    let (ask, stop) = Stop::new();
    tokio::select! {
        served = built.around(&ask, &stop, async |core| pump::serve(core, input, output, &stop).await) => served,
        never = signals.ask(&ask) => match never {},
    }
}
