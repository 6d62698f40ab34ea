use mcp_runtime::{Elicit, Unanswered, form, tool};

#[form]
enum Size {
    Small,
    Large,
}

#[tool]
async fn ask(person: &Elicit) -> Result<bool, Unanswered> {
    Ok(person.ask::<Size>("What?").await?.accepted().is_some())
}

fn main() {}
