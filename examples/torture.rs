//! A server whose tools misbehave, for tests of what the framework makes of that: `cargo run --example torture -- stdio`,
//! or `-- http 8000`.

#![allow(clippy::arithmetic_side_effects, clippy::panic, reason = "misbehaving is what it is for")]

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use mcp_runtime::{
    CallToolResult, Changes, Context, Elicit, Http, MemoryOnce, Once, Progress, Server, Task, Tasks, ToolError,
    Unanswered, UnknownItem, form, resource, tool,
};

/// Counts for `ticker` and `ticks`.
#[derive(Default)]
struct Counters(Mutex<HashMap<String, u64>>);

impl Counters {
    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, u64>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns the message.
#[tool]
async fn echo(message: String) -> String {
    message
}

/// Takes a number from 1 to 100.
#[tool]
async fn typed(#[arg(range = 1..=100)] count: i64, label: Option<String>) -> String {
    drop(label);
    format!("count={count}")
}

/// Sleeps without blocking.
#[tool]
async fn sleep(ms: u64) -> String {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    format!("slept {ms}")
}

/// Counts for a while.
#[tool]
async fn ticker(ms: u64, key: String, counters: &Counters) -> &'static str {
    let end = Instant::now() + Duration::from_millis(ms);
    while Instant::now() < end {
        counters.with(|counts| *counts.entry(key.clone()).or_default() += 1);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    "ticked"
}

/// Tells how far a ticker came.
#[tool]
async fn ticks(key: String, counters: &Counters) -> u64 {
    counters.with(|counts| counts.get(&key).copied().unwrap_or_default())
}

/// Sleeps and cannot be stopped, as far as the language allows.
#[tool]
async fn stubborn(ms: u64) -> Result<&'static str, ToolError> {
    let sleep = tokio::spawn(tokio::time::sleep(Duration::from_millis(ms)));
    sleep.await?;
    Ok("stubborn done")
}

/// Never ends.
#[tool]
async fn hang() {
    std::future::pending::<()>().await;
}

/// Blocks its thread.
#[tool]
fn block(ms: u64) -> &'static str {
    std::thread::sleep(Duration::from_millis(ms));
    "unblocked"
}

/// Blocks the thread that all others share, which an `async fn` must never do.
#[tool]
async fn deafen(ms: u64) -> &'static str {
    std::thread::sleep(Duration::from_millis(ms));
    "heard again"
}

/// Is always busy, but lets others run in between.
#[tool(timeout = "500ms")]
async fn spin() {
    loop {
        tokio::task::yield_now().await;
    }
}

/// Panics.
#[tool]
#[allow(clippy::panic)]
async fn panic(message: String) {
    panic!("{message}");
}

/// Panics on a thread of its own.
#[tool]
#[allow(clippy::panic)]
fn panic_aside(message: String) {
    panic!("{message}");
}

/// Panics when it is dropped, as its value does.
struct Mine;

impl Drop for Mine {
    #[allow(clippy::panic)]
    fn drop(&mut self) {
        panic!("dropped");
    }
}

/// Panics when it is cancelled or out of time.
#[tool(timeout = "500ms")]
async fn panic_when_dropped() {
    let _mine = Mine;
    std::future::pending::<()>().await;
}

/// Panics with a value that panics when it is dropped.
#[tool]
async fn panic_twice() {
    std::panic::panic_any(Mine);
}

/// Fails.
#[tool]
async fn fail(message: String) -> Result<(), ToolError> {
    Err(ToolError::new(message))
}

/// Prints to standard output.
#[tool]
#[allow(clippy::print_stdout)]
async fn pollute(text: String, newline: bool) -> Result<&'static str, ToolError> {
    if newline {
        println!("{text}");
    } else {
        print!("{text}");
    }
    std::io::stdout().flush()?;
    Ok("polluted")
}

