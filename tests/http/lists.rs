//! A page that is long leaves in pieces, which nobody sees.

use mcp_runtime::{Http, Server, items, tool};
use serde_json::json;

use crate::common;
use crate::events::Stream;
use crate::fixture::Running;
use crate::requests::modern;

const LENGTH: usize = 100_000;

#[tool(meta("com.example/long" = "x".repeat(LENGTH)))]
fn long() {}

fn server(http: Http) -> Running {
    Running::of(Server::new("test", "1.0.0").items(items![long]), http)
}

/// What comes next on the connection shows that the length was right. A connection that keeps short headers writes in turns.
#[test]
fn a_long_page_is_whole_and_ends_where_it_says() {
    for http in [Http::new(), Http::new().header_length(1024)] {
        let server = server(http);
        let session = server.open("2025-11-25");
        let list = |id: &str| common::request("2025-11-25", id, "tools/list", json!({}));
        let requests = [modern("é\"", "tools/list", json!({})), session.post(&list("é\""))];
        for request in requests {
            let mut connection = server.connect();
            for _ in 0..3 {
                let response = connection.ask(&request);
                assert_eq!((response.status(), response.header("transfer-encoding")), (200, None));
                assert_eq!(response.header("content-type"), Some("application/json"));
                assert_eq!(response.header("content-length"), Some(&*response.body.len().to_string()));
                let message = response.json();
                assert_eq!(message["id"], "é\"");
                let tools = message["result"]["tools"].as_array().unwrap();
                let long = tools.iter().find(|tool| tool["name"] == "long").unwrap();
                assert_eq!(long["_meta"]["com.example/long"], "x".repeat(LENGTH));
            }
        }
    }
}

#[test]
fn a_long_page_is_one_event_for_a_client_that_takes_events_alone() {
    let server = server(Http::new());
    let mut connection = server.connect();
    let list = modern(1, "tools/list", json!({}));
    let whole = connection.ask(&list).json();
    assert!(connection.send(list.with("Accept", "text/event-stream").bytes()));
    assert_eq!(Stream::open(connection).rest(), [whole]);
}
