//! Model Context Protocol servers from ordinary Rust functions.
//!
//! ```standalone_crate
//! use mcp_runtime::tool;
//!
//! /// Adds two numbers.
//! #[tool]
//! fn add(a: i64, b: i64) -> i64 {
//!     a + b
//! }
//!
//! fn main() -> mcp_runtime::Result<()> {
//!     mcp_runtime::server!().run()
//! }
//! ```
//!
//! That is a whole server: any host can start the binary. It speaks every revision of the protocol from 2024-11-05 to
//! 2026-07-28 on standard input and output, or over HTTP when it is started with `--http`, and declares what is registered
//! and nothing else.
//!
//! # One rule for parameters
//!
//! **What a function owns comes from the client; what it borrows comes from the server.** An owned parameter is an argument and
//! appears in the schema. A `&T` is lent: the [`Context`] of the call, or state given by [`Server::state`]. If something is
//! missing, the server does not start, and says what and where.
//!
//! | Borrowed | What it lends |
//! | --- | --- |
//! | `&`[`Context`] | who asks, in which revision, over which HTTP request, and whether anybody still waits |
//! | `&`[`Progress`] | how far the call has come, for clients that want to know |
//! | `&`[`Log`] | log messages for the client; the server then declares `logging` |
//! | `&`[`Changes`] | items that go off and on, and resources that are updated, at run time; the server then declares `listChanged` |
//! | `&`[`Elicit`], `&`[`ElicitUrl`] | a question to the person: a form made from a [type](macro@form), or a page to visit |
//! | `&`[`Sample`], `&`[`Roots`] | a question to the client's model, and for its workspace |
//! | `&`[`Once`] | effects that are not repeated when the function runs again with the answers to its questions |
//! | `&`[`Task`] | when the call becomes a task, in a `#[tool(task)]` |
//! | any other `&T` | the state of that type |
//!
//! A function that borrows a question is called only for clients that can be asked; `Option<&Elicit>` is for those that can
//! do without.
//!
//! # Tools, resources, prompts
//!
//! | | A model or person … | Attribute |
//! | --- | --- | --- |
//! | tool | calls it | [`#[tool]`](macro@tool) |
//! | resource | reads it, by URI | [`#[resource]`](macro@resource) |
//! | prompt | starts from it | [`#[prompt]`](macro@prompt) |
//!
//! [`#[model]`](macro@model) on your own types makes them arguments and results, [`#[form]`](macro@form) forms that a person is asked to
//! fill in.
//!
//! # What changes
//!
//! What is offered may change while the server runs. [`Changes`] switches items off and on, and tells clients that a resource
//! was updated: borrow it in a function, or take [`Server::changes`] for a task or thread of your own. Clients of every
//! revision hear of it in the way that is theirs; what changes often is told about ten times a second. Nothing is declared
//! where nothing can change.
//!
//! ```
//! # use mcp_runtime::{Changes, Server, UnknownItem, items, resource, tool};
//! # use mcp_runtime::serde_json::json;
//! /// What the thermometer says.
//! #[resource("room://temperature", watch)]
//! fn temperature() -> String {
//!     "21 °C".into()
//! }
//!
//! /// Heats the room, once.
//! #[tool]
//! fn heat(changes: &Changes) -> Result<&'static str, UnknownItem> {
//!     changes.updated("room://temperature")?;
//!     changes.tools().disable("heat")?;
//!     Ok("it is getting warm")
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> mcp_runtime::Result<()> {
//! let server = Server::new("test", "0.0.0").items(items![temperature, heat]);
//! let changes = server.changes();
//! let client = server.client().await?;
//! client.call("heat", json!({})).await?;
//! assert!(client.list("tools").await?.is_empty());
//! changes.tools().enable("heat").expect("there is such a tool");
//! assert_eq!(client.list("tools").await?[0]["name"], "heat");
//! # client.close().await
//! # }
//! ```
//!
//! # What goes wrong
//!
//! A function returns `Result<T, E>` for any `E` that displays itself. [`ToolError`] is for what a model is meant to repair.
//! Wrong arguments never reach the function: the client is told everything that is wrong with them. A panic, an endless call or
//! a line of garbage ends nothing but itself.
//!
//! # Limits
//!
//! All that a client can make a server hold, and for how long, has a bound with a default and a setting: of [`Server`], of [`Http`],
//! of [`Tasks`], or of the store that keeps it. What is past it is refused with an error that says so, and the reader goes on.
//! `SECURITY.md` of the repository lists them all, and what is left to you; `docs/promises.md` tells what holds under load and
//! faults, and which test sees to it.
//!
//! # Around calls
//!
//! [`Server::around`] wraps every call of a tool, resource, prompt or completion, over every transport: to log, meter, authorize, or
//! call by another name. The server's own reports and [traces](#traces) need no hook.
//!
//! # Tests
//!
//! The functions themselves can be called as they are; [`Context::for_test`] is there for those that borrow one.
//! [`Server::client`] gives a [`Client`] in memory that speaks the real wire format; it wants `tokio` among the
//! `dev-dependencies`, and `#[tokio::test]`. [`Client::builder`] gives one of another revision, or one that fills in forms, answers in
//! the place of a model, and hears how far a call is. What it answers is the same in every revision:
//!
//! ```
//! # use mcp_runtime::{Client, Elicit, Revision, Server, Unanswered, form, items, tool};
//! # use mcp_runtime::serde_json::json;
//! /// Who is coming.
//! #[form]
//! struct Guest {
//!     name: String,
//! }
//!
//! /// Books a table.
//! #[tool]
//! async fn book(seats: u8, person: &Elicit) -> Result<String, Unanswered> {
//!     let guest = person.ask::<Guest>("In which name?").await?.accepted();
//!     Ok(guest.map_or("no table".into(), |Guest { name }| format!("{seats} seats for {name}")))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> mcp_runtime::Result<()> {
//! for revision in [Revision::V2025_11_25, Revision::V2026_07_28] {
//!     let server = Server::new("inn", "1.0.0").items(items![book]);
//!     let client = Client::builder().revision(revision).answers([json!({ "name": "Ann" })]).connect(server).await?;
//!     client.call("book", json!({ "seats": 2 })).await?.assert_text("2 seats for Ann");
//!     client.call("book", json!({ "seats": 300 })).await?.assert_error("`seats`");
//!     client.close().await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Called`], [`Contents`] and [`Messages`] are what it brings back: text, content blocks, or a type of your own. Their assertions
//! tell what differs and where, at the line of the test:
//!
//! ```text
//! thread 'the_forecast' panicked at tests/weather.rs:12:6:
//! the structured content is another
//! days[1].high
//!   expected: 4
//!      found: 7
//! ```
//!
//! [`Server::surface`] is all that a server publishes. Kept in a file and compared with it in a test, it tells which changes break
//! clients, why, and what the version has to become; [`Server::lint`] finds what hosts are known to stumble over:
//!
//! ```no_run
//! # fn server() -> mcp_runtime::Server { mcp_runtime::server!() }
//! # /*
//! #[test]
//! # */
//! fn clients_find_what_they_know() -> mcp_runtime::Result<()> {
//!     server().surface()?.assert_recorded("tests/surface.json");
//!     assert_eq!(server().lint()?, []);
//!     Ok(())
//! }
//! # fn main() {}
//! ```
//!
//! # Where the items are
//!
//! Every item that is linked into the program is offered: by module, and in a module in the order of the source. [`server!`] links the library of its own
//! package; items of another crate need a line that names it, `use my_tools as _;`. [`Server::only_module`], [`Server::only_tag`] and
//! [`Server::items`] narrow what is offered.
//!
//! # The command line
//!
//! [`Server::run`] gives every server one:
//!
//! ```console
//! $ weather                                     # serves standard input and output
//! $ weather --http 8000 --allow-host example.com
//! $ weather list                                # what is offered, with types, defaults and hints; --json
//! $ weather call get_weather city=Oslo days:=3  # or --args '{"city": "Oslo"}'
//! $ weather read weather://icon > icon.png
//! $ weather prompt weather_briefing city=Oslo
//! $ weather complete weather_briefing city=O
//! $ weather inspect                             # one JSON document
//! $ weather lint                                # what hosts and models stumble over
//! $ weather install claude-code --write         # claude-desktop, cursor, vscode, json
//! $ weather completions bash
//! $ weather man
//! ```
//!
//! `call`, `read`, `prompt` and `complete` run the hooks of the server and use its state, as a client would. The schema says of which type a
//! value is: `zip=0123` stays text where text is wanted, and `days=3` is a number where one is; `name:=…` is JSON, and a name that is said
//! again adds to a list. What a function asks its client is asked at the terminal, if there is one. Standard output has the answer and
//! nothing else; the exit code is 0 if the server did what was asked, 1 if it did not, and 2 if the command line is wrong. Ctrl-C cancels
//! what runs, and the shutdown hooks run; a second one ends the process at once.
//!
//! At start a server says in one line on standard error what it serves, unless it is [quiet](Server::quiet). `RUST_LOG` sends what is
//! [traced](#traces) there, too. A program with a command line of its own has that of the server beside it: [`Server::command`].
//!
//! # Over HTTP
//!
//! [`Server::run_http`] serves many clients at once; [`Server::serve_http`] does it on a runtime of your own, and
//! [`Server::into_service`] mounts in axum. [`Http`] says who may ask, how much, and for how long, and tells the rest.
//!
//! # Traces
//!
//! Each request has a span of the `tracing` crate, `mcp.server` at level INFO of the target `mcp_runtime::trace`, described as the
//! [OpenTelemetry conventions for MCP](https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/) want it: `otel.name` is
//! `tools/call add`, `error.type` says what went wrong. What a function reports is in the span, also from a thread of its own.
//! The `traceparent`, `tracestate` and `baggage` of the request, from its `_meta` or else from the HTTP headers, are fields of
//! the span, unless they are malformed; functions find what is in `_meta` by [`Context::meta`]. It costs next to nothing as long as nobody listens.
//!
//! With the feature `opentelemetry` the span is exported as a child of the caller's, and functions read the baggage in
//! `opentelemetry::Context::current()`. The program chooses the exporter and the propagator:
//!
//! ```
//! # #[cfg(feature = "opentelemetry")] {
//! use opentelemetry::{global, trace::TracerProvider as _};
//! use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracerProvider};
//! use tracing_subscriber::prelude::*;
//!
//! global::set_text_map_propagator(TraceContextPropagator::new());
//! let provider = SdkTracerProvider::builder().build();
//! let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("my-server"));
//! tracing_subscriber::registry().with(layer).init();
//! # assert!(tracing::enabled!(tracing::Level::INFO));
//! # }
//! ```
//!
//! # Features
//!
//! | Feature | Default | What it adds |
//! | --- | --- | --- |
//! | `stdio` | yes | [`Server::run`], [`Server::run_stdio`] and [`Server::serve_stdio`]. Without it, [`Server::serve`] takes any pair of byte streams. |
//! | `http` | yes | [`Server::run_http`], [`Server::serve_http`], [`Server::serve_listener`] and [`Server::into_service`]. |
//! | `cli` | yes | [The command line](#the-command-line). Without it, [`Server::run`] serves standard input and output, and takes no arguments. |
//! | `client` | yes | [`Client`] and [`Server::client`], [`Server::surface`] and [`Server::lint`], for tests. |
//! | `tracing` | yes | Reports go to `tracing` if somebody listens there, and each request has a span. |
//! | `opentelemetry` | no | The caller's trace goes on: `opentelemetry` 0.33 with `tracing-opentelemetry` 0.34. |
//! | `jsonschema` | no | Schemas written by hand, with every keyword: `#[tool(input_schema = …)]`. |
//! | `regex` | no | `pattern`s with Unicode classes such as `\p{L}`, and faster ones. |
//!
//! # Versions
//!
//! Types of other crates stand in the interface of this one, so that another major version of theirs is another one of ours:
//! `schemars` 1, `serde` 1 and `serde_json` 1, which are re-exported here; `tokio` 1, for what is served; and with the feature
//! `http`, `http` 1, `http-body` 1, `bytes` 1 and `tower-service` 0.3. Reports and spans reach a program that has the same
//! `tracing`, 0.1. All other dependencies are of no concern.
//!
//! What may grow is `#[non_exhaustive]`. An enum that is not is complete: a question has been accepted, declined or
//! cancelled, [`Elicited`], and a program should say what it does then. What these pages do not show may change with any release.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::arithmetic_side_effects)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "a test may fail in any way"
    )
)]

