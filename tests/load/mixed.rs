//! Everything at once, with faults, for a while: nothing is lost, and memory does not grow.

use std::io::{ErrorKind, Result};
use std::pin::pin;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::client::{Client, run, text};
use crate::messages::{Era, cancel, delete, initialize, post};
use crate::server::{Torture, alone, size};

/// So many clients ask, each one thing at a time.
const CLIENTS: u64 = 32;

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    answered: u64,
    panics: u64,
    vanished: u64,
    garbage: u64,
    slow: u64,
    cancelled: u64,
}

#[test]
fn a_mixed_load_with_faults_loses_nothing_and_keeps_nothing() {
    let _alone = alone();
    let mut server = Torture::start_frugal(&[]);
    let time = Duration::from_secs(size("LOAD_SECONDS", 5));
    let (warm, first) = load(&server, time / 4);
    let time = time - time / 4;
    let (tally, last) = load(&server, time);
    let growth = (last - first) as f64 / time.as_secs_f64() * 60.0;
    println!("mixed load for {time:?}: {tally:?}");
    println!("memory: {first} KiB after the warm-up, {last} KiB at the end, {growth:+.0} KiB a minute");
    let Tally { panics, vanished, garbage, slow, cancelled, .. } = warm.plus(tally);
    assert!([panics, vanished, garbage, slow, cancelled].iter().all(|count| *count > 0), "{warm:?} {tally:?}");
    assert!(last - first < 1024.max(1024 * time.as_secs() as i64 / 60), "{first}, then {last} KiB");
    assert!(server.is_running());
    server.terminate();
    assert_eq!(server.ended().0.code(), Some(0), "{}", server.said());
}

/// What was done, and the memory when it is quiet again.
fn load(server: &Torture, time: Duration) -> (Tally, i64) {
    let (port, end) = (server.port, Instant::now() + time);
    let tallies = run(async {
        let mut clients = JoinSet::new();
        for number in 1..=CLIENTS {
            clients.spawn(async move { Worker::new(port, number).await.work(end).await });
        }
        clients.join_all().await
    });
    server.descriptors_at_rest();
    (tallies.into_iter().fold(Tally::default(), Tally::plus), server.memory())
}

impl Tally {
    fn plus(self, other: Self) -> Self {
        Self {
            answered: self.answered + other.answered,
            panics: self.panics + other.panics,
            vanished: self.vanished + other.vanished,
            garbage: self.garbage + other.garbage,
            slow: self.slow + other.slow,
            cancelled: self.cancelled + other.cancelled,
        }
    }
}

/// A client that does one thing after the other, in an order that is the same each time.
struct Worker {
    port: u16,
    client: Client,
    session: Era,
    dice: u64,
    id: u64,
    tally: Tally,
}

impl Worker {
    async fn new(port: u16, number: u64) -> Self {
        let mut client = Client::connect(port).await.unwrap();
        let session = client.session().await.unwrap();
        let dice = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self { port, client, session, dice, id: 0, tally: Tally::default() }
    }

    async fn work(mut self, end: Instant) -> Tally {
        while Instant::now() < end {
            self.id += 1;
            self.step().await.unwrap_or_else(|error| panic!("{}: {error}", self.id));
        }
        self.close().await.unwrap();
        self.tally
    }

    async fn step(&mut self) -> Result<()> {
        match self.roll(100) {
            0..4 => self.panics().await,
            4..7 => self.vanishes().await,
            7..10 => self.talks_nonsense().await,
            10..11 => self.reads_slowly().await,
            11..14 => self.cancels().await,
            14..16 => self.begins_again().await,
            16..26 => self.waits().await,
            26..30 => self.errs().await,
            _ => self.echoes().await,
        }
    }

    /// A number below this (xorshift).
    fn roll(&mut self, sides: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % sides
    }

    fn era(&mut self) -> Era {
        if self.roll(2) == 0 { Era::Modern } else { self.session.clone() }
    }

    async fn call(&mut self, tool: &str, arguments: &Value) -> Result<Value> {
        let era = self.era();
        let message = self.client.call(&era, self.id, tool, arguments).await?;
        self.tally.answered += 1;
        Ok(message)
    }

    async fn reconnect(&mut self) -> Result<()> {
        self.client = Client::connect(self.port).await?;
        Ok(())
    }

    /// Ends the session, so that what is left at the end is the server's own.
    async fn close(&mut self) -> Result<()> {
        let Era::Legacy(session) = &self.session else { return Ok(()) };
        assert_eq!(self.client.ask(&delete(session)).await?.status, 204);
        Ok(())
    }
}

