use mcp_runtime::{Elicit, Unanswered, tool};

#[tool]
async fn ask(person: &Elicit) -> Result<bool, Unanswered> {
    Ok(person.ask::<String>("What?").await?.accepted().is_some())
}

fn main() {}
