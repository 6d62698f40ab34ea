//! What goes wrong: at start, and in the functions of a user.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::jsonrpc::Fault;

mod report;

/// What `main` returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a server did not start, or did not go on.
#[non_exhaustive]
pub enum Error {
    /// What was registered cannot be served; every fault, each with the place in the source.
    Faults(Vec<String>),
    /// A start or shutdown hook failed.
    Hook(String),
    /// Reading or writing failed.
    Io(std::io::Error),
    /// Something of the program's own: [`Error::other`].
    Other(Box<dyn std::error::Error + Send + Sync>),
    /// The command line was not understood.
    Usage(String),
    /// A request of the in-memory client was answered with an error.
    Refused {
        /// The code on the wire.
        code: i32,
        /// What the server said.
        message: String,
        /// What a program can act on.
        data: Option<Value>,
    },
}

impl Error {
    /// An error of the program's own, such as a configuration that cannot be read before the server starts.
    ///
    /// ```
    /// # use mcp_runtime::Error;
    /// let port = "x".parse::<u16>().map_err(Error::other);
    /// assert_eq!(port.unwrap_err().to_string(), "invalid digit found in string");
    /// assert_eq!(Error::other("`PORT` is not set").to_string(), "`PORT` is not set");
    /// ```
    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faults(faults) => fmt::Display::fmt(&report::Report { faults, styles: &report::PLAIN }, f),
            Self::Hook(text) => write!(f, "a hook failed: {text}"),
            Self::Io(error) => f.write_str(&with_causes(error)),
            Self::Other(error) => f.write_str(&with_causes(&**error)),
            Self::Usage(text) => f.write_str(text),
            Self::Refused { code, message, .. } => write!(f, "{message} ({code})"),
        }
    }
}

/// The same as [`Display`](fmt::Display), because that is what `main` prints. Faults have colours if standard error is a terminal and
/// the feature `cli` is on.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faults(faults) => fmt::Display::fmt(&report::Report { faults, styles: report::styles() }, f),
            other => fmt::Display::fmt(other, f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Other(error) => Some(&**error),
            Self::Faults(_) | Self::Hook(_) | Self::Usage(_) | Self::Refused { .. } => None,
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// An error that a model is meant to read and repair. Its text always reaches the client, also from a server that
/// masks errors ([`Server::mask_errors`](crate::Server::mask_errors)).
///
/// Any other error becomes one through `?`; what was converted like that is masked as usual.
///
/// ```
/// use mcp_runtime::ToolError;
/// use mcp_runtime::serde_json::json;
///
/// fn find(city: &str) -> Result<u32, ToolError> {
///     match city {
///         "Oslo" => Ok(709_037),
///         _ => Err(ToolError::new(format!("unknown city `{city}`; did you mean `Oslo`?"))
///             .detail(json!({ "suggestions": ["Oslo"] }))),
///     }
/// }
/// assert_eq!(find("Olso").unwrap_err().to_string(), "unknown city `Olso`; did you mean `Oslo`?");
/// ```
#[derive(Clone, PartialEq)]
pub struct ToolError {
    text: String,
    detail: Option<Value>,
    converted: bool,
}

impl ToolError {
    /// An error with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), detail: None, converted: false }
    }

    /// Adds what a program can act on. It becomes the structured content of the result, or, where the tool has an output
    /// schema that it would break, a second text block; in a prompt or resource, the `data` of the error.
    ///
    /// # Panics
    /// If the value cannot be JSON, such as a map whose keys are no strings.
    #[must_use]
    pub fn detail(self, detail: impl Serialize) -> Self {
        let detail = serde_json::to_value(detail).expect("the detail of an error is JSON");
        Self { detail: Some(detail), ..self }
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolError").field("text", &self.text).field("detail", &self.detail).finish()
    }
}

/// Every error but itself, which is why `ToolError` does not implement `std::error::Error`.
impl<E: std::error::Error> From<E> for ToolError {
    fn from(error: E) -> Self {
        Self { text: with_causes(&error), detail: None, converted: true }
    }
}

/// An error and what caused it, each cause once.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// `{:#}` shows the causes of what `anyhow` made; a boxed error has to be asked.
fn in_words<E: fmt::Display + 'static>(error: &E) -> String {
    type Boxed = Box<dyn std::error::Error>;
    type Shared = Box<dyn std::error::Error + Send + Sync>;
    let any = error as &dyn std::any::Any;
    if let Some(error) = any.downcast_ref::<Boxed>() {
        return with_causes(&**error);
    }
    match any.downcast_ref::<Shared>() {
        Some(error) => with_causes(&**error),
        None => format!("{error:#}"),
    }
}

/// How a function failed, before it is known who asked.
#[derive(Debug)]
pub enum Failure {
    /// It returned an error.
    Error {
        /// What the error says.
        text: String,
        /// What it adds for programs.
        detail: Option<Value>,
        /// Whether the text may be hidden from the client.
        maskable: bool,
    },
    /// The resource does not exist.
    NotFound,
    /// The server is at fault: the text is logged, the client gets none of it.
    Broken(String),
    /// The request is refused like this.
    Refused(Fault),
}

impl Failure {
    /// Any error that displays itself, with its causes (`{:#}`).
    pub(crate) fn from_error<E: fmt::Display + 'static>(error: E) -> Self {
        match (&error as &dyn std::any::Any).downcast_ref::<ToolError>() {
            Some(ToolError { text, detail, converted }) => {
                Self::Error { text: text.clone(), detail: detail.clone(), maskable: *converted }
            }
            None => Self::Error { text: in_words(&error), detail: None, maskable: true },
        }
    }

    /// An error that knows its causes.
    pub(crate) fn from_caused(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::Error { text: with_causes(error), detail: None, maskable: true }
    }
}
