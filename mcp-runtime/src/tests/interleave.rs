//! What plays every order plays every order, and finds what goes wrong in one of them.

use std::panic::catch_unwind;
use std::sync::{Arc, Mutex};

use crate::interleave::{every_order, point, said};
use crate::lock::lock;

#[test]
#[cfg_attr(miri, ignore = "not every order is played there")]
fn every_order_is_played_once() {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let orders = every_order(|stage| {
        stage.interruptions(usize::MAX);
        let said = Arc::<Mutex<String>>::default();
        for name in ["a", "b"] {
            let said = said.clone();
            stage.thread(name, move || {
                for _ in 0..2 {
                    lock(&said).push_str(name);
                }
            });
        }
        let seen = seen.clone();
        stage.finally(move || seen.lock().unwrap().push(said.lock().unwrap().clone()));
    });
    let mut seen = std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(seen.len(), orders);
    seen.sort();
    seen.dedup();
    assert_eq!(seen, ["aabb", "abab", "abba", "baab", "baba", "bbaa"]);
}

/// Reads a number, and writes one more.
#[test]
fn a_lost_update_is_found() {
    let lost = catch_unwind(|| {
        every_order(|stage| {
            let number = Arc::<Mutex<u8>>::default();
            for name in ["a", "b"] {
                let number = number.clone();
                stage.thread(name, move || {
                    let read = *lock(&number);
                    *lock(&number) = read + 1;
                });
            }
            stage.finally(move || assert_eq!(*number.lock().unwrap(), 2));
        })
    });
    assert!(said(lost.unwrap_err()).starts_with("at the end, after a"));
}

/// Notifies those who wait already, and nobody else.
#[test]
fn a_lost_wake_up_is_found() {
    let lost = catch_unwind(|| {
        every_order(|stage| {
            let (bell, heard) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
            let rings = bell.clone();
            stage.thread("rings", move || {
                point();
                rings.notify_waiters();
            });
            stage.task("listens", async move { tokio::join!(bell.notified(), async { heard.notify_one() }).0 });
        })
    });
    assert!(said(lost.unwrap_err()).starts_with("[\"listens\"] wait for ever"));
}

#[test]
fn locks_taken_in_two_orders_are_found() {
    let stuck = catch_unwind(|| {
        every_order(|stage| {
            let locks = Arc::<[Mutex<()>; 2]>::default();
            for (name, first, second) in [("a", 0, 1), ("b", 1, 0)] {
                let locks = locks.clone();
                stage.thread(name, move || {
                    let _first = lock(&locks[first]);
                    let _second = lock(&locks[second]);
                });
            }
        })
    });
    assert!(said(stuck.unwrap_err()).starts_with("[\"a\", \"b\"] wait for ever"));
}
