//! What a server has answered, and what a test expects of it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::difference::{json, text};
use crate::content::{Content, ResourceContents, Role};
use crate::reply::PromptMessage;

/// What a tool answered ([`Client::call`](crate::Client::call)).
///
/// Its assertions panic with the difference between what was expected and what was found; they give back the result, so that
/// another one may follow.
///
/// ```
/// use mcp_runtime::serde_json::json;
/// use mcp_runtime::{Server, ToolError, items, model, tool};
///
/// #[model]
/// struct Parcel {
///     price: f64,
///     days: u8,
/// }
///
/// /// Sends a parcel.
/// #[tool]
/// fn send(grams: u32) -> Result<Parcel, ToolError> {
///     match grams {
///         0 => Err(ToolError::new("there is nothing to send")),
///         _ => Ok(Parcel { price: 4.9, days: 2 }),
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> mcp_runtime::Result<()> {
/// let client = Server::new("parcels", "1.0.0").items(items![send]).client().await?;
/// let sent = client.call("send", json!({ "grams": 500 })).await?;
/// sent.assert_structured(json!({ "price": 4.9, "days": 2 }));
/// assert_eq!(sent.structured::<Parcel>().days, 2);
/// client.call("send", json!({ "grams": 0 })).await?.assert_error("nothing to send");
/// # client.close().await
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Called(pub(super) Value);

impl Called {
    /// All text blocks, one per line.
    pub fn text(&self) -> String {
        texts(blocks(&self.0, "content"))
    }

    /// Its blocks of content: `assert_eq!(called.content(), [Image::png(DOT).into()])`. Those that the protocol does not have
    /// are left out.
    pub fn content(&self) -> Vec<Content> {
        blocks(&self.0, "content").iter().filter_map(Content::read).collect()
    }

    /// Whether the tool says that it failed.
    pub fn is_error(&self) -> bool {
        self.0["isError"] == true
    }

    /// The structured content, read as a type of your own.
    ///
    /// # Panics
    /// With the result, if there is no such content or it is of another shape: it is for tests.
    #[track_caller]
    #[allow(clippy::panic, reason = "a test should fail here")]
    pub fn structured<T: DeserializeOwned>(&self) -> T {
        let whole = &self.0["structuredContent"];
        let inner = self.inner().map(|inner| serde_json::from_value(inner.clone()));
        match serde_json::from_value(whole.clone()).or_else(|error| inner.unwrap_or(Err(error))) {
            Ok(value) => value,
            Err(error) => panic!("the structured content is of another shape: {error}\n{:#}", self.0),
        }
    }

    /// The whole result as it came over the wire.
    pub fn json(&self) -> &Value {
        &self.0
    }

    /// Expects success with exactly this text.
    ///
    /// # Panics
    /// With the lines that differ, or with what the tool says went wrong.
    #[track_caller]
    pub fn assert_text(&self, expected: &str) -> &Self {
        self.assert_success();
        expect(text(expected, &self.text()), "the text is another");
        self
    }

    /// Expects success with this structured content: a value of your own, or `json!`.
    ///
    /// # Panics
    /// With the paths at which it differs, or with what the tool says went wrong.
    #[track_caller]
    pub fn assert_structured(&self, expected: impl Serialize) -> &Self {
        self.assert_success();
        let (expected, whole) = (plain(&expected), &self.0["structuredContent"]);
        let found = self.inner().filter(|_| !expected.is_object()).unwrap_or(whole);
        expect(json(&expected, found), "the structured content is another");
        self
    }

    /// Expects that the tool says that it failed, with this among its words.
    ///
    /// # Panics
    /// With the result, if it did not fail, or failed in other words.
    #[track_caller]
    #[allow(clippy::panic, reason = "a test should fail here")]
    pub fn assert_error(&self, part: &str) -> &Self {
        let text = self.text();
        if !self.is_error() {
            panic!("the tool was expected to fail, and did not\nexpected: … {part} …\n   found: {text}");
        }
        if !text.contains(part) {
            panic!("the tool failed in other words\nexpected: … {part} …\n   found: {text}");
        }
        self
    }

    #[track_caller]
    #[allow(clippy::panic, reason = "a test should fail here")]
    fn assert_success(&self) {
        if self.is_error() {
            panic!("the tool says that it failed: {}", self.text());
        }
    }

    /// What is no object has one around it before 2026-07-28.
    fn inner(&self) -> Option<&Value> {
        self.0["structuredContent"].as_object().filter(|whole| whole.len() == 1)?.get("result")
    }
}

/// The contents of a resource ([`Client::read`](crate::Client::read)).
///
/// ```
/// use mcp_runtime::{Server, items, resource};
///
/// /// What the thermometer says.
/// #[resource("room://temperature")]
/// fn temperature() -> &'static str {
///     "21 °C"
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> mcp_runtime::Result<()> {
/// let client = Server::new("room", "1.0.0").items(items![temperature]).client().await?;
/// let contents = client.read("room://temperature").await?;
/// contents.assert_text("21 °C");
/// assert_eq!(contents.json()["contents"][0]["uri"], "room://temperature");
/// # client.close().await
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Contents(pub(super) Value);

impl Contents {
    /// All texts, one per line.
    pub fn text(&self) -> String {
        texts(blocks(&self.0, "contents"))
    }

    /// The bytes of all contents, texts and blobs, one after the other.
    pub fn bytes(&self) -> Vec<u8> {
        self.all().into_iter().flat_map(ResourceContents::into_bytes).collect()
    }

    /// The contents, each with the URI and media type that it has on the wire.
    pub fn all(&self) -> Vec<ResourceContents> {
        blocks(&self.0, "contents").iter().filter_map(ResourceContents::read).collect()
    }

    /// The text, read as JSON.
    ///
    /// # Panics
    /// With the text, if it is of another shape: it is for tests.
    #[track_caller]
    #[allow(clippy::panic, reason = "a test should fail here")]
    pub fn structured<T: DeserializeOwned>(&self) -> T {
        let text = self.text();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("the text is of another shape: {error}\n{text}"))
    }

    /// The whole result as it came over the wire.
    pub fn json(&self) -> &Value {
        &self.0
    }

    /// Expects exactly this text.
    ///
    /// # Panics
    /// With the lines that differ.
    #[track_caller]
    pub fn assert_text(&self, expected: &str) -> &Self {
        expect(text(expected, &self.text()), "the text is another");
        self
    }

    /// Expects a text that is this as JSON: a value of your own, or `json!`.
    ///
    /// # Panics
    /// With the paths at which it differs.
    #[track_caller]
    pub fn assert_structured(&self, expected: impl Serialize) -> &Self {
        expect(json(&plain(&expected), &self.structured()), "the contents are others");
        self
    }
}

/// What a prompt has become ([`Client::prompt`](crate::Client::prompt)).
///
/// ```
/// use mcp_runtime::serde_json::json;
/// use mcp_runtime::{PromptMessage, Server, items, prompt};
///
/// /// Reviews a piece of code.
/// #[prompt]
/// fn review(code: String) -> String {
///     format!("Review this:\n{code}")
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> mcp_runtime::Result<()> {
/// let client = Server::new("reviews", "1.0.0").items(items![review]).client().await?;
/// let messages = client.prompt("review", json!({ "code": "1 + 1" })).await?;
/// messages.assert_text("Review this:\n1 + 1");
/// assert_eq!(messages.all(), [PromptMessage::user("Review this:\n1 + 1")]);
/// # client.close().await
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Messages(pub(super) Value);

impl Messages {
    /// All texts, one per line.
    pub fn text(&self) -> String {
        let messages = blocks(&self.0, "messages").iter();
        texts(&messages.map(|message| message["content"].clone()).collect::<Vec<_>>())
    }

    /// The messages. Content that the protocol does not have is left out.
    pub fn all(&self) -> Vec<PromptMessage> {
        let message = |message: &Value| {
            let content = Content::read(&message["content"])?;
            Some(match Role::read(&message["role"])? {
                Role::User => PromptMessage::user(content),
                Role::Assistant => PromptMessage::assistant(content),
            })
        };
        blocks(&self.0, "messages").iter().filter_map(message).collect()
    }

    /// The whole result as it came over the wire.
    pub fn json(&self) -> &Value {
        &self.0
    }

    /// Expects exactly this text.
    ///
    /// # Panics
    /// With the lines that differ.
    #[track_caller]
    pub fn assert_text(&self, expected: &str) -> &Self {
        expect(text(expected, &self.text()), "the text is another");
        self
    }
}

fn blocks<'r>(result: &'r Value, name: &str) -> &'r [Value] {
    result[name].as_array().map_or(&[], Vec::as_slice)
}

fn texts(blocks: &[Value]) -> String {
    blocks.iter().filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n")
}

/// What a test expects, as the wire has it.
fn plain(expected: &impl Serialize) -> Value {
    serde_json::to_value(expected).expect("what is expected is JSON")
}

#[track_caller]
#[allow(clippy::panic, reason = "a test should fail here")]
fn expect(difference: Option<String>, what: &str) {
    if let Some(difference) = difference {
        panic!("{what}\n{difference}");
    }
}
