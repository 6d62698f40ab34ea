//! URIs and URI templates (RFC 6570, levels 1 to 3): parses them and checks what can be known without a request.

mod check;

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

use crate::diag::Errors;

/// A template, or a URI without expressions.
pub(crate) struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Expression(Operator, Vec<String>),
}

/// What stands behind the opening brace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Simple,
    Reserved,
    Label,
    Path,
    PathParameter,
    Query,
    QueryContinuation,
    Fragment,
}

/// One variable of a template.
pub(crate) struct Variable<'t> {
    /// Its name.
    pub(crate) name: &'t str,
    /// Whether a URI may come without it.
    pub(crate) optional: bool,
}

impl Template {
    /// Parses a literal, or reports what is wrong with it.
    pub(crate) fn read(uri: &LitStr, errors: &mut Errors) -> Option<Self> {
        let text = uri.value();
        let mut problems = Vec::new();
        let parts = parts(&text, &mut problems);
        if problems.is_empty() {
            problems = check::problems(&parts);
        }
        let broken = !problems.is_empty();
        for problem in problems {
            errors.at(uri, problem);
        }
        (!broken).then_some(Self { text, parts })
    }

    /// The variables, in their order.
    pub(crate) fn variables(&self) -> impl Iterator<Item = Variable<'_>> {
        self.parts.iter().flat_map(Part::variables)
    }

    /// The constant for it, of the runtime's types.
    pub(crate) fn expand(&self, rt: &TokenStream) -> TokenStream {
        let text = &self.text;
        let parts = self.parts.iter().map(|part| part.expand(rt));
        quote!(#rt::Template { text: #text, parts: &[#(#parts),*] })
    }
}

