//! A program for which `mcp_runtime` is no name: it is `company::mcp` here.

use company::mcp::{Elicit, Result, Unanswered, form, model, prompt, resource, server, tool};

/// A sum.
#[model(crate = company::mcp)]
struct Sum {
    sum: i64,
}

/// Adds.
#[tool(crate = company::mcp)]
fn add(a: i64, #[schemars(range(min = 0))] b: i64) -> Sum {
    Sum { sum: a.saturating_add(b) }
}

/// Tells the name.
#[resource("reexport://name", crate = ::company::mcp)]
fn name() -> &'static str {
    "reexport"
}

/// Greets.
#[prompt(crate = company::mcp)]
async fn greet() -> String {
    std::future::ready("Hello!".to_owned()).await
}

/// Whether it may be.
#[form(crate = company::mcp)]
struct Permission {
    granted: bool,
}

/// Asks.
#[tool(crate = company::mcp)]
async fn may(person: &Elicit) -> std::result::Result<bool, Unanswered> {
    Ok(person.ask::<Permission>("May I?").await?.accepted().is_some_and(|permission| permission.granted))
}

fn main() -> Result<()> {
    server!().run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_reexported_works() {
        let items = company::mcp::items![add, name, greet, may];
        assert_eq!(items.map(|item| item.name()), ["add", "name", "greet", "may"]);
        assert_eq!(add(1, 2).sum, 3);
        assert_eq!(name(), "reexport");
        server!().check().expect("a server without faults");
    }
}
