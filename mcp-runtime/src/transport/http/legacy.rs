//! A message of a client from before 2026-07-28, in its session or without one.

use std::sync::Arc;
use std::task::Context;

use crate::json::Json;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use tokio::time::{Instant, sleep};

use super::accept::Accepts;
use super::answering::{Answered, SHORT, start};
use super::body::Body;
use super::event::Event;
use super::finding::unknown_session;
use super::headers::SESSION_ID;
use super::reply;
use super::service::Inner;
use super::session::{Reply, Session, Taken};
use super::sessions::NoSession;
use crate::carried::Carried;
use crate::connection::{Asked, Connection, Landed, Step};
use crate::id::Id;
use crate::jsonrpc::{Fault, RequestId, code, open_result};
use crate::limit::Limit;
use crate::log;
use crate::params::Params;
use crate::protocol::{Method, Revision, Terms};
use crate::voice::Said;
use crate::work::{Next, Work};

/// A message on its way into a session.
pub(super) struct Post<'s> {
    pub(super) inner: &'s Arc<Inner>,
    pub(super) session: Arc<Session>,
    pub(super) accepts: Accepts,
    pub(super) carried: &'s Arc<Carried>,
}

impl Post<'_> {
    /// One request.
    pub(super) fn request(
        self,
        id: RequestId,
        method: &str,
        params: Result<&Params<'_>, Fault>,
        cx: &mut Context<'_>,
    ) -> Answered {
        let is_call = Method::named(method).is_some_and(Method::is_call);
        let (mut out, mut steps) = (Vec::with_capacity(SHORT), Vec::new());
        let asked = Asked { method, params, batch: None, carrier: self.carried.clone().into() };
        {
            let mut state = self.session.state();
            if state.has_ended() {
                return unknown_session().answer(Some(&id)).into();
            }
            if is_call && state.connection.is_full() {
                let fault = Fault::busy(Limit::InFlight, self.inner.core.settings.in_flight);
                return reply::fault(StatusCode::TOO_MANY_REQUESTS, Some(&id), &fault).into();
            }
            state.connection.request(id.clone(), asked, &mut out, &mut steps);
        }
        self.act(Some(id), out, steps, cx)
    }

    /// Several messages at once (2025-03-26).
    pub(super) fn batch(self, members: &[Json<'_>], cx: &mut Context<'_>) -> Answered {
        let (mut out, mut steps) = (Vec::new(), Vec::new());
        let carrier = self.carried.clone().into();
        {
            let mut state = self.session.state();
            if state.has_ended() {
                return unknown_session().answer(None).into();
            }
            state.connection.batch(members, &carrier, &mut out, &mut steps);
        }
        self.act(None, out, steps, cx)
    }

    /// A message that is not answered.
    pub(super) fn notification(self, method: &str, params: &Params<'_>) -> Response<Body> {
        let mut steps = Vec::new();
        let mut state = self.session.state();
        state.connection.notified(method, params, &mut steps);
        for step in steps {
            if let Step::Cancel(cancelled) = step {
                self.session.cancel(&mut state, cancelled, &*self.inner.sessions.store);
            }
        }
        drop(state);
        reply::empty(StatusCode::ACCEPTED)
    }

    /// Runs what is to be run, and waits for the answer unless it is there.
    fn act(self, id: Option<RequestId>, mut out: Vec<u8>, steps: Vec<Step>, cx: &mut Context<'_>) -> Answered {
        let (mut said, mut waiting) = (Vec::new(), None);
        for step in steps {
            match step {
                // The only step: what is in a batch is copied.
                Step::Answer(id, kept) => {
                    open_result(&mut out, &id);
                    return self.accepts.kept(out, kept).into();
                }
                Step::Run(work) => self.run(work, &mut out, &mut said, &mut waiting, cx),
                Step::Cancel(cancelled) => {
                    let store = &*self.inner.sessions.store;
                    self.session.cancel(&mut self.session.state(), cancelled, store);
                }
            }
        }
        match waiting {
            Some(reply) => {
                // The answer of a batch may come from the last of its calls, also when that was done at once.
                if !out.is_empty() {
                    self.session.deliver(&reply, out, &*self.inner.sessions.store);
                }
                Answered::later(self.wait(reply).answer(id))
            }
            None if out.is_empty() => reply::empty(StatusCode::ACCEPTED).into(),
            None if said.is_empty() || !self.accepts.events => self.accepts.message(StatusCode::OK, out).into(),
            None => {
                said.push(Event::new(None, None, &out.into()));
                reply::complete(&said).into()
            }
        }
    }

    /// Answers at once what is done at once. The rest goes on by itself: a client that disconnects has not cancelled.
    fn run(
        &self,
        mut work: Box<Work>,
        out: &mut Vec<u8>,
        said: &mut Vec<Event>,
        waiting: &mut Option<Arc<Reply>>,
        cx: &mut Context<'_>,
    ) {
        let flight = work.ticket.flight;
        if flight.batch.is_some() {
            let mut state = self.session.state();
            if let Err((_, fault)) = self.inner.admits_call(&self.carried.parts) {
                return state.connection.refuse(work.ticket, &fault, out);
            }
            state.will_run(flight.serial, self.reply(waiting));
        }
        match start(&mut work, cx) {
            Ok(outcome) => {
                self.inner.core.tell_if_blocked(&work);
                while let Some(one) = work.said() {
                    match waiting {
                        Some(reply) => self.say(one, reply),
                        None => said.push(Event::said(one)),
                    }
                }
                let mut state = self.session.state();
                state.has_run(flight.serial);
                state.connection.answer(work.ticket, outcome, out);
            }
            Err(deadline) => {
                let reply = self.reply(waiting);
                self.go_on(work, deadline, &reply);
            }
        }
    }

    /// Where the answer goes that is waited for.
    fn reply(&self, waiting: &mut Option<Arc<Reply>>) -> Arc<Reply> {
        waiting.get_or_insert_with(|| Reply::new(self.carried, self.accepts.events)).clone()
    }

    fn say(&self, said: Said, reply: &Reply) {
        self.session.say(said, reply, self.inner);
    }

    /// Lets a call go on by itself, unless it was cancelled meanwhile.
    fn go_on(&self, mut work: Box<Work>, deadline: Instant, reply: &Arc<Reply>) {
        let flight = work.ticket.flight;
        let mut state = self.session.state();
        let is_wanted = state.connection.awaits(&work.ticket.id, flight);
        if state.has_ended() || !is_wanted {
            if state.has_ended() || flight.batch.is_none() {
                reply.abandon();
            }
            return;
        }
        let (inner, session, landing) = (self.inner.clone(), self.session.clone(), reply.clone());
        let counted = inner.life.call(session.principal.clone());
        let task = tokio::spawn(async move {
            let outcome = loop {
                match work.next(deadline).await {
                    Next::Ended(outcome) => break outcome,
                    Next::Said(said) => session.say(said, &landing, &inner),
                }
            };
            inner.core.tell_if_blocked(&work);
            let landed = Landed::new(&inner.core, work.ticket, outcome);
            session.land(landed, &landing, &*inner.sessions.store);
            drop(counted);
        });
        state.runs(flight.serial, task.abort_handle(), reply.clone());
    }

    fn wait(&self, reply: Arc<Reply>) -> Waiting {
        let (inner, session, carried) = (self.inner.clone(), self.session.clone(), self.carried.clone());
        Waiting { inner, session, accepts: self.accepts, carried, reply }
    }
}

