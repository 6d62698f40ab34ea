//! What tools, resources and prompts have in common: names, description, labels, time.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, LitStr};

use crate::attr::Options;
use crate::diag::{Errors, here, moved};
use crate::docs;
use crate::function::Function;
use crate::lints;
use crate::spelling;

/// Everything that is said about an item except its parameters.
pub(crate) struct About {
    function: String,
    /// The name on the wire.
    pub(crate) name: String,
    title: String,
    description: String,
    tags: Vec<LitStr>,
    icons: Vec<Expr>,
    meta: Vec<(LitStr, Expr)>,
    timeout: Option<u64>,
    /// The lints that do not look at it.
    allows: Vec<Ident>,
}

impl About {
    /// Reads what the attribute and the doc comment say.
    pub(crate) fn read(options: &Options, function: &Function, errors: &mut Errors) -> Self {
        let name = options.text("name").map_or_else(|| function.name(), LitStr::value);
        let title = options.text("title").map_or_else(|| spelling::title(&name), LitStr::value);
        if let Some(empty) =
            ["name", "title"].iter().filter_map(|key| options.text(key)).find(|text| text.value().trim().is_empty())
        {
            errors.at(empty, "this cannot be empty: leave it out, and the name of the function is used");
        }
        Self {
            function: function.name(),
            title,
            description: description(options, function),
            tags: texts(options, "tags", errors),
            icons: icons(options, errors),
            meta: meta(options, errors),
            timeout: options.text("timeout").and_then(|text| timeout(text, errors)),
            allows: lints::allowed(options, errors),
            name,
        }
    }

    /// The record, with the parameters that are given.
    pub(crate) fn record(&self, rt: &TokenStream, params: &[TokenStream], lends: &[TokenStream]) -> TokenStream {
        let Self { function, name, title, description, tags, allows, .. } = self;
        let icons = self.icons.iter().map(|icon| self::icon(icon, rt));
        let meta = self.meta.iter().map(|(key, value)| {
            let span = here(value.span());
            let rt = moved(rt, span);
            let value = quote_spanned!(span=> #rt::value(&(#value)));
            quote!((#key, || #value))
        });
        let timeout = duration(self.timeout);
        quote!(#rt::About {
            place: #rt::Place {
                module: ::core::module_path!(), file: ::core::file!(), line: ::core::line!(), name: #function,
            },
            name: #name, title: #title, description: #description, tags: &[#(#tags),*], icons: &[#(#icons),*],
            meta: &[#(#meta),*], params: &[#(#params),*], lends: &[#(#lends),*], timeout: #timeout,
            allows: &[#(#rt::Lint::#allows),*],
        })
    }
}

fn description(options: &Options, function: &Function) -> String {
    let text = options.text("description").map_or_else(|| docs::text(&function.attrs), LitStr::value);
    match docs::deprecation(&function.attrs) {
        Some(deprecation) => format!("{deprecation}{text}").trim_end().to_owned(),
        None => text,
    }
}

/// The texts of `key("…", "…")`.
fn texts(options: &Options, key: &str, errors: &mut Errors) -> Vec<LitStr> {
    let mut texts = Vec::new();
    for value in options.list(key) {
        match value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => texts.push(text.clone()),
            other => errors.at(other, format_args!("`{key}` wants texts: `{key}(\"…\", \"…\")`")),
        }
    }
    texts
}

fn meta(options: &Options, errors: &mut Errors) -> Vec<(LitStr, Expr)> {
    let pairs = options.pairs("meta");
    for (index, (key, _)) in pairs.iter().enumerate() {
        if let Err(problem) = spelling::meta_key(&key.value()) {
            errors.at(key, problem);
        }
        if pairs.iter().take(index).any(|(earlier, _)| earlier.value() == key.value()) {
            errors.at(key, format_args!("`{}` is given twice", key.value()));
        }
    }
    pairs.to_vec()
}

fn icons(options: &Options, errors: &mut Errors) -> Vec<Expr> {
    for icon in options.list("icons") {
        let Expr::Lit(ExprLit { lit, .. }) = icon else { continue };
        let fits = match lit {
            Lit::Str(text) => ["https://", "http://", "data:"].iter().any(|start| text.value().starts_with(start)),
            _ => false,
        };
        if !fits {
            errors.at(icon, "an icon is a URI, `\"https://…\"` or `\"data:…\"`, or an expression of type `Icon`");
        }
    }
    options.list("icons").to_vec()
}

fn icon(icon: &Expr, rt: &TokenStream) -> TokenStream {
    match icon {
        Expr::Lit(_) => quote!(#rt::Icon::new(#icon)),
        _ => icon.to_token_stream(),
    }
}

fn timeout(text: &LitStr, errors: &mut Errors) -> Option<u64> {
    let millis = time(text, errors);
    if millis == Some(0) {
        errors.at(text, "nothing is done in no time: leave `timeout` out, and the server's is used");
    }
    millis
}

/// The milliseconds of `"10s"`.
pub(crate) fn time(text: &LitStr, errors: &mut Errors) -> Option<u64> {
    match millis(&text.value()) {
        Ok(millis) => Some(millis),
        Err(problem) => {
            errors.at(text, problem);
            None
        }
    }
}

/// An `Option<Duration>`.
pub(crate) fn duration(millis: Option<u64>) -> TokenStream {
    match millis {
        Some(millis) => quote!(::core::option::Option::Some(::core::time::Duration::from_millis(#millis))),
        None => quote!(::core::option::Option::None),
    }
}

fn millis(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor: u64 = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "" => return Err(format!("a time needs a unit (`ms`, `s`, `m`, `h`): write `\"{number}s\"`")),
        _ => return Err("a time is a whole number and `ms`, `s`, `m` or `h`, such as `\"10s\"`".to_owned()),
    };
    let number =
        number.parse::<u64>().map_err(|_| "a time is a whole number and a unit, such as `\"10s\"`".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "that is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let good = [
            ("500ms", 500),
            ("10s", 10_000),
            ("10 s", 10_000),
            ("2m", 120_000),
            ("2min", 120_000),
            ("1h", 3_600_000),
            ("0s", 0),
        ];
        for (text, expected) in good {
            assert_eq!(millis(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        let bad = [
            ("10", "write `\"10s\"`"),
            ("", "unit"),
            ("s", "whole number"),
            ("1.5s", "whole number"),
            ("-1s", "whole number"),
            ("10d", "`ms`, `s`"),
            ("99999999999999999h", "too long"),
        ];
        for (text, expected) in bad {
            assert!(millis(text).is_err_and(|problem| problem.contains(expected)), "{text}");
        }
    }
}
