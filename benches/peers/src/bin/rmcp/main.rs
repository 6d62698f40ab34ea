//! The official SDK, set up to be as fast as it can be: one thread, pipes without threads behind them, plain JSON over HTTP, one
//! handler for all.
//!
//!     rmcp stdio [--tools N]
//!     rmcp http --port P [--tools N] [--stateless true]
//!
//! `--tools more` serves what a server has besides tools that are called.

mod more;
mod tools;

use std::sync::Arc;

use axum::serve::ListenerExt as _;
use rmcp::transport::io::stdio_pipes;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ServerHandler, ServiceExt as _};

use more::More;
use tools::Tools;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tools: String = peers::option("--tools").unwrap_or("4".into());
    if tools == "more" {
        runtime.block_on(serve(More::new()))
    } else {
        runtime.block_on(serve(Tools::new(tools.parse()?)))
    }
}

async fn serve<H: ServerHandler + Clone>(handler: H) -> Result<()> {
    if std::env::args().nth(1).as_deref() == Some("http") { http(handler).await } else { stdio(handler).await }
}

async fn stdio<H: ServerHandler>(handler: H) -> Result<()> {
    handler.serve(stdio_pipes()).await?.waiting().await?;
    Ok(())
}

async fn http<H: ServerHandler + Clone>(handler: H) -> Result<()> {
    let stateless: bool = peers::option("--stateless").unwrap_or(false);
    let config = StreamableHttpServerConfig::default().with_legacy_session_mode(!stateless).with_json_response(true);
    let service =
        StreamableHttpService::new(move || Ok(handler.clone()), Arc::new(LocalSessionManager::default()), config);
    let router = axum::Router::new().route_service("/mcp", service);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", peers::option("--port").unwrap_or(9000))).await?;
    let listener = listener.tap_io(|socket| {
        let _ = socket.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(())
}
