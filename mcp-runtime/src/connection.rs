//! One connection: decides about each transmission in order of arrival, and never waits.

use std::collections::HashMap;
use std::sync::Arc;

use crate::json::Json;

use crate::asking::Questions;
use crate::carried::Carrier;
#[cfg(feature = "http")]
use crate::changes::Bell;
use crate::changes::Listener;
use crate::dispatch::{Dispatched, not_found, unknown_method};
use crate::jsonrpc::{self, Fault, Message, NoId, Rejected, RequestId, code, write_fault, write_result};
use crate::limit::Limit;
use crate::log;
use crate::params::Params;
use crate::protocol::{Method, Revision, Terms, quoted};
use crate::request::Request;
use crate::served::Core;
use crate::session::{Flight, Session};
use crate::span::Span;
use crate::work::{Outcome, Ticket, Work};

/// How much is kept of what a client says about itself when many may do so, in bytes.
const INTRODUCTION: usize = 4096;

/// What is to be done because of a transmission.
pub(crate) enum Step {
    /// Send a result that is kept, after what was written.
    Answer(RequestId, Arc<[u8]>),
    /// Run it, and bring its outcome back.
    Run(Box<Work>),
    /// Drop a call. Its answer is not awaited any more, and neither may be the batch that it was part of.
    Cancel(Cancelled),
}

/// A call that the client does not want any more.
pub(crate) struct Cancelled {
    pub(crate) serial: u64,
    /// The last message of the transmission that asked for the call, which may be empty; `None` as long as other calls
    /// of the same batch go on.
    pub(crate) last: Option<Vec<u8>>,
}

/// What a request asks for.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) params: Result<&'a Params<'a>, Fault>,
    /// The batch that it is part of.
    pub(crate) batch: Option<u64>,
    pub(crate) carrier: Carrier,
}

/// What a call has come to, on its way back.
pub(crate) struct Landed {
    id: RequestId,
    pub(crate) flight: Flight,
    answer: Vec<u8>,
}

/// The answers of a batch, until the last of them is there (2025-03-26).
#[derive(Debug, Default)]
struct Batch {
    answers: Vec<u8>,
    awaited: usize,
    /// Whether too much was waiting already when it came.
    is_refused: bool,
}

impl Batch {
    fn add(&mut self, answer: &[u8]) {
        if !answer.is_empty() {
            self.answers.push(if self.answers.is_empty() { b'[' } else { b',' });
            self.answers.extend_from_slice(answer);
        }
    }

    /// A batch of notifications alone is not answered.
    fn close(mut self, out: &mut Vec<u8>) {
        if !self.answers.is_empty() {
            self.answers.push(b']');
            out.append(&mut self.answers);
        }
    }
}

/// One client at the other end.
pub(crate) struct Connection {
    core: Arc<Core>,
    session: Session,
    batches: HashMap<u64, Batch>,
    /// What its client was asked, if anything on this server asks.
    questions: Option<Arc<Questions>>,
    /// What its client was told to have changed, if it is one of before 2026-07-28 and anything can change.
    listener: Option<Listener>,
    /// Whether nothing reaches the client but answers.
    is_silent: bool,
}

