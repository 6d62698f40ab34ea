//! How far a call has come, for clients that asked to be told.

use std::fmt;
use std::sync::{Arc, Mutex};

use crate::jsonrpc::notification;
use crate::lock::lock;
use crate::protocol::Revision;
use crate::tasks::Live;
use crate::voice::Voice;

/// Tells the client how far a call has come: borrow it as `&Progress`. It costs nothing where the client did not ask.
///
/// A client that reads slowly is told less often, but always the latest state before the answer. What does not go forward is
/// not told (2026-07-28, Progress: the value must increase). In a task the latest message is its status message.
///
/// ```
/// use mcp_runtime::{Progress, tool};
///
/// /// Copies files.
/// #[tool]
/// async fn copy(files: Vec<String>, progress: &Progress) -> usize {
///     for (done, file) in files.iter().enumerate() {
///         progress.report(done, files.len(), format!("copying {file}"));
///     }
///     files.len()
/// }
/// # let progress = Progress::for_test();
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(copy(vec!["a".into()], &progress));
/// ```
pub struct Progress {
    asked: Option<Asked>,
    /// The call may become a task, which tells it itself.
    live: Option<Arc<Live>>,
}

/// A client that wants to be told.
struct Asked {
    /// The token, as JSON.
    token: Box<str>,
    revision: Revision,
    voice: Voice,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    told: Option<f64>,
    /// What was reported while the client read too slowly.
    latest: Option<Report>,
}

struct Report {
    done: f64,
    total: Option<f64>,
    message: Option<String>,
}

impl Progress {
    pub(crate) fn new(token: Option<Box<str>>, revision: Revision, voice: &Voice) -> Self {
        let asked = token.map(|token| Asked { token, revision, voice: voice.clone(), state: Mutex::default() });
        Self { asked, live: None }
    }

    /// Of a call that may become a task.
    pub(crate) fn of(mut self, live: Option<Arc<Live>>) -> Self {
        self.live = live;
        self
    }

    /// For a test that calls a function directly: nobody asked.
    pub const fn for_test() -> Self {
        Self { asked: None, live: None }
    }

    /// The task that the call has become.
    fn task(&self) -> Option<&Live> {
        self.live.as_deref().filter(|live| live.is_task())
    }

    /// Tells that `done` of `total` is done; `total` may be `None`, and the message too. A known total is a number, such as `3`.
    ///
    /// In 2026-07-28 a function runs again when its questions are answered, and tells all of it again.
    pub fn report(&self, done: impl ProgressAmount, total: impl ProgressTotal, message: impl ProgressMessage) {
        if self.asked.is_none() && self.live.is_none() {
            return;
        }
        let report = Report { done: done.amount(), total: total.total(), message: message.message() };
        match (self.task(), &self.asked) {
            (Some(task), _) => task.say(report.words()),
            (None, Some(asked)) => asked.report(report),
            (None, None) => {}
        }
    }
}

/// Tells what was held back. The answer of the call comes next.
impl Drop for Progress {
    fn drop(&mut self) {
        if let (Some(asked), None) = (&self.asked, self.task()) {
            let mut state = lock(&asked.state);
            if let Some(latest) = state.latest.take() {
                asked.tell(&mut state, &latest);
            }
        }
    }
}

impl Report {
    /// In words, for the status of a task.
    fn words(self) -> String {
        match (self.message, self.total) {
            (Some(message), _) => message,
            (None, Some(total)) => format!("{} of {total}", self.done),
            (None, None) => self.done.to_string(),
        }
    }
}

impl Asked {
    fn report(&self, report: Report) {
        let mut state = lock(&self.state);
        let before = state.latest.as_ref().map(|latest| latest.done).or(state.told);
        if !report.done.is_finite() || before.is_some_and(|before| report.done <= before) {
            return;
        }
        if self.voice.has_room() {
            state.latest = None;
            self.tell(&mut state, &report);
        } else {
            state.latest = Some(report);
        }
    }

