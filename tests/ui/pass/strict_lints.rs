//! Generated code stands up to lints that a user may have denied.
#![deny(warnings, missing_docs, missing_debug_implementations, missing_copy_implementations, unreachable_pub)]
#![deny(
    unused_qualifications,
    single_use_lifetimes,
    unused_results,
    unused_lifetimes,
    trivial_casts,
    let_underscore_drop
)]
#![deny(
    elided_lifetimes_in_paths,
    non_ascii_idents,
    redundant_lifetimes,
    variant_size_differences,
    unused_extern_crates
)]
#![forbid(unsafe_code)]

use mcp_runtime::{Elicit, Icon, Unanswered, form, items, model, prompt, resource, tool};

const ICON: Icon = Icon::new("https://example.org/icon.png");

/// Weather.
#[model]
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// Rain.
    pub rain: f64,
}

/// A city.
#[derive(Debug, Clone, Copy)]
pub struct Store(u8);

/// Weather of a city.
#[tool(read_only, open_world = false, timeout = "2min", tags("weather"), icons(ICON, "https://example.org/b.png"), meta("a" = 1))]
pub async fn weather(
    /// The city.
    #[arg(length = 1..=20, pattern = "^[A-Z]", example = "Paris")]
    city: String,
    #[arg(range = 1..=7, default = 3)] days: u8,
    #[serde(default, rename = "Unit", alias = "u")] unit: Option<String>,
    store: &Store,
) -> Result<Weather, std::fmt::Error> {
    std::future::ready(()).await;
    Ok(Weather { rain: f64::from(store.0) + f64::from(days) + f64::from(u8::from(unit.is_some() || city.is_empty())) })
}

/// The old one.
#[tool(output = false)]
#[deprecated(note = "use weather")]
pub fn old() -> Vec<Weather> {
    Vec::new()
}

/// Text that is lent.
#[resource("strict://{a}", mime = "text/plain")]
pub fn lent(a: u8, store: &Store) -> String {
    format!("{a}{}", store.0)
}

/// A greeting.
#[prompt]
pub fn greet(#[arg(complete = names)] name: String, #[arg(complete = places)] place: String) -> String {
    name + &place
}

fn names(typed: &str) -> Vec<String> {
    vec![typed.to_owned()]
}

async fn places(typed: &str, filled: &mcp_runtime::Filled<'_>) -> Vec<String> {
    vec![filled.argument("name").unwrap_or(typed).to_owned()]
}

/// Whether to go.
#[form]
#[derive(Debug, Clone, Copy)]
pub struct Going {
    /// Yes or no.
    pub yes: bool,
}

/// Never there.
#[form]
#[cfg(any())]
pub struct Absent {
    /// Of no type.
    pub nothing: Nothing,
}

/// Asks whether to go.
#[tool]
pub async fn go(person: &Elicit) -> Result<bool, Unanswered> {
    #[form]
    struct Local {
        r#type: bool,
    }
    let local = person.ask::<Local>("Really?").await?.accepted();
    Ok(person.ask::<Going>("Go?").await?.accepted().is_some_and(|going| going.yes) && local.is_some_and(|it| it.r#type))
}

#[allow(deprecated)]
fn main() {
    let names = items![weather, old, lent, greet, go].map(|item| item.about().description);
    assert_eq!(
        names,
        ["Weather of a city.", "[DEPRECATED] use weather. The old one.", "Text that is lent.", "A greeting.", "Asks whether to go."]
    );
}
