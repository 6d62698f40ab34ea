//! The rule for parameters: what a function owns comes from the client, what it borrows comes from the server.
//!
//! Knows types by how they are written, and nothing about attributes on parameters.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Attribute, FnArg, GenericArgument, Pat, PatType, PathArguments, ReturnType, Safety, Type, TypeReference};

use crate::diag::Errors;
use crate::function::Function;

/// What a function takes and gives.
pub(crate) struct Signature {
    /// Its parameters, in order.
    pub(crate) parameters: Vec<Parameter>,
    /// What it returns.
    pub(crate) output: Type,
    /// Where the return type stands, or the name of the function if it has none.
    pub(crate) output_span: Span,
}

/// One parameter, without its attributes of ours.
pub(crate) struct Parameter {
    /// Its name; a lent one may be `_`.
    pub(crate) name: Option<Ident>,
    /// Who fills it in.
    pub(crate) source: Source,
    /// Attributes that are for us: docs, `#[arg]`, `#[serde]`, `#[schemars]`.
    pub(crate) attrs: Vec<Attribute>,
}

/// Who fills a parameter in, and with which type.
pub(crate) enum Source {
    /// `T`: the client.
    Client(Type),
    /// `Option<T>`: the client, if it likes. This is the `T`.
    ClientOptional(Type),
    /// `&T`: the server. This is the `T`.
    Server(Type),
    /// `Option<&T>`: the server, if it can. This is the `T`.
    ServerOptional(Type),
}

impl Signature {
    /// Reads a signature, takes our attributes off its parameters and reports what cannot be served.
    pub(crate) fn read(function: &mut Function, kind: &str, errors: &mut Errors) -> Self {
        check_modifiers(function, kind, errors);
        check_generics(function, kind, errors);
        let (output, output_span) = output(function, errors);
        let mut parameters = Vec::new();
        for input in &mut function.sig.inputs {
            match input {
                FnArg::Receiver(receiver) => errors.at(
                    receiver.self_token,
                    "expected a plain function, found a method: move it out of the `impl` block, and borrow what `self` \
                     is from the server, as `state: &YourType`",
                ),
                FnArg::Typed(parameter) => parameters.extend(Parameter::read(parameter, errors)),
            }
        }
        Self { parameters, output, output_span }
    }
}

fn check_modifiers(function: &Function, kind: &str, errors: &mut Errors) {
    let sig = &function.sig;
    if let Some(token) = &sig.constness {
        errors.at(token, format_args!("a {kind} runs when a client asks: leave out `const`"));
    }
    if let Safety::Unsafe(token) = &sig.safety {
        errors.at(
            token,
            format_args!("a {kind} is called with whatever a client sends: it must be safe, so leave out `unsafe`"),
        );
    }
    if let Some(abi) = &sig.abi {
        errors.at(abi, format_args!("a {kind} is called from Rust: leave out `extern`"));
    }
    if let Some(variadic) = &sig.variadic {
        errors.at(variadic, format_args!("a {kind} has a fixed number of parameters: write `Vec<_>` for a list"));
    }
    if !function.has_body() && function.sig.receiver().is_none() {
        errors.at(&sig.ident, format_args!("a {kind} needs a body"));
    }
}

fn check_generics(function: &Function, kind: &str, errors: &mut Errors) {
    for parameter in &function.sig.generics.params {
        let text = match parameter {
            syn::GenericParam::Lifetime(lifetime) => {
                format!("a {kind} needs no lifetimes: leave out `{0}`, and write `&T` for `&{0} T`", lifetime.lifetime)
            }
            syn::GenericParam::Type(ty) => {
                format!("a {kind} has one schema, so it cannot be generic: write a type instead of `{}`", ty.ident)
            }
            syn::GenericParam::Const(constant) => {
                format!(
                    "a {kind} has one schema, so it cannot be generic: write a number instead of `{}`",
                    constant.ident
                )
            }
        };
        errors.at(parameter, text);
    }
}

fn output(function: &Function, errors: &mut Errors) -> (Type, Span) {
    let ReturnType::Type(_, output) = &function.sig.output else {
        return (syn::parse_quote!(()), function.sig.ident.span());
    };
    if let Type::Never(never) = &**output {
        errors.at(never, "this never answers: write what it returns, or leave out the `-> !`");
    }
    check_words(output, errors);
    ((**output).clone(), first_span(output))
}

impl Parameter {
    fn read(parameter: &mut PatType, errors: &mut Errors) -> Option<Self> {
        let attrs = take_ours(&mut parameter.attrs);
        check_foreign(&parameter.attrs, errors);
        let source = Source::read(&parameter.ty, errors)?;
        let name = name(&parameter.pat, &source, errors)?;
        Some(Self { name, source, attrs })
    }
}

/// Takes off what is for us; rustc knows none of it.
fn take_ours(attributes: &mut Vec<Attribute>) -> Vec<Attribute> {
    let ours = ["doc", "arg", "serde", "schemars"];
    attributes.extract_if(.., |attribute| ours.iter().any(|name| attribute.path().is_ident(name))).collect()
}

