//! The programs of the examples.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// Where the programs are. Of an example that has tests, `cargo test` builds nothing but those.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let this = std::env::current_exe().unwrap();
    let profile = this.parent().unwrap().parent().unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--workspace", "--examples", "--target-dir"]).arg(profile.parent().unwrap());
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success());
    profile.join("examples")
});

/// An example with arguments, in a pipe.
pub(crate) fn example(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(FOLDER.join(name));
    command.args(arguments).stdin(Stdio::null()).env("WEATHER_DATE", "2026-07-28");
    for variable in ["COLUMNS", "NO_COLOR", "CLICOLOR_FORCE", "RUST_LOG"] {
        command.env_remove(variable);
    }
    command
}
