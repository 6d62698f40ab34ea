//! Many connections, and fast ones.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use crate::client::{Client, run, text};
use crate::messages::{Era, bare};
use crate::server::{Torture, allow_many_files, alone, size};

#[test]
fn a_thousand_connections_with_a_call_each_are_answered_at_once() {
    let _alone = alone();
    allow_many_files();
    let (many, server) = (size("LOAD_CONNECTIONS", 1000), Torture::start());
    let before = server.descriptors_at_rest();
    let sessions = run(open_sessions(server.port, 8));
    let took = run(async {
        let mut clients = connect(server.port, many).await;
        assert!(server.descriptors() >= before + many, "all are open");
        let start = Instant::now();
        let mut calls = JoinSet::new();
        for (number, mut client) in clients.drain(..).enumerate() {
            let era = if number % 2 == 0 { Era::Modern } else { sessions[number % sessions.len()].clone() };
            calls.spawn(async move { (greet(&mut client, &era, number as u64).await, client) });
        }
        let clients = calls.join_all().await;
        let took = start.elapsed();
        assert_eq!(clients.len(), many);
        took
    });
    let closed = server.descriptors_back(before, Duration::from_secs(10));
    println!("{many} connections: a call on each took {took:?}; their descriptors were closed after {closed:?}");
    assert!(took < Duration::from_millis(2500), "{took:?}");
}

async fn open_sessions(port: u16, many: usize) -> Vec<Era> {
    let mut client = Client::connect(port).await.unwrap();
    let mut sessions = Vec::new();
    for _ in 0..many {
        sessions.push(client.session().await.unwrap());
    }
    sessions
}

async fn connect(port: u16, many: usize) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..many {
        clients.push(Client::connect(port).await.unwrap());
    }
    // The last is served, so all others were accepted.
    let answer = clients.last_mut().unwrap().ask(&bare("GET /healthz", "")).await.unwrap();
    assert_eq!(answer.status, 200);
    clients
}

/// Everybody hears what they said.
async fn greet(client: &mut Client, era: &Era, number: u64) {
    let said = format!("I am {number}");
    let answer = client.call(era, number, "echo", &json!({ "message": said })).await.unwrap();
    assert_eq!(text(&answer), said);
}

#[test]
fn calls_that_wait_wait_together() {
    const CALLS: u64 = 256;
    let _alone = alone();
    let server = Torture::start();
    let took = run(async {
        let mut calls = JoinSet::new();
        let clients = connect(server.port, 256).await;
        let start = Instant::now();
        for (mut client, number) in clients.into_iter().zip(0..CALLS) {
            calls.spawn(async move {
                let answer = client.call(&Era::Modern, number, "sleep", &json!({ "ms": 50 })).await.unwrap();
                assert_eq!(text(&answer), "slept 50");
            });
        }
        calls.join_all().await;
        start.elapsed()
    });
    println!("{CALLS} calls that each wait for 50 ms took {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn a_call_on_an_open_connection_is_answered_without_a_delay() {
    let _alone = alone();
    let server = Torture::start();
    run(async {
        let mut client = Client::connect(server.port).await.unwrap();
        let session = client.session().await.unwrap();
        for era in [Era::Modern, session] {
            let median = median(&mut client, &era).await;
            println!("a call on an open connection: {median:?} in the middle, {}", name(&era));
            // A delay of the system's for small packets (Nagle) is 40 ms.
            assert!(median < Duration::from_millis(if cfg!(debug_assertions) { 10 } else { 1 }), "{median:?}");
        }
    });
}

fn name(era: &Era) -> &'static str {
    match era {
        Era::Modern => "modern",
        Era::Legacy(_) => "legacy",
    }
}

async fn median(client: &mut Client, era: &Era) -> Duration {
    let mut took = Vec::new();
    for number in 0..size("LOAD_CALLS", 500) {
        let start = Instant::now();
        greet(client, era, number).await;
        took.push(start.elapsed());
    }
    took.sort();
    took[took.len() / 2]
}

#[test]
fn the_answer_to_many_requests_at_once_comes_in_order() {
    let _alone = alone();
    let server = Torture::start();
    run(async {
        let mut client = Client::connect(server.port).await.unwrap();
        let requests: Vec<u8> =
            (0..200).flat_map(|id| Era::Modern.call(id, "echo", &json!({ "message": id.to_string() }))).collect();
        client.send(&requests).await.unwrap();
        for id in 0..200 {
            let message = client.answer().await.unwrap().message();
            assert_eq!((message["id"].as_u64(), text(&message)), (Some(id), id.to_string().as_str()));
        }
    });
}