impl Connection {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        let questions = core.registry.asks.then(Arc::default);
        let session = Session::default();
        Self { core, session, batches: HashMap::new(), questions, listener: None, is_silent: false }
    }

    /// A client whom nothing reaches but answers.
    #[cfg(feature = "http")]
    pub(crate) fn silent(core: Arc<Core>) -> Self {
        Self { questions: None, is_silent: true, ..Self::new(core) }
    }

    /// A client whom nothing reaches but answers, and on whose terms nothing has to be agreed.
    #[cfg(feature = "http")]
    pub(crate) fn opened(core: Arc<Core>, terms: Arc<Terms>) -> Self {
        let mut connection = Self::silent(core);
        connection.session.open(terms);
        connection
    }

    /// How an error looks that answers no readable id.
    #[cfg(feature = "http")]
    pub(crate) fn no_id(&self) -> NoId {
        self.session.no_id()
    }

    /// The revision that `initialize` settled.
    #[cfg(feature = "http")]
    pub(crate) fn revision(&self) -> Option<Revision> {
        self.session.revision()
    }

    /// Whether the answer of this call is wanted.
    #[cfg(feature = "http")]
    pub(crate) fn awaits(&self, id: &RequestId, flight: Flight) -> bool {
        self.session.awaits(id, flight)
    }

    /// Decides about one transmission. Transmissions must come here in order of arrival. At most one message is
    /// appended to `out`; what is to be done is appended to `steps`.
    pub(crate) fn receive(&mut self, bytes: &[u8], carrier: &Carrier, out: &mut Vec<u8>, steps: &mut Vec<Step>) {
        let bytes = jsonrpc::without_mark(bytes);
        if bytes.trim_ascii().is_empty() {
            return;
        }
        match jsonrpc::text(bytes) {
            Ok(text) if jsonrpc::is_batch(text) => match self.members(text) {
                Ok(members) => self.batch(&members, carrier, out, steps),
                Err(rejected) => self.reject(&rejected, out),
            },
            Ok(text) => self.message(text, None, carrier, out, steps),
            Err(rejected) => self.reject(&rejected, out),
        }
    }

    /// A transmission that was longer than it may be.
    pub(crate) fn too_long(&mut self, out: &mut Vec<u8>) {
        let fault = Fault::new(code::PARSE_ERROR, Limit::LineLength.refuses(self.core.settings.line_length));
        self.reject(&Rejected { id: None, fault }, out);
    }

    /// The messages of a batch, if one may come.
    fn members<'t>(&self, text: &'t str) -> Result<Vec<Json<'t>>, Rejected> {
        match jsonrpc::batch(text, self.core.settings.batch_length) {
            Err(rejected) if rejected.fault.code == code::PARSE_ERROR => Err(rejected),
            Ok(_) | Err(_) if !self.session.takes_batches() => {
                let fault =
                    Fault::invalid_request("a batch is understood only after `initialize` with revision 2025-03-26");
                Err(Rejected { id: None, fault })
            }
            members => members,
        }
    }

    /// Several messages at once, of a client that may send them so (2025-03-26).
    pub(crate) fn batch(&mut self, members: &[Json<'_>], carrier: &Carrier, out: &mut Vec<u8>, steps: &mut Vec<Step>) {
        let number = self.session.serial();
        let waiting = self.batches.values().map(|batch| batch.answers.len()).fold(0, usize::saturating_add);
        let is_refused = waiting >= self.core.settings.backlog;
        // Held open by itself until all members are taken.
        self.batches.insert(number, Batch { awaited: 1, is_refused, ..Batch::default() });
        for member in members {
            self.member(*member, number, carrier, steps);
        }
        self.settle(number, b"", out);
    }

    fn member(&mut self, member: Json<'_>, number: u64, carrier: &Carrier, steps: &mut Vec<Step>) {
        let (mut answer, before) = (Vec::new(), steps.len());
        self.message(member.get(), Some(number), carrier, &mut answer, steps);
        let started = steps.iter().skip(before).filter(|step| matches!(step, Step::Run(_))).count();
        if let Some(batch) = self.batches.get_mut(&number) {
            batch.add(&answer);
            batch.awaited = batch.awaited.saturating_add(started);
        }
    }

    /// Answers a batch if nothing of it is awaited any more.
    fn close(&mut self, number: u64, out: &mut Vec<u8>) {
        if self.batches.get(&number).is_some_and(|batch| batch.awaited == 0)
            && let Some(batch) = self.batches.remove(&number)
        {
            batch.close(out);
        }
    }

    /// One answer of a batch came, or will never come.
    fn settle(&mut self, number: u64, answer: &[u8], out: &mut Vec<u8>) {
        if let Some(batch) = self.batches.get_mut(&number) {
            batch.add(answer);
            batch.awaited = batch.awaited.saturating_sub(1);
            self.close(number, out);
        }
    }

    fn message(&mut self, text: &str, batch: Option<u64>, carrier: &Carrier, out: &mut Vec<u8>, steps: &mut Vec<Step>) {
        match jsonrpc::read(text, self.core.settings.depth) {
            Ok(Message::Request { id, method, params }) => {
                self.session.calm_down();
                let asked = Asked { method: &method, params: params.sound(), batch, carrier: carrier.clone() };
                self.request(id, asked, out, steps);
            }
            Ok(Message::Notification { method, params }) => {
                self.session.calm_down();
                self.notified(&method, &params, steps);
            }
            Ok(Message::Response { id, answer }) => {
                self.session.calm_down();
                self.responded(id.as_ref(), answer);
            }
            Err(rejected) => self.reject(&rejected, out),
        }
    }

    /// The client answers a question.
    pub(crate) fn responded(&self, id: Option<&RequestId>, answer: Result<Json<'_>, Json<'_>>) {
        if let (Some(questions), Some(id)) = (&self.questions, id) {
            questions.answer(id, answer);
        }
    }

    /// Nothing comes from the client any more, and no answer either.
    pub(crate) fn hung_up(&self) {
        if let Some(questions) = &self.questions {
            questions.end();
        }
    }

    /// A message that is not answered.
    pub(crate) fn notified(&mut self, method: &str, params: &Params<'_>, steps: &mut Vec<Step>) {
        if method == "notifications/cancelled" {
            self.cancelled(params, steps);
        }
    }

    fn reject(&mut self, rejected: &Rejected, out: &mut Vec<u8>) {
        if self.session.may_complain() || rejected.id.is_some() {
            write_fault(out, rejected.id.as_ref(), self.session.no_id(), &rejected.fault);
        } else {
            log::debug(format_args!("not answered any more: {}", rejected.fault.message));
        }
        if self.session.has_just_given_up() {
            log::error(format_args!(
                "the client sends what is no message, again and again: until it sends one, it is told only of what has an id"
            ));
        }
    }

    /// Answers a request, or says what is to be run for it.
    pub(crate) fn request(&mut self, id: RequestId, asked: Asked<'_>, out: &mut Vec<u8>, steps: &mut Vec<Step>) {
        let (mut result, is_alone) = (Vec::new(), asked.batch.is_none());
        match self.dispatch(&id, asked, &mut result) {
            Ok(Dispatched::Answered) => write_result(out, &id, |out| out.append(&mut result)),
            Ok(Dispatched::Kept(kept)) if is_alone => steps.push(Step::Answer(id, kept)),
            Ok(Dispatched::Kept(kept)) => write_result(out, &id, |out| out.extend_from_slice(&kept)),
            Ok(Dispatched::Run(work)) => {
                self.session.admit(id, work.ticket.flight);
                steps.push(Step::Run(work));
            }
            Err(fault) => write_fault(out, Some(&id), self.session.no_id(), &fault),
        }
    }

    fn dispatch(&mut self, id: &RequestId, asked: Asked<'_>, result: &mut Vec<u8>) -> Result<Dispatched, Fault> {
        if self.session.is_in_flight(id) {
            return Err(Fault::invalid_request(format!("the id {id} is still in use by a request in flight")));
        }
        let Asked { method: name, params, batch, carrier } = asked;
        if batch.and_then(|number| self.batches.get(&number)).is_some_and(|batch| batch.is_refused) {
            // One slow call holds back the answers of its whole batch.
            return Err(Fault::busy(Limit::Batches, self.core.settings.backlog));
        }
        let params = params?;
        let own = if carrier.is_http() { none_stated(params)? } else { self.session.stated(params)? };
        let known = self.core.method(name)?;
        let terms = self.session.terms(known, own, params)?;
        let method = if known.is_in(terms.revision) { known } else { return Err(unknown_method(name)) };
        if method == Method::Initialize {
            if batch.is_some() {
                return Err(Fault::invalid_request("`initialize` must not be part of a batch"));
            }
            if carrier.is_http() {
                // Over HTTP there may be many who only introduce themselves.
                params.introduction_up_to(INTRODUCTION)?;
            }
            self.open(terms.clone());
        }
        if method == Method::SetLevel {
            self.session.set_level(params.new_level()?);
        }
        if matches!(method, Method::Subscribe | Method::Unsubscribe) {
            self.subscribe(method, name, params, terms.revision)?;
        }
        if (method.is_call() || method == Method::Listen) && self.is_full() {
            return Err(Fault::busy(Limit::InFlight, self.core.settings.in_flight));
        }
        let flight = Flight { serial: self.session.serial(), batch };
        let questions = self.questions.clone().filter(|_| carrier.is_heard());
        let level = self.session.level();
        let (id, span, is_silent) = (id.clone(), Span::none(), self.is_silent);
        let request = Request { id, method, flight, terms, params, level, questions, carrier, is_silent, span };
        self.core.dispatch(request, result)
    }

    /// `initialize`.
    fn open(&mut self, terms: Arc<Terms>) {
        self.session.open(terms);
        let board = self.core.board.as_ref().filter(|_| !self.is_silent);
        let has = |kind| self.core.registry.capabilities.list_changes(kind);
        self.listener = board.map(|board| Listener::of_session(board, has));
    }

    /// `resources/subscribe` and `resources/unsubscribe`.
    fn subscribe(&mut self, method: Method, name: &str, params: &Params<'_>, revision: Revision) -> Result<(), Fault> {
        let uri = params.uri.and_then(Json::string);
        let uri = uri.ok_or_else(|| Fault::invalid_params("`uri` must be given, as a string"))?;
        let listener = self.listener.as_mut().ok_or_else(|| unknown_method(name))?;
        if method == Method::Unsubscribe {
            listener.unsubscribe(&uri);
            return Ok(());
        }
        if !self.core.registry.has_resource(&uri) {
            return Err(not_found(revision, &uri, None));
        }
        let most = self.core.settings.subscriptions;
        listener.subscribe(&uri, most).map_err(|refused| refused.fault(&uri, most))
    }

    /// Rings when there may be something to [tell](Self::tell), if there ever is.
    #[cfg(feature = "http")]
    pub(crate) fn bell(&self) -> Option<Bell> {
        self.listener.as_ref().and(self.core.board.as_ref()).map(|board| board.bell())
    }

    /// Tells a client from before 2026-07-28 what has changed.
    pub(crate) fn tell(&mut self, mut tell: impl FnMut(Vec<u8>)) {
        if let Some(listener) = &mut self.listener {
            listener.tell(|change| tell(change.message(None)));
        }
    }

    /// Whether no further call may be in flight.
    pub(crate) fn is_full(&self) -> bool {
        self.session.in_flight() >= self.core.settings.in_flight
    }

    /// What is unknown or finished is not there to be cancelled, and that is no error.
    fn cancelled(&mut self, params: &Params<'_>, steps: &mut Vec<Step>) {
        let id = params.request_id.filter(|_| params.twice.is_none()).and_then(RequestId::read);
        let Some(flight) = id.as_ref().and_then(|id| self.session.cancel(id)) else {
            return;
        };
        let reason = params.reason.and_then(Json::string).unwrap_or_default();
        log::debug(format_args!(
            "the client cancelled {}: {}",
            id.as_ref().map_or("", RequestId::as_json),
            quoted(&reason)
        ));
        let last = match flight.batch {
            None => Some(Vec::new()),
            Some(batch) => {
                let mut last = Vec::new();
                self.settle(batch, b"", &mut last);
                (!self.batches.contains_key(&batch)).then_some(last)
            }
        };
        steps.push(Step::Cancel(Cancelled { serial: flight.serial, last }));
    }

    /// Brings the outcome of a call home, which was waited for in place.
    pub(crate) fn answer(&mut self, ticket: Ticket, outcome: Outcome, out: &mut Vec<u8>) {
        if ticket.flight.batch.is_some() {
            return self.land(Landed::new(&self.core, ticket, outcome), out);
        }
        if self.session.land(&ticket.id, ticket.flight) {
            write_answer(&self.core, &ticket, outcome, out);
        }
    }

    /// Refuses a call that was accepted, before it runs.
    #[cfg(feature = "http")]
    pub(crate) fn refuse(&mut self, ticket: Ticket, fault: &Fault, out: &mut Vec<u8>) {
        ticket.span.failed(fault);
        let mut answer = Vec::new();
        write_fault(&mut answer, Some(&ticket.id), self.session.no_id(), fault);
        self.land(Landed { id: ticket.id, flight: ticket.flight, answer }, out);
    }

    /// Brings an answer home. It goes nowhere if its request was cancelled.
    pub(crate) fn land(&mut self, landed: Landed, out: &mut Vec<u8>) {
        let Landed { id, flight, mut answer } = landed;
        if !self.session.land(&id, flight) {
            return;
        }
        match flight.batch {
            Some(batch) => self.settle(batch, &answer, out),
            None => out.append(&mut answer),
        }
    }
}

impl Landed {
    /// Makes the answer where the call ran.
    pub(crate) fn new(core: &Arc<Core>, ticket: Ticket, outcome: Outcome) -> Self {
        let mut answer = Vec::new();
        write_answer(core, &ticket, outcome, &mut answer);
        Self { id: ticket.id, flight: ticket.flight, answer }
    }
}

/// A modern request among others lacks the headers that have to say the same (2026-07-28, Streamable HTTP, Server Validation).
fn none_stated(params: &Params<'_>) -> Result<Option<Arc<Terms>>, Fault> {
    match params.stated()? {
        Some(_) => Err(Fault::invalid_request("a request of revision 2026-07-28 is a POST of its own to the endpoint")),
        None => Ok(None),
    }
}

fn write_answer(core: &Arc<Core>, ticket: &Ticket, outcome: Outcome, out: &mut Vec<u8>) {
    let (start, mut fault) = (out.len(), None);
    write_result(out, &ticket.id, |out| fault = core.answer(ticket, outcome, out).err());
    if let Some(fault) = fault {
        out.truncate(start);
        write_fault(out, Some(&ticket.id), NoId::Absent, &fault);
    }
}
