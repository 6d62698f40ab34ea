//! The pages of the guide (`docs/guide`): their Rust blocks are doctests of this crate.
//!
//! A block that runs takes its items by `items![…]`, so that all of them fit into one program; a program with `server!()` is
//! `no_run`, and started by `tests/guide/run`.

/// A page is a type, because documentation has to stand at something.
#[cfg(doctest)]
macro_rules! pages {
    ($($page:ident = $file:literal,)*) => {
        $(#[doc = include_str!(concat!("../../../docs/guide/", $file))] struct $page;)*
    };
}

#[cfg(doctest)]
pages! {
    Introduction = "introduction.md",
    FirstServer = "first-server.md",
    Tools = "tools.md",
    Resources = "resources.md",
    Prompts = "prompts.md",
    Asking = "asking.md",
    State = "state.md",
    Http = "http.md",
    Testing = "testing.md",
    Errors = "errors.md",
    Performance = "performance.md",
    Security = "security.md",
    Attributes = "attributes.md",
    FromFastMcp = "from-fastmcp.md",
    FromRmcp = "from-rmcp.md",
}
