//! A small issue tracker with an HTTP API, for the server to wrap: `cargo run -p rest --example api`.
//!
//! It forgets everything when it ends. `API_ADDRESS` (127.0.0.1:8080) says where it listens, `API_TOKEN` (`token`) who
//! may ask.

mod tracker;

use std::env;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = env::var("API_ADDRESS").unwrap_or_else(|_| "127.0.0.1:8080".into());
    let token = env::var("API_TOKEN").unwrap_or_else(|_| "token".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    eprintln!("http://{}", listener.local_addr()?);
    axum::serve(listener, tracker::router(&token)).await
}
