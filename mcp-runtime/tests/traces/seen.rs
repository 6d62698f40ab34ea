//! What a layer sees of the spans of requests, found by the id of the request.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// A span that was closed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) name: &'static str,
    pub(crate) parent: Option<&'static str>,
    pub(crate) fields: BTreeMap<&'static str, String>,
    /// Of all events in it.
    pub(crate) messages: Vec<String>,
}

impl Seen {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

static SEEN: Mutex<Vec<Seen>> = Mutex::new(Vec::new());

/// From now on everything is seen.
pub(crate) fn look() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let registry = tracing_subscriber::registry().with(Eyes);
        #[cfg(feature = "opentelemetry")]
        let registry = registry.with(crate::opentelemetry::layer());
        tracing::subscriber::set_global_default(registry).unwrap();
    });
}

/// The span of the request with this id.
pub(crate) fn span(id: &str) -> Seen {
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        let found = SEEN.lock().unwrap().iter().find(|seen| seen.field("jsonrpc.request.id") == Some(id)).cloned();
        match found {
            Some(seen) => return seen,
            None => assert!(Instant::now() < end, "no span for the request {id} was closed"),
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

struct Eyes;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Eyes {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let parent = span.parent().map(|parent| parent.name());
        let mut seen = Seen { name: span.name(), parent, ..Seen::default() };
        attributes.record(&mut Fields(&mut seen.fields));
        span.extensions_mut().insert(seen);
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        record.record(&mut Fields(&mut span.extensions_mut().get_mut::<Seen>().unwrap().fields));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        for span in context.event_scope(event).into_iter().flatten() {
            let message = fields.get("message").cloned().unwrap_or_default();
            span.extensions_mut().get_mut::<Seen>().unwrap().messages.push(message);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let seen = context.span(&id).unwrap().extensions_mut().remove::<Seen>().unwrap();
        SEEN.lock().unwrap().push(seen);
    }
}

struct Fields<'f>(&'f mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
