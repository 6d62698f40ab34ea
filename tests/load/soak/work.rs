//! One client that does one thing after the other, over whatever, and sometimes goes wrong.

use std::io::Result;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::Plan;
use super::tally::Tally;
use crate::client::text;
use crate::messages::Era;

/// Brings messages to a server and back.
pub(super) trait Peer {
    /// What can go wrong, in turn.
    const FAULTS: &'static [&'static str];

    /// Sends a request, answers what is asked in between, and returns all that is said: the last is the answer.
    async fn exchange(&mut self, era: &Era, message: &Value) -> Result<Vec<Value>>;

    /// Does something that only goes wrong here.
    async fn misbehave(&mut self, fault: &str, scene: &mut Scene) -> Result<()>;

    /// Leaves as a client should.
    async fn leave(&mut self, scene: &mut Scene) -> Result<()>;
}

/// What a client knows of itself.
pub(super) struct Scene {
    pub(super) session: Era,
    pub(super) tally: Tally,
    /// What only this client says.
    key: String,
    id: u64,
    dice: u64,
    asked: Option<u64>,
}

impl Scene {
    pub(super) fn new(number: u64, session: Era, tally: Tally) -> Self {
        // Ids go on from round to round, so that an answer of the one before would be noticed.
        let id = (number + 1) * 1_000_000_000 + tally.of("requests");
        let dice = (id + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self { session, tally, key: format!("client {number}"), id, dice, asked: None }
    }

    pub(super) fn id(&mut self) -> u64 {
        self.id += 1;
        self.id
    }

    /// A number below this (xorshift).
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % sides
    }

    pub(super) fn era(&mut self) -> Era {
        if self.roll(2) == 0 { Era::Modern } else { self.session.clone() }
    }
}

pub(super) struct Worker<P> {
    pub(super) peer: P,
    pub(super) scene: Scene,
}

impl<P: Peer> Worker<P> {
    pub(super) async fn work(mut self, plan: Plan, end: Instant) {
        let mut tick = interval(plan.pace);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while Instant::now() < end {
            tick.tick().await;
            let is_fault = self.scene.roll(100) < plan.faults;
            let done = if is_fault { self.fault().await } else { self.step().await };
            done.unwrap_or_else(|error| panic!("{}: {error}", self.scene.id));
        }
        self.peer.leave(&mut self.scene).await.unwrap();
    }

    async fn step(&mut self) -> Result<()> {
        match self.scene.roll(100) {
            0..10 => self.waits().await,
            10..15 => self.errs().await,
            15..20 => self.is_told_the_progress().await,
            20..25 => self.is_asked().await,
            25..30 => self.has_a_task().await,
            30..32 => self.announces().await,
            _ => self.echoes().await,
        }
    }

    async fn fault(&mut self) -> Result<()> {
        let turn = self.scene.tally.count(P::FAULTS[0]) as usize;
        let fault = P::FAULTS[turn % (P::FAULTS.len() - 1) + 1];
        match fault {
            "panics" | "panics over stdio" => self.panics().await?,
            "repeats" | "repeats over stdio" => self.repeats().await?,
            other => self.peer.misbehave(other, &mut self.scene).await?,
        }
        self.scene.tally.count(fault);
        Ok(())
    }

    async fn exchange(&mut self, era: &Era, method: &str, params: Value) -> Result<Vec<Value>> {
        let message = era.request(self.scene.id(), method, params);
        self.scene.tally.count("requests");
        let heard = self.peer.exchange(era, &message).await?;
        assert_eq!(heard.last().unwrap()["id"], message["id"], "an answer to something else: {heard:?}");
        self.scene.tally.count("answers");
        Ok(heard)
    }

    async fn ask(&mut self, era: &Era, method: &str, params: Value) -> Result<Value> {
        Ok(self.exchange(era, method, params).await?.pop().unwrap())
    }

    async fn call(&mut self, tool: &str, arguments: Value) -> Result<Value> {
        let era = self.scene.era();
        self.ask(&era, "tools/call", json!({ "name": tool, "arguments": arguments })).await
    }
}

/// What it does.
impl<P: Peer> Worker<P> {
    async fn echoes(&mut self) -> Result<()> {
        let length = self.scene.roll(3000) as usize;
        let said = format!("{} {}", self.scene.dice, "x".repeat(length));
        assert_eq!(text(&self.call("echo", json!({ "message": said })).await?), said);
        Ok(())
    }

