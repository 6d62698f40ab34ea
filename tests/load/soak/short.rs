//! Servers on pipes that live shortly: their client closes its end in the middle of calls, or all of it, or tells them to end.

use std::io::{BufRead as _, BufReader, Write as _};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::tally::Tally;
use crate::client::text;
use crate::messages::Era;
use crate::server::{DEADLINE, Torture};

/// How they end.
pub(super) const FAULTS: [&str; 3] = ["closes the input", "closes both pipes", "terminates"];

/// So many calls are on the way.
const CALLS: u64 = 20;

pub(super) async fn lives(end: Instant, tally: Tally) {
    while Instant::now() < end {
        let fault = FAULTS[tally.count("processes") as usize % FAULTS.len()];
        spawn_blocking(move || live(fault)).await.unwrap();
        tally.count(fault);
        sleep(Duration::from_millis(300)).await;
    }
}

fn live(fault: &str) {
    let (mut server, mut input, output) = Torture::start_on_pipes();
    for id in 0..CALLS {
        let arguments = json!({ "name": "sleep", "arguments": { "ms": id } });
        writeln!(input, "{}", Era::Modern.request(id, "tools/call", arguments)).unwrap();
    }
    let mut lines = BufReader::new(output).lines();
    let mut answers = vec![lines.next().unwrap().unwrap()];
    match fault {
        "closes the input" => drop(input),
        "terminates" => server.terminate(),
        _ => {
            drop((input, lines));
            assert_eq!(server.ended().0.code(), Some(0), "{}", server.said());
            return;
        }
    }
    answers.extend(lines.map_while(Result::ok));
    let (status, took) = server.ended();
    assert_eq!(status.code(), Some(0), "{}", server.said());
    assert!(took < DEADLINE, "{took:?}");
    let answers: Vec<Value> = answers.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut ids: Vec<_> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    assert!(answers.iter().all(|answer| text(answer) == format!("slept {}", answer["id"])), "{answers:?}");
    ids.sort_unstable();
    // What it has not read when it is told to end, it does not take.
    assert!(ids == (0..CALLS).collect::<Vec<_>>() || fault == "terminates", "{ids:?}");
}
