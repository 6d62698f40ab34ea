//! Prints JSON with line ends and indentation, in the order in which it is written.

/// What a word of JSON is, for whoever colours it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Key,
    Text,
    /// A number, or one of the three names.
    Other,
}

/// The same JSON, with two spaces for each level and a line end behind it.
pub(crate) fn printed(json: &str) -> String {
    painted(json, |_, word| word.to_owned())
}

/// The same, with each word as `paint` shows it.
pub(crate) fn painted(json: &str, paint: impl Fn(Word, &str) -> String) -> String {
    let (mut out, mut level) = (String::new(), 0_usize);
    let line = |out: &mut String, level: usize| {
        out.push('\n');
        (0..level).for_each(|_| out.push_str("  "));
    };
    let mut rest = json.trim_ascii_start();
    while !rest.is_empty() {
        let (word, after) = rest.split_at(length(rest));
        rest = after.trim_ascii_start();
        match word {
            "{" | "[" => {
                out.push_str(word);
                // What is empty stays on its line.
                if !rest.starts_with(['}', ']']) {
                    level = level.saturating_add(1);
                    line(&mut out, level);
                }
            }
            "}" | "]" => {
                if !out.ends_with(['{', '[']) {
                    level = level.saturating_sub(1);
                    line(&mut out, level);
                }
                out.push_str(word);
            }
            "," => {
                out.push(',');
                line(&mut out, level);
            }
            ":" => out.push_str(": "),
            _ if !word.starts_with('"') => out.push_str(&paint(Word::Other, word)),
            _ if rest.starts_with(':') => out.push_str(&paint(Word::Key, word)),
            _ => out.push_str(&paint(Word::Text, word)),
        }
    }
    out.push('\n');
    out
}

/// How long the first word is, or the sign of structure.
fn length(json: &str) -> usize {
    match json.as_bytes() {
        [b'{' | b'}' | b'[' | b']' | b',' | b':', ..] => 1,
        [b'"', text @ ..] => {
            let mut is_escaped = false;
            let ends = |byte: &u8| {
                let ends = *byte == b'"' && !is_escaped;
                is_escaped = *byte == b'\\' && !is_escaped;
                ends
            };
            text.iter().position(ends).map_or(json.len(), |end| end.saturating_add(2))
        }
        _ => json.find([',', ':', '}', ']', ' ', '\n', '\r', '\t']).unwrap_or(json.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_printed_in_its_own_order() {
        for (json, expected) in [
            (r#"{"b":1,"a":[1,2],"c":{}}"#, "{\n  \"b\": 1,\n  \"a\": [\n    1,\n    2\n  ],\n  \"c\": {}\n}\n"),
            (r#"[[],[{}],"a,b:{\"c\"}\\"]"#, "[\n  [],\n  [\n    {}\n  ],\n  \"a,b:{\\\"c\\\"}\\\\\"\n]\n"),
            (r#"{"a":true}"#, "{\n  \"a\": true\n}\n"),
            (r#"["[",{"é":"}"}]"#, "[\n  \"[\",\n  {\n    \"é\": \"}\"\n  }\n]\n"),
            (" 1.50 ", "1.50\n"),
        ] {
            assert_eq!(printed(json), expected);
            assert_eq!(printed(expected), expected, "what is printed is printed as it is");
        }
    }

    #[test]
    fn words_are_painted() {
        let paint = |word: Word, text: &str| format!("{}<{text}>", &format!("{word:?}")[..1]);
        let painted = painted(r#"{"a":["b",-1.5e3,null]}"#, paint);
        assert_eq!(painted, "{\n  K<\"a\">: [\n    T<\"b\">,\n    O<-1.5e3>,\n    O<null>\n  ]\n}\n");
    }
}
