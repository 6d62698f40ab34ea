//! Ctrl-C while a command runs.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::examples::example;
use crate::terminal::open;

/// A server whose hooks say when they run, and which a call is made to. It waits so long for what does not end.
fn calling(arguments: &[&str], drain: &str) -> Command {
    let mut command = example("torture", &["call"]);
    command.args(arguments).env("TORTURE_HOOKS", "1").env("TORTURE_DRAIN_MS", drain);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What it writes until it has written this.
fn until(output: &mut impl Read, wanted: &str) -> String {
    let (mut written, mut byte) = (Vec::new(), [0]);
    while !String::from_utf8_lossy(&written).contains(wanted) {
        assert_eq!(output.read(&mut byte).unwrap(), 1, "no `{wanted}` in {}", String::from_utf8_lossy(&written));
        written.push(byte[0]);
    }
    String::from_utf8(written).unwrap()
}

/// Ctrl-C of a terminal is this signal.
fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

/// Interrupts a call that runs. The exit code, what was still said, and how long that took.
fn interrupted(arguments: &[&str], drain: &str, times: usize) -> (Option<i32>, String, Duration) {
    let mut child = calling(arguments, drain).spawn().unwrap();
    let mut errors = child.stderr.take().unwrap();
    until(&mut errors, "started");
    // The call begins at once after the start.
    std::thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    interrupt(&child);
    for _ in 1..times {
        std::thread::sleep(Duration::from_millis(100));
        interrupt(&child);
    }
    let status = child.wait().unwrap();
    let took = began.elapsed();
    let mut said = String::new();
    errors.read_to_string(&mut said).unwrap();
    (status.code(), said, took)
}

#[test]
fn the_hooks_run() {
    // What can be cancelled is not waited for.
    for (tool, drain) in [("sleep", "30000"), ("block", "200")] {
        let (code, said, took) = interrupted(&[tool, "ms=60000"], drain, 1);
        assert_eq!(code, Some(1), "{tool}: {said}");
        assert!(said.contains("stopped") && said.contains("interrupted"), "{tool}: {said}");
        assert!(took < Duration::from_secs(5), "{tool}: {took:?}");
    }
}

#[test]
fn what_blocks_the_runtime_ends_in_time_or_at_the_second() {
    let (code, said, _) = interrupted(&["deafen", "ms=60000"], "200", 1);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("once more ends it at once") && !said.contains("stopped"), "{said}");
    let (code, said, _) = interrupted(&["deafen", "ms=60000"], "200", 2);
    assert_eq!((code, said.contains("once more")), (Some(130), false), "{said}");
}

#[test]
fn a_question_is_given_up() {
    let (mut child, mut screen) = open(example("everything", &["call", "confirm_delete", "filename=x"]), 80);
    until(&mut screen, "confirm: ");
    let began = Instant::now();
    interrupt(&child);
    let mut shown = Vec::new();
    // A terminal whose other side is closed is an error on Linux, and at its end elsewhere.
    let _ = screen.read_to_end(&mut shown);
    let shown = String::from_utf8_lossy(&shown);
    assert_eq!(child.wait().unwrap().code(), Some(1), "{shown}");
    assert!(shown.contains("Error: interrupted"), "{shown}");
    // Not until the server gives up waiting for the call.
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}
