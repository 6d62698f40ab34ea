//! The `torture` example as a real process, and a client that misses nothing of what it writes.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

#[cfg(target_os = "linux")]
use crate::status;

/// Longer than anything takes that works at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Held by tests that measure time or load the machine, so that they do not disturb each other.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running server.
pub(crate) struct Torture {
    child: Child,
    /// `None` once it is closed.
    input: Option<Box<dyn Write + Send>>,
    lines: Receiver<String>,
    /// Lines that came while another was waited for.
    early: Vec<Value>,
    errors: Option<JoinHandle<String>>,
    next: u64,
}

/// The program of an example.
pub(crate) fn example(name: &str) -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    let program = path.join("examples").join(name);
    assert!(program.exists(), "run `cargo build --example {name}` first: there is no {}", program.display());
    program
}

pub(crate) fn command() -> Command {
    let mut command = Command::new(example("torture"));
    command.arg("stdio").stderr(Stdio::piped());
    command
}

impl Torture {
    /// Over pipes, with the handshake of a legacy client done.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(environment: &[(&str, &str)]) -> Self {
        let mut command = command();
        command.envs(environment.iter().copied());
        Self::spawn(command).greeted()
    }

    /// Over pipes, without a handshake.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self::attach(child, Some(Box::new(input)), output)
    }

    /// Over two sockets, as Node starts a server.
    pub(crate) fn start_on_sockets() -> Self {
        let ((input, theirs_in), (output, theirs_out)) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
        let mut command = command();
        command.stdin(OwnedFd::from(theirs_in)).stdout(OwnedFd::from(theirs_out));
        let child = command.spawn().unwrap();
        Self::attach(child, Some(Box::new(input)), output).greeted()
    }

    /// Over one socket for both directions, as `inetd` starts a server.
    pub(crate) fn start_on_one_socket() -> (Self, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut command = command();
        command.stdin(OwnedFd::from(theirs.try_clone().unwrap())).stdout(OwnedFd::from(theirs));
        let child = command.spawn().unwrap();
        drop(command);
        let input = Half(ours.try_clone().unwrap());
        (Self::attach(child, Some(Box::new(input)), ours.try_clone().unwrap()).greeted(), ours)
    }

    pub(crate) fn attach(
        mut child: Child,
        input: Option<Box<dyn Write + Send>>,
        output: impl Read + Send + 'static,
    ) -> Self {
        let mut stderr = child.stderr.take().unwrap();
        let errors = spawn(move || {
            let mut bytes = Vec::new();
            stderr.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let (sender, lines) = channel();
        spawn(move || {
            for line in BufReader::new(output).lines() {
                if line.map(|line| sender.send(line)).is_err() {
                    break;
                }
            }
        });
        Self { child, input, lines, early: Vec::new(), errors: Some(errors), next: 0 }
    }

    fn greeted(mut self) -> Self {
        let terms = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
        let id = self.ask("initialize", terms);
        assert_eq!(self.answer(id)["result"]["protocolVersion"], "2025-11-25");
        self
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

/// What a client says.
impl Torture {
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.write(format!("{message}\n").as_bytes());
    }

    pub(crate) fn ask(&mut self, method: &str, params: Value) -> u64 {
        let id = self.id();
        self.send(&request(id, method, params));
        id
    }

    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> u64 {
        self.ask("tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    pub(crate) fn cancel(&mut self, id: u64) {
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } }));
    }

    /// A number that was not used yet.
    pub(crate) fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(crate) fn close(&mut self) {
        self.input = None;
    }

    /// For who writes from elsewhere.
    pub(crate) fn take_input(&mut self) -> Box<dyn Write + Send> {
        self.input.take().unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([format!("-{name}"), self.pid().to_string()]).status().unwrap();
        assert!(status.success());
    }
}

/// What the server says.
impl Torture {
    /// The next message, whatever it is.
    pub(crate) fn next(&mut self) -> Value {
        if !self.early.is_empty() {
            return self.early.remove(0);
        }
        self.receive(PATIENCE).expect("the server says nothing")
    }

    /// The next message, if one comes in time. Every line must be a message.
    pub(crate) fn receive(&mut self, limit: Duration) -> Option<Value> {
        match self.lines.recv_timeout(limit) {
            Ok(line) => Some(message(&line)),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("the server closed its output: {}", self.complaints()),
        }
    }

    /// Waits for the answer to this request.
    pub(crate) fn answer(&mut self, id: u64) -> Value {
        if let Some(at) = self.early.iter().position(|answer| answer["id"] == id) {
            return self.early.remove(at);
        }
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            match self.receive(PATIENCE) {
                Some(answer) if answer["id"] == id => return answer,
                Some(other) => self.early.push(other),
                None => break,
            }
        }
        panic!("{id} is not answered");
    }

    /// The first text of a tool's answer.
    pub(crate) fn text(&mut self, id: u64) -> String {
        let answer = self.answer(id);
        answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("no text: {answer}")).to_owned()
    }

    /// How long a ping takes.
    pub(crate) fn ping(&mut self) -> Duration {
        let start = Instant::now();
        let id = self.ask("ping", json!({}));
        let answer = self.answer(id);
        assert_eq!(answer["result"], json!({}), "{answer}");
        start.elapsed()
    }

    /// All messages until the server closes its output.
    pub(crate) fn rest(&mut self) -> Vec<Value> {
        let mut rest = std::mem::take(&mut self.early);
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => rest.push(message(&line)),
                Err(RecvTimeoutError::Disconnected) => return rest,
                Err(RecvTimeoutError::Timeout) => panic!("the server does not close its output"),
            }
        }
    }
}

/// How it ends.
impl Torture {
    /// Waits for the end of the process, and says how long that took.
    pub(crate) fn ended(&mut self) -> (ExitStatus, Duration) {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, start.elapsed());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("the server does not end");
    }

    /// Closes the input, and expects a clean end.
    pub(crate) fn finish(mut self) -> Vec<Value> {
        self.close();
        let rest = self.rest();
        let (status, _) = self.ended();
        assert_eq!(status.code(), Some(0), "{}", self.complaints());
        rest
    }

    /// All that it wrote to standard error. Only after its end.
    pub(crate) fn complaints(&mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.errors.take().map(|errors| errors.join().unwrap()).unwrap_or_default()
    }
}

impl Drop for Torture {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the system knows about it.
#[cfg(target_os = "linux")]
impl Torture {
    /// The most memory that it ever had, in KiB.
    pub(crate) fn most_memory(&self) -> u64 {
        status::of(self.pid(), "VmHWM:")
    }

    /// The memory that it has, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        status::of(self.pid(), "VmRSS:")
    }

    /// How many files and sockets it has open.
    pub(crate) fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap().count()
    }

    /// The time that it has computed, in hundredths of a second.
    pub(crate) fn computed(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }
}

pub(crate) fn request(id: u64, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

pub(crate) fn call(id: u64, tool: &str, arguments: Value) -> Value {
    request(id, "tools/call", json!({ "name": tool, "arguments": arguments }))
}

fn message(line: &str) -> Value {
    let message: Value =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in the output: {line:.200}"));
    let found = if message.is_array() { &message[0] } else { &message };
    assert_eq!(found["jsonrpc"], "2.0", "a foreign line: {line:.200}");
    message
}

/// Closing it closes one direction only.
struct Half(UnixStream);

impl Write for Half {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }
}
