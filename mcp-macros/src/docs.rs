//! What doc comments say: the description of an item, and of its arguments.

use proc_macro2::Span;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta};

/// One line of a doc comment.
struct Line {
    text: String,
    span: Span,
}

/// An entry of an `# Arguments` list.
#[derive(Debug)]
pub(crate) struct Documented {
    /// The argument's name.
    pub(crate) name: String,
    /// What the list says about it.
    pub(crate) text: String,
    /// The line.
    pub(crate) span: Span,
}

/// The doc comment up to its first heading.
pub(crate) fn text(attributes: &[Attribute]) -> String {
    let lines = lines(attributes);
    let mut fenced = false;
    let prose = lines.iter().map(|line| line.text.as_str()).take_while(|line| {
        fenced ^= line.trim_start().starts_with("```");
        fenced || heading(line).is_none()
    });
    prose.map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Where the doc comment begins, if there is one.
pub(crate) fn span(attributes: &[Attribute]) -> Option<Span> {
    lines(attributes).first().map(|line| line.span)
}

/// The entries of the `# Arguments` list.
pub(crate) fn arguments(attributes: &[Attribute]) -> Vec<Documented> {
    let mut found: Vec<Documented> = Vec::new();
    let mut listing = false;
    for line in lines(attributes) {
        if let Some(title) = heading(&line.text) {
            listing = ["arguments", "parameters", "args"].contains(&title.to_lowercase().as_str());
        } else if listing {
            read_entry(&line, &mut found);
        }
    }
    found
}

fn read_entry(line: &Line, found: &mut Vec<Documented>) {
    let text = line.text.trim();
    let indented = line.text.starts_with("  ");
    match entry(text).filter(|_| !indented) {
        Some((name, text)) => {
            found.push(Documented { name: name.to_owned(), text: text.to_owned(), span: line.span });
        }
        None => continue_entry(text, found),
    }
}

fn continue_entry(text: &str, found: &mut [Documented]) {
    if let (false, Some(entry)) = (text.is_empty(), found.last_mut()) {
        let space = if entry.text.is_empty() { "" } else { " " };
        entry.text.push_str(space);
        entry.text.push_str(text);
    }
}

/// The name and the text of ``* `name` - text`` or `- name: text`.
fn entry(line: &str) -> Option<(&str, &str)> {
    let item = line.strip_prefix(['*', '-', '+'])?.strip_prefix(' ')?.trim_start();
    match item.strip_prefix('`') {
        Some(quoted) => quoted.split_once('`').map(|(name, rest)| (name, after_separator(rest).unwrap_or(rest.trim()))),
        None => {
            let end = item.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'))?;
            let (name, rest) = item.split_at_checked(end)?;
            after_separator(rest).map(|text| (name, text)).filter(|(name, _)| !name.is_empty())
        }
    }
}

fn after_separator(rest: &str) -> Option<&str> {
    let rest = rest.trim_start();
    rest.strip_prefix([':', '-', '–', '—']).map(str::trim)
}

/// The title, if the line is a heading.
fn heading(line: &str) -> Option<&str> {
    let title = line.trim_start().trim_start_matches('#');
    let level = line.trim_start().len().saturating_sub(title.len());
    ((1..=6).contains(&level) && title.starts_with(' ')).then(|| title.trim())
}

fn lines(attributes: &[Attribute]) -> Vec<Line> {
    let mut lines = Vec::new();
    for text in attributes.iter().filter_map(doc) {
        for line in text.value().split('\n') {
            let line = line.strip_prefix(' ').unwrap_or(line);
            lines.push(Line { text: line.to_owned(), span: text.span() });
        }
    }
    lines
}

fn doc(attribute: &Attribute) -> Option<&LitStr> {
    match &attribute.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => string(&doc.value),
        _ => None,
    }
}

fn string(value: &Expr) -> Option<&LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
        // `macro_rules!` puts what it substitutes into a group.
        Expr::Group(group) => string(&group.expr),
        _ => None,
    }
}

/// What the description begins with if the function is deprecated.
pub(crate) fn deprecation(attributes: &[Attribute]) -> Option<String> {
    let deprecated = attributes.iter().find(|attribute| attribute.path().is_ident("deprecated"))?;
    let note = match &deprecated.meta {
        Meta::Path(_) => None,
        Meta::NameValue(note) => string(&note.value).map(LitStr::value),
        Meta::List(_) => note(deprecated),
    };
    Some(match note.as_deref().map(str::trim).filter(|note| !note.is_empty()) {
        Some(note) => format!("[DEPRECATED] {}. ", note.trim_end_matches('.')),
        None => "[DEPRECATED] ".to_owned(),
    })
}

fn note(deprecated: &Attribute) -> Option<String> {
    let mut note = None;
    // What rustc does not understand is rustc's to report.
    let _read = deprecated.parse_nested_meta(|meta| {
        let value: LitStr = meta.value()?.parse()?;
        if meta.path.is_ident("note") {
            note = Some(value.value());
        }
        Ok(())
    });
    note
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::{ItemFn, parse_str};

    fn attributes(source: &str) -> Vec<Attribute> {
        parse_str::<ItemFn>(&format!("{source}\nfn f() {{}}")).expect("a function").attrs
    }

    fn documented(source: &str) -> Vec<(String, String)> {
        let entries = arguments(&attributes(source));
        entries.into_iter().map(|entry| (entry.name, entry.text)).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn the_description_ends_at_the_first_heading() {
        let source = "/// Adds.\n///\n/// Two numbers,\n/// that is.\n///\n/// # Errors\n/// Never.";
        assert_eq!(text(&attributes(source)), "Adds.\n\nTwo numbers,\nthat is.");
    }

    #[test]
    fn a_hash_in_a_code_block_is_no_heading() {
        let source = "/// A.\n/// ```\n/// # hidden\n/// ```\n/// B #1.\n/// #hashtag";
        assert_eq!(text(&attributes(source)), "A.\n```\n# hidden\n```\nB #1.\n#hashtag");
    }

    #[test]
    fn block_comments_and_attributes() {
        assert_eq!(text(&attributes("/** One.\n Two. */")), "One.\nTwo.");
        assert_eq!(text(&attributes("#[doc = \"Said.\"]")), "Said.");
        assert_eq!(text(&attributes("")), "");
    }

    #[test]
    fn lists_of_arguments() {
        let source = "/// F.\n/// # Arguments\n///\n/// * `city` - The city,\n///   in English\n/// - days: How many: 1 to 7\n\
            /// * `unit`\n/// + `q` (String) — x\n/// # Errors\n/// * `not` - one";
        let expected =
            [("city", "The city, in English"), ("days", "How many: 1 to 7"), ("unit", ""), ("q", "(String) — x")];
        assert_eq!(documented(source), pairs(&expected));
    }

    #[test]
    fn what_is_no_entry_continues_the_last_one() {
        let source =
            "/// # Args\n/// Some prose.\n/// * `a`: one of\n///   - x: first\n///   - y: second\n/// - see also";
        assert_eq!(documented(source), pairs(&[("a", "one of - x: first - y: second - see also")]));
    }

    #[test]
    fn deprecations() {
        let of = |source: &str| deprecation(&attributes(source));
        assert_eq!(of(""), None);
        assert_eq!(of("#[deprecated]").as_deref(), Some("[DEPRECATED] "));
        assert_eq!(of("#[deprecated = \"use b.\"]").as_deref(), Some("[DEPRECATED] use b. "));
        assert_eq!(of("#[deprecated(since = \"1\", note = \"use b\")]").as_deref(), Some("[DEPRECATED] use b. "));
    }
}