#[cfg(test)]
mod interleave;
mod atomic;
mod lock;
mod log;
mod limit;
mod gather;
mod id;
mod json;
mod params;
mod jsonrpc;
mod protocol;
mod span;
mod cache;
mod timestamp;

mod content;
mod error;
mod place;
mod schema;
mod uri;

mod carried;
mod voice;
mod clock;
mod store;
mod tasks;
mod task;
mod progress;
mod client_log;
mod seal;
mod once_store;
mod effects;
mod asking;
mod form;
mod elicit;
mod sample;
mod roots;
mod once;
mod needs;
mod context;
mod reply;
mod completion;
mod param;
mod arguments;
mod lint;
mod item;
mod tool;
mod prompt;
mod resource;

mod changes;
mod published;
mod capability;
mod registry;
mod shape;
mod list;

mod session;
mod work;
mod request;
mod around;
#[cfg(feature = "tracing")]
mod trace;
mod served;
mod dispatch;
mod hooked;
mod answer;
mod detach;
mod listen;
mod connection;

mod stop;
#[cfg(feature = "http")]
mod events;
#[cfg(feature = "http")]
mod http_settings;
mod server;
#[cfg(feature = "client")]
mod findings;
#[cfg(feature = "client")]
mod surface;
mod transport;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "cli")]
mod cli;
#[cfg(all(not(feature = "cli"), any(feature = "stdio", feature = "http")))]
mod bare;

