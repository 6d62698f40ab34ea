//! Whether the server still takes requests, and what goes on in it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, watch};

use crate::atomic::AtomicUsize;
use crate::carried::Principal;
use crate::lock::lock;

/// How far the server has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// It takes requests.
    Serving,
    /// It finishes what it has accepted.
    Draining,
    /// The time for that is over.
    Over,
}

/// The phase, and the calls in flight. Calls that are done at once are never counted.
#[derive(Debug)]
pub(super) struct Life {
    phase: watch::Sender<Phase>,
    /// Nothing ends before this is set. Every request asks, and asking the phase itself would be a write to what all share.
    is_ending: AtomicBool,
    calls: AtomicUsize,
    idle: Notify,
    by_principal: Mutex<HashMap<Principal, usize>>,
}

impl Life {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            phase: watch::Sender::new(Phase::Serving),
            is_ending: AtomicBool::new(false),
            calls: AtomicUsize::new(0),
            idle: Notify::new(),
            by_principal: Mutex::default(),
        })
    }

    pub(super) fn is_serving(&self) -> bool {
        !self.is_ending.load(Ordering::Acquire) || *self.phase.borrow() == Phase::Serving
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_ending.load(Ordering::Acquire) && *self.phase.borrow() == Phase::Over
    }

    /// A phase never goes back.
    pub(super) fn enter(&self, phase: Phase) {
        self.is_ending.store(true, Ordering::Release);
        self.phase.send_if_modified(|current| phase > *current && std::mem::replace(current, phase) != phase);
    }

    /// Waits until it takes no requests any more.
    pub(super) async fn draining(&self) {
        // The sender lives as long as `self`.
        let _ = self.phase.subscribe().wait_for(|phase| *phase != Phase::Serving).await;
    }

    /// Waits until the time is over.
    pub(super) async fn over(&self) {
        // The sender lives as long as `self`.
        let _ = self.phase.subscribe().wait_for(|phase| *phase == Phase::Over).await;
    }

    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    pub(super) fn calls_of(&self, principal: &Principal) -> usize {
        lock(&self.by_principal).get(principal).copied().unwrap_or_default()
    }

    /// Counts a call until the guard is dropped.
    pub(super) fn call(self: &Arc<Self>, principal: Option<Principal>) -> InFlight {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if let Some(principal) = &principal {
            let mut by_principal = lock(&self.by_principal);
            let calls = by_principal.entry(principal.clone()).or_default();
            *calls = calls.saturating_add(1);
        }
        InFlight { life: self.clone(), principal }
    }

    /// Waits until no call is in flight.
    pub(super) async fn idle(&self) {
        let mut notified = std::pin::pin!(self.idle.notified());
        loop {
            notified.as_mut().enable();
            if self.calls() == 0 {
                return;
            }
            notified.as_mut().await;
            notified.set(self.idle.notified());
        }
    }
}

/// A call in flight.
#[derive(Debug)]
pub(super) struct InFlight {
    life: Arc<Life>,
    principal: Option<Principal>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(principal) = &self.principal {
            let mut by_principal = lock(&self.life.by_principal);
            if let Some(calls) = by_principal.get_mut(principal) {
                *calls = calls.saturating_sub(1);
                if *calls == 0 {
                    by_principal.remove(principal);
                }
            }
        }
        if self.life.calls.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.life.idle.notify_waiters();
        }
    }
}

#[cfg(test)]
mod orders;
