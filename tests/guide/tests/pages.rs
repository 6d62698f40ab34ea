//! What the pages of the guide say about the code is so.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may fail in any way")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The keys that an attribute knows: the first list of its file that is called `KEYS`.
fn known(file: &str) -> BTreeSet<String> {
    let source = read(&format!("mcp-macros/src/{file}.rs"));
    let (_, list) = source.split_once("KEYS: Keys = &[").unwrap_or_else(|| panic!("{file}.rs has no keys"));
    let (list, _) = list.split_once("];").unwrap();
    list.split("(\"").skip(1).map(|entry| entry.split_once('"').unwrap().0.to_owned()).collect()
}

/// The keys that the table has for an attribute.
fn told(page: &str, attribute: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let [key, on, ..] = row.trim_start_matches("| ").split(" | ").collect::<Vec<_>>()[..] else { continue };
        if on.split(", ").any(|one| one == attribute) {
            let key = key.trim_matches('`').to_owned();
            assert!(keys.insert(key.clone()), "`{key}` is there twice for {attribute}");
        }
    }
    keys
}

#[test]
fn the_table_of_keys_is_what_the_macros_know() {
    let page = read("docs/guide/attributes.md");
    let files = [
        ("tool", "tool"),
        ("resource", "resource"),
        ("prompt", "prompt"),
        ("arg", "argument"),
        // A form has the keys of a model.
        ("model", "model"),
        ("form", "model"),
    ];
    for (attribute, file) in files {
        let known = known(file);
        assert!(!known.is_empty(), "{file}.rs was not understood");
        assert_eq!(told(&page, attribute), known, "the keys of `{attribute}`");
    }
    assert!(read("mcp-macros/src/form.rs").contains("model::KEYS"), "a form has keys of its own");
}

#[test]
fn every_page_with_rust_is_compiled() {
    let library = read("tests/guide/src/lib.rs");
    for page in fs::read_dir(root().join("docs/guide")).unwrap() {
        let name = page.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") && read(&format!("docs/guide/{name}")).contains("```rust") {
            assert!(library.contains(&format!("\"{name}\"")), "{name} is not in tests/guide/src/lib.rs");
        }
    }
}
