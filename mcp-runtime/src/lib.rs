//! Model Context Protocol servers from ordinary Rust functions.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod jsonrpc;
mod protocol;
mod json;
mod log;

mod content;
mod error;
mod uri;
mod schema;

mod context;
mod completion;
mod param;
mod arguments;
mod reply;
mod item;
mod tool;
mod resource;
mod prompt;

mod published;
mod capability;
mod registry;
mod shape;
mod list;

mod session;
mod work;
mod dispatch;
mod connection;

mod server;
mod transport;
#[cfg(feature = "stdio")]
mod cli;
#[cfg(feature = "client")]
mod client;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use mcp_macros::{model, prompt, resource, tool};
pub use schemars;
pub use serde;
pub use serde_json;

#[cfg(feature = "client")]
pub use client::{Called, Client};
pub use completion::Filled;
pub use content::{
    Annotations, Audio, Content, EmbeddedResource, Icon, Image, ResourceContents, ResourceLink, Role, Text, Theme,
};
pub use context::{Context, State};
pub use error::{Error, Result, ToolError};
pub use item::Item;
pub use protocol::{Implementation, Revision};
pub use reply::{CallToolResult, GetPromptResult, PromptMessage};
pub use resource::Json;
pub use server::Server;
pub use shape::CacheScope;

/// A [`Server`] with the name and version of the package that is being compiled, and with everything that the package's
/// own library registers.
#[macro_export]
macro_rules! server {
    () => {
        $crate::__private::server!($crate)
    };
}

/// The items of these functions, for [`Server::items`]: `items![add, math::multiply]`.
#[macro_export]
macro_rules! items {
    ($($paths:tt)*) => {
        $crate::__private::items!($crate; $($paths)*)
    };
}

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
