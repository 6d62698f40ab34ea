//! The check against the `jsonschema` crate, on random schemas and values.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::super::Check;
use super::random;

const CASES: u32 = 2500;

pub(crate) fn reference(schema: &Value) -> jsonschema::Validator {
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).should_validate_formats(true);
    options.build(schema).unwrap()
}

pub(crate) fn runner(cases: u32) -> TestRunner {
    TestRunner::new_with_rng(
        Config { cases, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
}

#[test]
fn the_check_says_what_the_reference_says() {
    let (accepted, rejected) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let strategy = (random::root(), prop::collection::vec(random::value(), 8));
    let result = runner(CASES).run(&strategy, |(schema, values)| {
        let check = Check::compile(&schema).unwrap();
        let reference = reference(&schema);
        for value in values {
            let json = value.to_string();
            let expected = reference.is_valid(&value);
            let problems = check.problems(&json);
            prop_assert_eq!(problems.is_empty(), expected, "{} {} {:?}", schema, json, problems);
            prop_assert_eq!(check.root().accepts(&json), expected, "{} {}", schema, json);
            let tally = if expected { &accepted } else { &rejected };
            tally.set(tally.get() + 1);
        }
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.unwrap_err());
    let (accepted, rejected) = (accepted.get(), rejected.get());
    assert!(accepted > CASES && rejected > CASES, "{accepted} were right, {rejected} were wrong");
}

/// A repair never turns what is right into something else, and its result is judged by the same check.
#[test]
fn a_repair_leaves_what_is_right_alone() {
    let repaired = std::cell::Cell::new(0);
    let result = runner(CASES).run(
        &(prop_oneof![random::root(), random::typed()], prop::collection::vec(random::sloppy(), 4)),
        |(schema, values)| {
            let check = Check::compile(&schema).unwrap();
            let reference = reference(&schema);
            for value in values {
                let json = value.to_string();
                let Some(better) = check.root().coerce(&json) else { continue };
                let read: Value = serde_json::from_str(&better).unwrap();
                let is_right = reference.is_valid(&read);
                prop_assert_eq!(check.problems(&better).is_empty(), is_right, "{} {} {}", schema, json, better);
                prop_assert!(is_right || !reference.is_valid(&value), "{} {} {}", schema, json, better);
                repaired.set(repaired.get() + u32::from(is_right));
            }
            Ok(())
        },
    );
    assert!(result.is_ok(), "{}", result.unwrap_err());
    assert!(repaired.get() > CASES / 10, "{} were repaired", repaired.get());
}
