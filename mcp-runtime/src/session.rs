//! What one connection knows: the terms of a legacy client, and which requests are in flight.
//!
//! Does no I/O, never waits, and keeps nothing of modern requests but their ids while they run.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::json;
use serde_json::value::RawValue;

use crate::client_log::Level;
use crate::json::{Json, Members, members};
use crate::jsonrpc::{Fault, ID_LENGTH, NoId, RequestId, code};
use crate::params::Params;
use crate::protocol::{Method, Revision, Terms, meta, quoted};

impl<'a> Params<'a> {
    /// That no parameter is given twice.
    pub(crate) fn sound(&self) -> Result<&Self, Fault> {
        match self.twice {
            Some(name) => Err(given_twice("params", name)),
            None => Ok(self),
        }
    }
}

impl<'a> Params<'a> {
    /// The terms as a modern request states them; `None` if it is not modern.
    pub(crate) fn stated(&self) -> Result<Option<Stated<'a>>, Fault> {
        let Some(raw) = self.meta else {
            return Ok(None);
        };
        let names = [meta::PROTOCOL_VERSION, meta::CLIENT_CAPABILITIES, meta::CLIENT_INFO];
        let [version, capabilities, client] = object("_meta", raw, names)?;
        let is_modern = version.is_some() || capabilities.is_some() || client.is_some();
        Ok(is_modern.then_some(Stated { version, capabilities, client }))
    }
}

impl Params<'_> {
    /// Whether what `initialize` says about the client is short.
    pub(crate) fn introduction_up_to(&self, most: usize) -> Result<(), Fault> {
        let length = |raw: Option<Json<'_>>| raw.map_or(0, |raw| raw.get().len());
        if length(self.client_info).saturating_add(length(self.capabilities)) <= most {
            return Ok(());
        }
        Err(Fault::invalid_params(format!("`clientInfo` and `capabilities` have more than {most} bytes together")))
    }
}

/// What a request wants to be told before its answer.
#[derive(Default)]
pub(crate) struct Wishes {
    /// The token of progress, as JSON.
    pub(crate) progress: Option<Box<str>>,
    /// The level of log messages (2026-07-28).
    pub(crate) level: Option<Level>,
}

impl Params<'_> {
    pub(crate) fn wishes(&self) -> Result<Wishes, Fault> {
        let Some(raw) = self.meta else {
            return Ok(Wishes::default());
        };
        let [token, level] = object("_meta", raw, ["progressToken", meta::LOG_LEVEL])?;
        let progress = match token.filter(|token| !token.is_null()).map(RequestId::read) {
            Some(None) => return Err(must_be("_meta", "progressToken", "a string or an integer")),
            // Everything that is told repeats it.
            Some(Some(token)) if token.is_too_long() => {
                return Err(Fault::invalid_params(format!("`progressToken` is longer than {ID_LENGTH} bytes")));
            }
            Some(Some(token)) => Some(token.as_json().into()),
            None => None,
        };
        let level = level.filter(|level| !level.is_null()).map(|raw| level_of(raw, meta::LOG_LEVEL)).transpose()?;
        Ok(Wishes { progress, level })
    }

    /// The answers that the client brings back, by key. They stay as long as the call, and many small ones take far more room
    /// than the message in which they came.
    pub(crate) fn answers(&self) -> Result<BTreeMap<String, Box<RawValue>>, Fault> {
        /// More than anybody asks for.
        const MOST: usize = 1000;
        let Some(raw) = self.input_responses else {
            return Ok(BTreeMap::new());
        };
        let answers: BTreeMap<_, _> = raw.parse().map_err(|_| must_be("params", "inputResponses", "an object"))?;
        if answers.len() > MOST {
            return Err(Fault::invalid_params(format!("`inputResponses` has more than {MOST} answers")));
        }
        Ok(answers)
    }

    /// What `logging/setLevel` sets.
    pub(crate) fn new_level(&self) -> Result<Level, Fault> {
        let level = self.level.ok_or_else(|| Fault::invalid_params("`params` lacks `level`"))?;
        level_of(level, "level")
    }
}

fn level_of(json: Json<'_>, name: &str) -> Result<Level, Fault> {
    let level = json.string().and_then(|text| Level::named(&text));
    level.ok_or_else(|| {
        Fault::invalid_params(format!(
            "`{name}` must be `debug`, `info`, `notice`, `warning`, `error`, `critical`, `alert` or `emergency`"
        ))
    })
}

/// What a modern request says about itself (2026-07-28, Overview, `_meta`).
#[derive(Default)]
pub(crate) struct Stated<'a> {
    version: Option<Json<'a>>,
    capabilities: Option<Json<'a>>,
    client: Option<Json<'a>>,
}

