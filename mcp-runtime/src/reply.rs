//! What a function gives back, on its way to the client: `Output` or `Failure`, from a future that runs it.

use std::panic::resume_unwind;
use std::pin::Pin;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::content::{Content, ResourceContents, Role};
use crate::context::Call;
use crate::error::Failure;
use crate::span::Span;
use crate::tasks::TaskRecord;

/// A function at work.
pub type Running = Pin<Box<dyn Future<Output = Result<Output, Failure>> + Send>>;

/// What a function gave back.
#[derive(Debug)]
pub enum Output {
    /// From a tool.
    Tool(CallToolResult),
    /// From a resource.
    Resource(Vec<ResourceContents>),
    /// From a prompt.
    Prompt(GetPromptResult),
    /// From a completer: everything that matches.
    Completion(Vec<String>),
    /// Nothing is left to be told to a client that listens.
    Listened,
    /// Of a task: what is known of it.
    Task(TaskRecord),
    /// Of a task: that the request was heard.
    Heard,
}

/// The full result of a tool, for functions that want to say all of it themselves.
///
/// ```
/// use mcp_runtime::{CallToolResult, tool};
///
/// /// Measures a text.
/// #[tool]
/// fn measure(text: String) -> CallToolResult {
///     CallToolResult::new().with(format!("{} letters", text.chars().count())).meta("com.example/fast", true)
/// }
/// ```
///
/// With words for the model and a structure for programs, the attribute names the type of the structure:
///
/// ```
/// use mcp_runtime::{CallToolResult, model, tool};
///
/// #[model]
/// struct Length {
///     letters: usize,
/// }
///
/// /// Measures a text.
/// #[tool(output = Length)]
/// fn measure(text: String) -> CallToolResult {
///     let letters = text.chars().count();
///     CallToolResult::new().with(format!("{letters} letters long")).structured(Length { letters })
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallToolResult {
    pub(crate) content: Vec<Content>,
    /// JSON on one line.
    pub(crate) structured: Option<String>,
    pub(crate) is_error: bool,
    /// Most results have none.
    pub(crate) meta: Option<Box<Map<String, Value>>>,
}

impl CallToolResult {
    /// An empty result.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a block of content.
    #[must_use]
    pub fn with(mut self, block: impl Into<Content>) -> Self {
        self.content.push(block.into());
        self
    }

    /// Sets the structured content. If there is no other content, the client gets it as JSON text too.
    ///
    /// # Panics
    /// If the value cannot be JSON, such as a map whose keys are no strings.
    #[must_use]
    pub fn structured(self, value: impl Serialize) -> Self {
        let json = on_one_line(&value).expect("structured content is JSON");
        Self { structured: Some(json), ..self }
    }

    /// Says that the tool failed, so that the model can react.
    #[must_use]
    pub fn error(self) -> Self {
        Self { is_error: true, ..self }
    }

    /// Adds an entry to `_meta`.
    #[must_use]
    pub fn meta(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.meta.get_or_insert_default().insert(key.into(), value.into());
        self
    }
}

/// One message of a prompt.
///
/// ```
/// use mcp_runtime::{PromptMessage, prompt};
///
/// /// Reviews a piece of code.
/// #[prompt]
/// fn review(code: String) -> Vec<PromptMessage> {
///     vec![PromptMessage::user(format!("Review this:\n{code}")), PromptMessage::assistant("I will look for bugs first.")]
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PromptMessage {
    pub(crate) role: Role,
    pub(crate) content: Content,
}

impl PromptMessage {
    /// The person says it.
    pub fn user(content: impl Into<Content>) -> Self {
        Self { role: Role::User, content: content.into() }
    }

    /// The model says it.
    pub fn assistant(content: impl Into<Content>) -> Self {
        Self { role: Role::Assistant, content: content.into() }
    }
}

/// The full result of a prompt, for functions that want to describe what they made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetPromptResult {
    pub(crate) description: Option<String>,
    pub(crate) messages: Vec<PromptMessage>,
}

impl GetPromptResult {
    /// These messages.
    pub fn new(messages: impl IntoIterator<Item = PromptMessage>) -> Self {
        Self { description: None, messages: messages.into_iter().collect() }
    }

    /// What they are about.
    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { description: Some(description.into()), ..self }
    }
}

/// A value as JSON without line ends, which would end the message. They can come only from JSON that a function took
/// over as it was, and there only from between its tokens.
pub(crate) fn on_one_line(value: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(value)?;
    // Without a branch for each byte, so that a compiler makes wide instructions of it.
    let has_ends = json.bytes().fold(false, |found, byte| found | (byte == b'\n') | (byte == b'\r'));
    Ok(if has_ends { json.replace(['\n', '\r'], " ") } else { json })
}

/// Runs a plain function on a thread of its own, so that it may block.
pub fn blocking(call: Call, function: impl FnOnce(&Call) -> Result<Output, Failure> + Send + 'static) -> Running {
    on_thread(call, Box::new(function))
}

/// A plain function with its arguments.
type Plain = Box<dyn FnOnce(&Call) -> Result<Output, Failure> + Send>;

/// The same for every function, so that it is compiled here, once: what tokio makes of a closure takes longer to compile than most
/// functions.
fn on_thread(mut call: Call, function: Plain) -> Running {
    Box::pin(async move {
        let _abandoned = call.watched();
        let place = call.thread().await?;
        let span = Span::here();
        let thread = tokio::task::spawn_blocking(move || {
            let _place = place;
            span.in_scope(|| function(&call))
        });
        match thread.await {
            Ok(result) => result,
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            Err(_) => Err(Failure::Broken("the runtime is gone".into())),
        }
    })
}
