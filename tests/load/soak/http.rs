//! A client over HTTP, and all that can go wrong there.

use std::io::{ErrorKind, Result};
use std::pin::pin;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::work::{Peer, Scene, word};
use crate::client::{Client, text};
use crate::events::Events;
use crate::messages::{Era, bare, cancel, delete, post};

/// A connection for calls.
pub(super) struct Posts {
    port: u16,
    client: Client,
}

impl Posts {
    pub(super) async fn new(port: u16) -> Self {
        Self { port, client: Client::connect(port).await.unwrap() }
    }

    pub(super) async fn session(&mut self) -> Result<Era> {
        self.client.session().await
    }

    async fn reconnect(&mut self) -> Result<()> {
        self.client = Client::connect(self.port).await?;
        Ok(())
    }
}

impl Peer for Posts {
    const FAULTS: &'static [&'static str] = &[
        "faults over HTTP",
        "panics",
        "repeats",
        "vanishes",
        "closes half",
        "posts nonsense",
        "sends nonsense",
        "reads slowly",
        "cancels",
        "is a stranger",
        "drops a stream",
        "drops a stream for good",
        "ends its session in a call",
    ];

    async fn exchange(&mut self, era: &Era, message: &Value) -> Result<Vec<Value>> {
        self.client.send(&era.post(message)).await?;
        let head = self.client.head().await?;
        assert_eq!(head.status, 200, "{message}: {head:?}");
        if !head.is_stream() {
            return Ok(vec![self.client.body(head).await?.message()]);
        }
        let (mut events, mut heard) = (Events::of(&mut self.client), Vec::new());
        while let Some(said) = events.next().await? {
            if said.get("method").is_some() && said.get("id").is_some() {
                let answer = json!({ "jsonrpc": "2.0", "id": said["id"], "result": word() });
                let taken = Client::connect(self.port).await?.ask(&era.post(&answer)).await?;
                assert_eq!(taken.status, 202, "{taken:?}");
            } else {
                heard.push(said);
            }
        }
        Ok(heard)
    }

    async fn misbehave(&mut self, fault: &str, scene: &mut Scene) -> Result<()> {
        match fault {
            "vanishes" => self.vanishes(scene).await,
            "closes half" => self.closes_half(scene).await,
            "posts nonsense" => self.posts_nonsense(scene).await,
            "sends nonsense" => self.sends_nonsense().await,
            "reads slowly" => self.reads_slowly(scene).await,
            "cancels" => self.cancels(scene).await,
            "is a stranger" => self.is_a_stranger(scene).await,
            "drops a stream" => self.drops_a_stream(scene).await,
            "drops a stream for good" => self.begins_a_stream(scene).await.map(drop),
            "ends its session in a call" => self.ends_its_session_in_a_call(scene).await,
            other => unreachable!("{other}"),
        }
    }

    /// Ends the session, so that what is left at the end is the server's own.
    async fn leave(&mut self, scene: &mut Scene) -> Result<()> {
        assert_eq!(self.client.ask(&delete(session(scene))).await?.status, 204);
        Ok(())
    }
}

fn session(scene: &Scene) -> &str {
    let Era::Legacy(session) = &scene.session else { unreachable!() };
    session
}

/// What goes wrong.
impl Posts {
    /// With the whole request, or a part of it.
    async fn vanishes(&mut self, scene: &mut Scene) -> Result<()> {
        let request = scene.era().call(scene.id(), "sleep", &json!({ "ms": 50 }));
        let length = if scene.roll(2) == 0 { request.len() } else { scene.roll(request.len() as u64) as usize };
        self.client.send(&request[..length]).await?;
        self.reconnect().await
    }

    /// Which is to leave: there may be an answer, and there is an end.
    async fn closes_half(&mut self, scene: &mut Scene) -> Result<()> {
        let request = scene.era().call(scene.id(), "sleep", &json!({ "ms": 5 }));
        self.client.send(&request).await?;
        self.client.close_half().await?;
        let mut bytes = [0; 4096];
        while self.client.nibble(&mut bytes).await.or_else(reset)? > 0 {}
        self.reconnect().await
    }

