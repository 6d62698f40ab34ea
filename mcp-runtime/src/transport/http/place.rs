//! What a path leads to.

use super::service::Inner;

/// Who decides about paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Routes {
    /// The server: it has an endpoint, and health checks beside it.
    Own,
    /// The application in which it is mounted.
    Mounted,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Endpoint,
    Alive,
    Ready,
    /// The stream of HTTP+SSE.
    Sse,
    /// Where its messages go.
    Messages,
}

impl Inner {
    pub(super) fn place(&self, path: &str) -> Option<Place> {
        match self.routes {
            Routes::Own => self.own_place(path),
            Routes::Mounted => Some(self.mounted_place(path)),
        }
    }

    fn own_place(&self, path: &str) -> Option<Place> {
        match path {
            "/healthz" => Some(Place::Alive),
            "/readyz" => Some(Place::Ready),
            "/sse" if self.http.http_sse => Some(Place::Sse),
            "/messages" if self.http.http_sse => Some(Place::Messages),
            _ if without_slash(path) == without_slash(&self.http.path) => Some(Place::Endpoint),
            _ => None,
        }
    }

    fn mounted_place(&self, path: &str) -> Place {
        match path.rsplit('/').next() {
            Some("sse") if self.http.http_sse => Place::Sse,
            Some("messages") if self.http.http_sse => Place::Messages,
            Some(_) | None => Place::Endpoint,
        }
    }

    /// The methods that the endpoint understands.
    pub(super) fn methods(&self) -> &'static str {
        if self.http.stateless { "POST, OPTIONS" } else { "GET, POST, DELETE, OPTIONS" }
    }
}

fn without_slash(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}
