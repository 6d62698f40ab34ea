//! `#[arg(…)]` at a field of a model: what it says at a parameter, told to schemars and serde.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Data, DeriveInput, Field, Fields, LitStr, Path, Token, parse_quote};

use crate::argument;
use crate::attr::Options;
use crate::bounds::{Bounds, Keyword};
use crate::diag::Errors;
use crate::field;
use crate::item;
use crate::types::inside;

/// The derives of clap, which has another `#[arg(…)]`: in their company it is theirs.
const CLAP: [&str; 3] = ["Args", "Parser", "Subcommand"];

/// What a field takes from elsewhere, and where that is.
const ELSEWHERE: [(&str, &str); 4] = [
    ("name", "the name of a field is serde's: write `#[serde(rename = \"…\")]`"),
    ("description", "a field is described by a doc comment above it"),
    ("header", "only the arguments of a tool are repeated in headers: leave it out"),
    ("complete", "only the arguments of prompts and resource templates are completed: leave it out"),
];

/// The type in the words of others, with what has to stand beside it. One without `#[arg(…)]` stays as it is written.
pub(crate) fn expand(item: &TokenStream, rt: &TokenStream, errors: &mut Errors) -> TokenStream {
    // What rustc does not understand is rustc's to report.
    let Ok(mut input) = syn::parse2::<DeriveInput>(item.clone()) else {
        return item.clone();
    };
    let (name, is_generic) = (input.ident.to_string(), !input.generics.params.is_empty());
    let kept = item::kept(&input.attrs);
    let fields = if is_clap(&input.attrs) { Vec::new() } else { fields(&mut input.data, &name) };
    let beside: Vec<TokenStream> = fields
        .into_iter()
        .filter(|(_, field)| field.attrs.iter().any(is_arg))
        .map(|(name, field)| Constrained::new(field, name, is_generic, &kept).expand(rt, errors))
        .collect();
    if beside.is_empty() {
        return item.clone();
    }
    quote!(#input #(#beside)*)
}

fn is_clap(attributes: &[Attribute]) -> bool {
    let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let derived =
        derives.filter_map(|derive| derive.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).ok());
    derived.flatten().any(|path| path.segments.last().is_some_and(|last| CLAP.iter().any(|name| last.ident == name)))
}

fn is_arg(attribute: &Attribute) -> bool {
    attribute.path().is_ident("arg")
}

/// `#[serde(alias = "…")]`: another name, of which no schema tells.
fn alias(attributes: &[Attribute]) -> Option<Span> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // What serde does not understand is serde's to report.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("alias") {
                found = Some(meta.path.span());
            }
            field::rest(meta.input)
        });
    }
    found
}

/// All fields, each with a name that no other one has.
fn fields<'d>(data: &'d mut Data, name: &str) -> Vec<(String, &'d mut Field)> {
    match data {
        Data::Struct(data) => named(&mut data.fields, name).collect(),
        Data::Enum(data) => {
            let variants = data.variants.iter_mut();
            variants.flat_map(|variant| named(&mut variant.fields, &format!("{name}_{}", variant.ident))).collect()
        }
        Data::Union(_) => Vec::new(),
    }
}

fn named<'f>(fields: &'f mut Fields, of: &str) -> impl Iterator<Item = (String, &'f mut Field)> + use<'f> {
    let of = of.to_owned();
    fields.iter_mut().enumerate().map(move |(index, field)| {
        let name = field.ident.as_ref().map_or_else(|| index.to_string(), |name| name.unraw().to_string());
        (format!("{of}_{name}"), field)
    })
}

/// A field with `#[arg(…)]`.
struct Constrained<'f> {
    field: &'f mut Field,
    name: String,
    is_generic: bool,
    /// The conditions of the type and the field.
    kept: TokenStream,
}

