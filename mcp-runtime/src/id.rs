//! Ids that nobody can guess: of sessions, tasks, conversations and visits.

use std::fmt;
use std::io;

/// 128 bits from the system's generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Id(u128);

impl Id {
    pub(crate) fn random() -> io::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(u128::from_ne_bytes(bytes)))
    }

    /// Exactly what [`Display`](fmt::Display) writes.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let digit = |byte: &u8| match byte {
            b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
            b'a'..=b'f' => Some(byte.wrapping_sub(b'a' - 10)),
            _ => None,
        };
        let text: &[u8; 32] = text.try_into().ok()?;
        text.iter().try_fold(0, |id, byte| Some(id << 4 | u128::from(digit(byte)?))).map(Self)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 128 bits of the system's generator, each of them either way: nothing is counted, and nothing is the time.
    #[test]
    fn every_bit_of_an_id_is_random() {
        let ids: Vec<u128> = (0..200).map(|_| Id::random().unwrap().0).collect();
        let (ones, zeros) = ids.iter().fold((0, 0), |(ones, zeros), id| (ones | id, zeros | !id));
        assert_eq!((ones, zeros), (u128::MAX, u128::MAX), "some bit is always the same");
        let flips: u32 = ids.windows(2).map(|pair| (pair[0] ^ pair[1]).count_ones()).sum();
        assert!((199 * 60..199 * 68).contains(&flips), "{flips} bits differ from one id to the next");
    }

    #[test]
    fn an_id_is_read_only_as_it_is_written() {
        let id = Id::random().unwrap();
        let text = id.to_string();
        assert_eq!(text.len(), 32);
        assert_eq!(Id::read(text.as_bytes()), Some(id));
        let wrong = [
            text.to_uppercase().replace(|c: char| c.is_ascii_digit(), "A"),
            format!("+{}", &text[1..]),
            text[1..].into(),
        ];
        for wrong in wrong {
            assert_eq!(Id::read(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
