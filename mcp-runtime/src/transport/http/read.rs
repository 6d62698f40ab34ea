//! Reads the body of a request: bounded in length, in time, and together with all others.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, EXPECT, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use http_body::Frame;
use tokio::time::{Instant, timeout, timeout_at};

use super::body::Body;
use super::reply;
use crate::clock::later;
use crate::http_settings::Http;

/// What is read of a body that nobody wants, and for how long: a client that sends first and reads later sees the answer then.
const LINGER: (usize, Duration) = (16 * 1024 * 1024, Duration::from_secs(2));

/// Why a body is not even read, if it is not. That a page of another origin cannot send JSON without asking first is half of
/// the protection against such pages.
pub(super) fn refused(headers: &HeaderMap) -> Option<Response<Body>> {
    let refuse = |text: &str| Some(reply::refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    if !is_json(headers) {
        return refuse("the body must be JSON, and said to be: `Content-Type: application/json`");
    }
    // hyper takes every coding that ends in `chunked` for that alone (RFC 9112, 6.1).
    if headers.get_all(TRANSFER_ENCODING).iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
        return Some(reply::refuse(StatusCode::BAD_REQUEST, "`Transfer-Encoding` must be `chunked`"));
    }
    let is_plain = headers.get_all(CONTENT_ENCODING).iter().all(|encoding| encoding == "identity");
    if is_plain { None } else { refuse("the body must not be compressed: send it without `Content-Encoding`") }
}

/// An answer to a request of which the body is not read.
pub(super) fn without<B>(headers: &HeaderMap, body: B, response: Response<Body>) -> Response<Body>
where
    B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Send + 'static,
{
    // Who asks first whether to send it is told not to.
    if !body.is_end_stream() && !headers.contains_key(EXPECT) {
        linger(Box::pin(body));
    }
    response
}

/// The whole body, or why not. `buffered` counts the bytes of all bodies that are being read.
pub(super) async fn body<B>(
    headers: &HeaderMap,
    body: B,
    http: &Http,
    buffered: &Arc<AtomicUsize>,
) -> Result<Buffered, Response<Body>>
where
    B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Send + 'static,
{
    let most = http.body_length;
    if usize::try_from(body.size_hint().lower()).map_or(true, |length| length > most) {
        return Err(without(headers, body, too_long(most)));
    }
    let mut body = Box::pin(body);
    let mut read = Buffered { bytes: Bytes::new(), held: Held { bytes: 0, all: buffered.clone() } };
    match read.collect(body.as_mut(), http).await {
        Ok(()) => Ok(read),
        Err(Broken::TooLong) => {
            linger(body);
            Err(too_long(most))
        }
        Err(Broken::TooMany) => {
            linger(body);
            Err(reply::unavailable("the server is busy with other bodies; try again later"))
        }
        Err(Broken::Slow) => {
            Err(reply::refuse(StatusCode::REQUEST_TIMEOUT, "the body was sent too slowly, or not completely"))
        }
        Err(Broken::Cut(error)) => {
            Err(reply::refuse(StatusCode::BAD_REQUEST, format!("the body could not be read: {error}")))
        }
    }
}

enum Broken {
    TooLong,
    TooMany,
    Slow,
    Cut(String),
}

/// A body that was read, or is.
pub(super) struct Buffered {
    bytes: Bytes,
    held: Held,
}

/// How much of a body is counted: nothing, if it came in one piece.
struct Held {
    bytes: usize,
    all: Arc<AtomicUsize>,
}

impl Buffered {
    /// The bytes. They are counted until the last copy of the extensions of their request is gone: a call in flight has made
    /// arguments of them.
    pub(super) fn counted_in(self, parts: &mut Parts) -> Bytes {
        if self.held.bytes > 0 {
            parts.extensions.insert(Arc::new(self.held));
        }
        self.bytes
    }

    async fn collect<B>(&mut self, mut body: Pin<&mut B>, http: &Http) -> Result<(), Broken>
    where
        B: http_body::Body<Data: Buf + Send, Error: fmt::Display>,
    {
        let mut pace = Pace { end: None, gap: http.body_gap, total: http.body_time };
        let Some(mut first) = pace.next(body.as_mut()).await? else {
            return Ok(());
        };
        if first.remaining() > http.body_length {
            return Err(Broken::TooLong);
        }
        // Most bodies come in one piece, which is then not copied.
        self.bytes = first.copy_to_bytes(first.remaining());
        if body.is_end_stream() {
            return Ok(());
        }
        self.held.hold(self.bytes.len(), http.bodies)?;
        let mut bytes = BytesMut::from(&*self.bytes);
        while let Some(mut data) = pace.next(body.as_mut()).await? {
            let length = data.remaining();
            if bytes.len().saturating_add(length) > http.body_length {
                return Err(Broken::TooLong);
            }
            self.held.hold(length, http.bodies)?;
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
        if before.saturating_add(length) > most { Err(Broken::TooMany) } else { Ok(()) }
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
    async fn next<B>(&mut self, mut body: Pin<&mut B>) -> Result<Option<B::Data>, Broken>
    where
        B: http_body::Body<Error: fmt::Display>,
    {
        loop {
            let frame = match poll_fn(|cx| Poll::Ready(poll(body.as_mut(), cx))).await {
                Poll::Ready(frame) => frame,
                Poll::Pending => {
                    let now = Instant::now();
                    let end = *self.end.get_or_insert_with(|| later(now, self.total));
                    let frame = poll_fn(|cx| poll(body.as_mut(), cx));
                    timeout_at(end.min(later(now, self.gap)), frame).await.map_err(|_| Broken::Slow)?
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

fn poll<B>(body: Pin<&mut B>, cx: &mut Context<'_>) -> Polled<B::Data>
where
    B: http_body::Body<Error: fmt::Display>,
{
    body.poll_frame(cx).map_err(|error| Broken::Cut(error.to_string()))
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(CONTENT_TYPE).iter();
    let (Some(kind), None) = (kinds.next(), kinds.next()) else {
        return false;
    };
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
    reply::refuse(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is longer than {most} bytes"))
}

fn linger<B>(mut body: Pin<Box<B>>)
where
    B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Send + 'static,
{
    let (most, time) = LINGER;
    let read = async move {
        let mut length = 0_usize;
        while length < most
            && let Some(Ok(frame)) = poll_fn(|cx| poll(body.as_mut(), cx)).await
        {
            length = length.saturating_add(frame.data_ref().map_or(0, Buf::remaining));
        }
    };
    tokio::spawn(timeout(time, read));
}
