//! Properties that hold for every input, each against an independent and simpler description of what is right.

mod changes;
mod connection;
mod interleave;
mod jsonrpc;
mod lines;
