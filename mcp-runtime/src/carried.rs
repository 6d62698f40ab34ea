//! What brings a call, beside its message.

#[cfg(feature = "http")]
use std::fmt;
#[cfg(feature = "http")]
use std::sync::Arc;

#[cfg(feature = "http")]
use tokio::sync::Notify;

/// What brought a call: an HTTP request, or nothing but a message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carrier {
    #[cfg(feature = "http")]
    pub(crate) http: Option<Arc<Carried>>,
}

impl Carrier {
    /// Who asks, if that is known.
    pub(crate) fn principal(&self) -> Option<&str> {
        #[cfg(feature = "http")]
        return self.http.as_ref()?.parts.extensions.get().map(Principal::name);
        #[cfg(not(feature = "http"))]
        return None;
    }

    /// Whether what is said before the answer reaches the client.
    pub(crate) fn is_heard(&self) -> bool {
        #[cfg(feature = "http")]
        return self.http.as_ref().is_none_or(|carried| carried.is_heard);
        #[cfg(not(feature = "http"))]
        return true;
    }

    /// Whether it was an HTTP request.
    pub(crate) fn is_http(&self) -> bool {
        #[cfg(feature = "http")]
        return self.http.is_some();
        #[cfg(not(feature = "http"))]
        return false;
    }
}

/// The HTTP request that brought a call.
#[cfg(feature = "http")]
#[derive(Debug)]
pub(crate) struct Carried {
    pub(crate) parts: http::request::Parts,
    /// Tells that the function wants the connection to be closed.
    pub(crate) closing: Notify,
    /// Whether its client takes anything but the answer.
    is_heard: bool,
}

#[cfg(feature = "http")]
impl From<Arc<Carried>> for Carrier {
    fn from(carried: Arc<Carried>) -> Self {
        Self { http: Some(carried) }
    }
}

#[cfg(feature = "http")]
impl Carried {
    pub(crate) fn new(parts: http::request::Parts) -> Arc<Self> {
        Arc::new(Self { parts, closing: Notify::new(), is_heard: true })
    }

    /// Of a client that takes the answer and nothing else.
    pub(crate) fn answer_only(parts: http::request::Parts) -> Arc<Self> {
        Arc::new(Self { parts, closing: Notify::new(), is_heard: false })
    }
}

/// Who asks. An authorization layer in front of the server puts it into the extensions of the HTTP request; a session can
/// then be used only by who has opened it, and [`Server::in_flight`](crate::Server::in_flight) holds for each of them.
///
/// ```
/// use mcp_runtime::Principal;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(Principal::new("alice"));
/// # assert_eq!(request.extensions().get::<Principal>().unwrap().name(), "alice");
/// ```
#[cfg(feature = "http")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal(Arc<str>);

#[cfg(feature = "http")]
impl Principal {
    /// Somebody, by a name that nobody else has.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

#[cfg(feature = "http")]
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
