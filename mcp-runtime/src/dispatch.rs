//! One request to one method: answered at once, or turned into work.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::json::Json;
use serde_json::json;

use crate::arguments::{Arguments, Refused};
use crate::completion::Typing;
use crate::context::Call;
use crate::item::{About, Resource, Start, TaskSupport, Tool};
use crate::jsonrpc::{Fault, code};
use crate::list::List;
use crate::needs::Need;
use crate::param::Param;
use crate::params::Params;
use crate::protocol::{Method, Revision, quoted};
use crate::registry::{Described, Entry};
use crate::reply::{CallToolResult, Output, Running};
use crate::request::Request;
use crate::served::Core;
use crate::session::{object, supported};
use crate::shape::Shape;
use crate::span::Span;
use crate::tasks::{Live, Wish};
use crate::uri::{Specificity, in_lower_scheme};
use crate::work::{CallKind, Found, Hearing, Target, Work, beginning, guard};

/// What becomes of a request.
pub(crate) enum Dispatched {
    /// The result is written.
    Answered,
    /// This is the result, which is kept for the next one too, and long enough to be worth a place of its own among what goes
    /// out.
    Kept(Arc<[u8]>),
    /// A function runs.
    Run(Box<Work>),
}

/// What becomes of a call.
pub(crate) enum Begun {
    /// Its function runs.
    Runs(Running, Found),
    /// It is answered without a function.
    Told(Output),
}

impl Core {
    /// The method of this name, if the server offers it.
    pub(crate) fn method(&self, name: &str) -> Result<Method, Fault> {
        let method = Method::named(name).ok_or_else(|| unknown_method(name))?;
        let is_offered = method.needs().is_none_or(|capability| self.registry.capabilities.has(capability));
        if is_offered { Ok(method) } else { Err(unknown_method(name)) }
    }

    /// Nothing changes any more: who listens comes to an end.
    pub(crate) fn close(&self) {
        if let Some(board) = &self.board {
            board.close();
        }
    }

    /// Answers with a result in `out`, or starts work.
    pub(crate) fn dispatch(self: &Arc<Self>, mut request: Request<'_>, out: &mut Vec<u8>) -> Result<Dispatched, Fault> {
        let span = self.span(&request);
        request.span = span.clone();
        span.in_scope(|| self.route(request, out)).inspect_err(|fault| span.failed(fault))
    }

    fn span(&self, request: &Request<'_>) -> Span {
        #[cfg(feature = "tracing")]
        return crate::trace::span(request, &self.registry);
        #[cfg(not(feature = "tracing"))]
        return request.span.clone();
    }

    fn route(self: &Arc<Self>, request: Request<'_>, out: &mut Vec<u8>) -> Result<Dispatched, Fault> {
        let shape = self.shape(request.terms.revision);
        match request.method {
            Method::Initialize => self.initialize(&shape, request.is_silent, out),
            Method::Discover => self.discover(&shape, out),
            // The level and the subscriptions are the session's.
            Method::Ping | Method::SetLevel | Method::Subscribe | Method::Unsubscribe => out.extend_from_slice(b"{}"),
            Method::ToolsList => return self.list(List::Tools, &shape, request.params, out),
            Method::ResourcesList => return self.list(List::Resources, &shape, request.params, out),
            Method::TemplatesList => return self.list(List::Templates, &shape, request.params, out),
            Method::PromptsList => return self.list(List::Prompts, &shape, request.params, out),
            Method::ToolsCall => return self.wrapped(CallKind::Tool, request, out),
            Method::ResourcesRead => return self.wrapped(CallKind::Resource, request, out),
            Method::PromptsGet => return self.wrapped(CallKind::Prompt, request, out),
            Method::Complete => return self.wrapped(CallKind::Completion, request, out),
            Method::Listen => return self.listen(request),
            Method::TasksGet => return self.about_task(request, Wish::Get),
            Method::TasksUpdate => return self.about_task(request, Wish::Update),
            Method::TasksCancel => return self.about_task(request, Wish::Cancel),
        }
        Ok(Dispatched::Answered)
    }

