//! `range = 1..=7` and `length = 1..=20`: what they say in a schema, and what can be checked at once.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, ExprRange, ExprUnary, Lit, RangeLimits, Type, UnOp};

use crate::diag::{Errors, here};
use crate::types::{inside, last_segment, shown};

/// A range of numbers or of lengths.
pub(crate) struct Bounds {
    least: Option<Expr>,
    most: Option<Expr>,
    inclusive: bool,
    text: String,
}

/// A keyword of a schema and its value.
pub(crate) struct Keyword {
    /// Its name.
    pub(crate) name: &'static str,
    /// An expression for its value, of any type with `Serialize`.
    pub(crate) value: TokenStream,
}

impl Bounds {
    /// Reads the value of `range` or `length`.
    pub(crate) fn read(key: &str, value: &Expr, errors: &mut Errors) -> Option<Self> {
        let Expr::Range(ExprRange { start, limits, end, .. }) = value else {
            errors.at(value, format_args!("`{key}` wants a range: `{key} = 1..=7`"));
            return None;
        };
        let (least, most) = (start.as_deref().cloned(), end.as_deref().cloned());
        let inclusive = matches!(limits, RangeLimits::Closed(_));
        let bounds = Self { least, most, inclusive, text: shown(value).replace(' ', "") };
        bounds.check(value, errors).then_some(bounds)
    }

    fn check(&self, value: &Expr, errors: &mut Errors) -> bool {
        let (least, most) = (self.least.as_ref(), self.most.as_ref());
        if least.is_none() && most.is_none() {
            errors.at(value, "a range without bounds says nothing: leave it out");
            return false;
        }
        if let Some(text) = [least, most].into_iter().flatten().find(|bound| is_text(bound)) {
            errors.at(text, "a bound is a number");
            return false;
        }
        let empty = match (least.and_then(number), most.and_then(number)) {
            (Some(least), Some(most)) => least > most || (least >= most && !self.inclusive),
            _ => false,
        };
        if empty {
            errors.at(value, format_args!("nothing is in `{}`: the smaller bound comes first", self.text));
        }
        !empty
    }

    /// The keywords of a number.
    pub(crate) fn of_number(&self) -> Vec<Keyword> {
        let most = if self.inclusive { "maximum" } else { "exclusiveMaximum" };
        let bounds = [("minimum", self.least.as_ref()), (most, self.most.as_ref())];
        bounds.into_iter().filter_map(|(name, bound)| Some(Keyword { name, value: plain(bound?) })).collect()
    }

    /// The keywords of a text or a list.
    pub(crate) fn of_length(&self, ty: &Type) -> Vec<Keyword> {
        let (least, most) = if is_list(ty) { ("minItems", "maxItems") } else { ("minLength", "maxLength") };
        let least = self.least.as_ref().map(|bound| Keyword { name: least, value: plain(bound) });
        let most = self.most.as_ref().map(|bound| Keyword { name: most, value: self.last_length(bound) });
        least.into_iter().chain(most).collect()
    }

    fn last_length(&self, bound: &Expr) -> TokenStream {
        let plain = plain(bound);
        match self.inclusive {
            true => plain,
            false => quote_spanned!(here(bound.span())=> (#plain) - 1),
        }
    }

    /// A length is a whole number.
    pub(crate) fn check_whole(&self, errors: &mut Errors) {
        for bound in [&self.least, &self.most].into_iter().flatten() {
            if number(bound).is_some_and(|number| number < 0.0 || number.fract() > 0.0) {
                errors.at(bound, "a length is a whole number from 0 on");
            }
        }
    }

    /// Reports a bound that the type cannot hold: what is between is promised and then refused.
    pub(crate) fn check_type(&self, ty: &Type, errors: &mut Errors) {
        let name = last_segment(ty).unwrap_or_default();
        let Some((_, least, most)) = INTEGERS.iter().find(|(integer, ..)| *integer == name) else {
            return;
        };
        for bound in [&self.least, &self.most].into_iter().flatten() {
            if number(bound).is_some_and(|number| number < *least || number > *most) {
                errors.at(
                    bound,
                    format_args!("a `{name}` holds {least} to {most}: narrow the range, or take a larger type"),
                );
            }
        }
    }

    /// Reports a default that the schema would refuse.
    pub(crate) fn check_default(&self, default: &Expr, errors: &mut Errors) {
        let size = number(default).or_else(|| text_length(default));
        if size.is_some_and(|size| !self.contains(size)) {
            errors.at(default, format_args!("this default is outside of `{}`", self.text));
        }
    }

    fn contains(&self, value: f64) -> bool {
        let least = self.least.as_ref().and_then(number);
        let most = self.most.as_ref().and_then(number);
        let fits = |most: f64| if self.inclusive { value <= most } else { value < most };
        least.is_none_or(|least| least <= value) && most.is_none_or(fits)
    }
}

/// The integers that are small enough for somebody to be surprised.
const INTEGERS: [(&str, f64, f64); 6] = [
    ("u8", 0.0, 255.0),
    ("i8", -128.0, 127.0),
    ("u16", 0.0, 65_535.0),
    ("i16", -32_768.0, 32_767.0),
    ("u32", 0.0, 4_294_967_295.0),
    ("i32", -2_147_483_648.0, 2_147_483_647.0),
];

/// The number, if the expression is one.
fn number(value: &Expr) -> Option<f64> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => number.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => number(expr).map(|number| -number),
        Expr::Paren(inner) => number(&inner.expr),
        Expr::Group(inner) => number(&inner.expr),
        _ => None,
    }
}

