//! All connections of a server: accepts them, looks after them, and ends them.

use std::collections::HashMap;
use std::convert::Infallible;
use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::Service;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep, timeout};

use super::conversation::{Alive, Conversation, NOTICE};
use super::listener::{Accepting, Listener};
use super::turned_away::TurnedAway;
use super::watch::{Late, Limits, Pulse, Watch};
use crate::http_settings::Http;
use crate::limit::Limit;
use crate::stop::Stop;

/// How many clients are told at once that there is no connection left; further ones are not told.
const TOLD: usize = 64;

/// How long a client has to hear that.
const TELLING: Duration = Duration::from_secs(5);

/// How long a connection that has nothing left to do may take to end.
const PARTING: Duration = Duration::from_millis(200);

/// How often that is looked at.
const LEAVING: Duration = Duration::from_millis(50);

/// How long tasks may take to be dropped. A function that blocks its thread cannot be ended: nobody waits for it.
const DROPPING: Duration = Duration::from_secs(1);

/// Serves every connection until asked to stop. What was begun may then be finished within `drain`; when this returns, all
/// connections and their tasks are gone. Dropping it ends them too.
pub(super) async fn serve<L, S, B>(
    listener: L,
    http: &Http,
    drain: Duration,
    stop: &Stop,
    make: impl Fn(Arc<Pulse>) -> S,
) where
    L: Listener,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (alive, mut gone) = mpsc::channel(1);
    let mut connections = Connections::new(http, make, alive);
    connections.accept_until(Accepting::new(listener), stop).await;
    connections.leave();
    tokio::select! {
        () = connections.all_ended() => {}
        () = sleep(drain) => {}
        () = stop.urged() => {}
    }
    drop(connections);
    // Nothing is ever sent: this waits for the last task to drop its end.
    let _ = timeout(DROPPING, gone.recv()).await;
}

/// The open connections. Dropping it drops them.
struct Connections<M> {
    make: M,
    header_length: usize,
    most: usize,
    limits: Limits,
    /// Dropped with the rest, so that only tasks hold one.
    alive: Alive,
    tasks: JoinSet<()>,
    open: HashMap<Id, Open>,
    turned_away: usize,
    look: Interval,
}

/// One of them, seen from outside.
struct Open {
    pulse: Arc<Pulse>,
    watch: Watch,
    limits: Limits,
    /// Gone once it was asked to leave.
    leave: Option<oneshot::Sender<()>>,
    task: AbortHandle,
    turned_away: bool,
}

impl<M> Connections<M> {
    fn new(http: &Http, make: M, alive: Alive) -> Self {
        let limits = Limits::new(http);
        Self {
            make,
            header_length: http.header_length,
            most: http.connections,
            limits,
            alive,
            tasks: JoinSet::new(),
            open: HashMap::new(),
            turned_away: 0,
            look: every(limits.interval()),
        }
    }

    fn open<S, B>(&mut self, io: impl Stream, service: S, pulse: Arc<Pulse>, limits: Limits) -> &mut Open
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
        S::Future: Send + 'static,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (leave, left) = oneshot::channel();
        let (header_length, alive) = (self.header_length, self.alive.clone());
        let (pulse_of, write_gap) = (pulse.clone(), limits.write);
        let conversation = Conversation { service, pulse: pulse_of, header_length, write_gap, leave: left, alive };
        let task = self.tasks.spawn(conversation.hold(io));
        let open = Open { pulse, watch: Watch::default(), limits, leave: Some(leave), task, turned_away: false };
        self.open.entry(open.task.id()).insert_entry(open).into_mut()
    }

    fn turn_away(&mut self, io: impl Stream, pulse: Arc<Pulse>) {
        let limits = self.limits.at_most(TELLING);
        let service = TurnedAway { pulse: pulse.clone(), most: self.most };
        self.open(io, service, pulse, limits).turned_away = true;
        self.turned_away = self.turned_away.saturating_add(1);
    }

    /// Sees connections end, and looks once more at the others. Nothing is lost if this is dropped.
    async fn tend(&mut self) {
        tokio::select! {
            Some(ended) = self.tasks.join_next_with_id() => self.forget(ended),
            _ = self.look.tick() => {
                let now = Instant::now();
                self.open.values_mut().for_each(|open| open.look(now));
            }
        }
    }

    fn forget(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
        let turned_away = self.open.remove(&id).is_some_and(|open| open.turned_away);
        self.turned_away = self.turned_away.saturating_sub(turned_away.into());
    }

    /// Asks all of them to finish.
    fn leave(&mut self) {
        self.open.values_mut().for_each(Open::leave);
        self.look = every(LEAVING);
    }

    async fn all_ended(&mut self) {
        while !self.open.is_empty() {
            self.tend().await;
        }
    }
}

impl<M, S, B> Connections<M>
where
    M: Fn(Arc<Pulse>) -> S,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    /// Takes what waits to be accepted when it is asked to stop, too.
    async fn accept_until<L: Listener>(&mut self, mut accepting: Accepting<L>, stop: &Stop) {
        tokio::select! {
            never = self.accept_all(&mut accepting) => match never {},
            () = stop.asked() => {}
        }
        let _ = timeout(NOTICE, self.accept_all(&mut accepting)).await;
        while let Some(io) = accepting.waiting() {
            self.admit(io);
        }
    }

    async fn accept_all<L: Listener>(&mut self, accepting: &mut Accepting<L>) -> Infallible {
        loop {
            let io = self.next(accepting).await;
            self.admit(io);
        }
    }

    /// Accepting is not interrupted by what else happens: a handshake would be lost.
    async fn next<L: Listener>(&mut self, accepting: &mut Accepting<L>) -> L::Io {
        let mut next = pin!(accepting.next());
        loop {
            tokio::select! {
                io = next.as_mut() => return io,
                () = self.tend(), if !self.open.is_empty() => {}
            }
        }
    }

    fn admit(&mut self, io: impl Stream) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.forget(ended);
        }
        let served = self.open.len().saturating_sub(self.turned_away);
        let pulse = Arc::<Pulse>::default();
        if served < self.most {
            let service = (self.make)(pulse.clone());
            self.open(io, service, pulse, self.limits);
            return;
        }
        Limit::Connections.reached(self.most);
        if self.turned_away < TOLD {
            self.turn_away(io, pulse);
        }
    }
}

impl Open {
    fn look(&mut self, now: Instant) {
        match self.watch.look(&self.pulse, now, &self.limits) {
            None => {}
            Some(Late::Idle) if self.leave.is_some() => self.leave(),
            Some(Late::Idle | Late::Headers | Late::Reading) => self.task.abort(),
        }
    }

    /// Asks it to finish what it has begun, which is soon if that is nothing.
    fn leave(&mut self) {
        if let Some(leave) = self.leave.take() {
            // It has ended by itself if it does not hear.
            let _ = leave.send(());
            self.watch = Watch::default();
            self.limits.idle = self.limits.idle.min(PARTING);
        }
    }
}

/// The bytes of a connection.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<I: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for I {}

fn every(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

#[cfg(test)]
mod tests;