    async fn waits(&mut self) -> Result<()> {
        let ms = self.scene.roll(30);
        let (tool, said) =
            if ms.is_multiple_of(4) { ("block", "unblocked".into()) } else { ("sleep", format!("slept {ms}")) };
        assert_eq!(text(&self.call(tool, json!({ "ms": ms })).await?), said);
        Ok(())
    }

    async fn errs(&mut self) -> Result<()> {
        let answer = self.call("typed", json!({ "count": 101 })).await?;
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        Ok(())
    }

    async fn is_told_the_progress(&mut self) -> Result<()> {
        let (era, steps) = (self.scene.era(), self.scene.roll(5) + 1);
        // On a pipe, it tells which call is meant.
        let token = self.scene.id + 1;
        let arguments = json!({ "steps": steps, "delay_ms": 2 });
        let params = json!({ "name": "progress", "arguments": arguments, "_meta": { "progressToken": token } });
        let heard = self.exchange(&era, "tools/call", params).await?;
        let (answer, told) = heard.split_last().unwrap();
        assert_eq!(text(answer), "done");
        let last = told.last().unwrap_or_else(|| panic!("no progress: {heard:?}"));
        assert_eq!(last["params"]["progress"].as_f64(), Some(steps as f64), "{heard:?}");
        Ok(())
    }

    /// Its effect is had once in a call, whatever is sent twice.
    async fn is_asked(&mut self) -> Result<()> {
        self.asks(1).await
    }

    /// In the newest revision, the answer comes with a second call, which is sent so many times.
    async fn asks(&mut self, times: usize) -> Result<()> {
        let era = self.scene.era();
        let mut params = json!({ "name": "ask", "arguments": { "key": self.scene.key } });
        let mut answer = self.ask(&era, "tools/call", params.clone()).await?;
        if answer["result"]["resultType"] == "input_required" {
            params["requestState"] = answer["result"]["requestState"].take();
            params["inputResponses"] = json!({ "word": word() });
            for _ in 0..times {
                answer = self.ask(&era, "tools/call", params.clone()).await?;
            }
        }
        let had = text(&answer).strip_suffix(" well").unwrap_or_else(|| panic!("{answer}")).parse().unwrap();
        let before = self.scene.asked.replace(had);
        assert!(before.is_none_or(|before| had == before + 1), "{had} effects after {before:?}");
        Ok(())
    }

    async fn has_a_task(&mut self) -> Result<()> {
        let (ms, asks) = (self.scene.roll(20), self.scene.roll(2) == 0);
        let (era, arguments) = (Era::Modern, json!({ "ms": ms, "asks": asks }));
        let begun = self.ask(&era, "tools/call", json!({ "name": "job", "arguments": arguments })).await?;
        assert_eq!(begun["result"]["resultType"], "task", "{begun}");
        let task = json!({ "taskId": begun["result"]["taskId"] });
        let (is_cancelled, mut status) = (self.scene.roll(4) == 0, Value::Null);
        if is_cancelled {
            self.ask(&era, "tasks/cancel", task.clone()).await?;
        }
        let began = Instant::now();
        while status != "completed" && status != "cancelled" {
            let mut found = self.ask(&era, "tasks/get", task.clone()).await?;
            status = found["result"]["status"].take();
            assert!(began.elapsed() < Duration::from_secs(20), "it does not end: {found}");
            if status == "input_required" {
                let mut params = task.clone();
                params["inputResponses"] = json!({ "word": word() });
                self.ask(&era, "tasks/update", params).await?;
            }
            sleep(Duration::from_millis(20)).await;
        }
        assert!(is_cancelled || status == "completed", "{status}");
        self.scene.tally.count("tasks");
        Ok(())
    }

    async fn announces(&mut self) -> Result<()> {
        let answer = self.call("announce", json!({ "uri": super::listening::URI })).await?;
        assert_eq!(text(&answer), "announced");
        Ok(())
    }

    /// The model learns that it failed, not why.
    async fn panics(&mut self) -> Result<()> {
        let tool = if self.scene.roll(2) == 0 { "panic" } else { "panic_aside" };
        let answer = self.call(tool, json!({ "message": "a secret" })).await?;
        assert_eq!(answer["error"]["code"], -32603, "{answer}");
        assert!(!answer.to_string().contains("secret"), "{answer}");
        Ok(())
    }

    async fn repeats(&mut self) -> Result<()> {
        self.asks(3).await
    }
}

/// What a person answers.
pub(super) fn word() -> Value {
    json!({ "action": "accept", "content": { "word": "well" } })
}
