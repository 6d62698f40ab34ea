//! Clients that listen, hear of each change sooner or later, and vanish.

use std::rc::Rc;
use std::time::Instant;

use serde_json::json;

use super::stdio::Line;
use super::tally::Tally;
use crate::client::{Client, text};
use crate::events::Events;
use crate::messages::{Era, delete, listen, listen_for};

/// What changes.
pub(super) const URI: &str = "torture://clocks/one";

/// Who has been told.
pub(super) const TOLD: [&str; 3] = ["told", "told before 2026-07-28", "told over stdio"];

/// So many changes are heard before a client vanishes.
const CHANGES: u64 = 10;

/// Changes something, which who listens has to hear.
async fn announce(client: &mut Client, arguments: &serde_json::Value) {
    let answer = client.call(&Era::Modern, 1, "announce", arguments).await.unwrap();
    assert_eq!(text(&answer), "announced");
}

pub(super) async fn modern(port: u16, end: Instant, number: u64, tally: Tally) {
    let mut other = Client::connect(port).await.unwrap();
    while Instant::now() < end {
        let mut client = Client::connect(port).await.unwrap();
        client.send(&listen_for(number, URI)).await.unwrap();
        assert_eq!(client.head().await.unwrap().status, 200);
        let mut events = Events::of(&mut client);
        let first = events.next().await.unwrap().unwrap();
        assert_eq!(first["method"], "notifications/subscriptions/acknowledged", "{first}");
        for _ in 0..CHANGES {
            announce(&mut other, &json!({ "uri": URI })).await;
            let told = events.next().await.unwrap().unwrap();
            assert!(told["method"].as_str().unwrap().ends_with("ed"), "{told}");
            tally.count(TOLD[0]);
            super::rest().await;
        }
    }
}

/// Half of the sessions are left behind.
pub(super) async fn legacy(port: u16, end: Instant, number: u64, tally: Tally) {
    let mut other = Client::connect(port).await.unwrap();
    while Instant::now() < end {
        let mut client = Client::connect(port).await.unwrap();
        let Era::Legacy(session) = client.session().await.unwrap() else { unreachable!() };
        client.send(&listen(&session)).await.unwrap();
        assert_eq!(client.head().await.unwrap().status, 200);
        let mut events = Events::of(&mut client);
        for _ in 0..CHANGES {
            announce(&mut other, &json!({})).await;
            let told = events.next().await.unwrap().unwrap();
            assert_eq!(told["method"], "notifications/tools/list_changed", "{told}");
            tally.count(TOLD[1]);
            super::rest().await;
        }
        if number.is_multiple_of(2) {
            assert_eq!(other.ask(&delete(&session)).await.unwrap().status, 204);
        }
    }
}

/// Listens again and again, and takes that back.
pub(super) async fn piped(line: Rc<Line>, end: Instant, tally: Tally) {
    let mut id = 500_000_000 + tally.of(TOLD[2]);
    while Instant::now() < end {
        id += 1;
        let mut listening = line.listen(id, URI).await;
        for _ in 0..CHANGES {
            line.announce(URI).await;
            let told = listening.next().await;
            assert!(told["method"].as_str().unwrap().ends_with("ed"), "{told}");
            tally.count(TOLD[2]);
            super::rest().await;
        }
        listening.take_back().await;
    }
}
