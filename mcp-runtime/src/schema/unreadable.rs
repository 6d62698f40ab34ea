//! What serde says about a value that a type does not take, in words for who wrote the value.

/// serde's words without "at line 1 column 8", which means nothing to who wrote the value.
pub(crate) fn unreadable(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rfind(" at line ").and_then(|end| text.get(..end)).unwrap_or(&text);
    integer_bounds(text).unwrap_or_else(|| text.to_owned())
}

/// An integer that a type cannot hold: serde names the type, a model needs the bounds.
fn integer_bounds(text: &str) -> Option<String> {
    macro_rules! bounds {
        ($($name:ident)*) => {
            [$((stringify!($name), $name::MIN.to_string(), $name::MAX.to_string())),*]
        };
    }
    if text == "number out of range" {
        return Some("is a number that is too large to read".into());
    }
    let (_, expected) = text.rsplit_once(", expected ")?;
    let all = bounds!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);
    let (_, least, most) = all.into_iter().find(|(name, ..)| *name == expected)?;
    let given = text.split('`').nth(1).map(|given| format!(", got {given}")).unwrap_or_default();
    Some(format!("must be an integer from {least} to {most}{given}"))
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::unreadable;

    fn told<T: DeserializeOwned>(json: &str) -> String {
        serde_json::from_str::<T>(json).map_err(|error| unreadable(&error)).err().unwrap_or_default()
    }

    #[test]
    fn a_position_is_not_told_and_bounds_are() {
        assert_eq!(told::<bool>("7"), "invalid type: integer `7`, expected a boolean");
        assert_eq!(told::<u8>("256"), "must be an integer from 0 to 255, got 256");
        assert_eq!(told::<f64>("1e999"), "is a number that is too large to read");
    }
}
