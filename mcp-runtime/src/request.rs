//! A request that was understood: who sent it, what it wants to be told, and what its client can be asked.

use std::any::TypeId;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::json::Json;
use serde_json::{Map, json};

use crate::asking::{Asking, Bound, Questions, Rounds};
use crate::carried::Carrier;
use crate::client_log::{Level, Log};
use crate::context::{Context, Speech};
use crate::elicit::{Elicit, ElicitUrl};
use crate::item::About;
use crate::jsonrpc::{Fault, RequestId, code};
use crate::needs::Need;
use crate::once::Once;
use crate::once_store::Store;
use crate::params::Params;
use crate::progress::Progress;
use crate::protocol::{Method, Terms};
use crate::reply::Running;
use crate::roots::Roots;
use crate::sample::Sample;
use crate::seal::Keys;
use crate::session::Flight;
use crate::span::Span;
use crate::task::Task;
use crate::tasks::Live;
use crate::voice::Voice;
use crate::work::{Found, Hearing, Target, Ticket, Work};

/// A request that was understood, and who sent it.
pub(crate) struct Request<'a> {
    pub(crate) id: RequestId,
    pub(crate) method: Method,
    pub(crate) flight: Flight,
    pub(crate) terms: Arc<Terms>,
    pub(crate) params: &'a Params<'a>,
    /// From which level on log messages are sent to a client of before 2026-07-28.
    pub(crate) level: Level,
    /// Where a client of before 2026-07-28 is asked, if it can be.
    pub(crate) questions: Option<Arc<Questions>>,
    pub(crate) carrier: Carrier,
    /// Whether nothing reaches the client but answers.
    pub(crate) is_silent: bool,
    /// Opened when it is dispatched.
    pub(crate) span: Span,
}

