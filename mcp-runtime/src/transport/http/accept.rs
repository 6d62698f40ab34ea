//! What a client can take: `Accept` (RFC 9110, 12.5.1).

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};

use super::body::Body;
use super::reply;
use crate::carried::Carried;
use crate::jsonrpc::CLOSE_RESULT;

/// The forms in which a client takes an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepts {
    pub(super) json: bool,
    pub(super) events: bool,
}

impl Accepts {
    /// The request of a client that takes this.
    pub(super) fn carry(self, parts: Parts) -> Arc<Carried> {
        if self.events { Carried::new(parts) } else { Carried::answer_only(parts) }
    }

    /// An answer that is complete: JSON where the client takes it.
    pub(super) fn message(self, status: StatusCode, message: Vec<u8>) -> Response<Body> {
        if self.json || status != StatusCode::OK {
            reply::json(status, message)
        } else {
            reply::whole_stream(Some(message.into()))
        }
    }

    /// The same with a result that is not copied, unless it has to become an event. What comes before it is written.
    pub(super) fn kept(self, opened: Vec<u8>, result: Arc<[u8]>) -> Response<Body> {
        let close = Bytes::from_static(CLOSE_RESULT);
        if self.json {
            return Response::new(Body::pieces([opened.into(), Bytes::from_owner(result), close]));
        }
        self.message(StatusCode::OK, [&opened, &*result, &close].concat())
    }

    /// The answer to a request that may have been cancelled: then nothing is said at all.
    pub(super) fn answer(self, message: Option<Vec<u8>>) -> Response<Body> {
        match message {
            Some(message) => self.message(StatusCode::OK, message),
            None if self.events => reply::whole_stream(None),
            None => reply::empty(StatusCode::ACCEPTED),
        }
    }
}

/// What has been said so far about both forms.
pub(super) struct Weighed {
    json: Form,
    events: Form,
    is_said: bool,
}

impl Default for Weighed {
    fn default() -> Self {
        Self {
            json: Form::of([b"application/json", b"application/*"]),
            events: Form::of([b"text/event-stream", b"text/*"]),
            is_said: false,
        }
    }
}

impl Weighed {
    /// Takes one more `Accept`.
    pub(super) fn weigh(&mut self, value: &HeaderValue) {
        self.is_said = true;
        if value == USUAL {
            (self.json.closest, self.json.is_taken) = (EXACT, true);
            (self.events.closest, self.events.is_taken) = (EXACT, true);
            return;
        }
        for range in value.as_bytes().split(|byte| *byte == b',') {
            self.json.weigh(range);
            self.events.weigh(range);
        }
    }

    /// Who says nothing takes anything.
    pub(super) fn settled(&self) -> Accepts {
        Accepts { json: self.json.is_taken || !self.is_said, events: self.events.is_taken || !self.is_said }
    }
}

/// What nearly every client says, known without being taken apart.
const USUAL: &str = "application/json, text/event-stream";

/// How close a range is that names a form.
const EXACT: u8 = 3;

/// Whether one form is taken: the range that names it most closely decides.
struct Form {
    names: [&'static [u8]; 2],
    closest: u8,
    is_taken: bool,
}

impl Form {
    fn of(names: [&'static [u8]; 2]) -> Self {
        Self { names, closest: 0, is_taken: false }
    }

    fn weigh(&mut self, range: &[u8]) {
        let mut parts = range.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let kind = parts.next().unwrap_or_default();
        let [exact, family] = self.names;
        let closeness = match () {
            () if kind.eq_ignore_ascii_case(exact) => EXACT,
            () if kind.eq_ignore_ascii_case(family) => 2,
            () if kind == b"*/*" => 1,
            () => return,
        };
        if closeness >= self.closest {
            self.closest = closeness;
            self.is_taken = !parts.any(is_never);
        }
    }
}

/// `q=0`: not this.
fn is_never(parameter: &[u8]) -> bool {
    let Some((b'q' | b'Q', weight)) = parameter.split_first() else {
        return false;
    };
    weight.trim_ascii_start().strip_prefix(b"=").is_some_and(|weight| {
        let weight = weight.trim_ascii();
        weight.starts_with(b"0") && weight.iter().all(|byte| matches!(byte, b'0' | b'.'))
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::ACCEPT;

    use super::super::head::Head;
    use super::*;

    #[test]
    fn ranges_are_read_as_they_are_meant() {
        let rows = [
            ("application/json, text/event-stream", true, true),
            ("application/json", true, false),
            ("text/event-stream", false, true),
            ("*/*", true, true),
            ("text/*;q=0.5, application/json;q=0", false, true),
            ("Application/JSON; Q=1, text/event-stream;q=0.000", true, false),
            ("application/json;q=0, */*", false, true),
            ("*/*, text/event-stream;q=0", true, false),
            ("text/html", false, false),
            ("", false, false),
        ];
        for (value, json, events) in rows {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(value))]);
            assert_eq!(Head::read(&headers).accepts, Accepts { json, events }, "{value}");
        }
        assert_eq!(Head::read(&HeaderMap::new()).accepts, Accepts { json: true, events: true });
    }
}
