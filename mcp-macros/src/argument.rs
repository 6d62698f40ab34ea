//! One argument: a parameter that the client fills in, with what its attributes say about it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprArray, ExprLit, Lit, LitStr, Meta, Type};

use crate::attr::{Keys, Options, Wants};
use crate::bounds::{Bounds, Keyword};
use crate::diag::{Errors, here, moved};
use crate::docs::{self, Documented};
use crate::field::Field;
use crate::signature::Source;
use crate::spelling;
use crate::types::{inside, last_segment, shown};

const KEYS: Keys = &[
    ("default", Wants::FlagOrValue),
    ("range", Wants::Value),
    ("length", Wants::Value),
    ("pattern", Wants::Text),
    ("format", Wants::Text),
    ("name", Wants::Text),
    ("description", Wants::Text),
    ("example", Wants::Value),
    ("header", Wants::Text),
    ("complete", Wants::Value),
];

/// A parameter that the client fills in.
pub(crate) struct Argument {
    /// The name in the schema.
    pub(crate) name: String,
    /// The name in the function.
    pub(crate) ident: Ident,
    /// The header in which clients repeat it.
    pub(crate) header: Option<LitStr>,
    aliases: Vec<String>,
    description: String,
    ty: Type,
    need: Need,
    keywords: Vec<Keyword>,
    /// Functions of the runtime that the type must satisfy.
    checks: Vec<&'static str>,
    complete: Option<Complete>,
}

/// Whether the argument may be left out.
enum Need {
    Required,
    Optional,
    Default(TokenStream),
    /// All arguments together.
    Whole,
    Field(Box<Field>),
}

enum Complete {
    List(Vec<LitStr>),
    Function(Expr),
}

impl Argument {
    /// Reads what stands at a parameter.
    pub(crate) fn read(
        ident: Ident,
        source: &Source,
        attributes: &[Attribute],
        documented: &[Documented],
        errors: &mut Errors,
    ) -> Self {
        let options = options(attributes, errors);
        let field = Field::read(&ident, attributes, source, errors);
        let ty = source.ty().clone();
        let bounds = bounds(&options, &ty, errors);
        let name = name(&ident, &options, field.as_ref(), errors);
        let aliases = field.as_ref().map(|field| field.aliases.clone()).unwrap_or_default();
        Self {
            header: header(&options, &ty, &aliases, errors),
            description: description(&ident, &options, attributes, documented, errors),
            aliases,
            keywords: keywords(&options, &bounds, &ty),
            checks: checks(&options),
            complete: complete(&options, errors),
            need: Need::read(&options, source, &bounds, field, errors),
            name,
            ident,
            ty,
        }
    }

    /// Whether a client may leave it out, as far as the macro can tell.
    pub(crate) fn is_required(&self) -> bool {
        matches!(self.need, Need::Required)
    }

