//! The model of the client.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::asking::{Asking, Question, Unanswered};
use crate::content::{Content, Role};
use crate::gather::gather;
use crate::protocol::Revision;

/// Asks the model of the client: borrow it as `&Sample`. A client that offers none is refused before the function runs; borrow
/// `Option<&Sample>` if the function can do without.
///
/// The protocol has deprecated this in 2026-07-28: call a model of your own instead.
///
/// ```
/// use mcp_runtime::{Sample, SampleRequest, Unanswered, tool};
///
/// /// Sums a text up.
/// #[tool]
/// async fn sum_up(text: String, model: &Sample) -> Result<String, Unanswered> {
///     let answer = model.ask(SampleRequest::new(200).user(format!("Sum this up:\n{text}"))).await?;
///     Ok(answer.text())
/// }
/// ```
#[derive(Debug)]
pub struct Sample {
    asking: Asking,
    revision: Revision,
}

/// What a model is asked. A [client](crate::ClientBuilder::sample) that answers reads the same from the wire.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it is asked by `Sample::ask`"]
pub struct SampleRequest {
    key: Option<String>,
    params: Map<String, Value>,
    messages: Vec<(Role, Content)>,
}

impl SampleRequest {
    /// A conversation without messages yet, with an answer of so many tokens at most.
    pub fn new(max_tokens: u64) -> Self {
        let params = gather([("maxTokens".to_owned(), json!(max_tokens))]);
        Self { key: None, params, messages: Vec::new() }
    }

    /// The person says it.
    pub fn user(self, content: impl Into<Content>) -> Self {
        self.message(Role::User, content.into())
    }

    /// The model has said it.
    pub fn assistant(self, content: impl Into<Content>) -> Self {
        self.message(Role::Assistant, content.into())
    }

    /// What the model is told beforehand.
    pub fn system(self, prompt: impl Into<String>) -> Self {
        self.with("systemPrompt", prompt.into())
    }

    /// How freely the model answers.
    pub fn temperature(self, temperature: f64) -> Self {
        self.with("temperature", temperature)
    }

    /// Names of models that would do well, best first. The client chooses.
    pub fn hints<'h>(self, names: impl IntoIterator<Item = &'h str>) -> Self {
        let hints: Vec<Value> = names.into_iter().map(|name| json!({ "name": name })).collect();
        self.with("modelPreferences", json!({ "hints": hints }))
    }

    /// Any other parameter that the protocol knows, such as `stopSequences`.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.params.insert(name.into(), value.into());
        self
    }

    /// The key by which clients of 2026-07-28 see the question; made from what is asked unless it is given.
    pub fn key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    /// All text of its messages, one per line.
    ///
    /// ```
    /// # use mcp_runtime::SampleRequest;
    /// assert_eq!(SampleRequest::new(50).system("Be brief.").user("Hello?").text(), "Hello?");
    /// ```
    pub fn text(&self) -> String {
        let text = |(_, content): &(Role, Content)| match content {
            Content::Text(text) => Some(text.as_str().to_owned()),
            Content::Image(_) | Content::Audio(_) | Content::Link(_) | Content::Resource(_) => None,
        };
        self.messages.iter().filter_map(text).collect::<Vec<_>>().join("\n")
    }

    /// A parameter, by its name on the wire: `systemPrompt`, `maxTokens`, …
    ///
    /// ```
    /// # use mcp_runtime::SampleRequest;
    /// assert_eq!(SampleRequest::new(50).param("maxTokens").and_then(|most| most.as_u64()), Some(50));
    /// ```
    pub fn param(&self, name: &str) -> Option<&Value> {
        self.params.get(name)
    }

    /// What came over the wire; blocks that the protocol does not have are left out.
    #[cfg(feature = "client")]
    pub(crate) fn read(mut params: Map<String, Value>) -> Self {
        let asked = params.remove("messages").unwrap_or_default();
        let mut messages = Vec::new();
        for message in asked.as_array().into_iter().flatten() {
            let content = &message["content"];
            let blocks = content.as_array().map_or(std::slice::from_ref(content), Vec::as_slice);
            let role = Role::read(&message["role"]);
            messages.extend(blocks.iter().filter_map(|block| Some((role?, Content::read(block)?))));
        }
        Self { key: None, params, messages }
    }

    fn message(mut self, role: Role, content: Content) -> Self {
        self.messages.push((role, content));
        self
    }

    fn question(mut self, revision: Revision) -> Question {
        let message = |(role, content): (Role, Content)| {
            let mut json = Vec::new();
            content.shape(revision, &mut json);
            json!({ "role": role, "content": serde_json::from_slice::<Value>(&json).unwrap_or_default() })
        };
        let messages: Vec<Value> = self.messages.into_iter().map(message).collect();
        self.params.insert("messages".into(), messages.into());
        Question::new("sampling/createMessage", &self.params)
    }
}

/// What a model has answered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sampled {
    /// Its blocks of content, as the wire has them.
    pub content: Vec<Value>,
    /// The name of the model.
    pub model: String,
    /// Why it ended, where the client says so.
    pub stop_reason: Option<String>,
}

/// For clients that answer in the place of a model.
impl From<&str> for Sampled {
    fn from(text: &str) -> Self {
        let content = vec![json!({ "type": "text", "text": text })];
        Self { content, model: "none".into(), stop_reason: Some("endTurn".into()) }
    }
}

impl From<String> for Sampled {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl Sampled {
    /// Its text.
    pub fn text(&self) -> String {
        let texts = self.content.iter().filter(|block| block.get("type").is_some_and(|kind| kind == "text"));
        texts.filter_map(|block| block.get("text")?.as_str()).collect::<Vec<_>>().join("\n")
    }

    fn read(answer: &RawValue) -> Result<Self, String> {
        let answer: Map<String, Value> = serde_json::from_str(answer.get()).map_err(|error| error.to_string())?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        let content = match answer.get("content") {
            Some(Value::Array(blocks)) => blocks.clone(),
            Some(block @ Value::Object(_)) => vec![block.clone()],
            Some(_) | None => return Err("it has no content".into()),
        };
        let model = text("model").ok_or("it does not name the model")?;
        Ok(Self { content, model, stop_reason: text("stopReason") })
    }
}

impl Sample {
    pub(crate) fn new(asking: Asking, revision: Revision) -> Self {
        Self { asking, revision }
    }

    /// Asks.
    ///
    /// # Errors
    /// When the client does not answer, the person refuses, or the answer is none.
    pub async fn ask(&self, request: SampleRequest) -> Result<Sampled, Unanswered> {
        let key = request.key.clone();
        self.asking.ask(key.as_deref(), request.question(self.revision), Sampled::read).await
    }
}
