//! Builds a server: what it is called, what it lends, what it allows.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::around::Hooks;
use crate::cache::{CacheHint, CacheScope};
use crate::changes::Changes;
use crate::context::State;
#[cfg(feature = "http")]
use crate::http_settings::Http;
use crate::item::Item;
use crate::json::scan::DEPTH;
use crate::lint::Lint;
use crate::list::List;
use crate::once_store::{OnceStore, Store};
use crate::protocol::Implementation;
use crate::registry::Selection;
use crate::served::Settings;
use crate::tasks::Tasks;

mod around;
pub(crate) mod built;
#[cfg(all(test, feature = "http"))]
mod tests;

/// A server in the making. [`server!`](crate::server) makes one with the name of your program and the version in your
/// `Cargo.toml`.
///
/// It offers every `#[tool]`, `#[resource]` and `#[prompt]` that is linked, unless it is narrowed. Everything is
/// validated when it starts, and every fault is reported at once.
///
/// ```standalone_crate
/// use std::time::Duration;
///
/// struct Limits { most: u32 }
///
/// # /// Says how much is allowed.
/// # #[mcp_runtime::tool]
/// # fn most(limits: &Limits) -> u32 { limits.most }
/// #
/// fn main() -> mcp_runtime::Result<()> {
///     mcp_runtime::server!()
///         .instructions("Ask for one city at a time.")
///         .state(Limits { most: 10 })
///         .timeout(Duration::from_secs(10))
///         .run()
/// }
/// ```
#[must_use = "a server does nothing until it runs"]
pub struct Server {
    settings: Settings,
    selection: Selection,
    state: State,
    changes: Changes,
    faults: Vec<String>,
    on_start: Vec<Hook>,
    on_shutdown: Vec<Hook>,
    hooks: Hooks,
    until: Until,
    /// What hosts stumble over, and is meant.
    #[cfg_attr(not(feature = "client"), allow(dead_code, reason = "nothing finds it"))]
    pub(crate) allows: Vec<Lint>,
    #[cfg(feature = "http")]
    pub(crate) http: Http,
}

type Until = Pin<Box<dyn Future<Output = ()> + Send>>;

type Hook = Box<dyn FnOnce(Arc<State>) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send>;

/// What a hook of [`Server::on_start`] or [`Server::on_shutdown`] may end with: nothing, or a `Result` whose error displays itself.
pub trait HookResult {
    #[doc(hidden)]
    fn into_text(self) -> Result<(), String>;
}

impl HookResult for () {
    fn into_text(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: fmt::Display> HookResult for Result<(), E> {
    fn into_text(self) -> Result<(), String> {
        self.map_err(|error| format!("{error:#}"))
    }
}

/// What the server is.
impl Server {
    /// A server with this name and version, which clients show to people.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        let identity = Implementation { name: name.into(), version: version.into(), ..Implementation::default() };
        Self {
            settings: Settings::new(identity),
            selection: Selection::default(),
            state: State::default(),
            changes: Changes::new(),
            faults: Vec::new(),
            on_start: Vec::new(),
            on_shutdown: Vec::new(),
            hooks: Hooks::default(),
            until: Box::pin(std::future::pending()),
            allows: Vec::new(),
            #[cfg(feature = "http")]
            http: Http::default(),
        }
    }

    /// A name for people (since 2025-06-18).
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.settings.identity.title = Some(title.into());
        self
    }

    /// What the server is, in a sentence (since 2025-11-25).
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.settings.identity.description = Some(description.into());
        self
    }

    /// Where to read more (since 2025-11-25).
    pub fn website(mut self, url: impl Into<String>) -> Self {
        self.settings.identity.website_url = Some(url.into());
        self
    }

    /// How a model should use this server. Hosts may put it into the model's instructions.
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.settings.instructions = Some(instructions.into());
        self
    }
}

