//! What differs between what a test expects and what it finds, in a form that is read at a glance.

use std::fmt::Write as _;

use serde_json::Value;

/// How two JSON values differ: a line for each path at which they do.
pub(super) fn json(expected: &Value, found: &Value) -> Option<String> {
    let mut lines = Vec::new();
    compare(&mut String::new(), Some(expected), Some(found), &mut lines);
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn compare(path: &mut String, expected: Option<&Value>, found: Option<&Value>, lines: &mut Vec<String>) {
    let length = path.len();
    match (expected, found) {
        (Some(Value::Object(expected)), Some(Value::Object(found))) => {
            let added = found.keys().filter(|name| !expected.contains_key(*name));
            for name in expected.keys().chain(added) {
                path.push_str(if length == 0 { "" } else { "." });
                path.push_str(name);
                compare(path, expected.get(name), found.get(name), lines);
                path.truncate(length);
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(found))) => {
            for place in 0..expected.len().max(found.len()) {
                // Writing to a `String` does not fail.
                let _ = write!(path, "[{place}]");
                compare(path, expected.get(place), found.get(place), lines);
                path.truncate(length);
            }
        }
        (expected, found) if is_same(expected, found) => {}
        (expected, found) => {
            let place = if path.is_empty() { "the whole" } else { path.as_str() };
            let told = |value: Option<&Value>| value.map_or("nothing".into(), Value::to_string);
            lines.push(format!("{place}\n  expected: {}\n     found: {}", told(expected), told(found)));
        }
    }
}

/// `1` and `1.0` are the same number on the wire.
fn is_same(expected: Option<&Value>, found: Option<&Value>) -> bool {
    match (expected, found) {
        (Some(Value::Number(expected)), Some(Value::Number(found))) => {
            expected == found || (expected.is_f64() || found.is_f64()) && expected.as_f64() == found.as_f64()
        }
        (expected, found) => expected == found,
    }
}

/// How two texts differ, line by line: `-` is expected, `+` is found, and all others are the same.
pub(super) fn text(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    let (left, right) = (lines(expected), lines(found));
    if left.len() == 1 && right.len() == 1 {
        return Some(format!("expected: {expected:?}\n   found: {found:?}"));
    }
    Some(aligned(&left, &right).join("\n"))
}

fn lines(text: &str) -> Vec<&str> {
    // Unlike `str::lines`, this shows a line end at the end.
    text.split('\n').collect()
}

/// The lines of both, with what they have in common in between, after the longest common subsequence.
fn aligned(left: &[&str], right: &[&str]) -> Vec<String> {
    /// More cells than this are not compared: all lines count as different.
    const MOST: usize = 4_000_000;
    let start = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    let (common, left) = left.split_at(start);
    let right = right.get(start..).unwrap_or_default();
    let lengths = if left.len().saturating_mul(right.len()) > MOST { Vec::new() } else { lengths(left, right) };
    let length = |i: usize, j: usize| lengths.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
    let mut told: Vec<String> = common.iter().map(|line| format!("  {line}")).collect();
    let (mut i, mut j) = (0_usize, 0_usize);
    loop {
        let (below, beside) = (i.saturating_add(1), j.saturating_add(1));
        match (left.get(i), right.get(j)) {
            (Some(line), Some(other)) if line == other && !lengths.is_empty() => {
                told.push(format!("  {line}"));
                (i, j) = (below, beside);
            }
            (Some(line), other) if other.is_none() || length(below, j) >= length(i, beside) => {
                told.push(format!("- {line}"));
                i = below;
            }
            (_, Some(line)) => {
                told.push(format!("+ {line}"));
                j = beside;
            }
            (_, None) => return told,
        }
    }
}

/// How many lines the rests from each pair of lines on have in common.
fn lengths(left: &[&str], right: &[&str]) -> Vec<Vec<usize>> {
    let mut rows = vec![vec![0; right.len().saturating_add(1)]];
    for line in left.iter().rev() {
        let below = rows.last().cloned().unwrap_or_default();
        let mut row = below.clone();
        for (j, other) in right.iter().enumerate().rev() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(0);
            let beside = j.saturating_add(1);
            let longest = match line == other {
                true => at(&below, beside).saturating_add(1),
                false => at(&below, j).max(at(&row, beside)),
            };
            if let Some(cell) = row.get_mut(j) {
                *cell = longest;
            }
        }
        rows.push(row);
    }
    rows.reverse();
    rows
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::*;

    #[test]
    fn values_differ_at_paths() {
        let expected = value!({ "city": "Oslo", "days": [{ "high": 3 }, { "high": 4 }, 5], "wind": 1.0 });
        let found = value!({ "days": [{ "high": 3 }, { "high": 7 }], "wind": 1, "unit": "C" });
        assert_eq!(
            json(&expected, &found).unwrap(),
            "city\n  expected: \"Oslo\"\n     found: nothing\n\
             days[1].high\n  expected: 4\n     found: 7\n\
             days[2]\n  expected: 5\n     found: nothing\n\
             unit\n  expected: nothing\n     found: \"C\""
        );
        assert_eq!(json(&value!(1), &value!([])).unwrap(), "the whole\n  expected: 1\n     found: []");
        assert_eq!(json(&expected, &expected), None);
        let large = [value!(9_007_199_254_740_993_u64), value!(9_007_199_254_740_992_u64)];
        assert!(json(&large[0], &large[1]).is_some(), "integers are not compared as floats");
    }

    #[test]
    fn texts_differ_in_lines() {
        assert_eq!(text("a\nb", "a\nb"), None);
        assert_eq!(text("5", "6").unwrap(), "expected: \"5\"\n   found: \"6\"");
        assert_eq!(text("a\nb\nc\nd", "a\nx\nc\nd\ne").unwrap(), "  a\n- b\n+ x\n  c\n  d\n+ e");
        assert_eq!(text("", "a\n").unwrap(), "+ a\n  ");
        assert_eq!(text("a\nb", "a").unwrap(), "  a\n- b");
        let (long, other) = ("a\n".repeat(3000), "b\n".repeat(3000));
        assert!(text(&long, &other).unwrap().starts_with("- a\n- a\n"), "what is long is told without alignment");
    }
}
