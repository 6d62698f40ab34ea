//! `subscriptions/listen`: a call that tells what changes until its client does not want to hear more (2026-07-28,
//! Subscriptions).

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use crate::json::Json;

use crate::capability::{Capabilities, Capability};
use crate::carried::Carrier;
use crate::changes::{Bell, Change, Filter, Kind, LENGTH, Listener, ROOM, Refused};
use crate::dispatch::Dispatched;
use crate::error::Failure;
use crate::jsonrpc::{Fault, RequestId, code};
use crate::limit::Limit;
use crate::needs::Need;
use crate::params::Params;
use crate::reply::Output;
use crate::request::Request;
use crate::served::Core;
use crate::session::object;
use crate::tasks::{Following, Roster};
use crate::voice::Voice;
use crate::work::{Found, Hearing, Target};

impl Core {
    /// A client listens. Only what is declared is told.
    pub(crate) fn listen(&self, request: Request<'_>) -> Result<Dispatched, Fault> {
        // Only a server on which something changes has the method.
        let board = self.board.as_ref().ok_or_else(Fault::internal)?;
        let most = self.settings.subscriptions;
        let filter = filter(request.params)?.of(self.registry.capabilities);
        admit(&filter, &request, most)?;
        let listener = Listener::of(board, &filter, most).map_err(|refused| refused.fault("", most))?;
        let (voice, ear) = Voice::new();
        let (roster, carrier, id) = (self.roster.clone(), request.carrier.clone(), request.id.clone());
        let subscriber = Subscriber { listener, filter, roster, carrier, voice, id };
        let running = Box::pin(subscriber.listening(board.bell()));
        let hearing = Some(Hearing { ear, clock: None, rounds: None, effects: Arc::default() });
        let found = Found { hearing, ..Found::quiet(Target::Subscription, Duration::MAX) };
        Ok(Dispatched::Run(Box::new(request.runs(running, found))))
    }
}

/// Lets a client hear of tasks if it knows them (extension `io.modelcontextprotocol/tasks`, Task Status Notifications).
fn admit(filter: &Filter, request: &Request<'_>, most: usize) -> Result<(), Fault> {
    let Some(tasks) = &filter.tasks else {
        return Ok(());
    };
    request.lacks(&[Need::Tasks]).map_or(Ok(()), Err)?;
    if tasks.len() > most {
        return Err(Fault::invalid_params(Limit::TaskSubscriptions.refuses(most)));
    }
    Ok(())
}

/// A client that listens.
struct Subscriber {
    listener: Listener,
    filter: Filter,
    roster: Arc<Roster>,
    /// Counts the bytes of the request, of which the listener keeps the URIs.
    carrier: Carrier,
    voice: Voice,
    id: RequestId,
}

impl Subscriber {
    /// Tells what changes until nothing will any more. A client that reads slowly is told less often.
    ///
    /// The end is the result alone (Subscriptions, Graceful Closure). The page Cancellation wants `notifications/cancelled`
    /// there, which clients take for a loss.
    async fn listening(self, mut bell: Bell) -> Result<Output, Failure> {
        let Self { mut listener, filter, roster, carrier, voice, id } = self;
        let owner = carrier.principal().map(str::to_owned);
        let mut tasks = Following::of(roster, owner, filter.tasks.as_deref().unwrap_or_default()).await?;
        voice.say(listener.acknowledgement(&id, &filter, &tasks));
        // A client may name much more than there is.
        drop(filter);
        while bell.rings_or(pin!(tasks.change())).await {
            if voice.has_room() {
                listener.tell(|change| voice.say(change.message(Some(&id))));
                tasks.tell(&voice, |record| Change::Task(record).message(Some(&id))).await?;
            } else {
                bell.again();
            }
        }
        Ok(Output::Listened)
    }
}

impl Filter {
    /// What is left of it on a server that declares this.
    fn of(mut self, declared: Capabilities) -> Self {
        Kind::ALL.into_iter().zip(&mut self.lists).for_each(|(kind, wanted)| *wanted &= declared.list_changes(kind));
        self.resources = self.resources.filter(|_| declared.has(Capability::Subscribe));
        self.tasks = self.tasks.filter(|_| declared.has(Capability::Tasks));
        self
    }
}

const RESOURCES: &str = "resourceSubscriptions";
const TASKS: &str = "taskIds";

fn filter(params: &Params<'_>) -> Result<Filter, Fault> {
    let filter = params.notifications.ok_or_else(|| Fault::invalid_params("`params` lacks `notifications`"))?;
    let names = [Kind::Tools.filter(), Kind::Resources.filter(), Kind::Prompts.filter(), RESOURCES, TASKS];
    let [tools, resources, prompts, uris, tasks] = object("notifications", filter, names)?;
    Ok(Filter {
        lists: [
            flag(Kind::Tools.filter(), tools)?,
            flag(Kind::Resources.filter(), resources)?,
            flag(Kind::Prompts.filter(), prompts)?,
        ],
        resources: texts(RESOURCES, "URIs", uris)?,
        tasks: texts(TASKS, "ids", tasks)?,
    })
}

fn flag(name: &str, raw: Option<Json<'_>>) -> Result<bool, Fault> {
    match raw.map(Json::get) {
        None | Some("null" | "false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Fault::invalid_params(format!("`{name}` in `notifications` must be a boolean"))),
    }
}

fn texts(name: &str, of: &str, raw: Option<Json<'_>>) -> Result<Option<Vec<String>>, Fault> {
    let wrong = |_| Fault::invalid_params(format!("`{name}` in `notifications` must be a list of {of}"));
    raw.map_or(Ok(None), |raw| serde_json::from_str(raw.get()).map_err(wrong))
}

impl Refused {
    /// What the client is told.
    pub(crate) fn fault(&self, uri: &str, most: usize) -> Fault {
        match self {
            Self::NotWatched => {
                let uri = crate::protocol::quoted(uri);
                Fault::invalid_params(format!("`{uri}` cannot be subscribed to: nobody is told when it is updated"))
            }
            Self::TooMany => Fault::invalid_params(Limit::Subscriptions.refuses(most)),
            Self::TooLong => {
                Fault::invalid_params(format!("the URIs to which a client subscribes may have {LENGTH} bytes together"))
            }
            Self::Busy => Fault::new(
                code::INTERNAL_ERROR,
                format!("the server is busy: all subscriptions have {ROOM} bytes together; try again later"),
            ),
        }
    }
}
