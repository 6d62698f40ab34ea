//! What can go wrong with an API, in words that a model can act on.

use std::fmt;
use std::time::Duration;

use mcp_runtime::ToolError;
use mcp_runtime::serde_json::json;

/// Why the API gave no answer that could be used.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The token is wrong, or may not do this.
    Denied,
    Missing,
    /// The API does not want what it was sent, and says why.
    Invalid(String),
    /// It is overloaded or out of order, and perhaps says for how long.
    Busy(Option<Duration>),
    /// No answer in time.
    Silent,
    /// No connection.
    Unreachable,
    /// An answer that nobody expected.
    Broken(String),
}

impl Fault {
    /// Whether it may be over in a moment.
    pub(crate) fn passes(&self) -> bool {
        match self {
            Self::Busy(_) | Self::Silent | Self::Unreachable => true,
            Self::Denied | Self::Missing | Self::Invalid(_) | Self::Broken(_) => false,
        }
    }
}

impl From<reqwest::Error> for Fault {
    fn from(error: reqwest::Error) -> Self {
        match () {
            () if error.is_timeout() => Self::Silent,
            () if error.is_connect() || error.is_request() => Self::Unreachable,
            // Half of an answer is none.
            () if error.is_body() => Self::Silent,
            () => Self::Broken(error.without_url().to_string()),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str(
                "the tracker does not accept the token of this server: ask the user to check `TRACKER_TOKEN`; \
                 to call again does not help",
            ),
            Self::Missing => f.write_str("the tracker has no such thing"),
            Self::Invalid(why) => write!(f, "the tracker does not accept this: {why}"),
            Self::Busy(Some(pause)) => write!(f, "the tracker is busy: try again in {} s", pause.as_secs()),
            Self::Busy(None) => f.write_str("the tracker is out of order or busy: try again in a minute"),
            Self::Silent => f.write_str("the tracker does not answer in time: try again in a minute"),
            Self::Unreachable => {
                f.write_str("the tracker cannot be reached: ask the user to check `TRACKER_URL` and the network")
            }
            Self::Broken(what) => write!(f, "the tracker gave an answer that makes no sense: {what}"),
        }
    }
}

/// All of these are meant for a model, also where the server masks errors.
impl From<Fault> for ToolError {
    fn from(fault: Fault) -> Self {
        let error = Self::new(fault.to_string());
        match fault {
            Fault::Busy(Some(pause)) => error.detail(json!({ "retry_after_seconds": pause.as_secs() })),
            _ => error,
        }
    }
}
