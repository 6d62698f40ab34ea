//! What an answer must be like, for tables.

use serde_json::Value;

use crate::client::Response;
use crate::common::Verdict;
use crate::fixture::Running;
use crate::requests::Request;

pub(crate) const PARSE: i64 = -32700;
pub(crate) const REQUEST: i64 = -32600;
pub(crate) const METHOD: i64 = -32601;
pub(crate) const PARAMS: i64 = -32602;
pub(crate) const INTERNAL: i64 = -32603;
pub(crate) const HEADERS: i64 = -32020;
pub(crate) const VERSION: i64 = -32022;

/// What an answer must be like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Is {
    /// A result for the id of the request.
    Result,
    /// An error for the id of the request.
    Error(u16, i64),
    /// An error for nobody, because no id could be read.
    Nameless(u16, i64),
    /// A refusal before a message was looked at: any code, no id needed.
    Refused(u16),
    /// Nothing but a status.
    Empty(u16),
}

/// Checks an answer.
pub(crate) fn verify(
    verdict: &mut Verdict,
    case: &str,
    request: &Request,
    response: &Response,
    is: Is,
    words: &[&str],
) {
    let wrong = wrong(request, response, is);
    verdict.that(case, wrong.is_none(), format!("{}, {is:?} was wanted: {}", wrong.unwrap_or(""), response.shown()));
    let text = response.text();
    for word in words {
        verdict.that(case, text.contains(word), format!("no `{word}` in {}", response.shown()));
    }
    verdict.that(case, !text.contains("secret"), format!("internals in {text}"));
}

fn wrong(request: &Request, response: &Response, is: Is) -> Option<&'static str> {
    let id = id(request);
    let answer = response.json();
    let is_json = response.head.kind() == "application/json";
    let is_error = is_json && answer["jsonrpc"] == "2.0" && answer["error"]["message"].is_string();
    let (status, fits) = match is {
        Is::Result => {
            (200, is_json && answer["jsonrpc"] == "2.0" && answer["id"] == id && answer["result"].is_object())
        }
        Is::Error(status, code) => (status, is_error && response.code() == Some(code) && answer["id"] == id),
        Is::Nameless(status, code) => (status, is_error && response.code() == Some(code) && answer["id"].is_null()),
        Is::Refused(status) => (status, is_error && answer["error"]["code"].is_i64()),
        Is::Empty(status) => (status, response.body.is_empty()),
    };
    match (response.status() == status, fits) {
        (false, _) => Some("another status"),
        (_, false) => Some("another body"),
        (true, true) => None,
    }
}

/// The id of a request; also of one that is too deep for our parser, or has a byte order mark.
fn id(request: &Request) -> Value {
    let text = String::from_utf8_lossy(&request.body);
    match serde_json::from_str::<Value>(&text) {
        Ok(message) => message["id"].clone(),
        Err(_) if text.contains("\"id\":1,") => 1.into(),
        Err(_) => Value::Null,
    }
}

/// Asks for each row of a table, each on a connection of its own.
pub(crate) fn table<const N: usize>(server: &Running, rows: [(&str, Request, Is); N]) {
    let mut verdict = Verdict::default();
    for (case, request, is) in rows {
        let response = server.ask(&request);
        verify(&mut verdict, case, &request, &response, is, &[]);
    }
}
