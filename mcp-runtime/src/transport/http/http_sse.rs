//! HTTP+SSE, the transport of 2024-11-05: one stream for everything that the server says, and POSTs for the client.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, Weak};
use std::task::Context;

use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::accept::Accepts;
use super::answering::{Answered, start};
use super::body::{Body, Outlet};
use super::event::Event;
use super::legacy::unopened;
use super::life::Life;
use super::reply;
use super::service::Inner;
use super::sessions::NoSession;
use crate::carried::{Carried, Principal};
use crate::changes::Bell;
use crate::connection::{Cancelled, Connection, Landed, Step};
use crate::id::Id;
use crate::jsonrpc::{self, Rejected, write_result};
use crate::limit::Limit;
use crate::lock::lock;
use crate::served::Settings;
use crate::voice::Said;
use crate::work::{Next, Work};

/// The open streams.
#[derive(Default)]
pub(super) struct HttpSse {
    clients: Arc<Clients>,
}

/// A client takes itself out when it is dropped.
type Clients = Mutex<HashMap<Id, Weak<Client>>>;

impl HttpSse {
    /// Opens a stream, which first tells where to POST. The place is relative, so that a server may be mounted anywhere.
    pub(super) fn open(&self, inner: &Inner, principal: Option<Principal>) -> Response<Body> {
        let (outlet, events) = Outlet::new(inner.http.keep_alive, inner.unread.clone());
        match self.add(inner, principal, outlet) {
            Ok(client) => {
                let bell = inner.core.board.as_ref().map(|board| board.bell());
                tokio::spawn(client.stay(inner.life.clone(), bell));
                reply::events(events)
            }
            Err(no_session) => unopened(inner, None, no_session),
        }
    }

    fn add(&self, inner: &Inner, principal: Option<Principal>, outlet: Outlet) -> Result<Arc<Client>, NoSession> {
        let id = Id::random().map_err(NoSession::NoRandomness)?;
        let mut clients = lock(&self.clients);
        if clients.len() >= inner.http.sessions {
            return Err(NoSession::TooMany);
        }
        outlet.replay(Event::new(Some("endpoint"), None, &format!("messages?sessionId={id}").into()));
        let state = State { connection: Connection::new(inner.core.clone()), calls: HashMap::new() };
        let client = Arc::new(Client {
            id,
            principal,
            outlet,
            backlog: inner.core.settings.backlog,
            is_late: watch::Sender::new(false),
            state: Mutex::new(state),
            clients: self.clients.clone(),
        });
        clients.insert(id, Arc::downgrade(&client));
        Ok(client)
    }

    fn find(&self, parts: &Parts) -> Option<Arc<Client>> {
        let id = session_id(parts)?;
        // Who drops a client locks the map again, so that nothing but a clone is made here.
        let client = lock(&self.clients).get(&id).and_then(Weak::upgrade)?;
        (client.principal.as_ref() == parts.extensions.get()).then_some(client)
    }
}

/// Takes a message. Its answer, if there is one, goes out on the stream.
pub(super) fn post(
    inner: &Arc<Inner>,
    _: Accepts,
    carried: &Arc<Carried>,
    message: &[u8],
    cx: &mut Context<'_>,
) -> Answered {
    let Some(client) = inner.http_sse.find(&carried.parts) else {
        return reply::refuse(StatusCode::NOT_FOUND, "there is no such session; open the stream again").into();
    };
    if let Err(Rejected { id, fault }) = check(message, &inner.core.settings) {
        let no_id = lock(&client.state).connection.no_id();
        return reply::fault_as(no_id, StatusCode::BAD_REQUEST, id.as_ref(), &fault).into();
    }
    Post { inner, client, carried }.receive(message, cx);
    reply::empty(StatusCode::ACCEPTED).into()
}

/// `sessionId` of the query.
fn session_id(parts: &Parts) -> Option<Id> {
    let query = parts.uri.query()?;
    let mut given = query.split('&').filter_map(|pair| pair.strip_prefix("sessionId="));
    let id = given.next()?;
    Id::read(id.as_bytes()).filter(|_| given.next().is_none())
}

/// What is no message is told to who sends it, and not on the stream.
fn check(message: &[u8], settings: &Settings) -> Result<(), Rejected> {
    let text = jsonrpc::text(jsonrpc::without_mark(message))?;
    if jsonrpc::is_batch(text) {
        jsonrpc::batch(text, settings.batch_length).map(drop)
    } else {
        jsonrpc::read(text, settings.depth).map(drop)
    }
}

/// A client with its stream, which ends when nobody holds it any more: not [`stay`](Self::stay), and no call in flight.
struct Client {
    id: Id,
    principal: Option<Principal>,
    outlet: Outlet,
    /// How many bytes may wait for it.
    backlog: usize,
    /// Whether so much waits for it that it is given up.
    is_late: watch::Sender<bool>,
    state: Mutex<State>,
    clients: Arc<Clients>,
}

