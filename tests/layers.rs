//! Imports go one way: a module uses only what `lib.rs` lists before it.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in any way"
)]

use std::fs;
use std::path::Path;

/// The modules of a crate in the order of its `lib.rs`.
fn modules(lib: &str) -> Vec<&str> {
    let names = lib.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    names.collect()
}

/// Every `crate::name` in the code of a module, with the line it stands in; documentation may look ahead.
fn imports(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in source.lines().enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.push((number + 1, name));
        }
    }
    found
}

fn sources(folder: &Path, module: &str) -> Vec<(String, String)> {
    let mut pending = vec![folder.join(format!("{module}.rs")), folder.join(module)];
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.is_file() && path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(!found.is_empty(), "`mod {module};` has no file");
    found
}

fn check(krate: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(krate).join("src");
    let lib = fs::read_to_string(folder.join("lib.rs")).unwrap();
    let modules = modules(&lib);
    assert!(modules.len() > 5, "{krate}: the list of modules was not understood");
    let place = |name: &str| modules.iter().position(|module| *module == name);
    let mut backward = Vec::new();
    for (at, module) in modules.iter().enumerate() {
        for (file, source) in sources(&folder, module) {
            for (line, name) in imports(&source) {
                if place(&name).is_some_and(|other| other > at) {
                    backward.push(format!("{file}:{line}: `{module}` uses `{name}`, which comes later"));
                }
            }
        }
    }
    assert!(backward.is_empty(), "\n{}", backward.join("\n"));
}

#[test]
fn runtime_imports_go_one_way() {
    check("mcp-runtime");
}

#[test]
fn macro_imports_go_one_way() {
    check("mcp-macros");
}
