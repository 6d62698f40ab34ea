//! Names: which are allowed, how they are shown to people, and which one was probably meant.

/// The longest name that a tool may have.
const LONGEST: usize = 128;

/// What is wrong with the name of a tool, if anything is.
pub(crate) fn tool_name(name: &str) -> Result<(), String> {
    let stranger = name.chars().find(|&letter| !(letter.is_ascii_alphanumeric() || "_-.".contains(letter)));
    match (name.len(), stranger) {
        (0, _) => Err("a name cannot be empty".to_owned()),
        (_, Some(letter)) => {
            Err(format!("{letter:?} cannot be in the name of a tool: write letters, digits, `_`, `-` and `.` only"))
        }
        (length, None) if length > LONGEST => {
            Err(format!("the name of a tool has at most {LONGEST} characters, this one has {length}"))
        }
        _ => Ok(()),
    }
}

/// What is wrong with a key of `_meta`, if anything is: `name` or `example.org/name`.
pub(crate) fn meta_key(key: &str) -> Result<(), String> {
    let (prefix, name) = key.rsplit_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let labels: Vec<&str> = prefix.map(|prefix| prefix.split('.').collect()).unwrap_or_default();
    let is_label = |label: &&str| label.starts_with(|first: char| first.is_ascii_alphabetic()) && bounded(label, "-");
    if !bounded(name, "-_.") || !labels.iter().all(is_label) {
        return Err("a key of `meta` looks like `\"name\"` or `\"example.org/name\"`".to_owned());
    }
    match labels.get(1).filter(|label| ["mcp", "modelcontextprotocol"].contains(label)) {
        Some(label) => Err(format!("keys of `….{label}/` belong to the protocol: write another prefix")),
        None => Ok(()),
    }
}

/// What is wrong with the name of a header that repeats an argument, if anything is (RFC 9110, 5.6.2: a token).
pub(crate) fn header_name(name: &str) -> Result<(), String> {
    const PREFIX: &str = "Mcp-Param-";
    let stranger = name.chars().find(|&letter| !(letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter)));
    let prefixed = name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
    match stranger {
        None if name.is_empty() => {
            Err(format!("a header needs a name: `header = \"Region\"` makes it `{PREFIX}Region`"))
        }
        None if prefixed => Err(format!("clients put `{PREFIX}` before the name: leave it out here")),
        None => Ok(()),
        Some(letter) => {
            Err(format!("{letter:?} cannot be in the name of a header: write letters, digits, `-` and `_` only"))
        }
    }
}

/// Letters and digits, with others only between them.
fn bounded(text: &str, others: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric();
    text.starts_with(plain)
        && text.ends_with(plain)
        && text.chars().all(|letter| plain(letter) || others.contains(letter))
}

/// The name for people: `price_order` is "Price Order".
pub(crate) fn title(name: &str) -> String {
    let words = name.split(['_', '-', '.']).filter(|word| !word.is_empty());
    words.map(capitalized).collect::<Vec<_>>().join(" ")
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Words that people write for a key of ours.
const MEANT: [(&str, &str); 36] = [
    ("readonly", "read_only"),
    ("readonlyhint", "read_only"),
    ("read_only_hint", "read_only"),
    ("destructive_hint", "destructive"),
    ("destructivehint", "destructive"),
    ("idempotent_hint", "idempotent"),
    ("idempotenthint", "idempotent"),
    ("open_world_hint", "open_world"),
    ("openworld", "open_world"),
    ("openworldhint", "open_world"),
    ("desc", "description"),
    ("doc", "description"),
    ("help", "description"),
    ("summary", "description"),
    ("mime_type", "mime"),
    ("mimetype", "mime"),
    ("content_type", "mime"),
    ("url", "uri"),
    ("uri_template", "uri"),
    ("template", "uri"),
    ("tag", "tags"),
    ("icon", "icons"),
    ("rename", "name"),
    ("completion", "complete"),
    ("completer", "complete"),
    ("min", "range"),
    ("max", "range"),
    ("minimum", "range"),
    ("maximum", "range"),
    ("min_length", "length"),
    ("max_length", "length"),
    ("len", "length"),
    ("regex", "pattern"),
    ("x_mcp_header", "header"),
    ("subscribe", "watch"),
    ("subscribable", "watch"),
];

/// The known word that was probably meant.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> Option<&'k str> {
    let lower = word.to_lowercase();
    let alias = MEANT.iter().find(|(other, _)| *other == lower).map(|(_, key)| *key);
    if let Some(key) = alias.and_then(|key| known.clone().into_iter().find(|&other| other == key)) {
        return Some(key);
    }
    let close = known.into_iter().map(|key| (distance(&lower, key), key)).min()?;
    (close.0 <= (close.1.len() / 4).saturating_add(1)).then_some(close.1)
}

