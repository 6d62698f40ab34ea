//! The limits that an operator sets: what a client is told that one of them refuses, and what the operator is told.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::log;

macro_rules! limits {
    ($($name:ident = $setting:literal: $words:literal;)*) => {
        /// One of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(not(feature = "http"), allow(dead_code, reason = "some are of HTTP alone"))]
        pub(crate) enum Limit {
            $($name,)*
        }

        impl Limit {
            const ALL: &[Self] = &[$(Self::$name,)*];

            /// The setting, and what is the case where it is reached.
            fn about(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$name => ($setting, $words),)*
                }
            }
        }
    };
}

limits! {
    LineLength = "Server::line_length": "the message is longer than {} bytes";
    Depth = "Server::depth": "the message is nested deeper than {} levels";
    BatchLength = "Server::batch_length": "the batch has more than {} messages";
    InFlight = "Server::in_flight": "{} calls of one client are in flight";
    Threads = "Server::threads": "all {} threads for plain functions are taken";
    Backlog = "Server::backlog": "{} bytes wait for a client that reads slowly";
    Batches = "Server::backlog": "{} bytes of answers wait for the rest of their batches";
    Subscriptions = "Server::subscriptions": "a client may subscribe to {} resources, and not to more";
    TaskSubscriptions = "Server::subscriptions": "`taskIds` may name {} tasks, and not more";
    StateLength = "Server::request_state_length": "`requestState` would be longer than {} bytes";
    Tasks = "Tasks::most": "{} tasks are at work";
    TaskRecords = "MemoryTasks::bytes": "the records of tasks are longer than {} bytes, so that the first to expire is dropped";
    Effects = "MemoryOnce::effects": "{} effects are remembered, so that the oldest is forgotten";
    EffectLength = "MemoryOnce::bytes": "{} bytes of effects are remembered, so that the oldest is forgotten";
    Events = "MemoryEvents::events": "a session resumes after more than the {} events that are kept, or their bytes";
    AllEvents = "MemoryEvents::total": "{} bytes of events are kept, so that the most silent session loses its own";
    Connections = "Http::connections": "{} connections are open";
    Sessions = "Http::sessions": "{} sessions are open";
    SessionStreams = "Http::session_streams": "{} streams of the session are open";
    Listeners = "Http::listeners": "{} clients listen";
    Calls = "Http::calls": "{} calls are in flight";
    BodyLength = "Http::body_length": "the body is longer than {} bytes";
    Bodies = "Http::bodies": "the bodies of all requests are longer than {} bytes together";
    Unread = "Http::unread": "{} bytes of answers wait on one connection";
    HeaderLength = "Http::header_length": "the headers are longer than {} bytes";
}

/// When each was told last. There is one log for the whole process, so there is one of these.
static TOLD: [Told; Limit::ALL.len()] = [const { Told::never() }; Limit::ALL.len()];

impl Limit {
    /// Something is refused: what its client is told.
    pub(crate) fn refuses(self, most: usize) -> String {
        self.reached(most);
        self.words(most)
    }

    /// Something is refused or dropped, and the operator is told, once a minute at most.
    pub(crate) fn reached(self, most: usize) {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        if TOLD.get(self as usize).is_some_and(|told| told.is_due(START.elapsed().as_secs())) {
            let (words, setting) = (self.words(most), self.about().0);
            log::error(format_args!("{words}: `{setting}` allows no more (this is told once a minute at most)"));
        }
    }

    fn words(self, most: usize) -> String {
        self.about().1.replace("{}", &most.to_string())
    }
}

/// When something was told last, in seconds, and one more, so that 0 is never.
#[derive(Debug)]
struct Told(AtomicU64);

impl Told {
    const fn never() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Whether it is to be told now: of those who ask at the same time, one is told so. Who is not, writes nothing.
    fn is_due(&self, now: u64) -> bool {
        const PAUSE: u64 = 60;
        let (before, now) = (self.0.load(Ordering::Relaxed), now.saturating_add(1));
        (before == 0 || now >= before.saturating_add(PAUSE))
            && self.0.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_once_a_minute() {
        let told = Told::never();
        let due: Vec<u64> = (0..=130).filter(|second| told.is_due(*second) && !told.is_due(*second)).collect();
        assert_eq!(due, [0, 60, 120]);
    }

    #[test]
    fn of_many_who_ask_at_once_one_is_told() {
        let told = Told::never();
        let due = std::thread::scope(|scope| {
            let asking = [(); 8].map(|()| scope.spawn(|| told.is_due(0)));
            asking.map(|asked| asked.join().unwrap()).into_iter().filter(|due| *due).count()
        });
        assert_eq!(due, 1);
    }

    /// An operator finds each setting in the table of limits, and a client the number.
    #[test]
    fn each_says_what_is_the_case() {
        let table = include_str!("../../SECURITY.md");
        for limit in Limit::ALL {
            let setting = limit.about().0;
            assert!(table.contains(&format!("| `{setting}` |")), "{setting}");
            assert!(limit.words(12345).contains("12345"), "{setting}");
        }
    }
}
