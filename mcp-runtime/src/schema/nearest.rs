//! Finds the name that was probably meant.

/// The candidate that is the fewest edits away from `word`, if it is near enough to be meant.
pub(crate) fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    const LONGEST: usize = 64;
    let tolerance = (word.chars().count() / 4).saturating_add(1);
    if word.len() > LONGEST {
        return None;
    }
    candidates
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(edits, candidate)| *edits <= tolerance && *edits < candidate.chars().count())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance, one row at a time.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut last = i.saturating_add(1);
        for (cell, right) in row.iter_mut().skip(1).zip(b.chars()) {
            let swapped = diagonal.saturating_add(usize::from(left != right));
            diagonal = *cell;
            last = swapped.min(diagonal.min(last).saturating_add(1));
            *cell = last;
        }
        if let Some(first) = row.first_mut() {
            *first = i.saturating_add(1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (a, b, edits) in
            [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("city", "ctiy", 2), ("a", "a", 0)]
        {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }

    #[test]
    fn only_what_is_near_is_meant() {
        let units = || ["celsius", "fahrenheit"].into_iter();
        assert_eq!(nearest("celcius", units()), Some("celsius"));
        assert_eq!(nearest("Celsius", units()), Some("celsius"));
        assert_eq!(nearest("kelvin", units()), None);
        assert_eq!(nearest("x", ["a"].into_iter()), None);
    }
}