/// Starts a process that prints to standard output, and returns what it read from standard input.
#[tool]
fn child() -> Result<String, ToolError> {
    let status = std::process::Command::new("sh").args(["-c", "echo from a child; cat >&2"]).status()?;
    let read = std::io::read_to_string(std::io::stdin())?;
    Ok(format!("{status}, read {} bytes", read.len()))
}

/// Takes memory until it is refused, and gives it back. A piece is asked for together with what is left to others: whoever
/// cannot be refused ends the process.
#[tool]
fn hoard() -> Result<(), ToolError> {
    const PIECE: usize = 32 << 20;
    const LEFT: usize = 16 << 20;
    static BYTES: [u8; 1 << 16] = [1; 1 << 16];
    let mut pieces = Vec::with_capacity(4096);
    loop {
        let mut piece: Vec<u8> = Vec::new();
        piece.try_reserve_exact(PIECE + LEFT).inspect_err(|_| pieces.clear())?;
        (0..PIECE / BYTES.len()).for_each(|_| piece.extend_from_slice(&BYTES));
        piece.shrink_to_fit();
        pieces.push(piece);
    }
}

/// Starts a thread, a task and a process that do not end with the call, and returns the id of the process.
#[tool]
async fn outlive() -> Result<u32, ToolError> {
    std::thread::spawn(|| std::thread::sleep(Duration::from_secs(60)));
    tokio::spawn(std::future::pending::<()>());
    Ok(std::process::Command::new("sleep").arg("60").spawn()?.id())
}

/// Returns many letters.
#[tool]
async fn big(bytes: usize) -> String {
    "x".repeat(bytes)
}

/// Has half a second.
#[tool(timeout = "500ms")]
async fn timeout_me(ms: u64) -> &'static str {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    "not timed out"
}

/// Has as much, but blocks its thread, which nobody can stop.
#[tool(timeout = "500ms")]
fn overrun(ms: u64, key: String, counters: &Counters) -> &'static str {
    std::thread::sleep(Duration::from_millis(ms));
    counters.with(|counts| *counts.entry(key).or_default() += 1);
    "too late"
}

/// Counts how often somebody noticed that nobody waits any more.
#[tool]
fn attentive(key: String, context: &Context, counters: &Counters) {
    while !context.is_cancelled() {
        std::thread::sleep(Duration::from_millis(5));
    }
    counters.with(|counts| *counts.entry(key).or_default() += 1);
}

/// Cannot be JSON, because the key of a map is a list.
#[tool]
async fn not_json() -> Result<CallToolResult, ToolError> {
    Ok(CallToolResult::new().structured(HashMap::from([(vec![1], 2)])))
}

/// Reads a file, naively.
#[resource("torture://files/{name}")]
fn file(name: String) -> Option<String> {
    let folder = std::env::var("TORTURE_FILES").ok()?;
    std::fs::read_to_string(format!("{folder}/{name}")).ok()
}

/// A resource that says when it changes.
#[resource("torture://clocks/{name}", watch)]
fn clock(name: String) -> String {
    format!("{name} ticks")
}

/// Tells that the tools have changed, or a resource.
#[tool]
fn announce(uri: Option<String>, changes: &Changes) -> Result<&'static str, UnknownItem> {
    match uri {
        Some(uri) => changes.updated(&uri)?,
        None => changes.tools().announce(),
    }
    Ok("announced")
}

/// Changes everything each millisecond, for a while.
#[tool(timeout = "10 min")]
async fn churn(ms: u64, uri: String, changes: &Changes) -> Result<u64, UnknownItem> {
    let (end, mut count) = (Instant::now() + Duration::from_millis(ms), 0);
    let mut tick = tokio::time::interval(Duration::from_millis(1));
    while Instant::now() < end {
        tick.tick().await;
        changes.tools().announce();
        changes.updated(&uri)?;
        count += 1;
    }
    Ok(count)
}