impl Request<'_> {
    /// What is lent to a function as `&Context`, and to a completer.
    pub(crate) fn context(&self, about: &About) -> Context {
        // Every completer may ask for it.
        let is_lent =
            || self.method == Method::Complete || about.lends.iter().any(|lend| (lend.id)() == TypeId::of::<Context>());
        let meta = self.params.meta.filter(|_| is_lent());
        Context::new(self.id.clone(), self.terms.clone(), self.carrier.clone(), meta)
    }

    /// The same without its parameters, to be kept.
    pub(crate) fn kept(&self) -> Request<'static> {
        Request {
            id: self.id.clone(),
            method: self.method,
            flight: self.flight,
            terms: self.terms.clone(),
            params: Params::NONE,
            level: self.level,
            questions: self.questions.clone(),
            carrier: self.carrier.clone(),
            is_silent: self.is_silent,
            span: self.span.clone(),
        }
    }

    /// This runs for it.
    pub(crate) fn runs(self, running: Running, found: Found) -> Work {
        let Found { target, limit, hearing, live } = found;
        Work::new(self.ticket(target, limit), running, hearing, live)
    }

    /// To whom the answer goes.
    pub(crate) fn ticket(self, target: Target, limit: Duration) -> Ticket {
        let Request { id, flight, terms, span, .. } = self;
        Ticket { id, flight, terms, target, limit, rounds: None, span }
    }

    /// That the client cannot do what a function needs (2026-07-28: -32021).
    pub(crate) fn lacks(&self, needs: &[Need]) -> Option<Fault> {
        if needs.is_empty() {
            return None;
        }
        let met = self.met();
        let (mut required, mut names) = (Map::new(), BTreeSet::new());
        for need in needs.iter().filter(|need| !met.contains(need)) {
            names.insert(format!("`{}`", need.name()));
            let (name, value) = need.capability();
            let modes = required.entry(name).or_insert_with(|| json!({}));
            modes.as_object_mut().into_iter().for_each(|modes| modes.extend(value.clone()));
        }
        if required.is_empty() {
            return None;
        }
        let is_modern = self.terms.revision.is_modern();
        let of = if is_modern || !needs.contains(&Need::Tasks) { "" } else { " of 2026-07-28" };
        let names: Vec<String> = names.into_iter().collect();
        let text = format!("this needs a client{of} that offers {}", names.join(" and "));
        let code = if is_modern { code::MISSING_CLIENT_CAPABILITY } else { code::INVALID_PARAMS };
        Some(Fault::new(code, text).with_data(json!({ "requiredCapabilities": required })))
    }

    /// Whether the client offers this.
    pub(crate) fn meets(&self, need: Need) -> bool {
        self.met().contains(&need)
    }

    /// What the client can do for functions. Whoever no question reaches can do nothing.
    fn met(&self) -> Vec<Need> {
        let is_reached = self.terms.revision.is_modern() || self.questions.is_some();
        if is_reached { Need::met(&self.terms) } else { Vec::new() }
    }

    /// What a function borrows to speak, and how it is heard. With keys, and the time that a client may take to answer, it also asks; where there is a task, it may become that.
    pub(crate) fn speech(
        &self,
        name: &'static str,
        keys: Option<(&Keys, Duration)>,
        store: &Store,
        live: Option<&Arc<Live>>,
    ) -> Result<(Speech, Hearing), Fault> {
        let wishes = self.params.wishes()?;
        let revision = self.terms.revision;
        let level = if revision.is_modern() { wishes.level } else { Some(self.level) };
        let (voice, ear) = Voice::new();
        let asking = keys.map(|keys| self.asking(&voice, keys, live)).transpose()?.flatten();
        let effects = match &asking {
            Some(Asking::Rounds(rounds) | Asking::Task { rounds, .. }) => rounds.effects.clone(),
            Some(Asking::Session { .. }) | None => Arc::default(),
        };
        let met = if asking.is_some() { self.met() } else { Vec::new() };
        let can = |need: Need| asking.clone().filter(|_| met.contains(&need));
        let speech = Speech {
            progress: Progress::new(wishes.progress, revision, &voice).of(live.cloned()),
            log: Log::new(level, name, &voice),
            task: Task::new(live.cloned()),
            elicit: can(Need::Form).map(|asking| Elicit::new(asking, revision)),
            elicit_url: can(Need::Url).map(|asking| ElicitUrl::new(asking, revision)),
            sample: can(Need::Sampling).map(|asking| Sample::new(asking, revision)),
            roots: can(Need::Roots).map(Roots::new),
            once: Once::new(name, effects.clone(), store.clone()),
        };
        let (clock, rounds) = match asking {
            Some(Asking::Session { clock, .. }) => (Some(clock), None),
            Some(Asking::Rounds(rounds) | Asking::Task { rounds, .. }) => (None, Some(rounds)),
            None => (None, None),
        };
        Ok((speech, Hearing { ear, clock, rounds, effects }))
    }

    /// Where the function asks; `None` if no question reaches its client.
    fn asking(
        &self,
        voice: &Voice,
        (keys, patience): (&Keys, Duration),
        live: Option<&Arc<Live>>,
    ) -> Result<Option<Asking>, Fault> {
        if self.terms.revision.is_modern() {
            let rounds = Rounds::come(self.bound(), self.params.request_state, self.params.answers()?, keys)?;
            let rounds = Arc::new(rounds);
            return Ok(Some(match live.cloned() {
                Some(live) => Asking::Task { rounds, live, patience },
                None => Asking::Rounds(rounds),
            }));
        }
        let session = |questions: &Arc<Questions>| Asking::Session {
            questions: questions.clone(),
            voice: voice.clone(),
            clock: Arc::default(),
            patience,
        };
        Ok(self.questions.as_ref().map(session))
    }

    /// What the rounds of this request belong to.
    fn bound(&self) -> Bound {
        let params = self.params;
        let text = |raw: Option<Json<'_>>| raw.and_then(Json::string).map(Cow::into_owned).unwrap_or_default();
        // Whichever of the two the method does not read is the client's to choose.
        let name = if self.method == Method::ResourcesRead { params.uri } else { params.name };
        Bound {
            method: self.method.name(),
            name: text(name),
            arguments: params.arguments.map(|raw| raw.get().to_owned()).unwrap_or_default(),
            principal: self.carrier.principal().map(str::to_owned),
        }
    }
}
