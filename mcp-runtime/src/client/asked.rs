//! What a server asks of a client, and the answers as the wire has them.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::answering::{Make, Question};
use crate::elicit::Elicited;
use crate::error::Error;
use crate::json::InOrder;
use crate::protocol::quoted;
use crate::sample::{SampleRequest, Sampled};

/// A form that a server asks to have filled in ([`ClientBuilder::elicit`](crate::ClientBuilder::elicit)).
///
/// ```
/// use mcp_runtime::serde_json::{Value, json};
/// use mcp_runtime::{Client, ElicitRequest};
///
/// /// Says yes to all that can be answered with yes.
/// fn agree(form: ElicitRequest) -> Value {
///     let yes = form.fields.into_iter().filter(|(_, schema)| schema["type"] == "boolean");
///     yes.map(|(name, _)| (name, json!(true))).collect()
/// }
///
/// let builder = Client::builder().elicit(agree);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ElicitRequest {
    /// What the person is asked.
    pub message: String,
    /// The names of the fields with their schemas, in the order in which they are to be shown.
    pub fields: Vec<(String, Value)>,
    /// The schema of the whole answer.
    pub schema: Value,
}

/// A page that a server asks a person to visit ([`ClientBuilder::visit`](crate::ClientBuilder::visit)).
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[non_exhaustive]
pub struct VisitRequest {
    /// Why.
    pub message: String,
    /// Where it is.
    pub url: String,
}

impl ElicitRequest {
    fn read(params: &RawValue) -> serde_json::Result<Self> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Params<'p> {
            message: String,
            #[serde(borrow)]
            requested_schema: &'p RawValue,
        }
        #[derive(serde::Deserialize)]
        struct Schema {
            properties: InOrder,
        }
        let Params { message, requested_schema } = serde_json::from_str(params.get())?;
        let Schema { properties: InOrder(fields) } = serde_json::from_str(requested_schema.get())?;
        Ok(Self { message, fields, schema: serde_json::from_str(requested_schema.get())? })
    }
}

/// Fills in forms.
pub(super) fn forms<A: Into<Elicited<Value>>>(mut fill: impl FnMut(ElicitRequest) -> A + Send + 'static) -> Make {
    Box::new(move |params| {
        let request = ElicitRequest::read(params).map_err(|error| unreadable(&error))?;
        Ok(elicited(fill(request).into()))
    })
}

/// Visits pages.
pub(super) fn pages(mut visit: impl FnMut(VisitRequest) -> Elicited<()> + Send + 'static) -> Make {
    Box::new(move |params| {
        let request = serde_json::from_str(params.get()).map_err(|error| unreadable(&error))?;
        Ok(match visit(request) {
            Elicited::Accepted(()) => json!({ "action": "accept" }),
            Elicited::Declined => elicited(Elicited::Declined),
            Elicited::Cancelled => elicited(Elicited::Cancelled),
        })
    })
}

/// Answers like a model.
pub(super) fn models<A: Into<Sampled>>(mut answer: impl FnMut(SampleRequest) -> A + Send + 'static) -> Make {
    Box::new(move |params| {
        let params = serde_json::from_str(params.get()).map_err(|error| unreadable(&error))?;
        Ok(sampled(answer(SampleRequest::read(params)).into()))
    })
}

/// An `ElicitResult`.
pub(super) fn elicited(answer: Elicited<Value>) -> Value {
    match answer {
        Elicited::Accepted(content) => json!({ "action": "accept", "content": content }),
        Elicited::Declined => json!({ "action": "decline" }),
        Elicited::Cancelled => json!({ "action": "cancel" }),
    }
}

/// A `CreateMessageResult`. Only since 2025-11-25 there may be more than one block.
pub(super) fn sampled(answer: Sampled) -> Value {
    let Sampled { mut content, model, stop_reason } = answer;
    let content = if content.len() == 1 { content.remove(0) } else { content.into() };
    let mut result = json!({ "role": "assistant", "content": content, "model": model });
    if let Some(reason) = stop_reason {
        result["stopReason"] = reason.into();
    }
    result
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::other(format!("the question of the server cannot be read: {error}"))
}

/// A question in the words in which it was asked.
pub(super) fn quoted_question(question: &Question) -> String {
    let params: Value = serde_json::from_str(question.params.get()).unwrap_or_default();
    let said = params["messages"].as_array().and_then(|messages| messages.last());
    let words = params["message"].as_str().or_else(|| said?["content"]["text"].as_str());
    match words {
        Some(words) => format!("`{}` (`{}`)", quoted(words), question.method),
        None => format!("`{}`", question.method),
    }
}
