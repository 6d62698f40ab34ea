//! `#[tool]`: what is special about tools.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, Type};

use crate::about::About;
use crate::attr::{Keys, Options, Wants};
use crate::diag::{Errors, here, moved};
use crate::item::{Kind, Subject};
use crate::spelling;
use crate::types::first_span;

/// What `#[tool]` says beside what every item has.
pub(crate) struct Tool {
    hints: [Option<bool>; HINTS.len()],
    input_schema: Option<Expr>,
    structure: Structure,
    task: Option<Task>,
}

/// What the structured content of a result looks like.
enum Structure {
    /// As the type that the function returns.
    Returned,
    /// Nobody says.
    Hidden,
    /// As this type, whatever the function returns.
    Named(Box<Type>),
}

/// When the calls of a tool are tasks.
#[derive(Clone, Copy)]
enum Task {
    Always,
    Optional,
}

const HINTS: [&str; 4] = ["read_only", "destructive", "idempotent", "open_world"];

impl Kind for Tool {
    const WORD: &'static str = "tool";
    const COMPLETED: bool = false;
    const MIRRORED: bool = true;
    const KEYS: Keys = &[
        ("name", Wants::Text),
        ("title", Wants::Text),
        ("description", Wants::Text),
        ("read_only", Wants::Flag),
        ("destructive", Wants::Flag),
        ("idempotent", Wants::Flag),
        ("open_world", Wants::Flag),
        ("timeout", Wants::Text),
        ("task", Wants::FlagOrValue),
        ("tags", Wants::List),
        ("allow", Wants::List),
        ("icons", Wants::List),
        ("meta", Wants::Pairs),
        ("input_schema", Wants::Value),
        ("output", Wants::FlagOrType),
        ("inline", Wants::Flag),
        ("crate", Wants::Path),
    ];

    fn read(options: &Options, about: &About, subject: &Subject<'_>, errors: &mut Errors) -> Self {
        if let Err(problem) = spelling::tool_name(&about.name) {
            match options.text("name") {
                Some(name) => errors.at(name, problem),
                None => errors.at(
                    &subject.function.sig.ident,
                    format_args!("{problem}, or give another one with `name = \"…\"`"),
                ),
            }
        }
        check_hints(options, errors);
        check_input_schema(options, subject, errors);
        Self {
            hints: HINTS.map(|hint| options.flag(hint)),
            input_schema: options.value("input_schema").cloned(),
            structure: structure(options),
            task: task(options, errors),
        }
    }

    fn record_type() -> Ident {
        Ident::new("Tool", Span::mixed_site())
    }

    fn fields(&self, output: &Type, rt: &TokenStream) -> TokenStream {
        let hints = HINTS.iter().zip(self.hints).map(|(hint, said)| {
            let hint = format_ident!("{hint}");
            match said {
                Some(said) => quote!(#hint: ::core::option::Option::Some(#said)),
                None => quote!(#hint: ::core::option::Option::None),
            }
        });
        let declared = match &self.structure {
            Structure::Returned => {
                let span = here(first_span(output));
                let rt = moved(rt, span);
                quote_spanned!(span=> || #rt::declared!(#output))
            }
            Structure::Hidden => quote!(|| #rt::Declared::Content),
            Structure::Named(ty) => {
                let span = here(first_span(ty));
                let rt = moved(rt, span);
                quote_spanned!(span=> #rt::structured::<#ty>)
            }
        };
        let schema = match &self.input_schema {
            Some(schema) => {
                let span = here(schema.span());
                quote_spanned!(span=> ::core::option::Option::Some(|| #schema))
            }
            None => quote!(::core::option::Option::None),
        };
        let task = match self.task {
            None => quote!(Forbidden),
            Some(Task::Always) => quote!(Required),
            Some(Task::Optional) => quote!(Optional),
        };
        quote!(
            input_schema: #schema, hints: #rt::Hints { #(#hints),* }, task: #rt::TaskSupport::#task, output: #declared,
        )
    }

    fn reply(value: &Ident, rt: &TokenStream) -> TokenStream {
        quote_spanned!(value.span()=> #rt::reply!(#value))
    }
}

/// Where the output schema comes from.
fn structure(options: &Options) -> Structure {
    match (options.ty("output"), options.flag("output")) {
        (Some(ty), _) => Structure::Named(Box::new(ty.clone())),
        (None, Some(false)) => Structure::Hidden,
        (None, Some(true) | None) => Structure::Returned,
    }
}

/// Whether calls are tasks, and for whom.
fn task(options: &Options, errors: &mut Errors) -> Option<Task> {
    options.span("task")?;
    match options.value("task") {
        None => Some(Task::Always),
        Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) if text.value() == "optional" => Some(Task::Optional),
        Some(other) => {
            errors
                .at(other, "write `task` if every call is a task, or `task = \"optional\"` if a client may do without");
            None
        }
    }
}

/// A schema that is written by hand says nothing about single parameters.
fn check_input_schema(options: &Options, subject: &Subject<'_>, errors: &mut Errors) {
    let Some(span) = options.span("input_schema") else {
        return;
    };
    if !matches!(subject.arguments, [argument] if argument.is_plain()) {
        errors.at_span(
            span,
            "with `input_schema` the function owns one parameter, which gets all arguments together: \
             `arguments: serde_json::Map<String, serde_json::Value>`",
        );
    }
}

/// What only reads destroys nothing.
fn check_hints(options: &Options, errors: &mut Errors) {
    let both = options.flag("read_only") == Some(true) && options.flag("destructive") == Some(true);
    if let Some(later) =
        options.keys().filter(|key| *key == "read_only" || *key == "destructive").nth(1).filter(|_| both)
    {
        errors.at(later, "a tool that is `read_only` destroys nothing: leave out `read_only` or `destructive`");
    }
}
