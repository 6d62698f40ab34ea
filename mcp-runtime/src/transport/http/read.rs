//! Reads the body of a request: bounded in length and in time.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http::header::EXPECT;
use http::{HeaderMap, Response, StatusCode};
use http_body::Frame;
use tokio::time::{Instant, timeout, timeout_at};

use super::body::Body;
use super::reply;
use crate::http_settings::Http;
use crate::work::later;

/// What is read of a body that is too long, and for how long: a client that sends first and reads later sees the answer then.
const LINGER: (usize, Duration) = (16 * 1024 * 1024, Duration::from_secs(2));

/// The whole body, or why not.
pub(super) async fn body<B>(headers: &HeaderMap, body: B, http: &Http) -> Result<Bytes, Response<Body>>
where
    B: http_body::Body<Data: Buf + Send, Error: fmt::Display> + Send + 'static,
{
    let most = http.body_length;
    let is_too_long = |length: u64| usize::try_from(length).map_or(true, |length| length > most);
    if is_too_long(body.size_hint().lower()) {
        // Who asks first whether to send it is told not to.
        if !headers.contains_key(EXPECT) {
            linger(Box::pin(body));
        }
        return Err(too_long(most));
    }
    let mut body = Box::pin(body);
    match collect(body.as_mut(), http).await {
        Ok(bytes) => Ok(bytes),
        Err(Broken::TooLong) => {
            linger(body);
            Err(too_long(most))
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
    Slow,
    Cut(String),
}

async fn collect<B>(mut body: Pin<&mut B>, http: &Http) -> Result<Bytes, Broken>
where
    B: http_body::Body<Data: Buf + Send, Error: fmt::Display>,
{
    let mut pace = Pace { end: None, gap: http.body_gap, total: http.body_time };
    // Most bodies come in one piece, which is then not copied.
    let Some(mut first) = pace.next(body.as_mut()).await? else {
        return Ok(Bytes::new());
    };
    if first.remaining() > http.body_length {
        return Err(Broken::TooLong);
    }
    let first = first.copy_to_bytes(first.remaining());
    let Some(second) = (match body.is_end_stream() {
        true => None,
        false => pace.next(body.as_mut()).await?,
    }) else {
        return Ok(first);
    };
    let mut bytes = BytesMut::from(&*first);
    let mut next = Some(second);
    while let Some(data) = next {
        if bytes.len().saturating_add(data.remaining()) > http.body_length {
            return Err(Broken::TooLong);
        }
        bytes.extend_from_slice(&take(data));
        next = pace.next(body.as_mut()).await?;
    }
    Ok(bytes.freeze())
}

fn take(mut data: impl Buf) -> Bytes {
    data.copy_to_bytes(data.remaining())
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
