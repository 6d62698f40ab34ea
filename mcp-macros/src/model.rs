//! `#[model]`: derives all that an argument or a result needs, with nothing but our crate in the user's manifest.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Path, Token};

use crate::attr::{Keys, Options, Wants};
use crate::constraints;
use crate::diag::Errors;
use crate::field;
use crate::item;
use crate::parts;

pub(crate) const KEYS: Keys = &[("crate", Wants::Path)];

const DERIVED: [&str; 3] = ["Serialize", "Deserialize", "JsonSchema"];

/// A struct or an enum, of which only the beginning is of interest.
struct Head {
    attrs: Vec<Attribute>,
    keyword: Option<Ident>,
}

impl Parse for Head {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let rest: TokenStream = input.parse()?;
        Ok(Self { attrs, keyword: keyword(&rest) })
    }
}

/// The word that says what an item is.
pub(crate) fn keyword(item: &TokenStream) -> Option<Ident> {
    let keywords =
        ["struct", "enum", "union", "fn", "trait", "impl", "mod", "const", "static", "type", "use", "macro_rules"];
    item.clone().into_iter().find_map(|tree| match tree {
        TokenTree::Ident(word) if keywords.iter().any(|keyword| word == keyword) => Some(word),
        _ => None,
    })
}

/// Puts the derives above the type, or says why it cannot have them.
pub(crate) fn expand(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let (mut errors, mut refused) = (Errors::default(), Errors::default());
    let options = Options::read(attribute, KEYS, &mut errors);
    if let Some(head) = refused.keep(syn::parse2::<Head>(item.clone())) {
        check(&head, &mut refused);
    }
    let expanded = match errors.keep(refused.finish(())) {
        Some(()) => derived(item, &options, &mut errors),
        None => item.clone(),
    };
    let errors = errors.finish(()).err().map(syn::Error::into_compile_error);
    quote!(#expanded #errors)
}

/// The type under its derives.
pub(crate) fn derived(item: &TokenStream, options: &Options, errors: &mut Errors) -> TokenStream {
    let rt = item::runtime(options.path("crate"));
    let (parts, derives, item) = (parts::expand(item, &rt), derives(options), constraints::expand(item, &rt, errors));
    quote!(#parts #derives #item)
}

/// The derives, and where they are.
fn derives(options: &Options) -> TokenStream {
    let rt = item::runtime(options.path("crate"));
    let (serde, schemars) = (field::path(&quote!(#rt::serde)), field::path(&quote!(#rt::schemars)));
    quote! {
        #[derive(#rt::serde::Serialize, #rt::serde::Deserialize, #rt::schemars::JsonSchema)]
        #[serde(crate = #serde)]
        #[schemars(crate = #schemars)]
    }
}

fn check(head: &Head, errors: &mut Errors) {
    match &head.keyword {
        Some(word) if word == "struct" || word == "enum" => {}
        Some(word) if word == "union" => errors.at(word, "a `union` has no JSON: write an `enum`"),
        Some(word) if word == "fn" => {
            errors.at(word, "`#[model]` goes on a `struct` or an `enum`; a function takes `#[tool]`");
        }
        Some(word) => errors.at(word, format_args!("`#[model]` goes on a `struct` or an `enum`, this is a `{word}`")),
        None => errors.at_span(Span::call_site(), "`#[model]` goes on a `struct` or an `enum`"),
    }
    check_attributes(&head.attrs, "model", errors);
}

/// Refuses attributes beside ours that do the same again.
pub(crate) fn check_attributes(attributes: &[Attribute], ours: &str, errors: &mut Errors) {
    attributes.iter().for_each(|attribute| check_attribute(attribute, ours, errors));
}

fn check_attribute(attribute: &Attribute, ours: &str, errors: &mut Errors) {
    let name = attribute.path().segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
    if attribute.path().is_ident("derive") {
        let derived = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
        // What rustc does not understand is rustc's to report.
        for path in derived.into_iter().flatten().filter(is_derived) {
            let name = path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
            errors.at(&path, format_args!("`#[{ours}]` derives `{name}` already: leave it out here"));
        }
    } else if name == ours {
        errors.at_span(attribute.path().span(), format_args!("`{ours}` is given twice"));
    } else if ["model", "form"].contains(&name.as_str()) {
        errors.at_span(attribute.path().span(), "`#[form]` does all that `#[model]` does: leave out `#[model]`");
    }
}

fn is_derived(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| DERIVED.iter().any(|name| last.ident == name))
}
