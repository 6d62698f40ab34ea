//! `subscriptions/listen`: a call that tells what changes until its client does not want to hear more (2026-07-28,
//! Subscriptions).

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;

use crate::capability::{Capabilities, Capability};
use crate::changes::{Bell, Board, Filter, Kind, Listener, Refused};
use crate::jsonrpc::{Fault, RequestId};
use crate::reply::Output;
use crate::request::Request;
use crate::session::{Params, object};
use crate::voice::Voice;
use crate::work::{Hearing, Started, Target, Ticket, Work};

/// A client listens. Only what is declared is told.
pub(crate) fn work(
    board: &Arc<Board>,
    declared: Capabilities,
    most: usize,
    request: Request<'_>,
) -> Result<Work, Fault> {
    let filter = filter(&request.params)?.of(declared);
    let listener = Listener::of(board, &filter, most).map_err(|refused| refused.fault("", most))?;
    let (voice, ear) = Voice::new();
    voice.say(listener.acknowledgement(&request.id, &filter));
    let running = Box::pin(listening(listener, board.bell(), voice, request.id.clone()));
    let Request { id, flight, terms, span, .. } = request;
    let (target, limit) = (Target::Subscription, Duration::MAX);
    let ticket = Ticket { id, flight, terms, target, limit, rounds: None, span };
    let hearing = Some(Hearing { ear, clock: None, rounds: None, effects: Arc::default() });
    Ok(Work::new(ticket, Started { running, hearing, live: None }))
}

/// Tells what changes until nothing will any more. A client that reads slowly is told less often.
///
/// The end is the result alone (Subscriptions, Graceful Closure). The page Cancellation wants `notifications/cancelled` there,
/// which clients take for a loss.
async fn listening(
    mut listener: Listener,
    mut bell: Bell,
    voice: Voice,
    id: RequestId,
) -> Result<Output, crate::error::Failure> {
    while bell.rings().await {
        if voice.has_room() {
            listener.tell(|change| voice.say(change.message(Some(&id))));
        } else {
            bell.again();
        }
    }
    Ok(Output::Listened)
}

impl Filter {
    /// What is left of it on a server that declares this.
    fn of(mut self, declared: Capabilities) -> Self {
        Kind::ALL.into_iter().zip(&mut self.lists).for_each(|(kind, wanted)| *wanted &= declared.lists(kind));
        self.resources = self.resources.filter(|_| declared.has(Capability::Subscribe));
        self
    }
}

fn filter(params: &Params<'_>) -> Result<Filter, Fault> {
    let filter = params.notifications.ok_or_else(|| Fault::invalid_params("`params` lacks `notifications`"))?;
    let [tools, resources, prompts, uris] = object(
        "notifications",
        filter,
        [Kind::Tools.filter(), Kind::Resources.filter(), Kind::Prompts.filter(), "resourceSubscriptions"],
    )?;
    Ok(Filter {
        lists: [
            flag(Kind::Tools.filter(), tools)?,
            flag(Kind::Resources.filter(), resources)?,
            flag(Kind::Prompts.filter(), prompts)?,
        ],
        resources: uris.filter(|uris| uris.get() != "null").map(texts).transpose()?,
    })
}

fn flag(name: &str, raw: Option<&RawValue>) -> Result<bool, Fault> {
    match raw.map(RawValue::get) {
        None | Some("null" | "false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Fault::invalid_params(format!("`{name}` in `notifications` must be a boolean"))),
    }
}

fn texts(raw: &RawValue) -> Result<Vec<String>, Fault> {
    serde_json::from_str(raw.get())
        .map_err(|_| Fault::invalid_params("`resourceSubscriptions` in `notifications` must be a list of URIs"))
}

impl Refused {
    /// What the client is told.
    pub(crate) fn fault(&self, uri: &str, most: usize) -> Fault {
        match self {
            Self::NotWatched => {
                let uri = crate::protocol::quoted(uri);
                Fault::invalid_params(format!("`{uri}` cannot be subscribed to: nobody is told when it is updated"))
            }
            Self::TooMany => {
                Fault::invalid_params(format!("a client may subscribe to {most} resources, and not to more"))
            }
        }
    }
}
