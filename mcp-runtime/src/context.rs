//! What a call lends to its function: the context of the request, and the state of the application.

use std::any::{Any, TypeId};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::carried::Carrier;
use crate::client_log::Log;
use crate::elicit::{Elicit, ElicitUrl};
use crate::error::Failure;
use crate::json::Json;
use crate::jsonrpc::{Fault, RequestId};
use crate::limit::Limit;
use crate::needs::Need;
use crate::once::Once;
use crate::progress::Progress;
use crate::protocol::{Implementation, Revision, Terms};
use crate::roots::Roots;
use crate::sample::Sample;
use crate::task::Task;

/// The circumstances of a call: borrow it as `&Context`.
///
/// ```
/// use mcp_runtime::{Context, tool};
///
/// /// Tells who is asking.
/// #[tool]
/// fn who(context: &Context) -> String {
///     context.client().map_or("somebody".into(), |client| client.name)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Context {
    id: RequestId,
    terms: Arc<Terms>,
    cancelled: Option<Arc<AtomicBool>>,
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "says nothing without HTTP"))]
    carrier: Carrier,
    /// The `_meta` of the request, if the function can look at it.
    meta: Option<Arc<str>>,
}

impl Context {
    pub(crate) fn new(id: RequestId, terms: Arc<Terms>, carrier: Carrier, meta: Option<Json<'_>>) -> Self {
        Self { id, terms, cancelled: None, carrier, meta: meta.map(|meta| meta.get().into()) }
    }

    /// A context for a test that calls a function directly: the newest revision, a client without name or capabilities.
    ///
    /// ```
    /// use mcp_runtime::{Context, tool};
    ///
    /// /// Tells the revision.
    /// #[tool]
    /// fn revision(context: &Context) -> String {
    ///     context.revision().to_string()
    /// }
    /// assert_eq!(revision(&Context::for_test()), "2026-07-28");
    /// ```
    pub fn for_test() -> Self {
        Self::new(RequestId::for_test(), Arc::new(Terms::new(Revision::LATEST)), Carrier::default(), None)
    }

    /// The id of the request, as JSON.
    pub fn request_id(&self) -> &str {
        self.id.as_json()
    }

    /// The revision that the client speaks.
    pub fn revision(&self) -> Revision {
        self.terms.revision
    }

    /// Who the client says it is. Not verified: for display and logs.
    pub fn client(&self) -> Option<Implementation> {
        serde_json::from_str(self.terms.client.as_ref()?).ok()
    }

    /// Whether the client declared a capability: `"sampling"`, `"elicitation"`, `"roots"` …
    pub fn client_can(&self, capability: &str) -> bool {
        let declared = self.terms.capabilities.as_ref().map(|raw| serde_json::from_str::<Value>(raw));
        matches!(declared, Some(Ok(capabilities)) if capabilities.get(capability).is_some_and(Value::is_object))
    }

    /// An entry of the `_meta` that the client sent with the request (2026-07-28, Overview, `_meta`), such as `traceparent` or one of a
    /// vendor's own. Nothing about it was checked.
    ///
    /// ```
    /// use mcp_runtime::{Context, tool};
    ///
    /// /// Tells the trace that the call is part of.
    /// #[tool]
    /// fn trace(context: &Context) -> Option<String> {
    ///     Some(context.meta("traceparent")?.as_str()?.to_owned())
    /// }
    /// assert_eq!(trace(&Context::for_test()), None);
    /// ```
    pub fn meta(&self, key: &str) -> Option<Value> {
        serde_json::from_str::<Map<String, Value>>(self.meta.as_ref()?).ok()?.remove(key)
    }

    /// Whether nobody waits for the answer any more: the client cancelled, or the time is over.
    ///
    /// Only a plain `fn` has to ask, because its thread cannot be stopped; an `async fn` is dropped.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.as_ref().is_some_and(|cancelled| cancelled.load(Ordering::Relaxed))
    }
}

