//! What a client can take: `Accept` (RFC 9110, 12.5.1).

use std::sync::Arc;

use http::header::ACCEPT;
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};

use super::body::Body;
use super::reply;
use crate::carried::Carried;

/// The forms in which a client takes an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepts {
    pub(super) json: bool,
    pub(super) events: bool,
}

impl Accepts {
    /// Who says nothing takes anything.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(ACCEPT).iter().peekable();
        if values.peek().is_none() {
            return Self { json: true, events: true };
        }
        let (mut json, mut events) =
            (Form::of([b"application/json", b"application/*"]), Form::of([b"text/event-stream", b"text/*"]));
        for range in values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')) {
            json.weigh(range);
            events.weigh(range);
        }
        Self { json: json.is_taken, events: events.is_taken }
    }

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

    /// The answer to a request that may have been cancelled: then nothing is said at all.
    pub(super) fn answer(self, message: Option<Vec<u8>>) -> Response<Body> {
        match message {
            Some(message) => self.message(StatusCode::OK, message),
            None if self.events => reply::whole_stream(None),
            None => reply::empty(StatusCode::ACCEPTED),
        }
    }
}

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
            () if kind.eq_ignore_ascii_case(exact) => 3,
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
    use http::HeaderValue;

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
            assert_eq!(Accepts::read(&headers), Accepts { json, events }, "{value}");
        }
        assert_eq!(Accepts::read(&HeaderMap::new()), Accepts { json: true, events: true });
    }
}
