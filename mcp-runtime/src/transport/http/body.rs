//! The body of a response: some bytes, or events as they come.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::slice;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::{Frame, SizeHint};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Duration, Instant, Sleep, sleep};

use super::event::{Event, Pieces, next_of};
use super::stalled;
use super::unread::Unread;
use super::watch::InRequest;
use crate::atomic::AtomicUsize;

/// The body of a response of [`HttpService`](crate::HttpService).
#[derive(Default)]
pub struct Body {
    content: Content,
    /// Tells the connection that it is busy until the body is gone.
    request: Option<InRequest>,
}

#[derive(Default)]
enum Content {
    #[default]
    Empty,
    Json(Bytes),
    /// JSON in pieces.
    Pieces(Box<[Bytes; 3]>),
    /// Events of which everything is there.
    Complete(Bytes),
    Events(Box<Events>),
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

impl Body {
    pub(super) fn json(message: impl Into<Bytes>) -> Self {
        Self { content: Content::Json(message.into()), request: None }
    }

    /// JSON in pieces, which leave uncopied and in one write.
    pub(super) fn pieces(pieces: [Bytes; 3]) -> Self {
        Self { content: Content::Pieces(Box::new(pieces)), request: None }
    }

    pub(super) fn complete(events: impl Into<Bytes>) -> Self {
        Self { content: Content::Complete(events.into()), request: None }
    }

    pub(super) fn events(events: Events) -> Self {
        Self { content: Content::Events(Box::new(events)), request: None }
    }

    /// Says what it is. Proxies must neither keep nor collect events (2026-07-28, Streamable HTTP, Receiving Messages).
    pub(super) fn describe(&self, headers: &mut HeaderMap) {
        match &self.content {
            Content::Empty => {}
            Content::Json(_) | Content::Pieces(_) => drop(headers.insert(CONTENT_TYPE, JSON)),
            Content::Complete(_) | Content::Events(_) => {
                headers.insert(CONTENT_TYPE, EVENTS);
                headers.insert(CACHE_CONTROL, NO_STORE);
                headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
            }
        }
    }

    /// Counts what it holds until that has been read; `false` if too much waits already. Events are counted as they come, and
    /// pieces are not this client's alone.
    pub(super) fn is_held(&mut self, unread: &Arc<Unread>) -> bool {
        match &mut self.content {
            Content::Json(bytes) | Content::Complete(bytes) => {
                let held = unread.hold(std::mem::take(bytes));
                held.map(|held| *bytes = held).is_some()
            }
            Content::Empty | Content::Pieces(_) | Content::Events(_) => true,
        }
    }

