//! Resolves the escapes of a string.

use super::plain;
use super::scan::Broken;

/// What stands between the quotes of a string that was read over before, as the text that it means.
pub(crate) fn resolved(inner: &str) -> Result<String, Broken> {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((plain, special)) = rest.split_at_checked(plain::length(rest.as_bytes())) {
        text.push_str(plain);
        let Some(escape) = special.strip_prefix('\\') else {
            return if special.is_empty() { Ok(text) } else { Err(Broken::Syntax) };
        };
        let (meant, after) = one(escape)?;
        text.push(meant);
        rest = after;
    }
    Err(Broken::Syntax)
}

/// The character that an escape means, without its backslash, and what follows.
fn one(escape: &str) -> Result<(char, &str), Broken> {
    let mut after = escape.chars();
    let meant = match after.next() {
        Some(same @ ('"' | '\\' | '/')) => same,
        Some('n') => '\n',
        Some('t') => '\t',
        Some('r') => '\r',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('u') => return numbered(after.as_str()),
        Some(_) | None => return Err(Broken::Syntax),
    };
    Ok((meant, after.as_str()))
}

/// `\uXXXX`, or two of them that are one character.
fn numbered(digits: &str) -> Result<(char, &str), Broken> {
    let (first, after) = unit(digits)?;
    if let Some(meant) = char::from_u32(first.into()) {
        return Ok((meant, after));
    }
    let (second, after) = unit(after.strip_prefix("\\u").ok_or(Broken::Unicode)?)?;
    let mut meant = char::decode_utf16([first, second]);
    match (meant.next(), meant.next()) {
        (Some(Ok(meant)), None) => Ok((meant, after)),
        _ => Err(Broken::Unicode),
    }
}

fn unit(digits: &str) -> Result<(u16, &str), Broken> {
    let (unit, after) = digits.split_at_checked(4).ok_or(Broken::Syntax)?;
    u16::from_str_radix(unit, 16).map(|unit| (unit, after)).map_err(|_| Broken::Syntax)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn it_agrees_with_serde_json(pieces in prop::collection::vec(r#"\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}|\\u[dD][89abAB][0-9a-f]{2}|\\u[dD][c-fC-F][0-9a-f]{2}|[ -!#-\[\]-~]{0,20}|[äß→😀]{0,3}"#, 0..12)) {
            let inner = pieces.concat();
            let known = serde_json::from_str::<String>(&format!("\"{inner}\""));
            prop_assert_eq!(resolved(&inner).ok(), known.ok());
        }
    }
}
