//! One session, what is asked, taken back, missed and ended in it, in every order.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body::Body as _;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::answering::Answering;
use super::body::Body;
use super::place::Routes;
use super::service::{Checked, Inner};
use crate::http_settings::Http;
use crate::interleave::{Stage, Time, again, every_order};
use crate::item::{Item, Lend, Tool};
use crate::progress::Progress;
use crate::reply::{CallToolResult, Output};
use crate::server::Server;

/// Says something, waits, and is done.
static SLOW: Tool = {
    let mut tool = Tool::for_test("slow", |_, call| {
        Ok(Box::pin(async move {
            call.lend::<Progress>().report(1, 2, None);
            sleep(Duration::from_millis(1)).await;
            Ok(Output::Tool(CallToolResult::new().with("done")))
        }))
    });
    tool.about.lends = &[Lend::required::<Progress>()];
    tool
};

/// Says that it has begun, and never ends.
static ENDLESS: Tool = {
    let mut tool = Tool::for_test("endless", |_, call| {
        Ok(Box::pin(async move {
            call.lend::<Begun>().0.notify_one();
            std::future::pending().await
        }))
    });
    tool.about.lends = &[Lend::required::<Begun>()];
    tool
};

#[derive(Clone, Default)]
struct Begun(Arc<Notify>);

/// A server, and a session of it.
#[derive(Clone)]
struct Opened {
    inner: Arc<Inner>,
    session: String,
    begun: Begun,
    /// Who is not done yet.
    busy: Arc<AtomicUsize>,
}

async fn answer(inner: &Arc<Inner>, request: Request<String>) -> Response<Body> {
    let Ok(response) = Answering::new(inner.clone(), request, None).await;
    response
}

impl Opened {
    fn new(time: &Time) -> Self {
        let begun = Begun::default();
        let server = Server::new("test", "1.0.0").items([&SLOW, &ENDLESS].map(Item::Tool)).state(begun.clone());
        let built = server.build().unwrap();
        let inner = Inner::new(built.core, Checked::new(Http::new()).unwrap(), Routes::Own);
        let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
        let response = time.block_on(answer(&inner, post("initialize", Some(json!(0)), &hello)));
        let session = response.headers()["mcp-session-id"].to_str().unwrap().to_owned();
        Self { inner, session, begun, busy: Arc::default() }
    }

    async fn ask(&self, mut request: Request<String>) -> Body {
        request.headers_mut().insert("mcp-session-id", self.session.parse().unwrap());
        let response = answer(&self.inner, request).await;
        assert!(response.status().is_success() || response.status() == StatusCode::NOT_FOUND, "{response:?}");
        response.into_body()
    }

    async fn call(&self, tool: &str) -> Body {
        let params = json!({ "name": tool, "_meta": { "progressToken": 1 } });
        self.ask(post("tools/call", Some(json!(7)), &params)).await
    }

    /// Somebody who does this.
    fn acts<F>(&self, stage: &mut Stage, name: &'static str, act: impl FnOnce(Self) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.busy.fetch_add(1, Ordering::SeqCst);
        let (busy, acting) = (self.busy.clone(), act(self.clone()));
        stage.task(name, async move {
            acting.await;
            busy.fetch_sub(1, Ordering::SeqCst);
        });
    }

    /// The server works and time passes until all of them are done; then, nothing is left.
    fn serves(self, stage: &mut Stage) {
        let (time, busy) = (stage.time(), self.busy.clone());
        stage.thread("serves", move || {
            loop {
                for _ in 0..4 {
                    time.passes(Duration::from_millis(1));
                }
                if busy.load(Ordering::SeqCst) == 0 {
                    return;
                }
                again();
            }
        });
        let time = stage.time();
        stage.finally(move || {
            time.passes(Duration::from_millis(5));
            assert_eq!(self.inner.life.calls(), 0, "a call is left");
        });
    }
}

fn post(method: &str, id: Option<Value>, params: &Value) -> Request<String> {
    let mut message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
    if let Some(id) = id {
        message["id"] = id;
    }
    let request = Request::post("/mcp").header("host", "localhost").header("content-type", "application/json");
    request.header("accept", "application/json, text/event-stream").body(message.to_string()).unwrap()
}

