//! The session that a request belongs to: found, listened to, ended.

use std::sync::Arc;

use http::header::HeaderName;
use http::request::Parts;
use http::{Extensions, Response, StatusCode};

use super::accept::Accepts;
use super::body::Body;
use super::headers::Said;
use super::reply;
use super::reply::Denied;
use super::service::Inner;
use super::session::{NoStream, Session};
use crate::events::EventId;
use crate::id::Id;
use crate::jsonrpc::Fault;
use crate::limit::Limit;
use crate::protocol::{Revision, quoted};
use crate::session::unsupported;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

impl Inner {
    /// The session that a request belongs to. Whatever is wrong with an id, the answer is the same.
    pub(super) fn session(&self, headers: &Said<'_>, extensions: &Extensions) -> Result<Arc<Session>, Denied> {
        let Some(id) = headers.session.given() else {
            let text = "the request needs exactly one `Mcp-Session-Id`, which `initialize` gives; a request of 2026-07-28 \
                        needs none, but says `MCP-Protocol-Version: 2026-07-28`";
            return Err(Denied::new(StatusCode::BAD_REQUEST, text));
        };
        let found = Id::read(id.as_bytes()).and_then(|id| self.sessions.find(id));
        let found = found.filter(|session| session.is_of(extensions.get()));
        let session = found.ok_or_else(unknown_session)?;
        agrees(&session, headers)?;
        session.touch();
        Ok(session)
    }

    /// The stream of a session, or one that broke.
    pub(super) fn listen(&self, parts: &Parts, accepts: Accepts) -> Response<Body> {
        let headers = Said::read(&parts.headers);
        if self.has_no_sessions(&headers) {
            return reply::method_not_allowed("POST, OPTIONS");
        }
        if !accepts.events {
            return reply::unacceptable(
                "this is the endpoint of an MCP server, to which MCP clients POST; a GET asks for a stream: `Accept: text/event-stream`",
            );
        }
        if !self.life.is_serving() {
            return reply::ending(None);
        }
        let session = match self.session(&headers, &parts.extensions) {
            Ok(session) => session,
            Err(denied) => return denied.answer(None),
        };
        let events = match parts.headers.get(LAST_EVENT_ID) {
            None => session.listen(self),
            Some(last) => session.resume(event_id(last.as_bytes()), self),
        };
        // If the server began to end in between, nobody else sees to this stream.
        if !self.life.is_serving() {
            session.state().close_idle_streams();
        }
        events.map_or_else(|why| no_stream(&why, self.http.session_streams), reply::events)
    }

    pub(super) fn delete(&self, parts: &Parts) -> Response<Body> {
        let headers = Said::read(&parts.headers);
        if self.has_no_sessions(&headers) {
            return reply::method_not_allowed("POST, OPTIONS");
        }
        match self.session(&headers, &parts.extensions) {
            Ok(session) => {
                session.id.into_iter().for_each(|id| self.sessions.remove(id));
                reply::empty(StatusCode::NO_CONTENT)
            }
            Err(denied) => denied.answer(None),
        }
    }

    fn has_no_sessions(&self, headers: &Said<'_>) -> bool {
        let said = headers.version().ok().flatten().and_then(Revision::named);
        self.http.stateless || said.is_some_and(Revision::is_modern)
    }
}

/// Whether it was never there, has ended, or is somebody else's.
pub(super) fn unknown_session() -> Denied {
    Denied::new(StatusCode::NOT_FOUND, "there is no such session; send `initialize` again")
}

/// Who says a revision means the one that was agreed on.
fn agrees(session: &Session, headers: &Said<'_>) -> Result<(), Denied> {
    let refuse = |fault| Denied { status: StatusCode::BAD_REQUEST, no_id: session.no_id(), fault };
    let Some(said) = headers.version().map_err(refuse)? else {
        return Ok(());
    };
    let agreed = session.revision.as_str();
    match Revision::named(said) {
        _ if said == agreed => Ok(()),
        Some(_) => {
            let text = format!("`MCP-Protocol-Version` is `{}`, but the session agreed on `{agreed}`", quoted(said));
            Err(refuse(Fault::invalid_request(text)))
        }
        None => Err(refuse(unsupported(said))),
    }
}

fn no_stream(why: &NoStream, most: usize) -> Response<Body> {
    match why {
        NoStream::Ended => unknown_session().answer(None),
        NoStream::TooMany => {
            let text = format!("{}; close one first", Limit::SessionStreams.refuses(most));
            reply::refuse(StatusCode::TOO_MANY_REQUESTS, text)
        }
        NoStream::NotKept => {
            reply::refuse(StatusCode::BAD_REQUEST, "what followed `Last-Event-ID` is not kept (any more)")
        }
    }
}

/// Exactly what we write.
fn event_id(text: &[u8]) -> Option<EventId> {
    let (stream, number) = std::str::from_utf8(text).ok()?.split_once('-')?;
    let read = |text: &str| text.parse().ok().filter(|number: &u64| number.to_string() == text);
    Some(EventId { stream: read(stream)?, number: read(number)? })
}
