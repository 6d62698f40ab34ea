//! What the three attributes have in common: they read a function, check it, keep it, and put a record beside it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, Meta, Path, Type};

use crate::about::About;
use crate::argument::Argument;
use crate::attr::{Keys, Options};
use crate::diag::{Errors, here, moved};
use crate::docs;
use crate::function::Function;
use crate::parameters::{self, Place, argument_name};
use crate::signature::Signature;

/// One of the three attributes.
pub(crate) trait Kind: Sized {
    /// What it makes of a function: "tool".
    const WORD: &'static str;
    /// What may stand between its parentheses.
    const KEYS: Keys;
    /// Whether clients can ask what completes an argument.
    const COMPLETED: bool;
    /// Whether clients can repeat an argument in a header.
    const MIRRORED: bool;

    /// Reads what is special about it.
    fn read(options: &Options, about: &About, subject: &Subject<'_>, errors: &mut Errors) -> Self;

    /// The type of the record, which is also the variant of `Item`.
    fn record_type() -> Ident;

    /// What the record has beside `about` and `call`.
    fn fields(&self, output: &Type, rt: &TokenStream) -> TokenStream;

    /// Turns `value`, which the function returned, into what a client gets.
    fn reply(value: &Ident, rt: &TokenStream) -> TokenStream;
}

/// What a kind of item looks at.
pub(crate) struct Subject<'s> {
    /// The function.
    pub(crate) function: &'s Function,
    /// The parameters that the client fills in.
    pub(crate) arguments: &'s [Argument],
}

struct Item<K> {
    kind: K,
    about: About,
    arguments: Vec<Argument>,
    /// How each parameter of the function gets its value, in order.
    parameters: Vec<Place>,
    output: Type,
    output_span: Span,
    running: Running,
    rt: TokenStream,
}

/// How the function runs.
#[derive(Clone, Copy)]
enum Running {
    /// An `async fn`.
    Async,
    /// A plain `fn`, on a thread of its own.
    Blocking,
    /// A plain `fn` that never waits.
    Inline,
}

/// Expands an attribute on an item. The item stays in any case, so that no second error follows.
pub(crate) fn expand<K: Kind>(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::read(attribute, K::KEYS, &mut errors);
    let mut function = match Function::read(item.clone(), K::WORD) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            let errors = errors.finish(()).err().map(syn::Error::into_compile_error);
            return quote!(#item #errors);
        }
    };
    let item = Item::<K>::read(&options, &mut function, &mut errors);
    let record = errors.finish(()).map(|()| item.expand(&function)).unwrap_or_else(syn::Error::into_compile_error);
    // The rule for parameters decides what is owned and what is borrowed, not how the body uses it; and each argument is one,
    // however many there are.
    quote! {
        #[allow(
            clippy::fn_params_excessive_bools,
            clippy::needless_pass_by_value,
            clippy::too_many_arguments,
            clippy::trivially_copy_pass_by_ref
        )]
        #function
        #record
    }
}

impl<K: Kind> Item<K> {
    fn read(options: &Options, function: &mut Function, errors: &mut Errors) -> Self {
        refuse_second_attribute(function, K::WORD, errors);
        let about = About::read(options, function, errors);
        let signature = Signature::read(function, K::WORD, errors);
        let documented = docs::arguments(&function.attrs);
        parameters::check_documented(&documented, &signature.parameters, errors);
        if !K::COMPLETED {
            parameters::refuse_completion(&signature.parameters, errors);
        }
        if !K::MIRRORED {
            parameters::refuse_headers(&signature.parameters, errors);
        }
        let (mut arguments, parameters) = parameters::sort(signature.parameters, &documented, errors);
        if options.span("input_schema").is_some() {
            arguments.iter_mut().for_each(Argument::becomes_whole);
        }
        parameters::check_names(&arguments, errors);
        parameters::check_headers(&arguments, errors);
        let subject = Subject { function, arguments: &arguments };
        Self {
            kind: K::read(options, &about, &subject, errors),
            about,
            arguments,
            parameters,
            output: signature.output,
            output_span: signature.output_span,
            running: running(options, function, errors),
            rt: runtime(options.path("crate")),
        }
    }

    fn expand(&self, function: &Function) -> TokenStream {
        let rt = &self.rt;
        let name = record_name(&function.sig.ident);
        let (vis, kept) = (&function.vis, kept(&function.attrs));
        let cfgs: Vec<_> = function.attributes("cfg").collect();
        let variant = K::record_type();
        let (constants, start, record) = (self.constants(), self.start(function), self.record());
        // An `impl` cannot stand in an `impl` block, where a function without `self` looks like any other: rustc then
        // says "implementation is not supported in `impl`s, consider moving the implementation out".
        let implementation = quote_spanned!(name.span()=> impl #name);
        let marker = quote_spanned!(name.span()=> struct #name {});
        quote! {
            #(#kept)*
            #implementation {
                pub const ITEM: #rt::Item = {
                    #constants
                    #start
                    static __MCP_RECORD: #rt::#variant = #record;
                    #rt::submit! { #rt::Linked(#rt::Item::#variant(&__MCP_RECORD)) }
                    #rt::Item::#variant(&__MCP_RECORD)
                };
            }
            #(#cfgs)*
            #[doc(hidden)]
            #vis #marker
        }
    }

