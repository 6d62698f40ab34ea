//! URIs and URI templates (RFC 6570, levels 1 to 3): parses them and checks what can be known without a request.

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
            check_scheme(&parts, &mut problems);
            check_order(&parts, &mut problems);
            check_names(&parts, &mut problems);
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

fn check_scheme(parts: &[Part], problems: &mut Vec<String>) {
    let Some(Part::Literal(text)) = parts.first() else {
        problems.push("a URI begins with a scheme: `\"config://app\"`".to_owned());
        return;
    };
    let Some((scheme, rest)) = text.split_once(':') else {
        problems.push(format!("`{text}` has no scheme: a URI looks like `\"config://app\"`"));
        return;
    };
    let starts = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    if !starts || !scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter)) {
        problems.push(format!(
            "`{scheme}` is no scheme: it is made of letters, digits, `+`, `-` and `.`, and begins with a letter"
        ));
    } else if parts.len() == 1 && matches!(rest, "" | "//") {
        problems.push(format!("`{text}` names nothing: write what follows the scheme, as in `\"{scheme}://app\"`"));
    }
}

/// The order in which a URI can be told apart into its variables.
fn check_order(parts: &[Part], problems: &mut Vec<String>) {
    let mut reserved = false;
    for (index, part) in parts.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| parts.get(index));
        match (before, part) {
            (Some(Part::Expression(before, names)), Part::Expression(operator, next)) => {
                check_neighbours((*before, names), (*operator, next), problems);
            }
            (Some(Part::Expression(operator, names)), Part::Literal(_)) if operator.place_at_end().is_some() => {
                problems.push(format!("`{}` comes last", shown(*operator, names)));
            }
            _ => {}
        }
        if let Part::Expression(operator, names) = part {
            check_after_reserved(reserved, *operator, names, problems);
            check_continuation(parts.get(..index).unwrap_or_default(), *operator, names, problems);
            reserved |= *operator == Operator::Reserved;
        }
    }
}

fn check_neighbours(left: (Operator, &[String]), right: (Operator, &[String]), problems: &mut Vec<String>) {
    let names = || (shown(left.0, left.1), shown(right.0, right.1));
    let (before, after) = names();
    match (left.0.place_at_end(), right.0.place_at_end()) {
        (Some(_), None) => problems.push(format!("`{before}` comes last, after `{after}`")),
        (Some(first), Some(second)) if first >= second => {
            problems.push(format!("`{before}` and `{after}`: a query comes once, then a fragment"));
        }
        _ if !right.0.is_marked() || left.0 == right.0 => {
            problems.push(format!(
                "nothing tells where `{before}` ends and `{after}` begins: put text between them, such as `/`"
            ));
        }
        _ => {}
    }
}

fn check_after_reserved(reserved: bool, operator: Operator, names: &[String], problems: &mut Vec<String>) {
    let shown = shown(operator, names);
    match operator {
        Operator::Reserved if reserved => {
            problems.push(format!("`{shown}`: only one variable can take several segments, so `{{+…}}` is there once"));
        }
        Operator::Reserved if names.len() > 1 => {
            problems.push(format!(
                "`{shown}`: a comma may be in the value, so nothing tells where each ends; write one variable"
            ));
        }
        Operator::Label | Operator::Path | Operator::PathParameter if reserved => {
            problems.push(format!("`{shown}` cannot follow `{{+…}}`, which takes all that it can; put it before"));
        }
        _ => {}
    }
}

fn check_continuation(before: &[Part], operator: Operator, names: &[String], problems: &mut Vec<String>) {
    let asks = |part: &Part| match part {
        Part::Literal(text) => text.contains('?'),
        Part::Expression(operator, _) => *operator == Operator::Query,
    };
    if operator == Operator::QueryContinuation && !before.iter().any(asks) {
        let query = shown(Operator::Query, names);
        problems.push(format!("`{}` continues a query, but none begins: write `{query}`", shown(operator, names)));
    }
}

fn check_names(parts: &[Part], problems: &mut Vec<String>) {
    let names: Vec<&str> = parts.iter().flat_map(Part::variables).map(|variable| variable.name).collect();
    for (index, name) in names.iter().enumerate() {
        let earlier = names.get(..index).unwrap_or_default();
        if earlier.iter().filter(|other| *other == name).count() == 1 {
            problems.push(format!("`{name}` is in the template twice"));
        }
    }
}

fn shown(operator: Operator, names: &[String]) -> String {
    let symbol = match operator {
        Operator::Simple => "",
        Operator::Reserved => "+",
        Operator::Label => ".",
        Operator::Path => "/",
        Operator::PathParameter => ";",
        Operator::Query => "?",
        Operator::QueryContinuation => "&",
        Operator::Fragment => "#",
    };
    format!("{{{symbol}{}}}", names.join(","))
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
