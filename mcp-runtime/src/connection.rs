//! One connection: decides about each transmission in order of arrival, and never waits.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::dispatch::{Core, Dispatched, Request, unknown_method};
use crate::jsonrpc::{self, Fault, Message, Rejected, RequestId, code, write_fault, write_result};
use crate::log;
use crate::protocol::{Method, quoted};
use crate::session::{Flight, Params, Session};
use crate::work::{Outcome, Ticket, Work};

/// What is to be done because of a transmission.
pub(crate) enum Step {
    /// Run it, and bring its outcome back.
    Run(Box<Work>),
    /// Drop the call of this serial number.
    Cancel(u64),
    /// Send this message, which has nothing to do with the transmission that led to it.
    Send(Vec<u8>),
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

/// Some editors and shells put one before the first line.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// One client at the other end.
pub(crate) struct Connection {
    core: Arc<Core>,
    session: Session,
    batches: HashMap<u64, Batch>,
}

impl Connection {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, session: Session::default(), batches: HashMap::new() }
    }

    /// Decides about one transmission. Transmissions must come here in order of arrival. At most one message is
    /// appended to `out`; what is to be done is appended to `steps`.
    pub(crate) fn receive(&mut self, bytes: &[u8], out: &mut Vec<u8>, steps: &mut Vec<Step>) {
        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        if bytes.trim_ascii().is_empty() {
            return;
        }
        match jsonrpc::text(bytes) {
            Ok(text) if jsonrpc::is_batch(text) => self.batch(text, out, steps),
            Ok(text) => self.message(text, None, out, steps),
            Err(rejected) => self.reject(&rejected, out),
        }
    }

    /// A transmission that was longer than it may be.
    pub(crate) fn too_long(&mut self, out: &mut Vec<u8>) {
        let most = self.core.settings.line_length;
        let fault = Fault::new(code::PARSE_ERROR, format!("the message is longer than {most} bytes"));
        self.reject(&Rejected { id: None, fault }, out);
    }

    fn batch(&mut self, text: &str, out: &mut Vec<u8>, steps: &mut Vec<Step>) {
        let refuse = |message: String| Rejected { id: None, fault: Fault::invalid_request(message) };
        let most = self.core.settings.batch_length;
        let members = match jsonrpc::batch(text, most) {
            Err(rejected) => return self.reject(&rejected, out),
            Ok(_) if !self.session.takes_batches() => {
                let text = "a batch is understood only after `initialize` with revision 2025-03-26";
                return self.reject(&refuse(text.into()), out);
            }
            Ok(members) if members.is_empty() => return self.reject(&refuse("the batch is empty".into()), out),
            Ok(members) if members.len() > most => {
                return self.reject(&refuse(format!("the batch has more than {most} messages")), out);
            }
            Ok(members) => members,
        };
        let number = self.session.serial();
        // Held open by itself until all members are taken.
        self.batches.insert(number, Batch { awaited: 1, ..Batch::default() });
        for member in members {
            self.member(member, number, steps);
        }
        self.settle(number, b"", out);
    }

    fn member(&mut self, member: &RawValue, number: u64, steps: &mut Vec<Step>) {
        let (mut answer, before) = (Vec::new(), steps.len());
        self.message(member.get(), Some(number), &mut answer, steps);
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

    fn message(&mut self, text: &str, batch: Option<u64>, out: &mut Vec<u8>, steps: &mut Vec<Step>) {
        match jsonrpc::read(text) {
            Ok(Message::Request { id, method, params }) => {
                self.session.calm_down();
                self.request(id, &method, params, batch, out, steps);
            }
            Ok(Message::Notification { method, params }) => {
                self.session.calm_down();
                if method == "notifications/cancelled" {
                    self.cancelled(params, steps);
                }
            }
            Ok(Message::Response) => self.session.calm_down(),
            Err(rejected) => self.reject(&rejected, out),
        }
    }

    fn reject(&mut self, rejected: &Rejected, out: &mut Vec<u8>) {
        if self.session.may_complain() || rejected.id.is_some() {
            write_fault(out, rejected.id.as_ref(), self.session.no_id(), &rejected.fault);
        } else {
            log::debug(format_args!("not answered any more: {}", rejected.fault.message));
        }
    }

    fn request(
        &mut self,
        id: RequestId,
        method: &str,
        params: Option<&RawValue>,
        batch: Option<u64>,
        out: &mut Vec<u8>,
        steps: &mut Vec<Step>,
    ) {
        let start = out.len();
        let mut dispatched = None;
        write_result(out, &id, |out| dispatched = Some(self.dispatch(&id, method, params, batch, out)));
        match dispatched {
            Some(Ok(Dispatched::Answered)) | None => {}
            Some(Ok(Dispatched::Run(work))) => {
                out.truncate(start);
                self.session.admit(id, work.ticket.flight);
                steps.push(Step::Run(work));
            }
            Some(Err(fault)) => {
                out.truncate(start);
                write_fault(out, Some(&id), self.session.no_id(), &fault);
            }
        }
    }

    fn dispatch(
        &mut self,
        id: &RequestId,
        name: &str,
        params: Option<&RawValue>,
        batch: Option<u64>,
        out: &mut Vec<u8>,
    ) -> Result<Dispatched, Fault> {
        if self.session.is_in_flight(id) {
            return Err(Fault::invalid_request(format!("the id {id} is still in use by a request in flight")));
        }
        let params = Params::read(params)?;
        let own = params.terms()?;
        let known = self.core.method(name)?;
        let terms = self.session.terms(known, own, &params)?;
        let method = if known.is_in(terms.revision) { known } else { return Err(unknown_method(name)) };
        if method == Method::Initialize {
            if batch.is_some() {
                return Err(Fault::invalid_request("`initialize` must not be part of a batch"));
            }
            self.session.open(terms.clone());
        }
        let flight = Flight { serial: self.session.serial(), batch };
        let has_room = self.session.in_flight() < self.core.settings.in_flight;
        self.core.dispatch(method, Request { id: id.clone(), flight, terms, params, has_room }, out)
    }

    /// What is unknown or finished is not there to be cancelled, and that is no error.
    fn cancelled(&mut self, params: Option<&RawValue>, steps: &mut Vec<Step>) {
        let Ok(params) = Params::read(params) else {
            return;
        };
        let id = params.request_id.and_then(RequestId::read);
        let Some(flight) = id.as_ref().and_then(|id| self.session.cancel(id)) else {
            return;
        };
        let reason = params.reason.and_then(jsonrpc::string).unwrap_or_default();
        log::debug(format_args!(
            "the client cancelled {}: {}",
            id.as_ref().map_or("", RequestId::as_json),
            quoted(&reason)
        ));
        steps.push(Step::Cancel(flight.serial));
        if let Some(batch) = flight.batch {
            let mut closed = Vec::new();
            self.settle(batch, b"", &mut closed);
            steps.push(Step::Send(closed));
        }
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
    pub(crate) fn new(core: &Core, ticket: Ticket, outcome: Outcome) -> Self {
        let mut answer = Vec::new();
        write_answer(core, &ticket, outcome, &mut answer);
        Self { id: ticket.id, flight: ticket.flight, answer }
    }
}

fn write_answer(core: &Core, ticket: &Ticket, outcome: Outcome, out: &mut Vec<u8>) {
    let (start, mut fault) = (out.len(), None);
    write_result(out, &ticket.id, |out| fault = core.answer(ticket, outcome, out).err());
    if let Some(fault) = fault {
        out.truncate(start);
        write_fault(out, Some(&ticket.id), jsonrpc::NoId::Absent, &fault);
    }
}
