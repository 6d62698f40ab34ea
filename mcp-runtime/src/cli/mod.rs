//! The command line that every server has: it serves, and it shows and tries what is offered.

#[cfg(not(feature = "cli"))]
mod bare;
#[cfg(feature = "cli")]
mod tree;

#[cfg(feature = "cli")]
mod ask;
#[cfg(feature = "cli")]
mod bar;
#[cfg(feature = "cli")]
mod call;
#[cfg(feature = "cli")]
mod complete;
#[cfg(feature = "cli")]
mod diverted;
#[cfg(feature = "cli")]
mod given;
#[cfg(feature = "cli")]
mod inspect;
#[cfg(feature = "cli")]
mod install;
#[cfg(feature = "cli")]
mod lint;
#[cfg(feature = "cli")]
mod list;
#[cfg(feature = "cli")]
mod logging;
#[cfg(feature = "cli")]
mod look;
#[cfg(feature = "cli")]
mod prompt;
#[cfg(feature = "cli")]
mod read;
#[cfg(feature = "cli")]
mod serve;
#[cfg(feature = "cli")]
mod session;
#[cfg(feature = "cli")]
mod shell;
#[cfg(feature = "cli")]
mod show;
#[cfg(feature = "cli")]
mod words;
