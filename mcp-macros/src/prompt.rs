//! `#[prompt]`: what is special about prompts.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::Type;

use crate::about::About;
use crate::attr::{Keys, Options, Wants};
use crate::diag::Errors;
use crate::item::{Kind, Subject};

/// `#[prompt]` says nothing beside what every item has.
pub(crate) struct Prompt;

impl Kind for Prompt {
    const WORD: &'static str = "prompt";
    const COMPLETED: bool = true;
    const MIRRORED: bool = false;
    const KEYS: Keys = &[
        ("name", Wants::Text),
        ("title", Wants::Text),
        ("description", Wants::Text),
        ("timeout", Wants::Text),
        ("tags", Wants::List),
        ("allow", Wants::List),
        ("icons", Wants::List),
        ("meta", Wants::Pairs),
        ("inline", Wants::Flag),
        ("crate", Wants::Path),
    ];

    fn read(_: &Options, _: &About, _: &Subject<'_>, _: &mut Errors) -> Self {
        Self
    }

    fn record_type() -> Ident {
        Ident::new("Prompt", Span::mixed_site())
    }

    fn fields(&self, _: &Type, _: &TokenStream) -> TokenStream {
        TokenStream::new()
    }

    fn reply(value: &Ident, rt: &TokenStream) -> TokenStream {
        quote_spanned!(value.span()=> #rt::messages!(#value))
    }
}
