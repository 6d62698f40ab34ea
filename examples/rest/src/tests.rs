//! The server as a client sees it, over an API that works, one that is in trouble, and one that is hostile.

#[path = "../api/tracker.rs"]
mod api;
mod hostile;
mod trouble;

use std::time::Duration;

use axum::Router;
use mcp_runtime::{Client, Revision};
use serde_json::{Value, json};

use super::*;

const TOKEN: &str = "the-token-of-the-tests";

/// Starts an API, and tells its address.
async fn start(api: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, api).await });
    format!("http://{address}")
}

/// A client of a server over the API at this address, which is not as patient as usual.
async fn client_of(url: &str, token: &str) -> Client {
    let mut http = Http::with_timeout(url, token, Duration::from_millis(500)).unwrap();
    http.first_pause = Duration::from_millis(20);
    server(Tracker::new(http)).client().await.unwrap()
}

/// An API, and a client of a server over it.
struct Fixture {
    url: String,
    client: Client,
}

impl Fixture {
    async fn new() -> Self {
        let url = start(api::router(TOKEN)).await;
        Self { client: client_of(&url, TOKEN).await, url }
    }

    async fn open(&self, title: &str, text: &str) -> u64 {
        let arguments = json!({ "title": title, "text": text });
        self.client.call("open_issue", arguments).await.unwrap().structured::<Issue>().number
    }

    async fn find(&self, arguments: Value) -> Found {
        self.client.call("find_issues", arguments).await.unwrap().structured()
    }

    /// What happens to the next requests.
    async fn trouble(&self, trouble: Value) {
        let answer = reqwest::Client::new().post(format!("{}/trouble", self.url)).json(&trouble).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// The requests so far.
    async fn requests(&self) -> Vec<String> {
        reqwest::get(format!("{}/requests", self.url)).await.unwrap().json().await.unwrap()
    }
}

/// What a call says that must not succeed.
async fn refusal(client: &Client, tool: &str, arguments: Value) -> String {
    let answer = client.call(tool, arguments).await.unwrap();
    assert!(answer.is_error(), "{tool}: {}", answer.text());
    assert!(!answer.text().contains(TOKEN), "{}", answer.text());
    answer.text()
}

#[tokio::test]
async fn an_issue_is_opened_found_and_closed() {
    let fixture = Fixture::new().await;
    let client = &fixture.client;
    let number = fixture.open("It crashes", "At start, with é & <b>.").await;
    let issue = json!({ "number": 1, "title": "It crashes", "text": "At start, with é & <b>.", "state": "open" });
    client.call("get_issue", json!({ "number": number })).await.unwrap().assert_structured(issue);
    for _ in 0..2 {
        let closed: Issue = client.call("close_issue", json!({ "number": number })).await.unwrap().structured();
        assert_eq!(closed.state, "closed");
    }
    for (which, found) in [("open", 0), ("closed", 1), ("all", 1)] {
        assert_eq!(fixture.find(json!({ "which": which })).await.issues.len(), found, "{which}");
    }
    let read: Issue = client.read("tracker://issues/1").await.unwrap().structured();
    assert_eq!((read.title.as_str(), read.state.as_str()), ("It crashes", "closed"));
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let fixture = Fixture::new().await;
    for tool in ["get_issue", "close_issue"] {
        let text = refusal(&fixture.client, tool, json!({ "number": 7 })).await;
        assert_eq!(text, "there is no issue 7: `find_issues` tells which there are");
    }
    let missing = fixture.client.read("tracker://issues/7").await.err().unwrap();
    assert!(matches!(missing, Error::Refused { code: -32602, .. }), "{missing}");
}

#[tokio::test]
async fn as_many_pages_are_fetched_as_it_takes() {
    let fixture = Fixture::new().await;
    for number in 1..=120 {
        fixture.open(&format!("Issue {number}"), if number % 2 == 0 { "a&b=c #1" } else { "" }).await;
    }
    for (arguments, found, more, requests) in [
        (json!({}), 20, true, 1),
        (json!({ "limit": 50 }), 50, true, 1),
        (json!({ "limit": 51 }), 51, true, 2),
        (json!({ "limit": 120 }), 120, false, 3),
        (json!({ "limit": 200 }), 120, false, 3),
        (json!({ "limit": 55, "text": "a&b=c #1" }), 55, true, 2),
        (json!({ "limit": 60, "text": "a&b=c #1" }), 60, false, 2),
        (json!({ "text": "nothing" }), 0, false, 1),
    ] {
        let before = fixture.requests().await.len();
        let answer = fixture.find(arguments.clone()).await;
        assert_eq!((answer.issues.len(), answer.more), (found, more), "{arguments}");
        assert_eq!(fixture.requests().await.len() - before, requests, "{arguments}");
        assert!(answer.issues.is_sorted_by(|one, other| one.number > other.number), "each once, the newest first");
    }
}

#[tokio::test]
async fn every_revision_is_served() {
    let url = start(api::router(TOKEN)).await;
    for revision in Revision::ALL {
        let tracker = Tracker::new(Http::new(&url, TOKEN).unwrap());
        let client = Client::builder().revision(revision).connect(server(tracker)).await.unwrap();
        let answer = client.call("open_issue", json!({ "title": "It is slow" })).await.unwrap();
        assert!(!answer.is_error() && answer.text().contains("It is slow"), "{revision:?}: {}", answer.text());
        client.close().await.unwrap();
    }
}

#[test]
fn what_cannot_work_is_told_at_start() {
    for (url, token, says) in [("no address", "t", "`TRACKER_URL`"), ("http://a", "new\nline", "`TRACKER_TOKEN`")] {
        let error = Http::new(url, token).err().unwrap().to_string();
        assert!(error.contains(says) && !error.contains("new\nline"), "{error}");
    }
}
