//! Calls that become tasks.

use std::time::Duration;

use mcp_runtime::{Elicit, Task, ToolError, Unanswered, form, model, tool};
use tokio::time::sleep;

/// Greets somebody, at once.
#[tool(read_only)]
async fn greet(name: String) -> String {
    format!("Hello, {name}!")
}

/// Computes for a while. What takes no time is answered at once.
#[tool(read_only, task = "optional", timeout = "5 min")]
async fn slow_compute(#[arg(range = 0..=120)] seconds: f64, label: Option<String>, task: &Task) -> String {
    if seconds > 0.0 {
        task.begin().await;
    }
    sleep(Duration::from_secs_f64(seconds)).await;
    format!("{} took {seconds} s.", label.as_deref().unwrap_or("It"))
}

/// Fails after a second.
#[tool(read_only, task)]
async fn failing_job() -> Result<(), ToolError> {
    sleep(Duration::from_secs(1)).await;
    Err(ToolError::new("The job failed, as it always does."))
}

/// How much of something is done.
#[model]
struct Share {
    #[schemars(range(max = 100))]
    percent: u8,
}

/// Breaks its own schema, which is the server's fault and no result.
#[tool(read_only, task)]
async fn protocol_error_job() -> Share {
    Share { percent: 101 }
}

/// Whether somebody means it.
#[form]
struct Confirmation {
    confirm: bool,
}

/// Asks before it would delete a file.
#[tool(read_only, task)]
async fn confirm_delete(filename: String, person: &Elicit) -> Result<String, Unanswered> {
    let answer = person.ask::<Confirmation>(format!("Delete {filename}?")).await?;
    let is_sure = answer.accepted().is_some_and(|answer| answer.confirm);
    Ok(format!("{filename} {}.", if is_sure { "would be deleted" } else { "stays" }))
}

/// Asks for a name.
#[form]
struct Name {
    name: String,
}

/// Asks two questions at once.
#[tool(read_only, task)]
async fn multi_input(person: &Elicit) -> Result<String, Unanswered> {
    let (host, guest) = tokio::join!(person.ask::<Name>("Who invites?"), person.ask::<Name>("Who is invited?"));
    let name = |answer: Option<Name>| answer.map_or("somebody".into(), |Name { name }| name);
    Ok(format!("{} invites {}.", name(host?.accepted()), name(guest?.accepted())))
}

/// Asks for a name, and only then becomes a task.
#[tool(read_only, task)]
async fn test_tool_with_task(person: &Elicit, task: &Task) -> Result<String, Unanswered> {
    let name = person.ask_as::<Name>("user_name", "What is your name?").await?.accepted();
    task.begin().await;
    Ok(name.map_or("Hello!".into(), |Name { name }| format!("Hello, {name}!")))
}
