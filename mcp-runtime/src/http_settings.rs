//! How a server behaves over HTTP: who may ask, how much, and for how long.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::events::EventStore;

#[doc = include_str!("../docs/http.md")]
#[derive(Clone)]
#[must_use = "settings do nothing until a server has them: `Server::http`"]
pub struct Http {
    pub(crate) path: String,
    pub(crate) hosts: Vec<String>,
    pub(crate) any_host: bool,
    pub(crate) origins: Vec<String>,
    pub(crate) any_origin: bool,
    pub(crate) stateless: bool,
    pub(crate) http_sse: bool,
    pub(crate) body_length: usize,
    pub(crate) bodies: usize,
    pub(crate) header_length: usize,
    pub(crate) header_time: Duration,
    pub(crate) body_gap: Duration,
    pub(crate) body_time: Duration,
    pub(crate) idle_time: Duration,
    pub(crate) write_gap: Duration,
    pub(crate) unread: usize,
    pub(crate) connections: usize,
    pub(crate) calls: usize,
    pub(crate) sessions: usize,
    pub(crate) session_idle: Duration,
    pub(crate) session_streams: usize,
    pub(crate) listeners: usize,
    pub(crate) stream_after: Duration,
    pub(crate) poll_after: Option<Duration>,
    pub(crate) retry: Duration,
    pub(crate) keep_alive: Duration,
    pub(crate) events: Option<Arc<dyn EventStore>>,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            path: "/mcp".into(),
            hosts: Vec::new(),
            any_host: false,
            origins: Vec::new(),
            any_origin: false,
            stateless: false,
            http_sse: false,
            body_length: 4 * 1024 * 1024,
            bodies: 256 * 1024 * 1024,
            header_length: 64 * 1024,
            header_time: Duration::from_secs(30),
            body_gap: Duration::from_secs(30),
            body_time: Duration::from_secs(60),
            idle_time: Duration::from_secs(75),
            write_gap: Duration::from_secs(60),
            unread: 32 * 1024 * 1024,
            connections: 10_000,
            calls: 4096,
            sessions: 20_000,
            session_idle: Duration::from_secs(30 * 60),
            session_streams: 16,
            listeners: 10_000,
            stream_after: Duration::from_secs(5),
            poll_after: None,
            retry: Duration::from_secs(1),
            keep_alive: Duration::from_secs(15),
            events: None,
        }
    }
}

/// Who may ask.
impl Http {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers requests that are addressed to this host, such as `mcp.example.com` (any port) or `mcp.example.com:8443`.
    /// Said again, it adds a host. Without it only the names of this machine are answered: `localhost`, `127.0.0.1` and
    /// `[::1]`. A page that was loaded from an allowed host may ask too.
    ///
    /// The check keeps web pages from reaching a server on their visitor's machine (DNS rebinding; 2025-11-25 and
    /// 2026-07-28, Transports, Security).
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Answers requests whatever host they are addressed to. Right behind a proxy that has checked it.
    pub fn allow_any_host(mut self) -> Self {
        self.any_host = true;
        self
    }

    /// Lets pages of this origin ask, such as `https://app.example.com`: their requests are not refused, and browsers are
    /// told so (CORS). Said again, it adds an origin.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Lets every web page ask. Only for servers that have nothing to protect.
    pub fn allow_any_origin(mut self) -> Self {
        self.any_origin = true;
        self
    }
}

/// How it is served.
impl Http {
    /// The path of the endpoint for [`Server::serve_http`](crate::Server::serve_http) (default `/mcp`). Where the server is
    /// mounted in another application, that decides.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        self.path = if path.starts_with('/') { path } else { format!("/{path}") };
        self
    }

    /// Opens no sessions for clients of the revisions before 2026-07-28, so that any replica can answer any request. They
    /// cannot cancel then, are not asked anything, and are not told what changes.
    pub fn stateless(mut self, stateless: bool) -> Self {
        self.stateless = stateless;
        self
    }

    /// Also serves the transport of 2024-11-05, HTTP+SSE: at `/sse` and `/messages`, next to the endpoint (default off).
    pub fn http_sse(mut self, serve: bool) -> Self {
        self.http_sse = serve;
        self
    }

    /// After how much time without an answer a call of a session goes on as an event stream, which a client can resume when
    /// the connection breaks (default 5 s; before 2026-07-28).
    pub fn stream_after(mut self, time: Duration) -> Self {
        self.stream_after = time;
        self
    }

    /// After how much time the server closes the connection of such a stream, so that the client polls for the answer
    /// (2025-11-25, Transports; default never).
    pub fn poll_after(mut self, time: Duration) -> Self {
        self.poll_after = Some(time);
        self
    }

    /// How long a client is to wait before it polls or reconnects (default 1 s).
    pub fn retry(mut self, time: Duration) -> Self {
        self.retry = time;
        self
    }

    /// How often a comment is sent on a stream that is otherwise silent, so that nobody in between closes it (default 15 s).
    pub fn keep_alive(mut self, interval: Duration) -> Self {
        self.keep_alive = interval.max(Duration::from_millis(1));
        self
    }

    /// Where the events of sessions are kept for clients that resume (default: [`MemoryEvents`](crate::MemoryEvents)).
    pub fn event_store(mut self, store: impl EventStore) -> Self {
        self.events = Some(Arc::new(store));
        self
    }
}