/// What the server offers and lends.
impl Server {
    /// Lends a value to every function that borrows a `&T`. One value of each type.
    pub fn state<T: Any + Send + Sync>(mut self, value: T) -> Self {
        if self.state.insert(value) {
            let name = std::any::type_name::<T>();
            self.faults.push(format!(
                "`.state(…)` was given two values of the type `{name}`; wrap one of them in a type of its own"
            ));
        }
        self
    }

    /// Offers exactly these, instead of everything that is linked: [`items!`](crate::items).
    pub fn items(mut self, items: impl IntoIterator<Item = Item>) -> Self {
        self.selection.items.get_or_insert_default().extend(items);
        self
    }

    /// Offers only what stands in this module or below it, such as `"weather::admin"`. Said again, it adds a module.
    pub fn only_module(mut self, path: impl Into<String>) -> Self {
        self.selection.modules.push(path.into());
        self
    }

    /// Offers only what has this tag. Said again, it adds a tag.
    pub fn only_tag(mut self, tag: impl Into<String>) -> Self {
        self.selection.tags.push(tag.into());
        self
    }

    /// Says that something is meant which hosts stumble over, for all items and the server itself: [`Server::lint`] does not find
    /// it any more.
    ///
    /// ```
    /// use mcp_runtime::{Lint, Server};
    ///
    /// let server = Server::new("demo", "1.0.0").allow(Lint::ManyTools);
    /// ```
    pub fn allow(mut self, lint: Lint) -> Self {
        self.allows.push(lint);
        self
    }

    /// Changes what is offered while the server runs, from outside of a call: the same that a function borrows as
    /// [`&Changes`](Changes). It can be cloned, and used before the server runs.
    ///
    /// ```
    /// # use mcp_runtime::{Server, items, resource};
    /// /// The latest measurement.
    /// #[resource("sensor://latest", watch)]
    /// fn latest() -> String { "21 °C".into() }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = Server::new("demo", "1.0.0").items(items![latest]);
    /// let changes = server.changes();
    /// let measuring = tokio::spawn(async move {
    ///     // … whenever there is a new one:
    ///     changes.updated("sensor://latest")
    /// });
    /// # let server = server.until(std::future::ready(()));
    /// server.serve(tokio::io::empty(), tokio::io::sink()).await?;
    /// # measuring.await??;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "without a handle to change something, the server does not declare that anything can change"]
    pub fn changes(&self) -> Changes {
        self.changes.clone()
    }

    /// Runs before the first request is read. If it fails, the server does not start.
    ///
    /// ```
    /// # use mcp_runtime::Server;
    /// let server = Server::new("demo", "1.0.0")
    ///     .state(String::from("ready"))
    ///     .on_start(|state| async move { eprintln!("{:?}", state.of::<String>()) });
    /// ```
    pub fn on_start<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Arc<State>) -> Fut + Send + 'static,
        Fut: Future<Output: HookResult> + Send + 'static,
    {
        self.on_start.push(boxed(hook));
        self
    }

    /// Runs when the last call has finished, also after a signal or when the client is gone.
    pub fn on_shutdown<F, Fut>(mut self, hook: F) -> Self
    where
        F: FnOnce(Arc<State>) -> Fut + Send + 'static,
        Fut: Future<Output: HookResult> + Send + 'static,
    {
        self.on_shutdown.push(boxed(hook));
        self
    }
}

/// When it ends.
impl Server {
    /// Ends serving when this future is ready, in the same way as a signal ends [`run`](Self::run): what was accepted is
    /// finished up to the deadline of [`drain`](Self::drain), then the shutdown hooks run.
    ///
    /// ```
    /// # use mcp_runtime::{Server, items, tool};
    /// # /// Says hello.
    /// # #[tool]
    /// # fn hello() -> &'static str { "hello" }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// let (end, ended) = tokio::sync::oneshot::channel::<()>();
    /// let server = Server::new("demo", "1.0.0").items(items![hello]).until(async { drop(ended.await) });
    /// # drop(end);
    /// server.serve(tokio::io::empty(), tokio::io::sink()).await
    /// # }
    /// ```
    pub fn until(mut self, end: impl Future<Output = ()> + Send + 'static) -> Self {
        self.until = Box::pin(end);
        self
    }
}

