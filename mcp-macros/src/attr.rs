//! Reads what stands between the parentheses of an attribute: `key`, `key = value`, `key(…)`.
//!
//! Every mistake is reported here; past this point a key has the kind of value that its table names.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, LitBool, LitStr, Path, Token, Type, parenthesized, token};

use crate::diag::Errors;
use crate::spelling;

/// The keys of one attribute, each with the kind of value that it takes.
pub(crate) type Keys = &'static [(&'static str, Wants)];

/// The kind of value that a key takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wants {
    /// `key = "…"`
    Text,
    /// `key`, `key = false`
    Flag,
    /// `key = expression`
    Value,
    /// `key`, `key = expression`
    FlagOrValue,
    /// `key`, `key = false`, `key = a::Type<T>`
    FlagOrType,
    /// `key("…", …)`
    List,
    /// `key("…" = expression, …)`
    Pairs,
    /// `key = a::path`
    Path,
}

/// A value of the kind that its key takes.
enum Given {
    Text(LitStr),
    Flag(bool),
    Word,
    Expr(Expr),
    Type(Box<Type>),
    List(Vec<Expr>),
    Pairs(Vec<(LitStr, Expr)>),
    Path(Path),
}

struct Entry {
    key: Ident,
    value: Given,
}

/// What an attribute says.
#[derive(Default)]
pub(crate) struct Options(Vec<Entry>);

