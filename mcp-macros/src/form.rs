//! `#[form]`: all of `#[model]`, and the record by which a server finds out, when it starts, whether the type fits a form.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, GenericParam, Generics, Token, Visibility, WhereClause, token};

use crate::attr::Options;
use crate::diag::Errors;
use crate::item;
use crate::model;

/// A struct, or what is taken for one, up to its fields: those are read from its schema.
struct Head {
    attrs: Vec<Attribute>,
    keyword: Ident,
    name: Ident,
    generics: Generics,
    fields: Fields,
}

/// What stands where the fields should.
enum Fields {
    Named,
    Tuple(Span),
    None(Span),
}

impl Parse for Head {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let keyword = input.call(Ident::parse_any)?;
        let head =
            Self { attrs, keyword, name: input.parse()?, generics: input.parse()?, fields: Fields::read(input)? };
        input.parse::<TokenStream>()?;
        Ok(head)
    }
}

impl Fields {
    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse::<Option<WhereClause>>()?;
        Ok(match input {
            _ if input.peek(token::Paren) => Self::Tuple(input.span()),
            _ if input.peek(Token![;]) => Self::None(input.span()),
            _ => Self::Named,
        })
    }
}

/// Puts the derives above the struct and its record beside it, and says why it cannot be a form. What can be derived all the
/// same is derived, so that there is no second error where it is asked for.
pub(crate) fn expand(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::read(attribute, model::KEYS, &mut errors);
    let expanded = match read(item, &mut errors) {
        Some(head) => {
            let (derived, record) = (model::derived(item, &options, &mut errors), head.record(&options));
            quote!(#derived #record)
        }
        None => item.clone(),
    };
    let errors = errors.finish(()).err().map(syn::Error::into_compile_error);
    quote!(#expanded #errors)
}

/// What can be derived for.
fn read(item: &TokenStream, errors: &mut Errors) -> Option<Head> {
    match model::keyword(item) {
        Some(word) if word == "struct" || word == "enum" => {}
        word => {
            refuse(word.as_ref(), errors);
            return None;
        }
    }
    let head: Head = errors.keep(syn::parse2(item.clone()))?;
    head.check(errors);
    let mut doubled = Errors::default();
    model::check_attributes(&head.attrs, "form", &mut doubled);
    errors.keep(doubled.finish(()))?;
    head.generics.params.is_empty().then_some(head)
}

fn refuse(word: Option<&Ident>, errors: &mut Errors) {
    let Some(word) = word else {
        return errors.at_span(Span::call_site(), "`#[form]` goes on a `struct`");
    };
    match word.to_string().as_str() {
        "union" => errors.at(word, "a `union` has no JSON: write a `struct`"),
        "fn" => errors.at(word, "`#[form]` goes on a `struct`; a function takes `#[tool]`"),
        other => errors.at(word, format_args!("`#[form]` goes on a `struct`, this is a `{other}`")),
    }
}

impl Head {
    fn check(&self, errors: &mut Errors) {
        if self.keyword == "enum" {
            errors.at(
                &self.keyword,
                "`#[form]` goes on a `struct`: put `#[model]` on the `enum`, and let a field of the form have its type",
            );
        }
        self.generics.params.iter().for_each(|parameter| check_generic(parameter, errors));
        let name = &self.name;
        match self.fields {
            Fields::Named => {}
            Fields::Tuple(span) => errors.at_span(
                span,
                format_args!("the fields of a form have names: `struct {name} {{ name_of_it: String }}`"),
            ),
            Fields::None(span) => errors.at_span(
                span,
                format_args!("a form has braces, also if there is nothing to fill in: `struct {name} {{}}`"),
            ),
        }
    }

    fn record(&self, options: &Options) -> TokenStream {
        let (rt, name, kept) = (item::runtime(options.path("crate")), &self.name, item::kept(&self.attrs));
        let text = name.unraw().to_string();
        quote! {
            #(#kept)*
            const _: () = {
                static RECORD: #rt::FormRecord = #rt::FormRecord::of::<#name>(#rt::Place {
                    module: ::core::module_path!(), file: ::core::file!(), line: ::core::line!(), name: #text,
                });
                #rt::submit! { &RECORD }
                impl #rt::Form for #name {
                    fn record() -> &'static #rt::FormRecord {
                        &RECORD
                    }
                }
            };
        }
    }
}

fn check_generic(parameter: &GenericParam, errors: &mut Errors) {
    match parameter {
        GenericParam::Lifetime(lifetime) => {
            errors.at(lifetime, "an answer is owned: leave out the lifetime, and write `String` for `&str`");
        }
        GenericParam::Type(parameter) => errors.at(
            &parameter.ident,
            "a server knows its forms when it starts: write the type itself, and one form for each",
        ),
        GenericParam::Const(parameter) => errors.at(
            &parameter.ident,
            "a server knows its forms when it starts: write the number itself, and one form for each",
        ),
    }
}
