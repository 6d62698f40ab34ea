//! Log messages for the client, from the level on that it wants.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;

use crate::jsonrpc::notification;
use crate::protocol::UnknownName;
use crate::voice::Voice;

/// How serious a log message is, least serious first (RFC 5424). It is read and written by its name on the wire.
///
/// ```
/// use mcp_runtime::Level;
///
/// assert_eq!("warning".parse(), Ok(Level::Warning));
/// assert_eq!(Level::Warning.to_string(), "warning");
/// assert!(Level::Warning > Level::Info);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// For those who look for a fault.
    Debug,
    /// What goes on.
    Info,
    /// What is worth a look.
    Notice,
    /// What may become a fault.
    Warning,
    /// Something failed.
    Error,
    /// Something that others need failed.
    Critical,
    /// Somebody must act at once.
    Alert,
    /// Nothing works.
    Emergency,
}

impl Level {
    const ALL: [Self; 8] = [
        Self::Debug,
        Self::Info,
        Self::Notice,
        Self::Warning,
        Self::Error,
        Self::Critical,
        Self::Alert,
        Self::Emergency,
    ];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
            Self::Alert => "alert",
            Self::Emergency => "emergency",
        }
    }

    /// The level of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Level {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::named(name).ok_or_else(|| UnknownName { of: "level", name: name.to_owned() })
    }
}

/// Sends log messages to the client: borrow it as `&Log`. A server with such a function declares `logging`.
///
/// Clients of 2026-07-28 get nothing unless they ask for a level with the request; earlier ones get everything from
/// [`Level::Info`] on, or from the level that they set. A client that reads too slowly misses messages, and is told how many.
///
/// The protocol has deprecated this in 2026-07-28: what developers should see goes to standard error or through `tracing`.
///
/// ```
/// use mcp_runtime::{Log, tool};
///
/// /// Cleans up.
/// #[tool]
/// async fn clean(log: &Log) -> &'static str {
///     log.info("looking for old files");
///     log.warning(format!("{} could not be removed", "a.txt"));
///     "done"
/// }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(clean(&Log::for_test()));
/// ```
pub struct Log {
    wanted: Option<Wanted>,
}

/// A client that wants messages.
struct Wanted {
    from: Level,
    logger: &'static str,
    voice: Voice,
    missed: AtomicUsize,
}

impl Log {
    pub(crate) fn new(from: Option<Level>, logger: &'static str, voice: &Voice) -> Self {
        Self { wanted: from.map(|from| Wanted { from, logger, voice: voice.clone(), missed: AtomicUsize::new(0) }) }
    }

    /// For a test that calls a function directly: nobody listens.
    pub const fn for_test() -> Self {
        Self { wanted: None }
    }

    /// Whether messages of this level are sent, for those that are costly to make.
    pub fn is_wanted(&self, level: Level) -> bool {
        self.wanted.as_ref().is_some_and(|wanted| level >= wanted.from)
    }

    /// Sends a message: text, or anything that serializes.
    pub fn send(&self, level: Level, data: impl Serialize) {
        if let Some(wanted) = self.wanted.as_ref().filter(|wanted| level >= wanted.from) {
            wanted.send(level, &data);
        }
    }
}

macro_rules! levels {
    ($($(#[$doc:meta])* $name:ident = $level:ident,)*) => {
        impl Log {
            $($(#[$doc])* pub fn $name(&self, data: impl Serialize) {
                self.send(Level::$level, data);
            })*
        }
    };
}

levels! {
    /// For those who look for a fault.
    debug = Debug,
    /// What goes on.
    info = Info,
    /// What is worth a look.
    notice = Notice,
    /// What may become a fault.
    warning = Warning,
    /// Something failed.
    error = Error,
    /// Something that others need failed.
    critical = Critical,
    /// Somebody must act at once.
    alert = Alert,
    /// Nothing works.
    emergency = Emergency,
}

impl Wanted {
    fn send(&self, level: Level, data: &impl Serialize) {
        if !self.voice.has_room() {
            self.missed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.tell_missed();
        // What cannot be JSON cannot be sent.
        if let Ok(data) = serde_json::to_value(data) {
            self.say(level, &data);
        }
    }

    fn tell_missed(&self) {
        let missed = self.missed.swap(0, Ordering::Relaxed);
        if missed > 0 {
            let text = format!("{missed} messages were left out: the client reads too slowly");
            self.say(Level::Warning.max(self.from), &text);
        }
    }

    fn say(&self, level: Level, data: &impl Serialize) {
        self.voice.say(notification("notifications/message", |params| {
            params.field("level", level.as_str());
            params.field("logger", self.logger);
            params.field("data", data);
        }));
    }
}

/// The answer of the call comes next.
impl Drop for Log {
    fn drop(&mut self) {
        if let Some(wanted) = &self.wanted {
            wanted.tell_missed();
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("from", &self.wanted.as_ref().map(|wanted| wanted.from)).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::voice::told;

    #[test]
    fn levels_are_ordered_and_named() {
        for pair in Level::ALL.windows(2) {
            assert!(pair[0] < pair[1]);
        }
        for level in Level::ALL {
            assert_eq!(Level::named(level.as_str()), Some(level));
        }
        assert_eq!(Level::named("fatal"), None);
    }

    #[test]
    fn what_is_below_the_level_is_not_sent() {
        let (voice, mut ear) = Voice::new();
        let log = Log::new(Some(Level::Notice), "clean", &voice);
        log.info("no");
        log.notice("yes");
        log.error(json!({ "file": "a" }));
        assert!(log.is_wanted(Level::Alert) && !log.is_wanted(Level::Debug));
        let expected = json!([
            { "level": "notice", "logger": "clean", "data": "yes" },
            { "level": "error", "logger": "clean", "data": { "file": "a" } },
        ]);
        assert_eq!(Value::from(told(&mut ear)), expected);
        Log::new(None, "clean", &voice).emergency("nobody asked");
        assert!(ear.try_recv().is_err());
    }

    #[test]
    fn a_slow_reader_is_told_how_much_it_missed() {
        let (voice, mut ear) = Voice::new();
        let log = Log::new(Some(Level::Debug), "x", &voice);
        (0..10_000).for_each(|_| log.info("x".repeat(100)));
        let sent = told(&mut ear).len();
        log.info("after");
        let later = told(&mut ear);
        assert_eq!(later.len(), 2);
        assert!(later[0]["data"].as_str().unwrap().starts_with(&format!("{} messages", 10_000 - sent)), "{later:?}");
    }
}