    /// Holds on to this until it is gone.
    pub(super) fn counts(&mut self, request: Option<InRequest>) {
        self.request = request;
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = match &mut self.content {
            Content::Empty => Poll::Ready(None),
            Content::Json(bytes) | Content::Complete(bytes) => Poll::Ready(next_of(slice::from_mut(bytes))),
            Content::Pieces(pieces) => Poll::Ready(next_of(&mut **pieces)),
            Content::Events(events) => events.poll_next(cx),
        };
        stalled::note(&next);
        let next = ready!(next);
        if next.is_none() {
            self.content = Content::Empty;
            self.request = None;
        }
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Empty => true,
            Content::Json(bytes) | Content::Complete(bytes) => bytes.is_empty(),
            Content::Pieces(pieces) => pieces.iter().all(Bytes::is_empty),
            Content::Events(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        let exactly = |length: usize| SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX));
        match &self.content {
            Content::Empty => exactly(0),
            Content::Json(bytes) | Content::Complete(bytes) => exactly(bytes.len()),
            Content::Pieces(pieces) => exactly(pieces.iter().map(Bytes::len).sum()),
            Content::Events(_) => SizeHint::new(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

/// Where events are put in. The stream ends when it is dropped.
#[derive(Debug)]
pub(super) struct Outlet {
    queue: mpsc::UnboundedSender<Event>,
    waiting: Arc<AtomicUsize>,
    unread: Arc<Unread>,
}

impl Outlet {
    /// Both ends of a stream, on a connection of which so much is unread.
    pub(super) fn new(keep_alive: Duration, unread: Arc<Unread>) -> (Self, Events) {
        let (queue, queued) = mpsc::unbounded_channel();
        let waiting = Arc::<AtomicUsize>::default();
        let events = Events {
            queued,
            rest: None,
            waiting: waiting.clone(),
            keep_alive,
            silence: Box::pin(sleep(keep_alive)),
            closing: None,
            task: None,
        };
        (Self { queue, waiting, unread }, events)
    }

    /// Adds an event; `false` if nobody reads, or so slowly that more than `most` bytes wait already, or too many on all streams
    /// of the connection.
    pub(super) fn send(&self, event: Event, most: usize) -> bool {
        self.waiting.load(Ordering::Relaxed) <= most && self.answer(event)
    }

    /// Adds an event that is as long as it is; `false` if nobody reads, or too little on all streams of the connection.
    pub(super) fn answer(&self, event: Event) -> bool {
        event.held(&self.unread).is_some_and(|event| self.replay(event))
    }

    /// Adds an event, however much waits: it is kept elsewhere anyway, or its sender has a bound.
    pub(super) fn replay(&self, event: Event) -> bool {
        self.waiting.fetch_add(event.len(), Ordering::Relaxed);
        self.queue.send(event).is_ok()
    }

    /// Whether nothing waits to be read.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) == 0
    }

    pub(super) fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    /// Waits until nobody reads any more.
    pub(super) async fn closed(&self) {
        self.queue.closed().await;
    }
}

/// Events on their way out, with comments in between when there are none.
pub(super) struct Events {
    queued: mpsc::UnboundedReceiver<Event>,
    /// What is left of the event that is being sent.
    rest: Option<Pieces>,
    waiting: Arc<AtomicUsize>,
    keep_alive: Duration,
    silence: Pin<Box<Sleep>>,
    closing: Option<Closing>,
    /// What lives only as long as somebody reads.
    task: Option<AbortOnDrop>,
}

/// A task that ends with what it works for.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// When the connection is closed although the stream goes on, and what is said then.
struct Closing {
    time: Pin<Box<dyn Future<Output = ()> + Send + Sync>>,
    farewell: Option<Event>,
}

impl Events {
    /// Ends the connection when `time` has come, with a last event.
    pub(super) fn closing_at(
        mut self,
        time: impl Future<Output = ()> + Send + Sync + 'static,
        farewell: Event,
    ) -> Self {
        self.closing = Some(Closing { time: Box::pin(time), farewell: Some(farewell) });
        self
    }

    /// Ends this task when nobody reads any more.
    pub(super) fn of(mut self, task: AbortHandle) -> Self {
        self.task = Some(AbortOnDrop(task));
        self
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if let Some(piece) = self.rest.as_mut().and_then(Iterator::next) {
                return Poll::Ready(Some(piece));
            }
            match ready!(self.poll_event(cx)) {
                Some(event) => self.rest = Some(event.into_pieces()),
                None => return Poll::Ready(None),
            }
        }
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        if let Poll::Ready(next) = self.queued.poll_recv(cx) {
            if let Some(event) = &next {
                self.waiting.fetch_sub(event.len(), Ordering::Relaxed);
                self.be_silent();
            }
            return Poll::Ready(next);
        }
        if let Some(closing) = &mut self.closing
            && let Some(farewell) = closing.farewell.take_if(|_| closing.time.as_mut().poll(cx).is_ready())
        {
            // What is sent from now on is kept for those who come back.
            self.queued.close();
            return Poll::Ready(Some(farewell));
        }
        if self.silence.as_mut().poll(cx).is_ready() {
            self.be_silent();
            // Polled, so that it wakes the task again.
            let _ = self.silence.as_mut().poll(cx);
            return Poll::Ready(Some(Event::comment()));
        }
        Poll::Pending
    }

    /// From now on, silence is counted.
    fn be_silent(&mut self) {
        let next = Instant::now().checked_add(self.keep_alive);
        if let Some(next) = next {
            self.silence.as_mut().reset(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body::Body as _;

    use super::*;

    #[tokio::test]
    async fn pieces_leave_as_they_are() {
        let pieces = [&b"{"[..], b"long", b"}"].map(Bytes::from_static);
        let mut body = Body::pieces(pieces.clone());
        let mut left = 6;
        for piece in pieces {
            assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(left), false));
            let frame = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await.unwrap();
            let Ok(data) = frame.unwrap().into_data() else { panic!("only data is sent") };
            assert_eq!((data.as_ptr(), data.len()), (piece.as_ptr(), piece.len()));
            left -= piece.len() as u64;
        }
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(0), true));
        assert!(std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await.is_none());
    }

    #[tokio::test]
    async fn what_waits_is_bounded() {
        let event = || Event::new(None, None, &Bytes::from_static(b"{}"));
        let length = event().len();
        let (outlet, mut events) = Outlet::new(Duration::from_secs(60), Unread::unbounded());
        // At the limit one more is taken.
        assert_eq!([(); 5].map(|()| outlet.send(event(), 3 * length)), [true, true, true, true, false]);
        assert!(outlet.replay(event()), "what is kept elsewhere has no bound here");
        for is_taken in [false, true, true] {
            std::future::poll_fn(|cx| events.poll_event(cx)).await.unwrap();
            assert_eq!(outlet.send(event(), 3 * length), is_taken);
        }
        drop(events);
        assert!(!outlet.send(event(), 3 * length), "nobody reads");
    }
}
