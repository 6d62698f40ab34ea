//! What one call has done so far that its later rounds must not do again. `once` is how a function speaks to it.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::value::RawValue;

use crate::atomic::AtomicUsize;
use crate::gather::gather;
use crate::id::Id;
use crate::jsonrpc::Fault;
use crate::lock::lock;
use crate::log;
use crate::once_store::MemoryOnce;

/// The values of effects, by key.
pub(crate) type Values = BTreeMap<String, Box<RawValue>>;

/// What one call has done so far.
#[derive(Debug)]
pub(crate) struct Effects {
    /// By which the rounds of a conversation are known; the first round is of none yet.
    conversation: Option<String>,
    pub(crate) done: MemoryOnce,
    /// How many effects are on the way.
    at_work: AtomicUsize,
    /// How many of them are polled at this moment, one inside of the other.
    polled: AtomicUsize,
    /// Why the call cannot go on.
    broken: Mutex<Option<String>>,
}

impl Default for Effects {
    fn default() -> Self {
        Self {
            conversation: None,
            done: MemoryOnce::new().effects(usize::MAX).bytes(usize::MAX).age(Duration::MAX),
            at_work: AtomicUsize::default(),
            polled: AtomicUsize::default(),
            broken: Mutex::default(),
        }
    }
}

impl Effects {
    /// Those of a conversation that goes on.
    pub(crate) fn carried(conversation: String, values: &Values) -> Self {
        let effects = Self { conversation: Some(conversation), ..Self::default() };
        values.iter().for_each(|(key, value)| effects.done.put(key, value.get()));
        effects
    }

    pub(crate) fn conversation(&self) -> Option<&str> {
        self.conversation.as_deref()
    }

    /// By which the next round will know this conversation.
    pub(crate) fn named(&self) -> Result<String, Fault> {
        self.conversation.clone().map_or_else(name, Ok)
    }

    pub(crate) fn values(&self) -> Values {
        let value = |(key, value)| Some((key, RawValue::from_string(value).ok()?));
        gather(self.done.all().into_iter().filter_map(value))
    }

    /// The call does not leave the function as long as the guard is there.
    pub(crate) fn begin(&self) -> Counted<'_> {
        Counted::new(&self.at_work)
    }

    pub(crate) fn are_at_work(&self) -> bool {
        self.at_work.load(Ordering::Relaxed) > 0
    }

    /// An effect is polled as long as the guard is there.
    pub(crate) fn enter(&self) -> Counted<'_> {
        Counted::new(&self.polled)
    }

    pub(crate) fn are_polled(&self) -> bool {
        self.polled.load(Ordering::Relaxed) > 0
    }

    /// The call cannot go on, and is ended when its function has been polled.
    pub(crate) fn break_off(&self, why: String) {
        lock(&self.broken).get_or_insert(why);
    }

    pub(crate) fn broken(&self) -> Option<String> {
        lock(&self.broken).clone()
    }
}

/// One more as long as it is there.
pub(crate) struct Counted<'c>(&'c AtomicUsize);

impl<'c> Counted<'c> {
    fn new(count: &'c AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A name that no other conversation has.
fn name() -> Result<String, Fault> {
    let id = Id::random().map_err(|error| {
        log::error(format_args!("no conversation can be named: {error}"));
        Fault::internal()
    })?;
    Ok(id.to_string())
}