    async fn posts_nonsense(&mut self, scene: &mut Scene) -> Result<()> {
        let bodies = ["", "[", "{}", "null", "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":1}", "\u{0}"];
        let answer = self.client.ask(&post("", bodies[scene.roll(6) as usize])).await?;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.message()["error"]["code"].is_number(), "{answer:?}");
        Ok(())
    }

    async fn sends_nonsense(&mut self) -> Result<()> {
        self.client.send(b"\x16\x03\x01 nonsense\r\n\r\n").await?;
        match self.client.answer().await {
            Ok(answer) => assert_eq!(answer.status, 400, "{answer:?}"),
            Err(error) => assert_ne!(error.kind(), ErrorKind::TimedOut),
        }
        self.reconnect().await
    }

    /// 2 MB on a connection of its own, read in pieces and sometimes not to the end.
    async fn reads_slowly(&mut self, scene: &mut Scene) -> Result<()> {
        let mut client = Client::connect(self.port).await?;
        client.send(&scene.era().call(scene.id(), "big", &json!({ "bytes": 2_000_000 }))).await?;
        let (mut piece, mut read) = (vec![0; 64 * 1024], 0);
        for _ in 0..5 {
            read += client.nibble(&mut piece).await?;
            sleep(Duration::from_millis(10)).await;
        }
        if scene.roll(2) == 0 {
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
    async fn cancels(&mut self, scene: &mut Scene) -> Result<()> {
        let id = scene.id();
        let (request, cancel) = (scene.session.call(id, "hang", &json!({})), cancel(&scene.session, id));
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
        assert!(answer.status == 200 && answer.is_stream(), "{answer:?}");
        assert!(!answer.says_something(), "{answer:?}");
        Ok(())
    }

    /// It has a session that there is not.
    async fn is_a_stranger(&mut self, scene: &mut Scene) -> Result<()> {
        let stranger = format!("{:032x}", scene.id());
        let call = Era::Legacy(stranger.clone()).call(scene.id(), "echo", &json!({ "message": "x" }));
        for request in [call, delete(&stranger)] {
            assert_eq!(self.client.ask(&request).await?.status, 404);
        }
        Ok(())
    }

    /// Comes back for the answer.
    async fn drops_a_stream(&mut self, scene: &mut Scene) -> Result<()> {
        let (id, last) = self.begins_a_stream(scene).await?;
        let mut client = Client::connect(self.port).await?;
        let headers =
            format!("Accept: text/event-stream\r\nMcp-Session-Id: {}\r\nLast-Event-ID: {last}\r\n", session(scene));
        client.send(&bare("GET /mcp", &headers)).await?;
        let head = client.head().await?;
        assert!(head.status == 200 && head.is_stream(), "{head:?}");
        let answer = Events::of(&mut client).next().await?.unwrap();
        assert_eq!((answer["id"].as_u64(), text(&answer)), (Some(id), "slept 100"));
        Ok(())
    }

    /// A call that becomes a stream, which breaks: the call, and the last event that came.
    async fn begins_a_stream(&mut self, scene: &mut Scene) -> Result<(u64, String)> {
        loop {
            let (id, mut client) = (scene.id(), Client::connect(self.port).await?);
            client.send(&scene.session.call(id, "sleep", &json!({ "ms": 100 }))).await?;
            let head = client.head().await?;
            // On a busy machine, the answer may be there before it is one.
            if head.is_stream() {
                let mut events = Events::of(&mut client);
                events.event().await?;
                return Ok((id, events.last.take().expect("an event that primes has an id")));
            }
        }
    }

    /// The call ends without an answer. Then there is another session on another connection.
    async fn ends_its_session_in_a_call(&mut self, scene: &mut Scene) -> Result<()> {
        let id = scene.id();
        self.client.send(&scene.session.call(id, "hang", &json!({}))).await?;
        let mut other = Client::connect(self.port).await?;
        assert_eq!(other.ask(&delete(session(scene))).await?.status, 204);
        // One that is overtaken by the end has no session any more.
        let answer = self.client.answer().await?;
        assert!(answer.status == 404 || answer.is_stream() && !answer.says_something(), "{answer:?}");
        self.reconnect().await?;
        scene.session = self.session().await?;
        Ok(())
    }
}

/// A connection that is broken off has ended too.
fn reset(error: std::io::Error) -> Result<usize> {
    if error.kind() == ErrorKind::ConnectionReset { Ok(0) } else { Err(error) }
}
