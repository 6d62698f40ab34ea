//! The command line at a terminal: colours, its width, questions, and texts that would steer it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::examples::example;

/// A program whose standard streams are a terminal of so many columns.
fn at_terminal(command: Command, columns: u16, typed: &str) -> (ExitStatus, String) {
    let (mut child, mut screen) = open(command, columns);
    screen.write_all(typed.as_bytes()).unwrap();
    let mut shown = Vec::new();
    // A terminal whose other side is closed is an error on Linux, and at its end elsewhere.
    let _ = screen.read_to_end(&mut shown);
    (child.wait().unwrap(), String::from_utf8_lossy(&shown).replace("\r\n", "\n"))
}

/// The program, and what shows what it writes and types what it reads.
pub(crate) fn open(mut command: Command, columns: u16) -> (Child, File) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    tcsetwinsize(&screen, Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap();
    let line: OwnedFd = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap().into();
    let copy = || line.try_clone().unwrap();
    command.stdin(copy()).stdout(copy()).stderr(copy()).env("TERM", "xterm");
    let child = command.spawn().unwrap();
    drop((command, line));
    (child, File::from(screen))
}

#[test]
fn a_terminal_has_colors_and_a_width() {
    let (status, shown) = at_terminal(example("weather", &["list"]), 60, "");
    assert!(status.success(), "{shown}");
    assert!(shown.contains("\x1b[1mget_weather\x1b[0m"), "{shown}");
    let plain = shown.replace("\x1b[0m", "").replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[4m", "");
    let plain = plain.replace("\x1b[36m", "").replace("\x1b[33m", "");
    let prose = plain.lines().filter(|line| line.starts_with("    ") && !line.starts_with("      "));
    assert!(prose.clone().count() > 5, "{plain}");
    prose.for_each(|line| assert!(line.chars().count() <= 60, "{line}"));
    let (_, shown) = at_terminal(example("weather", &["call", "get_weather", "city=Oslo"]), 80, "");
    assert!(shown.contains("\x1b[36mcity\x1b[0m              Oslo\n"), "{shown}");
}

#[test]
fn colors_follow_the_environment() {
    let colored = |variable: &str, value: &str| {
        let mut command = example("weather", &["list"]);
        command.env(variable, value);
        at_terminal(command, 80, "").1.contains("\x1b[1m")
    };
    assert!(colored("NO_COLOR", ""));
    assert!(!colored("NO_COLOR", "1"));
    let piped = example("weather", &["list"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(String::from_utf8_lossy(&piped.stdout).contains("\x1b[1m"), "who forces colours has them in a pipe too");
}

#[test]
fn a_person_at_the_terminal_is_asked() {
    let call = || example("everything", &["call", "confirm_delete", "filename=x"]);
    for (typed, ends) in [("perhaps\nyes\n", "x would be deleted.\n"), ("\n", "x stays.\n")] {
        let (status, shown) = at_terminal(call(), 80, typed);
        assert!(status.success() && shown.ends_with(ends), "{shown}");
        assert!(shown.contains("Delete x?") && shown.contains("yes or no"), "{shown}");
        assert_eq!(shown.contains("`confirm` must be a boolean"), typed.starts_with("perhaps"), "{shown}");
    }
}

#[test]
fn progress_is_a_bar_that_goes_away() {
    let (status, shown) = at_terminal(example("everything", &["call", "test_tool_with_progress"]), 80, "");
    assert!(status.success(), "{shown}");
    assert!(shown.contains("50/100 \x1b[2mHalfway\x1b[0m"), "{shown:?}");
    assert!(shown.ends_with("\r\x1b[2KProgress was reported.\n"), "{shown:?}");
}

#[test]
fn hostile_text_does_not_steer_the_terminal() {
    let mut command = example("weather", &["call", "get_weather"]);
    command.arg("city=\x1b]0;owned\x07\x1b[2J");
    let (status, shown) = at_terminal(command, 80, "");
    assert_eq!(status.code(), Some(1));
    assert!(shown.contains("\\u{1b}]0;owned\\u{7}\\u{1b}[2J") && !shown.contains('\x07'), "{shown:?}");
}

/// The configuration of a project comes with the project.
#[test]
fn what_is_quoted_of_a_configuration_does_not_steer_it() {
    let file = std::env::temp_dir().join(format!("mcp-terminal-{}.json", std::process::id()));
    std::fs::write(&file, r#"{ "mcpServers": { "weather": { "command": "x\u001b[2J\u0007" } } }"#).unwrap();
    let mut command = example("weather", &["install", "json", "--write", "--config"]);
    command.arg(&file);
    let (status, shown) = at_terminal(command, 80, "");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(shown.contains("another program's entry: `x\\u{1b}[2J\\u{7}`") && !shown.contains('\x07'), "{shown:?}");
}

#[test]
fn who_starts_a_server_by_hand_is_told_what_it_waits_for() {
    // Ctrl-D, once the line is read.
    let (status, shown) = at_terminal(example("weather", &[]), 80, "\x04");
    assert!(status.success(), "{shown}");
    assert!(shown.contains("over stdio: type a message, or end it with Ctrl-D"), "{shown}");
}
