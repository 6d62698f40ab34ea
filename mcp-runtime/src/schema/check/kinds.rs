//! Sets of kinds of values, as `type` names them.

use std::ops::{BitAnd, BitOr};

/// Some of the kinds that a JSON value can be of. A number is an integer or has a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const NULL: Self = Self(1);
    pub(crate) const BOOL: Self = Self(2);
    pub(crate) const INTEGER: Self = Self(4);
    pub(crate) const FRACTION: Self = Self(8);
    pub(crate) const NUMBER: Self = Self(4 | 8);
    pub(crate) const STRING: Self = Self(16);
    pub(crate) const ARRAY: Self = Self(32);
    pub(crate) const OBJECT: Self = Self(64);
    pub(crate) const ALL: Self = Self(127);

    /// The kinds that one name in `type` means.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOL,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "string" => Self::STRING,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            _ => return None,
        })
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        self & other != Self::NONE
    }

    /// The kinds as one phrase: `an integer`, `a string or null`.
    pub(crate) fn phrase(self) -> String {
        const NAMES: [(Kinds, &str); 7] = [
            (Kinds::NUMBER, "a number"),
            (Kinds::INTEGER, "an integer"),
            (Kinds::FRACTION, "a number that is no integer"),
            (Kinds::STRING, "a string"),
            (Kinds::BOOL, "a boolean"),
            (Kinds::ARRAY, "a list"),
            (Kinds::OBJECT, "an object"),
        ];
        let mut left = self;
        let mut words = Vec::new();
        for (kinds, name) in NAMES {
            if left & kinds == kinds {
                words.push(name);
                left = Self(left.0 & !kinds.0);
            }
        }
        if left == Self::NULL {
            words.push("null");
        }
        match words.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
            None => "nothing".to_owned(),
        }
    }
}

impl BitAnd for Kinds {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Kinds {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases() {
        assert_eq!(Kinds::INTEGER.phrase(), "an integer");
        assert_eq!((Kinds::NUMBER | Kinds::NULL).phrase(), "a number or null");
        assert_eq!((Kinds::INTEGER | Kinds::STRING | Kinds::OBJECT).phrase(), "an integer, a string or an object");
        assert_eq!(Kinds::NONE.phrase(), "nothing");
    }
}
