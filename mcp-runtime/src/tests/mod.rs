//! Properties that hold for every input, each against an independent and simpler description of what is right.

mod arguments;
mod changes;
mod connection;
mod interleave;
mod jsonrpc;
mod lines;
mod pages;
mod streams;

use serde_json::Value;
use tokio::io::AsyncRead;

use crate::server::Server;

/// All that a new server says to this input, line by line.
fn serve(server: Server, input: impl AsyncRead + Unpin) -> Vec<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut output = Vec::new();
    runtime.block_on(server.serve(input, &mut output)).unwrap();
    std::str::from_utf8(&output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