impl Options {
    /// Reads an attribute and reports what it should not say.
    pub(crate) fn read(tokens: TokenStream, keys: Keys, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let read = |input: ParseStream<'_>| {
            options.read_all(input, keys, errors);
            Ok(())
        };
        if let Err(error) = read.parse2(tokens) {
            errors.push(error);
        }
        options
    }

    fn read_all(&mut self, input: ParseStream<'_>, keys: Keys, errors: &mut Errors) {
        self.read_uri(input, keys, errors);
        while !input.is_empty() {
            if let Some(entry) = errors.keep(Entry::parse(input, keys)) {
                self.add(entry, errors);
                errors.keep(ends(input));
            }
            skip_to_comma(input);
        }
    }

    /// The string that opens `#[resource("…")]` is short for `uri = "…"`.
    fn read_uri(&mut self, input: ParseStream<'_>, keys: Keys, errors: &mut Errors) {
        if !input.peek(LitStr) || keys.iter().all(|(key, _)| *key != "uri") {
            return;
        }
        if let Some(text) = errors.keep(input.parse::<LitStr>()) {
            let key = Ident::new("uri", text.span());
            self.0.push(Entry { key, value: Given::Text(text) });
            errors.keep(ends(input));
            skip_to_comma(input);
        }
    }

    fn add(&mut self, entry: Entry, errors: &mut Errors) {
        match self.0.iter().any(|other| other.key == entry.key) {
            true => errors.at(&entry.key, format_args!("`{}` is given twice", entry.key)),
            false => self.0.push(entry),
        }
    }

    fn find(&self, key: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.key == key)
    }

    /// Where a key stands.
    pub(crate) fn span(&self, key: &str) -> Option<Span> {
        self.find(key).map(|entry| entry.key.span())
    }

    /// The keys that were given.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Ident> {
        self.0.iter().map(|entry| &entry.key)
    }

    /// The value of `key = "…"`.
    pub(crate) fn text(&self, key: &str) -> Option<&LitStr> {
        match &self.find(key)?.value {
            Given::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of `key` or `key = false`.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        match self.find(key)?.value {
            Given::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    /// The value of `key = expression`.
    pub(crate) fn value(&self, key: &str) -> Option<&Expr> {
        match &self.find(key)?.value {
            Given::Expr(value) => Some(value),
            _ => None,
        }
    }

    /// The type of `key = a::Type<T>`.
    pub(crate) fn ty(&self, key: &str) -> Option<&Type> {
        match &self.find(key)?.value {
            Given::Type(ty) => Some(ty),
            _ => None,
        }
    }

    /// The values of `key(…)`.
    pub(crate) fn list(&self, key: &str) -> &[Expr] {
        match self.find(key).map(|entry| &entry.value) {
            Some(Given::List(list)) => list,
            _ => &[],
        }
    }

    /// The pairs of `key("…" = …)`.
    pub(crate) fn pairs(&self, key: &str) -> &[(LitStr, Expr)] {
        match self.find(key).map(|entry| &entry.value) {
            Some(Given::Pairs(pairs)) => pairs,
            _ => &[],
        }
    }

    /// The value of `key = a::path`.
    pub(crate) fn path(&self, key: &str) -> Option<&Path> {
        match &self.find(key)?.value {
            Given::Path(path) => Some(path),
            _ => None,
        }
    }
}

impl Entry {
    fn parse(input: ParseStream<'_>, keys: Keys) -> syn::Result<Self> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(no_key(input, keys)));
        }
        let key = input.call(Ident::parse_any)?;
        let name = key.to_string();
        let Some((_, wants)) = keys.iter().find(|(known, _)| *known == name) else {
            return Err(unknown(&key, keys));
        };
        let value =
            wants.parse(input).map_err(|span| syn::Error::new(span.unwrap_or(key.span()), wants.advice(&name)))?;
        Ok(Self { key, value })
    }
}

impl Wants {
    /// The value, or where something else stands (nowhere, if nothing does).
    fn parse(self, input: ParseStream<'_>) -> Result<Given, Option<Span>> {
        let given = input.peek(Token![=]);
        if given {
            let _equals: Result<Token![=], _> = input.parse();
        }
        let span = (!input.is_empty()).then(|| input.span());
        let bare = !given && !input.peek(token::Paren);
        self.parse_value(input, given, bare).map_err(|_| span.filter(|_| !bare))
    }

    fn parse_value(self, input: ParseStream<'_>, given: bool, bare: bool) -> syn::Result<Given> {
        match self {
            Self::Flag | Self::FlagOrType if bare => Ok(Given::Flag(true)),
            Self::FlagOrValue if bare => Ok(Given::Word),
            Self::Text if given => input.parse().map(Given::Text),
            Self::Flag if given => input.parse().map(|flag: LitBool| Given::Flag(flag.value)),
            Self::Value | Self::FlagOrValue if given => input.parse().map(Given::Expr),
            Self::FlagOrType if given && input.peek(LitBool) => Self::Flag.parse_value(input, given, bare),
            Self::FlagOrType if given => input.parse().map(|ty| Given::Type(Box::new(ty))),
            Self::Path if given => path(input).map(Given::Path),
            Self::List if !given && !bare => {
                let list = inside(input)?.call(Punctuated::<Expr, Token![,]>::parse_terminated)?;
                Ok(Given::List(list.into_iter().collect()))
            }
            Self::Pairs if !given && !bare => {
                let pairs = inside(input)?.call(Punctuated::<Pair, Token![,]>::parse_terminated)?;
                Ok(Given::Pairs(pairs.into_iter().map(|pair| (pair.0, pair.1)).collect()))
            }
            _ => Err(input.error("another kind of value")),
        }
    }

    fn advice(self, key: &str) -> String {
        match self {
            Self::Text if ["timeout", "ttl"].contains(&key) => {
                format!("`{key}` wants a time in a string: `{key} = \"10s\"`")
            }
            Self::Text if key == "scope" => "`scope` wants `\"public\"` or `\"private\"`".to_owned(),
            Self::Text => format!("`{key}` wants a string: `{key} = \"…\"`"),
            Self::Flag => format!("`{key}` is said or denied: `{key}` or `{key} = false`"),
            Self::Value if key == "range" => "`range` wants a range: `range = 1..=7`".to_owned(),
            Self::Value if key == "length" => "`length` wants a range: `length = 1..=20`".to_owned(),
            Self::Value if key == "complete" => {
                "`complete` wants a function or a list: `complete = cities` or `complete = [\"a\", \"b\"]`".to_owned()
            }
            Self::Value if key == "size" => "`size` wants a number of bytes: `size = 1024`".to_owned(),
            Self::Value => format!("`{key}` wants a value: `{key} = …`"),
            Self::FlagOrValue if key == "task" => "write `task` or `task = \"optional\"`".to_owned(),
            Self::FlagOrValue => format!("write `{key}` or `{key} = …`"),
            Self::FlagOrType => format!("`{key}` wants `false`, or a type: `{key} = Weather`"),
            Self::List if key == "allow" => "`allow` wants the names of lints: `allow(long_name)`".to_owned(),
            Self::List => format!("`{key}` wants a list: `{key}(\"…\", \"…\")`"),
            Self::Pairs => format!("`{key}` wants pairs: `{key}(\"key\" = value)`"),
            Self::Path => format!("`{key}` wants a path: `{key} = company::mcp`"),
        }
    }
}

/// `"key" = value`
struct Pair(LitStr, Expr);

impl Parse for Pair {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok(Self(key, input.parse()?))
    }
}

