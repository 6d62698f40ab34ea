//! When serving is to end: asked once, what was accepted is finished; asked again, it ends at once.

use tokio::sync::watch;

/// Hears how often the process was asked to end.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<u8>);

impl Stop {
    /// With what asks.
    #[cfg(feature = "stdio")]
    pub(crate) fn new() -> (watch::Sender<u8>, Self) {
        let (ask, asked) = watch::channel(0);
        (ask, Self(asked))
    }

    /// For a server that nobody asks.
    pub(crate) fn never() -> Self {
        Self(watch::channel(0).1)
    }

    /// Waits for the first time.
    pub(crate) async fn asked(&self) {
        self.times(1).await;
    }

    /// Waits for the second time.
    pub(crate) async fn urged(&self) {
        self.times(2).await;
    }

    async fn times(&self, times: u8) {
        let heard = self.0.clone().wait_for(|count| *count >= times).await.is_ok();
        if !heard {
            // Nobody is left who could ask.
            std::future::pending::<()>().await;
        }
    }
}
