//! One client of a revision before 2026-07-28: what it agreed on, its calls, and its streams.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};

use super::body::{Events, Outlet};
use super::event::Event;
use super::service::Inner;
use crate::carried::{Carried, Principal};
use crate::connection::{Cancelled, Connection, Landed};
use crate::events::{EventId, EventStore};
use crate::http_settings::Http;
use crate::id::Id;
use crate::jsonrpc::NoId;
use crate::lock::lock;
use crate::protocol::Revision;
use crate::voice::{Room, Said};

/// Milliseconds since the first time that somebody asked.
pub(super) fn now() -> u64 {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// What is known of one client.
pub(super) struct Session {
    /// `None` for a client that has no session: it sends one message, and that is all.
    pub(super) id: Option<Id>,
    pub(super) principal: Option<Principal>,
    pub(super) revision: Revision,
    /// When it was last used: [`now`].
    used: AtomicU64,
    state: Mutex<State>,
}

/// Everything that changes. The lock is never held while something is awaited.
pub(super) struct State {
    pub(super) connection: Connection,
    calls: HashMap<u64, Call>,
    streams: HashMap<u64, Stream>,
    last_stream: u64,
    has_ended: bool,
}

/// Why there is no stream.
pub(super) enum NoStream {
    TooMany,
    /// The session has.
    Ended,
    /// What came after the event is not known (any more).
    NotKept,
}

/// A call that goes on without the request that brought it.
struct Call {
    /// `None` for one of a batch that has not been polled yet.
    task: Option<AbortHandle>,
    reply: Arc<Reply>,
}

/// A stream of events that a client may come back to.
struct Stream {
    last: u64,
    outlet: Option<Outlet>,
    owner: Owner,
    /// What was said while nobody read: it takes room until somebody does, so that a call does not fill the store.
    unread: Vec<Room>,
}

/// What a stream is for.
#[derive(Clone)]
enum Owner {
    /// The answer of a call that this request brought.
    Call(Arc<Carried>),
    /// Whatever the server has to say by itself.
    Session,
}

/// Where the answer to one POST goes.
pub(super) struct Reply {
    place: Mutex<Place>,
    pub(super) ready: Notify,
    /// What brought the call.
    carried: Arc<Carried>,
    /// Whether anything can be said before the answer.
    is_stream_taken: bool,
}

enum Place {
    /// The POST waits for it.
    Waiting,
    /// It is there, and the POST takes it. There may be nothing to say after all.
    Ready(Option<Vec<u8>>),
    /// The POST goes on as this stream, which it may not have taken yet.
    Stream(u64, Option<Box<Events>>),
}

/// What a POST answers with.
pub(super) enum Taken {
    Stream(Box<Events>),
    Answer(Option<Vec<u8>>),
}

impl Reply {
    pub(super) fn new(carried: &Arc<Carried>, is_stream_taken: bool) -> Arc<Self> {
        let place = Mutex::new(Place::Waiting);
        Arc::new(Self { place, ready: Notify::new(), carried: carried.clone(), is_stream_taken })
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        lock(&self.place)
    }

    /// There will be no answer: the call was cancelled, or the session ended, before it could be remembered.
    pub(super) fn abandon(&self) {
        *self.place() = Place::Ready(None);
        self.ready.notify_one();
    }

    /// What there is once [`ready`](Self::ready) has told.
    pub(super) fn take(&self) -> Taken {
        self.place().take().unwrap_or(Taken::Answer(None))
    }
}

impl Place {
    fn take(&mut self) -> Option<Taken> {
        match self {
            Self::Waiting | Self::Stream(_, None) => None,
            Self::Ready(message) => Some(Taken::Answer(message.take())),
            Self::Stream(_, events) => events.take().map(Taken::Stream),
        }
    }
}

impl Session {
    pub(super) fn new(
        id: Option<Id>,
        principal: Option<Principal>,
        revision: Revision,
        connection: Connection,
    ) -> Arc<Self> {
        let state =
            State { connection, calls: HashMap::new(), streams: HashMap::new(), last_stream: 0, has_ended: false };
        Arc::new(Self { id, principal, revision, used: AtomicU64::new(now()), state: Mutex::new(state) })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(super) fn is_of(&self, principal: Option<&Principal>) -> bool {
        self.principal.as_ref() == principal
    }

    /// Something happens in it.
    pub(super) fn touch(&self) {
        self.used.store(now(), Ordering::Relaxed);
    }

    /// Whether nothing has happened since then, and nothing is under way.
    pub(super) fn is_idle_since(&self, then: u64) -> bool {
        if self.used.load(Ordering::Relaxed) >= then {
            return false;
        }
        // Who holds the lock is busy. Waiting for it here would hold up other sessions.
        let Ok(state) = self.state.try_lock() else {
            return false;
        };
        let is_idle = state.calls.is_empty() && !state.streams.values().any(Stream::is_open);
        if !is_idle {
            self.touch();
        }
        is_idle
    }

    /// How an error looks that answers no readable id.
    pub(super) fn no_id(&self) -> NoId {
        if self.revision < Revision::V2025_11_25 { NoId::Null } else { NoId::Absent }
    }

    /// Whether it can come back for what it has missed. An empty event, which gives it a place to come back to, breaks
    /// clients of earlier revisions.
    pub(super) fn can_poll(&self) -> bool {
        self.id.is_some() && self.revision >= Revision::V2025_11_25
    }
}

impl Session {
    /// The answer of a call is there.
    pub(super) fn land(&self, landed: Landed, reply: &Reply, store: &dyn EventStore) {
        let mut message = Vec::new();
        self.touch();
        let mut state = self.state();
        state.calls.remove(&landed.flight.serial);
        let is_batch = landed.flight.batch.is_some();
        state.connection.land(landed, &mut message);
        if !message.is_empty() {
            self.answer(&mut state, reply, Some(message), store);
        } else if !is_batch {
            self.answer(&mut state, reply, None, store);
        }
    }

    /// A call says something before it answers.
    pub(super) fn say(&self, said: Said, reply: &Reply, inner: &Inner) {
        if !reply.is_stream_taken {
            return;
        }
        let mut state = self.state();
        let number = self.stream_of(&mut state, reply, inner);
        if let Some(number) = number {
            self.send(&mut state, number, &said.message.into(), Some(said.room), &*inner.sessions.store);
        }
    }

    /// The stream of a call that has something to say; `None` if it has been answered.
    fn stream_of(&self, state: &mut State, reply: &Reply, inner: &Inner) -> Option<u64> {
        let mut place = reply.place();
        match *place {
            Place::Stream(number, _) => Some(number),
            Place::Ready(_) => None,
            Place::Waiting => {
                let (number, events) = self.open(state, Owner::Call(reply.carried.clone()), inner);
                *place = Place::Stream(number, Some(Box::new(events)));
                reply.ready.notify_one();
                Some(number)
            }
        }
    }

    /// The answer was made where the POST is.
    pub(super) fn deliver(&self, reply: &Reply, message: Vec<u8>, store: &dyn EventStore) {
        self.answer(&mut self.state(), reply, Some(message), store);
    }

    /// Ends what waits for this reply.
    fn answer(&self, state: &mut State, reply: &Reply, message: Option<Vec<u8>>, store: &dyn EventStore) {
        let mut place = reply.place();
        match *place {
            Place::Waiting => {
                *place = Place::Ready(message);
                reply.ready.notify_one();
            }
            Place::Ready(_) => {}
            Place::Stream(number, _) => {
                if let Some(message) = message {
                    self.send(state, number, &message.into(), None, store);
                }
                state.streams.remove(&number);
            }
        }
    }

    /// Drops a call that the client does not want any more.
    pub(super) fn cancel(&self, state: &mut State, cancelled: Cancelled, store: &dyn EventStore) {
        let Cancelled { serial, last } = cancelled;
        let Some(Call { task, reply }) = state.calls.remove(&serial) else {
            return;
        };
        if let Some(task) = task {
            task.abort();
        }
        if let Some(last) = last {
            self.answer(state, &reply, Some(last).filter(|last| !last.is_empty()), store);
        }
    }

    /// The session is over: its calls are dropped, its streams end.
    pub(super) fn end(&self, store: &dyn EventStore) {
        let mut state = self.state();
        state.has_ended = true;
        state.streams.clear();
        for (_, Call { task, reply }) in std::mem::take(&mut state.calls) {
            if let Some(task) = task {
                task.abort();
            }
            self.answer(&mut state, &reply, None, store);
        }
        if let Some(id) = &self.id {
            store.forget(&id.to_string());
        }
    }
}

impl State {
    /// Whether the session is over, so that nothing may begin in it.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Remembers a call that goes on. It must be spawned while the state is locked, so that it cannot have ended before.
    pub(super) fn runs(&mut self, serial: u64, task: AbortHandle, reply: Arc<Reply>) {
        self.calls.insert(serial, Call { task: Some(task), reply });
    }

    /// Remembers a call of a batch before it runs: if it is cancelled, the others may be all that the batch waits for.
    pub(super) fn will_run(&mut self, serial: u64, reply: Arc<Reply>) {
        self.calls.insert(serial, Call { task: None, reply });
    }

    /// A call of a batch was done at once.
    pub(super) fn has_run(&mut self, serial: u64) {
        self.calls.remove(&serial);
    }

    /// Forgets the session's own streams that nobody reads any more, and counts the others.
    fn own_streams(&mut self) -> usize {
        self.streams.retain(|_, stream| stream.is_answer() || stream.is_open());
        self.streams.values().filter(|stream| !stream.is_answer()).count()
    }

    /// Closes the streams that do not wait for an answer.
    pub(super) fn close_idle_streams(&mut self) {
        self.streams.retain(|_, stream| stream.is_answer());
    }
}

impl Stream {
    fn is_answer(&self) -> bool {
        match self.owner {
            Owner::Call(_) => true,
            Owner::Session => false,
        }
    }

    fn is_open(&self) -> bool {
        self.outlet.as_ref().is_some_and(|outlet| !outlet.is_closed())
    }

    /// Whether everything has been read.
    fn is_ready(&self) -> bool {
        self.outlet.as_ref().is_some_and(|outlet| !outlet.is_closed() && outlet.is_empty())
    }
}

/// Streams.
impl Session {
    /// Lets a POST go on as a stream, unless there is something to answer with by now.
    pub(super) fn go_on(&self, reply: &Reply, inner: &Inner) -> Taken {
        self.stream_of(&mut self.state(), reply, inner);
        reply.take()
    }

    /// Opens the stream that a client listens on without having asked anything.
    pub(super) fn listen(self: &Arc<Self>, inner: &Inner) -> Result<Events, NoStream> {
        let mut state = self.state();
        if state.has_ended {
            return Err(NoStream::Ended);
        }
        if state.own_streams() >= inner.http.session_streams {
            return Err(NoStream::TooMany);
        }
        let (number, events) = self.open(&mut state, Owner::Session, inner);
        Ok(self.telling(&state, number, events, &inner.sessions.store))
    }

    /// Goes on with a stream after this event.
    pub(super) fn resume(self: &Arc<Self>, last: Option<EventId>, inner: &Inner) -> Result<Events, NoStream> {
        let (http, store) = (&inner.http, &inner.sessions.store);
        let (Some(session), Some(last)) = (&self.id, last) else {
            return Err(NoStream::NotKept);
        };
        let mut state = self.state();
        if state.has_ended {
            return Err(NoStream::Ended);
        }
        let missed = store.after(&session.to_string(), last).ok_or(NoStream::NotKept)?;
        let (outlet, events) = Outlet::new(http.keep_alive, inner.unread.clone());
        for (id, message) in missed {
            outlet.replay(Event::new(None, Some(id), &message));
        }
        let Some(stream) = state.streams.get_mut(&last.stream) else {
            // It has ended, and that was the rest of it.
            return Ok(events);
        };
        stream.outlet = Some(outlet);
        stream.unread.clear();
        let is_answer = stream.is_answer();
        let events = self.polled(events, &stream.owner, http);
        Ok(if is_answer { events } else { self.telling(&state, last.stream, events, store) })
    }

    /// Tells on this stream what changes on the server, as long as somebody reads.
    fn telling(self: &Arc<Self>, state: &State, number: u64, events: Events, store: &Arc<dyn EventStore>) -> Events {
        let Some(mut bell) = state.connection.bell() else {
            return events;
        };
        let (session, store) = (self.clone(), store.clone());
        let task = tokio::spawn(async move {
            while bell.rings().await {
                if !session.tell(number, &*store) {
                    bell.again();
                }
            }
        });
        events.of(task.abort_handle())
    }

    /// Tells what has changed, unless what was told before has not been read yet.
    fn tell(&self, number: u64, store: &dyn EventStore) -> bool {
        let mut state = self.state();
        let is_ready = state.streams.get(&number).is_some_and(Stream::is_ready);
        if is_ready {
            let mut changes = Vec::new();
            state.connection.tell(|change| changes.push(change));
            changes.into_iter().for_each(|change| self.send(&mut state, number, &change.into(), None, store));
        }
        is_ready
    }

    fn open(&self, state: &mut State, owner: Owner, inner: &Inner) -> (u64, Events) {
        let http = &inner.http;
        state.last_stream = state.last_stream.saturating_add(1);
        let number = state.last_stream;
        let (outlet, events) = Outlet::new(http.keep_alive, inner.unread.clone());
        if let Some(session) = self.id.as_ref().filter(|_| self.can_poll()) {
            let id = EventId { stream: number, number: 0 };
            inner.sessions.store.keep(&session.to_string(), id, &Bytes::new());
            outlet.replay(Event::place(id, http.retry));
        } else {
            // Sends the head of the response, so that the client knows that it is heard.
            outlet.replay(Event::comment());
        }
        let events = self.polled(events, &owner, http);
        state.streams.insert(number, Stream { last: 0, outlet: Some(outlet), owner, unread: Vec::new() });
        (number, events)
    }

    /// Closes the connection when it is time to poll, or when the function wants that.
    fn polled(&self, events: Events, owner: &Owner, http: &Http) -> Events {
        if !self.can_poll() {
            return events;
        }
        let (owner, time) = (owner.clone(), http.poll_after);
        let closing = async move {
            let wanted = async {
                match &owner {
                    Owner::Call(carried) => carried.closing.notified().await,
                    Owner::Session => std::future::pending().await,
                }
            };
            match time {
                Some(time) => drop(timeout(time, wanted).await),
                None => wanted.await,
            }
        };
        events.closing_at(closing, Event::retry(http.retry))
    }

    /// Sends a message on a stream, and keeps it for those who come back. Without a room it is bounded in another way.
    fn send(&self, state: &mut State, number: u64, message: &Bytes, room: Option<Room>, store: &dyn EventStore) {
        let Some(stream) = state.streams.get_mut(&number) else {
            return;
        };
        stream.last = stream.last.saturating_add(1);
        let id = self.id.as_ref().map(|_| EventId { stream: number, number: stream.last });
        if let (Some(session), Some(id)) = (&self.id, id) {
            store.keep(&session.to_string(), id, message);
        }
        let event = Event::new(None, id, message);
        match (&stream.outlet, room) {
            // Who reads too little is given up here, and can come back.
            (_, None) => drop(stream.outlet.take_if(|outlet| !outlet.answer(event))),
            (Some(outlet), Some(room)) if !outlet.is_closed() => drop(outlet.replay(event.taking(room))),
            (_, Some(room)) => stream.unread.push(room),
        }
    }
}
