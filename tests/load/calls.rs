//! What a call can do to the others: nothing.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use crate::client::{Client, run, text};
use crate::messages::Era;
use crate::server::{Torture, alone, size};

/// Over HTTP as over a pipe; here a list stands for the ping that 2026-07-28 does not have.
#[test]
fn others_are_answered_while_plain_functions_block() {
    let _alone = alone();
    let server = Torture::start();
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    run(async {
        let mut client = Client::connect(server.port).await.unwrap();
        let session = client.session().await.unwrap();
        let mut blocked = Vec::new();
        for number in 0..2 * cores {
            let era = if number % 2 == 0 { &Era::Modern } else { &session };
            let mut client = Client::connect(server.port).await.unwrap();
            client.send(&era.call(number as u64, "block", &json!({ "ms": 1500 }))).await.unwrap();
            blocked.push(client);
        }
        for (era, method) in [(&Era::Modern, "tools/list"), (&session, "ping")] {
            let mut took = Vec::new();
            for id in 100..110 {
                let began = Instant::now();
                let answer = client.ask(&era.post(&era.request(id, method, json!({})))).await.unwrap();
                assert!(answer.message()["result"].is_object());
                took.push(began.elapsed());
            }
            took.sort();
            assert!(took[5] < Duration::from_millis(100), "{method}: {took:?}");
        }
        for mut client in blocked {
            assert_eq!(text(&client.answer().await.unwrap().message()), "unblocked");
        }
    });
}

/// One call in 25 panics, half of them on a thread of their own.
#[test]
fn panics_under_load_lose_nothing() {
    const CLIENTS: u64 = 16;
    let _alone = alone();
    let server = Torture::start_frugal(&[("RUST_BACKTRACE", "0")]);
    let time = Duration::from_secs(size("LOAD_SECONDS", 2));
    let asked: u64 = run(async {
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            let port = server.port;
            clients.spawn(async move {
                let mut client = Client::connect(port).await.unwrap();
                let era = if number % 2 == 0 { Era::Modern } else { client.session().await.unwrap() };
                let (end, mut id) = (Instant::now() + time, 0);
                while Instant::now() < end || id < 100 {
                    id += 1;
                    expect(&mut client, &era, id).await;
                }
                id
            });
        }
        clients.join_all().await.into_iter().sum()
    });
    println!("{asked} calls, of which {} panicked", asked / 25);
}

async fn expect(client: &mut Client, era: &Era, id: u64) {
    let tool = match id % 50 {
        0 => "panic",
        25 => "panic_aside",
        _ => "echo",
    };
    let answer = client.call(era, id, tool, &json!({ "message": id.to_string() })).await.unwrap();
    assert_eq!(answer["id"], id, "{answer}");
    if tool == "echo" {
        assert_eq!(text(&answer), id.to_string());
    } else {
        assert_eq!(answer["error"]["code"], -32603, "{answer}");
    }
}