#[cfg(test)]
mod tests;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[doc = include_str!("../docs/form.md")]
pub use mcp_macros::form;
#[doc = include_str!("../docs/model.md")]
pub use mcp_macros::model;
#[doc = include_str!("../docs/prompt.md")]
pub use mcp_macros::prompt;
#[doc = include_str!("../docs/resource.md")]
pub use mcp_macros::resource;
#[doc = include_str!("../docs/tool.md")]
pub use mcp_macros::tool;

#[cfg(feature = "cli")]
pub use clap;
pub use schemars;
pub use serde;
pub use serde_json;

pub use around::{Answer, Call, Next};
pub use asking::Unanswered;
pub use cache::CacheScope;
#[cfg(feature = "http")]
pub use carried::Principal;
pub use changes::{Changes, Listing, UnknownItem};
#[cfg(feature = "client")]
pub use client::{
    Called, Client, ClientBuilder, Contents, ElicitRequest, Logged, Messages, Notification, Reported, VisitRequest,
};
pub use client_log::{Level, Log};
pub use completion::Filled;
pub use content::{
    Annotations, Audio, Content, EmbeddedResource, Icon, Image, ResourceContents, ResourceLink, Role, Text, Theme,
};
pub use context::{Context, State};
pub use elicit::{Elicit, ElicitUrl, Elicited};
pub use error::{Error, Result, ToolError};
#[cfg(feature = "http")]
pub use events::{EventId, EventStore, MemoryEvents};
#[cfg(feature = "client")]
pub use findings::Finding;
pub use form::Form;
#[cfg(feature = "http")]
pub use http_settings::Http;
pub use item::Item;
pub use lint::Lint;
pub use list::List;
pub use once::{Once, Remembered};
pub use once_store::{MemoryOnce, OnceClaim, OnceStore};
pub use progress::{Progress, ProgressAmount, ProgressMessage, ProgressTotal};
pub use protocol::{Implementation, Revision, UnknownName};
pub use reply::{CallToolResult, GetPromptResult, PromptMessage};
pub use resource::Json;
pub use roots::{Root, Roots};
pub use sample::{Sample, SampleRequest, Sampled};
pub use server::{HookResult, Server};
pub use store::StoreError;
#[cfg(feature = "client")]
pub use surface::{Impact, Surface, SurfaceChange, SurfaceReport};
pub use task::Task;
pub use tasks::{MemoryTasks, TaskRecord, TaskStore, Tasks};
#[cfg(feature = "http")]
pub use transport::http::{Body, HttpService, Listener};
pub use work::CallKind;

/// A [`Server`] with the name of the program that is being compiled and the version of its package, and with everything that the package's
/// own library registers.
#[macro_export]
macro_rules! server {
    () => {
        $crate::__private::server!($crate)
    };
    ($($given:tt)+) => {
        compile_error!("`server!()` takes nothing, the program and its package say it all: `Server::new(\"name\", \"1.0.0\")` has names of your own")
    };
}

/// The items of these functions, for [`Server::items`]: `items![add, math::multiply]`. A function is named by the path of the
/// module in which it stands, also where a `use` has brought it into scope.
#[macro_export]
macro_rules! items {
    ($($paths:tt)*) => {
        $crate::__private::items!($crate; $($paths)*)
    };
}

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
