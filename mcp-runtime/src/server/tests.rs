//! `SECURITY.md` tells every setting with its default.

use std::path::Path;
use std::time::Duration;

use super::Server;
use crate::cache::CacheHint;
use crate::events::MemoryEvents;
use crate::http_settings::Http;
use crate::once_store::MemoryOnce;
use crate::served::Settings;
use crate::tasks::{MemoryTasks, Tasks};

/// A default, as people write it.
trait Written {
    fn written(&self) -> String;
}

impl Written for Duration {
    fn written(&self) -> String {
        match self.as_secs() {
            seconds if seconds >= 3600 && seconds % 3600 == 0 => format!("{} h", seconds / 3600),
            seconds if seconds >= 60 && seconds % 60 == 0 => format!("{} min", seconds / 60),
            seconds => format!("{seconds} s"),
        }
    }
}

impl Written for usize {
    fn written(&self) -> String {
        match self {
            10_000.. => format!("{},{:03}", self / 1000, self % 1000),
            _ => self.to_string(),
        }
    }
}

impl Written for bool {
    fn written(&self) -> String {
        if *self { "on" } else { "off" }.into()
    }
}

impl Written for CacheHint {
    fn written(&self) -> String {
        format!("{}, {:?}", self.ttl.written(), self.scope).to_lowercase()
    }
}

impl<T> Written for Vec<T> {
    fn written(&self) -> String {
        assert!(self.is_empty());
        "none".into()
    }
}

impl<T: Written> Written for Option<T> {
    fn written(&self) -> String {
        self.as_ref().map_or("never".into(), Written::written)
    }
}

fn bytes(bytes: usize) -> String {
    match bytes {
        bytes if bytes % (1 << 20) == 0 => format!("{} MiB", bytes >> 20),
        bytes if bytes % (1 << 10) == 0 => format!("{} KiB", bytes >> 10),
        bytes => format!("{bytes} bytes"),
    }
}

/// A setting without a row does not compile.
fn of_server() -> Vec<(&'static str, String)> {
    let Settings {
        identity: _,
        instructions: _,
        timeout,
        drain,
        mask_errors,
        cache_lists,
        cache_contents,
        page_size,
        line_length,
        depth,
        backlog,
        in_flight,
        subscriptions,
        batch_length,
        threads,
        state_keys,
        state_length,
        state_time,
        answer_time,
        once_store: _,
        tasks: _,
        quiet: _,
    } = Server::new("test", "1.0.0").settings;
    vec![
        ("Server::line_length", bytes(line_length)),
        ("Server::depth", depth.written()),
        ("Server::batch_length", batch_length.written()),
        ("Server::in_flight", in_flight.written()),
        ("Server::threads", threads.written()),
        ("Server::timeout", timeout.written()),
        ("Server::answer_time", answer_time.written()),
        ("Server::drain", drain.written()),
        ("Server::backlog", bytes(backlog)),
        ("Server::subscriptions", subscriptions.written()),
        ("Server::page_size", page_size.written()),
        ("Server::request_state_key", state_keys.written()),
        ("Server::request_state_length", bytes(state_length)),
        ("Server::request_state_time", state_time.written()),
        ("Server::mask_errors", mask_errors.written()),
        ("Server::cache_lists", cache_lists.all.written()),
        ("Server::cache_contents", cache_contents.written()),
    ]
}

fn of_http() -> Vec<(&'static str, String)> {
    let Http {
        path,
        hosts,
        any_host,
        origins,
        any_origin,
        stateless,
        http_sse,
        body_length,
        bodies,
        header_length,
        header_time,
        body_gap,
        body_time,
        idle_time,
        write_gap,
        unread,
        connections,
        calls,
        sessions,
        session_idle,
        session_streams,
        listeners,
        stream_after,
        poll_after,
        retry,
        keep_alive,
        events: _,
    } = Http::new();
    vec![
        ("Http::allow_host", hosts.written()),
        ("Http::allow_any_host", any_host.written()),
        ("Http::allow_origin", origins.written()),
        ("Http::allow_any_origin", any_origin.written()),
        ("Http::body_length", bytes(body_length)),
        ("Http::bodies", bytes(bodies)),
        ("Http::header_length", bytes(header_length)),
        ("Http::header_time", header_time.written()),
        ("Http::body_time", body_time.written()),
        ("Http::body_gap", body_gap.written()),
        ("Http::idle_time", idle_time.written()),
        ("Http::write_gap", write_gap.written()),
        ("Http::unread", bytes(unread)),
        ("Http::connections", connections.written()),
        ("Http::calls", calls.written()),
        ("Http::sessions", sessions.written()),
        ("Http::session_idle", session_idle.written()),
        ("Http::session_streams", session_streams.written()),
        ("Http::listeners", listeners.written()),
        ("Http::stream_after", stream_after.written()),
        ("Http::poll_after", poll_after.written()),
        ("Http::retry", retry.written()),
        ("Http::keep_alive", keep_alive.written()),
        ("Http::stateless", stateless.written()),
        ("Http::http_sse", http_sse.written()),
        ("Http::path", path),
    ]
}

fn of_stores() -> Vec<(&'static str, String)> {
    let Tasks { timeout, kept, most, poll, store: _ } = Tasks::new();
    let MemoryTasks { most: records, .. } = MemoryTasks::default();
    let MemoryEvents { events, bytes: of_events, total, .. } = MemoryEvents::default();
    let MemoryOnce { effects, bytes: of_effects, age, .. } = MemoryOnce::default();
    vec![
        ("Tasks::most", most.written()),
        ("Tasks::timeout", timeout.written()),
        ("Tasks::kept", kept.written()),
        ("Tasks::poll_interval", poll.written()),
        ("MemoryTasks::bytes", bytes(records)),
        ("MemoryEvents::events", events.written()),
        ("MemoryEvents::bytes", bytes(of_events)),
        ("MemoryEvents::total", bytes(total)),
        ("MemoryOnce::effects", effects.written()),
        ("MemoryOnce::bytes", bytes(of_effects)),
        ("MemoryOnce::age", age.written()),
    ]
}

#[test]
fn every_default_is_told() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../SECURITY.md");
    let page = std::fs::read_to_string(path).unwrap();
    let told: Vec<&str> = page.lines().filter(|line| line.starts_with("| `") && line.contains("::")).collect();
    let rows = [of_server(), of_http(), of_stores()].concat();
    for (name, default) in &rows {
        let row = format!("| `{name}` | {default} | ");
        assert_eq!(told.iter().filter(|line| line.starts_with(&row)).count(), 1, "SECURITY.md has no row `{row}`");
    }
    assert_eq!(told.len(), rows.len(), "SECURITY.md tells of settings that are not there");
}
