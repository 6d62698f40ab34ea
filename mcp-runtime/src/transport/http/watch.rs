//! How long a connection may take: for headers, without a request, without reading. The same for every version of HTTP.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

mod ahead;

use self::ahead::Ahead;
use crate::http_settings::Http;

/// What happens on a connection, counted by the connection and looked at now and then: no clock is read for a request. It has
/// a cache line to itself.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(super) struct Pulse {
    /// Requests whose answers have not been written.
    in_flight: AtomicUsize,
    /// How often bytes came.
    heard: AtomicUsize,
    /// How often they had come when the last request ended.
    settled: AtomicUsize,
    /// How often bytes left.
    written: AtomicUsize,
    /// The client takes no bytes.
    writing: AtomicBool,
    flushing: AtomicBool,
    http2: AtomicBool,
}

impl Pulse {
    /// A request is in flight until the guard goes.
    pub(super) fn request(self: &Arc<Self>) -> InRequest {
        self.in_flight.fetch_add(1, Relaxed);
        InRequest(self.clone())
    }

    /// Whether nothing has come so far.
    fn is_silent(&self) -> bool {
        self.heard.load(Relaxed) == 0
    }

    /// Whether there is nothing but the bytes to tell that the client has left.
    fn is_answering(&self) -> bool {
        !self.http2.load(Relaxed) && self.in_flight.load(Relaxed) > 0
    }

    fn is_blocked(&self) -> bool {
        self.writing.load(Relaxed) || self.flushing.load(Relaxed)
    }

    fn hear(&self, bytes: &[u8]) {
        if self.is_silent() {
            self.http2.store(bytes.starts_with(b"PRI"), Relaxed);
        }
        count(&self.heard);
    }

    fn write(&self, written: &Poll<io::Result<usize>>) {
        self.writing.store(written.is_pending(), Relaxed);
        if written.is_ready() {
            count(&self.written);
        }
    }

    fn flush(&self, flushed: &Poll<io::Result<()>>) {
        self.flushing.store(flushed.is_pending(), Relaxed);
    }
}

/// For counters that only the task of the connection writes.
fn count(counter: &AtomicUsize) {
    counter.store(counter.load(Relaxed).wrapping_add(1), Relaxed);
}

/// A request in flight. It ends when its answer has been written or dropped.
#[derive(Debug)]
pub(super) struct InRequest(Arc<Pulse>);

impl Drop for InRequest {
    fn drop(&mut self) {
        self.0.settled.store(self.0.heard.load(Relaxed), Relaxed);
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}

/// The bytes of a connection, counted.
#[derive(Debug)]
pub(super) struct Watched<I> {
    io: I,
    pulse: Arc<Pulse>,
    ahead: Ahead,
    /// Who read last got something, and is not waiting for more.
    fed: bool,
}

impl<I> Watched<I> {
    pub(super) fn new(io: I, pulse: Arc<Pulse>) -> Self {
        Self { io, pulse, ahead: Ahead::default(), fed: false }
    }
}

impl<I: AsyncRead + Unpin> Watched<I> {
    /// Sees a client leave whose request runs. hyper does so itself, but only if nothing has come behind the request.
    fn look_ahead(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.fed && self.pulse.is_answering() { self.ahead.look(&mut self.io, cx) } else { Ok(()) }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Watched<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = if self.ahead.is_empty() {
            Pin::new(&mut self.io).poll_read(cx, buffer)
        } else {
            self.ahead.give(buffer);
            Poll::Ready(Ok(()))
        };
        let bytes = buffer.filled().get(before..).unwrap_or_default();
        self.fed = !bytes.is_empty();
        if self.fed {
            self.pulse.hear(bytes);
        }
        read
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.pulse.write(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        self.pulse.write(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        self.pulse.flush(&flushed);
        // hyper comes here whenever it has done what it could.
        self.look_ahead(cx)?;
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.io).poll_shutdown(cx);
        self.pulse.flush(&shut);
        shut
    }
}

/// How long what may last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) headers: Duration,
    pub(super) idle: Duration,
    pub(super) write: Duration,
}

impl Limits {
    pub(super) fn new(http: &Http) -> Self {
        Self { headers: http.header_time, idle: http.idle_time, write: http.write_gap }
    }

