//! A request that stands alone (2026-07-28): its headers are checked against it, and its client cancels by leaving.

use std::sync::Arc;
use std::task::Context;

use http::{Response, StatusCode};
use tokio::time::Instant;

use super::accept::Accepts;
use super::answering::{Answered, SHORT, start};
use super::body::{Body, Outlet};
use super::event::Event;
use super::headers::Said as Headers;
use super::service::Inner;
use super::{headers, reply};
use crate::carried::Carried;
use crate::client_log::Level;
use crate::dispatch::{Dispatched, arguments, unknown_method};
use crate::json::Json;
use crate::jsonrpc::{CLOSE_RESULT, Fault, NoId, RequestId, code, open_result, write_fault, write_result};
use crate::limit::Limit;
use crate::params::Params;
use crate::protocol::{Method, Terms};
use crate::request::Request;
use crate::session::{Flight, Stated};
use crate::span::Span;
use crate::voice::Said;
use crate::work::{Next, Outcome, Work};

/// One request.
pub(super) struct Modern<'r> {
    pub(super) id: RequestId,
    pub(super) method: &'r str,
    pub(super) headers: Headers<'r>,
    /// `MCP-Protocol-Version`.
    pub(super) said: Option<&'r str>,
    pub(super) carried: &'r Arc<Carried>,
}

type Refused = (StatusCode, Fault);

fn bad(fault: Fault) -> Refused {
    (StatusCode::BAD_REQUEST, fault)
}

