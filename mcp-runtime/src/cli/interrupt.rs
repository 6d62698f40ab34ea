//! Ctrl-C while a command runs: the call is cancelled, and the server shuts down with its hooks. A second one ends the process at
//! once, and so does a server that does not end: what blocks the runtime blocks its end too.

use std::future::pending;
use std::io;
use std::sync::Arc;
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
                let look = Look::errors();
                if look.is_terminal() {
                    // Behind what is typed at a question, and `^C`.
                    eprintln!();
                }
                tell.notify_one();
                let hint = async {
                    sleep(HINT).await;
                    eprintln!("{}", look.paint(ASIDE, "shutting down; once more ends it at once"));
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
