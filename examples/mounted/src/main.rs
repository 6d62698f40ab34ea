//! An MCP server within an axum application, behind its authorization: `cargo run -p mounted`.

#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mcp_runtime::{Context, HttpService, Principal, tool};
use tower_http::compression::CompressionLayer;

/// Greets whoever asks.
#[tool]
fn greet(greeting: &Greeting, context: &Context) -> String {
    let name = context.principal().map_or("stranger", Principal::name);
    format!("{}, {name}!", greeting.0)
}

/// State that the MCP server lends to its functions.
struct Greeting(&'static str);

/// Lets in those who bring a key, and tells the MCP server who they are.
async fn authorize(mut request: Request, next: Next) -> Response {
    let key = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let name = match key {
        Some("key-of-alice") => "alice",
        Some("key-of-bob") => "bob",
        Some(_) | None => return StatusCode::UNAUTHORIZED.into_response(),
    };
    request.extensions_mut().insert(Principal::new(name));
    next.run(request).await
}

fn app(mcp: HttpService) -> Router {
    Router::new()
        .nest_service("/mcp", mcp)
        .layer(from_fn(authorize))
        .layer(CompressionLayer::new())
        .route("/", get(async || "the application's own page"))
}

async fn server() -> mcp_runtime::Result<HttpService> {
    mcp_runtime::server!().state(Greeting("Hello")).into_service().await
}

#[tokio::main]
async fn main() -> mcp_runtime::Result<()> {
    let mcp = server().await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    eprintln!("http://{}/mcp", listener.local_addr()?);
    let ending = mcp.clone();
    let ended = async move {
        // Streams stay open until the MCP server ends, and axum waits for them.
        let _ = tokio::signal::ctrl_c().await;
        let _ = ending.shutdown().await;
    };
    axum::serve(listener, app(mcp)).with_graceful_shutdown(ended).await?;
    Ok(())
}
