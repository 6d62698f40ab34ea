//! Sorts the parameters of a function: those that the client fills in, and those that the server lends.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, Type};

use crate::argument::{self, Argument};
use crate::diag::{Errors, here, moved};
use crate::docs::Documented;
use crate::signature::{Parameter, Source};
use crate::spelling;
use crate::types::first_span;

/// Where a parameter gets its value from.
pub(crate) enum Place {
    /// The argument with this index.
    Argument(usize),
    /// The server lends it.
    Lent(Type),
    /// The server lends it if it can.
    LentOptional(Type),
}

impl Place {
    /// The constant by which it is lent; the only place that names its type.
    pub(crate) fn constant(&self, index: usize, rt: &TokenStream) -> TokenStream {
        let (name, ty, function) = match self {
            Self::Argument(_) => return TokenStream::new(),
            Self::Lent(ty) => (lender(index), ty, "lent"),
            Self::LentOptional(ty) => (lender(index), ty, "lent_optional"),
        };
        let span = here(first_span(ty));
        let (function, rt) = (Ident::new(function, span), moved(rt, span));
        quote_spanned!(span=> const #name: #rt::Lender<#ty> = #rt::#function::<#ty>();)
    }

    /// The value in the call of the function.
    pub(crate) fn value(&self, index: usize, call: &TokenStream) -> TokenStream {
        let lender = lender(index);
        match self {
            Self::Argument(argument) => argument_name(*argument).into_token_stream(),
            Self::Lent(_) => quote!((#lender.get)(#call)),
            Self::LentOptional(_) => quote!((#lender.find)(#call)),
        }
    }

    /// What the server has to lend, for the check at start.
    pub(crate) fn lend(&self, index: usize) -> Option<TokenStream> {
        let lender = lender(index);
        match self {
            Self::Argument(_) => None,
            Self::Lent(_) | Self::LentOptional(_) => Some(quote!(#lender.lend)),
        }
    }
}

/// The variable that holds an argument.
pub(crate) fn argument_name(index: usize) -> Ident {
    format_ident!("__mcp_{index}", span = Span::mixed_site())
}

fn lender(index: usize) -> Ident {
    format_ident!("__MCP_LENDER_{index}")
}

/// Arguments for the client, and where each parameter gets its value from.
pub(crate) fn sort(
    parameters: Vec<Parameter>,
    documented: &[Documented],
    errors: &mut Errors,
) -> (Vec<Argument>, Vec<Place>) {
    let (mut arguments, mut places) = (Vec::new(), Vec::new());
    for Parameter { name, source, attrs } in parameters {
        match (source, name) {
            (Source::Server(ty), _) => {
                refuse_attributes(&attrs, errors);
                places.push(Place::Lent(ty));
            }
            (Source::ServerOptional(ty), _) => {
                refuse_attributes(&attrs, errors);
                places.push(Place::LentOptional(ty));
            }
            (Source::Client(_) | Source::ClientOptional(_), None) => {}
            (source @ (Source::Client(_) | Source::ClientOptional(_)), Some(name)) => {
                places.push(Place::Argument(arguments.len()));
                arguments.push(Argument::read(name, &source, &attrs, documented, errors));
            }
        }
    }
    (arguments, places)
}

/// Reports `complete` where nothing is ever completed.
pub(crate) fn refuse_completion(parameters: &[Parameter], errors: &mut Errors) {
    for parameter in parameters.iter().filter(|parameter| !parameter.source.is_lent()) {
        argument::refuse_completion(&parameter.attrs, errors);
    }
}

/// Reports `header` where nothing is ever repeated in one.
pub(crate) fn refuse_headers(parameters: &[Parameter], errors: &mut Errors) {
    for parameter in parameters.iter().filter(|parameter| !parameter.source.is_lent()) {
        argument::refuse_header(&parameter.attrs, errors);
    }
}

/// What is lent is not in the schema, so nothing can be said about it there.
fn refuse_attributes(attributes: &[Attribute], errors: &mut Errors) {
    for attribute in attributes.iter().filter(|attribute| !attribute.path().is_ident("doc")) {
        let name = attribute.path().get_ident().map(Ident::to_string).unwrap_or_default();
        errors.at(
            attribute,
            format_args!("`#[{name}]` is about what a client fills in, and this is lent by the server: leave it out"),
        );
    }
}

/// Every entry of an `# Arguments` list belongs to a parameter.
pub(crate) fn check_documented(documented: &[Documented], parameters: &[Parameter], errors: &mut Errors) {
    let names: Vec<_> = parameters
        .iter()
        .filter_map(|parameter| parameter.name.as_ref())
        .map(|name| name.unraw().to_string())
        .collect();
    for (index, Documented { name, span, .. }) in documented.iter().enumerate() {
        if documented.iter().take(index).any(|earlier| earlier.name == *name) {
            errors.at_span(*span, format_args!("`{name}` is documented twice"));
        }
        if names.contains(name) {
            continue;
        }
        match spelling::nearest(name, names.iter().map(String::as_str)) {
            Some(meant) => {
                errors.at_span(*span, format_args!("there is no parameter `{name}`; did you mean `{meant}`?"));
            }
            None => errors.at_span(*span, format_args!("there is no parameter `{name}`")),
        }
    }
}

/// Every argument has a name of its own.
pub(crate) fn check_names(arguments: &[Argument], errors: &mut Errors) {
    for (index, argument) in arguments.iter().enumerate() {
        if arguments.iter().take(index).any(|earlier| earlier.name == argument.name) {
            errors.at(&argument.ident, format_args!("two parameters have the name `{}` in the schema", argument.name));
        }
    }
}

/// Every header repeats one argument; the names of headers know no case.
pub(crate) fn check_headers(arguments: &[Argument], errors: &mut Errors) {
    let headers = || arguments.iter().filter_map(|argument| Some((argument, argument.header.as_ref()?)));
    for (index, (_, header)) in headers().enumerate() {
        let name = header.value();
        if let Some((earlier, _)) =
            headers().take(index).find(|(_, earlier)| earlier.value().eq_ignore_ascii_case(&name))
        {
            let taken = &earlier.name;
            errors.at(
                header,
                format_args!("`{taken}` has the header `{name}` already (case does not count): write another"),
            );
        }
    }
}