fn inside<'i>(input: ParseStream<'i>) -> syn::Result<syn::parse::ParseBuffer<'i>> {
    let content;
    parenthesized!(content in input);
    Ok(content)
}

/// A path, bare or (as serde has it) in a string.
fn path(input: ParseStream<'_>) -> syn::Result<Path> {
    match input.peek(LitStr) {
        true => input.parse::<LitStr>()?.parse_with(Path::parse_mod_style),
        false => input.call(Path::parse_mod_style),
    }
}

/// Nothing but a comma may follow a key and its value.
fn ends(input: ParseStream<'_>) -> syn::Result<()> {
    match input.is_empty() || input.peek(Token![,]) {
        true => Ok(()),
        false => Err(input.error("expected a comma")),
    }
}

/// Goes on with the next key, whatever stands before it.
fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _skipped: Result<TokenTree, _> = input.parse();
    }
    let _comma: Result<Option<Token![,]>, _> = input.parse();
}

fn no_key(input: ParseStream<'_>, keys: Keys) -> String {
    match input.peek(LitStr) && keys.iter().any(|(key, _)| *key == "description") {
        true => "expected a key: write `description = \"…\"`, or a doc comment above the function".to_owned(),
        false => format!("expected a key; known are {}", listed(keys)),
    }
}

/// What other frameworks have a key for and we have not, beside one of our keys where it is missed.
const ELSEWHERE: [(&str, &str, &str); 5] = [
    ("annotations", "read_only", "write its keys without it: `read_only`, `destructive`, `idempotent`, `open_world`"),
    ("enum", "range", "the choices are the variants of an `enum` with `#[model]`, which becomes the type"),
    ("choices", "range", "the choices are the variants of an `enum` with `#[model]`, which becomes the type"),
    ("required", "default", "every argument is required unless it is an `Option` or has a `default`"),
    ("optional", "default", "what may be left out is an `Option`, or has a `default`"),
];

fn unknown(key: &Ident, keys: Keys) -> syn::Error {
    let name = key.to_string();
    let is_ours = |word: &str| keys.iter().any(|(key, _)| *key == word);
    let elsewhere = ELSEWHERE.iter().find(|(word, beside, _)| *word == name && is_ours(beside));
    let text = match (elsewhere, spelling::nearest(&name, keys.iter().map(|(key, _)| *key))) {
        (Some((_, _, advice)), _) => format!("unknown key `{name}`: {advice}"),
        (None, Some(meant)) => format!("unknown key `{name}`; did you mean `{meant}`?"),
        (None, None) => format!("unknown key `{name}`; known are {}", listed(keys)),
    };
    syn::Error::new_spanned(key, text)
}

fn listed(keys: Keys) -> String {
    keys.iter().map(|(key, _)| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}
