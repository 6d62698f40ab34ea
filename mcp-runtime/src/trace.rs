//! Opens the span of a request: what it is called, and what it says (OpenTelemetry, Semantic conventions for MCP, Server).

use std::borrow::Cow;

use crate::json::Json;
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;

use crate::carried::Carrier;
use crate::protocol::Method;
use crate::registry::Registry;
use crate::request::Request;
use crate::session::object;
use crate::span::Span;

mod remote;

/// What is longer is left out, in bytes.
const LONGEST: usize = 2048;

/// The span of a request; none if nobody listens.
pub(crate) fn span(request: &Request<'_>, registry: &Registry) -> Span {
    if tracing::Level::INFO > LevelFilter::current() {
        return Span::none();
    }
    Span::new(open(request, registry))
}

fn open(request: &Request<'_>, registry: &Registry) -> tracing::Span {
    let (method, target) = (request.method.name(), Target::of(request, registry));
    let network = Network::of(&request.carrier);
    let remote = remote::Remote::of(request);
    let span = tracing::info_span!(
        "mcp.server",
        otel.name = &*target.name.map_or(Cow::Borrowed(method), |name| format!("{method} {name}").into()),
        otel.kind = "server",
        otel.status_code = Empty,
        otel.status_description = Empty,
        mcp.method.name = method,
        mcp.protocol.version = request.terms.revision.as_str(),
        mcp.session.id = session(request),
        mcp.resource.uri = target.uri.as_deref(),
        gen_ai.operation.name = (request.method == Method::ToolsCall).then_some("execute_tool"),
        gen_ai.tool.name = target.name.filter(|_| request.method == Method::ToolsCall),
        gen_ai.prompt.name = target.name.filter(|_| request.method != Method::ToolsCall),
        jsonrpc.request.id = &*id(request.id.as_json()),
        rpc.response.status_code = Empty,
        "error.type" = Empty,
        network.transport = network.transport,
        network.protocol.name = network.protocol,
        network.protocol.version = network.version,
        traceparent = remote.traceparent.as_deref(),
        tracestate = remote.tracestate.as_deref(),
        baggage = remote.baggage.as_deref(),
    );
    #[cfg(feature = "opentelemetry")]
    remote.adopt(&span);
    span
}

/// What a request is about. Names come from the registry, not from the client: there are only so many of them.
#[derive(Default)]
struct Target<'a> {
    /// Of a tool or a prompt.
    name: Option<&'static str>,
    uri: Option<Cow<'a, str>>,
}

impl<'a> Target<'a> {
    fn of(request: &Request<'a>, registry: &Registry) -> Self {
        let params = &request.params;
        let tool = |name: &str| registry.tools.find(name).map(|(_, tool)| tool.item.about.name);
        let prompt = |name: &str| registry.prompts.find(name).map(|(_, prompt)| prompt.item.about.name);
        match request.method {
            Method::ToolsCall => Self { name: text(params.name).and_then(|name| tool(&name)), uri: None },
            Method::PromptsGet => Self { name: text(params.name).and_then(|name| prompt(&name)), uri: None },
            Method::Complete => Self { name: referred(params.reference).and_then(|name| prompt(&name)), uri: None },
            Method::ResourcesRead | Method::Subscribe | Method::Unsubscribe => {
                Self { name: None, uri: text(params.uri) }
            }
            Method::Initialize
            | Method::Discover
            | Method::Ping
            | Method::TasksGet
            | Method::TasksUpdate
            | Method::TasksCancel
            | Method::SetLevel
            | Method::Listen
            | Method::ToolsList
            | Method::ResourcesList
            | Method::TemplatesList
            | Method::PromptsList => Self::default(),
        }
    }
}

fn text(raw: Option<Json<'_>>) -> Option<Cow<'_, str>> {
    raw.and_then(Json::string).filter(|text| text.len() <= LONGEST)
}

/// The prompt that a completion is for.
fn referred(reference: Option<Json<'_>>) -> Option<Cow<'_, str>> {
    let [kind, name] = object("ref", reference?, ["type", "name"]).ok()?;
    text(name).filter(|_| text(kind).as_deref() == Some("ref/prompt"))
}

/// A string stands for itself.
fn id(json: &str) -> Cow<'_, str> {
    serde_json::from_str::<String>(json).map_or(Cow::Borrowed(json), Cow::Owned)
}

/// The session of a client from before 2026-07-28.
fn session<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    #[cfg(feature = "http")]
    if !request.terms.revision.is_modern() {
        let headers = &request.carrier.http.as_ref()?.parts.headers;
        return headers.get("mcp-session-id")?.to_str().ok().filter(|id| id.len() <= LONGEST);
    }
    let _ = request;
    None
}

/// What a request came over.
struct Network {
    transport: &'static str,
    protocol: Option<&'static str>,
    version: Option<&'static str>,
}

impl Network {
    fn of(carrier: &Carrier) -> Self {
        #[cfg(feature = "http")]
        if let Some(carried) = &carrier.http {
            return Self::http(carried.parts.version);
        }
        let _ = carrier;
        Self { transport: "pipe", protocol: None, version: None }
    }

    #[cfg(feature = "http")]
    fn http(version: http::Version) -> Self {
        let (transport, version) = match version {
            http::Version::HTTP_3 => ("quic", Some("3")),
            http::Version::HTTP_2 => ("tcp", Some("2")),
            http::Version::HTTP_11 => ("tcp", Some("1.1")),
            http::Version::HTTP_10 => ("tcp", Some("1.0")),
            _ => ("tcp", None),
        };
        Self { transport, protocol: Some("http"), version }
    }
}
