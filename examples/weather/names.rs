//! When two spellings are one name, and how far apart two names are.

/// Small Latin letters without accents, and nothing else, so that "São Paulo" and "sao-paulo" are one name.
pub(crate) fn folded(name: &str) -> String {
    let mut folded = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'à'..='å' | 'ā' | 'ă' | 'ą' => folded.push('a'),
            'æ' => folded.push_str("ae"),
            'ç' | 'ć' | 'č' => folded.push('c'),
            'ď' | 'đ' | 'ð' => folded.push('d'),
            'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => folded.push('e'),
            'ğ' => folded.push('g'),
            'ì'..='ï' | 'ī' | 'ı' => folded.push('i'),
            'ł' => folded.push('l'),
            'ñ' | 'ń' | 'ň' => folded.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => folded.push('o'),
            'ř' => folded.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => folded.push('s'),
            'ß' => folded.push_str("ss"),
            'ť' | 'ţ' | 'ț' => folded.push('t'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'ź' | 'ż' | 'ž' => folded.push('z'),
            other if other.is_alphanumeric() => folded.push(other),
            // Spaces, punctuation, and accents that are characters of their own.
            _ => {}
        }
    }
    folded
}

/// How many letters must be added, dropped or replaced to make one name from the other.
pub(crate) fn distance(from: &str, to: &str) -> usize {
    // Each row holds the distances from a beginning of `from` to every beginning of `to`.
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (mut left, a) in (1_usize..).zip(from.chars()) {
        let mut next = vec![left];
        for (b, pair) in to.chars().zip(row.windows(2)) {
            let &[above_left, above] = pair else { continue };
            let replaced = above_left.saturating_add(usize::from(a != b));
            left = replaced.min(above.min(left).saturating_add(1));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_punctuation_do_not_matter() {
        assert_eq!(folded("São Paulo"), "saopaulo");
        assert_eq!(folded("sao-paulo"), "saopaulo");
        assert_eq!(folded("Zu\u{308}rich"), folded("ZÜRICH"));
        assert_eq!(folded("Łódź, Ærø, Gießen"), "lodzaerogiessen");
        assert_eq!(folded("東京"), "東京");
        assert_eq!(folded(" - "), "");
    }

    #[test]
    fn distances_are_counted_in_letters() {
        assert_eq!(distance("oslo", "oslo"), 0);
        assert_eq!(distance("", "oslo"), 4);
        assert_eq!(distance("oslo", ""), 4);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("olso", "oslo"), 2);
        assert_eq!(distance("東京", "京都"), 2);
    }
}