impl<'a> Stated<'a> {
    pub(crate) fn version(&self) -> Result<Cow<'a, str>, Fault> {
        let version = self.version.ok_or_else(|| lacking(meta::PROTOCOL_VERSION))?;
        version.string().ok_or_else(|| must_be("_meta", meta::PROTOCOL_VERSION, "a string"))
    }

    pub(crate) fn terms(&self) -> Result<Terms, Fault> {
        let version = self.version()?;
        let revision = Revision::named(&version).filter(|revision| revision.is_modern());
        let revision = revision.ok_or_else(|| unsupported(&version))?;
        let capabilities = self.capabilities.ok_or_else(|| lacking(meta::CLIENT_CAPABILITIES))?;
        Ok(Terms {
            revision,
            client: optional_object("_meta", meta::CLIENT_INFO, self.client)?,
            capabilities: optional_object("_meta", meta::CLIENT_CAPABILITIES, Some(capabilities))?,
        })
    }
}

/// Chosen members of an object that a client sent.
pub(crate) fn object<'a, const N: usize>(
    what: &str,
    json: Json<'a>,
    names: [&'static str; N],
) -> Result<[Option<Json<'a>>; N], Fault> {
    match members(json.get(), names) {
        Ok(Members { values, twice: None }) => Ok(values),
        Ok(Members { twice: Some(name), .. }) => Err(given_twice(what, name)),
        Err(_) => Err(no_object(what)),
    }
}

fn given_twice(what: &str, name: &str) -> Fault {
    Fault::invalid_params(format!("`{name}` is given twice in `{what}`"))
}

fn no_object(what: &str) -> Fault {
    Fault::invalid_params(format!("`{what}` must be an object"))
}

fn optional_object(what: &str, name: &str, json: Option<Json<'_>>) -> Result<Option<Box<str>>, Fault> {
    match json {
        Some(json) if json.is_object() => Ok(Some(json.get().into())),
        Some(_) => Err(must_be(what, name, "an object")),
        None => Ok(None),
    }
}

fn must_be(what: &str, name: &str, kind: &str) -> Fault {
    Fault::invalid_params(format!("`{name}` in `{what}` must be {kind}"))
}

fn lacking(key: &str) -> Fault {
    Fault::invalid_params(format!("`_meta` lacks `{key}`"))
}

/// (2026-07-28, Versioning: Protocol Version Negotiation.)
pub(crate) fn unsupported(requested: &str) -> Fault {
    let text = format!("unsupported protocol version `{}`", quoted(requested));
    Fault::new(code::UNSUPPORTED_PROTOCOL_VERSION, text)
        .with_data(json!({ "supported": supported(), "requested": requested }))
}

/// What we speak, newest first.
pub(crate) fn supported() -> Vec<Revision> {
    Revision::ALL.into_iter().rev().collect()
}

/// A request in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flight {
    /// Tells apart two calls that use the same id one after the other.
    pub(crate) serial: u64,
    /// The batch that waits for the answer, if one does.
    pub(crate) batch: Option<u64>,
}

/// How many lines in a row that are no messages are answered.
const PATIENCE: u32 = 100;

/// What one connection knows.
#[derive(Debug, Default)]
pub(crate) struct Session {
    legacy: Option<Arc<Terms>>,
    /// What the last modern request has said about itself, as it was said: most clients say the same with each.
    modern: Option<(Box<str>, Arc<Terms>)>,
    /// What `logging/setLevel` has set.
    level: Option<Level>,
    /// The last request that came, if it is in flight: most have been answered before the next one comes.
    last: Option<(RequestId, Flight)>,
    /// All others in flight.
    in_flight: HashMap<RequestId, Flight>,
    serial: u64,
    /// How many lines in a row were no messages.
    bad: u32,
}

impl Session {
    /// The terms as a modern request states them; `None` if it is not modern.
    pub(crate) fn stated(&mut self, params: &Params<'_>) -> Result<Option<Arc<Terms>>, Fault> {
        /// What is longer is read anew each time, in bytes.
        const LONGEST: usize = 4096;
        let said = params.meta.map_or("", Json::get);
        match &self.modern {
            Some((before, terms)) if **before == *said => return Ok(Some(terms.clone())),
            Some(_) | None => {}
        }
        let Some(stated) = params.stated()? else {
            return Ok(None);
        };
        let terms = Arc::new(stated.terms()?);
        self.modern = (said.len() <= LONGEST).then(|| (said.into(), terms.clone()));
        Ok(Some(terms))
    }

    /// The terms of a request: its own if it is modern, else those that `initialize` settled.
    pub(crate) fn terms(
        &self,
        method: Method,
        own: Option<Arc<Terms>>,
        params: &Params<'_>,
    ) -> Result<Arc<Terms>, Fault> {
        if let Some(terms) = own {
            return Ok(terms);
        }
        match (&self.legacy, method) {
            (_, Method::Initialize) => Ok(Arc::new(legacy_terms(params)?)),
            (Some(terms), _) => Ok(terms.clone()),
            (None, Method::Ping) => Ok(Arc::new(Terms::new(Revision::LATEST_LEGACY))),
            (None, _) => Err(lacking(meta::PROTOCOL_VERSION).hint(
                "send `initialize` first, or say the protocol version and the client's capabilities with each request",
            )),
        }
    }