/// How much, and for how long.
impl Http {
    /// How long the body of a request may be, in bytes (default 4 MiB). A longer one gets 413.
    pub fn body_length(mut self, bytes: usize) -> Self {
        self.body_length = bytes;
        self
    }

    /// How many bytes of bodies of all clients may be held at once (default 256 MiB). Further ones get 503. What comes in one
    /// piece, as most requests do, is not counted.
    pub fn bodies(mut self, bytes: usize) -> Self {
        self.bodies = bytes;
        self
    }

    /// How long the headers of a request may be together, in bytes (default 64 KiB). Longer ones get 431.
    pub fn header_length(mut self, bytes: usize) -> Self {
        self.header_length = bytes;
        self
    }

    /// How long a client may take to send the headers of a request (default 30 s).
    pub fn header_time(mut self, time: Duration) -> Self {
        self.header_time = time;
        self
    }

    /// How long a client may take to send a body (default 60 s).
    pub fn body_time(mut self, time: Duration) -> Self {
        self.body_time = time;
        self
    }

    /// How long a client may pause while it sends a body (default 30 s).
    pub fn body_gap(mut self, time: Duration) -> Self {
        self.body_gap = time;
        self
    }

    /// How long a connection may be without a request (default 75 s).
    pub fn idle_time(mut self, time: Duration) -> Self {
        self.idle_time = time;
        self
    }

    /// How long a client may read nothing of what is sent to it (default 60 s); of a stream of HTTP/2, less than 16 KiB.
    pub fn write_gap(mut self, time: Duration) -> Self {
        self.write_gap = time;
        self
    }

    /// How many bytes of answers may wait for the client of one connection to read them, before further calls get 429 (default
    /// 32 MiB). Answers of less than 16 KiB are not counted. A call that ends when so much waits already gets 429 instead of its
    /// answer; where it goes on as a stream, an error, or the end of the stream in a session, whose client can come back. Only
    /// HTTP/2 clients have several answers on one connection. This holds where the server has the connections.
    pub fn unread(mut self, bytes: usize) -> Self {
        self.unread = bytes;
        self
    }

    /// How many connections may be open (default 10,000). Further ones get 503. Like the times of headers and connections, this
    /// holds where the server has the connections, not where it is mounted in another application.
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// How many calls of all clients together may be in flight (default 4096). Further ones get 503. For one client
    /// [`Server::in_flight`](crate::Server::in_flight) holds: a session, or a [`Principal`](crate::Principal); its further
    /// calls get 429.
    pub fn calls(mut self, calls: usize) -> Self {
        self.calls = calls;
        self
    }

    /// How many sessions may be open (default 20,000). Further ones get 503.
    pub fn sessions(mut self, sessions: usize) -> Self {
        self.sessions = sessions;
        self
    }

    /// After how much time a session ends in which nothing happened (default 30 min).
    pub fn session_idle(mut self, time: Duration) -> Self {
        self.session_idle = time;
        self
    }

    /// How many streams a session may have open (default 16). Further ones get 429.
    pub fn session_streams(mut self, streams: usize) -> Self {
        self.session_streams = streams;
        self
    }

    /// How many clients of 2026-07-28 may listen for changes (`subscriptions/listen`; default 10,000). Further ones get 503.
    /// They do not count as [`calls`](Self::calls).
    pub fn listeners(mut self, listeners: usize) -> Self {
        self.listeners = listeners;
        self
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("path", &self.path)
            .field("hosts", &self.hosts)
            .field("origins", &self.origins)
            .field("stateless", &self.stateless)
            .finish_non_exhaustive()
    }
}
