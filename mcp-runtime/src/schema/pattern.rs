//! Regular expressions as JSON Schema means them (ECMA-262), run in linear time.

/// A compiled `pattern` with the text that the schema shows.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    /// `^\d+$`, as schemars writes it for maps whose keys are unsigned.
    Digits,
    /// `^-?\d+$`, likewise for signed keys.
    Signed,
    #[cfg(feature = "pattern")]
    Regex(regex::Regex),
}

impl Pattern {
    /// `None` for what only a backtracking engine can run, such as look-around and back-references; and for nearly
    /// everything without the feature `pattern`.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let engine = match text {
            r"^\d+$" => Engine::Digits,
            r"^-?\d+$" => Engine::Signed,
            _ => regex(text)?,
        };
        Some(Self { text: text.to_owned(), engine })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match &self.engine {
            Engine::Digits => are_digits(text),
            Engine::Signed => are_digits(text.strip_prefix('-').unwrap_or(text)),
            #[cfg(feature = "pattern")]
            Engine::Regex(regex) => regex.is_match(text),
        }
    }
}

#[cfg(not(feature = "pattern"))]
fn regex(_: &str) -> Option<Engine> {
    None
}

#[cfg(feature = "pattern")]
fn regex(text: &str) -> Option<Engine> {
    const LIMIT: usize = 1 << 20;
    let regex = regex::RegexBuilder::new(&translated(text)?).size_limit(LIMIT).build().ok()?;
    Some(Engine::Regex(regex))
}

/// Spells out what ECMA-262 and the `regex` crate read differently: `\d` and `\w` are ASCII, `\s` knows the byte order mark,
/// `.` stops at every line end, and within a class only `\`, `]` and `-` are special.
#[cfg(feature = "pattern")]
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
                // `[]` matches nothing and `[^]` anything, where `regex` would read a literal `]`.
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

#[cfg(feature = "pattern")]
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
        'b' => r"(?-u:\b)".to_owned(),
        '0' => r"\x00".to_owned(),
        'c' => format!(r"\x{:02X}", control(chars.next()?)?),
        // `regex` reads these as anchors and other things that ECMA-262 does not have.
        'B' | 'A' | 'z' | 'Z' | 'a' | 'G' | 'K' | '<' | '>' => return None,
        other => format!("\\{other}"),
    })
}

#[cfg(feature = "pattern")]
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
    fn digits_take_no_engine() {
        assert!(matches(r"^\d+$", "10") && matches(r"^-?\d+$", "-10") && matches(r"^-?\d+$", "0"));
        for text in ["", "-1", "1a", "৪", " 1"] {
            assert!(!matches(r"^\d+$", text), "{text}");
        }
        assert!(!matches(r"^-?\d+$", "-") && !matches(r"^-?\d+$", "--1"));
    }

    #[cfg(feature = "pattern")]
    #[test]
    fn a_pattern_may_match_anywhere() {
        assert!(matches("b", "abc"));
        assert!(!matches("^b$", "abc"));
        assert!(!matches("^b$", "b\n"));
    }

    #[cfg(feature = "pattern")]
    #[test]
    fn it_means_what_ecma_says() {
        assert!(!matches(r"^\d$", "৪"));
        assert!(!matches(r"^\w$", "é"));
        assert!(matches(r"^\s$", "\u{FEFF}"));
        assert!(matches(r"^[\d\-]+$", "1-2"));
        assert!(matches(r"^[[&&a]$", "["));
        assert!(matches(r"^\cA$", "\u{1}"));
        assert!(matches(r"^a\/b$", "a/b"));
        assert!(matches(r"^\u00e4\p{L}$", "äö"));
    }

    #[test]
    fn what_needs_backtracking_is_refused() {
        for text in ["(?=a)", r"(a)\1", "a\\Z", "(", "[]", "(a{1000}){1000}"] {
            assert!(Pattern::new(text).is_none(), "{text}");
        }
    }
}
