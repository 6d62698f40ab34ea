//! What one client has been told, and when it is told again.

use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Kind;
use super::board::{Board, Watched};
use crate::json::Object;
use crate::jsonrpc::{RequestId, notification};
use crate::protocol::meta;
use crate::tasks::{Following, TaskRecord};
use crate::uri::in_lower_scheme;

/// What comes within this time is told together, so that whoever changes a thing a thousand times a second does not keep
/// the server busy with telling.
const PACE: Duration = Duration::from_millis(100);

/// How long the URIs may be together to which one client subscribes, in bytes: they stay as long as its session.
pub(crate) const LENGTH: usize = 64 * 1024;

/// What a client wants to be told of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) lists: [bool; Kind::ALL.len()],
    /// `None` if it did not say anything about resources.
    pub(crate) resources: Option<Vec<String>>,
    /// `None` if it did not say anything about tasks.
    pub(crate) tasks: Option<Vec<String>>,
}

/// What one client has been told. Its size does not depend on what happens.
#[derive(Debug)]
pub(crate) struct Listener {
    board: Arc<Board>,
    /// How often each list had changed; `None` for those that the client does not want to hear of.
    lists: [Option<u64>; Kind::ALL.len()],
    resources: Vec<Subscription>,
}

/// A resource to which the client has subscribed.
#[derive(Debug)]
struct Subscription {
    /// As the client writes it.
    uri: Box<str>,
    watched: Arc<Watched>,
    updates: u64,
}

/// Why there is no subscription.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    NotWatched,
    TooMany,
    TooLong,
    /// All clients together have subscribed to as much as may be.
    Busy,
}

/// Something to tell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change<'l> {
    List(Kind),
    Resource(&'l str),
    Task(&'l TaskRecord),
}

impl Change<'_> {
    /// The notification, on the subscription that a request has opened, if there is one.
    pub(crate) fn message(&self, subscription: Option<&RequestId>) -> Vec<u8> {
        let method = match self {
            Self::List(kind) => kind.notification(),
            Self::Resource(_) => "notifications/resources/updated",
            Self::Task(_) => "notifications/tasks",
        };
        notification(method, |params| {
            if let Some(id) = subscription {
                subscribed(id, params);
            }
            match self {
                Self::List(_) => {}
                Self::Resource(uri) => params.field("uri", uri),
                Self::Task(record) => params.members(&record.json),
            }
        })
    }
}

/// To which request a message belongs (2026-07-28, Subscriptions, Receiving Notifications).
fn subscribed(id: &RequestId, params: &mut Object<'_>) {
    params.with("_meta", |out| {
        let mut object = Object::open(out);
        object.raw(meta::SUBSCRIPTION_ID, id.as_json());
        object.close();
    });
}

impl Listener {
    /// Of a client from before 2026-07-28: it is told of all lists that there are, and of the resources to which it
    /// subscribes.
    pub(crate) fn of_session(board: &Arc<Board>, has: impl Fn(Kind) -> bool) -> Self {
        let lists = Kind::ALL.map(|kind| has(kind).then(|| board.changes(kind)));
        Self { board: board.clone(), lists, resources: Vec::new() }
    }

    /// Of a client that says what it wants. What is not watched is left out.
    ///
    /// # Errors
    /// If there are more resources than may be.
    pub(crate) fn of(board: &Arc<Board>, filter: &Filter, most: usize) -> Result<Self, Refused> {
        let wanted = |(kind, wanted): (Kind, bool)| wanted.then(|| board.changes(kind));
        let mut lists = Kind::ALL.into_iter().zip(filter.lists).map(wanted);
        let lists = Kind::ALL.map(|_| lists.next().flatten());
        let mut listener = Self { board: board.clone(), lists, resources: Vec::new() };
        for uri in filter.resources.iter().flatten() {
            match listener.subscribe(uri, most) {
                Ok(()) | Err(Refused::NotWatched) => {}
                Err(refused @ (Refused::TooMany | Refused::TooLong | Refused::Busy)) => return Err(refused),
            }
        }
        Ok(listener)
    }

