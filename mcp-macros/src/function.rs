//! The function under an attribute. Its body stays as it is and is never parsed.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Signature, Visibility};

/// A function, as the user wrote it.
pub(crate) struct Function {
    /// Its attributes, below ours and above.
    pub(crate) attrs: Vec<Attribute>,
    /// `pub`, or not.
    pub(crate) vis: Visibility,
    /// Everything up to the body.
    pub(crate) sig: Signature,
    /// The body, with its braces.
    body: TokenStream,
}

impl Function {
    /// Reads a function, or says what stands there instead.
    pub(crate) fn read(tokens: TokenStream, attribute: &str) -> syn::Result<Self> {
        let other = other_item(&tokens);
        let Some((word, keyword)) = other else {
            return syn::parse2(tokens);
        };
        let text = match word.as_str() {
            "impl" | "trait" => format!("`#[{attribute}]` goes on a plain function, outside of `{word}` blocks"),
            _ => format!("`#[{attribute}]` goes on a function, this is a `{word}`"),
        };
        Err(syn::Error::new_spanned(keyword, text))
    }

    /// Its name, without `r#`.
    pub(crate) fn name(&self) -> String {
        self.sig.ident.unraw().to_string()
    }

    /// Attributes of this name.
    pub(crate) fn attributes<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f Attribute> {
        self.attrs.iter().filter(move |attribute| attribute.path().is_ident(name))
    }

    /// Whether it has a body.
    pub(crate) fn has_body(&self) -> bool {
        matches!(self.body.clone().into_iter().next(), Some(TokenTree::Group(_)))
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            sig: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, sig, body } = self;
        attrs.iter().for_each(|attribute| attribute.to_tokens(tokens));
        vis.to_tokens(tokens);
        sig.to_tokens(tokens);
        body.to_tokens(tokens);
    }
}

/// The first keyword, if it opens an item that is no function. (`const fn` and `unsafe fn` are functions.)
fn other_item(tokens: &TokenStream) -> Option<(String, Ident)> {
    let words = tokens.clone().into_iter().filter_map(|tree| match tree {
        TokenTree::Ident(word) => Some((word.to_string(), word)),
        _ => None,
    });
    let items =
        ["struct", "enum", "union", "impl", "trait", "mod", "const", "static", "type", "use", "macro_rules", "extern"];
    let words: Vec<_> = words.take_while(|(word, _)| word != "fn").collect();
    let ends = tokens.clone().into_iter().any(|tree| matches!(&tree, TokenTree::Ident(word) if word == "fn"));
    let found = words.into_iter().find(|(word, _)| items.contains(&word.as_str()))?;
    let modifier = ends && ["const", "extern"].contains(&found.0.as_str());
    (!modifier).then_some(found)
}
