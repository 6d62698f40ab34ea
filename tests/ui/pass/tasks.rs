//! Calls that become tasks.
#![deny(warnings)]

use mcp_runtime::{Progress, Task, items, tool};

#[tool(task)]
async fn always() {}

#[tool(task = "optional", timeout = "10 min", read_only)]
async fn perhaps(number: u8, task: &Task) -> u8 {
    if number > 3 {
        task.begin().await;
    }
    number
}

#[tool(task)]
fn blocking(progress: &Progress) {
    progress.report(1, 2, "half of it");
}

/// A type of the application with the same name.
mod queue {
    pub struct Task;
}

#[tool]
async fn other(task: &queue::Task) {
    let queue::Task = task;
}

fn main() {
    let names = items![always, perhaps, blocking, other].map(|item| item.name());
    assert_eq!(names, ["always", "perhaps", "blocking", "other"]);
}
