//! The rule for parameters: what a function owns comes from the client, what it borrows comes from the server.
//!
//! Knows types by how they are written, and nothing about attributes on parameters.

use proc_macro2::{Ident, Span};
use syn::{Attribute, FnArg, Pat, PatType, ReturnType, Safety, Type};

use crate::diag::Errors;
use crate::function::Function;
use crate::types::{self, check_keys, check_words, first_span, inside, owned};

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
    check_keys(output, errors);
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
            (Type::Reference(lent), _) => types::lent(lent, errors).map(Self::Server),
            (_, Some(Type::Reference(lent))) => types::lent(lent, errors).map(Self::ServerOptional),
            (_, Some(inner)) => owned(inner, errors).map(Self::ClientOptional),
            (_, None) => owned(ty, errors).map(Self::Client),
        }
    }
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
            ("State<Store>", "write `&Store`"),
            ("Vec<HashMap<(u8, u8), String>>", "write `Vec<((u8, u8), String)>`"),
        ];
        for (ty, expected) in advice {
            let (source, errors) = source(ty);
            assert!(source.is_none(), "{ty}");
            assert!(errors.iter().any(|error| error.contains(expected)), "{ty}: {errors:?}");
        }
    }
}