    /// Every type that the user wrote is named here, once, so that a type that will not do is one error.
    fn constants(&self) -> TokenStream {
        let rt = &self.rt;
        let arguments = self.arguments.iter().enumerate().map(|(index, argument)| argument.constants(index, rt));
        let lenders = self.parameters.iter().enumerate().map(|(index, place)| place.constant(index, rt));
        let (output, span) = (&self.output, here(self.output_span));
        let value = Ident::new("value", span);
        let reply = K::reply(&value, &moved(rt, span));
        quote_spanned! {span=>
            #(#arguments)*
            #(#lenders)*
            const __MCP_REPLY: fn(#output) -> ::core::result::Result<#rt::Output, #rt::Failure> = |#value| #reply;
        }
    }

    /// The function that decodes the arguments and starts the user's function.
    fn start(&self, function: &Function) -> TokenStream {
        let rt = &self.rt;
        let args = local("args");
        let names: Vec<_> = (0..self.arguments.len()).map(argument_name).collect();
        let takes = self.arguments.iter().enumerate().map(|(index, argument)| argument.take(index, &args));
        let mutable = (!names.is_empty()).then(|| quote!(mut));
        let run = self.run(function);
        let (call, finished) = (local("call"), local("finished"));
        quote! {
            fn __mcp_start(
                #mutable #args: #rt::Arguments<'_>,
                #call: #rt::Call,
            ) -> ::core::result::Result<#rt::Running, #rt::Refused> {
                #(let #names = #takes;)*
                match (#args.finish(), #(#names,)*) {
                    (::core::result::Result::Ok(()), #(::core::option::Option::Some(#names),)*) => {
                        ::core::result::Result::Ok(#run)
                    }
                    (#finished, ..) => ::core::result::Result::Err(#rt::refused(#finished)),
                }
            }
        }
    }

    fn run(&self, function: &Function) -> TokenStream {
        let (rt, call, name) = (&self.rt, local("call"), &function.sig.ident);
        match self.running {
            Running::Blocking => {
                let values =
                    self.parameters.iter().enumerate().map(|(index, place)| place.value(index, &quote!(#call)));
                quote!(#rt::blocking(#call, move |#call: &#rt::Call| __MCP_REPLY(#name(#(#values),*))))
            }
            Running::Inline | Running::Async => {
                let values =
                    self.parameters.iter().enumerate().map(|(index, place)| place.value(index, &quote!(&#call)));
                let wait = matches!(self.running, Running::Async).then(|| quote!(.await));
                let span = here(name.span());
                let future = quote_spanned!(span=> async move {
                    let #call = #call;
                    __MCP_REPLY(#name(#(#values),*)#wait)
                });
                quote_spanned!(span=> ::std::boxed::Box::pin(#future))
            }
        }
    }

    fn record(&self) -> TokenStream {
        let rt = &self.rt;
        let variant = K::record_type();
        let params: Vec<_> =
            self.arguments.iter().enumerate().map(|(index, argument)| argument.record(index, rt)).collect();
        let lends: Vec<_> = self.parameters.iter().enumerate().filter_map(|(index, place)| place.lend(index)).collect();
        let about = self.about.record(rt, &params, &lends);
        let fields = self.kind.fields(&self.output, rt);
        quote!(#rt::#variant { about: #about, #fields call: __mcp_start })
    }
}

/// The name of the hidden type whose `ITEM` is the record of a function.
pub(crate) fn record_name(function: &Ident) -> Ident {
    Ident::new(&format!("__mcp_item_{}", function.unraw()), Span::call_site().located_at(function.span()))
}

/// Where the runtime is.
pub(crate) fn runtime(path: Option<&Path>) -> TokenStream {
    match path {
        Some(path) => quote!(#path::__private),
        None => quote!(::mcp_runtime::__private),
    }
}

fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The attributes of the function or type that its record needs too.
pub(crate) fn kept(attributes: &[Attribute]) -> Vec<TokenStream> {
    let mut kept: Vec<TokenStream> = Vec::new();
    for attribute in attributes {
        match &attribute.meta {
            Meta::List(list) if list.path.is_ident("cfg") || list.path.is_ident("allow") => {
                kept.push(attribute.to_token_stream());
            }
            Meta::List(list) if list.path.is_ident("expect") => {
                let lints = &list.tokens;
                kept.push(quote!(#[allow(#lints)]));
            }
            meta if meta.path().is_ident("deprecated") => kept.push(quote!(#[allow(deprecated)])),
            _ => {}
        }
    }
    kept
}

/// A second attribute of ours on the same function.
fn refuse_second_attribute(function: &Function, kind: &str, errors: &mut Errors) {
    let ours = |path: &Path| {
        let last = path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        let known = ["tool", "resource", "prompt"].contains(&last.as_str());
        known && (path.segments.len() == 1 || path.segments.first().is_some_and(|first| first.ident == "mcp_runtime"))
    };
    if let Some(attribute) = function.attrs.iter().find(|attribute| ours(attribute.path())) {
        errors.at(
            attribute.path(),
            format_args!("this function is a {kind} already: write a second function that calls this one"),
        );
    }
}

fn running(options: &Options, function: &Function, errors: &mut Errors) -> Running {
    match (options.span("inline"), function.sig.asyncness) {
        (Some(span), Some(_)) => {
            errors
                .at_span(span, "`inline` is for a plain `fn`: an `async fn` has no thread of its own, so leave it out");
            Running::Async
        }
        (None, Some(_)) => Running::Async,
        (Some(_), None) if options.flag("inline") == Some(true) => Running::Inline,
        (_, None) => Running::Blocking,
    }
}
