//! Types as they are written: what may be an argument or be lent, and what to write instead of what may not.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{GenericArgument, PathArguments, Type, TypeReference};

use crate::diag::Errors;

/// The type behind a reference, if the server can lend it.
pub(crate) fn lent(reference: &TypeReference, errors: &mut Errors) -> Option<Type> {
    if let Some(token) = &reference.mutability {
        let ty = shown(&reference.elem);
        errors.at(
            token,
            format_args!(
                "what the server lends is shared by all calls: write `&{ty}`, and keep what changes in a `Mutex`"
            ),
        );
        return None;
    }
    if let Some(lifetime) = reference.lifetime.as_ref().filter(|lifetime| *lifetime.ident.to_string() == *"static") {
        errors.at(lifetime, "the server lends for one call: leave out `'static`");
        return None;
    }
    if let Some(advice) = instead_of_reference(&reference.elem) {
        errors.at(reference, advice);
        return None;
    }
    check_words(&reference.elem, errors).then(|| (*reference.elem).clone())
}

/// What to write instead of a reference that cannot be state.
fn instead_of_reference(target: &Type) -> Option<String> {
    let owned = |ty: &str| Some(format!("an argument is owned: write `{ty}`"));
    match target {
        Type::Slice(slice) => owned(&format!("Vec<{}>", shown(&owned_type(&slice.elem)))),
        Type::TraitObject(object) => {
            let ty = shown(object);
            Some(format!(
                "state is found by its type: write a type that is `Sized`, such as `&Box<{ty} + Send + Sync>`"
            ))
        }
        Type::Reference(inner) => Some(format!("one `&` is enough: write `&{}`", shown(&inner.elem))),
        _ if inside(target, "Option").is_some() => {
            let inner = inside(target, "Option").map(shown).unwrap_or_default();
            Some(format!("write `Option<&{inner}>` to borrow from the server, or `Option<{inner}>` for an argument"))
        }
        _ => match last_segment(target)?.as_str() {
            "str" => owned("String"),
            "Path" => owned("PathBuf"),
            "OsStr" => owned("String"),
            _ => None,
        },
    }
}

/// An owned type, if nothing in it is borrowed.
pub(crate) fn owned(ty: &Type, errors: &mut Errors) -> Option<Type> {
    if matches!(ty, Type::Slice(_) | Type::TraitObject(_)) || last_segment(ty).is_some_and(|name| name == "str") {
        errors.at(ty, format_args!("an argument is owned: write `{}`", shown(&owned_type(ty))));
        return None;
    }
    let borrows = has_reference(ty);
    if borrows {
        errors.at(ty, format_args!("an argument is owned: write `{}`", shown(&owned_type(ty))));
    }
    if let Some(inner) = inside(ty, "State") {
        let inner = shown(inner);
        errors.at(ty, format_args!("what the server has is borrowed, not taken out of a `State`: write `&{inner}`"));
        return None;
    }
    (!borrows && check_words(ty, errors) && check_keys(ty, errors)).then(|| ty.clone())
}