fn boxed<F, Fut>(hook: F) -> Hook
where
    F: FnOnce(Arc<State>) -> Fut + Send + 'static,
    Fut: Future<Output: HookResult> + Send + 'static,
{
    Box::new(|state| Box::pin(async move { hook(state).await.into_text() }))
}

/// What the server allows.
impl Server {
    /// How long a call may take (default 30 s); `#[tool(timeout = "2 min")]` says it for one item.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// How long calls in flight may go on when the server shuts down (default 5 s).
    pub fn drain(mut self, deadline: Duration) -> Self {
        self.settings.drain = deadline;
        self
    }

    /// Hides the texts of errors from clients and logs them instead. A [`ToolError`](crate::ToolError) is never hidden.
    pub fn mask_errors(mut self, mask: bool) -> Self {
        self.settings.mask_errors = mask;
        self
    }

    /// Starts without the line on standard error that tells what is served, and where. So does `--quiet`.
    ///
    /// ```
    /// # use mcp_runtime::{Server, items, tool};
    /// # /// Says hello.
    /// # #[tool]
    /// # fn hello() -> &'static str { "hello" }
    /// # fn run() -> mcp_runtime::Result<()> {
    /// Server::new("demo", "1.0.0").items(items![hello]).quiet().run()
    /// # }
    /// ```
    pub fn quiet(mut self) -> Self {
        self.settings.quiet = true;
        self
    }

    /// How long clients may keep lists and what `server/discover` says, and for whom (2026-07-28, Caching; default: not at
    /// all, and privately). The lists are the same for everybody, so they can be public.
    pub fn cache_lists(mut self, ttl: Duration, scope: CacheScope) -> Self {
        self.settings.cache_lists.all = CacheHint { ttl, scope };
        self
    }

    /// The same for one list, whatever [`cache_lists`](Self::cache_lists) says about all of them.
    ///
    /// ```
    /// use std::time::Duration;
    /// use mcp_runtime::{CacheScope, List, Server};
    ///
    /// // The tools stay as they are; the resources come and go.
    /// let server = Server::new("demo", "1.0.0")
    ///     .cache_lists(Duration::from_secs(3600), CacheScope::Public)
    ///     .cache_list(List::Resources, Duration::from_secs(5), CacheScope::Public);
    /// ```
    pub fn cache_list(mut self, list: List, ttl: Duration, scope: CacheScope) -> Self {
        self.settings.cache_lists.set(list, CacheHint { ttl, scope });
        self
    }

    /// How long clients may keep the contents of resources, and for whom (2026-07-28, Caching; default: not at all, and
    /// privately). `#[resource(…, ttl = "60s", scope = "public")]` says it for one item. What answers of the client led to
    /// ([`Elicit`](crate::Elicit), [`Sample`](crate::Sample), [`Roots`](crate::Roots)) is never kept.
    pub fn cache_contents(mut self, ttl: Duration, scope: CacheScope) -> Self {
        self.settings.cache_contents = CacheHint { ttl, scope };
        self
    }

    /// How many items one page of a list has (default 1000).
    pub fn page_size(mut self, items: usize) -> Self {
        self.settings.page_size = items;
        self
    }

    /// How long one message may be over stdio, in bytes (default 16 MiB).
    pub fn line_length(mut self, bytes: usize) -> Self {
        self.settings.line_length = bytes;
        self
    }

    /// How deeply arrays and objects of a message may be nested (default 128, which is also the most).
    pub fn depth(mut self, levels: usize) -> Self {
        if levels > DEPTH {
            self.faults.push(format!("`.depth({levels})`: messages may be nested {DEPTH} levels deep at most"));
        }
        self.settings.depth = levels;
        self
    }

