//! The span of a request, in which its function runs: nothing without the feature `tracing`, and next to nothing if nobody listens.

use std::pin::Pin;

use crate::jsonrpc::Fault;

/// What runs in a span.
type Running<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The span of a request. It is small, because there is mostly none.
#[derive(Clone, Debug)]
pub(crate) struct Span(#[cfg(feature = "tracing")] Option<std::sync::Arc<tracing::Span>>);

#[cfg(feature = "tracing")]
impl Span {
    pub(crate) fn new(span: tracing::Span) -> Self {
        Self((!span.is_disabled()).then(|| span.into()))
    }

    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// The one in which this runs, for what goes on in another thread.
    pub(crate) fn here() -> Self {
        Self::new(tracing::Span::current())
    }

    pub(crate) fn in_scope<T>(&self, run: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(span) => span.in_scope(run),
            None => run(),
        }
    }

    /// In it whenever it is polled, and when it is dropped.
    pub(crate) fn around<T: 'static>(&self, running: Running<T>) -> Running<T> {
        use tracing::Instrument as _;
        match &self.0 {
            Some(span) => Box::pin(running.instrument((**span).clone())),
            None => running,
        }
    }

    /// The answer is an error.
    pub(crate) fn failed(&self, fault: &Fault) {
        if let Some(span) = &self.0 {
            let code = fault.code.to_string();
            span.record("rpc.response.status_code", &*code);
            self.fails(&code);
            span.record("otel.status_description", &*fault.message);
        }
    }

    /// The answer is a result that says that the tool failed.
    pub(crate) fn tool_failed(&self) {
        self.fails("tool_error");
    }

    fn fails(&self, kind: &str) {
        if let Some(span) = &self.0 {
            span.record("error.type", kind).record("otel.status_code", "ERROR");
        }
    }
}

#[cfg(not(feature = "tracing"))]
impl Span {
    pub(crate) fn none() -> Self {
        Self()
    }

    pub(crate) fn here() -> Self {
        Self()
    }

    pub(crate) fn in_scope<T>(&self, run: impl FnOnce() -> T) -> T {
        run()
    }

    pub(crate) fn around<T>(&self, running: Running<T>) -> Running<T> {
        running
    }

    pub(crate) fn failed(&self, _: &Fault) {}

    pub(crate) fn tool_failed(&self) {}
}