/// `#[cfg]` would leave out the parameter and not what is generated for it.
fn check_foreign(attributes: &[Attribute], errors: &mut Errors) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")) {
        errors.at(attribute, "a parameter cannot come and go: put `#[cfg]` on two functions");
    }
}

/// The name of a parameter. What is lent needs none, since it is not in the schema.
fn name(pattern: &Pat, source: &Source, errors: &mut Errors) -> Option<Option<Ident>> {
    match pattern {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => Some(Some(name.ident.clone())),
        _ if source.is_lent() => Some(None),
        _ => {
            errors.at(
                pattern,
                "a parameter needs a name, which becomes the name in the schema; take it apart in the body",
            );
            None
        }
    }
}

impl Source {
    /// Whether it is borrowed from the server.
    pub(crate) fn is_lent(&self) -> bool {
        matches!(self, Self::Server(_) | Self::ServerOptional(_))
    }

    /// The type without `&` and `Option`.
    pub(crate) fn ty(&self) -> &Type {
        match self {
            Self::Client(ty) | Self::ClientOptional(ty) | Self::Server(ty) | Self::ServerOptional(ty) => ty,
        }
    }

    fn read(ty: &Type, errors: &mut Errors) -> Option<Self> {
        match (ty, inside(ty, "Option")) {
            (Type::Paren(ty), _) => Self::read(&ty.elem, errors),
            (Type::Group(ty), _) => Self::read(&ty.elem, errors),
            (Type::Reference(lent), _) => self::lent(lent, errors).map(Self::Server),
            (_, Some(Type::Reference(lent))) => self::lent(lent, errors).map(Self::ServerOptional),
            (_, Some(inner)) => owned(inner, errors).map(Self::ClientOptional),
            (_, None) => owned(ty, errors).map(Self::Client),
        }
    }
}

/// The type behind a reference, if the server can lend it.
fn lent(reference: &TypeReference, errors: &mut Errors) -> Option<Type> {
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
fn owned(ty: &Type, errors: &mut Errors) -> Option<Type> {
    if matches!(ty, Type::Slice(_) | Type::TraitObject(_)) || last_segment(ty).is_some_and(|name| name == "str") {
        errors.at(ty, format_args!("an argument is owned: write `{}`", shown(&owned_type(ty))));
        return None;
    }
    let borrows = has_reference(ty);
    if borrows {
        errors.at(ty, format_args!("an argument is owned: write `{}`", shown(&owned_type(ty))));
    }
    (!borrows && check_words(ty, errors)).then(|| ty.clone())
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
fn check_words(ty: &Type, errors: &mut Errors) -> bool {
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
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == wrapper)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match (arguments.args.first(), arguments.args.len()) {
        (Some(GenericArgument::Type(inner)), 1) => Some(inner),
        _ => None,
    }
}

/// The last name in a type's path: `String` of `std::string::String`.
pub(crate) fn last_segment(ty: &Type) -> Option<String> {
    match ty {
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

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_str;

    fn source(ty: &str) -> (Option<Source>, Vec<String>) {
        let mut errors = Errors::default();
        let source = Source::read(&parse_str(ty).expect("a type"), &mut errors);
        let errors = errors.finish(()).err().into_iter().flatten();
        (source, errors.map(|error| error.to_string()).collect())
    }

    #[test]
    fn owned_or_borrowed() {
        assert!(matches!(source("u8").0, Some(Source::Client(_))));
        assert!(matches!(source("Vec<Option<u8>>").0, Some(Source::Client(_))));
        assert!(matches!(source("Cow<'static, str>").0, Some(Source::Client(_))));
        assert!(matches!(source("std::option::Option<u8>").0, Some(Source::ClientOptional(_))));
        assert!(matches!(source("&Store").0, Some(Source::Server(_))));
        assert!(matches!(source("&Vec<u8>").0, Some(Source::Server(_))));
        assert!(matches!(source("Option<&Store>").0, Some(Source::ServerOptional(_))));
    }

    #[test]
    fn what_to_write_instead() {
        let advice = [
            ("&str", "write `String`"),
            ("&[u8]", "write `Vec<u8>`"),
            ("&[&str]", "write `Vec<String>`"),
            ("&Path", "write `PathBuf`"),
            ("Option<&str>", "write `String`"),
            ("Vec<&str>", "write `Vec<String>`"),
            ("Cow<'_, str>", "write `Cow<'static, str>`"),
            ("&&Store", "write `&Store`"),
            ("&Option<u8>", "`Option<&u8>`"),
            ("&mut Store", "write `&Store`"),
            ("&dyn Store", "&Box<dyn Store + Send + Sync>"),
            ("impl Into<u8>", "instead of `impl …`"),
            ("Vec<Self>", "for `Self`"),
            ("(u8, &str)", "write `(u8, String)`"),
            ("&'static Store", "leave out"),
        ];
        for (ty, expected) in advice {
            let (source, errors) = source(ty);
            assert!(source.is_none(), "{ty}");
            assert!(errors.iter().any(|error| error.contains(expected)), "{ty}: {errors:?}");
        }
    }
}
