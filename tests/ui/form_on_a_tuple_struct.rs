use mcp_runtime::{Elicit, Unanswered, form, tool};

#[form]
struct Name(String);

#[tool]
async fn ask(person: &Elicit) -> Result<bool, Unanswered> {
    Ok(person.ask::<Name>("What?").await?.accepted().is_some())
}

fn main() {}
