//! What user code prints and reads never meets the protocol.

use serde_json::json;

use crate::torture::Torture;

#[test]
fn what_is_printed_goes_to_standard_error() {
    let mut server = Torture::start();
    for newline in [true, false, false, true] {
        let id = server.call("pollute", json!({ "text": "{\"jsonrpc\": \"2.0\"}", "newline": newline }));
        assert_eq!(server.text(id), "polluted");
    }
    server.close();
    assert!(server.rest().is_empty());
    assert!(server.ended().0.success());
    assert_eq!(server.complaints().matches("{\"jsonrpc\": \"2.0\"}").count(), 4);
}

#[test]
fn a_program_with_a_runtime_of_its_own_is_protected_too() {
    let mut server = Torture::start_with(&[("TORTURE_OWN_RUNTIME", "1"), ("TORTURE_HOOKS", "1")]);
    let id = server.call("pollute", json!({ "text": "aside", "newline": true }));
    assert_eq!(server.text(id), "polluted");
    server.close();
    assert!(server.rest().is_empty());
    assert!(server.ended().0.success());
    let complaints = server.complaints();
    assert!(
        complaints.contains("started") && complaints.contains("aside") && complaints.contains("stopped"),
        "{complaints}"
    );
}

#[test]
fn what_was_printed_before_the_start_without_an_end_goes_there_too() {
    let mut server = Torture::start_with(&[("TORTURE_PRINTS", "1")]);
    server.ping();
    server.close();
    assert!(server.rest().is_empty());
    assert!(server.ended().0.success());
    assert!(server.complaints().contains("printed before the start"));
}

#[test]
fn a_child_prints_to_standard_error_and_reads_nothing() {
    let mut server = Torture::start();
    let id = server.call("child", json!({}));
    server.ping();
    assert_eq!(server.text(id), "exit status: 0, read 0 bytes");
    server.ping();
    server.close();
    assert!(server.rest().is_empty());
    assert!(server.ended().0.success());
    assert!(server.complaints().contains("from a child"));
}

#[test]
fn printing_with_nobody_behind_standard_error_does_not_kill() {
    use crate::torture::command;
    use std::process::Stdio;
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "exec \"$0\" stdio 2>&-"]).arg(command().get_program()).stderr(Stdio::piped());
    let mut server = Torture::spawn(shell);
    server.send(
        &json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": { "protocolVersion": "2025-11-25" } }),
    );
    server.answer(0);
    for (tool, arguments) in [
        ("pollute", json!({ "text": "x", "newline": true })),
        ("panic", json!({ "message": "x" })),
        ("child", json!({})),
    ] {
        let id = server.call(tool, arguments);
        server.answer(id);
    }
    server.ping();
    assert!(server.finish().is_empty());
}
