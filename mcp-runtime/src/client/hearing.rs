//! What a server tells without being asked, and who hears it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use super::answering::Trouble;
use crate::client_log::Level;

/// How far a call has come, as the server has reported it ([`ClientBuilder::on_progress`](crate::ClientBuilder::on_progress)).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Reported {
    /// How much is done.
    pub done: f64,
    /// Of how much, where it is known.
    pub total: Option<f64>,
    /// What is being done (since 2025-03-26).
    pub message: Option<String>,
}

/// A log message of the server ([`ClientBuilder::on_log`](crate::ClientBuilder::on_log)).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Logged {
    /// How serious it is.
    pub level: Level,
    /// Who says it: the name of the tool, resource or prompt.
    pub logger: Option<String>,
    /// What it says.
    pub data: Value,
}

/// A notification of the server that no handler has taken ([`Client::next_notification`](crate::Client::next_notification)).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Notification {
    /// Its name on the wire: `notifications/tools/list_changed`, …
    pub method: String,
    /// What it says.
    pub params: Value,
}

/// Who hears what.
pub(super) struct Hearing {
    pub(super) ears: Ears,
    pub(super) rest: UnboundedSender<Notification>,
}

/// Handlers, where there are some.
#[derive(Default)]
pub(super) struct Ears {
    pub(super) progress: Option<Ear<Reported>>,
    pub(super) log: Option<(Level, Ear<Logged>)>,
}

pub(super) type Ear<T> = Box<dyn FnMut(T) + Send>;

impl Hearing {
    /// In the order in which the server told it, and before the answer that came after.
    pub(super) fn hear(&mut self, method: String, params: Value) -> Result<(), Trouble> {
        let Ears { progress, log } = &mut self.ears;
        match (method.as_str(), progress, log) {
            ("notifications/progress", Some(ear), _) => told(ear, Reported::read(&params)),
            ("notifications/message", _, Some((_, ear))) => told(ear, Logged::read(&params)),
            _ => {
                // Nobody may be left who wants it.
                let _ = self.rest.send(Notification { method, params });
                Ok(())
            }
        }
    }
}

fn told<T>(ear: &mut Ear<T>, heard: Option<T>) -> Result<(), Trouble> {
    heard.map_or(Ok(()), |heard| catch_unwind(AssertUnwindSafe(|| ear(heard))).map_err(Trouble::Panic))
}

impl Reported {
    fn read(params: &Value) -> Option<Self> {
        let message = params["message"].as_str().map(str::to_owned);
        Some(Self { done: params["progress"].as_f64()?, total: params["total"].as_f64(), message })
    }
}

impl Logged {
    fn read(params: &Value) -> Option<Self> {
        let logger = params["logger"].as_str().map(str::to_owned);
        Some(Self { level: Level::named(params["level"].as_str()?)?, logger, data: params["data"].clone() })
    }
}
