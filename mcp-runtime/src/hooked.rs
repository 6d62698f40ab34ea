//! Calls with hooks around them: these run first, and the function is found when the last of them lets the call go on.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::around::{Answer, Call, Hooks};
use crate::context::Context;
use crate::dispatch::{Begun, arguments, named, required};
use crate::error::Failure;
use crate::json::scan::{Broken, Cursor};
use crate::jsonrpc::Fault;
use crate::request::Request;
use crate::served::Core;
use crate::session::object;
use crate::work::{CallKind, Finder, Target, Work};

impl Core {
    /// Runs the hooks of a call, and in them the call.
    pub(crate) fn hooked(self: &Arc<Self>, hooks: &Hooks, kind: CallKind, request: Request<'_>) -> Result<Work, Fault> {
        let call = self.kept(kind, &request)?;
        let target = Target::Sought { kind, name: call.name.clone() };
        let (finder, finding) = Finder::new();
        let core = self.clone();
        let next = hooks.around(|call| core.innermost(call, finder));
        let running = Box::pin(async { next.run(call).await.0 });
        Ok(Work::hooked(request.ticket(target, self.settings.timeout), running, finding))
    }

    /// What hooks see of a request, if it can be read so far.
    fn kept(&self, kind: CallKind, request: &Request<'_>) -> Result<Call, Fault> {
        let params = request.params;
        let name = match kind {
            CallKind::Tool | CallKind::Prompt => named("name", params.name)?,
            CallKind::Resource => named("uri", params.uri)?,
            CallKind::Completion => {
                let [of, name, uri] = object("ref", required("ref", params.reference)?, ["type", "name", "uri"])?;
                match &*named("ref.type", of)? {
                    "ref/prompt" => named("ref.name", name)?,
                    "ref/resource" => named("ref.uri", uri)?,
                    // It is refused when it is looked for.
                    _ => Cow::default(),
                }
            }
        };
        let arguments = arguments(params)?.map(|object| read(&object)).transpose()?.unwrap_or_default();
        let context = Context::new(request.id.clone(), request.terms.clone(), request.carrier.clone(), params.meta);
        Ok(Call {
            kind,
            name: name.into_owned(),
            arguments,
            is_changed: false,
            context,
            request: request.kept(),
            params: params.kept(),
            shared: self.shared.clone(),
        })
    }

    /// What is inside of all hooks: the call as it goes without any.
    async fn innermost(self: Arc<Self>, call: Call, finder: Finder) -> Answer {
        let (kind, request, params) = call.goes_on();
        let begun = self.begin(kind, &Request { params: &params.lent(), ..request });
        Answer(match begun {
            Ok(Begun::Runs(running, found)) => match finder.tell(found).await {
                true => running.await,
                false => Err(Failure::Broken("the call is over".into())),
            },
            Ok(Begun::Told(output)) => Ok(output),
            Err(fault) => Err(Failure::Refused(fault)),
        })
    }
}

/// The arguments as hooks see them. A value that no `Value` can hold, such as `1e400`, is its JSON text: hooks must see that it
/// is there, and what is made of their arguments is refused as it would have been.
fn read(object: &str) -> Result<Map<String, Value>, Fault> {
    let error = match serde_json::from_str(object) {
        Ok(arguments) => return Ok(arguments),
        Err(error) => error,
    };
    let mut members = Map::new();
    let read = Cursor::new(object).object(|name, value| {
        let json = value.skip(1)?;
        members.insert(name.text()?.into_owned(), serde_json::from_str(json).unwrap_or_else(|_| json.into()));
        Ok::<_, Broken>(())
    });
    read.map(|()| members).map_err(|_| Fault::invalid_params(format!("`arguments` cannot be read: {error}")))
}
