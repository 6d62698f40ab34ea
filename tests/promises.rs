//! `docs/promises.md` names tests that exist.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may fail in any way")]

use std::fs;
use std::path::Path;

/// The tests that a row of a table names, each as its file and its function.
fn named(row: &str) -> Vec<(&str, &str)> {
    row.split('`').filter_map(|word| word.split_once(".rs::")).collect()
}

/// Why this is not a test; `None` if it is one.
fn wrong(folder: &Path, file: &str, name: &str) -> Option<String> {
    let Ok(source) = fs::read_to_string(folder.join(format!("{file}.rs"))) else {
        return Some(format!("there is no file {file}.rs"));
    };
    let head = format!("fn {name}(");
    let before = source.split_once(&head).map(|(before, _)| before);
    let is_test = before.is_some_and(|before| {
        // Between the attribute and the function there is nothing but other attributes and comments.
        let item = before.rsplit_once("\n\n").map_or(before, |(_, item)| item);
        item.contains("#[test]") || item.contains("#[tokio::test")
    });
    (!is_test).then(|| format!("{file}.rs has no test `{name}`"))
}

#[test]
fn every_test_that_is_named_exists() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(folder.join("docs/promises.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")).collect();
    let found: Vec<_> = rows.iter().flat_map(|row| named(row)).collect();
    let wrong: Vec<_> = found.iter().filter_map(|(file, name)| wrong(folder, file, name)).collect();
    assert!(wrong.is_empty(), "docs/promises.md:\n{}", wrong.join("\n"));
    assert!(found.len() > 100, "the page was not understood");
}

#[test]
fn every_promise_has_a_test() {
    let page = include_str!("../docs/promises.md");
    for promise in 1..=22 {
        let row = page.lines().find(|line| line.starts_with(&format!("| {promise} | ")));
        let row = row.unwrap_or_else(|| panic!("there is no promise {promise}"));
        assert!(!named(row).is_empty(), "promise {promise} has no test");
    }
    let headings = ["| What", "| | What", "| ---"];
    let is_row = |line: &&str| line.starts_with("| ") && !headings.iter().any(|heading| line.starts_with(heading));
    for row in page.lines().filter(is_row) {
        assert!(!named(row).is_empty(), "no test: {row}");
    }
}