impl<'f> Constrained<'f> {
    fn new(field: &'f mut Field, name: String, is_generic: bool, kept: &[TokenStream]) -> Self {
        let own = item::kept(&field.attrs);
        Self { field, name, is_generic, kept: quote!(#(#kept)* #(#own)*) }
    }

    /// Puts the words of others at the field, and returns what has to stand beside the type.
    fn expand(self, rt: &TokenStream, errors: &mut Errors) -> TokenStream {
        let options = argument::options(&self.field.attrs, errors);
        for (key, advice) in ELSEWHERE {
            if let Some(span) = options.span(key) {
                errors.at_span(span, advice);
            }
        }
        let ty = inside(&self.field.ty, "Option").unwrap_or(&self.field.ty).clone();
        let bounds = argument::bounds(&options, &ty, errors);
        let keywords = argument::keywords(&options, &bounds, &ty);
        let checks = argument::checks(&options);
        if let Some(alias) = alias(&self.field.attrs).filter(|_| !checks.is_empty()) {
            errors.at_span(
                alias,
                "what `#[arg(…)]` asks of a field is not asked of a value under another name: leave out `alias`",
            );
        }
        let checks = checks.into_iter().filter(|_| !self.is_generic);
        let checks: TokenStream = checks.map(|check| argument::check(check, &ty, rt)).collect();
        let (attribute, function) = self.default(&options, &bounds, errors).unwrap_or_default();
        let (attributes, kept) = (&mut self.field.attrs, &self.kept);
        attributes.retain(|attribute| !is_arg(attribute));
        attributes.extend(attribute);
        if !keywords.is_empty() {
            let pairs = keywords.iter().map(|Keyword { name, value }| quote!(#name = #value));
            attributes.push(parse_quote!(#[schemars(extend(#(#pairs),*))]));
        }
        quote!(#kept const _: () = { #checks }; #function)
    }

    /// What serde is told, and the function that it calls.
    fn default(
        &self,
        options: &Options,
        bounds: &[Bounds],
        errors: &mut Errors,
    ) -> Option<(Option<Attribute>, TokenStream)> {
        let (span, ty) = (options.span("default")?, &self.field.ty);
        if let Some(inner) = inside(ty, "Option") {
            argument::refuse_default(span, inner, errors);
            return None;
        }
        let Some(value) = options.value("default") else {
            return Some((Some(parse_quote!(#[serde(default)])), TokenStream::new()));
        };
        if self.is_generic {
            errors.at_span(span, "in a generic type write `#[serde(default = \"…\")]`, with the name of a function");
            return None;
        }
        let value = argument::default_value(Some(value), ty, bounds, errors);
        let function = format_ident!("__mcp_default_{}", self.name, span = Span::call_site());
        let (path, kept) = (LitStr::new(&function.to_string(), Span::call_site()), &self.kept);
        let function = quote!(#kept #[allow(non_snake_case)] fn #function() -> #ty { #value });
        Some((Some(parse_quote!(#[serde(default = #path)])), function))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(item: &TokenStream) -> (String, Vec<String>) {
        let mut errors = Errors::default();
        let expanded = expand(item, &quote!(rt), &mut errors).to_string();
        let errors = errors.finish(()).err().into_iter().flatten().map(|error| error.to_string()).collect();
        (expanded, errors)
    }

    #[test]
    fn what_says_nothing_stays_as_it_is_written() {
        for item in [
            quote!(
                struct A {
                    #[serde(default)]
                    b: u8,
                }
            ),
            quote!(
                #[derive(Debug, clap::Args)]
                struct A {
                    #[arg(long)]
                    b: u8,
                }
            ),
            quote!(struct A { no field }),
        ] {
            assert_eq!(expanded(&item), (item.to_string(), vec![]));
        }
    }

    /// Nothing in the schema would hold for it.
    #[test]
    fn what_is_asked_of_a_field_goes_with_one_name() {
        let (_, errors) = expanded(&quote!(
            struct A {
                #[serde(default, rename = "b", alias = "c")]
                #[arg(range = 1..=7)]
                b: u8,
                #[serde(alias = "e")]
                #[arg(example = 3)]
                d: u8,
            }
        ));
        assert!(matches!(&*errors, [error] if error.contains("leave out `alias`")), "{errors:?}");
    }

    #[test]
    fn each_word_becomes_one_of_others() {
        let (text, errors) = expanded(&quote!(
            enum A {
                B {
                    #[arg(range = 1..=7, default = 3)]
                    c: u8,
                    #[arg(length = ..5)]
                    d: Option<String>,
                },
            }
        ));
        assert_eq!(errors, [""; 0]);
        for part in [
            r#"# [serde (default = "__mcp_default_A_B_c")] # [schemars (extend ("minimum" = 1i64 , "maximum" = 7i64))] c : u8"#,
            r#"# [schemars (extend ("maxLength" = (5i64) - 1))] d : Option < String >"#,
            "fn __mcp_default_A_B_c () -> u8 { 3 }",
            "rt :: has_range :: < u8 > ()",
            "rt :: has_length :: < String > ()",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}
