//! A call that goes on as a task when its request has been answered, and the requests about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::clock::later;
use crate::dispatch::{Dispatched, named};
use crate::error::Failure;
use crate::jsonrpc::{Fault, code};
use crate::needs::Need;
use crate::reply::{Output, Running};
use crate::request::Request;
use crate::served::Core;
use crate::tasks::{End, Live, Missing, Place, Roster, Wish};
use crate::work::{Departure, Found, Next, Target, Ticket, Work};

impl Core {
    /// Lets a call go on by itself, and tells its client where to look for it.
    pub(crate) fn detach(self: &Arc<Self>, ticket: &Ticket, departure: Departure, out: &mut Vec<u8>) {
        let Departure { running, place } = departure;
        let live = place.live();
        self.shape(ticket.terms.revision).task(out, |object| live.introduce(object));
        let ticket = Ticket { limit: live.limit, rounds: None, ..ticket.clone() };
        let work = Work::detached(ticket, running, live.clock.clone());
        tokio::spawn(go_on(self.clone(), work, place));
    }
}

/// Works to the end, and keeps what becomes of it.
async fn go_on(core: Arc<Core>, work: Work, place: Place) {
    let live = place.live();
    tokio::join!(work_on(&core, work, live), live.keep_up());
}

/// The function is dropped when its task has been ended by others.
async fn work_on(core: &Arc<Core>, work: Work, live: &Live) {
    let end = tokio::select! {
        biased;
        () = live.ended() => return,
        () = live.over() => End::Failed(Fault::new(code::INTERNAL_ERROR, "the server has shut down")),
        end = finished(core, work) => end,
    };
    live.end(end);
}

/// How it ends by itself.
async fn finished(core: &Arc<Core>, mut work: Work) -> End {
    let deadline = later(Instant::now(), work.ticket.limit);
    let outcome = loop {
        match work.next(deadline).await {
            Next::Ended(outcome) => break outcome,
            // What is told while a task works is told by the task.
            Next::Said(_) => {}
        }
    };
    core.tell_if_blocked(&work);
    let mut result = Vec::new();
    match core.answer(&work.ticket, outcome, &mut result) {
        Ok(()) => End::Completed(String::from_utf8_lossy(&result).into_owned()),
        Err(fault) => End::Failed(fault),
    }
}

/// A task that a client asks about.
struct Wanted {
    roster: Arc<Roster>,
    id: String,
    owner: Option<String>,
    answers: BTreeMap<String, Box<RawValue>>,
}

impl Wanted {
    async fn run(self, wish: Wish) -> Result<Output, Missing> {
        let Self { roster, id, owner, answers } = self;
        let owner = owner.as_deref();
        match wish {
            Wish::Get => roster.find(&id, owner).await.map(Output::Task),
            Wish::Update => roster.update(&id, owner, answers).await.map(|()| Output::Heard),
            Wish::Cancel => roster.cancel(&id, owner).await.map(|()| Output::Heard),
        }
    }
}

/// Requests about a task.
impl Core {
    /// Whoever has not said that they know tasks learns nothing of them.
    pub(crate) fn about_task(&self, request: Request<'_>, wish: Wish) -> Result<Dispatched, Fault> {
        request.lacks(&[Need::Tasks]).map_or(Ok(()), Err)?;
        let id = named("taskId", request.params.task_id)?.into_owned();
        let wanted = Wanted {
            roster: self.roster.clone(),
            id: id.clone(),
            owner: request.carrier.principal().map(str::to_owned),
            answers: request.params.answers()?,
        };
        let running: Running = Box::pin(async move { wanted.run(wish).await.map_err(Failure::from) });
        let found = Found::quiet(Target::Task(id), self.settings.timeout);
        Ok(Dispatched::Run(Box::new(request.runs(running, found))))
    }
}
