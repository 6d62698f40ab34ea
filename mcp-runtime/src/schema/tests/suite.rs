//! The official JSON Schema Test Suite (draft 2020-12), read from the directory that `JSON_SCHEMA_TEST_SUITE` names.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::Check;

/// Files that are not run, with the reason.
const SKIPPED: [(&str, &str); 25] = [
    ("anchor", "references by anchor are refused when a schema is compiled"),
    ("dynamicRef", "dynamic references are refused when a schema is compiled"),
    ("format", "asks for formats not to be asserted; ours are"),
    ("refRemote", "a schema must be complete in itself"),
    ("unevaluatedItems", "refused when a schema is compiled"),
    ("vocabulary", "meta-schemas are not read"),
    ("optional/anchor", "references by anchor are refused when a schema is compiled"),
    ("optional/cross-draft", "only 2020-12 is read"),
    ("optional/dependencies-compatibility", "`dependencies` is no keyword of 2020-12 and is refused"),
    ("optional/dynamicRef", "dynamic references are refused when a schema is compiled"),
    ("optional/format-assertion", "meta-schemas are not read"),
    ("optional/id", "identifiers within a schema are refused when it is compiled"),
    ("optional/refOfUnknownKeyword", "unknown keywords are refused when a schema is compiled"),
    ("optional/unknownKeyword", "unknown keywords are refused when a schema is compiled"),
    ("optional/format/duration", "not asserted"),
    ("optional/format/ecmascript-regex", "not asserted"),
    ("optional/format/idn-email", "not asserted"),
    ("optional/format/idn-hostname", "not asserted"),
    ("optional/format/iri", "not asserted"),
    ("optional/format/iri-reference", "not asserted"),
    ("optional/format/json-pointer", "not asserted"),
    ("optional/format/regex", "not asserted"),
    ("optional/format/relative-json-pointer", "not asserted"),
    ("optional/format/uri-reference", "not asserted"),
    ("optional/format/uri-template", "not asserted"),
];

/// Groups that are not run, with the reason.
const SKIPPED_GROUPS: [(&str, &str); 1] = [(
    "optional/format/hostname: validation of A-label (punycode) host names",
    "what is encoded in an `xn--` label is not looked at",
)];

/// Groups that are refused when they are compiled, every one of them for a reference that leaves the schema or goes by `$id`.
const REFUSED: [&str; 18] = [
    "defs: validate definition against metaschema",
    "ref: $id must be resolved against nearest parent, not just immediate parent",
    "ref: Recursive references between schemas",
    "ref: URN base URI with URN and JSON pointer ref",
    "ref: URN base URI with URN and anchor ref",
    "ref: URN ref with nested pointer ref",
    "ref: order of evaluation: $id and $anchor and $ref",
    "ref: order of evaluation: $id and $ref",
    "ref: order of evaluation: $id and $ref on nested schema",
    "ref: ref to else",
    "ref: ref to if",
    "ref: ref to then",
    "ref: ref with absolute-path-reference",
    "ref: refs with relative uris and defs",
    "ref: relative refs with absolute uris and defs",
    "ref: remote ref, containing refs itself",
    "ref: simple URN base URI with $ref via the URN",
    "unevaluatedProperties: unevaluatedProperties with $dynamicRef",
];

/// Groups whose patterns have Unicode classes.
const TAKES_REGEX: [&str; 6] = [
    "optional/ecmascript-regex: pattern with non-ASCII digits",
    "optional/ecmascript-regex: patternProperties with non-ASCII digits",
    "optional/ecmascript-regex: patterns always use unicode semantics with pattern",
    "optional/ecmascript-regex: patterns always use unicode semantics with patternProperties",
    "pattern: pattern with Unicode property escape requires unicode mode",
    "patternProperties: patternProperties with Unicode property escape",
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
    tally.refused.retain(|title| !REFUSED.contains(&title.as_str()));
    if cfg!(not(feature = "regex")) {
        tally.refused.retain(|title| !TAKES_REGEX.contains(&title.as_str()));
    }
    assert!(tally.refused.is_empty(), "{:#?}", tally.refused);
    assert!(tally.failed.is_empty(), "{:#?}", tally.failed);
    eprintln!("{} passed", tally.passed);
    assert!(tally.passed > 1000, "only {} tests were found below {}", tally.passed, root.display());
}

/// Every file that is not skipped: one that comes new to the suite is run.
fn names(root: &Path) -> Vec<String> {
    let folders = ["", "optional/", "optional/format/"];
    let mut names: Vec<String> = folders.iter().flat_map(|folder| below(root, folder)).collect();
    names.retain(|name| !SKIPPED.iter().any(|(skipped, _)| skipped == name));
    names.sort();
    names
}

fn below(root: &Path, folder: &str) -> Vec<String> {
    let files = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    files.filter_map(|file| Some(format!("{folder}{}", file.strip_suffix(".json")?))).collect()
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
            let title = format!("{name}: {title}");
            if !SKIPPED_GROUPS.iter().any(|(skipped, _)| *skipped == title) {
                self.group(&title, group);
            }
        }
    }

    fn group(&mut self, title: &str, group: &Value) {
        let Ok(check) = Check::compile(&group["schema"]) else { return self.refused.push(title.to_owned()) };
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