    fn tell(&self, state: &mut State, report: &Report) {
        state.told = Some(report.done);
        self.voice.say(notification("notifications/progress", |params| {
            params.raw("progressToken", &self.token);
            params.field("progress", &report.done);
            params.some("total", report.total.filter(|total| total.is_finite()).as_ref());
            // 2024-11-05 has no words here.
            params.some("message", report.message.as_ref().filter(|_| self.revision > Revision::V2024_11_05));
        }));
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("is_asked", &self.asked.is_some()).finish()
    }
}

/// How much is done, in whatever is counted: any number. For [`Progress::report`].
pub trait ProgressAmount {
    /// As the wire has it.
    fn amount(self) -> f64;
}

/// How much there is in all: any number, or `None` if that is not known. For [`Progress::report`].
pub trait ProgressTotal {
    /// As the wire has it.
    fn total(self) -> Option<f64>;
}

macro_rules! amounts {
    ($($number:ty),*) => {$(
        impl ProgressAmount for $number {
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless, reason = "who counts to 2^53 does not need the last digit")]
            fn amount(self) -> f64 {
                self as f64
            }
        }

        impl ProgressTotal for $number {
            fn total(self) -> Option<f64> {
                Some(self.amount())
            }
        }
    )*};
}

amounts!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, f32, f64);

/// The only `Option`, so that `None` says it all.
impl ProgressTotal for Option<f64> {
    fn total(self) -> Option<f64> {
        self
    }
}

/// What is going on: a text, or `None` if that is not worth a word. For [`Progress::report`].
pub trait ProgressMessage {
    /// The text.
    fn message(self) -> Option<String>;
}

impl ProgressMessage for &str {
    fn message(self) -> Option<String> {
        Some(self.to_owned())
    }
}

impl ProgressMessage for String {
    fn message(self) -> Option<String> {
        Some(self)
    }
}

impl ProgressMessage for Option<&str> {
    fn message(self) -> Option<String> {
        self.map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::voice::told;

    #[test]
    fn only_what_goes_forward_is_told() {
        let (voice, mut ear) = Voice::new();
        let progress = Progress::new(Some("\"t\"".into()), Revision::LATEST, &voice);
        progress.report(1, 4, "one");
        progress.report(1, 4, "again");
        progress.report(0.5, None, None);
        progress.report(f64::NAN, 4, "never");
        progress.report(2_u8, Some(4.0), String::from("two"));
        let expected = json!([
            { "progressToken": "t", "progress": 1.0, "total": 4.0, "message": "one" },
            { "progressToken": "t", "progress": 2.0, "total": 4.0, "message": "two" },
        ]);
        assert_eq!(Value::from(told(&mut ear)), expected);
    }

    #[test]
    fn the_first_revision_has_no_message() {
        let (voice, mut ear) = Voice::new();
        Progress::new(Some("1".into()), Revision::V2024_11_05, &voice).report(1, 2, "half");
        Progress::new(Some("1".into()), Revision::V2025_03_26, &voice).report(1, 2, "half");
        let expected = json!([
            { "progressToken": 1, "progress": 1.0, "total": 2.0 },
            { "progressToken": 1, "progress": 1.0, "total": 2.0, "message": "half" },
        ]);
        assert_eq!(Value::from(told(&mut ear)), expected);
    }

    #[test]
    fn a_slow_reader_is_told_the_latest_before_the_answer() {
        let (voice, mut ear) = Voice::new();
        let progress = Progress::new(Some("7".into()), Revision::LATEST, &voice);
        (1..10_000).for_each(|done| progress.report(done, 10_000, "x".repeat(100)));
        let first = told(&mut ear);
        assert!(first.len() < 500, "{} wait", first.len());
        (10_000..10_010).for_each(|done| progress.report(done, 10_010, None));
        drop(progress);
        let last = told(&mut ear);
        assert_eq!(last.last().unwrap()["progress"], 10_009.0);
    }

    #[test]
    fn who_did_not_ask_is_not_told() {
        let (voice, mut ear) = Voice::new();
        Progress::new(None, Revision::LATEST, &voice).report(1, 2, "x");
        assert!(ear.try_recv().is_err());
    }
}
