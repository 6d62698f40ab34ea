//! Finds what is special in the text of a string, many bytes at a time: a quote, a backslash, or a control character.

const WORD: usize = 8;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// What is looked at together in a long text.
const BLOCK: usize = 16;

/// How many bytes `text` begins with that stand for themselves in a JSON string.
#[inline]
pub(crate) fn length(text: &[u8]) -> usize {
    // Most strings are short.
    match text.first_chunk::<WORD>().map(|word| special(*word)) {
        Some(special) if special != 0 => first(special),
        Some(_) | None => of_long(text),
    }
}

#[inline(never)]
fn of_long(text: &[u8]) -> usize {
    let mut rest = text;
    while let Some((word, after)) = rest.split_first_chunk::<WORD>() {
        let special = special(*word);
        if special != 0 {
            return text.len().saturating_sub(rest.len()).saturating_add(first(special));
        }
        rest = after;
        while let Some((block, after)) = rest.split_first_chunk::<BLOCK>()
            && is_plain(block)
        {
            rest = after;
        }
    }
    let plain = rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | ..0x20)).count();
    text.len().saturating_sub(rest.len()).saturating_add(plain)
}

/// Without a branch, so that a compiler makes wide instructions of it.
#[inline]
fn is_plain(block: &[u8; BLOCK]) -> bool {
    block.iter().fold(true, |plain, byte| plain & (*byte ^ SWAP > b' ') & (*byte != b'\\'))
}

/// Puts the quote where the blank is, next to the control characters.
const SWAP: u8 = b'"' ^ b' ';

/// Marks the first special byte of a word, and perhaps others behind it.
#[inline]
fn special(word: [u8; WORD]) -> u64 {
    let word = u64::from_le_bytes(word);
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES.wrapping_mul(limit.into())) & !word;
    let swapped = word ^ ONES.wrapping_mul(SWAP.into());
    let backslash = word ^ ONES.wrapping_mul(b'\\'.into());
    (below(swapped, b' ' + 1) | below(backslash, 1)) & HIGH
}

/// Where the first marked byte is.
#[inline]
fn first(special: u64) -> usize {
    (special.trailing_zeros() / u8::BITS) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_byte_at_every_place() {
        for byte in [0, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7F, 0x80, 0x9F, 0xA2, 0xDC, 0xFF] {
            for length in 0..80 {
                for at in 0..length {
                    let mut text = vec![b'x'; length];
                    text[at] = byte;
                    let special = matches!(byte, b'"' | b'\\' | ..0x20);
                    assert_eq!(super::length(&text), if special { at } else { length }, "{byte} at {at} of {length}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn it_stops_where_the_first_special_byte_is(text in prop::collection::vec(any::<u8>(), 0..200)) {
            let first = text.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20));
            prop_assert_eq!(length(&text), first.unwrap_or(text.len()));
        }
    }
}