impl Modern<'_> {
    pub(super) fn answer<'a>(
        &self,
        inner: &Arc<Inner>,
        accepts: Accepts,
        params: Result<&'a Params<'a>, Fault>,
        stated: Option<Result<Stated<'a>, Fault>>,
        cx: &mut Context<'_>,
    ) -> Answered {
        let mut out = Vec::with_capacity(SHORT);
        match self.dispatch(inner, params, stated, &mut out) {
            Ok(Dispatched::Answered) => {
                out.extend_from_slice(CLOSE_RESULT);
                accepts.message(StatusCode::OK, out).into()
            }
            Ok(Dispatched::Kept(result)) => accepts.kept(out, result).into(),
            Ok(Dispatched::Run(work)) if work.listens() => listen(inner, accepts, work, cx),
            Ok(Dispatched::Run(work)) => {
                let count = || inner.life.call(self.carried.parts.extensions.get().cloned());
                run(inner, accepts, work, count, out, cx)
            }
            Err((status, fault)) => accepts.message(status, error(&self.id, &fault)).into(),
        }
    }

    /// What is to be done. `out` begins with what comes before a result, and goes on with the result if that is there.
    fn dispatch<'a>(
        &self,
        inner: &Inner,
        params: Result<&'a Params<'a>, Fault>,
        stated: Option<Result<Stated<'a>, Fault>>,
        out: &mut Vec<u8>,
    ) -> Result<Dispatched, Refused> {
        let params = params.map_err(bad)?;
        let terms = Arc::new(self.terms(stated).map_err(bad)?);
        self.headers.method(self.method).map_err(bad)?;
        let known = inner.core.method(self.method).ok().filter(|method| method.is_in(terms.revision));
        let method = known.ok_or_else(|| (StatusCode::NOT_FOUND, unknown_method(self.method)))?;
        self.mirrors(inner, method, params).map_err(bad)?;
        inner.admits(self.method, &self.carried.parts)?;
        let flight = Flight { serial: 0, batch: None };
        // It says its level itself.
        let level = Level::Info;
        let (id, carrier) = (self.id.clone(), self.carried.clone().into());
        let request = Request {
            id,
            method,
            flight,
            terms,
            params,
            level,
            questions: None,
            carrier,
            is_silent: false,
            span: Span::none(),
        };
        open_result(out, &self.id);
        inner.core.dispatch(request, out).map_err(|fault| (status(&fault), fault))
    }

    /// The terms of the request, which one header repeats.
    fn terms(&self, stated: Option<Result<Stated<'_>, Fault>>) -> Result<Terms, Fault> {
        let stated = stated.transpose()?.unwrap_or_default();
        headers::same_version(self.said, &stated.version()?)?;
        stated.terms()
    }

    /// What intermediaries were told must be what is done.
    fn mirrors(&self, inner: &Inner, method: Method, params: &Params<'_>) -> Result<(), Fault> {
        let name = match method {
            Method::ToolsCall | Method::PromptsGet => params.name,
            Method::ResourcesRead => params.uri,
            Method::TasksGet | Method::TasksUpdate | Method::TasksCancel => params.task_id,
            Method::Initialize
            | Method::Discover
            | Method::Ping
            | Method::SetLevel
            | Method::Subscribe
            | Method::Unsubscribe
            | Method::Listen
            | Method::ToolsList
            | Method::ResourcesList
            | Method::TemplatesList
            | Method::PromptsList
            | Method::Complete => return Ok(()),
        };
        // Without a readable name there is nothing to compare, and the request fails by itself.
        let Some(name) = name.and_then(Json::string) else {
            return Ok(());
        };
        self.headers.name(&name)?;
        let tool = inner.core.registry.tools.find(&name).filter(|_| method == Method::ToolsCall);
        match tool {
            Some((_, tool)) if !tool.input.mirrored.is_empty() => {
                // What is no object fails by itself, too.
                let Ok(object) = arguments(params) else {
                    return Ok(());
                };
                headers::params(&self.carried.parts.headers, &tool.input.mirrored, object.as_deref())
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Answers when the function is done. What is not done at once is counted.
fn run<C: Send + 'static>(
    inner: &Arc<Inner>,
    accepts: Accepts,
    mut work: Box<Work>,
    count: impl FnOnce() -> C,
    room: Vec<u8>,
    cx: &mut Context<'_>,
) -> Answered {
    match start(&mut work, cx) {
        Ok(outcome) => at_once(inner, accepts, work, outcome, room).into(),
        Err(deadline) => Answered::later(wait(inner.clone(), accepts, work, deadline, count())),
    }
}

/// Who leaves before drops the function.
async fn wait(
    inner: Arc<Inner>,
    accepts: Accepts,
    mut work: Box<Work>,
    deadline: Instant,
    counted: impl Send + 'static,
) -> Response<Body> {
    loop {
        let next = tokio::select! {
            biased;
            next = work.next(deadline) => next,
            () = inner.life.over() => return reply::ending(Some(&work.ticket.id)),
        };
        match next {
            Next::Ended(outcome) => return finished(&inner, accepts, &work, outcome, Vec::new()),
            Next::Said(said) if accepts.events => return stream(inner, work, deadline, said, counted),
            // It cannot be said to this client.
            Next::Said(_) => {}
        }
    }
}

/// Tells what changes, for as long as the client stays. It has room of its own: calls are not held up.
fn listen(inner: &Arc<Inner>, accepts: Accepts, work: Box<Work>, cx: &mut Context<'_>) -> Answered {
    let id = &work.ticket.id;
    if !accepts.events {
        let text =
            "`subscriptions/listen` is answered with a stream, `text/event-stream`, which `Accept` does not allow";
        return reply::fault(StatusCode::NOT_ACCEPTABLE, Some(id), &Fault::invalid_request(text)).into();
    }
    let Ok(counted) = inner.listeners.clone().try_acquire_owned() else {
        let fault = Fault::busy(Limit::Listeners, inner.http.listeners);
        return reply::fault(StatusCode::SERVICE_UNAVAILABLE, Some(id), &fault).into();
    };
    run(inner, accepts, work, || counted, Vec::new(), cx)
}

/// What was done at once, with what was said before.
fn at_once(inner: &Inner, accepts: Accepts, mut work: Box<Work>, outcome: Outcome, room: Vec<u8>) -> Response<Body> {
    let mut said: Vec<Event> = std::iter::from_fn(|| work.said()).map(Event::said).collect();
    if said.is_empty() || !accepts.events {
        return finished(inner, accepts, &work, outcome, room);
    }
    inner.core.tell_if_blocked(&work);
    said.push(Event::new(None, None, &answer(inner, &work, outcome, room).0.into()));
    reply::complete(&said)
}

/// From the first word on the response is a stream, and the function lives in it. It counts as long as it goes on.
fn stream(
    inner: Arc<Inner>,
    mut work: Box<Work>,
    deadline: Instant,
    first: Said,
    counted: impl Send + 'static,
) -> Response<Body> {
    let (outlet, events) = Outlet::new(inner.http.keep_alive, inner.unread.clone());
    outlet.replay(Event::said(first));
    let task = tokio::spawn(async move {
        loop {
            let next = tokio::select! {
                biased;
                next = work.next(deadline) => next,
                () = inner.life.over() => return,
            };
            match next {
                Next::Said(said) => drop(outlet.replay(Event::said(said))),
                Next::Ended(outcome) => {
                    inner.core.tell_if_blocked(&work);
                    let (answer, _) = answer(&inner, &work, outcome, Vec::new());
                    if !outlet.answer(Event::new(None, None, &answer.into())) {
                        let refusal = error(&work.ticket.id, &inner.unread.fault());
                        outlet.replay(Event::new(None, None, &refusal.into()));
                    }
                    drop(counted);
                    return;
                }
            }
        }
    });
    reply::events(events.of(task.abort_handle()))
}

fn finished(inner: &Inner, accepts: Accepts, work: &Work, outcome: Outcome, room: Vec<u8>) -> Response<Body> {
    inner.core.tell_if_blocked(work);
    let (message, status) = answer(inner, work, outcome, room);
    accepts.message(status, message)
}

/// The answer, made where there is room, and what HTTP says about it.
fn answer(inner: &Inner, work: &Work, outcome: Outcome, mut room: Vec<u8>) -> (Vec<u8>, StatusCode) {
    room.clear();
    let (mut out, mut fault) = (room, None);
    let ticket = &work.ticket;
    write_result(&mut out, &ticket.id, |out| fault = inner.core.answer(ticket, outcome, out).err());
    match fault {
        None => (out, StatusCode::OK),
        Some(fault) => (error(&ticket.id, &fault), status(&fault)),
    }
}

fn error(id: &RequestId, fault: &Fault) -> Vec<u8> {
    let mut out = Vec::new();
    write_fault(&mut out, Some(id), NoId::Absent, fault);
    out
}

/// What HTTP says about an error (2026-07-28, Streamable HTTP, Request Metadata).
fn status(fault: &Fault) -> StatusCode {
    match fault.code {
        code::METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
        code::HEADER_MISMATCH | code::MISSING_CLIENT_CAPABILITY | code::UNSUPPORTED_PROTOCOL_VERSION => {
            StatusCode::BAD_REQUEST
        }
        _ => StatusCode::OK,
    }
}