    pub(super) fn at_most(self, limit: Duration) -> Self {
        Self { headers: self.headers.min(limit), idle: self.idle.min(limit), write: self.write.min(limit) }
    }

    /// How often to look. What is over is seen by the second look after it, so no later than an eighth of the shortest limit.
    pub(super) fn interval(&self) -> Duration {
        const SHORTEST: Duration = Duration::from_millis(10);
        const LONGEST: Duration = Duration::from_secs(1);
        let shortest = self.headers.min(self.idle).min(self.write);
        shortest.checked_div(16).unwrap_or_default().clamp(SHORTEST, LONGEST)
    }
}

/// What lasts too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// The client asks nothing.
    Idle,
    /// It does not come to the end of its headers.
    Headers,
    /// It does not read what is sent to it.
    Reading,
}

/// What earlier looks at a [`Pulse`] have seen.
#[derive(Debug, Default)]
pub(super) struct Watch {
    settled: usize,
    written: usize,
    idle: Option<Instant>,
    headers: Option<Instant>,
    blocked: Option<Instant>,
}

impl Watch {
    /// Looks once more, and says what is late.
    pub(super) fn look(&mut self, pulse: &Pulse, now: Instant, limits: &Limits) -> Option<Late> {
        self.forget_what_moved(pulse);
        let blocked = pulse.is_blocked();
        let idle = !blocked && pulse.in_flight.load(Relaxed) == 0;
        let in_headers = idle && self.is_in_headers(pulse);
        since(&mut self.blocked, blocked, now);
        since(&mut self.idle, idle, now);
        since(&mut self.headers, in_headers, now);
        self.late(now, limits)
    }

    fn forget_what_moved(&mut self, pulse: &Pulse) {
        let (settled, written) = (pulse.settled.load(Relaxed), pulse.written.load(Relaxed));
        if std::mem::replace(&mut self.settled, settled) != settled {
            (self.idle, self.headers) = (None, None);
        }
        // An answer may still be on its way when its request has ended: HTTP/2 keeps what the client does not take yet.
        if std::mem::replace(&mut self.written, written) != written {
            (self.idle, self.blocked) = (None, None);
        }
    }

    /// HTTP/2 sends much that belongs to no request.
    fn is_in_headers(&self, pulse: &Pulse) -> bool {
        !pulse.http2.load(Relaxed) && pulse.heard.load(Relaxed) != self.settled
    }

    fn late(&self, now: Instant, limits: &Limits) -> Option<Late> {
        let over = |began: Option<Instant>, limit| began.is_some_and(|began| now.duration_since(began) >= limit);
        if over(self.blocked, limits.write) {
            Some(Late::Reading)
        } else if self.headers.is_some() {
            over(self.headers, limits.headers).then_some(Late::Headers)
        } else {
            over(self.idle, limits.idle).then_some(Late::Idle)
        }
    }
}