/// A POST whose answer is not there yet.
struct Waiting {
    inner: Arc<Inner>,
    session: Arc<Session>,
    accepts: Accepts,
    carried: Arc<Carried>,
    reply: Arc<Reply>,
}

impl Waiting {
    /// Waits for the answer. If that takes long, or the function wants it, the response becomes a stream.
    async fn answer(self, id: Option<RequestId>) -> Response<Body> {
        let Self { inner, session, accepts, carried, reply } = self;
        let taken = tokio::select! {
            biased;
            () = reply.ready.notified() => reply.take(),
            () = carried.closing.notified(), if accepts.events && session.can_poll() => {
                // The stream is what closes.
                carried.closing.notify_one();
                session.go_on(&reply, &inner)
            }
            () = sleep(inner.http.stream_after), if accepts.events => {
                session.go_on(&reply, &inner)
            }
            () = inner.life.over() => return reply::ending(id.as_ref()),
        };
        match taken {
            Taken::Answer(message) => accepts.answer(message),
            Taken::Stream(events) => reply::events(*events),
        }
    }
}

/// Opens a session, or answers why not.
pub(super) fn initialize(
    inner: &Arc<Inner>,
    accepts: Accepts,
    id: &RequestId,
    params: Result<&Params<'_>, Fault>,
    carried: &Arc<Carried>,
) -> Response<Body> {
    let principal = carried.parts.extensions.get().cloned();
    let connect = if inner.http.stateless { Connection::silent } else { Connection::new };
    let (mut connection, mut out, mut steps) = (connect(inner.core.clone()), Vec::new(), Vec::new());
    let asked = Asked { method: "initialize", params, batch: None, carrier: carried.clone().into() };
    connection.request(id.clone(), asked, &mut out, &mut steps);
    let Some(revision) = connection.revision().filter(|_| !inner.http.stateless) else {
        // Refused, or nothing is to be remembered.
        return accepts.message(StatusCode::OK, out);
    };
    let make = |id: Id| Session::new(Some(id), principal, revision, connection);
    let session = match inner.sessions.add(make) {
        Ok(session) => session,
        Err(no_session) => return unopened(inner, Some(id), no_session),
    };
    let mut response = accepts.message(StatusCode::OK, out);
    if let Ok(value) = HeaderValue::try_from(session.to_string()) {
        response.headers_mut().insert(SESSION_ID, value);
    }
    response
}

