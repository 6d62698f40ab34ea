//! When serving is to end: asked once, what was accepted is finished; asked again, it ends at once.

use tokio::sync::watch;

/// Hears how often the process was asked to end.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<u8>);

/// Asks.
#[derive(Clone, Debug)]
pub(crate) struct Ask(watch::Sender<u8>);

impl Ask {
    /// Once, or once more.
    pub(crate) fn ask(&self) {
        self.0.send_modify(|times| *times = times.saturating_add(1));
    }
}

impl Stop {
    /// With what asks.
    pub(crate) fn new() -> (Ask, Self) {
        let (ask, asked) = watch::channel(0);
        (Ask(ask), Self(asked))
    }

    /// For what nobody ends.
    #[cfg(feature = "http")]
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
