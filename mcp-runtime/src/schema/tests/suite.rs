//! The official JSON Schema Test Suite (draft 2020-12), read from the directory that `JSON_SCHEMA_TEST_SUITE` names.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::Check;

/// Files that are about what we do not do, with the reason.
const SKIPPED_FILES: [(&str, &str); 9] = [
    ("anchor", "references by anchor are refused when a schema is compiled"),
    ("dynamicRef", "dynamic references are refused when a schema is compiled"),
    ("refRemote", "a schema must be complete in itself"),
    ("unevaluatedItems", "refused when a schema is compiled"),
    ("vocabulary", "meta-schemas are not read"),
    ("format", "asks for formats not to be asserted; ours are"),
    ("optional/cross-draft", "only 2020-12 is read"),
    ("optional/unknownKeyword", "unknown keywords are refused when a schema is compiled"),
    ("optional/refOfUnknownKeyword", "unknown keywords are refused when a schema is compiled"),
];

/// Single groups that are about what we do not do, with the reason. A name may be the beginning of a description.
const SKIPPED_GROUPS: [(&str, &str, &str); 0] = [];

/// Optional files that are about keywords and formats that we check.
const OPTIONAL: [&str; 13] = [
    "bignum", "ecmascript-regex", "float-overflow", "non-bmp-regex", "no-schema",
    "format/date-time", "format/date", "format/time", "format/email", "format/uri", "format/uuid", "format/ipv4", "format/ipv6",
];

#[test]
fn the_official_suite_agrees() {
    let Some(root) = std::env::var_os("JSON_SCHEMA_TEST_SUITE").map(PathBuf::from) else {
        eprintln!("`JSON_SCHEMA_TEST_SUITE` names no directory, so that the official suite was not run");
        return;
    };
    let root = root.join("tests/draft2020-12");
    let mut tally = Tally::default();
    for name in names(&root) {
        tally.file(&root, &name);
    }
    eprintln!("{} passed, {} groups refused: {:#?}", tally.passed, tally.refused.len(), tally.refused);
    assert!(tally.failed.is_empty(), "{:#?}", tally.failed);
    assert!(tally.passed > 1000, "only {} tests were found below {}", tally.passed, root.display());
}

fn names(root: &Path) -> Vec<String> {
    let required = fs::read_dir(root).unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok()?.strip_suffix(".json").map(str::to_owned));
    let mut names: Vec<String> = required.chain(OPTIONAL.iter().map(|name| format!("optional/{name}"))).collect();
    names.retain(|name| !SKIPPED_FILES.iter().any(|(skipped, _)| skipped == name));
    names.sort();
    names
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failed: Vec<String>,
    refused: Vec<String>,
}

impl Tally {
    fn file(&mut self, root: &Path, name: &str) {
        let text = fs::read_to_string(root.join(format!("{name}.json"))).unwrap();
        let groups: Vec<Value> = serde_json::from_str(&text).unwrap();
        for group in &groups {
            let title = group["description"].as_str().unwrap();
            let skipped = SKIPPED_GROUPS.iter().any(|(file, begin, _)| *file == name && title.starts_with(begin));
            if !skipped {
                self.group(&format!("{name}: {title}"), group);
            }
        }
    }

    fn group(&mut self, title: &str, group: &Value) {
        let check = match Check::compile(&group["schema"]) {
            Ok(check) => check,
            Err(unchecked) => return self.refused.push(format!("{title} ({unchecked:?})")),
        };
        for test in group["tests"].as_array().unwrap() {
            let json = test["data"].to_string();
            let expected = test["valid"].as_bool().unwrap();
            let problems = check.problems(&json);
            if problems.is_empty() == expected && check.root().accepts(&json) == expected {
                self.passed += 1;
            } else {
                self.failed.push(format!("{title}: {} {json}: {problems:?}", test["description"]));
            }
        }
    }
}
