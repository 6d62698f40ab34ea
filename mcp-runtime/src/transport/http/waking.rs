//! The waker of a connection. hyper wakes itself when a body is taken from it, so that it reads on; of a body that is whole
//! there is nothing left to read, and the connection would be polled a second time for every request.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

thread_local! {
    static TAKING: Cell<Taking> = const { Cell::new(Taking { waker: ptr::null(), has_woken: false }) };
}

/// The connection that takes a body on this thread.
#[derive(Clone, Copy)]
struct Taking {
    /// [`Waker::data`], null if there is none.
    waker: *const (),
    has_woken: bool,
}

/// Takes what is there of a body. Whether the connection wanted to be woken by that is told, and it has not been: it must be if
/// the body goes on.
pub(super) fn take<T>(cx: &mut Context<'_>, body: impl FnOnce(&mut Context<'_>) -> T) -> (T, bool) {
    /// Also when a body panics.
    struct Over;

    impl Drop for Over {
        fn drop(&mut self) {
            TAKING.set(Taking { waker: ptr::null(), has_woken: false });
        }
    }

    let _over = Over;
    TAKING.set(Taking { waker: cx.waker().data(), has_woken: false });
    let taken = body(cx);
    (taken, TAKING.get().has_woken)
}

/// Wakes the task of a connection.
struct Awake(Waker);

impl Wake for Awake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let taking = TAKING.get();
        // Others wake from other threads. A stream of HTTP/2, which has a task of its own, does not take for its connection.
        if taking.waker == Arc::as_ptr(self).cast() {
            TAKING.set(Taking { has_woken: true, ..taking });
        } else {
            self.0.wake_by_ref();
        }
    }
}

/// The waker for the connection of this task.
pub(super) async fn of_this_task() -> Waker {
    poll_fn(|cx| Poll::Ready(Waker::from(Arc::new(Awake(cx.waker().clone()))))).await
}

/// Waits with this waker.
pub(super) async fn wait<F: Future>(waker: &Waker, mut future: Pin<&mut F>) -> F::Output {
    poll_fn(|_| future.as_mut().poll(&mut Context::from_waker(waker))).await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_body_wakes_all_but_the_connection_that_takes_it() {
        let count = Arc::<Count>::default();
        let [own, other] = [(), ()].map(|()| Waker::from(Arc::new(Awake(Waker::from(count.clone())))));
        let woken = || count.0.load(Ordering::Relaxed);
        let mut cx = Context::from_waker(&own);
        own.wake_by_ref();
        assert_eq!(woken(), 1);
        assert_eq!(take(&mut cx, |cx| cx.waker().wake_by_ref()), ((), true));
        assert_eq!(take(&mut cx, |_| ()), ((), false));
        assert_eq!(woken(), 1);
        assert_eq!(take(&mut cx, |_| other.wake_by_ref()), ((), false));
        assert_eq!(woken(), 2);
        let (joined, is_woken) = take(&mut cx, |_| thread::scope(|scope| scope.spawn(|| own.wake_by_ref()).join()));
        joined.unwrap();
        assert!(!is_woken);
        assert_eq!(woken(), 3, "another thread knows nothing of the body");
        own.wake_by_ref();
        assert_eq!(woken(), 4);
    }
}
