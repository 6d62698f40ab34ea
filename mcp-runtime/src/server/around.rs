//! Wraps calls.

use super::Server;
use crate::around::{Answer, Call, Next};
use crate::error::ToolError;

/// What wraps its calls.
impl Server {
    /// Wraps every call of a tool, resource, prompt or completion, over every transport: to log, meter, authorize, rename.
    ///
    /// The hook runs once per call, before its function is looked for; `next` runs what is inside, in the end the function. An
    /// `Err` refuses the call as a function does: a [`ToolError`] is told, other errors are masked where the server masks. Said
    /// again, it adds a hook inside of those before.
    ///
    /// ```
    /// use std::time::Instant;
    /// use mcp_runtime::Server;
    ///
    /// let server = Server::new("demo", "1.0.0").around(|call, next| async move {
    ///     let (what, began) = (format!("{} `{}`", call.kind(), call.name()), Instant::now());
    ///     let answer = next.run(call).await;
    ///     eprintln!("{what} took {:?}{}", began.elapsed(), if answer.is_error() { " and failed" } else { "" });
    ///     Ok(answer)
    /// });
    /// ```
    ///
    /// What it has to keep comes as state ([`Call::state`]), or is cloned for each call. Who asks is in [`Call::context`]:
    ///
    /// ```
    /// use mcp_runtime::serde_json::json;
    /// use mcp_runtime::{Server, ToolError, items, tool};
    ///
    /// /// The tools for which nobody has to log in.
    /// struct Public(Vec<&'static str>);
    ///
    /// # /// Deletes everything.
    /// # #[tool]
    /// # fn delete() -> &'static str { "deleted" }
    /// # /// Tells the time.
    /// # #[tool]
    /// # fn time() -> &'static str { "noon" }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// let server = Server::new("demo", "1.0.0").items(items![delete, time]).state(Public(vec!["time"]));
    /// let server = server.around(|call, next| async move {
    ///     let is_public = call.state::<Public>().is_some_and(|Public(tools)| tools.contains(&call.name()));
    ///     # #[cfg(feature = "http")]
    ///     if !is_public && call.context().principal().is_none() {
    ///         return Err(ToolError::new("log in first"));
    ///     }
    ///     Ok(next.run(call).await)
    /// });
    /// let client = server.client().await?;
    /// assert_eq!(client.call("time", json!({})).await?.text(), "noon");
    /// # #[cfg(feature = "http")]
    /// assert_eq!(client.call("delete", json!({})).await?.text(), "log in first");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Until the function is found, the call has the time of [`timeout`](Self::timeout); from there on it has the function's. The
    /// hook is dropped with its function when that is over, or when the client cancels. It stays around a call that becomes a
    /// task. A function that asks a client of 2026-07-28 runs again with the answers, and the hook with it: it should change a
    /// call in the same way then.
    pub fn around<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(Call, Next) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Answer, ToolError>> + Send + 'static,
    {
        self.hooks.add(hook);
        self
    }
}
