//! Streams of HTTP/2 whose client takes nothing. They end one by one: others on the same connection may be well.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Sleep, sleep};

tokio::task_local! {
    /// The number of the frame that the answer gave last; none while the stream waits for one.
    static GIVEN: Cell<Option<usize>>;
}

/// Notes what an answer says to the stream that asks it for its next frame. It is asked again once the client takes the frame.
pub(super) fn note<T>(said: &Poll<Option<T>>) {
    // Other versions of HTTP have no streams: what their clients do not take, the socket does not take either.
    let _ = GIVEN.try_with(|given| {
        let number = given.get().unwrap_or_default().wrapping_add(1);
        given.set(matches!(said, Poll::Ready(Some(_))).then_some(number));
    });
}

/// Runs a stream to its end, or until its client has not taken for so long what it has been given.
pub(super) async fn unless_stalled(limit: Duration, stream: impl Future<Output = ()>) {
    let mut stream = pin!(stream);
    let mut offer = Offer::default();
    let watched = poll_fn(|cx| {
        if stream.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        match offer.since(GIVEN.with(Cell::get), limit) {
            Some(over) => over.as_mut().poll(cx),
            None => Poll::Pending,
        }
    });
    GIVEN.scope(Cell::default(), watched).await;
}

/// A frame that the client has not taken.
#[derive(Default)]
struct Offer {
    frame: Option<usize>,
    over: Option<Pin<Box<Sleep>>>,
}

impl Offer {
    /// When it has been there for too long.
    fn since(&mut self, frame: Option<usize>, limit: Duration) -> Option<&mut Pin<Box<Sleep>>> {
        if std::mem::replace(&mut self.frame, frame) != frame {
            self.over = frame.map(|_| Box::pin(sleep(limit)));
        }
        self.over.as_mut()
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::{Instant, timeout};

    use super::*;

    const LIMIT: Duration = Duration::from_millis(160);

    fn give() {
        note(&Poll::Ready(Some(())));
    }

    /// How long the stream lasts.
    async fn lasts(stream: impl Future<Output = ()>) -> Duration {
        let started = Instant::now();
        timeout(LIMIT * 20, unless_stalled(LIMIT, stream)).await.expect("it ends");
        started.elapsed()
    }

    #[tokio::test]
    async fn a_frame_that_nobody_takes_ends_the_stream() {
        let took = lasts(async {
            sleep(LIMIT).await;
            give();
            pending::<()>().await;
        });
        let took = took.await;
        assert!((LIMIT * 2..LIMIT * 4).contains(&took), "{took:?}");
    }

    #[tokio::test]
    async fn every_frame_has_its_time() {
        let took = lasts(async {
            for _ in 0..8 {
                give();
                sleep(LIMIT / 4).await;
            }
            give();
            pending::<()>().await;
        });
        let took = took.await;
        assert!(took >= LIMIT * 3, "{took:?}");
    }

    #[tokio::test]
    async fn a_stream_that_waits_for_its_answer_waits() {
        let waiting = unless_stalled(LIMIT / 8, async {
            give();
            note(&Poll::<Option<()>>::Pending);
            pending::<()>().await;
        });
        timeout(LIMIT, waiting).await.expect_err("it waits");
    }

    #[tokio::test]
    async fn what_is_no_stream_is_not_watched() {
        give();
        assert!(GIVEN.try_with(Cell::get).is_err());
    }
}
