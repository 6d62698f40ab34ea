//! Calls that end and who waits for that, in every order.

use super::*;
use crate::interleave::{every_order, point};

#[test]
fn who_waits_until_nothing_is_in_flight_goes_on() {
    let orders = every_order(|stage| {
        let life = Life::new();
        for name in ["one", "other"] {
            let call = life.call(Some(Principal::new("somebody")));
            stage.thread(name, move || {
                point();
                drop(call);
            });
        }
        let idle = life.clone();
        stage.task("waits", async move {
            idle.idle().await;
            assert_eq!(idle.calls(), 0);
        });
        stage.finally(move || assert_eq!(life.calls_of(&Principal::new("somebody")), 0));
    });
    assert!(orders > 50, "{orders}");
}

#[test]
fn a_phase_never_goes_back() {
    every_order(|stage| {
        let life = Life::new();
        for (name, phase) in [("drains", Phase::Draining), ("ends", Phase::Over)] {
            let life = life.clone();
            stage.thread(name, move || {
                point();
                life.enter(phase);
            });
        }
        stage.task("waits", async move {
            life.draining().await;
            life.over().await;
            assert!(life.is_over());
        });
    });
}