/// What is there over HTTP.
#[cfg(feature = "http")]
impl Context {
    /// Like [`for_test`](Self::for_test), for a function that looks at the HTTP request.
    ///
    /// ```
    /// use mcp_runtime::{Context, Principal, tool};
    ///
    /// /// Tells who is asking.
    /// #[tool]
    /// fn whoami(context: &Context) -> String {
    ///     context.principal().map_or("nobody", Principal::name).to_owned()
    /// }
    /// let (mut parts, ()) = http::Request::new(()).into_parts();
    /// parts.extensions.insert(Principal::new("alice"));
    /// assert_eq!(whoami(&Context::for_test_with(parts)), "alice");
    /// ```
    pub fn for_test_with(parts: http::request::Parts) -> Self {
        Self { carrier: crate::carried::Carried::new(parts).into(), ..Self::for_test() }
    }

    /// The headers of the HTTP request; none over other transports.
    ///
    /// ```
    /// use mcp_runtime::{Context, tool};
    ///
    /// /// Tells the language of the client.
    /// #[tool]
    /// fn language(context: &Context) -> Option<String> {
    ///     Some(context.headers().get("accept-language")?.to_str().ok()?.to_owned())
    /// }
    /// assert_eq!(language(&Context::for_test()), None);
    /// ```
    pub fn headers(&self) -> &http::HeaderMap {
        static NONE: std::sync::LazyLock<http::HeaderMap> = std::sync::LazyLock::new(http::HeaderMap::new);
        self.carrier.http.as_ref().map_or(&NONE, |carried| &carried.parts.headers)
    }

    /// What a layer in front of the server has put into the extensions of the HTTP request.
    pub fn extension<T: Clone + Send + Sync + 'static>(&self) -> Option<&T> {
        self.carrier.http.as_ref()?.parts.extensions.get()
    }

    /// Who asks, if a layer in front of the server has found out.
    pub fn principal(&self) -> Option<&crate::Principal> {
        self.extension()
    }

    /// Closes the connection on which the client waits for this call, so that it fetches the answer later (2025-11-25,
    /// Transports: the client polls). Nothing happens where a client could not do that: in other revisions, without a
    /// session, over other transports.
    pub fn close_stream(&self) {
        if let Some(carried) = &self.carrier.http {
            carried.closing.notify_one();
        }
    }
}

/// What a function borrows from, for as long as it runs.
#[derive(Debug)]
pub struct Call {
    context: Context,
    shared: Arc<Shared>,
    speech: Option<Box<Speech>>,
    /// How long it may take.
    limit: Duration,
}

/// How a function speaks to its client before it answers.
#[derive(Debug)]
pub(crate) struct Speech {
    pub(crate) progress: Progress,
    pub(crate) log: Log,
    pub(crate) task: Task,
    pub(crate) elicit: Option<Elicit>,
    pub(crate) elicit_url: Option<ElicitUrl>,
    pub(crate) sample: Option<Sample>,
    pub(crate) roots: Option<Roots>,
    pub(crate) once: Once,
}

impl Speech {
    /// Whether a function that borrows this type speaks.
    pub(crate) fn lends(id: TypeId) -> bool {
        let always = [TypeId::of::<Progress>(), TypeId::of::<Log>(), TypeId::of::<Once>(), TypeId::of::<Task>()];
        always.contains(&id) || Need::of(id).is_some()
    }

    fn find<T: Any>(&self) -> Option<&T> {
        let asking = [
            self.elicit.as_ref().map(|elicit| elicit as &dyn Any),
            self.elicit_url.as_ref().map(|elicit| elicit as &dyn Any),
            self.sample.as_ref().map(|sample| sample as &dyn Any),
            self.roots.as_ref().map(|roots| roots as &dyn Any),
        ];
        let always = [&self.progress as &dyn Any, &self.log, &self.once, &self.task];
        let all = always.into_iter().chain(asking.into_iter().flatten());
        all.into_iter().find_map(<dyn Any>::downcast_ref)
    }
}

/// What all calls of a server share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) state: Arc<State>,
    /// Threads for functions that block. A thread that overran its time keeps its place.
    pub(crate) threads: Arc<Semaphore>,
    pub(crate) most_threads: usize,
}