    /// From which level on log messages are sent to a client that does not say it with each request.
    pub(crate) fn level(&self) -> Level {
        self.level.unwrap_or(Level::Info)
    }

    pub(crate) fn set_level(&mut self, level: Level) {
        self.level = Some(level);
    }

    /// From now on these terms hold for requests that carry none.
    pub(crate) fn open(&mut self, terms: Arc<Terms>) {
        self.legacy = Some(terms);
    }

    /// Whether arrays of messages are understood (2025-03-26 only).
    pub(crate) fn takes_batches(&self) -> bool {
        self.legacy.as_ref().is_some_and(|terms| terms.revision == Revision::V2025_03_26)
    }

    /// How an error looks that answers no readable id.
    pub(crate) fn no_id(&self) -> NoId {
        match &self.legacy {
            Some(terms) if terms.revision < Revision::V2025_11_25 => NoId::Null,
            Some(_) | None => NoId::Absent,
        }
    }

    /// The revision that `initialize` settled.
    #[cfg(feature = "http")]
    pub(crate) fn revision(&self) -> Option<Revision> {
        self.legacy.as_ref().map(|terms| terms.revision)
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len().saturating_add(self.last.iter().len())
    }

    pub(crate) fn is_in_flight(&self, id: &RequestId) -> bool {
        self.flight(id).is_some()
    }

    pub(crate) fn serial(&mut self) -> u64 {
        self.serial = self.serial.wrapping_add(1);
        self.serial
    }

    pub(crate) fn admit(&mut self, id: RequestId, flight: Flight) {
        if let Some((id, flight)) = self.last.replace((id, flight)) {
            self.in_flight.insert(id, flight);
        }
    }

    fn flight(&self, id: &RequestId) -> Option<Flight> {
        match &self.last {
            Some((last, flight)) if last == id => Some(*flight),
            Some(_) | None => self.in_flight.get(id).copied(),
        }
    }

    /// Takes a call out of the air; `false` if it was cancelled before.
    pub(crate) fn land(&mut self, id: &RequestId, flight: Flight) -> bool {
        let is_it = |(last, its): &mut (RequestId, Flight)| *its == flight && last == id;
        self.last.take_if(is_it).is_some() || (self.flight(id) == Some(flight) && self.cancel(id).is_some())
    }

    /// Whether this very call is in the air.
    #[cfg(feature = "http")]
    pub(crate) fn awaits(&self, id: &RequestId, flight: Flight) -> bool {
        self.flight(id) == Some(flight)
    }

    /// Forgets a call, so that its answer goes nowhere.
    pub(crate) fn cancel(&mut self, id: &RequestId) -> Option<Flight> {
        match self.last.take_if(|(last, _)| last == id) {
            Some((_, flight)) => Some(flight),
            None => self.in_flight.remove(id),
        }
    }

    /// Counts lines that are no messages; `false` once there were so many in a row that we only log, so that two
    /// programs cannot answer each other for ever.
    pub(crate) fn may_complain(&mut self) -> bool {
        self.bad = self.bad.saturating_add(1);
        self.bad <= PATIENCE
    }

    /// Whether patience has just come to an end.
    pub(crate) fn has_just_given_up(&self) -> bool {
        self.bad == PATIENCE.saturating_add(1)
    }

    /// A message came.
    pub(crate) fn calm_down(&mut self) {
        self.bad = 0;
    }
}

/// What `initialize` asks for (Lifecycle, Version Negotiation): the same revision if we have it, else our latest.
fn legacy_terms(params: &Params<'_>) -> Result<Terms, Fault> {
    let version = params.protocol_version.and_then(Json::string);
    let version = version.ok_or_else(|| must_be("params", "protocolVersion", "a string"))?;
    let revision = Revision::named(&version).filter(|revision| !revision.is_modern());
    Ok(Terms {
        revision: revision.unwrap_or(Revision::LATEST_LEGACY),
        client: optional_object("params", "clientInfo", params.client_info)?,
        capabilities: optional_object("params", "capabilities", params.capabilities)?,
    })
}

impl Fault {
    fn hint(self, hint: &str) -> Self {
        Self { message: format!("{}; {hint}", self.message), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client may use an id again as soon as it has cancelled; the answer to the first call must not answer the second.
    #[test]
    fn an_id_that_is_used_again_is_another_call() {
        let (mut session, id) = (Session::default(), RequestId::for_test());
        let [first, second] = [1, 2].map(|serial| Flight { serial, batch: None });
        session.admit(id.clone(), first);
        assert_eq!(session.cancel(&id), Some(first));
        session.admit(id.clone(), second);
        assert!(!session.land(&id, first));
        assert!(session.land(&id, second));
        assert!(!session.land(&id, second));
    }
}
