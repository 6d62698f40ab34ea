//! The `torture` example as a process, and what the system knows about it.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::str::FromStr;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::status;

/// Longer than anything takes that works at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A server that ends waits so long for calls. Who ends earlier had none, however busy the machine is.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);

/// What one thread gives back can be had by all, what is large goes back to the system, and a panic does not read the
/// symbols of all libraries: memory tells what is held.
const FRUGAL: [(&str, &str); 3] =
    [("MALLOC_ARENA_MAX", "1"), ("MALLOC_MMAP_THRESHOLD_", "262144"), ("RUST_BACKTRACE", "0")];

/// How much of what the server says on standard error is shown when a test fails.
const LINES: usize = 40;

/// Held by every test here, because each measures time or memory.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A size from the environment.
pub(crate) fn size<T: FromStr>(variable: &str, otherwise: T) -> T {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// Lets this process open as many files as it may: each connection is one.
pub(crate) fn allow_many_files() {
    let hard = limit_of_files();
    let status = Command::new("prlimit")
        .args(["--pid", &std::process::id().to_string(), &format!("--nofile={hard}:{hard}")])
        .status()
        .unwrap();
    assert!(status.success());
}

fn limit_of_files() -> u64 {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A running server.
pub(crate) struct Torture {
    child: Child,
    pub(crate) port: u16,
    said: Arc<Mutex<VecDeque<String>>>,
}

impl Torture {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With an allocator that keeps little, for tests that measure memory.
    pub(crate) fn start_frugal(environment: &[(&str, &str)]) -> Self {
        Self::start_with(&[&FRUGAL, environment].concat())
    }

    pub(crate) fn start_with(environment: &[(&str, &str)]) -> Self {
        Self::spawn(program().args(["http", "0"]).envs(environment.iter().copied()))
    }

    /// Over pipes, with an allocator that keeps little.
    pub(crate) fn start_on_pipes() -> (Self, ChildStdin, ChildStdout) {
        let mut command = program();
        command.arg("stdio").envs(FRUGAL).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, _) = channel();
        let said = said(&mut child, sender);
        (Self { child, port: 0, said }, input, output)
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, port) = channel();
        let said = said(&mut child, sender);
        let port = port.recv_timeout(PATIENCE).expect("the server does not say where it listens");
        Self { child, port, said }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The last that it wrote to standard error.
    pub(crate) fn said(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().map(|line| format!("{line}\n")).collect()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end of the process, and says how long that took.
    pub(crate) fn ended(&mut self) -> (ExitStatus, Duration) {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, start.elapsed());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("the server does not end: {}", self.said());
    }
}

fn program() -> Command {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    let program = path.join("examples/torture");
    assert!(program.exists(), "run `cargo build --example torture` first: there is no {}", program.display());
    Command::new(program)
}

fn said(child: &mut Child, port: Sender<u16>) -> Arc<Mutex<VecDeque<String>>> {
    let said = Arc::<Mutex<VecDeque<String>>>::default();
    let (stderr, lines) = (child.stderr.take().unwrap(), said.clone());
    std::thread::spawn(move || listen(stderr, &port, &lines));
    said
}

/// Tells the port, and keeps the last lines.
fn listen(stderr: ChildStderr, port: &Sender<u16>, said: &Mutex<VecDeque<String>>) {
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        if let Some((_, address)) = line.split_once(" at http://127.0.0.1:") {
            let digits = address.split('/').next().unwrap_or_default();
            let _ = port.send(digits.parse().unwrap());
        }
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        said.push_back(line);
        if said.len() > LINES {
            said.pop_front();
        }
    }
}

impl Drop for Torture {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the system knows about it.
impl Torture {
    /// The memory that it has, in KiB.
    pub(crate) fn memory(&self) -> i64 {
        status::of(self.pid(), "VmRSS:")
    }

    pub(crate) fn threads(&self) -> i64 {
        status::of(self.pid(), "Threads:")
    }

    /// How many files and sockets it has open.
    pub(crate) fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap().count()
    }

    /// The same, once that does not change any more: a process that has just started still opens some.
    pub(crate) fn descriptors_at_rest(&self) -> usize {
        loop {
            let found = self.descriptors();
            std::thread::sleep(Duration::from_millis(100));
            if self.descriptors() == found {
                return found;
            }
        }
    }

    /// Waits until it has no more of them open than this, and says how long that took.
    pub(crate) fn descriptors_back(&self, before: usize, limit: Duration) -> Duration {
        let start = Instant::now();
        while self.descriptors() > before {
            assert!(start.elapsed() < limit, "{} descriptors are open, {before} were", self.descriptors());
            std::thread::sleep(Duration::from_millis(10));
        }
        start.elapsed()
    }
}