impl Part {
    fn variables(&self) -> impl Iterator<Item = Variable<'_>> {
        let (optional, names) = match self {
            Self::Literal(_) => (false, [].as_slice()),
            Self::Expression(operator, names) => (operator.is_marked(), names.as_slice()),
        };
        names.iter().map(move |name| Variable { name, optional })
    }

    fn expand(&self, rt: &TokenStream) -> TokenStream {
        match self {
            Self::Literal(text) => quote!(#rt::Part::Literal(#text)),
            Self::Expression(operator, names) => {
                let operator = operator.expand();
                quote!(#rt::Part::Expression { operator: #rt::Operator::#operator, variables: &[#(#names),*] })
            }
        }
    }
}

impl Operator {
    fn of(symbol: char) -> Option<Self> {
        Some(match symbol {
            '+' => Self::Reserved,
            '.' => Self::Label,
            '/' => Self::Path,
            ';' => Self::PathParameter,
            '?' => Self::Query,
            '&' => Self::QueryContinuation,
            '#' => Self::Fragment,
            _ => return None,
        })
    }

    fn expand(self) -> TokenStream {
        match self {
            Self::Simple => quote!(Simple),
            Self::Reserved => quote!(Reserved),
            Self::Label => quote!(Label),
            Self::Path => quote!(Path),
            Self::PathParameter => quote!(PathParameter),
            Self::Query => quote!(Query),
            Self::QueryContinuation => quote!(QueryContinuation),
            Self::Fragment => quote!(Fragment),
        }
    }

    /// Whether it begins with a character of its own, which tells where it begins, and whether it is there at all.
    fn is_marked(self) -> bool {
        !matches!(self, Self::Simple | Self::Reserved)
    }

    /// What must come last, and in which order.
    fn place_at_end(self) -> Option<u8> {
        match self {
            Self::Query => Some(1),
            Self::QueryContinuation => Some(2),
            Self::Fragment => Some(3),
            Self::Simple | Self::Reserved | Self::Label | Self::Path | Self::PathParameter => None,
        }
    }
}

/// Splits a template at its braces.
fn parts(text: &str, problems: &mut Vec<String>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once('{') {
        push_literal(literal, &mut parts, problems);
        let Some((expression, after)) = after.split_once('}') else {
            problems.push(format!("`{{{after}` has no closing brace"));
            return parts;
        };
        parts.extend(self::expression(expression, problems));
        rest = after;
    }
    push_literal(rest, &mut parts, problems);
    parts
}

fn push_literal(text: &str, parts: &mut Vec<Part>, problems: &mut Vec<String>) {
    if text.contains('}') {
        problems.push("a `}` without its `{`".to_owned());
        return;
    }
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(letter);
    if let Some(letter) = text.chars().find(|&letter| !allowed(letter)) {
        problems.push(format!("{letter:?} cannot be in a URI: write it percent-encoded, `{}`", encoded(letter)));
    }
    if text.split('%').skip(1).any(|rest| !rest.chars().take(2).filter(char::is_ascii_hexdigit).count().eq(&2)) {
        problems.push("a `%` in a URI needs two hexadecimal digits; the sign itself is `%25`".to_owned());
    }
    if !text.is_empty() {
        parts.push(Part::Literal(text.to_owned()));
    }
}

fn encoded(letter: char) -> String {
    letter.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn expression(text: &str, problems: &mut Vec<String>) -> Option<Part> {
    if text.contains('{') {
        problems.push(format!("`{{{text}}}`: a brace inside braces"));
        return None;
    }
    if let Some(reserved) = text.chars().next().filter(|first| "=,!@|".contains(*first)) {
        problems.push(format!("`{{{text}}}`: RFC 6570 has no operator `{reserved}`; there are `+ . / ; ? & #`"));
        return None;
    }
    let operator = text.chars().next().and_then(Operator::of);
    let names = if operator.is_some() { text.get(1..).unwrap_or_default() } else { text };
    let names = names.split(',').map(|name| variable(name.trim(), text, problems)).collect::<Option<_>>()?;
    Some(Part::Expression(operator.unwrap_or(Operator::Simple), names))
}

fn variable(name: &str, expression: &str, problems: &mut Vec<String>) -> Option<String> {
    let letters = |name: &str| name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.".contains(letter));
    let problem = if name.is_empty() {
        format!("`{{{expression}}}` needs the name of a variable")
    } else if let Some((plain, _)) = name.split_once([':', '*']) {
        format!(
            "`{{{expression}}}`: `:3` and `*` are not supported; write `{{{plain}}}`, and `{{+{plain}}}` if it may contain `/`"
        )
    } else if !letters(name) {
        let fitting = name.replace(|letter: char| !letters(&letter.to_string()), "_");
        format!("`{{{expression}}}`: a variable is made of letters, digits and `_`; write `{fitting}`")
    } else {
        return Some(name.to_owned());
    };
    problems.push(problem);
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Span;

    fn problems(text: &str) -> Vec<String> {
        let mut errors = Errors::default();
        Template::read(&LitStr::new(text, Span::call_site()), &mut errors);
        errors.finish(()).err().into_iter().flatten().map(|error| error.to_string()).collect()
    }

    fn parsed(text: &str) -> Vec<Part> {
        Template::read(&LitStr::new(text, Span::call_site()), &mut Errors::default()).expect("a template").parts
    }

    #[test]
    fn good_templates() {
        let good = [
            "config://app",
            "mailto:a@b.c",
            "file:///{+path}",
            "file:///{+path}/raw",
            "x://{a}-{b}",
            "x://{a,b}",
            "x://{a}{/b}{.c}{;d}{?e,f}{#g}",
            "x://a?b=1{&c}",
            "x://{a}{?b}{&c}",
            "x://{+a}/{b}{?c}",
            "x:%20{a}",
            "git+ssh://x",
        ];
        for text in good {
            assert_eq!(problems(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn parts_in_order() {
        let name = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let expected = [
            Part::Literal("x://a/".to_owned()),
            Part::Expression(Operator::Simple, name(&["b"])),
            Part::Expression(Operator::Query, name(&["c", "d"])),
        ];
        assert_eq!(parsed("x://a/{b}{?c,d}"), expected);
    }

    #[test]
    fn bad_templates() {
        let bad = [
            ("app", "has no scheme"),
            ("", "begins with a scheme"),
            ("{a}://x", "begins with a scheme"),
            ("1x://a", "is no scheme"),
            ("Git://a", "write `git:`"),
            ("x://", "names nothing"),
            ("x://{a", "no closing brace"),
            ("x://a}", "without its `{`"),
            ("x://{}", "needs the name"),
            ("x://{?}", "needs the name"),
            ("x://{a,}", "needs the name"),
            ("x://{{a}}", "brace"),
            ("x://{a}{b}", "nothing tells"),
            ("x://{a*}", "write `{a}`"),
            ("x://{a:3}", "write `{a}`"),
            ("x://{=a}", "no operator `=`"),
            ("x://{a-b}", "write `a_b`"),
            ("x://{a}/{a}", "twice"),
            ("x://{?a}/b", "comes last"),
            ("x://{+a}/{+b}", "once"),
            ("x://{+a,b}", "comma"),
            ("x://{&a}", "write `{?a}`"),
            ("x://{?a}{?b}", "once"),
            ("x://{+a}{/b}", "cannot follow"),
            ("x://a b", "`%20`"),
            ("x://ä", "`%C3%A4`"),
            ("x://%2", "two hexadecimal"),
            ("x://{/a}{/b}", "nothing tells"),
            ("x://{#a}{?b}", "once"),
        ];
        for (text, expected) in bad {
            let problems = problems(text);
            assert!(problems.iter().any(|problem| problem.contains(expected)), "{text}: {problems:?}");
        }
    }

    #[test]
    fn a_name_three_times_is_one_mistake() {
        assert_eq!(problems("x://{a}/{a}/{a}").len(), 1);
    }
}
