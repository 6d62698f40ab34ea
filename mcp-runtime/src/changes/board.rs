//! What is switched on, and how often everything has changed. Listeners compare that with what they have told.

use std::collections::HashMap;
use std::panic::Location;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::watch;

use super::{Bell, Kind, UnknownItem};
use crate::atomic::{AtomicBool, AtomicU64};
use crate::lock::lock;
use crate::schema::nearest;
use crate::uri::{Template, in_lower_scheme};

/// Whether an item is offered at present.
#[derive(Clone, Debug)]
pub(crate) struct Switch(Arc<AtomicBool>);

impl Default for Switch {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl Switch {
    pub(crate) fn is_on(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Whether that changes anything.
    fn set(&self, on: bool) -> bool {
        self.0.swap(on, Ordering::AcqRel) != on
    }
}

/// What a server offers: its items by kind and key, and the resources that clients may watch.
#[derive(Debug, Default)]
pub(crate) struct Offered {
    pub(crate) items: [Vec<(&'static str, Switch)>; Kind::ALL.len()],
    pub(crate) watched: Vec<&'static Template>,
}

impl Offered {
    fn switch(&self, kind: Kind, name: &str) -> Result<&Switch, UnknownItem> {
        let items = self.items.get(kind as usize).map_or(&[][..], Vec::as_slice);
        let found = items.iter().find(|(known, _)| *known == name);
        found.map(|(_, switch)| switch).ok_or_else(|| {
            let nearest = nearest(name, items.iter().map(|(known, _)| *known)).map(str::to_owned);
            UnknownItem { kind: kind.word(), name: name.to_owned(), nearest, is_unwatched: false }
        })
    }

    fn watches(&self, uri: &str) -> Result<(), UnknownItem> {
        if self.is_watched(uri) {
            return Ok(());
        }
        let nearest = nearest(uri, self.watched.iter().map(|template| template.text)).map(str::to_owned);
        let is_unwatched = self.switch(Kind::Resources, uri).is_ok();
        Err(UnknownItem { kind: "watched resource", name: uri.to_owned(), nearest, is_unwatched })
    }

    fn is_watched(&self, uri: &str) -> bool {
        self.watched.iter().any(|template| template.fits(uri))
    }
}

/// A resource to which somebody has subscribed.
#[derive(Debug, Default)]
pub(super) struct Watched {
    updates: AtomicU64,
}

impl Watched {
    pub(super) fn updates(&self) -> u64 {
        self.updates.load(Ordering::Acquire)
    }
}

/// What all subscriptions together may take, in bytes.
pub(crate) const ROOM: usize = 64 * 1024 * 1024;

/// What one takes: its URI stands on the board and with who has subscribed, among other things.
pub(super) fn size(uri: &str) -> usize {
    const AROUND: usize = 256;
    uri.len().saturating_mul(2).saturating_add(AROUND)
}

/// The resources to which somebody has subscribed.
#[derive(Debug, Default)]
struct Subscribed {
    by_uri: HashMap<Box<str>, Arc<Watched>>,
    /// How much of the room they take.
    taken: usize,
}

impl Subscribed {
    /// Whether somebody is to be told. Nobody holds on to a resource meanwhile: who unsubscribes counts those who do.
    fn update(&self, uri: &str) -> bool {
        self.by_uri.get(uri).map(|watched| watched.updates.fetch_add(1, Ordering::AcqRel)).is_some()
    }
}

/// Something that was said before names were known, and where.
#[derive(Debug)]
struct Early {
    said: Said,
    at: &'static Location<'static>,
}

#[derive(Debug, PartialEq, Eq)]
enum Said {
    Switch(Kind, String, bool),
    Updated(String),
}

/// What is shared between those who change something and those who tell clients.
#[derive(Debug, Default)]
pub(crate) struct Board {
    offered: OnceLock<Offered>,
    /// What was said before the server was built.
    early: Mutex<Vec<Early>>,
    changes: [AtomicU64; Kind::ALL.len()],
    subscribed: Mutex<Subscribed>,
    /// Rings at every change.
    bell: watch::Sender<()>,
    /// Whether there will be no more changes. Apart from the bell, so that who rests does not wake at every change.
    is_over: watch::Sender<bool>,
}

impl Board {
    /// The server is built: from now on names are known. Gives a fault for each that was used before and is not there.
    pub(crate) fn open(&self, offered: Offered) -> Vec<String> {
        let mut early = lock(&self.early);
        let offered = self.offered.get_or_init(|| offered);
        let fault = |Early { said, at }: Early| {
            let known = match &said {
                Said::Switch(kind, name, on) => offered.switch(*kind, name).map(|switch| {
                    switch.set(*on);
                }),
                // Nobody can have subscribed.
                Said::Updated(uri) => offered.watches(uri),
            };
            known.err().map(|unknown| format!("{unknown}\n  at {}:{}", at.file(), at.line()))
        };
        early.drain(..).filter_map(fault).collect()
    }

    /// The names, once they are known; what is said before is checked then.
    #[track_caller]
    fn offered(&self, said: impl FnOnce() -> Said) -> Option<&Offered> {
        if let Some(offered) = self.offered.get() {
            return Some(offered);
        }
        let mut early = lock(&self.early);
        if let Some(offered) = self.offered.get() {
            return Some(offered);
        }
        let said = said();
        early.retain(|earlier| earlier.said != said);
        early.push(Early { said, at: Location::caller() });
        None
    }

    #[track_caller]
    pub(super) fn switch(&self, kind: Kind, name: &str, on: bool) -> Result<(), UnknownItem> {
        if let Some(offered) = self.offered(|| Said::Switch(kind, name.to_owned(), on))
            && offered.switch(kind, name)?.set(on)
        {
            self.announce(kind);
        }
        Ok(())
    }

    pub(super) fn announce(&self, kind: Kind) {
        if let Some(changes) = self.changes.get(kind as usize) {
            changes.fetch_add(1, Ordering::AcqRel);
        }
        self.ring();
    }

    #[track_caller]
    pub(super) fn updated(&self, uri: &str) -> Result<(), UnknownItem> {
        let uri = &*in_lower_scheme(uri);
        let Some(offered) = self.offered(|| Said::Updated(uri.to_owned())) else {
            return Ok(());
        };
        offered.watches(uri)?;
        if lock(&self.subscribed).update(uri) {
            self.ring();
        }
        Ok(())
    }

    fn ring(&self) {
        self.bell.send_replace(());
    }

    /// There will be no more changes: listeners end.
    pub(crate) fn close(&self) {
        self.is_over.send_replace(true);
    }

    pub(crate) fn bell(&self) -> Bell {
        Bell::new(self.bell.subscribe(), self.is_over.subscribe())
    }

    /// How often a list has changed.
    pub(crate) fn changes(&self, kind: Kind) -> u64 {
        self.changes.get(kind as usize).map_or(0, |changes| changes.load(Ordering::Acquire))
    }

    pub(super) fn is_watched(&self, uri: &str) -> bool {
        self.offered.get().is_some_and(|offered| offered.is_watched(uri))
    }

    /// Somebody subscribes, if there is room.
    pub(super) fn watch(&self, uri: &str) -> Option<Arc<Watched>> {
        let subscribed = &mut *lock(&self.subscribed);
        let taken = subscribed.taken.saturating_add(size(uri));
        if taken > ROOM {
            return None;
        }
        subscribed.taken = taken;
        Some(subscribed.by_uri.entry(uri.into()).or_default().clone())
    }

    /// Somebody has unsubscribed. Who was the last takes the resource off the board.
    pub(super) fn unwatch(&self, uri: &str, watched: Arc<Watched>) {
        let subscribed = &mut *lock(&self.subscribed);
        subscribed.taken = subscribed.taken.saturating_sub(size(uri));
        drop(watched);
        if subscribed.by_uri.get(uri).is_some_and(|watched| Arc::strong_count(watched) == 1) {
            subscribed.by_uri.remove(uri);
        }
    }

    #[cfg(test)]
    pub(super) fn watched(&self) -> usize {
        lock(&self.subscribed).by_uri.len()
    }

    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        lock(&self.subscribed).taken
    }
}
