//! The workspace of the client.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::asking::{Asking, Question, Unanswered};

/// Asks the client for the folders that it works in: borrow it as `&Roots`. A client that has none is refused before the
/// function runs; borrow `Option<&Roots>` if the function can do without.
///
/// The protocol has deprecated this in 2026-07-28: take folders as arguments instead.
///
/// ```
/// use mcp_runtime::{Roots, Unanswered, tool};
///
/// /// Counts the folders of the workspace.
/// #[tool]
/// async fn folders(roots: &Roots) -> Result<usize, Unanswered> {
///     Ok(roots.list().await?.len())
/// }
/// ```
#[derive(Debug)]
pub struct Roots {
    asking: Asking,
}

/// A folder of the client.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Root {
    /// Where it is: a `file:` URI.
    pub uri: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Root {
    /// A folder without a name.
    pub fn new(uri: impl Into<String>) -> Self {
        Self { uri: uri.into(), name: None }
    }

    /// Its name for people.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }
}

impl From<&str> for Root {
    fn from(uri: &str) -> Self {
        Self::new(uri)
    }
}

#[derive(Deserialize)]
struct Listed {
    roots: Vec<Root>,
}

impl Roots {
    pub(crate) fn new(asking: Asking) -> Self {
        Self { asking }
    }

    /// The folders.
    ///
    /// # Errors
    /// When the client does not answer, or not with a list of folders.
    pub async fn list(&self) -> Result<Vec<Root>, Unanswered> {
        self.ask(None).await
    }

    /// The same under a key of your own, by which clients of 2026-07-28 see the question.
    ///
    /// # Errors
    /// Like [`list`](Self::list).
    pub async fn list_as(&self, key: &str) -> Result<Vec<Root>, Unanswered> {
        self.ask(Some(key)).await
    }

    async fn ask(&self, key: Option<&str>) -> Result<Vec<Root>, Unanswered> {
        let question = Question::new("roots/list", &json!({}));
        let read = |answer: &serde_json::value::RawValue| {
            serde_json::from_str(answer.get()).map(|listed: Listed| listed.roots).map_err(|error| error.to_string())
        };
        self.asking.ask(key, question, read).await
    }
}