    pub(crate) fn shape(&self, revision: Revision) -> Shape<'_> {
        Shape { revision, server: &self.settings.identity }
    }

    fn initialize(&self, shape: &Shape<'_>, is_silent: bool, out: &mut Vec<u8>) {
        let declared = self.registry.capabilities;
        let capabilities = if is_silent { declared.silent() } else { declared };
        shape.result(None, out, |object| {
            object.field("protocolVersion", &shape.revision);
            object.with("capabilities", |out| capabilities.shape(shape.revision, out));
            object.with("serverInfo", |out| shape.implementation(out));
            object.some("instructions", self.settings.instructions.as_ref());
        });
    }

    fn discover(&self, shape: &Shape<'_>, out: &mut Vec<u8>) {
        shape.cacheable(self.settings.cache_lists.all, out, |object| {
            object.field("supportedVersions", &supported());
            object.with("capabilities", |out| self.registry.capabilities.shape(shape.revision, out));
            object.some("instructions", self.settings.instructions.as_ref());
        });
    }

    fn list(&self, list: List, shape: &Shape<'_>, params: &Params<'_>, out: &mut Vec<u8>) -> Result<Dispatched, Fault> {
        /// From how many bytes on a page is not copied.
        const LONG: usize = 16 * 1024;
        let cursor = match params.cursor {
            Some(raw) => Some(raw.string().ok_or_else(|| Fault::invalid_params("`cursor` must be a string"))?),
            None => None,
        };
        let page = self.lists.page(list, &self.registry, shape, cursor.as_deref()).ok_or_else(|| {
            Fault::invalid_params("this `cursor` does not belong to this list; start again without a cursor")
        })?;
        if page.len() >= LONG {
            return Ok(Dispatched::Kept(page));
        }
        out.extend_from_slice(&page);
        Ok(Dispatched::Answered)
    }

    /// A call: with hooks around it, if there are any.
    fn wrapped(self: &Arc<Self>, kind: CallKind, request: Request<'_>, out: &mut Vec<u8>) -> Result<Dispatched, Fault> {
        if let Some(hooks) = &self.hooks {
            return self.hooked(hooks, kind, request).map(|work| Dispatched::Run(Box::new(work)));
        }
        match self.begin(kind, &request)? {
            Begun::Runs(running, found) => return Ok(Dispatched::Run(Box::new(request.runs(running, found)))),
            Begun::Told(Output::Tool(result)) => {
                request.span.tool_failed();
                self.shape(request.terms.revision).called(&result, None, out);
            }
            Begun::Told(_) => self.shape(request.terms.revision).completed(&[], out),
        }
        Ok(Dispatched::Answered)
    }

    /// Finds the function of a call, decodes its arguments and starts it.
    pub(crate) fn begin(&self, kind: CallKind, request: &Request<'_>) -> Result<Begun, Fault> {
        match kind {
            CallKind::Tool => self.call(request),
            CallKind::Resource => self.read(request),
            CallKind::Prompt => self.get(request),
            CallKind::Completion => self.complete(request),
        }
    }

    fn call(&self, request: &Request<'_>) -> Result<Begun, Fault> {
        let name = named("name", request.params.name)?;
        let found = self.registry.tools.find(&name);
        let (index, entry) = found.ok_or_else(|| unknown("tool", &name, self.registry.tools.nearest(&name)))?;
        let about = &entry.item.about;
        offered("tool", about.name, entry)?;
        if let Some(fault) = request.lacks(&entry.needs) {
            return incapable(request, fault);
        }
        let object = arguments(request.params)?;
        let arguments = Arguments::from_json(about.params, &entry.input.rules, object.as_deref());
        let live = self.becoming(request, entry.item)?;
        match self.start(request, entry, entry.item.call, arguments, live)? {
            Ok(started) => Ok(self.runs(Target::Tool(index), started, about)),
            Err(refused) => refuse(request, about.name, &refused),
        }
    }

    /// The task that a call may become.
    fn becoming(&self, request: &Request<'_>, tool: &Tool) -> Result<Option<Arc<Live>>, Fault> {
        if tool.task == TaskSupport::Forbidden || !request.meets(Need::Tasks) {
            return Ok(None);
        }
        self.roster.call(request.carrier.principal(), tool.about.timeout).map(Some)
    }

    fn read(&self, request: &Request<'_>) -> Result<Begun, Fault> {
        let uri = named("uri", request.params.uri)?.into_owned();
        let revision = request.terms.revision;
        let wanted = in_lower_scheme(&uri);
        if let Some((index, entry)) = self.registry.resources.find(&wanted).filter(|(_, entry)| entry.switch.is_on()) {
            request.lacks(&entry.needs).map_or(Ok(()), Err)?;
            let arguments = Arguments::from_texts(&[], &entry.input.rules, []);
            let started = self.start(request, entry, entry.item.call, arguments, None)?;
            let started = started.map_err(|refused| not_found(revision, &uri, Some(&refused.to_string())))?;
            return Ok(self.runs(Target::Resource { index, uri }, started, &entry.item.about));
        }
        let (index, entry, values) = self.matching(revision, &uri, &wanted)?;
        request.lacks(&entry.needs).map_or(Ok(()), Err)?;
        let texts = in_order(entry.item, &values);
        let arguments = Arguments::from_texts(entry.item.about.params, &entry.input.rules, texts);
        let started = self.start(request, entry, entry.item.call, arguments, None)?;
        let started = started.map_err(|refused| not_found(revision, &uri, Some(&refused.to_string())))?;
        Ok(self.runs(Target::Template { index, uri: uri.clone() }, started, &entry.item.about))
    }

    /// The most specific template that the URI fits.
    fn matching<'u>(
        &self,
        revision: Revision,
        uri: &str,
        wanted: &'u str,
    ) -> Result<(usize, &Entry<Resource>, Captured<'u>), Fault> {
        let mut best: Option<(Specificity, usize, &Entry<Resource>, Captured<'u>)> = None;
        for (index, entry) in self.registry.templates.entries.iter().enumerate() {
            let specificity = entry.item.uri.specificity();
            if !entry.switch.is_on() || best.as_ref().is_some_and(|(most, ..)| *most >= specificity) {
                continue;
            }
            match entry.item.uri.captures(wanted) {
                Ok(Some(values)) => best = Some((specificity, index, entry, values)),
                Ok(None) => {}
                Err(refused) => return Err(not_found(revision, uri, Some(&refused.to_string()))),
            }
        }
        best.map(|(_, index, entry, values)| (index, entry, values)).ok_or_else(|| not_found(revision, uri, None))
    }

    fn get(&self, request: &Request<'_>) -> Result<Begun, Fault> {
        let name = named("name", request.params.name)?;
        let found = self.registry.prompts.find(&name);
        let (index, entry) = found.ok_or_else(|| unknown("prompt", &name, self.registry.prompts.nearest(&name)))?;
        let about = &entry.item.about;
        offered("prompt", about.name, entry)?;
        request.lacks(&entry.needs).map_or(Ok(()), Err)?;
        let object = arguments(request.params)?;
        let arguments = Arguments::from_json(about.params, &entry.input.rules, object.as_deref());
        let started = self.start(request, entry, entry.item.call, arguments, None)?;
        let started = started.map_err(|refused| invalid_arguments(about.name, &refused))?;
        Ok(self.runs(Target::Prompt(index), started, about))
    }

    fn complete(&self, request: &Request<'_>) -> Result<Begun, Fault> {
        let about = self.referred(request.params.reference)?;
        let [name, value] = object("argument", required("argument", request.params.argument)?, ["name", "value"])?;
        let (name, value) = (named("argument.name", name)?, named("argument.value", value)?.into_owned());
        let param = about.params.iter().find(|param| param.name == name);
        let param = param.ok_or_else(|| unknown("argument", &name, nearest_param(about, &name)))?;
        let arguments = filled(request.params.context)?;
        let Some(completer) = param.complete else {
            return Ok(Begun::Told(Output::Completion(Vec::new())));
        };
        let call = Call::new(request.context(about), self.shared.clone(), None, self.limit(about));
        let typing = Typing { typed: value, arguments };
        let running = guard(|| completer.start(typing, call)).ok_or_else(Fault::internal)?;
        let started = Started { running, hearing: None, live: None };
        Ok(self.runs(Target::Completion(about.name.to_owned()), started, about))
    }

    /// What `ref` of a completion means: a prompt by name, or a resource by its template.
    fn referred(&self, reference: Option<Json<'_>>) -> Result<&'static About, Fault> {
        let [kind, name, uri] = object("ref", required("ref", reference)?, ["type", "name", "uri"])?;
        match &*named("ref.type", kind)? {
            "ref/prompt" => {
                let (name, prompts) = (named("ref.name", name)?, &self.registry.prompts);
                let (_, entry) = prompts.find(&name).ok_or_else(|| unknown("prompt", &name, prompts.nearest(&name)))?;
                offered("prompt", &name, entry)?;
                Ok(&entry.item.about)
            }
            "ref/resource" => {
                let (uri, templates) = (named("ref.uri", uri)?, &self.registry.templates);
                let uri = in_lower_scheme(&uri);
                let found = templates.find(&uri).or_else(|| self.registry.resources.find(&uri));
                let fits = |entry: &&Entry<Resource>| entry.switch.is_on() && entry.item.uri.fits(&uri);
                let fitting = templates.entries.iter().filter(fits);
                let fitting = || fitting.max_by_key(|entry| entry.item.uri.specificity());
                let entry = found.map(|(_, entry)| entry).or_else(fitting);
                let entry = entry.ok_or_else(|| unknown("resource template", &uri, templates.nearest(&uri)))?;
                offered("resource template", &uri, entry)?;
                Ok(&entry.item.about)
            }
            kind => Err(Fault::invalid_params(format!(
                "`ref.type` must be `ref/prompt` or `ref/resource`, got `{}`",
                quoted(kind)
            ))),
        }
    }

    /// Decodes and starts. The outer error is wrong `_meta`, or a panic in the user's own `Deserialize`.
    fn start<T>(
        &self,
        request: &Request<'_>,
        entry: &Entry<T>,
        start: Start,
        arguments: Arguments<'_>,
        live: Option<Arc<Live>>,
    ) -> Result<Result<Started, Refused>, Fault>
    where
        &'static T: Described,
    {
        let keys = self.keys.as_ref().filter(|_| entry.asks).map(|keys| (keys, self.settings.answer_time));
        let (speech, hearing) = match entry.speaks {
            true => {
                let (name, store) = (entry.item.about().name, &self.settings.once_store);
                Some(request.speech(name, keys, store, live.as_ref())?).unzip()
            }
            false => (None, None),
        };
        let (about, speech) = (entry.item.about(), speech.map(Box::new));
        let limit = live.as_ref().map_or_else(|| self.limit(about), |live| live.limit);
        let call = Call::new(request.context(about), self.shared.clone(), speech, limit);
        let started = guard(|| start(arguments, call)).ok_or_else(Fault::internal)?;
        let begins = live.clone().filter(|_| !entry.begins);
        Ok(started.map(|running| match begins {
            Some(task) => Started { running: beginning(task, running), hearing, live },
            None => Started { running, hearing, live },
        }))
    }

    fn runs(&self, target: Target, started: Started, about: &About) -> Begun {
        let Started { running, hearing, live } = started;
        Begun::Runs(running, Found { target, limit: self.limit(about), hearing, live })
    }

    /// How long a call may take.
    fn limit(&self, about: &About) -> Duration {
        about.timeout.unwrap_or(self.settings.timeout)
    }
}

/// A function that was started.
struct Started {
    running: Running,
    hearing: Option<Hearing>,
    live: Option<Arc<Live>>,
}

/// Before 2026-07-28 there is no error for that: a model is told, and may do without.
fn incapable(request: &Request<'_>, fault: Fault) -> Result<Begun, Fault> {
    if request.terms.revision.is_modern() {
        return Err(fault);
    }
    Ok(Begun::Told(Output::Tool(CallToolResult::new().with(fault.message).error())))
}

/// Wrong arguments are for the model to repair since 2025-11-25; before they are an error.
fn refuse(request: &Request<'_>, name: &str, refused: &Refused) -> Result<Begun, Fault> {
    let fault = invalid_arguments(name, refused);
    if request.terms.revision < Revision::V2025_11_25 {
        return Err(fault);
    }
    Ok(Begun::Told(Output::Tool(CallToolResult::new().with(fault.message).error())))
}

/// There is no task of this id, or there is none any more, or it belongs to somebody else: that is nobody's business.
pub(crate) fn unknown_task(id: &str) -> Fault {
    Fault::invalid_params(format!("there is no task `{}`, or none any more", quoted(id)))
}

/// A method that there is not: in no revision, not in this one, or not in this server.
pub(crate) fn unknown_method(name: &str) -> Fault {
    Fault::new(code::METHOD_NOT_FOUND, format!("unknown method `{}`", quoted(name)))
}

/// That an item is switched on.
fn offered<T>(kind: &str, name: &str, entry: &Entry<T>) -> Result<(), Fault> {
    if entry.switch.is_on() {
        return Ok(());
    }
    Err(Fault::invalid_params(format!("the {kind} `{name}` is switched off at present")))
}

/// The object of arguments, which hosts also send as JSON text.
pub(crate) fn arguments<'a>(params: &Params<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    let wrong = || Fault::invalid_params("`arguments` must be an object");
    match params.arguments {
        None => Ok(None),
        Some(object) if object.is_object() => Ok(Some(object.get().into())),
        Some(other) => {
            let is_object = |text: &str| Json::of(text).is_some_and(Json::is_object);
            other.string().filter(|text| is_object(text)).ok_or_else(wrong).map(Some)
        }
    }
}