/// What it does.
impl Worker {
    async fn echoes(&mut self) -> Result<()> {
        let said = format!("{} {}", self.dice, "x".repeat(self.id as usize % 3000));
        let answer = self.call("echo", &json!({ "message": said })).await?;
        assert_eq!(text(&answer), said);
        Ok(())
    }

    async fn waits(&mut self) -> Result<()> {
        let ms = self.roll(20);
        let (tool, said) =
            if ms.is_multiple_of(4) { ("block", "unblocked".into()) } else { ("sleep", format!("slept {ms}")) };
        assert_eq!(text(&self.call(tool, &json!({ "ms": ms })).await?), said);
        Ok(())
    }

    async fn errs(&mut self) -> Result<()> {
        let answer = self.call("typed", &json!({ "count": 101 })).await?;
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        Ok(())
    }

    /// The model learns that it failed, not why.
    async fn panics(&mut self) -> Result<()> {
        let tool = if self.roll(2) == 0 { "panic" } else { "panic_aside" };
        let answer = self.call(tool, &json!({ "message": "a secret" })).await?;
        assert_eq!(answer["error"]["code"], -32603, "{answer}");
        assert!(!answer.to_string().contains("secret"), "{answer}");
        self.tally.panics += 1;
        Ok(())
    }

    async fn vanishes(&mut self) -> Result<()> {
        let request = self.era().call(self.id, "sleep", &json!({ "ms": 50 }));
        // With the whole request, or a part of it.
        let length = if self.roll(2) == 0 { request.len() } else { self.roll(request.len() as u64) as usize };
        self.client.send(&request[..length]).await?;
        self.tally.vanished += 1;
        self.reconnect().await
    }

    async fn talks_nonsense(&mut self) -> Result<()> {
        self.tally.garbage += 1;
        if self.roll(2) == 0 {
            let body = ["", "[", "{}", "null", "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":1}", "\u{0}"];
            let request = post("", body[self.roll(6) as usize]);
            let answer = self.client.ask(&request).await?;
            assert_eq!(answer.status, 400, "{answer:?}");
            assert!(answer.message()["error"]["code"].is_number(), "{answer:?}");
            return Ok(());
        }
        self.client.send(b"\x16\x03\x01 nonsense\r\n\r\n").await?;
        match self.client.answer().await {
            Ok(answer) => assert_eq!(answer.status, 400, "{answer:?}"),
            Err(error) => assert_ne!(error.kind(), ErrorKind::TimedOut),
        }
        self.reconnect().await
    }

    /// 2 MB on a connection of its own, read in pieces and sometimes not to the end.
    async fn reads_slowly(&mut self) -> Result<()> {
        self.tally.slow += 1;
        let mut client = Client::connect(self.port).await?;
        client.send(&self.era().call(self.id, "big", &json!({ "bytes": 2_000_000 }))).await?;
        let (mut piece, mut read) = (vec![0; 64 * 1024], 0);
        for _ in 0..5 {
            read += client.nibble(&mut piece).await?;
            sleep(Duration::from_millis(10)).await;
        }
        if self.roll(2) == 0 {
            return Ok(());
        }
        while read < 2_000_000 {
            let more = client.nibble(&mut piece).await?;
            assert!(more > 0, "an answer ends after {read} bytes");
            read += more;
        }
        Ok(())
    }

    /// The call of a session is taken back on another connection, and ends without an answer.
    async fn cancels(&mut self) -> Result<()> {
        let Era::Legacy(session) = &self.session else { return Ok(()) };
        let (request, cancel) = (self.session.call(self.id, "hang", &json!({})), cancel(session, self.id));
        self.client.send(&request).await?;
        let mut other = Client::connect(self.port).await?;
        let mut answered = pin!(self.client.answer());
        let answer = loop {
            // One that overtakes the call has nothing to cancel.
            tokio::select! {
                answer = &mut answered => break answer?,
                () = sleep(Duration::from_millis(20)) => assert_eq!(other.ask(&cancel).await?.status, 202),
            }
        };
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream")), "{answer:?}");
        assert!(answer.is_empty(), "{answer:?}");
        self.tally.cancelled += 1;
        Ok(())
    }

    /// Another session on another connection.
    async fn begins_again(&mut self) -> Result<()> {
        self.close().await?;
        self.reconnect().await?;
        let answer = self.client.ask(&initialize()).await?;
        self.session = Era::Legacy(answer.header("mcp-session-id").unwrap().to_owned());
        Ok(())
    }
}
