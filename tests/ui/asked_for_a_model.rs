use mcp_runtime::{Elicit, Unanswered, model, tool};

#[model]
struct Name {
    name: String,
}

#[tool]
async fn ask(person: &Elicit) -> Result<bool, Unanswered> {
    Ok(person.ask::<Name>("What?").await?.accepted().is_some())
}

fn main() {}