pub(crate) fn required<'a>(name: &str, raw: Option<Json<'a>>) -> Result<Json<'a>, Fault> {
    raw.ok_or_else(|| Fault::invalid_params(format!("`params` lacks `{name}`")))
}

pub(crate) fn named<'a>(name: &str, raw: Option<Json<'a>>) -> Result<Cow<'a, str>, Fault> {
    required(name, raw)?.string().ok_or_else(|| Fault::invalid_params(format!("`{name}` must be a string")))
}

fn unknown(kind: &str, name: &str, nearest: Option<&str>) -> Fault {
    let guess = nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default();
    Fault::invalid_params(format!("unknown {kind} `{}`{guess}", quoted(name)))
}

fn nearest_param(about: &About, name: &str) -> Option<&'static str> {
    crate::schema::nearest(name, about.params.iter().map(|param| param.name))
}

/// (2026-07-28, Resources: Error Handling. Before: -32002.)
pub(crate) fn not_found(revision: Revision, uri: &str, why: Option<&str>) -> Fault {
    let code = if revision.is_modern() { code::INVALID_PARAMS } else { code::RESOURCE_NOT_FOUND };
    let why = why.map(|why| format!(":\n{why}")).unwrap_or_default();
    Fault::new(code, format!("there is no resource `{}`{why}", quoted(uri))).with_data(json!({ "uri": uri }))
}

