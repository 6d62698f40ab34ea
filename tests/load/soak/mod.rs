//! Everything at once over both transports, with faults, for a while: no answer is lost, and nothing grows or is left.

mod http;
mod listening;
mod short;
mod stdio;
mod tally;
mod watch;
mod work;

use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::sleep;

use self::http::Posts;
use self::stdio::Line;
use self::tally::Tally;
use self::watch::{Watch, growth};
use self::work::{Peer, Scene, Worker};
use crate::client::{Client, run, text};
use crate::messages::{Era, delete};
use crate::server::{DEADLINE, Torture, alone, size};

/// So many clients work over HTTP, each one thing at a time.
const POSTING: u64 = 16;

/// So many work over the one pair of pipes.
const WRITING: u64 = 8;

/// What happens at random.
#[derive(Clone, Copy)]
struct Plan {
    /// Of a hundred steps, so many go wrong.
    faults: u64,
    /// How often each of them does something.
    pace: Duration,
    /// How long one round is.
    round: Duration,
    rounds: u32,
}

impl Plan {
    fn of_the_environment() -> Self {
        let seconds = size("LOAD_SECONDS", 5_u64);
        let rounds = (seconds / 60).clamp(5, 60);
        let pace = (POSTING + WRITING) as f64 / size("LOAD_RATE", 1000.0);
        Self {
            faults: size("LOAD_FAULTS", 5),
            pace: Duration::from_secs_f64(pace),
            round: Duration::from_millis(seconds * 1000 / rounds),
            rounds: rounds as u32,
        }
    }
}

#[test]
fn soak() {
    let _alone = alone();
    let plan = Plan::of_the_environment();
    let mut web = Torture::start_frugal(&[("TORTURE_STREAM_AFTER_MS", "20"), ("TORTURE_SESSION_IDLE_MS", "60000")]);
    let (mut piped, input, output) = Torture::start_on_pipes();
    let tally = Tally::default();
    let (webs, pipes) = run(LocalSet::new().run_until(async {
        let line = Line::open(input, output).await;
        begin(web.port).await;
        let over_http = async || tasks(web.port).await;
        let over_stdio = async || line.tasks().await;
        let (mut webs, mut pipes) = (Watch::of(&web, over_http).await, Watch::of(&piped, over_stdio).await);
        let started = Instant::now();
        for round in 0..plan.rounds {
            work_for_a_round(plan, web.port, &line, &tally).await;
            webs.look(&web, over_http).await;
            pipes.look(&piped, over_stdio).await;
            println!("{:>5.0} s, {round}: over HTTP {webs}, over stdio {pipes}", started.elapsed().as_secs_f64());
        }
        line.close().await;
        (webs, pipes)
    }));
    println!("{tally}");
    judge(plan, &tally, &[("HTTP", &webs), ("stdio", &pipes)]);
    assert!(web.is_running());
    web.terminate();
    for server in [&mut web, &mut piped] {
        let (status, took) = server.ended();
        println!("the end took {took:?}");
        assert_eq!(status.code(), Some(0), "{}", server.said());
        assert!(took < DEADLINE, "something still ran: {took:?}");
    }
}

async fn work_for_a_round(plan: Plan, port: u16, line: &Rc<Line>, tally: &Tally) {
    let end = Instant::now() + plan.round;
    let mut actors = JoinSet::new();
    for number in 0..POSTING {
        let mut posts = Posts::new(port).await;
        let scene = Scene::new(number, posts.session().await.unwrap(), tally.clone());
        actors.spawn_local(Worker { peer: posts, scene }.work(plan, end));
    }
    for number in POSTING..POSTING + WRITING {
        let scene = Scene::new(number, Era::Legacy(String::new()), tally.clone());
        actors.spawn_local(Worker { peer: line.clone(), scene }.work(plan, end));
    }
    for number in 0..4 {
        actors.spawn_local(listening::modern(port, end, number, tally.clone()));
        actors.spawn_local(listening::legacy(port, end, number, tally.clone()));
    }
    actors.spawn_local(listening::piped(line.clone(), end, tally.clone()));
    actors.spawn_local(short::lives(end, tally.clone()));
    // The first that fails ends the test.
    while let Some(ended) = actors.join_next().await {
        ended.unwrap();
    }
}

fn judge(plan: Plan, tally: &Tally, watched: &[(&str, &Watch)]) {
    for fault in [Posts::FAULTS, <Rc<Line>>::FAULTS, &short::FAULTS, &listening::TOLD].concat() {
        assert!(tally.of(fault) > 0, "no `{fault}`");
    }
    assert_eq!(tally.of("requests"), tally.of("answers"));
    for (name, watch) in watched {
        let memory = watch.memory();
        let (mean, slope) = growth(&memory);
        let hours = plan.round.as_secs_f64() * f64::from(plan.rounds) / 3600.0;
        let per_hour = slope * memory.len() as f64 / (hours / 2.0);
        println!("{name}: {mean:.0} KiB, {per_hour:+.1} KiB ({:+.2} %) an hour", per_hour / mean * 100.0);
        // A page more or less is much in a short time.
        assert!(
            per_hour * hours < mean * 0.01 * hours + if hours < 0.5 { 1024.0 } else { 0.0 },
            "{name} grows: {watch:?}"
        );
    }
}

/// Opens a session, and ends it: one task that looks after sessions begins with the first.
async fn begin(port: u16) {
    let mut client = Client::connect(port).await.unwrap();
    let Era::Legacy(session) = client.session().await.unwrap() else { unreachable!() };
    assert_eq!(client.ask(&delete(&session)).await.unwrap().status, 204);
}

/// How many tasks there are, with that of the connection that asks.
async fn tasks(port: u16) -> u64 {
    let mut client = Client::connect(port).await.unwrap();
    text(&client.call(&Era::Modern, 1, "alive", &json!({})).await.unwrap()).parse().unwrap()
}

/// Lets others work: who listens does nothing else.
async fn rest() {
    sleep(Duration::from_millis(20)).await;
}
