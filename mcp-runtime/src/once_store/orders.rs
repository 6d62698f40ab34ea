//! Rounds of one call at the same time, in every order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::interleave::{chosen, every_order, point};

/// Ends a claim as `Once` does, also when the round is dropped.
struct Claim<'m>(&'m MemoryOnce);

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.0.let_go("effect");
    }
}

/// One round: the effect is had, fails, or was had before. Whether it was had when it ends.
async fn round(memory: &MemoryOnce, had: &AtomicUsize) {
    match memory.take("effect").await {
        OnceClaim::Done(value) => assert_eq!((&*value, had.load(Ordering::SeqCst)), ("7", 1)),
        OnceClaim::Mine => {
            let claim = Claim(memory);
            point();
            if chosen(2) == 0 {
                had.fetch_add(1, Ordering::SeqCst);
                point();
                memory.put("effect", "7");
                std::mem::forget(claim);
            }
        }
    }
}

#[test]
fn an_effect_is_had_once() {
    let orders = every_order(|stage| {
        let (memory, had) = (Arc::<MemoryOnce>::default(), Arc::<AtomicUsize>::default());
        for name in ["first", "second", "third"] {
            let (memory, had) = (memory.clone(), had.clone());
            stage.task(name, async move { round(&memory, &had).await });
        }
        stage.finally(move || {
            assert!(had.load(Ordering::SeqCst) <= 1);
            assert!(memory.memory().claimed.is_empty(), "a claim is left");
        });
    });
    assert!(orders > 50, "{orders}");
}

/// One of the clients leaves while its round waits, or has the effect.
#[test]
fn a_round_that_is_dropped_hinders_nobody() {
    every_order(|stage| {
        let (memory, had) = (Arc::<MemoryOnce>::default(), Arc::<AtomicUsize>::default());
        let (dropped, dropped_had) = (memory.clone(), had.clone());
        stage.task("leaves", async move {
            let leaves = async {
                point();
            };
            tokio::select! {
                biased;
                () = round(&dropped, &dropped_had) => {}
                () = leaves => {}
            }
        });
        let stays = memory.clone();
        stage.task("stays", async move {
            let value = loop {
                match stays.take("effect").await {
                    OnceClaim::Done(value) => break value,
                    OnceClaim::Mine => {
                        had.fetch_add(1, Ordering::SeqCst);
                        stays.put("effect", "7");
                    }
                }
            };
            assert_eq!(value, "7");
        });
        stage.finally(move || assert!(memory.memory().claimed.is_empty(), "a claim is left"));
    });
}
