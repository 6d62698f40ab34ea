//! Over HTTP, a task belongs to who has started it, and its requests name it in a header. Calls are counted for each who asks.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test is allowed to fail")]

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body::Body as _;
use mcp_runtime::{Body, HttpService, Principal, Server, items, tool};
use serde_json::{Value, json};
use tower_service::Service as _;

/// Never ends.
#[tool(task)]
async fn endless() {
    std::future::pending::<()>().await;
}

/// Somebody who asks.
#[derive(Clone)]
struct Asker {
    service: HttpService,
    name: Option<&'static str>,
}

impl Asker {
    async fn start(name: Option<&'static str>) -> Self {
        let server = Server::new("test", "1.0.0").items(items![endless]).drain(Duration::from_millis(10));
        Self { service: server.into_service().await.unwrap(), name }
    }

    /// The same server, asked by somebody else.
    fn instead(&self, name: Option<&'static str>) -> Self {
        Self { name, ..self.clone() }
    }

    async fn ask(&self, method: &str, named: Option<&str>, params: Value) -> (StatusCode, Value) {
        let response = self.send(method, named, params).await;
        let (status, mut body, mut bytes) = (response.status(), pin!(response.into_body()), Vec::new());
        while let Some(part) = next(body.as_mut()).await {
            bytes.extend_from_slice(&part);
        }
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    async fn send(&self, method: &str, named: Option<&str>, mut params: Value) -> Response<Body> {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": { "extensions": { "io.modelcontextprotocol/tasks": {} } },
        });
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let request = Request::post("/mcp")
            .header("Host", "localhost")
            .header("Content-Type", "application/json")
            .header("Accept", "application/json, text/event-stream")
            .header("MCP-Protocol-Version", "2026-07-28")
            .header("Mcp-Method", method);
        let request = named.into_iter().fold(request, |request, name| request.header("Mcp-Name", name));
        let mut request = request.body(message.to_string()).unwrap();
        if let Some(name) = self.name {
            request.extensions_mut().insert(Principal::new(name));
        }
        let Ok(response) = self.service.clone().call(request).await;
        response
    }

    async fn begin(&self) -> String {
        let (status, created) = self.ask("tools/call", Some("endless"), json!({ "name": "endless" })).await;
        assert_eq!((status, &created["result"]["resultType"]), (StatusCode::OK, &json!("task")), "{created}");
        created["result"]["taskId"].as_str().unwrap().to_owned()
    }

    async fn about(&self, method: &str, id: &str) -> Value {
        self.ask(method, Some(id), json!({ "taskId": id, "inputResponses": {} })).await.1
    }
}

/// The next part of a body.
async fn next(mut body: Pin<&mut Body>) -> Option<Vec<u8>> {
    let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await?;
    Some(frame.unwrap().into_data().unwrap().to_vec())
}

/// The next message of a stream.
async fn message(mut body: Pin<&mut Body>) -> Value {
    let mut event = String::new();
    while !event.ends_with("\n\n") {
        event += std::str::from_utf8(&next(body.as_mut()).await.unwrap()).unwrap();
    }
    serde_json::from_str(event.lines().find_map(|line| line.strip_prefix("data:")).unwrap()).unwrap()
}

const METHODS: [&str; 3] = ["tasks/get", "tasks/update", "tasks/cancel"];

