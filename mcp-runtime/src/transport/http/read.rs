//! Reads the body of a request: bounded in length, in time, and together with all others.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use http_body::Frame;
use tokio::time::{Instant, timeout, timeout_at};

use super::body::Body;
use super::head::Head;
use super::{reply, waking};
use crate::clock::later;
use crate::http_settings::Http;
use crate::limit::Limit;

/// What is read of a body that nobody wants, and for how long: a client that sends first and reads later sees the answer then.
const LINGER: (usize, Duration) = (16 * 1024 * 1024, Duration::from_secs(2));

/// Why a body is not even read, if it is not. That a page of another origin cannot send JSON without asking first is half of
/// the protection against such pages.
pub(super) fn refused(head: &Head<'_>) -> Option<Response<Body>> {
    let refuse = |text: &str| Some(reply::refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    if !head.content_type.given().is_some_and(is_json) {
        return refuse("the body must be JSON, and said to be: `Content-Type: application/json`");
    }
    if !head.is_in_plain_chunks {
        return Some(reply::refuse(StatusCode::BAD_REQUEST, "`Transfer-Encoding` must be `chunked`"));
    }
    if head.is_compressed {
        refuse("the body must not be compressed: send it without `Content-Encoding`")
    } else {
        None
    }
}

/// An answer to a request of which the body is not read.
pub(super) fn without<B>(head: &Head<'_>, body: B, response: Response<Body>) -> Response<Body>
where
    B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Unpin + Send + 'static,
{
    // Who asks first whether to send it is told not to.
    if !body.is_end_stream() && !head.expects {
        linger(body);
    }
    response
}

/// What of a body is there.
pub(super) enum Begun<B> {
    /// All of it, in one piece, which is not copied. Most bodies come so.
    Whole(Bytes),
    /// The rest has to be waited for.
    Partly(Reading<B>),
    Refused(Response<Body>),
}

/// A body of which the rest is awaited.
pub(super) struct Reading<B> {
    body: B,
    first: Bytes,
}

/// Takes what is there of a body, unless it is known to be too long.
pub(super) fn begin<B>(head: &Head<'_>, body: B, most: usize, cx: &mut Context<'_>) -> Begun<B>
where
    B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Unpin + Send + 'static,
{
    if usize::try_from(body.size_hint().lower()).map_or(true, |length| length > most) {
        return Begun::Refused(without(head, body, too_long(most)));
    }
    let (begun, is_woken) = waking::take(cx, |cx| first(body, most, cx));
    if is_woken && !matches!(begun, Begun::Whole(_)) {
        cx.waker().wake_by_ref();
    }
    begun
}

fn first<B>(mut body: B, most: usize, cx: &mut Context<'_>) -> Begun<B>
where
    B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Unpin + Send + 'static,
{
    let first = match poll(&mut body, cx) {
        Poll::Pending => Ok(Bytes::new()),
        Poll::Ready(None) => return Begun::Whole(Bytes::new()),
        Poll::Ready(Some(Ok(frame))) => frame.into_data().map_or_else(|_| Ok(Bytes::new()), |data| piece(data, most)),
        Poll::Ready(Some(Err(broken))) => Err(broken),
    };
    match first {
        Ok(first) if !first.is_empty() && body.is_end_stream() => Begun::Whole(first),
        Ok(first) => Begun::Partly(Reading { body, first }),
        Err(broken) => Begun::Refused(broken.answer(body)),
    }
}

impl<B> Reading<B>
where
    B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Unpin + Send + 'static,
{
    /// The whole body, or why not. `buffered` counts the bytes of all bodies that are being read.
    pub(super) async fn finish(mut self, http: &Http, buffered: &Arc<AtomicUsize>) -> Result<Buffered, Response<Body>> {
        let mut read = Buffered { bytes: self.first, held: None };
        match read.collect(&mut self.body, http, buffered).await {
            Ok(()) => Ok(read),
            Err(broken) => Err(broken.answer(self.body)),
        }
    }
}

fn piece(mut data: impl Buf, most: usize) -> Result<Bytes, Broken> {
    let length = data.remaining();
    if length > most { Err(Broken::TooLong(most)) } else { Ok(data.copy_to_bytes(length)) }
}

enum Broken {
    TooLong(usize),
    TooMany(usize),
    Slow { total: Duration, gap: Duration },
    Cut(String),
}

impl Broken {
    fn answer<B>(self, body: B) -> Response<Body>
    where
        B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Unpin + Send + 'static,
    {
        match self {
            Self::TooLong(most) => {
                linger(body);
                too_long(most)
            }
            Self::TooMany(most) => {
                linger(body);
                reply::busy(Limit::Bodies, most)
            }
            Self::Slow { total, gap } => {
                let text = format!("the body took longer than {total:?}, or nothing of it came for {gap:?}");
                reply::refuse(StatusCode::REQUEST_TIMEOUT, text)
            }
            Self::Cut(error) => reply::refuse(StatusCode::BAD_REQUEST, format!("the body could not be read: {error}")),
        }
    }
}

/// A body that was read, or is.
pub(super) struct Buffered {
    bytes: Bytes,
    /// Nothing is counted of a body that came in one piece.
    held: Option<Held>,
}

/// How much of a body is counted.
struct Held {
    bytes: usize,
    all: Arc<AtomicUsize>,
}

impl Buffered {
    /// The bytes. They are counted until the last copy of the extensions of their request is gone: a call in flight has made
    /// arguments of them.
    pub(super) fn counted_in(self, parts: &mut Parts) -> Bytes {
        if let Some(held) = self.held {
            parts.extensions.insert(Arc::new(held));
        }
        self.bytes
    }

    async fn collect<B>(&mut self, body: &mut B, http: &Http, buffered: &Arc<AtomicUsize>) -> Result<(), Broken>
    where
        B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Unpin,
    {
        let mut pace = Pace { end: None, gap: http.body_gap, total: http.body_time };
        if self.bytes.is_empty() {
            let Some(first) = pace.next(body).await? else {
                return Ok(());
            };
            self.bytes = piece(first, http.body_length)?;
        }
        if body.is_end_stream() {
            return Ok(());
        }
        let held = self.held.insert(Held { bytes: 0, all: buffered.clone() });
        held.hold(self.bytes.len(), http.bodies)?;
        let mut bytes = BytesMut::from(&*self.bytes);
        while let Some(mut data) = pace.next(body).await? {
            let length = data.remaining();
            if bytes.len().saturating_add(length) > http.body_length {
                return Err(Broken::TooLong(http.body_length));
            }
            held.hold(length, http.bodies)?;
            bytes.extend_from_slice(&data.copy_to_bytes(length));
        }
        self.bytes = bytes.freeze();
        Ok(())
    }
}

impl Held {
    fn hold(&mut self, length: usize, most: usize) -> Result<(), Broken> {
        let before = self.all.fetch_add(length, Ordering::Relaxed);
        self.bytes = self.bytes.saturating_add(length);
        if before.saturating_add(length) > most { Err(Broken::TooMany(most)) } else { Ok(()) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.all.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

/// How fast a body has to come. The clock is read only when something is awaited.
struct Pace {
    end: Option<Instant>,
    gap: Duration,
    total: Duration,
}

impl Pace {
    async fn next<B>(&mut self, body: &mut B) -> Result<Option<B::Data>, Broken>
    where
        B: http_body::Body<Error: fmt::Display> + Unpin,
    {
        loop {
            let frame = match poll_fn(|cx| Poll::Ready(poll(body, cx))).await {
                Poll::Ready(frame) => frame,
                Poll::Pending => {
                    let now = Instant::now();
                    let end = *self.end.get_or_insert_with(|| later(now, self.total));
                    let frame = poll_fn(|cx| poll(body, cx));
                    timeout_at(end.min(later(now, self.gap)), frame)
                        .await
                        .map_err(|_| Broken::Slow { total: self.total, gap: self.gap })?
                }
            };
            match frame.transpose()?.map(Frame::into_data) {
                None => return Ok(None),
                Some(Ok(data)) => return Ok(Some(data)),
                // Trailers say nothing here.
                Some(Err(_)) => {}
            }
        }
    }
}

type Polled<D> = Poll<Option<Result<Frame<D>, Broken>>>;

fn poll<B>(body: &mut B, cx: &mut Context<'_>) -> Polled<B::Data>
where
    B: http_body::Body<Error: fmt::Display> + Unpin,
{
    Pin::new(body).poll_frame(cx).map_err(|error| Broken::Cut(error.to_string()))
}

fn is_json(kind: &HeaderValue) -> bool {
    // Nearly every client says just that.
    if kind == "application/json" {
        return true;
    }
    let mut parts = kind.as_bytes().split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(b"application/json")) && parts.all(is_utf8)
}

/// Whether this is no other charset than the only one that JSON has.
fn is_utf8(parameter: &[u8]) -> bool {
    let Some((name, value)) = parameter.split_at_checked(b"charset=".len()) else {
        return true;
    };
    let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
    let is_utf8 = value.eq_ignore_ascii_case(b"utf-8") || value.eq_ignore_ascii_case(b"utf8");
    is_utf8 || !name.eq_ignore_ascii_case(b"charset=")
}

fn too_long(most: usize) -> Response<Body> {
    reply::refuse(StatusCode::PAYLOAD_TOO_LARGE, Limit::BodyLength.refuses(most))
}

fn linger<B>(mut body: B)
where
    B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Unpin + Send + 'static,
{
    let (most, time) = LINGER;
    let read = async move {
        let mut length = 0_usize;
        while length < most
            && let Some(Ok(frame)) = poll_fn(|cx| poll(&mut body, cx)).await
        {
            length = length.saturating_add(frame.data_ref().map_or(0, Buf::remaining));
        }
    };
    tokio::spawn(timeout(time, read));
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;

    use http::HeaderMap;
    use proptest::prelude::*;

    use super::*;

    /// Gives its frames one by one, and is not ready before each.
    struct Frames(VecDeque<Option<Bytes>>, bool);

    impl http_body::Body for Frames {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            self.1 = !self.1;
            if self.1 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let frame = |data: Option<Bytes>| data.map_or_else(|| Frame::trailers(HeaderMap::new()), Frame::data);
            Poll::Ready(self.0.pop_front().map(|data| Ok(frame(data))))
        }
    }

    /// The body that is made of these pieces, trailers where there is none, or the status of the refusal.
    fn read(pieces: &[Option<Vec<u8>>], http: &Http, buffered: &Arc<AtomicUsize>) -> Result<Vec<u8>, StatusCode> {
        let frames = Frames(pieces.iter().map(|piece| piece.clone().map(Bytes::from)).collect(), false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (headers, mut frames) = (HeaderMap::new(), Some(frames));
        let begun =
            poll_fn(|cx| Poll::Ready(begin(&Head::read(&headers), frames.take().unwrap(), http.body_length, cx)));
        runtime.block_on(async {
            match begun.await {
                Begun::Whole(bytes) => Ok(bytes.to_vec()),
                Begun::Partly(rest) => {
                    let read = rest.finish(http, buffered).await;
                    read.map(|read| read.bytes.to_vec()).map_err(|refused| refused.status())
                }
                Begun::Refused(refused) => Err(refused.status()),
            }
        })
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_body(
            pieces in prop::collection::vec(prop::option::weighted(0.9, prop::collection::vec(any::<u8>(), 0..30)), 0..12),
            most in 0_usize..200, all in 0_usize..300,
        ) {
            let whole: Vec<u8> = pieces.iter().flatten().flatten().copied().collect();
            let buffered = Arc::default();
            let read = read(&pieces, &Http::new().body_length(most).bodies(all), &buffered);
            prop_assert_eq!(buffered.load(Ordering::Relaxed), 0, "what is not held any more is counted");
            match read {
                Ok(bytes) => prop_assert!(bytes == whole && bytes.len() <= most),
                Err(StatusCode::PAYLOAD_TOO_LARGE) => prop_assert!(whole.len() > most),
                Err(status) => {
                    prop_assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
                    prop_assert!(whole.len() > all);
                }
            }
        }
    }
}