fn is_text(value: &Expr) -> bool {
    matches!(value, Expr::Lit(ExprLit { lit: Lit::Str(_) | Lit::Char(_) | Lit::Bool(_), .. }))
}

#[allow(clippy::cast_precision_loss, reason = "no literal is that long")]
fn text_length(value: &Expr) -> Option<f64> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().chars().count() as f64),
        _ => None,
    }
}

/// The bound, where a large literal does not become an `i32`.
fn plain(bound: &Expr) -> TokenStream {
    match bound {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.suffix().is_empty() => {
            let signed = number.base10_parse().map(Literal::i64_suffixed);
            let literal = signed.or_else(|_| number.base10_parse().map(Literal::u64_suffixed));
            literal.map_or_else(|_| bound.to_token_stream(), |literal| literal.to_token_stream())
        }
        Expr::Unary(ExprUnary { op: UnOp::Neg(minus), expr, .. }) => {
            let inner = plain(expr);
            quote_spanned!(minus.span()=> -#inner)
        }
        _ => bound.to_token_stream(),
    }
}

/// Whether a length counts items. (By name: a text is a `String`, a `Cow` or something of `str`.)
fn is_list(ty: &Type) -> bool {
    let text = |ty: &Type| last_segment(ty).is_some_and(|name| ["String", "Cow", "str"].contains(&name.as_str()));
    let boxed = ["Box", "Arc", "Rc"].iter().any(|pointer| inside(ty, pointer).is_some_and(text));
    !text(ty) && !boxed
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_str;

    fn bounds(range: &str) -> (Option<Bounds>, Vec<String>) {
        let mut errors = Errors::default();
        let bounds = Bounds::read("range", &parse_str(range).expect("an expression"), &mut errors);
        (bounds, errors.finish(()).err().into_iter().flatten().map(|error| error.to_string()).collect())
    }

    fn keywords(keywords: Vec<Keyword>) -> Vec<String> {
        keywords.into_iter().map(|keyword| format!("{} {}", keyword.name, keyword.value)).collect()
    }

    #[test]
    fn numbers() {
        let of = |range: &str| keywords(bounds(range).0.expect("bounds").of_number());
        assert_eq!(of("1..=7"), ["minimum 1i64", "maximum 7i64"]);
        assert_eq!(of("0.."), ["minimum 0i64"]);
        assert_eq!(of("-1.5..2"), ["minimum - 1.5", "exclusiveMaximum 2i64"]);
        assert_eq!(of("..=18446744073709551615"), ["maximum 18446744073709551615u64"]);
        assert_eq!(of("LOW..=HIGH"), ["minimum LOW", "maximum HIGH"]);
    }

    #[test]
    fn lengths() {
        let of = |ty: &str| keywords(bounds("1..20").0.expect("bounds").of_length(&parse_str(ty).expect("a type")));
        assert_eq!(of("String"), ["minLength 1i64", "maxLength (20i64) - 1"]);
        assert_eq!(of("Box<str>"), ["minLength 1i64", "maxLength (20i64) - 1"]);
        assert_eq!(of("Vec<String>"), ["minItems 1i64", "maxItems (20i64) - 1"]);
    }

    #[test]
    fn wrong_bounds() {
        for (range, expected) in
            [("..", "says nothing"), ("7..=1", "nothing is in"), ("1..1", "nothing is in"), ("5", "wants a range")]
        {
            assert!(bounds(range).1.iter().any(|error| error.contains(expected)), "{range}");
        }
        assert!(bounds("1..=1").0.is_some());
        assert!(bounds("\"a\"..").1.iter().any(|error| error.contains("a number")));
    }

    #[test]
    fn defaults_within() {
        let outside = |range: &str, default: &str| {
            let mut errors = Errors::default();
            let bounds = bounds(range).0.expect("bounds");
            bounds.check_default(&parse_str(default).expect("an expression"), &mut errors);
            errors.finish(()).is_err()
        };
        assert!(!outside("1..=7", "7"));
        assert!(outside("1..7", "7"));
        assert!(outside("1..", "-1"));
        assert!(outside("2..", "\"a\""));
        assert!(!outside("1..=7", "DEFAULT"));
    }
}
