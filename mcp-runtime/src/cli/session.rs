//! A client in this process, for the commands that try what is offered.

use tokio::runtime::Builder;

use crate::client::Client;
use crate::error::Result;
use crate::server::Server;
use crate::transport::process::not_within_a_runtime;

/// Starts the server with its hooks, does this as its client, and shuts it down.
///
/// # Errors
/// When the server does not start, or what is done fails.
pub(super) fn with_client<T>(server: Server, ask: impl AsyncFnOnce(&Client) -> Result<T>) -> Result<T> {
    not_within_a_runtime("serve_stdio()")?;
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let done = runtime.block_on(async {
        let client = server.client().await?;
        let asked = ask(&client).await;
        let closed = client.close().await;
        asked.and_then(|done| closed.map(|()| done))
    });
    // A thread that blocks for ever must not keep the process alive.
    runtime.shutdown_background();
    done
}