    /// How many bytes may wait for a client that reads slowly (default 1 MiB). While it is more over a pipe, nothing is read
    /// from the client, and calls that have finished wait; over HTTP+SSE the client is given up. Every other stream holds one
    /// answer. What can be left out, such as progress, is left out as soon as 64 KiB of one call wait. Where the answers that
    /// wait for the rest of their batch (2025-03-26) are more, further batches are refused.
    pub fn backlog(mut self, bytes: usize) -> Self {
        self.settings.backlog = bytes.max(1);
        self
    }

    /// To how many resources one client may subscribe (default 256): in a session, or with one `subscriptions/listen`, which
    /// may name as many tasks, too.
    pub fn subscriptions(mut self, most: usize) -> Self {
        self.settings.subscriptions = most;
        self
    }

    /// How many calls of one client may be in flight (default 1024). Further ones are refused at once.
    pub fn in_flight(mut self, calls: usize) -> Self {
        self.settings.in_flight = calls;
        self
    }

    /// The key that seals what clients of 2026-07-28 bring back with their answers (`requestState`): at least 32 random bytes,
    /// the same for all instances of a server behind a balancer. Without it each process has its own. Said again, it adds a
    /// key that still opens, so that a key can be replaced: the first one seals.
    pub fn request_state_key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.settings.state_keys.push(key.into());
        self
    }

    /// How long the sealed answers and effects of earlier rounds may be that a client of 2026-07-28 brings back (default
    /// 64 KiB). A call that needs more ends with an internal error.
    pub fn request_state_length(mut self, bytes: usize) -> Self {
        self.settings.state_length = bytes;
        self
    }

    /// How long a client of 2026-07-28 may take to come back with its answers (default 1 h). A store of effects
    /// ([`once_store`](Self::once_store)) has to remember them as long.
    pub fn request_state_time(mut self, time: Duration) -> Self {
        self.settings.state_time = time;
        self
    }

    /// How long a client may take to answer what a call of its session, or a task, asks (default 10 min). It does not count as
    /// time of the call.
    pub fn answer_time(mut self, time: Duration) -> Self {
        self.settings.answer_time = time;
        self
    }

    /// Where effects are remembered for rounds that a client of 2026-07-28 sends twice ([`Once`](crate::Once); default: a
    /// [`MemoryOnce`](crate::MemoryOnce)). Instances behind a balancer share a store as they share a [`request_state_key`](Self::request_state_key).
    pub fn once_store(mut self, store: impl OnceStore) -> Self {
        self.settings.once_store = Store::new(store);
        self
    }

    /// What tasks may do, and how long they are kept.
    pub fn tasks(mut self, tasks: Tasks) -> Self {
        self.settings.tasks = tasks;
        self
    }

    /// How the server behaves over HTTP.
    #[cfg(feature = "http")]
    pub fn http(mut self, http: Http) -> Self {
        self.http = http;
        self
    }

    /// How many messages a batch may have (2025-03-26; default 100).
    pub fn batch_length(mut self, messages: usize) -> Self {
        self.settings.batch_length = messages;
        self
    }

    /// How many plain `fn`s may run at once, each on a thread of its own (default 256). One that overruns its time is
    /// answered for, but keeps its thread until it returns. One that finds no free thread in its time is refused.
    pub fn threads(mut self, threads: usize) -> Self {
        self.settings.threads = threads;
        self
    }
}

impl Server {
    /// What the server calls itself.
    #[cfg(feature = "cli")]
    pub(crate) fn identity(&self) -> &Implementation {
        &self.settings.identity
    }

    /// What it tells models.
    #[cfg(feature = "cli")]
    pub(crate) fn instructions_given(&self) -> Option<&str> {
        self.settings.instructions.as_deref()
    }

    /// How long the end may take: of the calls in flight, of the hooks, and of all else.
    #[cfg(feature = "cli")]
    pub(crate) fn time_to_end(&self) -> Duration {
        self.settings.drain.saturating_mul(2).saturating_add(Duration::from_secs(1))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("settings", &self.settings)
            .field("selection", &self.selection)
            .finish_non_exhaustive()
    }
}
