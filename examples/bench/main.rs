//! The server that is measured (`docs/performance.md`), written as a user would write it: `cargo run --release --example bench`,
//! or `-- --http 127.0.0.1:8000`. `BENCH_TOOLS` in the environment says how many tools are listed, 4 unless it is set; `more`
//! serves what a server has besides tools that are called, and `nested` 200 tools with types in types.

mod dummies;
mod more;
mod nested;
mod tools;

use mcp_runtime::Item;

fn main() -> mcp_runtime::Result<()> {
    mcp_runtime::server!().items(served()).run()
}

fn served() -> Vec<Item> {
    match std::env::var("BENCH_TOOLS").as_deref() {
        Ok("more") => more::all(),
        Ok("nested") => nested::all(),
        Ok(count) => listed(count.parse().unwrap_or(4)),
        Err(_) => listed(4),
    }
}

fn listed(count: usize) -> Vec<Item> {
    tools::all().into_iter().chain(dummies::all()).take(count).collect()
}
