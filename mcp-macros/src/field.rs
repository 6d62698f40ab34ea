//! A parameter with `#[serde(…)]` or `#[schemars(…)]`: it is read as the only field of a hidden struct.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Attribute, LitStr, Token, Type, token};

use crate::diag::{Errors, here};
use crate::signature::Source;
use crate::spelling;

/// What serde knows about a field that is only read.
const SERDE: [&str; 7] = ["rename", "alias", "default", "with", "deserialize_with", "serialize_with", "bound"];

/// What serde and schemars are told about a parameter.
pub(crate) struct Field {
    /// The name of the field, which is that of the parameter.
    pub(crate) name: Ident,
    /// `#[serde(rename = "…")]`
    pub(crate) renamed: Option<String>,
    /// `#[serde(alias = "…")]`
    pub(crate) aliases: Vec<String>,
    attributes: Vec<Attribute>,
    ty: Type,
}

impl Field {
    /// Reads the attributes, if there are any, and reports those that make no sense on a parameter.
    pub(crate) fn read(ident: &Ident, attributes: &[Attribute], source: &Source, errors: &mut Errors) -> Option<Self> {
        let attributes: Vec<Attribute> = attributes.iter().filter(|attribute| is_ours(attribute)).cloned().collect();
        let mut field =
            Self { name: ident.clone(), renamed: None, aliases: Vec::new(), attributes, ty: written(source) };
        for attribute in &field.attributes.clone() {
            let known = attribute.path().is_ident("serde").then_some(SERDE);
            let read = attribute.parse_nested_meta(|meta| field.note(&meta, known.as_ref(), errors));
            errors.keep(read);
        }
        (!field.attributes.is_empty()).then_some(field)
    }

    fn note(
        &mut self,
        meta: &ParseNestedMeta<'_>,
        known: Option<&[&str; SERDE.len()]>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let name = meta.path.get_ident().map(Ident::to_string).unwrap_or_default();
        match name.as_str() {
            "flatten" => {
                errors.at(&meta.path, "an argument has a name: leave out `flatten`, and take the fields as parameters");
            }
            "borrow" => errors.at(&meta.path, "an argument is owned: leave out `borrow`"),
            name if name.starts_with("skip") => {
                errors.at(&meta.path, "what a client cannot give is no argument: borrow it from the server, as `&T`");
            }
            "rename" => self.renamed = texts(meta.input)?.pop().map(|text| text.value()),
            "alias" => self.aliases.extend(texts(meta.input)?.iter().map(LitStr::value)),
            name if known.is_some_and(|known| !known.contains(&name)) => errors.at(&meta.path, unknown(name)),
            _ => {}
        }
        rest(meta.input)
    }

    /// The struct, and the reader of it.
    pub(crate) fn constants(&self, index: usize, reader: &Ident, wire: &str, rt: &TokenStream) -> TokenStream {
        let Self { name, attributes, ty, renamed, .. } = self;
        let holder = format_ident!("__McpField{index}");
        let serde = path(&quote!(#rt::serde));
        let schemars = path(&quote!(#rt::schemars));
        let rename = renamed.is_none().then(|| quote!(#[serde(rename = #wire)]));
        let span = here(ty.span());
        let field = quote_spanned!(span=> #rename #(#attributes)* #name: #ty);
        quote! {
            #[derive(#rt::serde::Deserialize, #rt::schemars::JsonSchema)]
            #[serde(crate = #serde)]
            #[schemars(crate = #schemars)]
            struct #holder { #field }
            const #reader: #rt::Reader<#holder> = #rt::field::<#holder>();
        }
    }
}

fn unknown(name: &str) -> String {
    match spelling::nearest(name, SERDE) {
        Some(meant) => format!("serde has no `{name}` for a field; did you mean `{meant}`?"),
        None => format!("serde has no `{name}` for a field"),
    }
}

fn written(source: &Source) -> Type {
    let ty = source.ty();
    match source {
        Source::ClientOptional(_) => syn::parse_quote!(::core::option::Option<#ty>),
        _ => ty.clone(),
    }
}

fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().is_ident("serde") || attribute.path().is_ident("schemars")
}

/// A path as serde wants it: in a string.
pub(crate) fn path(path: &TokenStream) -> String {
    path.to_string().replace(' ', "")
}

/// The texts of `= "…"` or `(deserialize = "…", serialize = "…")`, without those for output.
fn texts(input: ParseStream<'_>) -> syn::Result<Vec<LitStr>> {
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        return input.parse().map(|text| vec![text]);
    }
    if !input.peek(token::Paren) {
        return Ok(Vec::new());
    }
    let inside;
    syn::parenthesized!(inside in input);
    let mut found = Vec::new();
    while !inside.is_empty() {
        let side: Ident = inside.parse()?;
        inside.parse::<Token![=]>()?;
        let text = inside.parse()?;
        if side == "deserialize" {
            found.push(text);
        }
        inside.parse::<Option<Token![,]>>()?;
    }
    Ok(found)
}

/// Skips the value of a key that is none of our business.
pub(crate) fn rest(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}
