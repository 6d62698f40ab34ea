//! `allow(…)`: which lints do not look at an item.

use proc_macro2::{Ident, Span};
use syn::{Expr, ExprPath};

use crate::attr::Options;
use crate::diag::Errors;
use crate::spelling;

/// The lints about single items: the name of each, and its variant of `Lint`.
const LINTS: [(&str, &str); 6] = [
    ("missing_description", "MissingDescription"),
    ("undescribed_parameter", "UndescribedParameter"),
    ("long_description", "LongDescription"),
    ("long_name", "LongName"),
    ("rejected_name", "RejectedName"),
    ("rejected_schema", "RejectedSchema"),
];

/// The variants of `Lint` that `allow(…)` names.
pub(crate) fn allowed(options: &Options, errors: &mut Errors) -> Vec<Ident> {
    let mut allowed: Vec<Ident> = Vec::new();
    for lint in options.list("allow") {
        match variant(lint) {
            Ok(variant) if allowed.contains(&variant) => errors.at(lint, "this is allowed twice"),
            Ok(variant) => allowed.push(variant),
            Err(problem) => errors.at(lint, problem),
        }
    }
    allowed
}

fn variant(lint: &Expr) -> Result<Ident, String> {
    let Expr::Path(ExprPath { path, .. }) = lint else {
        return Err(format!("expected the name of a lint; there are {}", listed()));
    };
    let name = path.get_ident().map(Ident::to_string).unwrap_or_default();
    match LINTS.iter().find(|(known, _)| *known == name) {
        Some((_, variant)) => Ok(Ident::new(variant, Span::mixed_site())),
        None => Err(unknown(&name)),
    }
}

fn unknown(name: &str) -> String {
    match spelling::nearest(name, LINTS.iter().map(|(known, _)| *known)) {
        _ if name == "many_tools" => {
            "`many_tools` is about all tools together: write `.allow(Lint::ManyTools)` on the server".to_owned()
        }
        Some(meant) => format!("unknown lint `{name}`; did you mean `{meant}`? There are {}", listed()),
        None => format!("unknown lint `{name}`; there are {}", listed()),
    }
}

fn listed() -> String {
    LINTS.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
