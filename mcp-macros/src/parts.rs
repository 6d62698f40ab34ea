//! The types that the fields of a model are made of: one that has no JSON is named once, before the derives do it in words of
//! their own, for each derive again.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Field, GenericArgument, PathArguments, Type};

use crate::diag::{here, moved};
use crate::item;
use crate::types::{first_span, last_segment};

/// What is JSON whenever that is which stands in it.
const WRAPPERS: [&str; 9] =
    ["Option", "Vec", "Box", "HashMap", "BTreeMap", "HashSet", "BTreeSet", "VecDeque", "IndexMap"];

/// What is JSON, whatever path leads to it.
const PLAIN: [&str; 15] =
    ["String", "bool", "u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize", "f32", "f64", "Value"];

/// The check that stands before a model. Which bounds the fields of a generic type need, only the derives know; what serde or
/// schemars is told to do, too.
pub(crate) fn expand(item: &TokenStream, rt: &TokenStream) -> TokenStream {
    // What rustc does not understand is rustc's to report.
    let Ok(input) = syn::parse2::<DeriveInput>(item.clone()) else { return TokenStream::new() };
    if !input.generics.params.is_empty() || is_told(&input.attrs) {
        return TokenStream::new();
    }
    let mut types = BTreeSet::new();
    let fields = fields(&input.data).into_iter().filter(|field| !is_told(&field.attrs));
    let checks: Vec<TokenStream> = fields.flat_map(|field| checks(field, rt, &mut types)).collect();
    let kept = item::kept(&input.attrs);
    match checks.is_empty() {
        true => TokenStream::new(),
        false => quote!(#(#kept)* const _: () = { #(#checks)* };),
    }
}

fn is_told(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| ["serde", "schemars"].iter().any(|name| attribute.path().is_ident(name)))
}

fn fields(data: &Data) -> Vec<&Field> {
    match data {
        Data::Struct(data) => data.fields.iter().collect(),
        Data::Enum(data) => data
            .variants
            .iter()
            .filter(|variant| !is_told(&variant.attrs))
            .flat_map(|variant| &variant.fields)
            .collect(),
        Data::Union(_) => Vec::new(),
    }
}

/// One check for each type that was not seen before.
fn checks(field: &Field, rt: &TokenStream, seen: &mut BTreeSet<String>) -> Vec<TokenStream> {
    let mut parts = Vec::new();
    take_apart(&field.ty, &mut parts);
    let kept = item::kept(&field.attrs);
    let new = parts.into_iter().filter(|part| seen.insert(part.to_token_stream().to_string()));
    let check = |part: &Type| {
        let span = here(first_span(part));
        let rt = moved(rt, span);
        quote_spanned!(span=> #(#kept)* #rt::in_model::<#part>();)
    };
    new.map(check).collect()
}

fn take_apart<'t>(ty: &'t Type, parts: &mut Vec<&'t Type>) {
    match ty {
        Type::Path(path) => {
            let name = last_segment(ty).unwrap_or_default();
            let last = path.path.segments.last().map(|last| &last.arguments);
            match last {
                Some(PathArguments::AngleBracketed(inside)) if WRAPPERS.contains(&name.as_str()) => {
                    for argument in &inside.args {
                        if let GenericArgument::Type(ty) = argument {
                            take_apart(ty, parts);
                        }
                    }
                }
                Some(PathArguments::None) if PLAIN.contains(&name.as_str()) => {}
                _ => parts.push(ty),
            }
        }
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| take_apart(ty, parts)),
        Type::Array(array) => take_apart(&array.elem, parts),
        Type::Group(group) => take_apart(&group.elem, parts),
        Type::Paren(paren) => take_apart(&paren.elem, parts),
        _ => {}
    }
}
