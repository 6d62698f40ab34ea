//! The least that a server can do and still answer rightly: no schema, no header, no session is looked at.
//!
//!     floor stdio [--tools N]
//!     floor http --port P [--tools N]

mod answer;
mod http;
mod stdio;

use answer::Floor;

fn main() -> std::io::Result<()> {
    let floor = Floor::new(peers::option("--tools").unwrap_or(4));
    match std::env::args().nth(1).as_deref() {
        Some("http") => http::serve(floor, peers::option("--port").unwrap_or(9000)),
        _ => stdio::serve(&floor),
    }
}
