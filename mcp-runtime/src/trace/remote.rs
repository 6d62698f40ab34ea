//! The trace that a request is part of, as its client says: W3C Trace Context and Baggage, from `_meta` or else from the headers.

use std::borrow::Cow;

use crate::carried::Carrier;
use crate::json::Json;
use crate::request::Request;
use crate::session::object;

/// In `_meta` and among headers.
const NAMES: [&str; 3] = ["traceparent", "tracestate", "baggage"];

/// Twice as long as what is known, for versions to come.
const TRACEPARENT: usize = 110;
/// As long as everybody has to pass on (W3C Trace Context, `tracestate` Limits).
const TRACESTATE: usize = 512;
/// As long as everybody has to pass on (W3C Baggage, Limits).
const BAGGAGE: usize = 8192;

/// What a client says. What it says wrongly, or at too great a length, it has not said.
#[derive(Debug, Default)]
pub(super) struct Remote<'a> {
    pub(super) traceparent: Option<Cow<'a, str>>,
    /// Never without a parent.
    pub(super) tracestate: Option<Cow<'a, str>>,
    pub(super) baggage: Option<Cow<'a, str>>,
    /// Whether it was said of the HTTP request, and not of the message in it.
    #[cfg_attr(not(feature = "opentelemetry"), expect(dead_code, reason = "only a parent has to know"))]
    is_of_http: bool,
}

impl<'a> Remote<'a> {
    pub(super) fn of(request: &'a Request<'_>) -> Self {
        let said = Self::in_meta(request);
        if said.is_empty() { Self::in_headers(&request.carrier) } else { said }
    }

    /// (2026-07-28, Overview, OpenTelemetry trace context.)
    fn in_meta(request: &Request<'a>) -> Self {
        let values = request.params.meta.and_then(|meta| object("_meta", meta, NAMES).ok()).unwrap_or_default();
        Self::checked(values.map(|value| value.and_then(Json::string)))
    }

    fn in_headers(carrier: &'a Carrier) -> Self {
        #[cfg(feature = "http")]
        if let Some(carried) = &carrier.http {
            let values = NAMES.map(|name| header(&carried.parts.headers, name));
            return Self { is_of_http: true, ..Self::checked(values) };
        }
        let _ = carrier;
        Self::default()
    }

    fn checked([traceparent, tracestate, baggage]: [Option<Cow<'a, str>>; 3]) -> Self {
        let traceparent = traceparent.filter(|text| text.len() <= TRACEPARENT && is_parent(text));
        let tracestate = tracestate.filter(|text| traceparent.is_some() && is_list(text, TRACESTATE));
        let baggage = baggage.filter(|text| is_list(text, BAGGAGE));
        Self { traceparent, tracestate, baggage, is_of_http: false }
    }

    fn is_empty(&self) -> bool {
        self.traceparent.is_none() && self.baggage.is_none()
    }
}

/// A list may be spread over several lines.
#[cfg(feature = "http")]
fn header<'h>(headers: &'h http::HeaderMap, name: &str) -> Option<Cow<'h, str>> {
    let mut lines = headers.get_all(name).iter().map(|line| line.to_str().ok());
    let first = Cow::Borrowed(lines.next()??);
    lines.try_fold(first, |list, line| Some(format!("{list},{}", line?).into()))
}

/// `version-trace-parent-flags` (W3C Trace Context, 3.2). Later versions may add to it.
fn is_parent(text: &str) -> bool {
    let mut fields = text.splitn(5, '-');
    let mut hex = |length: usize| fields.next().filter(|field| field.len() == length && is_hex(field));
    let (Some(version), Some(trace), Some(parent), Some(_)) = (hex(2), hex(32), hex(16), hex(2)) else {
        return false;
    };
    let is_zero = |field: &str| field.bytes().all(|digit| digit == b'0');
    let may_go_on = |more| version != "00" && is_visible(more);
    version != "ff" && !is_zero(trace) && !is_zero(parent) && fields.next().is_none_or(may_go_on)
}

fn is_hex(field: &str) -> bool {
    field.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_list(text: &str, most: usize) -> bool {
    !text.is_empty() && text.len() <= most && is_visible(text)
}

/// What can stand in a header, so that nothing gets into logs that is not text.
fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
}

#[cfg(feature = "opentelemetry")]
mod adoption {
    use opentelemetry::propagation::Extractor;
    use opentelemetry::trace::TraceContextExt as _;
    use opentelemetry::{Context, global};
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    use super::{NAMES, Remote};

    impl Remote<'_> {
        /// Makes it the parent, as the global propagator understands it. What the span would else be a child of is linked.
        pub(crate) fn adopt(&self, span: &tracing::Span) {
            if self.is_empty() || span.is_disabled() {
                return;
            }
            let around = around();
            let parent = global::get_text_map_propagator(|propagator| propagator.extract_with_context(&around, self));
            let (ours, theirs) = (around.span().span_context().trace_id(), parent.span().span_context().trace_id());
            if self.is_of_http && ours == theirs {
                // Whoever has taken the HTTP request has taken this from its headers already.
                return;
            }
            if parent.span().span_context().is_remote() {
                span.follows_from(tracing::Span::current());
            }
            // It fails where nothing is exported.
            let _ = span.set_parent(parent);
        }
    }

    /// Where the request came up. Not every layer tells OpenTelemetry which span is entered.
    fn around() -> Context {
        let told = Context::current();
        if told.has_active_span() { told } else { tracing::Span::current().context() }
    }

    impl Extractor for Remote<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            match key {
                "traceparent" => self.traceparent.as_deref(),
                "tracestate" => self.tracestate.as_deref(),
                "baggage" => self.baggage.as_deref(),
                _ => None,
            }
        }

        fn keys(&self) -> Vec<&str> {
            NAMES.into_iter().filter(|key| self.get(key).is_some()).collect()
        }
    }
}

#[cfg(test)]
mod tests;
