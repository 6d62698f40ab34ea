//! How a server ends under load: what it accepted is answered, and nobody is told of an error that is none.

use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::client::{Client, run, text};
use crate::messages::{Era, bare, initialize};
use crate::server::{Torture, alone};

/// What one client saw.
#[derive(Debug, Default)]
struct Seen {
    answered: usize,
    /// Requests on a connection that was closed instead of an answer, and when they were sent.
    unanswered: Vec<Instant>,
}

#[test]
fn what_is_accepted_before_the_end_is_answered() {
    let _alone = alone();
    let mut server = Torture::start();
    let stopping = Arc::new(AtomicBool::new(false));
    let (seen, told) = run(async {
        let mut clients = JoinSet::new();
        for number in 0..64 {
            let (port, stopping) = (server.port, stopping.clone());
            clients.spawn(async move { ask_until_it_ends(port, number, &stopping).await });
        }
        sleep(Duration::from_millis(700)).await;
        let told = Instant::now();
        stopping.store(true, Ordering::SeqCst);
        server.terminate();
        (clients.join_all().await, told)
    });
    let (status, _) = server.ended();
    let took = told.elapsed();
    let answered: usize = seen.iter().map(|seen| seen.answered).sum();
    let lost: Vec<_> = seen.iter().flat_map(|seen| &seen.unanswered).collect();
    println!("an end under load after {took:?}: {answered} calls answered, {} not taken any more", lost.len());
    assert_eq!(status.code(), Some(0), "{}", server.said());
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert!(answered > 64);
    let early = lost.iter().filter(|sent| ***sent + Duration::from_millis(20) < told).count();
    assert_eq!(early, 0, "calls that were accepted before the end are not answered");
}

/// Calls on one connection after the other, half of them many times on the same.
async fn ask_until_it_ends(port: u16, number: u64, stopping: &AtomicBool) -> Seen {
    let mut seen = Seen::default();
    while let Ok(mut client) = Client::connect(port).await {
        let Some(era) = era(&mut client, number, stopping).await else { break };
        let calls = if number.is_multiple_of(2) { 1 } else { 1000 };
        for id in 0..calls {
            let sent = Instant::now();
            match client.ask(&era.call(id, "sleep", &json!({ "ms": 10 + number }))).await {
                Ok(answer) => {
                    assert_eq!((answer.status, answer.message()["id"].as_u64()), (200, Some(id)), "{answer:?}");
                    seen.answered += 1;
                    if answer.header("connection") == Some("close") {
                        break;
                    }
                }
                Err(error) => {
                    closed(&error, stopping);
                    seen.unanswered.push(sent);
                    break;
                }
            }
        }
    }
    assert!(stopping.load(Ordering::SeqCst), "no connection can be made");
    seen
}

/// A session that would end at once is not opened.
async fn era(client: &mut Client, number: u64, stopping: &AtomicBool) -> Option<Era> {
    if number % 4 < 2 {
        return Some(Era::Modern);
    }
    match client.ask(&initialize()).await {
        Ok(answer) if answer.status == 200 => Some(Era::Legacy(answer.header("mcp-session-id").unwrap().to_owned())),
        Ok(answer) => {
            assert_eq!((answer.status, stopping.load(Ordering::SeqCst)), (503, true), "{answer:?}");
            None
        }
        Err(error) => {
            closed(&error, stopping);
            None
        }
    }
}

/// Only at the end, and never in the middle of an answer.
fn closed(error: &Error, stopping: &AtomicBool) {
    assert_ne!(error.kind(), ErrorKind::InvalidData, "{error}");
    assert!(stopping.load(Ordering::SeqCst), "{error}");
}