#[tokio::test]
async fn a_task_of_somebody_else_is_unknown() {
    let alice = Asker::start(Some("alice")).await;
    let id = alice.begin().await;
    let nobody = "0".repeat(32);
    for stranger in [alice.instead(Some("bob")), alice.instead(None)] {
        for method in METHODS {
            let (foreign, unknown) = (stranger.about(method, &id).await, stranger.about(method, &nobody).await);
            assert_eq!(foreign["error"]["code"], -32602);
            assert_eq!(foreign.to_string().replace(&id, &nobody), unknown.to_string(), "{method}");
        }
    }
    assert_eq!(alice.about("tasks/get", &id).await["result"]["status"], "working", "nobody has cancelled it");
    alice.about("tasks/cancel", &id).await;
    assert_eq!(alice.about("tasks/get", &id).await["result"]["status"], "cancelled");
    let id = alice.instead(None).begin().await;
    assert_eq!(alice.about("tasks/get", &id).await["error"]["code"], -32602, "what is nobody's is not hers");
    alice.service.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_request_about_a_task_names_it() {
    let asker = Asker::start(None).await;
    let (id, other) = (asker.begin().await, asker.begin().await);
    for method in METHODS {
        for named in [None, Some(other.as_str()), Some("endless")] {
            let (status, refused) = asker.ask(method, named, json!({ "taskId": id })).await;
            assert_eq!((status, &refused["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(-32020)), "{refused}");
        }
    }
    assert_eq!(asker.about("tasks/get", &id).await["result"]["status"], "working");
    asker.service.shutdown().await.unwrap();
    let (status, _) = asker.ask("tasks/get", Some(&id), json!({ "taskId": id })).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn who_listens_hears_of_tasks_of_their_own() {
    let alice = Asker::start(Some("alice")).await;
    let (own, foreign) = (alice.begin().await, alice.instead(Some("bob")).begin().await);
    let params = json!({ "notifications": { "taskIds": [foreign, own] } });
    let response = alice.send("subscriptions/listen", None, params).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = pin!(response.into_body());
    let acknowledged = message(body.as_mut()).await;
    assert_eq!(acknowledged["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(acknowledged["params"]["notifications"], json!({ "taskIds": [own] }));
    for status in ["working", "cancelled"] {
        let task = message(body.as_mut()).await;
        assert_eq!((&task["method"], &task["params"]["status"]), (&json!("notifications/tasks"), &json!(status)));
        assert_eq!(task["params"]["taskId"], *own);
        assert_eq!(task["params"]["_meta"], json!({ "io.modelcontextprotocol/subscriptionId": 1 }));
        alice.about("tasks/cancel", &own).await;
    }
    alice.instead(Some("bob")).about("tasks/cancel", &foreign).await;
    alice.service.shutdown().await.unwrap();
    let end = message(body.as_mut()).await;
    assert_eq!((&end["id"], &end["result"]["resultType"]), (&json!(1), &json!("complete")), "{end}");
    assert_eq!(next(body).await, None);
}

/// Never ends.
#[tool]
async fn hangs() {
    std::future::pending::<()>().await;
}

/// Is well.
#[tool]
async fn well() {}

/// However many connections somebody opens, the limit for one client holds for all of them together.
#[tokio::test]
async fn the_calls_of_one_principal_are_counted_together() {
    let server = Server::new("test", "1.0.0").items(items![hangs, well]).in_flight(2).drain(Duration::from_millis(10));
    let alice = Asker { service: server.into_service().await.unwrap(), name: Some("alice") };
    let call = async |who: &Asker, tool: &str| who.ask("tools/call", Some(tool), json!({ "name": tool })).await;
    let begin = || {
        let alice = alice.clone();
        tokio::spawn(async move { call(&alice, "hangs").await })
    };
    let first = begin();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(call(&alice, "well").await.0, StatusCode::OK, "one of two is in flight");
    let second = begin();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let (status, refused) = call(&alice, "well").await;
    assert_eq!((status, &refused["error"]["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!(-32603)), "{refused}");
    assert_eq!(alice.ask("tools/list", None, json!({})).await.0, StatusCode::OK, "it is no call");
    for other in [Some("bob"), None] {
        assert_eq!(call(&alice.instead(other), "well").await.0, StatusCode::OK, "{other:?}");
    }
    second.abort();
    let _ = second.await;
    assert_eq!(call(&alice, "well").await.0, StatusCode::OK, "who has left makes room");
    first.abort();
    alice.service.shutdown().await.unwrap();
}
