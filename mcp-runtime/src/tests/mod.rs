//! Properties that hold for every input, each against an independent and simpler description of what is right.

mod connection;
mod jsonrpc;
mod lines;
