//! The time of a call, which stands still while the call waits for answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::lock::lock;

/// How long a call has waited for answers, which is not its own time.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    state: Mutex<Waited>,
    pub(crate) goes_on: Notify,
}

#[derive(Debug, Default)]
struct Waited {
    questions: usize,
    since: Option<Instant>,
    before: Duration,
}

impl Clock {
    /// It stands still until the guard goes.
    pub(crate) fn stop(self: &Arc<Self>) -> Stopped {
        let mut waited = lock(&self.state);
        waited.questions = waited.questions.saturating_add(1);
        waited.since.get_or_insert_with(Instant::now);
        Stopped(self.clone())
    }

    /// How much later the call may end; `None` while it waits.
    pub(crate) fn waited(&self) -> Option<Duration> {
        let waited = lock(&self.state);
        waited.since.is_none().then_some(waited.before)
    }

    /// How long it has stood still.
    pub(crate) fn so_far(&self) -> Duration {
        let waited = lock(&self.state);
        waited.before.saturating_add(waited.since.map_or(Duration::ZERO, |since| since.elapsed()))
    }
}

/// Somebody waits for an answer.
pub(crate) struct Stopped(Arc<Clock>);

impl Drop for Stopped {
    fn drop(&mut self) {
        let mut waited = lock(&self.0.state);
        waited.questions = waited.questions.saturating_sub(1);
        if waited.questions == 0
            && let Some(since) = waited.since.take()
        {
            waited.before = waited.before.saturating_add(since.elapsed());
            self.0.goes_on.notify_one();
        }
    }
}

/// So much later; if that is too far away to tell, so late that it does not matter how late.
pub(crate) fn later(from: Instant, time: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    from.checked_add(time.min(YEAR)).unwrap_or(from)
}