fn invalid_arguments(name: &str, refused: &Refused) -> Fault {
    let errors = refused.0.iter().map(|problem| json!({ "field": problem.path, "problem": problem.message }));
    Fault::invalid_params(format!("invalid arguments for `{name}`:\n{refused}"))
        .with_data(json!({ "errors": errors.collect::<Vec<_>>() }))
}

/// The values of a template's variables, in the order of the template.
type Captured<'u> = Vec<Option<Cow<'u, str>>>;

/// The same in the order of the parameters.
fn in_order<'u>(resource: &Resource, values: &Captured<'u>) -> Vec<Option<Cow<'u, str>>> {
    let names: Vec<&str> = resource.uri.variables().map(|(_, name)| name).collect();
    let value = |param: &Param| {
        let at = names.iter().position(|name| *name == param.name)?;
        values.get(at).cloned().flatten()
    };
    resource.about.params.iter().map(value).collect()
}

/// The arguments that are filled in already, from `context.arguments`.
fn filled(context: Option<Json<'_>>) -> Result<BTreeMap<String, String>, Fault> {
    let Some(context) = context else {
        return Ok(BTreeMap::new());
    };
    let [arguments] = object("context", context, ["arguments"])?;
    let parse = |raw: Json<'_>| {
        serde_json::from_str(raw.get())
            .map_err(|_| Fault::invalid_params("`context.arguments` must be an object of strings"))
    };
    arguments.map_or_else(|| Ok(BTreeMap::new()), parse)
}
