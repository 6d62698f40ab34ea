//! What a task does and what is done to it, in every order.

use std::sync::{Arc, Mutex};

use serde_json::value::RawValue;

use super::live::{End, Live};
use super::{Roster, Tasks};
use crate::interleave::{every_order, point};

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.into()).unwrap()
}

/// Lets a call become a task, as whoever polls its function does.
async fn begin(live: &Arc<Live>) -> super::Place {
    let mut begins = Box::pin(live.begin());
    let place = std::future::poll_fn(|cx| match begins.as_mut().poll(cx) {
        std::task::Poll::Ready(()) => unreachable!("it is no task yet"),
        std::task::Poll::Pending => {
            live.leaves().map_or(std::task::Poll::Pending, |place| std::task::Poll::Ready(place.unwrap()))
        }
    })
    .await;
    begins.await;
    place
}

/// Works as `detach` does: asks, and is done when it has an answer, or when others have ended it.
async fn work(live: &Arc<Live>) {
    let asks = async {
        match live.ask("key", raw("{}")).answer().await {
            Some(answer) => End::Completed(answer.get().to_owned()),
            None => std::future::pending().await,
        }
    };
    let end = tokio::select! {
        biased;
        () = live.ended() => return,
        () = live.over() => End::Cancelled,
        end = asks => end,
    };
    live.end(end);
}

/// One asks and works, one keeps what has changed, one answers what is asked, one cancels.
#[test]
#[cfg_attr(miri, ignore = "not every order is played there")]
fn a_task_ends_once_and_is_kept_as_it_ended() {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let orders = every_order(|stage| {
        let roster = Roster::new(Tasks::new());
        let live = roster.call(None, None).unwrap();
        let id = live.id.clone();
        let begun = Arc::new(tokio::sync::Notify::new());
        stage.task("works", {
            let (live, begun) = (live.clone(), begun.clone());
            async move {
                let place = begin(&live).await;
                begun.notify_waiters();
                begun.notify_one();
                tokio::join!(work(&live), live.keep_up());
                drop(place);
            }
        });
        stage.task("answers", {
            let (roster, id, live) = (roster.clone(), id.clone(), live.clone());
            async move {
                let mut course = live.course();
                while let Some(record) = course.next().await {
                    if record.json.contains("inputRequests") {
                        let answers = [("key".into(), raw("7"))].into();
                        assert!(roster.update(&id, None, answers).await.is_ok());
                    }
                }
            }
        });
        stage.task("cancels", {
            let (roster, id) = (roster.clone(), id.clone());
            async move {
                begun.notified().await;
                assert!(roster.cancel(&id, None).await.is_ok(), "it is known from when it has begun");
            }
        });
        let seen = seen.clone();
        stage.finally(move || {
            assert!(roster.live.borrow().is_empty(), "a task is left");
            let mut found = Box::pin(roster.find(&id, None));
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            let std::task::Poll::Ready(Ok(record)) = found.as_mut().poll(&mut cx) else { panic!("it is not kept") };
            assert!(record.ended && !record.json.contains("inputRequests"), "{record:?}");
            assert_eq!(live.record().json, record.json);
            let status = record.json.split('"').nth(7).unwrap().to_owned();
            seen.lock().unwrap().push(status);
        });
    });
    let mut seen = std::mem::take(&mut *seen.lock().unwrap());
    seen.sort();
    seen.dedup();
    assert_eq!(seen, ["cancelled", "completed"]);
    assert!(orders > 50, "{orders}");
}

/// Its client leaves before it is one, or the server ends.
#[test]
fn a_call_that_does_not_become_a_task_is_left_nowhere() {
    every_order(|stage| {
        let roster = Roster::new(Tasks::new());
        let live = roster.call(None, None).unwrap();
        let begins = live.clone();
        stage.task("begins", async move {
            let leaves = async {
                point();
            };
            tokio::select! {
                biased;
                () = begins.begin() => {}
                () = leaves => {}
            }
        });
        let ends = roster.clone();
        stage.task("ends", async move {
            ends.end();
            ends.idle().await;
        });
        stage.finally(move || {
            assert!(roster.live.borrow().is_empty(), "a task is left");
            assert!(!live.is_task());
        });
    });
}