    /// Whether nothing is said about it but its type.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.need, Need::Whole) && self.keywords.is_empty() && self.checks.is_empty()
    }

    /// Takes all arguments together, if it would be required anyway.
    pub(crate) fn becomes_whole(&mut self) {
        if self.is_required() {
            self.need = Need::Whole;
        }
    }

    /// The constants by which the argument is described and read; the only place that names its type.
    pub(crate) fn constants(&self, index: usize, rt: &TokenStream) -> TokenStream {
        let (reader, ty) = (reader(index), &self.ty);
        let span = here(ty.span());
        let rt = &moved(rt, span);
        let checks = self.checks.iter().map(|name| check(name, ty, rt));
        let reading = match &self.need {
            Need::Required => quote_spanned!(span=> const #reader: #rt::Reader<#ty> = #rt::required::<#ty>();),
            Need::Whole => quote_spanned!(span=> const #reader: #rt::Reader<#ty> = #rt::whole::<#ty>();),
            Need::Optional => optional(&reader, ty, rt),
            Need::Default(value) => {
                let (default, optional) = (default(index), optional(&reader, ty, rt));
                quote_spanned!(span=> #optional const #default: fn() -> #ty = || #value;)
            }
            Need::Field(field) => field.constants(index, &reader, &self.name, rt),
        };
        quote!(#(#checks)* #reading)
    }

    /// Takes the argument out of a request: an `Option`, which is `None` if it was wrong.
    pub(crate) fn take(&self, index: usize, args: &Ident) -> TokenStream {
        let reader = reader(index);
        let read = quote!((#reader.read)(&mut #args, #index));
        match &self.need {
            Need::Required | Need::Optional | Need::Whole => read,
            Need::Default(_) => {
                let default = default(index);
                quote!(#read.map(|given| ::core::option::Option::unwrap_or_else(given, #default)))
            }
            Need::Field(field) => {
                let name = &field.name;
                quote!(#read.map(|given| given.#name))
            }
        }
    }

    /// The record of the argument.
    pub(crate) fn record(&self, index: usize, rt: &TokenStream) -> TokenStream {
        let Self { name, aliases, description, .. } = self;
        let (reader, need) = (reader(index), self.need.record(index, rt));
        let keywords = self.keywords.iter().map(|Keyword { name, value }| {
            let span = here(value.span());
            let rt = moved(rt, span);
            let value = quote_spanned!(span=> #rt::value(&(#value)));
            quote!((#name, || #value))
        });
        let complete = match &self.complete {
            None => quote!(::core::option::Option::None),
            Some(complete) => {
                let complete = complete.expand(rt);
                quote!(::core::option::Option::Some(#complete))
            }
        };
        quote!(#rt::Param {
            name: #name, aliases: &[#(#aliases),*], description: #description, need: #need, schema: #reader.schema,
            keywords: &[#(#keywords),*], complete: #complete,
        })
    }
}

fn reader(index: usize) -> Ident {
    format_ident!("__MCP_ARGUMENT_{index}")
}

fn default(index: usize) -> Ident {
    format_ident!("__MCP_DEFAULT_{index}")
}

fn optional(reader: &Ident, ty: &Type, rt: &TokenStream) -> TokenStream {
    let span = here(ty.span());
    quote_spanned!(span=> const #reader: #rt::Reader<::core::option::Option<#ty>> = #rt::optional::<#ty>();)
}

impl Need {
    fn read(options: &Options, source: &Source, bounds: &[Bounds], field: Option<Field>, errors: &mut Errors) -> Self {
        match (field, options.span("default"), source) {
            (Some(field), None, _) => Self::Field(Box::new(field)),
            (Some(_), Some(span), _) => {
                errors.at_span(
                    span,
                    "beside `#[serde(…)]` or `#[schemars(…)]` write `#[serde(default)]`, which does the same",
                );
                Self::Required
            }
            (None, Some(span), Source::ClientOptional(inner)) => {
                refuse_default(span, inner, errors);
                Self::Optional
            }
            (None, None, Source::ClientOptional(_)) => Self::Optional,
            (None, None, _) => Self::Required,
            (None, Some(_), _) => Self::Default(default_value(options.value("default"), source.ty(), bounds, errors)),
        }
    }

    fn record(&self, index: usize, rt: &TokenStream) -> TokenStream {
        match self {
            Self::Required | Self::Whole => quote!(#rt::Need::Required),
            Self::Optional => quote!(#rt::Need::Optional),
            Self::Default(_) => {
                let default = default(index);
                quote!(#rt::Need::Default(|| #rt::default_value(#default)))
            }
            Self::Field(_) => quote!(#rt::Need::Declared),
        }
    }
}

/// What is left out is something already.
pub(crate) fn refuse_default(span: Span, inner: &Type, errors: &mut Errors) {
    let inner = shown(inner);
    errors.at_span(
        span,
        format_args!(
            "an `Option` that is left out is `None`: drop `default`, or write `{inner}` for `Option<{inner}>`"
        ),
    );
}

/// What it is if it is left out.
pub(crate) fn default_value(value: Option<&Expr>, ty: &Type, bounds: &[Bounds], errors: &mut Errors) -> TokenStream {
    let Some(value) = value else {
        let span = here(ty.span());
        return quote_spanned!(span=> <#ty as ::core::default::Default>::default());
    };
    bounds.iter().for_each(|bounds| bounds.check_default(value, errors));
    converted(value, ty)
}

/// A text in quotes may be the default of a `String`, and a list in brackets that of a `Vec`.
fn converted(value: &Expr, ty: &Type) -> TokenStream {
    let span = here(value.span());
    match (value, inside(ty, "Vec")) {
        (Expr::Group(group), _) => converted(&group.expr, ty),
        (Expr::Lit(ExprLit { lit: Lit::Str(_), .. }), _) if last_segment(ty).is_some_and(|name| name == "String") => {
            quote_spanned!(span=> ::std::string::String::from(#value))
        }
        (Expr::Array(ExprArray { elems, .. }), Some(inner)) => {
            let elems = elems.iter().map(|elem| converted(elem, inner));
            quote_spanned!(span=> ::std::vec::Vec::from([#(#elems),*]))
        }
        _ => value.to_token_stream(),
    }
}

impl Complete {
    fn expand(&self, rt: &TokenStream) -> TokenStream {
        match self {
            Self::List(values) => quote!(#rt::Completer::list(&[#(#values),*])),
            Self::Function(path) => {
                let span = here(path.span());
                let rt = moved(rt, span);
                quote_spanned!(span=> #rt::completer!(#path))
            }
        }
    }
}

/// Reads all `#[arg(…)]` of a parameter or a field as one.
pub(crate) fn options(attributes: &[Attribute], errors: &mut Errors) -> Options {
    let mut tokens = TokenStream::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("arg")) {
        match &attribute.meta {
            Meta::List(list) => {
                let inside = &list.tokens;
                tokens.extend(quote!(#inside,));
            }
            _ => errors.at(attribute, "write what is to be said in parentheses: `#[arg(range = 1..=7)]`"),
        }
    }
    Options::read(tokens, KEYS, errors)
}

/// The bounds of a number, or of a length.
pub(crate) fn bounds(options: &Options, ty: &Type, errors: &mut Errors) -> Vec<Bounds> {
    let range = options.value("range").and_then(|value| Bounds::read("range", value, errors));
    if let Some(range) = &range {
        range.check_type(ty, errors);
    }
    let length = options.value("length").and_then(|value| Bounds::read("length", value, errors));
    if let Some(length) = &length {
        length.check_whole(errors);
    }
    range.into_iter().chain(length).collect()
}

/// What is said in a schema.
pub(crate) fn keywords(options: &Options, bounds: &[Bounds], ty: &Type) -> Vec<Keyword> {
    let is_length = options.value("length").is_some();
    let bounds = bounds.iter().flat_map(|bounds| if is_length { bounds.of_length(ty) } else { bounds.of_number() });
    let texts = [("pattern", "pattern"), ("format", "format"), ("header", "x-mcp-header")];
    let texts = texts.into_iter().filter_map(|(key, name)| {
        let value = options.text(key)?.to_token_stream();
        Some(Keyword { name, value })
    });
    let example = options.value("example").map(|value| Keyword { name: "examples", value: quote!([#value]) });
    bounds.chain(texts).chain(example).collect()
}

/// Functions of the runtime that the type must satisfy.
pub(crate) fn checks(options: &Options) -> Vec<&'static str> {
    let said = |key: &str| options.span(key).is_some();
    let checks =
        [(said("range"), "has_range"), (said("length"), "has_length"), (said("pattern") || said("format"), "is_text")];
    checks.into_iter().filter(|(said, _)| *said).map(|(_, check)| check).collect()
}

/// A constant that does not compile unless the type satisfies a function of the runtime.
pub(crate) fn check(name: &str, ty: &Type, rt: &TokenStream) -> TokenStream {
    let span = here(ty.span());
    let (rt, name) = (moved(rt, span), Ident::new(name, span));
    quote_spanned!(span=> const _: () = #rt::#name::<#ty>();)
}

/// The header that repeats the argument, for those between client and server who read no bodies.
fn header(options: &Options, ty: &Type, aliases: &[String], errors: &mut Errors) -> Option<LitStr> {
    let header = options.text("header")?;
    if let Err(problem) = spelling::header_name(&header.value()) {
        errors.at(header, problem);
    }
    if !aliases.is_empty() {
        errors.at(header, "a header repeats what has one name: leave out `header`, or `#[serde(alias = …)]`");
    }
    if let Some(kind) = unlike_a_header(ty) {
        errors.at(ty, format_args!("{kind} is not permitted in a header; an integer, text or `bool` is"));
    }
    Some(header.clone())
}

/// What a type is by its name, if that cannot be repeated in a header.
fn unlike_a_header(ty: &Type) -> Option<&'static str> {
    if matches!(ty, Type::Array(_) | Type::Tuple(_)) {
        return Some("a list");
    }
    match last_segment(ty)?.as_str() {
        "f32" | "f64" => Some("a number"),
        "Vec" | "VecDeque" | "HashSet" | "BTreeSet" => Some("a list"),
        "HashMap" | "BTreeMap" | "Map" => Some("a map"),
        _ => None,
    }
}

fn name(ident: &Ident, options: &Options, field: Option<&Field>, errors: &mut Errors) -> String {
    let renamed = field.and_then(|field| field.renamed.clone());
    match (options.text("name"), renamed) {
        (Some(name), Some(_)) => {
            errors.at(name, "the name is given twice: here and by `#[serde(rename = …)]`");
            name.value()
        }
        (Some(name), None) if name.value().is_empty() => {
            errors.at(name, "a name cannot be empty");
            String::new()
        }
        (Some(name), None) => name.value(),
        (None, Some(name)) => name,
        (None, None) => ident.unraw().to_string(),
    }
}

fn description(
    ident: &Ident,
    options: &Options,
    attributes: &[Attribute],
    documented: &[Documented],
    errors: &mut Errors,
) -> String {
    let listed = documented.iter().find(|entry| ident.unraw() == entry.name);
    let given = options.text("description").map(|text| (text.span(), text.value()));
    let doc = docs::span(attributes).map(|span| (span, docs::text(attributes)));
    if let (Some((span, _)), Some(_)) = (&doc, listed) {
        errors.at_span(*span, format_args!("`{ident}` is described twice: here and under `# Arguments`"));
    }
    if let (Some((span, _)), true) = (&given, doc.is_some() || listed.is_some()) {
        errors.at_span(*span, format_args!("`{ident}` is described twice: here and in a doc comment"));
    }
    let text = given.or(doc).map(|(_, text)| text);
    text.or_else(|| listed.map(|entry| entry.text.clone())).unwrap_or_default()
}

fn complete(options: &Options, errors: &mut Errors) -> Option<Complete> {
    match options.value("complete")? {
        Expr::Array(list) => {
            let texts = list.elems.iter().map(|elem| match elem {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text.clone()),
                other => Err(syn::Error::new_spanned(other, "what completes an argument is text: `\"…\"`")),
            });
            let texts: Vec<LitStr> = texts.filter_map(|text| errors.keep(text)).collect();
            Some(Complete::List(texts))
        }
        path @ (Expr::Path(_) | Expr::Closure(_)) => Some(Complete::Function(path.clone())),
        other => {
            errors
                .at(other, "`complete` wants a function or a list: `complete = cities` or `complete = [\"a\", \"b\"]`");
            None
        }
    }
}

/// Reports `complete` where nothing is ever completed.
pub(crate) fn refuse_completion(attributes: &[Attribute], errors: &mut Errors) {
    for list in attributes.iter().filter(|attribute| attribute.path().is_ident("arg")) {
        let options = options(std::slice::from_ref(list), &mut Errors::default());
        if let Some(span) = options.span("complete") {
            errors.at_span(span, "only prompts and resource templates are completed; for a tool write an `enum` with `#[model]`, whose values are in the schema");
        }
    }
}

/// Reports `header` where nothing is ever repeated in one.
pub(crate) fn refuse_header(attributes: &[Attribute], errors: &mut Errors) {
    for list in attributes.iter().filter(|attribute| attribute.path().is_ident("arg")) {
        let options = options(std::slice::from_ref(list), &mut Errors::default());
        if let Some(span) = options.span("header") {
            errors.at_span(span, "only the arguments of a tool are repeated in headers: leave it out");
        }
    }
}
