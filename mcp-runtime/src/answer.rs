//! Makes the answer to a call: the one place where an outcome becomes bytes.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::arguments::Refused;
use crate::cache::CacheHint;
use crate::dispatch::{not_found, unknown_task};
use crate::error::Failure;
use crate::item::Resource;
use crate::jsonrpc::{Fault, code};
use crate::log;
use crate::protocol::{Revision, quoted};
use crate::published::Structure;
use crate::registry::Entry;
use crate::reply::{CallToolResult, Output};
use crate::schema::{Check, Problem};
use crate::served::Core;
use crate::work::{CallKind, Outcome, Target, Ticket, Work};

impl Core {
    pub(crate) fn answer(self: &Arc<Self>, ticket: &Ticket, outcome: Outcome, out: &mut Vec<u8>) -> Result<(), Fault> {
        let span = &ticket.span;
        span.in_scope(|| self.settled(ticket, outcome, out)).inspect_err(|fault| span.failed(fault))
    }

    fn settled(self: &Arc<Self>, ticket: &Ticket, outcome: Outcome, out: &mut Vec<u8>) -> Result<(), Fault> {
        let what = || self.what(&ticket.target);
        match outcome {
            Outcome::Finished(Ok(output)) => self.finished(ticket, &output, out),
            Outcome::Finished(Err(failure)) => self.failed(ticket, failure, out),
            Outcome::Asked => {
                let asked = ticket.rounds.as_deref().zip(self.keys.as_ref());
                let (rounds, keys) = asked.ok_or_else(Fault::internal)?;
                let state = rounds.sealed(keys, self.settings.state_time)?;
                self.shape(ticket.terms.revision).input_required(&rounds.open(), &state, out);
                Ok(())
            }
            Outcome::Left(departure) => {
                self.detach(ticket, departure, out);
                Ok(())
            }
            Outcome::Refused(fault) => Err(fault),
            Outcome::TimedOut => {
                let seconds = ticket.limit.as_secs_f64();
                Err(Fault::new(code::INTERNAL_ERROR, format!("{} timed out after {seconds} s", what())))
            }
            Outcome::Panicked => {
                log::error(format_args!("{} panicked", what()));
                Err(Fault::internal())
            }
        }
    }

    fn finished(&self, ticket: &Ticket, output: &Output, out: &mut Vec<u8>) -> Result<(), Fault> {
        let shape = self.shape(ticket.terms.revision);
        let registry = &self.registry;
        match (&ticket.target, output) {
            (target @ (Target::Tool(_) | Target::Sought { kind: CallKind::Tool, .. }), Output::Tool(result)) => {
                let structure = self.structure(target);
                self.conforms(ticket, result, structure.map(|structure| &structure.check))?;
                if result.is_error {
                    ticket.span.tool_failed();
                }
                shape.called(result, structure, out);
            }
            (Target::Resource { index, uri }, Output::Resource(contents)) => {
                let entry = registry.resources.entries.get(*index).ok_or_else(Fault::internal)?;
                shape.read(contents, uri, entry.item.mime, self.hint(ticket, entry), out);
            }
            (Target::Template { index, uri }, Output::Resource(contents)) => {
                let entry = registry.templates.entries.get(*index).ok_or_else(Fault::internal)?;
                shape.read(contents, uri, entry.item.mime, self.hint(ticket, entry), out);
            }
            (Target::Prompt(index), Output::Prompt(result)) => {
                let about = registry.prompts.entries.get(*index).map_or("", |entry| entry.item.about.description);
                shape.got(result, about, out);
            }
            (Target::Completion(_) | Target::Sought { kind: CallKind::Completion, .. }, Output::Completion(values)) => {
                shape.completed(values, out);
            }
            (Target::Subscription, Output::Listened) => shape.listened(&ticket.id, out),
            (Target::Task(_), Output::Task(record)) => {
                shape.result(None, out, |object| object.members(&record.json));
            }
            (Target::Task(_), Output::Heard) => shape.result(None, out, |_| {}),
            (target, output) => {
                log::error(format_args!("{target:?} gave {output:?}, which only a hand-made item can do"));
                return Err(Fault::internal());
            }
        }
        Ok(())
    }

    /// What answers led to is not to be found under the URI alone (2026-07-28, Caching: Cache Key), so nobody may keep it.
    fn hint(&self, ticket: &Ticket, entry: &Entry<Resource>) -> CacheHint {
        match ticket.rounds.as_ref().is_some_and(|rounds| rounds.has_answers()) {
            true => CacheHint::default(),
            false => self.settings.cache_contents.but(entry.item.ttl, entry.item.scope),
        }
    }

