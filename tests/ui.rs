//! Every mistake that a compiler can see, and what it says about it. The texts are those of one compiler.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in any way"
)]

use std::process::Command;

/// The compiler with which `tests/ui/*.stderr` were written (`TRYBUILD=overwrite` writes them anew).
const WRITTEN_WITH: &str = "rustc 1.95.";

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    // Another compiler says the same in other words, and a newcomer who has it should not see a failure.
    let compiler = compiler();
    if compiler.starts_with(WRITTEN_WITH) {
        cases.compile_fail("tests/ui/*.rs");
    } else {
        eprintln!("NOT COMPARED: the messages in tests/ui are those of {WRITTEN_WITH}x, and this is {compiler}");
    }
}

fn compiler() -> String {
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(compiler).arg("--version").output().expect("a compiler that tells its version");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
