//! What the server offers. What a function owns comes from the client; what it borrows comes from the server.

use mcp_runtime::{Json, ToolError, resource, tool};

use crate::greetings::Greetings;

/// Greets somebody.
#[tool(read_only, idempotent, open_world = false)]
fn greet(
    /// Who it is.
    #[arg(length = 1..=100)]
    name: String,
    /// In which language, as `greetings://languages` has it.
    #[arg(default = "en".to_owned())]
    language: String,
    greetings: &Greetings,
) -> Result<String, ToolError> {
    let greeting = greetings.of(&language).ok_or_else(|| {
        // A model reads this, and tries again.
        let known: Vec<_> = greetings.languages().collect();
        ToolError::new(format!("unknown language `{language}`; it can be one of {}", known.join(", ")))
    })?;
    Ok(format!("{greeting}, {name}!"))
}

/// The languages in which `greet` greets.
#[resource("greetings://languages")]
fn languages(greetings: &Greetings) -> Json<Vec<&'static str>> {
    Json(greetings.languages().collect())
}
