//! Collects everything that is wrong with an item, so that all of it is reported at once.

use std::fmt::Display;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// What is wrong so far. [`Errors::finish`] is the only way past it.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Reports a mistake at the tokens that have to change.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Reports a mistake at a place.
    pub(crate) fn at_span(&mut self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// Adds what a parser found.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Takes the value out of a result and keeps its error.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// `value`, if nothing is wrong.
    pub(crate) fn finish<T>(self, value: T) -> syn::Result<T> {
        match self.0 {
            Some(errors) => Err(errors),
            None => Ok(value),
        }
    }
}

/// A span that points at the user's code and resolves names as the macro does.
pub(crate) fn here(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// The same tokens at another place; names still resolve where they came from.
pub(crate) fn moved(tokens: &TokenStream, span: Span) -> TokenStream {
    tokens.clone().into_iter().map(|tree| moved_tree(tree, span)).collect()
}

fn moved_tree(tree: TokenTree, span: Span) -> TokenTree {
    let mut tree = match tree {
        TokenTree::Group(group) => TokenTree::Group(Group::new(group.delimiter(), moved(&group.stream(), span))),
        other => other,
    };
    tree.set_span(tree.span().located_at(span));
    tree
}