impl Call {
    pub(crate) fn new(context: Context, shared: Arc<Shared>, speech: Option<Box<Speech>>, limit: Duration) -> Self {
        Self { context, shared, speech, limit }
    }

    /// Lends a `&T`.
    ///
    /// # Panics
    /// If there is no `T`, which the server checked before it started.
    pub fn lend<T: Any + Send + Sync>(&self) -> &T {
        self.lend_optional().expect("a server that lacks what a function borrows does not start")
    }

    /// Lends an `Option<&T>`.
    pub fn lend_optional<T: Any + Send + Sync>(&self) -> Option<&T> {
        let context = (&self.context as &dyn Any).downcast_ref();
        context.or_else(|| self.speech.as_ref()?.find()).or_else(|| self.shared.state.of::<T>())
    }

    pub(crate) fn state(&self) -> &State {
        &self.shared.state
    }

    /// A place among the plain functions at work, until it is dropped. Who waits for it in vain hears that, and not that the time
    /// of the call is over.
    pub(crate) async fn thread(&self) -> Result<OwnedSemaphorePermit, Failure> {
        /// Shortly before the end of that time.
        const BEFORE: Duration = Duration::from_millis(5);
        let Shared { threads, most_threads, .. } = &*self.shared;
        if let Ok(place) = threads.clone().try_acquire_owned() {
            return Ok(place);
        }
        match timeout(self.limit.saturating_sub(BEFORE), threads.clone().acquire_owned()).await {
            Ok(place) => place.map_err(|_| Failure::Broken("the server is gone".into())),
            Err(_) => Err(Failure::Refused(Fault::busy(Limit::Threads, *most_threads))),
        }
    }

    /// Tells [`Context::is_cancelled`] when the guard is dropped.
    pub(crate) fn watched(&mut self) -> Abandoned {
        let flag = Arc::new(AtomicBool::new(false));
        self.context.cancelled = Some(flag.clone());
        Abandoned(flag)
    }
}

/// Dropped when nobody waits for a call any more.
pub(crate) struct Abandoned(Arc<AtomicBool>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The state of the application: at most one value of each type.
#[derive(Debug, Default)]
pub struct State(Vec<Given>);

/// A value, and the name of its type for the report at start.
#[derive(Debug)]
struct Given {
    id: TypeId,
    name: &'static str,
    value: Box<dyn Any + Send + Sync>,
}

impl State {
    /// Returns whether there was one already.
    pub(crate) fn insert<T: Any + Send + Sync>(&mut self, value: T) -> bool {
        let was_there = self.lends_own(TypeId::of::<T>());
        self.remove::<T>();
        self.0.push(Given { id: TypeId::of::<T>(), name: std::any::type_name::<T>(), value: Box::new(value) });
        was_there
    }

    pub(crate) fn remove<T: Any>(&mut self) {
        self.0.retain(|given| given.id != TypeId::of::<T>());
    }

    /// The value of this type, if [`Server::state`](crate::Server::state) gave one.
    pub fn of<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.iter().find(|given| given.id == TypeId::of::<T>())?.value.downcast_ref()
    }

    /// A type that is there and has the type of this name in it, such as `Arc<Store>` for `Store`.
    pub(crate) fn wrapping(&self, name: &str) -> Option<&'static str> {
        self.0.iter().map(|given| given.name).filter(|given| *given != name && given.contains(name)).min()
    }

    /// A type that is there and stands in the type of this name, such as `Store` for `Arc<Store>`.
    pub(crate) fn wrapped(&self, name: &str) -> Option<&'static str> {
        self.0.iter().map(|given| given.name).filter(|given| name.contains(&format!("<{given}>"))).min()
    }

    /// Whether a function can borrow a value of this type.
    pub(crate) fn lends(&self, id: TypeId) -> bool {
        id == TypeId::of::<Context>() || Speech::lends(id) || self.lends_own(id)
    }

    fn lends_own(&self, id: TypeId) -> bool {
        self.0.iter().any(|given| given.id == id)
    }
}
