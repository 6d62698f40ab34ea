//! Clients that vanish: what they asked for is given up or goes on, by era, and nothing is left of it.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use crate::client::{Client, run, text};
use crate::messages::{Era, delete, listen, listen_for};
use crate::server::{PATIENCE, Torture, allow_many_files, alone, size};

/// How often it is done. At first the allocator takes what it keeps.
fn rounds() -> usize {
    size("LOAD_ROUNDS", 3)
}

fn many() -> usize {
    size("LOAD_VANISHING", 300)
}

/// Does it a few times, and compares what the server holds after the last two.
fn leaves_nothing_behind(what: &str, server: &Torture, act: impl Fn(usize)) {
    allow_many_files();
    let idle = server.descriptors_at_rest();
    let rounds: Vec<_> = (0..rounds())
        .map(|round| {
            act(round);
            let took = server.descriptors_back(idle, PATIENCE);
            (took, server.threads(), server.memory())
        })
        .collect();
    println!("{what}: descriptors back, threads and KiB after each round: {rounds:?}");
    let [.., (_, threads, memory), (took, threads_after, memory_after)] = rounds[..] else { unreachable!() };
    assert!(took < Duration::from_secs(10), "{rounds:?}");
    assert!(threads_after <= threads, "{rounds:?}");
    // The allocator takes less each time; four KiB for each client, and it is not the allocator.
    assert!(memory_after - memory < 4 * many() as i64, "{rounds:?}");
}

#[test]
fn a_modern_client_that_vanishes_has_cancelled() {
    let _alone = alone();
    let server = Torture::start_frugal(&[]);
    leaves_nothing_behind("modern clients that vanish", &server, |round| {
        run(async {
            let keys = keys(round, "modern");
            let clients = start_tickers(server.port, &keys, |_| Era::Modern).await;
            wait_for_ticks(server.port, &keys).await;
            drop(clients);
            stand_still(server.port, &keys).await;
        });
    });
}

/// One half vanishes while it waits for the response, one in the middle of it. The calls end with their sessions.
#[test]
fn a_legacy_client_that_vanishes_has_not_cancelled() {
    let _alone = alone();
    let server = Torture::start_frugal(&[("TORTURE_STREAM_AFTER_MS", "300")]);
    leaves_nothing_behind("legacy clients that vanish", &server, |round| {
        run(async {
            let sessions = sessions(server.port, 50).await;
            let session = |number: usize| sessions[number % 50].clone();
            let keys = keys(round, "legacy");
            let mut clients = start_tickers(server.port, &keys, session).await;
            for client in clients.iter_mut().step_by(2) {
                let head = client.head().await.unwrap();
                assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
            }
            wait_for_ticks(server.port, &keys).await;
            drop(clients);
            go_on(server.port, &keys).await;
            close(server.port, &sessions).await;
            stand_still(server.port, &keys).await;
        });
    });
}

#[test]
fn listeners_that_vanish_leave_nothing_behind() {
    let _alone = alone();
    let server = Torture::start_frugal(&[]);
    leaves_nothing_behind("listeners that vanish", &server, |_| {
        run(async {
            let sessions = sessions(server.port, 50).await;
            let mut clients = Vec::new();
            for number in 0..many() {
                let Era::Legacy(session) = &sessions[number % 50] else { unreachable!() };
                let mut client = Client::connect(server.port).await.unwrap();
                client.send(&listen(session)).await.unwrap();
                assert_eq!(client.head().await.unwrap().status, 200);
                clients.push(client);
            }
            drop(clients);
            close(server.port, &sessions).await;
        });
    });
}

#[test]
fn modern_listeners_that_vanish_leave_nothing_behind() {
    let _alone = alone();
    let server = Torture::start_frugal(&[]);
    leaves_nothing_behind("modern listeners that vanish", &server, |_| {
        run(async {
            let mut clients = Vec::new();
            for number in 0..many() {
                let mut client = Client::connect(server.port).await.unwrap();
                let uri = format!("torture://clocks/{number}");
                client.send(&listen_for(number as u64, &uri)).await.unwrap();
                assert_eq!(client.head().await.unwrap().status, 200);
                clients.push(client);
            }
            drop(clients);
        });
    });
}