/// Keeps since when it has been so.
fn since(began: &mut Option<Instant>, is_so: bool, now: Instant) {
    *began = is_so.then(|| began.unwrap_or(now));
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const LIMITS: Limits =
        Limits { headers: Duration::from_secs(30), idle: Duration::from_secs(75), write: Duration::from_secs(60) };

    /// A connection whose time the test makes.
    struct Patient {
        pulse: Arc<Pulse>,
        watch: Watch,
        start: Instant,
    }

    impl Patient {
        fn new() -> Self {
            Self { pulse: Arc::default(), watch: Watch::default(), start: Instant::now() }
        }

        fn at(&mut self, seconds: u64) -> Option<Late> {
            self.watch.look(&self.pulse, self.start + Duration::from_secs(seconds), &LIMITS)
        }
    }

    #[test]
    fn silence_ends() {
        let mut patient = Patient::new();
        assert_eq!([patient.at(0), patient.at(74), patient.at(75)], [None, None, Some(Late::Idle)]);
    }

    #[test]
    fn headers_end_however_they_drip() {
        let mut patient = Patient::new();
        assert_eq!(patient.at(70), None);
        for second in 74..104 {
            patient.pulse.hear(b"x");
            assert_eq!(patient.at(second), None, "{second}");
        }
        assert_eq!(patient.at(104), Some(Late::Headers));
    }

    #[test]
    fn a_request_takes_its_time_and_starts_it_anew() {
        let mut patient = Patient::new();
        patient.at(0);
        patient.pulse.hear(b"GET");
        let request = patient.pulse.request();
        assert_eq!([patient.at(10), patient.at(1000)], [None, None]);
        drop(request);
        assert_eq!([patient.at(1001), patient.at(1075), patient.at(1076)], [None, None, Some(Late::Idle)]);
    }

    #[test]
    fn a_request_between_two_looks_is_seen() {
        let mut patient = Patient::new();
        patient.at(0);
        patient.pulse.hear(b"GET");
        patient.at(29);
        patient.pulse.hear(b" /");
        drop(patient.pulse.request());
        assert_eq!([patient.at(31), patient.at(105), patient.at(106)], [None, None, Some(Late::Idle)]);
    }

    #[test]
    fn http_2_chatter_is_no_request() {
        let mut patient = Patient::new();
        patient.pulse.hear(b"PRI * HTTP/2.0");
        assert_eq!(patient.at(0), None);
        patient.pulse.hear(b"ping");
        assert_eq!([patient.at(74), patient.at(75)], [None, Some(Late::Idle)]);
    }

    #[test]
    fn a_client_that_is_still_reading_is_not_idle() {
        let mut patient = Patient::new();
        patient.at(0);
        patient.pulse.write(&Poll::Ready(Ok(1)));
        assert_eq!([patient.at(70), patient.at(144), patient.at(145)], [None, None, Some(Late::Idle)]);
    }

    #[test]
    fn a_client_must_read_something() {
        let mut patient = Patient::new();
        patient.pulse.write(&Poll::Pending);
        assert_eq!([patient.at(0), patient.at(59)], [None, None]);
        patient.pulse.write(&Poll::Ready(Ok(1)));
        patient.pulse.write(&Poll::Pending);
        assert_eq!([patient.at(60), patient.at(119), patient.at(120)], [None, None, Some(Late::Reading)]);
        patient.pulse.write(&Poll::Ready(Ok(1)));
        assert_eq!(patient.at(121), None);
        patient.pulse.flush(&Poll::Pending);
        assert_eq!([patient.at(122), patient.at(182)], [None, Some(Late::Reading)]);
    }

    #[test]
    fn looks_are_frequent_enough() {
        assert_eq!(LIMITS.interval(), Duration::from_secs(1));
        assert_eq!(Limits { write: Duration::from_millis(320), ..LIMITS }.interval(), Duration::from_millis(20));
        assert_eq!(Limits { idle: Duration::ZERO, ..LIMITS }.interval(), Duration::from_millis(10));
    }

    #[tokio::test]
    async fn bytes_are_counted() {
        let (mut client, server) = duplex(4);
        let pulse = Arc::<Pulse>::default();
        let mut watched = Watched::new(server, pulse.clone());
        assert!(pulse.is_silent());
        client.write_all(b"PRI").await.unwrap();
        watched.read_u8().await.unwrap();
        assert!(!pulse.is_silent());
        watched.write_all(b"abcd").await.unwrap();
        assert!(!pulse.is_blocked());
        let writing = tokio::spawn(async move { watched.write_all(b"e").await });
        tokio::task::yield_now().await;
        assert!(pulse.is_blocked());
        client.read_u8().await.unwrap();
        writing.await.unwrap().unwrap();
        assert!(!pulse.is_blocked());
    }
}