/// Why there is no session.
pub(super) fn unopened(inner: &Inner, id: Option<&RequestId>, no_session: NoSession) -> Response<Body> {
    let fault = match no_session {
        NoSession::TooMany => Fault::busy(Limit::Sessions, inner.http.sessions),
        NoSession::NoRandomness(error) => {
            log::error(format_args!("no session can be opened: {error}"));
            Fault::new(code::INTERNAL_ERROR, "no session can be opened now; try again later")
        }
    };
    reply::fault(StatusCode::SERVICE_UNAVAILABLE, id, &fault)
}

/// A client that has no session and needs none.
pub(super) fn passing(inner: &Inner, revision: Revision, parts: &Parts) -> Arc<Session> {
    let connection = Connection::opened(inner.core.clone(), Arc::new(Terms::new(revision)));
    Session::new(None, parts.extensions.get().cloned(), revision, connection)
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use http::Request;

    use super::super::place::Routes;
    use super::super::service::Checked;
    use super::*;
    use crate::http_settings::Http;
    use crate::item::Item;
    use crate::item::for_test::HELD;
    use crate::server::Server;

    fn inner() -> Arc<Inner> {
        let built = Server::new("test", "1.0.0").items([Item::Tool(&HELD)]).build().unwrap();
        Inner::new(built.core, Checked::new(Http::new()).unwrap(), Routes::Own)
    }

    #[test]
    fn requests_of_different_connections_hold_on_to_nothing_that_is_the_same() {
        let one = inner();
        let other = one.apart();
        assert!(!Arc::ptr_eq(&one, &other));
        assert!(!Arc::ptr_eq(&one.core, &other.core));
        assert!(!Arc::ptr_eq(&one.core.shared, &other.core.shared));
    }

    fn post<'i>(inner: &'i Arc<Inner>, session: &Arc<Session>, carried: &'i Arc<Carried>) -> Post<'i> {
        let accepts = Accepts { json: true, events: true };
        Post { inner, session: session.clone(), accepts, carried }
    }

    /// It may end between the moment when it is found and the one when it is locked.
    #[tokio::test]
    async fn nothing_begins_in_a_session_that_has_ended() {
        let (parts, ()) = Request::new(()).into_parts();
        let inner = inner();
        let session = passing(&inner, Revision::V2025_03_26, &parts);
        let ping = Json::of(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).unwrap();
        let carried = Carried::new(parts);
        let mut cx = Context::from_waker(Waker::noop());
        let mut status = async || post(&inner, &session, &carried).batch(&[ping], &mut cx).response().await.status();
        assert_eq!(status().await, StatusCode::OK);
        session.end(&*inner.sessions.store);
        assert_eq!(status().await, StatusCode::NOT_FOUND);
        let mut cx = Context::from_waker(Waker::noop());
        let (id, params) = (RequestId::for_test(), Ok(Params::NONE));
        let request = post(&inner, &session, &carried).request(id, "ping", params, &mut cx);
        assert_eq!(request.response().await.status(), StatusCode::NOT_FOUND);
    }
}