/// Reports maps whose keys are no text: JSON has no such objects, which a client would learn one call at a time.
pub(crate) fn check_keys(ty: &Type, errors: &mut Errors) -> bool {
    let Type::Path(path) = plain(ty) else { return true };
    let Some(PathArguments::AngleBracketed(arguments)) = path.path.segments.last().map(|last| &last.arguments) else {
        return true;
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    let types: Vec<&Type> = types.collect();
    let is_map = last_segment(ty).is_some_and(|name| ["HashMap", "BTreeMap", "IndexMap"].contains(&name.as_str()));
    if let (true, [key @ (Type::Tuple(_) | Type::Array(_)), value, ..]) = (is_map, types.as_slice()) {
        let entry = format!("Vec<({}, {})>", shown(key), shown(value));
        errors.at(key, format_args!("the keys of a JSON object are text: write `{entry}`, or another key"));
        return false;
    }
    types.into_iter().filter(|ty| !check_keys(ty, errors)).count() == 0
}

/// The same type with everything owned: `Vec<&str>` is `Vec<String>`.
fn owned_type(ty: &Type) -> Type {
    match ty {
        Type::Reference(reference) => owned_type(&reference.elem),
        Type::Slice(slice) => {
            let inner = owned_type(&slice.elem);
            syn::parse_quote!(Vec<#inner>)
        }
        Type::TraitObject(_) => syn::parse_quote!(YourType),
        Type::Path(path) if path.path.is_ident("str") => syn::parse_quote!(String),
        Type::Path(path) if path.path.is_ident("Path") => syn::parse_quote!(PathBuf),
        Type::Path(path) => {
            let mut path = path.clone();
            path.path.segments.iter_mut().for_each(|segment| own_arguments(&mut segment.arguments));
            Type::Path(path)
        }
        Type::Tuple(tuple) => {
            let mut tuple = tuple.clone();
            tuple.elems.iter_mut().for_each(|elem| *elem = owned_type(elem));
            Type::Tuple(tuple)
        }
        other => other.clone(),
    }
}

fn own_arguments(arguments: &mut PathArguments) {
    let PathArguments::AngleBracketed(arguments) = arguments else { return };
    for argument in &mut arguments.args {
        match argument {
            GenericArgument::Type(ty) if last_segment(ty).as_deref() != Some("str") => *ty = owned_type(ty),
            GenericArgument::Lifetime(lifetime) => {
                *lifetime = syn::Lifetime::new("'static", lifetime.span());
            }
            _ => {}
        }
    }
}

/// Whether something in the type lives only for a while: `&`, or a lifetime other than `'static`.
fn has_reference(ty: &Type) -> bool {
    let mut trees = Vec::new();
    flatten(ty.to_token_stream(), &mut trees);
    let lifetime = |pair: &[TokenTree]| match pair {
        [TokenTree::Punct(tick), TokenTree::Ident(name)] => tick.as_char() == '\'' && name != "static",
        _ => false,
    };
    let borrow = |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == '&');
    trees.iter().any(borrow) || trees.windows(2).any(lifetime)
}

/// Reports `impl` and `Self`, which no type of an argument or result may contain.
pub(crate) fn check_words(ty: &Type, errors: &mut Errors) -> bool {
    let mut trees = Vec::new();
    flatten(ty.to_token_stream(), &mut trees);
    let mut fine = true;
    for tree in trees {
        let TokenTree::Ident(word) = tree else { continue };
        let text = match word.to_string().as_str() {
            "impl" => "the type decides about the schema: write its name instead of `impl …`",
            "Self" => {
                "expected a plain function: move it out of the `impl` block, and write the type's name for `Self`"
            }
            _ => continue,
        };
        errors.at_span(word.span(), text);
        fine = false;
    }
    fine
}

fn flatten(tokens: TokenStream, trees: &mut Vec<TokenTree>) {
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => flatten(group.stream(), trees),
            tree => trees.push(tree),
        }
    }
}

/// The `T` of `Wrapper<T>`, however its path is written.
pub(crate) fn inside<'t>(ty: &'t Type, wrapper: &str) -> Option<&'t Type> {
    let Type::Path(path) = plain(ty) else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == wrapper)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match (arguments.args.first(), arguments.args.len()) {
        (Some(GenericArgument::Type(inner)), 1) => Some(inner),
        _ => None,
    }
}

/// The type without parentheses, and without the group into which `macro_rules!` puts what it substitutes.
fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => plain(&group.elem),
        Type::Paren(paren) => plain(&paren.elem),
        other => other,
    }
}

/// The last name in a type's path: `String` of `std::string::String`.
pub(crate) fn last_segment(ty: &Type) -> Option<String> {
    match plain(ty) {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.unraw().to_string()),
        _ => None,
    }
}

/// Where a type begins.
pub(crate) fn first_span(tokens: &impl ToTokens) -> Span {
    tokens.to_token_stream().into_iter().next().map_or_else(Span::call_site, |tree| tree.span())
}

/// Tokens as people write them.
pub(crate) fn shown(tokens: &(impl ToTokens + ?Sized)) -> String {
    let text = quote!(#tokens).to_string();
    [
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        (" :: ", "::"),
        ("& ", "&"),
        ("( ", "("),
        (" )", ")"),
        (" ;", ";"),
        ("' ", "'"),
    ]
    .into_iter()
    .fold(text, |text, (from, to)| text.replace(from, to))
}
