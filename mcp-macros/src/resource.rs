//! `#[resource]`: what is special about resources and templates of resources.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprLit, Lit, LitStr, Type};

use crate::about::{self, About};
use crate::argument::Argument;
use crate::attr::{Keys, Options, Wants};
use crate::diag::Errors;
use crate::item::{Kind, Subject};
use crate::spelling;
use crate::template::Template;

/// What `#[resource]` says beside what every item has.
pub(crate) struct Resource {
    /// `None` only if that was reported.
    uri: Option<Template>,
    mime: Option<LitStr>,
    size: Option<Expr>,
    watch: bool,
    ttl: Option<u64>,
    scope: Option<Ident>,
}

impl Kind for Resource {
    const WORD: &'static str = "resource";
    const COMPLETED: bool = true;
    const MIRRORED: bool = false;
    const KEYS: Keys = &[
        ("uri", Wants::Text),
        ("name", Wants::Text),
        ("title", Wants::Text),
        ("description", Wants::Text),
        ("mime", Wants::Text),
        ("size", Wants::Value),
        ("watch", Wants::Flag),
        ("ttl", Wants::Text),
        ("scope", Wants::Text),
        ("timeout", Wants::Text),
        ("tags", Wants::List),
        ("allow", Wants::List),
        ("icons", Wants::List),
        ("meta", Wants::Pairs),
        ("inline", Wants::Flag),
        ("crate", Wants::Path),
    ];

    fn read(options: &Options, _: &About, subject: &Subject<'_>, errors: &mut Errors) -> Self {
        Self {
            uri: uri(options, subject, errors),
            mime: options.text("mime").filter(|mime| check_mime(mime, errors)).cloned(),
            size: options.value("size").filter(|size| check_size(size, errors)).cloned(),
            watch: options.flag("watch").unwrap_or_default(),
            ttl: options.text("ttl").and_then(|text| about::time(text, errors)),
            scope: options.text("scope").and_then(|text| scope(text, errors)),
        }
    }

    fn record_type() -> Ident {
        Ident::new("Resource", Span::mixed_site())
    }

    fn fields(&self, output: &Type, rt: &TokenStream) -> TokenStream {
        let uri = self.uri.as_ref().map(|uri| uri.expand(rt));
        let mime = option(self.mime.as_ref());
        let size = option(self.size.as_ref());
        let watch = self.watch;
        let ttl = about::duration(self.ttl);
        let scope = option(self.scope.as_ref().map(|scope| quote!(#rt::CacheScope::#scope)).as_ref());
        quote! {
            uri: #uri, mime: #mime, usual_mime: || #rt::usual_mime!(#output), size: #size, ttl: #ttl,
            scope: #scope, watch: #watch,
        }
    }

    fn reply(value: &Ident, rt: &TokenStream) -> TokenStream {
        quote_spanned!(value.span()=> #rt::contents!(#value))
    }
}

fn option(value: Option<&impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

fn uri(options: &Options, subject: &Subject<'_>, errors: &mut Errors) -> Option<Template> {
    let Some(text) = options.text("uri") else {
        // Something else in its place has been reported already.
        if options.span("uri").is_none() {
            errors.at_span(Span::call_site(), "a resource needs a URI: `#[resource(\"config://app\")]`");
        }
        return None;
    };
    let uri = Template::read(text, errors)?;
    check_variables(text, &uri, subject.arguments, errors);
    check_arguments(&uri, subject.arguments, errors);
    Some(uri)
}

/// Every variable needs a parameter.
fn check_variables(text: &LitStr, uri: &Template, arguments: &[Argument], errors: &mut Errors) {
    let variables: Vec<&str> = uri.variables().map(|variable| variable.name).collect();
    let free = arguments.iter().map(|argument| argument.name.as_str()).filter(|name| !variables.contains(name));
    for name in variables.iter().filter(|name| arguments.iter().all(|argument| argument.name != **name)) {
        match spelling::nearest(name, free.clone()) {
            Some(meant) => errors.at(text, format_args!("`{name}` has no parameter; did you mean `{meant}`?")),
            None => errors.at(text, format_args!("`{name}` has no parameter: add `{name}: String` to the function")),
        }
    }
}

/// Every parameter needs a variable, and may be left out only if the variable may.
fn check_arguments(uri: &Template, arguments: &[Argument], errors: &mut Errors) {
    for argument in arguments {
        let name = &argument.name;
        match uri.variables().find(|variable| variable.name == *name) {
            None => errors.at(
                &argument.ident,
                format_args!("`{name}` is not in the URI: add `{{{name}}}` there, or borrow it from the server with `&`"),
            ),
            Some(variable) if !variable.optional && !argument.is_required() => errors.at(
                &argument.ident,
                format_args!("`{{{name}}}` is always there, so it needs no `Option` and no default; `{{?{name}}}` may be left out"),
            ),
            Some(_) => {}
        }
    }
}

fn check_mime(mime: &LitStr, errors: &mut Errors) -> bool {
    let text = mime.value();
    let fits = text.split_once('/').is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty());
    if !fits {
        errors.at(mime, "a media type looks like `\"text/plain\"`");
    }
    fits
}

fn check_size(size: &Expr, errors: &mut Errors) -> bool {
    let fits = match size {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse::<u64>().is_ok(),
        Expr::Lit(_) | Expr::Unary(_) => false,
        _ => true,
    };
    if !fits {
        errors.at(size, "a size is a number of bytes: `size = 1024`");
    }
    fits
}

/// The variant of `CacheScope` that is meant.
fn scope(text: &LitStr, errors: &mut Errors) -> Option<Ident> {
    let variant = match &*text.value() {
        "public" => "Public",
        "private" => "Private",
        _ => {
            errors.at(text, "a scope is `\"public\"` (anybody may keep it) or `\"private\"` (only who asked)");
            return None;
        }
    };
    Some(Ident::new(variant, Span::mixed_site()))
}
