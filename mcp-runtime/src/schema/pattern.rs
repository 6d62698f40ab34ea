//! Regular expressions as JSON Schema means them (ECMA-262), run in linear time.

#[cfg(feature = "regex")]
use regex::{Regex, RegexBuilder};
#[cfg(not(feature = "regex"))]
use regex_lite::{Regex, RegexBuilder};

/// A compiled `pattern` with the text that the schema shows.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// `None` for what only a backtracking engine can run, such as look-around and back-references; and for Unicode classes
    /// without the feature `regex`.
    pub(crate) fn new(text: &str) -> Option<Self> {
        const LIMIT: usize = 1 << 20;
        let regex = RegexBuilder::new(&translated(text)?).size_limit(LIMIT).build().ok()?;
        Some(Self { text: text.to_owned(), regex })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// Between words of ASCII, however the engine says it.
const WORD_BOUNDARY: &str = if cfg!(feature = "regex") { r"(?-u:\b)" } else { r"\b" };

/// Spells out what ECMA-262 and the engine read differently: `\d` and `\w` are ASCII, `\s` knows the byte order mark,
/// `.` stops at every line end, and within a class only `\`, `]` and `-` are special.
fn translated(text: &str) -> Option<String> {
    let mut chars = text.chars();
    let mut out = String::with_capacity(text.len());
    let mut in_class = false;
    while let Some(char) = chars.next() {
        match (char, in_class) {
            ('\\', _) => out.push_str(&escape(&mut chars, in_class)?),
            ('[', false) => {
                in_class = true;
                out.push('[');
                if chars.as_str().starts_with('^') {
                    chars.next();
                    out.push('^');
                }
                // `[]` matches nothing and `[^]` anything, where the engine would read a literal `]`.
                if chars.as_str().starts_with(']') {
                    return None;
                }
            }
            (']', true) => {
                in_class = false;
                out.push(']');
            }
            ('[' | '&' | '~', true) => {
                out.push('\\');
                out.push(char);
            }
            ('.', false) => out.push_str("[^\\n\\r\\x{2028}\\x{2029}]"),
            _ => out.push(char),
        }
    }
    Some(out)
}

fn escape(chars: &mut std::str::Chars<'_>, in_class: bool) -> Option<String> {
    const SPACES: &str =
        r"\t\n\x0B\x0C\r \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}";
    let class = |inner: &str| if in_class { inner.to_owned() } else { format!("[{inner}]") };
    Some(match chars.next()? {
        'd' => class("0-9"),
        'w' => class("A-Za-z0-9_"),
        's' => class(SPACES),
        'D' => "[^0-9]".to_owned(),
        'W' => "[^A-Za-z0-9_]".to_owned(),
        'S' => format!("[^{SPACES}]"),
        'b' if in_class => r"\x08".to_owned(),
        'b' => WORD_BOUNDARY.to_owned(),
        '0' => r"\x00".to_owned(),
        'c' => format!(r"\x{:02X}", control(chars.next()?)?),
        // The engine reads these as anchors and other things that ECMA-262 does not have.
        'B' | 'A' | 'z' | 'Z' | 'a' | 'G' | 'K' | '<' | '>' => return None,
        other => format!("\\{other}"),
    })
}

fn control(letter: char) -> Option<u32> {
    letter.is_ascii_alphabetic().then(|| u32::from(letter) % 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern).unwrap().matches(text)
    }

    #[test]
    fn keys_of_maps_match() {
        assert!(matches(r"^\d+$", "10") && matches(r"^-?\d+$", "-10") && matches(r"^-?\d+$", "0"));
        for text in ["", "-1", "1a", "৪", " 1"] {
            assert!(!matches(r"^\d+$", text), "{text}");
        }
        assert!(!matches(r"^-?\d+$", "-") && !matches(r"^-?\d+$", "--1"));
    }

    #[test]
    fn a_pattern_may_match_anywhere() {
        assert!(matches("b", "abc"));
        assert!(!matches("^b$", "abc"));
        assert!(!matches("^b$", "b\n"));
    }

    #[test]
    fn it_means_what_ecma_says() {
        assert!(!matches(r"^\d$", "৪"));
        assert!(!matches(r"^\w$", "é"));
        assert!(matches(r"^\s$", "\u{FEFF}"));
        assert!(matches(r"^[\d\-]+$", "1-2"));
        assert!(matches(r"^[[&&a]$", "["));
        assert!(matches(r"^\cA$", "\u{1}"));
        assert!(matches(r"^a\/b$", "a/b"));
    }

    #[cfg(feature = "regex")]
    #[test]
    fn unicode_classes_are_known() {
        assert!(matches(r"^\u00e4\p{L}$", "äö"));
    }

    #[cfg(not(feature = "regex"))]
    #[test]
    fn unicode_classes_take_the_feature() {
        assert!(Pattern::new(r"^\p{L}$").is_none());
    }

    #[test]
    fn what_needs_backtracking_is_refused() {
        for text in ["(?=a)", r"(a)\1", "a\\Z", "(", "[]", "(a{1000}){1000}"] {
            assert!(Pattern::new(text).is_none(), "{text}");
        }
    }
}