/// A duration in milliseconds from the environment.
fn milliseconds(variable: &str) -> Option<Duration> {
    std::env::var(variable).ok()?.parse().ok().map(Duration::from_millis)
}

/// Reports each step.
#[tool]
async fn progress(steps: u32, delay_ms: u64, progress: &Progress) -> &'static str {
    for step in 1..=steps {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        progress.report(step, steps, None);
    }
    "done"
}

/// A word.
#[form]
struct Word {
    word: String,
}

/// Asks for a word, after an effect: it counts how often it is had.
#[tool]
async fn ask(key: String, once: &Once, person: &Elicit, counters: &Counters) -> Result<String, Unanswered> {
    let count = async || counters.with(|counts| *counts.entry(key).and_modify(|count| *count += 1).or_insert(1));
    let count = once.run("count", count()).await;
    Ok(format!("{count} {}", word(person).await?))
}

async fn word(person: &Elicit) -> Result<String, Unanswered> {
    let word = person.ask_as::<Word>("word", "Which word?").await?.accepted();
    Ok(word.map_or("none".into(), |Word { word }| word))
}

/// Works for a while, and asks for a word if it is to, as a task where that is possible.
#[tool(task = "optional")]
async fn job(ms: u64, asks: bool, person: &Elicit, task: &Task) -> Result<String, Unanswered> {
    task.begin().await;
    tokio::time::sleep(Duration::from_millis(ms)).await;
    if asks { word(person).await } else { Ok(format!("worked {ms}")) }
}

/// Tells how many tasks of tokio there are.
#[tool]
async fn alive() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

/// What tests want otherwise than it is by default.
fn over_http(server: Server) -> Server {
    let is_set = |name: &str| std::env::var_os(name).is_some();
    let mut http = Http::new().http_sse(is_set("TORTURE_HTTP_SSE")).stateless(is_set("TORTURE_STATELESS"));
    if let Some(time) = milliseconds("TORTURE_SESSION_IDLE_MS") {
        http = http.session_idle(time);
    }
    if let Some(time) = milliseconds("TORTURE_STREAM_AFTER_MS") {
        http = http.stream_after(time);
    }
    server.http(http)
}

#[allow(clippy::print_stdout)]
fn main() -> mcp_runtime::Result<()> {
    let tasks = Tasks::new().timeout(Duration::from_secs(10)).kept(Duration::from_secs(5));
    // Soon there are so many that there are no more.
    let once = MemoryOnce::new().effects(200).bytes(1024 * 1024);
    let mut server = mcp_runtime::server!().state(Counters::default()).tasks(tasks).once_store(once);
    if let Some(deadline) = milliseconds("TORTURE_DRAIN_MS") {
        server = server.drain(deadline);
    }
    if let Some(time) = milliseconds("TORTURE_START_MS") {
        server = server.on_start(async move |_| tokio::time::sleep(time).await);
    }
    if let Some(time) = milliseconds("TORTURE_SHUTDOWN_MS") {
        server = server.on_shutdown(async move |_| tokio::time::sleep(time).await);
    }
    if let Some(threads) = std::env::var("TORTURE_THREADS").ok().and_then(|threads| threads.parse().ok()) {
        server = server.threads(threads);
    }
    if std::env::var_os("TORTURE_HOOKS").is_some() {
        server = server.on_start(async |_| eprintln!("started")).on_shutdown(async |_| eprintln!("stopped"));
    }
    if std::env::var_os("TORTURE_PRINTS").is_some() {
        print!("printed before the start, without an end");
    }
    if std::env::var_os("TORTURE_OWN_RUNTIME").is_some() {
        return tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?
            .block_on(server.quiet().serve_stdio());
    }
    let server = over_http(server);
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("http"), Some(port)) => server.run_http(("127.0.0.1", port.parse().map_err(mcp_runtime::Error::other)?)),
        (Some("stdio") | None, _) => server.quiet().run_stdio(),
        (Some(_), _) => server.run(),
    }
}