#[test]
fn while_it_ends_calls_go_on_and_it_is_not_ready() {
    let _alone = alone();
    let mut server = Torture::start();
    run(async {
        let mut idle = Client::connect(server.port).await.unwrap();
        assert_eq!(idle.ask(&bare("GET /readyz", "")).await.unwrap().status, 200);
        let mut callers = Vec::new();
        for era in [Era::Modern, idle.session().await.unwrap()] {
            let mut caller = Client::connect(server.port).await.unwrap();
            caller.send(&era.call(7, "sleep", &json!({ "ms": 800 }))).await.unwrap();
            callers.push(caller);
        }
        sleep(Duration::from_millis(200)).await;
        server.terminate();
        sleep(Duration::from_millis(200)).await;
        assert!(idle.ask(&bare("GET /healthz", "")).await.is_err(), "a connection without a request is closed");
        assert!(Client::connect(server.port).await.is_err(), "nobody is accepted any more");
        for caller in &mut callers {
            let answer = caller.answer().await.unwrap();
            assert_eq!((answer.status, text(&answer.message())), (200, "slept 800"));
        }
    });
    let (status, took) = server.ended();
    assert_eq!(status.code(), Some(0), "{}", server.said());
    assert!(took < Duration::from_millis(500), "{took:?} after the last answer");
}

#[test]
fn an_idle_server_ends_at_once() {
    let _alone = alone();
    let mut server = Torture::start();
    run(async {
        let mut clients = Vec::new();
        for _ in 0..50 {
            let mut client = Client::connect(server.port).await.unwrap();
            client.session().await.unwrap();
            clients.push(client);
            clients.push(Client::connect(server.port).await.unwrap());
        }
        server.terminate();
        let (status, took) = server.ended();
        println!("an idle server with {} connections ended after {took:?}", clients.len());
        assert_eq!(status.code(), Some(0), "{}", server.said());
        assert!(took < Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 100 }), "{took:?}");
    });
}

#[test]
fn clients_that_stall_neither_hinder_others_nor_hold_the_end() {
    let _alone = alone();
    let mut server = Torture::start_with(&[("TORTURE_DRAIN_MS", "300")]);
    let request = Era::Modern.call(1, "echo", &json!({ "message": "x" }));
    run(async {
        let mut stalled = Vec::new();
        // Nothing, a part of the headers, and all but the end of the body.
        for length in [0, 60, request.len() - 10].repeat(100) {
            let mut client = Client::connect(server.port).await.unwrap();
            client.send(&request[..length]).await.unwrap();
            stalled.push(client);
        }
        let start = Instant::now();
        let mut client = Client::connect(server.port).await.unwrap();
        assert_eq!(text(&client.ask(&request).await.unwrap().message()), "x");
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        let (first, rest) = (&mut stalled[2], &request[request.len() - 10..]);
        first.send(rest).await.unwrap();
        assert_eq!(text(&first.answer().await.unwrap().message()), "x", "it is heard however late");
        server.terminate();
        let (status, took) = server.ended();
        println!("with {} clients that stall it ended after {took:?}", stalled.len());
        assert_eq!(status.code(), Some(0), "{}", server.said());
        assert!(took < Duration::from_secs(2), "{took:?}");
    });
}

/// Each blocks for ever, some on a thread of the runtime: so many that none of these is left.
#[test]
fn functions_that_never_return_do_not_hold_the_end() {
    let _alone = alone();
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    for tools in [&["hang", "block", "stubborn", "outlive"][..], &["deafen"]] {
        let mut server = Torture::start_with(&[("TORTURE_DRAIN_MS", "300")]);
        run(async {
            let mut stuck = Vec::new();
            for number in 0..tools.len().max(2 * cores) {
                let tool = tools[number % tools.len()];
                let arguments = if matches!(tool, "hang" | "outlive") { json!({}) } else { json!({ "ms": 600_000 }) };
                let mut client = Client::connect(server.port).await.unwrap();
                client.send(&Era::Modern.call(1, tool, &arguments)).await.unwrap();
                stuck.push(client);
            }
            sleep(Duration::from_millis(200)).await;
            server.terminate();
            let (status, took) = server.ended();
            println!("with {tools:?} it ended after {took:?}");
            assert_eq!(status.code(), Some(0), "{}", server.said());
            assert!(took < Duration::from_secs(4), "{tools:?}: {took:?}");
        });
    }
}