    /// A result that breaks its own schema is the server's fault, not something for a client to puzzle over.
    fn conforms(&self, ticket: &Ticket, result: &CallToolResult, check: Option<&Check>) -> Result<(), Fault> {
        let Some(check) = check.filter(|_| !result.is_error) else {
            return Ok(());
        };
        let json = result.structured.as_deref().unwrap_or("null");
        let problems = check.problems(json);
        if problems.is_empty() {
            return Ok(());
        }
        let what = self.what(&ticket.target);
        match result.structured {
            Some(_) => log::error(format_args!("the result of {what} breaks its own schema:\n{}", of_result(problems))),
            None => log::error(format_args!("the result of {what} has an output schema, but no structured content")),
        }
        Err(Fault::internal())
    }

    fn failed(&self, ticket: &Ticket, failure: Failure, out: &mut Vec<u8>) -> Result<(), Fault> {
        let what = self.what(&ticket.target);
        let (text, detail, is_repairable) = match failure {
            Failure::Error { text, maskable, .. } if maskable && self.settings.mask_errors => {
                log::error(format_args!("{what} failed: {text}"));
                (format!("{what} failed"), None, false)
            }
            Failure::Error { text, detail, maskable } => (text, detail, !maskable),
            Failure::NotFound => {
                let uri = match &ticket.target {
                    Target::Task(id) => return Err(unknown_task(id)),
                    Target::Resource { uri, .. } | Target::Template { uri, .. } => uri,
                    Target::Sought { name, .. } => name,
                    Target::Tool(_) | Target::Prompt(_) | Target::Completion(_) | Target::Subscription => "",
                };
                return Err(not_found(ticket.terms.revision, uri, None));
            }
            Failure::Broken(text) => {
                log::error(format_args!("{what} failed: {text}"));
                return Err(Fault::internal());
            }
            Failure::Refused(fault) => return Err(fault),
        };
        let (Target::Tool(_) | Target::Sought { kind: CallKind::Tool, .. }) = ticket.target else {
            // What the caller can repair was wrong with the parameters.
            let code = if is_repairable { code::INVALID_PARAMS } else { code::INTERNAL_ERROR };
            return Err(Fault { code, message: text, data: detail });
        };
        ticket.span.tool_failed();
        let has_schema = self.structure(&ticket.target).is_some();
        let has_structure = ticket.terms.revision >= Revision::V2025_06_18 && !has_schema;
        let result = CallToolResult::new().with(text).error();
        let result = detail.into_iter().fold(result, |result, detail| match has_structure {
            true => result.structured(detail),
            false => result.with(detail.to_string()),
        });
        self.shape(ticket.terms.revision).called(&result, None, out);
        Ok(())
    }

    /// What a tool gives back, if that has a schema.
    fn structure(&self, target: &Target) -> Option<&Structure> {
        let tools = &self.registry.tools;
        let entry = match target {
            Target::Tool(index) => tools.entries.get(*index),
            Target::Sought { kind: CallKind::Tool, name } => tools.find(name).map(|(_, entry)| entry),
            Target::Sought { .. }
            | Target::Resource { .. }
            | Target::Template { .. }
            | Target::Prompt(_)
            | Target::Completion(_)
            | Target::Subscription
            | Target::Task(_) => None,
        };
        entry?.structure.as_deref()
    }

    /// A developer should hear of an `async fn` that holds up everybody.
    pub(crate) fn tell_if_blocked(&self, work: &Work) {
        if let Some(blocked) = work.running.blocked() {
            let (what, seconds) = (self.what(&work.ticket.target), blocked.as_secs_f64());
            log::error(format_args!(
                "{what} blocked the runtime for {seconds:.1} s: make it a plain `fn`, or `.await` more"
            ));
        }
    }

    /// "tool `add`", for messages.
    pub(crate) fn what(&self, target: &Target) -> String {
        let registry = &self.registry;
        let (kind, name) = match target {
            Target::Sought { kind: CallKind::Completion, name } => ("a completion of", Some(name.as_str())),
            Target::Sought { kind, name } => return format!("{kind} `{}`", quoted(name)),
            Target::Tool(index) => ("tool", registry.tools.entries.get(*index).map(|entry| entry.item.about.name)),
            Target::Prompt(index) => {
                ("prompt", registry.prompts.entries.get(*index).map(|entry| entry.item.about.name))
            }
            Target::Resource { uri, .. } | Target::Template { uri, .. } => ("resource", Some(uri.as_str())),
            Target::Completion(name) => ("a completion of", Some(name.as_str())),
            Target::Subscription => ("method", Some("subscriptions/listen")),
            Target::Task(id) => ("task", Some(id.as_str())),
        };
        format!("{kind} `{}`", name.unwrap_or_default())
    }
}

/// Problems of a result are told like those of arguments, but the whole of it has another name.
fn of_result(mut problems: Vec<Problem>) -> Refused {
    for problem in problems.iter_mut().filter(|problem| problem.path.is_empty()) {
        "structuredContent".clone_into(&mut problem.path);
    }
    Refused(problems)
}
