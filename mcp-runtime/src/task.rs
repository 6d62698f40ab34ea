//! When a call becomes a task.

use std::sync::Arc;

use crate::tasks::Live;

/// Says when a call becomes a task: borrow it as `&Task` in a `#[tool(task)]`. Without it, the call is a task from its beginning.
///
/// What the function does before is part of the call: the client waits for it, and questions are asked as in every call. From
/// [`begin`](Self::begin) on the client looks after the task, and finds questions and the result there.
///
/// ```
/// use mcp_runtime::{Elicit, Task, Unanswered, form, tool};
///
/// /// How large the film is to be.
/// #[form]
/// struct Size {
///     /// In pixels.
///     width: u32,
/// }
///
/// /// Renders a film.
/// #[tool(task)]
/// async fn render(film: String, person: &Elicit, task: &Task) -> Result<String, Unanswered> {
///     let size = person.ask::<Size>("How large?").await?.accepted();
///     task.begin().await;
///     Ok(format!("{film}, {} pixels wide", size.map_or(1920, |size| size.width)))
/// }
/// ```
#[derive(Debug)]
pub struct Task {
    /// None if the call stays one.
    live: Option<Arc<Live>>,
}

impl Task {
    pub(crate) fn new(live: Option<Arc<Live>>) -> Self {
        Self { live }
    }

    /// For a test that calls a function directly: the call stays a call.
    ///
    /// ```
    /// use mcp_runtime::{Task, tool};
    ///
    /// /// Works for long.
    /// #[tool(task)]
    /// async fn work(task: &Task) -> &'static str {
    ///     task.begin().await;
    ///     "done"
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// assert_eq!(work(&Task::for_test()).await, "done");
    /// # }
    /// ```
    pub const fn for_test() -> Self {
        Self { live: None }
    }

    /// From here on the call is a task. In a call that stays one, and in a task, nothing happens.
    ///
    /// If the server cannot take up another task, the call ends here, with an error.
    pub async fn begin(&self) {
        if let Some(live) = &self.live {
            live.begin().await;
        }
    }
}
