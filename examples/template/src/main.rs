//! A server for models: `tools` has what they can call and read, `greetings` what is behind it.

mod greetings;
#[cfg(test)]
mod tests;
mod tools;

use greetings::Greetings;
use mcp_runtime::Server;

fn main() -> mcp_runtime::Result<()> {
    server().run()
}

fn server() -> Server {
    mcp_runtime::server!()
        // What a model should know before it calls anything.
        .instructions("Greets people in their language.")
        // What functions borrow.
        .state(Greetings::default())
}
