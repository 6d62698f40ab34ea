//! What wraps calls: hooks that see a call before its function is looked for, and the answer that comes back.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::context::{Context, Shared};
use crate::error::{Failure, ToolError};
use crate::params::KeptParams;
use crate::reply::Output;
use crate::request::Request;
use crate::work::CallKind;

type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

type Hook = Arc<dyn Fn(Call, Next) -> Answering + Send + Sync>;

/// The hooks of a server, the outermost first.
#[derive(Clone, Default)]
pub(crate) struct Hooks(Arc<Vec<Hook>>);

impl Hooks {
    pub(crate) fn add<F, Fut>(&mut self, hook: F)
    where
        F: Fn(Call, Next) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Answer, ToolError>> + Send + 'static,
    {
        Arc::make_mut(&mut self.0).push(Arc::new(move |call, next| {
            let hooked = hook(call, next);
            Box::pin(async { hooked.await.unwrap_or_else(|error| Answer(Err(Failure::from_error(error)))) })
        }));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, around a function.
    pub(crate) fn around<F, Fut>(&self, function: F) -> Next
    where
        F: FnOnce(Call) -> Fut + Send + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
    {
        Next { hooks: self.clone(), at: 0, function: Box::new(|call| Box::pin(function(call))) }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} hooks", self.0.len())
    }
}

/// A call on its way to its function, for [`Server::around`](crate::Server::around).
///
/// ```
/// use mcp_runtime::serde_json::json;
/// use mcp_runtime::{Server, items, tool};
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 { a + b }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> mcp_runtime::Result<()> {
/// let server = Server::new("demo", "1.0.0").items(items![add]).around(|mut call, next| async move {
///     if call.name() == "increment" {
///         call.rename("add");
///         call.arguments_mut().insert("b".into(), json!(1));
///     }
///     Ok(next.run(call).await)
/// });
/// let client = server.client().await?;
/// assert_eq!(client.call("increment", json!({ "a": 2 })).await?.text(), "3");
/// # Ok(())
/// # }
/// ```
pub struct Call {
    pub(crate) kind: CallKind,
    pub(crate) name: String,
    pub(crate) arguments: Map<String, Value>,
    /// Whether the arguments are not those in the parameters any more.
    pub(crate) is_changed: bool,
    pub(crate) context: Context,
    pub(crate) request: Request<'static>,
    pub(crate) params: KeptParams,
    pub(crate) shared: Arc<Shared>,
}

/// What is called.
impl Call {
    /// What the client calls.
    pub fn kind(&self) -> CallKind {
        self.kind
    }

    /// The name of the tool or prompt, or the URI of the resource; of a completion, the name or the template that it is for. It
    /// is what the client wrote: nothing of this name need exist.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The arguments of a tool or prompt; none if it is something else. They have not been checked.
    pub fn arguments(&self) -> &Map<String, Value> {
        &self.arguments
    }

    /// Who asks, and in which circumstances.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The state of this type, if [`Server::state`](crate::Server::state) gave one.
    pub fn state<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.shared.state.of()
    }
}

/// What can be changed before it goes on. A client of 2026-07-28 that is asked something comes back with the answers, which
/// are for this name and these arguments only.
impl Call {
    /// Calls something else of its kind.
    pub fn rename(&mut self, name: impl Into<String>) {
        self.name = name.into();
        let params = &mut self.params;
        match self.kind {
            CallKind::Tool | CallKind::Prompt => params.name = json(&self.name),
            CallKind::Resource => params.uri = json(&self.name),
            CallKind::Completion => {
                params.reference = params.reference.as_deref().and_then(|of| referring(of, &self.name));
            }
        }
    }

    /// Its arguments, to be changed. They are checked then like those of a client, and mean nothing to resources and completions.
    pub fn arguments_mut(&mut self) -> &mut Map<String, Value> {
        self.is_changed = true;
        &mut self.arguments
    }
}

impl Call {
    /// What is to be looked for.
    pub(crate) fn goes_on(self) -> (CallKind, Request<'static>, KeptParams) {
        let Self { kind, arguments, is_changed, request, mut params, .. } = self;
        if is_changed {
            params.arguments = json(&arguments);
        }
        (kind, request, params)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name, arguments, .. } = self;
        f.debug_struct("Call")
            .field("kind", kind)
            .field("name", name)
            .field("arguments", arguments)
            .finish_non_exhaustive()
    }
}

fn json(value: &impl serde::Serialize) -> Option<Box<RawValue>> {
    to_raw_value(value).ok()
}

/// A reference of a completion, to something else of the same kind.
fn referring(reference: &RawValue, name: &str) -> Option<Box<RawValue>> {
    let mut reference: Map<String, Value> = serde_json::from_str(reference.get()).ok()?;
    let key = if reference.get("type").is_some_and(|kind| kind == "ref/resource") { "uri" } else { "name" };
    reference.insert(key.to_owned(), name.into());
    json(&reference)
}

/// What a hook is around, for [`Server::around`](crate::Server::around): other hooks, and in the end the function.
pub struct Next {
    hooks: Hooks,
    /// Which of them comes next.
    at: usize,
    function: Box<dyn FnOnce(Call) -> Answering + Send>,
}

impl Next {
    /// Runs it, and waits for the answer, whatever that is: also that there is no such function, or that the arguments are wrong.
    pub async fn run(mut self, call: Call) -> Answer {
        match self.hooks.0.get(self.at).cloned() {
            Some(hook) => {
                self.at = self.at.saturating_add(1);
                hook(call, self).await
            }
            None => (self.function)(call).await,
        }
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").field("hooks", &self.hooks).field("at", &self.at).finish_non_exhaustive()
    }
}

/// The answer to a call, on its way back through the hooks of [`Server::around`](crate::Server::around).
#[derive(Debug)]
pub struct Answer(pub(crate) Result<Output, Failure>);

impl Answer {
    /// Whether the client is told that the call failed: with an error, or with a result of a tool that says so.
    pub fn is_error(&self) -> bool {
        match &self.0 {
            Ok(Output::Tool(result)) => result.is_error,
            Ok(_) => false,
            Err(_) => true,
        }
    }
}