/// Everything that changes. The lock is never held while something is awaited.
struct State {
    connection: Connection,
    calls: HashMap<u64, AbortHandle>,
}

impl Drop for Client {
    fn drop(&mut self) {
        lock(&self.clients).remove(&self.id);
    }
}

impl Client {
    /// Keeps the stream open until the client is gone, or the server is about to end.
    async fn stay(self: Arc<Self>, life: Arc<Life>, bell: Option<Bell>) {
        tokio::select! {
            () = self.gone() => {}
            () = life.draining() => {}
            never = self.tell(bell) => match never {},
        }
    }

    /// Tells what changes on the server, as long as the client reads.
    async fn tell(&self, bell: Option<Bell>) -> Infallible {
        if let Some(mut bell) = bell {
            while bell.rings().await {
                if self.outlet.is_empty() {
                    lock(&self.state).connection.tell(|change| self.send(&change));
                } else {
                    bell.again();
                }
            }
        }
        std::future::pending().await
    }

    /// Waits until the client has left, or reads too slowly.
    async fn gone(&self) {
        let mut is_late = self.is_late.subscribe();
        tokio::select! {
            () = self.outlet.closed() => {}
            _ = is_late.wait_for(|is_late| *is_late) => {}
        }
    }

    /// Sends a message, if there is one.
    fn send(&self, message: &[u8]) {
        if !message.is_empty() {
            self.put(Event::new(Some("message"), None, &Bytes::copy_from_slice(message)));
        }
    }

    /// A call says something before it answers.
    fn say(&self, said: Said) {
        self.put(Event::said_as(Some("message"), said));
    }

    fn put(&self, event: Event) {
        if !self.outlet.send(event, self.backlog) {
            self.is_late.send_replace(true);
            if !self.outlet.is_closed() {
                Limit::Backlog.reached(self.backlog);
            }
        }
    }

    /// The answer of a call is there.
    fn land(&self, landed: Landed) {
        let mut message = Vec::new();
        let mut state = lock(&self.state);
        state.calls.remove(&landed.flight.serial);
        state.connection.land(landed, &mut message);
        drop(state);
        self.send(&message);
    }

    /// Drops a call that the client does not want any more.
    fn cancel(&self, Cancelled { serial, last }: Cancelled) {
        if let Some(call) = lock(&self.state).calls.remove(&serial) {
            call.abort();
        }
        self.send(&last.unwrap_or_default());
    }
}

/// A message on its way to a client's connection.
struct Post<'p> {
    inner: &'p Arc<Inner>,
    client: Arc<Client>,
    carried: &'p Arc<Carried>,
}

impl Post<'_> {
    fn receive(self, message: &[u8], cx: &mut Context<'_>) {
        let (mut out, mut steps) = (Vec::new(), Vec::new());
        let carrier = self.carried.clone().into();
        lock(&self.client.state).connection.receive(message, &carrier, &mut out, &mut steps);
        self.client.send(&out);
        for step in steps {
            match step {
                Step::Answer(id, kept) => {
                    let mut answer = Vec::new();
                    write_result(&mut answer, &id, |out| out.extend_from_slice(&kept));
                    self.client.send(&answer);
                }
                Step::Run(work) => self.run(work, cx),
                Step::Cancel(cancelled) => self.client.cancel(cancelled),
            }
        }
    }

    /// Answers at once what is done at once.
    fn run(&self, mut work: Box<Work>, cx: &mut Context<'_>) {
        if let Err((_, fault)) = self.inner.admits_call(&self.carried.parts) {
            let mut refusal = Vec::new();
            lock(&self.client.state).connection.refuse(work.ticket, &fault, &mut refusal);
            return self.client.send(&refusal);
        }
        match start(&mut work, cx) {
            Ok(outcome) => {
                self.inner.core.tell_if_blocked(&work);
                while let Some(said) = work.said() {
                    self.client.say(said);
                }
                self.client.land(Landed::new(&self.inner.core, work.ticket, outcome));
            }
            Err(deadline) => self.go_on(work, deadline),
        }
    }

    /// The rest goes on by itself, as long as the client is there.
    fn go_on(&self, mut work: Box<Work>, deadline: Instant) {
        let (inner, client, flight) = (self.inner.clone(), self.client.clone(), work.ticket.flight);
        let mut state = lock(&self.client.state);
        if !state.connection.awaits(&work.ticket.id, flight) {
            return;
        }
        let counted = inner.life.call(client.principal.clone());
        let task = tokio::spawn(async move {
            let outcome = loop {
                let next = tokio::select! {
                    biased;
                    next = work.next(deadline) => next,
                    () = client.gone() => return,
                    () = inner.life.over() => return,
                };
                match next {
                    Next::Ended(outcome) => break outcome,
                    Next::Said(said) => client.say(said),
                }
            };
            inner.core.tell_if_blocked(&work);
            client.land(Landed::new(&inner.core, work.ticket, outcome));
            drop(counted);
        });
        state.calls.insert(flight.serial, task.abort_handle());
    }
}

#[cfg(test)]
mod tests;
