//! What is exported: the right trace, the right parent, and baggage that functions can read.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use mcp_runtime::serde_json::{Value, json};
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::trace::{SpanId, SpanKind, Status, TraceId, TracerProvider as _};
use opentelemetry::{Context, global};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracer, SdkTracerProvider, SpanData};
use tracing::{Instrument as _, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::fixture::{OTHER, PARENT, ask, ask_in, call, legacy, modern, post_legacy, post_modern};
use crate::seen::look;

static EXPORTED: LazyLock<InMemorySpanExporter> = LazyLock::new(InMemorySpanExporter::default);

pub(crate) fn layer<S: Subscriber + for<'a> LookupSpan<'a>>() -> OpenTelemetryLayer<S, SdkTracer> {
    let propagators: Vec<Box<dyn opentelemetry::propagation::TextMapPropagator + Send + Sync>> =
        vec![Box::new(TraceContextPropagator::new()), Box::new(BaggagePropagator::new())];
    global::set_text_map_propagator(TextMapCompositePropagator::new(propagators));
    let provider = SdkTracerProvider::builder().with_simple_exporter(EXPORTED.clone()).build();
    let tracer = provider.tracer("test");
    // It would shut down what it has made.
    std::mem::forget(provider);
    tracing_opentelemetry::layer().with_tracer(tracer)
}

/// What the function that runs here can read.
pub(crate) fn baggage() -> String {
    Context::current().baggage().get("user").map(ToString::to_string).unwrap_or_default()
}

fn find(what: &str, fits: impl Fn(&SpanData) -> bool) -> SpanData {
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        if let Some(span) = EXPORTED.get_finished_spans().unwrap().into_iter().find(|span| fits(span)) {
            return span;
        }
        assert!(Instant::now() < end, "{what} was not exported");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn attribute(span: &SpanData, name: &str) -> Option<String> {
    span.attributes.iter().find(|attribute| attribute.key.as_str() == name).map(|found| found.value.to_string())
}

/// The span of the request with this id.
fn exported(id: &str) -> SpanData {
    find(id, |span| attribute(span, "jsonrpc.request.id").as_deref() == Some(id))
}

fn ids(parent: &str) -> (TraceId, SpanId) {
    let fields: Vec<&str> = parent.split('-').collect();
    (TraceId::from_hex(fields[1]).unwrap(), SpanId::from_hex(fields[2]).unwrap())
}

fn parent_of(id: &str) -> (TraceId, SpanId) {
    let span = exported(id);
    (span.span_context.trace_id(), span.parent_span_id)
}

fn blocks_with(meta: &Value) -> Value {
    json!({ "name": "blocks", "_meta": meta })
}

#[tokio::test]
async fn the_caller_is_the_parent_over_a_pipe() {
    let meta = json!({ "traceparent": PARENT, "tracestate": "a=b", "baggage": "user=alice" });
    let answers = [
        ask(modern("otel modern", "tools/call", blocks_with(&meta))).await,
        ask_in("2025-03-26", legacy("otel legacy", "tools/call", blocks_with(&meta))).await,
    ];
    for (id, answer) in ["otel modern", "otel legacy"].into_iter().zip(answers) {
        assert_eq!(answer["result"]["content"][0]["text"], "alice", "{id}");
        assert_eq!(parent_of(id), ids(PARENT), "{id}");
        let span = exported(id);
        assert!(span.parent_span_is_remote, "{id}");
        assert_eq!((&*span.name, &span.span_kind), ("tools/call blocks", &SpanKind::Server), "{id}");
        assert_eq!(span.span_context.trace_state().header(), "a=b", "{id}");
        assert_eq!((span.links.len(), span.status), (0, Status::Unset), "{id}");
        let own = span.span_context.span_id();
        let inner = find("inner", |span| span.name == "inner" && span.parent_span_id == own);
        assert_eq!(inner.span_context.trace_id(), ids(PARENT).0, "{id}");
    }
}

#[tokio::test]
async fn the_caller_is_the_parent_over_http() {
    let headers = [("traceparent", OTHER), ("baggage", "user=bob")];
    let meta = json!({ "traceparent": PARENT, "baggage": "user=alice" });
    for (case, params, user, parent) in
        [("headers", call("blocks"), "bob", OTHER), ("both", blocks_with(&meta), "alice", PARENT)]
    {
        let (new, old) = (format!("otel http modern {case}"), format!("otel http legacy {case}"));
        let answer = post_modern(&new, "blocks", params.clone(), &headers).await;
        assert_eq!((&answer["result"]["content"][0]["text"], parent_of(&new)), (&user.into(), ids(parent)), "{new}");
        let (_, answer) = post_legacy(&old, params, &headers).await;
        assert_eq!((&answer["result"]["content"][0]["text"], parent_of(&old)), (&user.into(), ids(parent)), "{old}");
    }
}

#[tokio::test]
async fn the_span_around_is_linked_if_it_is_not_the_parent() {
    look();
    let around = tracing::info_span!("linked");
    let own = around.context();
    let id = "otel linked";
    ask(modern(id, "tools/call", json!({ "name": "waits", "_meta": { "traceparent": PARENT } })))
        .instrument(around)
        .await;
    assert_eq!(parent_of(id), ids(PARENT));
    let linked: Vec<SpanId> = exported(id).links.iter().map(|link| link.span_context.span_id()).collect();
    assert_eq!(linked, [opentelemetry::trace::TraceContextExt::span(&own).span_context().span_id()]);
}

#[tokio::test]
async fn baggage_alone_leaves_the_parent_as_it_is() {
    look();
    let around = tracing::info_span!("with baggage");
    let context = around.context();
    let request = modern("otel baggage", "tools/call", blocks_with(&json!({ "baggage": "user=carol" })));
    let answer = ask(request).instrument(around).await;
    assert_eq!(answer["result"]["content"][0]["text"], "carol");
    let own = opentelemetry::trace::TraceContextExt::span(&context).span_context().clone();
    assert_eq!(parent_of("otel baggage"), (own.trace_id(), own.span_id()));
    assert_eq!(exported("otel baggage").links.len(), 0);
}

/// What a layer in front has made of the headers is nearer than the headers themselves.
#[tokio::test]
async fn a_span_in_the_trace_of_the_headers_stays_the_parent() {
    look();
    let around = tracing::info_span!("http request");
    let remote = global::get_text_map_propagator(|propagator| {
        propagator.extract(&std::collections::HashMap::from([("traceparent".to_owned(), OTHER.to_owned())]))
    });
    around.set_parent(remote).unwrap();
    let context = around.context();
    post_modern("otel mounted", "waits", call("waits"), &[("traceparent", OTHER)]).instrument(around).await;
    let own = opentelemetry::trace::TraceContextExt::span(&context).span_context().span_id();
    assert_eq!(parent_of("otel mounted"), (ids(OTHER).0, own));
}

#[tokio::test]
async fn whoever_says_nothing_or_nonsense_gets_a_trace_of_its_own() {
    let long = "b".repeat(100_000);
    for (number, meta) in [
        json!({}),
        json!({ "traceparent": "00-00000000000000000000000000000000-00f067aa0ba902b7-01" }),
        json!({ "traceparent": PARENT.to_uppercase(), "tracestate": "a=b" }),
        json!({ "traceparent": format!("{PARENT}{long}"), "baggage": format!("user={long}") }),
        json!({ "traceparent": [PARENT] }),
        json!({ "baggage": format!("user=%ff,{}", "=;,".repeat(1000)) }),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("otel nonsense {number}");
        let answer = ask(modern(&id, "tools/call", blocks_with(&meta))).await;
        assert_eq!(answer["result"]["content"][0]["text"], "", "{id}");
        let (trace, parent) = parent_of(&id);
        assert!(trace != ids(PARENT).0 && trace != TraceId::INVALID, "{id}");
        assert_eq!(parent, SpanId::INVALID, "{id}");
    }
}

#[tokio::test]
async fn the_status_is_that_of_the_answer() {
    let answer = ask(modern("otel unknown", "tools/call", call("nobody"))).await;
    let message = answer["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(exported("otel unknown").status, Status::error(message));
    assert_eq!(attribute(&exported("otel unknown"), "rpc.response.status_code").as_deref(), Some("-32602"));
    ask(modern("otel regrets", "tools/call", call("regrets"))).await;
    assert_eq!(exported("otel regrets").status, Status::error(""));
    assert_eq!(attribute(&exported("otel regrets"), "error.type").as_deref(), Some("tool_error"));
}
