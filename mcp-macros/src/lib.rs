//! The macros of `mcp-runtime`. Use that crate: it re-exports them, with their documentation.
//!
//! Three stages for each: read (every mistake of the user is reported, at the token that has to change), model, expand
//! (nothing can fail). A module uses only those that stand to its left:
//! `diag spelling | attr docs function lints template types | signature | about bounds field | argument | parameters | item |
//! prompt resource tool | items | constraints | parts | model | form | server`.

#![warn(clippy::arithmetic_side_effects)]

mod diag;
mod spelling;

mod attr;
mod docs;
mod function;
mod lints;
mod template;
mod types;

mod signature;

mod about;
mod bounds;
mod field;

mod argument;

mod parameters;

mod item;

mod prompt;
mod resource;
mod tool;

mod items;

mod constraints;

mod parts;

mod model;

mod form;
mod server;

use proc_macro::TokenStream;

/// Makes a function a tool. See `mcp_runtime::tool`.
#[proc_macro_attribute]
pub fn tool(attribute: TokenStream, item: TokenStream) -> TokenStream {
    item::expand::<tool::Tool>(attribute.into(), &item.into()).into()
}

/// Makes a function a resource, or a template of resources. See `mcp_runtime::resource`.
#[proc_macro_attribute]
pub fn resource(attribute: TokenStream, item: TokenStream) -> TokenStream {
    item::expand::<resource::Resource>(attribute.into(), &item.into()).into()
}

/// Makes a function a prompt. See `mcp_runtime::prompt`.
#[proc_macro_attribute]
pub fn prompt(attribute: TokenStream, item: TokenStream) -> TokenStream {
    item::expand::<prompt::Prompt>(attribute.into(), &item.into()).into()
}

/// Derives all that an argument or a result needs. See `mcp_runtime::model`.
#[proc_macro_attribute]
pub fn model(attribute: TokenStream, item: TokenStream) -> TokenStream {
    model::expand(attribute.into(), &item.into()).into()
}

/// Makes a struct a form that a person can be asked to fill in. See `mcp_runtime::form`.
#[proc_macro_attribute]
pub fn form(attribute: TokenStream, item: TokenStream) -> TokenStream {
    form::expand(attribute.into(), &item.into()).into()
}

/// A server with the name and version of the package. See `mcp_runtime::server!`.
#[proc_macro]
pub fn server(runtime: TokenStream) -> TokenStream {
    server::expand(&runtime.into()).into()
}

/// The records of functions. See `mcp_runtime::items!`.
#[proc_macro]
pub fn items(paths: TokenStream) -> TokenStream {
    items::expand(paths.into()).into()
}