async fn frame(body: &mut Body) -> Option<String> {
    let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?;
    Some(String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap())
}

/// All that comes until the end.
async fn read(mut body: Body) -> String {
    let mut text = String::new();
    while let Some(more) = frame(&mut body).await {
        text.push_str(&more);
    }
    text
}

fn answers(text: &str) -> usize {
    text.matches("done").count()
}

#[test]
#[cfg_attr(miri, ignore = "not every order is played there")]
fn a_call_that_is_taken_back_ends_with_one_answer_or_none() {
    let seen = Arc::<Mutex<Vec<usize>>>::default();
    let orders = every_order(|stage| {
        stage.interruptions(1);
        let opened = Opened::new(&stage.time());
        let answered = seen.clone();
        opened.acts(stage, "calls", |opened| async move {
            let text = read(opened.call("slow").await).await;
            answered.lock().unwrap().push(answers(&text));
        });
        opened.acts(stage, "cancels", |opened| async move {
            read(opened.ask(post("notifications/cancelled", None, &json!({ "requestId": 7 }))).await).await;
        });
        opened.serves(stage);
    });
    let mut seen = std::mem::take(&mut *seen.lock().unwrap());
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [0, 1]);
    assert!(orders > 50, "{orders}");
}

/// Which would never end by itself.
#[test]
fn a_function_whose_call_is_taken_back_is_dropped() {
    let orders = every_order(|stage| {
        stage.interruptions(1);
        let opened = Opened::new(&stage.time());
        opened.acts(stage, "calls", |opened| async move {
            assert_eq!(answers(&read(opened.call("endless").await).await), 0);
        });
        opened.acts(stage, "cancels", |opened| async move {
            opened.begun.0.notified().await;
            read(opened.ask(post("notifications/cancelled", None, &json!({ "requestId": 7 }))).await).await;
        });
        opened.serves(stage);
    });
    assert!(orders > 50, "{orders}");
}

#[test]
fn a_call_ends_with_its_session() {
    let orders = every_order(|stage| {
        stage.interruptions(1);
        let opened = Opened::new(&stage.time());
        opened.acts(stage, "calls", |opened| async move {
            assert!(answers(&read(opened.call("slow").await).await) < 2);
        });
        opened.acts(stage, "deletes", |opened| async move {
            let request = Request::delete("/mcp").header("host", "localhost").body(String::new()).unwrap();
            read(opened.ask(request).await).await;
        });
        opened.serves(stage);
    });
    assert!(orders > 50, "{orders}");
}

/// A connection breaks after the first event, and its client comes back, whatever the call has come to.
#[test]
fn who_comes_back_has_the_answer_once() {
    let orders = every_order(|stage| {
        let opened = Opened::new(&stage.time());
        opened.acts(stage, "calls", |opened| async move {
            let mut body = opened.call("slow").await;
            let mut first = String::new();
            while !first.contains("\n\n") {
                first.push_str(&frame(&mut body).await.expect("the stream goes on"));
            }
            drop(body);
            let last = first.lines().find_map(|line| line.strip_prefix("id:")).unwrap().trim().to_owned();
            let back = Request::get("/mcp").header("host", "localhost").header("accept", "text/event-stream");
            let back = opened.ask(back.header("last-event-id", last).body(String::new()).unwrap()).await;
            let text = first + &read(back).await;
            assert_eq!(answers(&text), 1, "{text}");
        });
        opened.serves(stage);
    });
    assert!(orders > 50, "{orders}");
}

/// The session ends meanwhile.
#[test]
fn who_comes_back_to_a_session_that_ends_hears_of_the_end() {
    every_order(|stage| {
        stage.interruptions(1);
        let opened = Opened::new(&stage.time());
        opened.acts(stage, "calls", |opened| async move {
            drop(opened.call("slow").await);
            let back = Request::get("/mcp").header("host", "localhost").header("accept", "text/event-stream");
            let back = back.header("last-event-id", "1-0").body(String::new()).unwrap();
            assert!(answers(&read(opened.ask(back).await).await) < 2);
        });
        opened.acts(stage, "deletes", |opened| async move {
            let request = Request::delete("/mcp").header("host", "localhost").body(String::new()).unwrap();
            read(opened.ask(request).await).await;
        });
        opened.serves(stage);
    });
}
