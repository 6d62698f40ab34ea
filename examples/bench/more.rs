//! A template, a prompt, a call that tells its progress, one that asks, one that is a task, and one whose arguments are bounded on
//! three levels.

use std::time::Duration;

use mcp_runtime::{Elicit, Item, Json, Progress, Unanswered, form, items, model, prompt, resource, tool};

/// A row of a table.
#[model]
struct Row {
    table: String,
    id: u64,
    name: String,
}

/// A row, by its number.
#[resource("rows://{table}/{id}")]
async fn row(table: String, id: u64) -> Json<Row> {
    let name = format!("{table} {id}");
    Json(Row { table, id, name })
}

/// Asks for a review.
#[prompt]
async fn review(
    /// The language that the code is written in.
    language: String,
    /// The code.
    code: String,
) -> String {
    format!("Review this {language} code:\n\n{code}")
}

/// Takes a hundred steps, and tells each.
#[tool]
async fn steps(progress: &Progress) -> &'static str {
    for step in 1..=100 {
        progress.report(step, 100, "going on");
    }
    "done"
}

/// Whether to go on.
#[form]
struct Decision {
    /// Really?
    sure: bool,
}

/// Asks before it goes on.
#[tool]
async fn ask(person: &Elicit) -> Result<&'static str, Unanswered> {
    let decision = person.ask::<Decision>("Deploy to production?").await?.accepted();
    Ok(if decision.is_some_and(|decision| decision.sure) { "deployed" } else { "left as it is" })
}

/// Takes its time, as a task.
#[tool(task)]
async fn later(ms: u64) -> &'static str {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    "done"
}

/// How a transfer is paid.
#[model]
struct Payment {
    #[schemars(range(min = 0.01, max = 10_000.0))]
    amount: f64,
    currency: Currency,
    #[schemars(length(min = 1, max = 4), inner(length(min = 1, max = 20)))]
    tags: Vec<String>,
    #[schemars(regex(pattern = "^[A-Z]{2}[0-9]{6}$"))]
    reference: String,
    holder: Holder,
}

#[model]
enum Currency {
    Eur,
    Nok,
    Usd,
}

/// Who pays.
#[model]
struct Holder {
    #[schemars(length(min = 1, max = 80))]
    name: String,
    #[schemars(email)]
    email: String,
    #[schemars(regex(pattern = "^[A-Z]{2}$"))]
    country: String,
    #[schemars(range(min = 18, max = 120))]
    age: u8,
}

/// Books seats. Twelve values on three levels, eleven of them bounded.
#[tool]
async fn book(
    #[arg(pattern = "^[A-Z]{3}$")] from: String,
    #[arg(pattern = "^[A-Z]{3}$")] to: String,
    #[arg(range = 1..=9)] seats: u32,
    #[arg(format = "date")] day: String,
    payment: Payment,
) -> String {
    let Payment { amount, holder, .. } = payment;
    format!("{seats} from {from} to {to} on {day} for {}, {amount}", holder.name)
}

/// All of them.
pub(crate) fn all() -> Vec<Item> {
    items![row, review, steps, ask, later, book].into()
}
