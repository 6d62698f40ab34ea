//! What a function returns may be borrowed from what the server lends.
#![deny(warnings)]

use std::borrow::Cow;

use mcp_runtime::{Server, items, prompt, resource, tool};

struct Store {
    text: String,
}

#[tool]
fn text(store: &Store) -> &str {
    &store.text
}

#[tool]
async fn later(store: &Store) -> Result<&str, std::fmt::Error> {
    std::future::ready(Ok(store.text.as_str())).await
}

#[tool]
fn cow(store: &Store, upper: bool) -> Cow<'_, str> {
    if upper { store.text.to_uppercase().into() } else { store.text.as_str().into() }
}

#[resource("text://all")]
fn all(store: &Store) -> &str {
    &store.text
}

#[prompt]
fn ask(store: Option<&Store>) -> &str {
    store.map_or("", |store| store.text.as_str())
}

fn main() -> mcp_runtime::Result<()> {
    let store = Store { text: "t".to_owned() };
    Server::new("test", "1").items(items![text, later, cow, all, ask]).state(store).check()
}
