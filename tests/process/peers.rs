//! What may stand at the other end: sockets, files, nothing at all.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::torture::{Torture, alone, call, command, request};

#[test]
fn sockets_as_node_passes_them() {
    let mut server = Torture::start_on_sockets();
    let id = server.call("big", json!({ "bytes": 3_000_000 }));
    assert_eq!(server.text(id).len(), 3_000_000);
    let id = server.call("sleep", json!({ "ms": 200 }));
    server.close();
    let rest = server.rest();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0]["id"], id);
    assert_eq!(server.ended().0.code(), Some(0));
}

#[test]
fn one_socket_for_both_directions() {
    let (mut server, ours) = Torture::start_on_one_socket();
    let id = server.call("sleep", json!({ "ms": 200 }));
    server.close();
    assert_eq!(server.text(id), "slept 200");
    assert_eq!(server.ended().0.code(), Some(0));
    drop(ours);
}

#[test]
fn a_peer_that_vanishes_with_answers_unread_is_an_end_and_no_error() {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut command = command();
    command.stdin(OwnedFd::from(theirs.try_clone().unwrap())).stdout(OwnedFd::from(theirs));
    let child = command.spawn().unwrap();
    drop(command);
    writeln!(ours, "{}", request(1, "ping", json!({}))).unwrap();
    ours.read_exact(&mut [0]).unwrap();
    drop(ours);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_file_is_answered_to_its_end() {
    let path = std::env::temp_dir().join(format!("mcp-process-{}", std::process::id()));
    let mut file = File::create(&path).unwrap();
    writeln!(file, "{}", request(0, "initialize", json!({ "protocolVersion": "2025-11-25" }))).unwrap();
    for id in 1..=200 {
        writeln!(file, "{}", call(id, "sleep", json!({ "ms": 10 }))).unwrap();
    }
    drop(file);
    let mut child = command().stdin(File::open(&path).unwrap()).stdout(Stdio::piped()).spawn().unwrap();
    let output = child.stdout.take().unwrap();
    let mut server = Torture::attach(child, None, output);
    let answers = server.rest();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(answers.len(), 201);
    assert_eq!(server.ended().0.code(), Some(0));
}

#[test]
fn nothing_to_read_is_the_end() {
    let mut child = command().stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let output = child.stdout.take().unwrap();
    let mut server = Torture::attach(child, None, output);
    assert!(server.rest().is_empty());
    assert_eq!(server.ended().0.code(), Some(0));
}

/// A disk that is full is not a client that has gone: whoever started the server should hear of it.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_takes_nothing_is_an_error() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut child = command().stdin(Stdio::piped()).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    writeln!(child.stdin.take().unwrap(), "{ping}").unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("No space left on device"));
}

#[test]
fn closed_descriptors_are_the_end() {
    for closed in ["<&-", ">&-", "<&- >&-", "<&- >&- 2>&-"] {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("exec \"$0\" stdio {closed}")]).arg(command().get_program());
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        assert_eq!(shell.status().unwrap().code(), Some(0), "{closed}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn an_input_that_never_ends_does_not_keep_signals_out() {
    let _alone = alone();
    let mut child = command().stdin(File::open("/dev/zero").unwrap()).stdout(Stdio::piped()).spawn().unwrap();
    let output = child.stdout.take().unwrap();
    let mut server = Torture::attach(child, None, output);
    assert_eq!(server.next()["error"]["code"], -32700);
    let start = Instant::now();
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(2));
}

/// A file is always ready, so the reader must let the calls run by itself.
#[test]
#[cfg(target_os = "linux")]
fn calls_run_while_a_long_file_is_read() {
    let _alone = alone();
    let (none, most) = (most_memory(0), most_memory(20_000));
    assert!(most < none + 2 * 1024, "{none} KiB, with cancelled calls {most} KiB");
}

/// How much memory a server takes at most that reads so many cancelled calls from a file.
#[cfg(target_os = "linux")]
fn most_memory(calls: u64) -> u64 {
    let path = std::env::temp_dir().join(format!("mcp-process-long-{}", std::process::id()));
    let mut lines = format!("{}\n", request(0, "initialize", json!({ "protocolVersion": "2025-11-25" })));
    for id in 1..=calls {
        lines += &format!("{}\n", call(id, "hang", json!({})));
        lines += &format!(
            "{}\n",
            json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } })
        );
    }
    lines +=
        &format!("{}\n{}\n", call(30_000, "sleep", json!({ "ms": 1 })), call(30_001, "block", json!({ "ms": 500 })));
    std::fs::write(&path, lines).unwrap();
    let mut child = command().stdin(File::open(&path).unwrap()).stdout(Stdio::piped()).spawn().unwrap();
    let output = child.stdout.take().unwrap();
    let mut server = Torture::attach(child, None, output);
    server.answer(30_000);
    let most = server.most_memory();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(server.ended().0.code(), Some(0));
    most
}
