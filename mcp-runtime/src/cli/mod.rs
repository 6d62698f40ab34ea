//! The command line that every server has: it serves, and it shows and tries what is offered.

mod ask;
mod bar;
mod call;
mod complete;
mod diverted;
mod given;
mod hint;
mod inspect;
mod install;
mod interrupt;
mod lint;
mod list;
mod logging;
mod look;
mod prompt;
mod read;
mod serve;
mod session;
mod shell;
mod show;
mod tree;
mod words;