/// What a client wants to hear of, and is not there, is forgotten.
#[test]
fn a_listener_costs_no_more_for_what_is_not_there() {
    let _alone = alone();
    let server = Torture::start_frugal(&[]);
    let listen = |many: usize| {
        let uris = vec![""; many];
        let notifications = json!({ "toolsListChanged": true, "resourceSubscriptions": uris });
        Era::Modern.post(&Era::Modern.request(1, "subscriptions/listen", json!({ "notifications": notifications })))
    };
    let memory_for = |many: usize| {
        run(async {
            let before = server.memory();
            let mut clients = Vec::new();
            for _ in 0..50 {
                let mut client = Client::connect(server.port).await.unwrap();
                client.send(&listen(many)).await.unwrap();
                assert_eq!(client.head().await.unwrap().status, 200);
                clients.push(client);
            }
            server.memory() - before
        })
    };
    let (few, many) = (memory_for(1), memory_for(30_000));
    println!("50 listeners take {few} KiB; if each names 30,000 resources that are not there, {many} KiB more");
    // Their names alone are 90 KB for each, and took eight times as much.
    assert!(many < 50 * 200, "{few} KiB, then {many} KiB more");
}

async fn sessions(port: u16, many: usize) -> Vec<Era> {
    let mut client = Client::connect(port).await.unwrap();
    let mut sessions = Vec::new();
    for _ in 0..many {
        sessions.push(client.session().await.unwrap());
    }
    sessions
}

async fn close(port: u16, sessions: &[Era]) {
    let mut client = Client::connect(port).await.unwrap();
    for session in sessions {
        let Era::Legacy(session) = session else { continue };
        assert_eq!(client.ask(&delete(session)).await.unwrap().status, 204);
    }
}

fn keys(round: usize, name: &str) -> Vec<String> {
    (0..many()).map(|number| format!("{name} {round} {number}")).collect()
}

/// Starts a ticker on a connection of its own for each key.
async fn start_tickers(port: u16, keys: &[String], era: impl Fn(usize) -> Era) -> Vec<Client> {
    let mut clients = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        let mut client = Client::connect(port).await.unwrap();
        client.send(&era(number).call(number as u64, "ticker", &json!({ "ms": 60_000, "key": key }))).await.unwrap();
        clients.push(client);
    }
    clients
}

/// How far the tickers have come.
async fn ticks(port: u16, keys: &[String]) -> Vec<u64> {
    let mut client = Client::connect(port).await.unwrap();
    let mut ticks = Vec::new();
    for some in keys.chunks(50) {
        let requests = some.iter().flat_map(|key| Era::Modern.call(1, "ticks", &json!({ "key": key })));
        client.send(&requests.collect::<Vec<_>>()).await.unwrap();
        for _ in some {
            ticks.push(text(&client.answer().await.unwrap().message()).parse().unwrap());
        }
    }
    ticks
}

async fn wait_for_ticks(port: u16, keys: &[String]) {
    while ticks(port, keys).await.contains(&0) {
        sleep(Duration::from_millis(10)).await;
    }
}

async fn go_on(port: u16, keys: &[String]) {
    let first = ticks(port, keys).await;
    sleep(Duration::from_millis(200)).await;
    let later = ticks(port, keys).await;
    let dropped = first.iter().zip(&later).filter(|(first, later)| first >= later).count();
    assert_eq!(dropped, 0, "functions were dropped");
}

async fn stand_still(port: u16, keys: &[String]) {
    sleep(Duration::from_millis(200)).await;
    let before = ticks(port, keys).await;
    sleep(Duration::from_millis(100)).await;
    assert_eq!(ticks(port, keys).await, before, "functions still run that should not");
}