/// How many letters have to be added, removed or changed.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, letter) in left.chars().enumerate() {
        row = next_row(&row, line, letter, &right);
    }
    row.last().copied().unwrap_or_default()
}

fn next_row(above: &[usize], line: usize, letter: char, right: &[char]) -> Vec<usize> {
    let mut row = vec![line.saturating_add(1)];
    for (pair, other) in above.windows(2).zip(right) {
        let (diagonal, up) = (pair.first(), pair.last());
        let changed = diagonal.map_or(0, |cost| cost.saturating_add(usize::from(letter != *other)));
        let added = row.last().map_or(0, |cost| cost.saturating_add(1));
        let removed = up.map_or(0, |cost| cost.saturating_add(1));
        row.push(changed.min(added).min(removed));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tools() {
        assert_eq!(tool_name("get.weather-v2_x"), Ok(()));
        assert_eq!(tool_name(&"x".repeat(128)), Ok(()));
        assert!(tool_name("").is_err_and(|text| text.contains("empty")));
        assert!(tool_name("my tool!").is_err_and(|text| text.starts_with("' ' cannot be")));
        assert!(tool_name("größe").is_err_and(|text| text.contains('ö')));
        assert!(tool_name(&"x".repeat(129)).is_err_and(|text| text.contains("has 129")));
    }

    #[test]
    fn keys_of_meta() {
        for key in ["a", "a_b.c-d", "example.org/a", "x-y.z/1"] {
            assert_eq!(meta_key(key), Ok(()), "{key}");
        }
        for key in ["", "not a key!", "_a", "a/", "/a", "a./b", "1a/b", "a/b/c", "ä"] {
            assert!(meta_key(key).is_err_and(|text| text.contains("looks like")), "{key}");
        }
        assert!(meta_key("io.modelcontextprotocol/x").is_err_and(|text| text.contains("belong to the protocol")));
        assert!(meta_key("dev.mcp/x").is_err());
    }

    #[test]
    fn names_of_headers() {
        for name in ["Region", "x", "tenant-id", "!#$%&'*+-.^_`|~09AZaz", "Mcp-Para"] {
            assert_eq!(header_name(name), Ok(()), "{name}");
        }
        for (name, expected) in [
            ("", "needs a name"),
            ("My Region", "' ' cannot be"),
            ("a:b", "':' cannot be"),
            ("a\r\nb", "'\\r' cannot be"),
            ("größe", "'ö' cannot be"),
            ("mcp-param-region", "leave it out"),
        ] {
            assert!(header_name(name).is_err_and(|text| text.contains(expected)), "{name}");
        }
    }

    #[test]
    fn titles() {
        assert_eq!(title("price_order"), "Price Order");
        assert_eq!(title("__x--y.z"), "X Y Z");
        assert_eq!(title("änderung"), "Änderung");
        assert_eq!(title("_"), "");
    }

    #[test]
    fn the_word_that_was_meant() {
        let keys = ["name", "title", "description", "read_only", "timeout"];
        assert_eq!(nearest("desc", keys), Some("description"));
        assert_eq!(nearest("readOnly", keys), Some("read_only"));
        assert_eq!(nearest("time_out", keys), Some("timeout"));
        assert_eq!(nearest("nmae", keys), Some("name"));
        assert_eq!(nearest("mime_type", keys), None);
        assert_eq!(nearest("colour", keys), None);
    }

    #[test]
    fn distances() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
