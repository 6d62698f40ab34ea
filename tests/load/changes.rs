//! Many listeners and many changes: calls are answered as before, and memory does not grow.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::client::{Client, run, text};
use crate::messages::{Era, listen_for};
use crate::server::{PATIENCE, Torture, allow_many_files, alone, size};

const URI: &str = "torture://clocks/one";

/// How long calls took.
#[derive(Clone, Copy)]
struct Took {
    calls: usize,
    median: Duration,
    p99: Duration,
}

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, median, p99 } = self;
        write!(f, "{calls} calls, median {median:?}, p99 {p99:?}")
    }
}

/// How long a call takes on a connection of its own, one every few milliseconds.
fn calls(server: &Torture, time: Duration) -> Took {
    let mut took = run(async {
        let mut client = Client::connect(server.port).await.unwrap();
        let (mut took, end) = (Vec::new(), Instant::now() + time);
        let mut tick = interval(Duration::from_millis(2));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while Instant::now() < end {
            tick.tick().await;
            let began = Instant::now();
            let answer = client.call(&Era::Modern, 1, "echo", &json!({ "message": "hi" })).await.unwrap();
            took.push(began.elapsed());
            assert_eq!(text(&answer), "hi");
        }
        took
    });
    took.sort();
    let at = |percent: usize| took[took.len() * percent / 100];
    Took { calls: took.len(), median: at(50), p99: at(99) }
}

/// Clients that listen, on a thread of their own, until the server ends.
struct Listeners {
    /// How many bytes they have read.
    read: Arc<AtomicU64>,
    /// How many were told of the end.
    closed: JoinHandle<usize>,
}

impl Listeners {
    fn start(server: &Torture, many: usize) -> Self {
        let (port, read, ready) = (server.port, Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let (counted, listening) = (read.clone(), ready.clone());
        let closed = spawn(move || {
            run(async {
                let mut clients = JoinSet::new();
                for id in 0..many {
                    let mut client = Client::connect(port).await.unwrap();
                    client.send(&listen_for(id as u64, URI)).await.unwrap();
                    let head = client.head().await.unwrap();
                    assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
                    clients.spawn(until_the_end(client, counted.clone()));
                    ready.fetch_add(1, Ordering::Relaxed);
                }
                clients.join_all().await.into_iter().filter(|closed| *closed).count()
            })
        });
        let start = Instant::now();
        while listening.load(Ordering::Relaxed) < many as u64 {
            assert!(start.elapsed() < PATIENCE, "{listening:?} of {many} listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { read, closed }
    }
}

/// Reads until the server closes. Whether it said why.
async fn until_the_end(mut client: Client, read: Arc<AtomicU64>) -> bool {
    let (mut bytes, mut last) = ([0; 4096], Vec::new());
    loop {
        match client.nibble(&mut bytes).await {
            Ok(0) | Err(_) => return String::from_utf8_lossy(&last).contains(r#""resultType":"complete""#),
            Ok(length) => {
                read.fetch_add(length as u64, Ordering::Relaxed);
                last.extend_from_slice(&bytes[..length]);
                last.drain(..last.len().saturating_sub(1024));
            }
        }
    }
}

/// Changes something each millisecond, on a thread of its own.
fn churn(server: &Torture, time: Duration) -> JoinHandle<u64> {
    let port = server.port;
    spawn(move || {
        run(async {
            let mut client = Client::connect(port).await.unwrap();
            let arguments = json!({ "ms": time.as_millis() as u64, "uri": URI });
            client.send(&Era::Modern.call(1, "churn", &arguments)).await.unwrap();
            sleep(time).await;
            text(&client.answer().await.unwrap().message()).parse().unwrap()
        })
    })
}

#[test]
fn many_listeners_hold_up_nobody() {
    let _alone = alone();
    allow_many_files();
    let (many, time) = (size("LOAD_LISTENERS", 1000), Duration::from_secs(size("LOAD_SECONDS", 5)));
    let mut server = Torture::start_frugal(&[]);
    let listeners = Listeners::start(&server, many);
    let quiet = calls(&server, time);
    // Each connection takes its buffers when it is first told something.
    let warm = (time / 4).max(Duration::from_secs(3));
    let churning = churn(&server, warm + time);
    calls(&server, warm);
    let (first, read) = (server.memory(), listeners.read.load(Ordering::Relaxed));
    let busy = calls(&server, time);
    let (last, read) = (server.memory(), listeners.read.load(Ordering::Relaxed) - read);
    let changes = churning.join().unwrap();
    println!("{many} listeners, nothing changes: {quiet}");
    println!("{many} listeners, {changes} changes in {:?}: {busy}, {} KiB told", warm + time, read / 1024);
    println!("memory: {first} KiB after the warm-up, {last} KiB at the end");
    assert!(read > 0, "they are told");
    assert!(last - first < 1024.max(1024 * time.as_secs() as i64 / 60), "{first}, then {last} KiB");
    assert!(busy.median < quiet.median * 10 + Duration::from_millis(2), "{quiet}, then {busy}");
    assert!(busy.p99 < Duration::from_millis(100), "{quiet}, then {busy}");
    server.terminate();
    let (status, took) = server.ended();
    println!("the end took {took:?}");
    assert_eq!(status.code(), Some(0), "{}", server.said());
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert_eq!(listeners.closed.join().unwrap(), many, "all are told of the end");
}