    pub(crate) fn subscribe(&mut self, uri: &str, most: usize) -> Result<(), Refused> {
        let key = in_lower_scheme(uri);
        if !self.board.is_watched(&key) {
            return Err(Refused::NotWatched);
        }
        if self.resources.iter().any(|one| *one.uri == *uri) {
            return Ok(());
        }
        if self.resources.len() >= most {
            return Err(Refused::TooMany);
        }
        if self.resources().map(str::len).fold(uri.len(), usize::saturating_add) > LENGTH {
            return Err(Refused::TooLong);
        }
        let watched = self.board.watch(&key).ok_or(Refused::Busy)?;
        self.resources.push(Subscription { uri: uri.into(), updates: watched.updates(), watched });
        Ok(())
    }

    pub(crate) fn unsubscribe(&mut self, uri: &str) {
        let board = &self.board;
        self.resources.extract_if(.., |one| *one.uri == *uri).for_each(|one| one.end(board));
    }

    /// The resources to which the client has subscribed.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &str> {
        self.resources.iter().map(|one| &*one.uri)
    }

    /// Tells what has changed since the last time.
    pub(crate) fn tell(&mut self, mut tell: impl FnMut(Change<'_>)) {
        for (kind, told) in Kind::ALL.into_iter().zip(&mut self.lists) {
            let now = self.board.changes(kind);
            if told.as_mut().is_some_and(|told| std::mem::replace(told, now) != now) {
                tell(Change::List(kind));
            }
        }
        for Subscription { uri, watched, updates } in &mut self.resources {
            let now = watched.updates();
            if std::mem::replace(updates, now) != now {
                tell(Change::Resource(uri));
            }
        }
    }

    /// What the server will tell (2026-07-28, Subscriptions, Acknowledgment).
    pub(crate) fn acknowledgement(&self, id: &RequestId, filter: &Filter, tasks: &Following) -> Vec<u8> {
        notification("notifications/subscriptions/acknowledged", |params| {
            subscribed(id, params);
            params.with("notifications", |out| {
                let mut object = Object::open(out);
                for (kind, _) in Kind::ALL.into_iter().zip(self.lists).filter(|(_, told)| told.is_some()) {
                    object.field(kind.filter(), &true);
                }
                if filter.resources.is_some() {
                    object.field("resourceSubscriptions", &self.resources().collect::<Vec<_>>());
                }
                if filter.tasks.is_some() {
                    object.field("taskIds", &tasks.ids().collect::<Vec<_>>());
                }
                object.close();
            });
        })
    }
}

impl Subscription {
    fn end(self, board: &Board) {
        board.unwatch(&in_lower_scheme(&self.uri), self.watched);
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.resources.drain(..).for_each(|one| one.end(&self.board));
    }
}

/// Rings when there may be something to tell.
#[derive(Debug)]
pub(crate) struct Bell {
    rung: watch::Receiver<()>,
    is_over: watch::Receiver<bool>,
    /// Not before.
    rest: Option<Instant>,
}

impl Bell {
    /// It rings at once: there may have been changes before.
    pub(super) fn new(mut rung: watch::Receiver<()>, is_over: watch::Receiver<bool>) -> Self {
        rung.mark_changed();
        Self { rung, is_over, rest: None }
    }

    /// Waits until it rings; `false` when it never will again. Nothing is lost if the wait is given up.
    pub(crate) async fn rings(&mut self) -> bool {
        self.rings_or(pin!(pending())).await
    }

    /// Waits until it rings, or something else happens; `false` when it never will ring again.
    pub(crate) async fn rings_or(&mut self, happens: Pin<&mut (dyn Future<Output = ()> + Send)>) -> bool {
        let Self { rung, is_over, rest } = self;
        let rings = async {
            if let Some(rest) = *rest {
                sleep_until(rest).await;
            }
            let is_there = tokio::select! {
                rung = rung.changed() => rung.is_ok(),
                () = happens => true,
            };
            *rest = Instant::now().checked_add(PACE);
            is_there
        };
        tokio::select! {
            biased;
            _ = is_over.wait_for(|is_over| *is_over) => false,
            is_there = rings => is_there,
        }
    }

    /// What could not be told now is to be told later.
    pub(crate) fn again(&mut self) {
        self.rung.mark_changed();
    }
}
