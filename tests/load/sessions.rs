//! Sessions that are opened and left: what they cost, that they end, and that they are apart.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use crate::client::{Client, run, text};
use crate::messages::{Era, delete};
use crate::server::{PATIENCE, Torture, alone, size};

/// So many connections open sessions at the same time.
const CLIENTS: usize = 8;

/// Opens so many sessions and leaves them; returns some of them.
fn open(server: &Torture, many: usize) -> Vec<Era> {
    run(async {
        let mut opening = JoinSet::new();
        for _ in 0..CLIENTS {
            let mut client = Client::connect(server.port).await.unwrap();
            opening.spawn(async move {
                let mut last = None;
                for _ in 0..many / CLIENTS {
                    last = Some(client.session().await.unwrap());
                }
                last
            });
        }
        opening.join_all().await.into_iter().flatten().collect()
    })
}

#[test]
fn a_session_that_is_left_costs_little() {
    let _alone = alone();
    let (many, server) = (size("LOAD_SESSIONS", 10_000), Torture::start_frugal(&[]));
    open(&server, 160);
    let (before, start) = (server.memory(), Instant::now());
    open(&server, many);
    let (took, after) = (start.elapsed(), server.memory());
    let bytes = (after - before) * 1024 / many as i64;
    println!("{many} sessions opened in {took:?}: {bytes} bytes each; {before}, then {after} KiB");
    assert!(bytes <= 2048, "{bytes} bytes for a session");
}

/// How many sessions there are at the same time depends on how fast the machine is just then, and so does the memory that the
/// process keeps for them. So they come in waves, each of which ends before the next: what stays for a wave is the same for any
/// number of them, and what a session leaves behind grows with each.
#[test]
fn a_session_that_is_left_ends() {
    const WAVE: usize = 500;
    const IDLE: Duration = Duration::from_millis(100);
    let _alone = alone();
    let waves = size("LOAD_SESSIONS", 10_000) / WAVE / 2;
    let server = Torture::start_frugal(&[("TORTURE_SESSION_IDLE_MS", "100")]);
    let memory_after = |waves: usize| {
        for _ in 0..waves {
            let last = open(&server, WAVE).pop().unwrap();
            wait_for_end(&server, &last, IDLE);
        }
        server.memory()
    };
    let memory = [memory_after(2), memory_after(waves), memory_after(waves)];
    let sessions = (waves * WAVE) as i64;
    println!("{sessions} sessions opened and ended, and as many once more: {memory:?} KiB");
    // What happens once, such as a thread that starts, is in one half only.
    let left = memory.windows(2).map(|pair| (pair[1] - pair[0]) * 1024 / sessions).min();
    assert!(left < Some(100), "they leave {left:?} bytes each: {memory:?} KiB");
}

fn wait_for_end(server: &Torture, session: &Era, idle: Duration) {
    let start = Instant::now();
    // Who asks for a session uses it, so the question is not asked too often.
    std::thread::sleep(idle * 2);
    while !is_gone(server, session) {
        assert!(start.elapsed() < PATIENCE, "a session does not end");
        std::thread::sleep(idle * 4);
    }
}

fn is_gone(server: &Torture, session: &Era) -> bool {
    let request = session.call(1, "echo", &json!({ "message": "x" }));
    run(async { Client::connect(server.port).await.unwrap().ask(&request).await.unwrap().status == 404 })
}

#[test]
fn sessions_that_are_deleted_leave_nothing_behind() {
    let _alone = alone();
    let server = Torture::start_frugal(&[]);
    let round = |many: usize| {
        run(async {
            let mut client = Client::connect(server.port).await.unwrap();
            for _ in 0..many {
                let Era::Legacy(session) = client.session().await.unwrap() else { unreachable!() };
                assert_eq!(client.ask(&delete(&session)).await.unwrap().status, 204);
            }
        });
        server.memory()
    };
    let (before, after) = (round(500), round(2000));
    assert!(after - before < 512, "it grew from {before} to {after} KiB");
}

#[test]
fn sessions_with_the_same_ids_never_hear_each_other() {
    let _alone = alone();
    let server = Torture::start();
    run(async {
        let mut talks = JoinSet::new();
        for name in ["ann", "bob", "cid", "dot"] {
            let mut client = Client::connect(server.port).await.unwrap();
            let session = client.session().await.unwrap();
            // Two connections of each, so that calls of a session overlap too.
            for part in 0..2 {
                let (mut client, session) = (Client::connect(server.port).await.unwrap(), session.clone());
                talks.spawn(async move { talk(&mut client, &session, &format!("{name} {part}"), part).await });
            }
        }
        talks.join_all().await;
    });
}

/// The ids are the same in every session.
async fn talk(client: &mut Client, session: &Era, name: &str, part: u64) {
    for id in (part * 1000..).take(200) {
        let said = format!("{name} {id}");
        let answer = client.call(session, id, "echo", &json!({ "message": said })).await.unwrap();
        assert_eq!(text(&answer), said);
        if id % 20 == 0 {
            let key = json!({ "key": name, "ms": 30 });
            assert_eq!(text(&client.call(session, id, "ticker", &key).await.unwrap()), "ticked");
            let ticks = client.call(session, id, "ticks", &json!({ "key": name })).await.unwrap();
            assert!(text(&ticks).parse::<u64>().unwrap() > 0, "{ticks}");
        }
    }
}
