//! Variables of templates: typed, and never a way out.

use std::sync::{Mutex, PoisonError};

use mcp_runtime::{Server, items, resource};
use serde_json::json;

use crate::Color;
use crate::common::{MODERN, Verdict, Wire, request, run};

/// What reached a function of a template.
static REACHED: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn reached(text: String) -> String {
    REACHED.lock().unwrap_or_else(PoisonError::into_inner).push(text.clone());
    text
}

#[resource("one://{name}")]
async fn t_one(name: String) -> String {
    reached(format!("one {name}"))
}

#[resource("path:///{+path}")]
async fn t_path(path: String) -> String {
    reached(format!("path {path}"))
}

#[resource("user://{id}/posts/{post}{?page,sort}")]
async fn t_typed(id: u32, post: Color, page: Option<u8>, #[arg(default = Color::Red)] sort: Color) -> String {
    reached(format!("typed {id} {post:?} {page:?} {sort:?}"))
}

#[resource("range://{n}")]
async fn t_range(#[arg(range = 1..=3)] n: i64) -> String {
    reached(format!("range {n}"))
}

#[test]
fn values_of_templates() {
    let good = [
        ("one://a", "one a"),
        ("ONE://a", "one a"),
        ("one://a%20b", "one a b"),
        ("one://%C3%A9", "one é"),
        ("one://a.b", "one a.b"),
        ("one://..a", "one ..a"),
        ("one://a..", "one a.."),
        ("path:///a/b/c.txt", "path a/b/c.txt"),
        ("path:///a", "path a"),
        ("path:///a%2fb", "path a/b"),
        ("user://7/posts/Red", "typed 7 Red None Red"),
        ("user://7/posts/Green?page=2&sort=Green", "typed 7 Green Some(2) Green"),
        ("user://7/posts/Green?sort=Green", "typed 7 Green None Green"),
        ("user://7/posts/Green?page=2&other=1", "typed 7 Green Some(2) Red"),
        ("range://3", "range 3"),
    ];
    let bad = [
        "one://",
        "one://a/b",
        "one://..",
        "one://.",
        "one://%2e%2e",
        "one://%2E.",
        "one://%252e%252e",
        "one://a%2fb",
        "one://a%2Fb",
        "one://a%5cb",
        "one://a\\b",
        "one://%00",
        "one://a%00",
        "one://a\u{0}",
        "one://%2f",
        "one://%",
        "one://%zz",
        "one://%ff",
        "one://%c0%af",
        "one://%252f",
        "one://..%2f..%2fetc%2fpasswd",
        "one://..\\..",
        "one://%0a",
        "one:a",
        "path:///..",
        "path:///../a",
        "path:///a/../b",
        "path:///a/..",
        "path:////a",
        "path:///%2fa",
        "path:///%2e%2e/a",
        "path:///a/%2e%2e/b",
        "path:///a%2f..%2fb",
        "path:///C:/a",
        "path:///c%3a/a",
        "path:///a/./b",
        "path:///a//b",
        "path:///a%00",
        "path:///..%5ca",
        "path:///%252e%252e/a",
        "path:///\\\\host",
        "user://x/posts/Red",
        "user://-1/posts/Red",
        "user://4294967296/posts/Red",
        "user://7/posts/red",
        "user://7/posts/Red?page=256",
        "user://7/posts/Red?page=x",
        "user://7/posts/Red?page=1&page=2",
        "user://7/posts/",
        "user:///posts/Red",
        "user://7.5/posts/Red",
        "range://0",
        "range://4",
        "range://two",
    ];
    let mut wrong = Verdict::default();
    run(async {
        for (revision, code) in [("2025-11-25", -32002), (MODERN, -32602)] {
            let mut wire =
                Wire::open_in(revision, Server::new("test", "1.0.0").items(items![t_one, t_path, t_typed, t_range]))
                    .await;
            for (uri, text) in good {
                let answer = wire.ask(&request(revision, 1, "resources/read", json!({ "uri": uri }))).await;
                wrong.same(
                    format_args!("{uri} in {revision}"),
                    &answer["result"]["contents"],
                    &json!([{ "uri": uri, "text": text }]),
                );
            }
            REACHED.lock().unwrap().clear();
            for uri in bad {
                let answer = wire.ask(&request(revision, 1, "resources/read", json!({ "uri": uri }))).await;
                wrong.that(format_args!("{uri} in {revision}"), answer["error"]["code"] == code, &answer);
                wrong.that(format_args!("{uri} in {revision}: data"), answer["error"]["data"]["uri"] == uri, &answer);
            }
            let reached = std::mem::take(&mut *REACHED.lock().unwrap());
            wrong.that(
                format_args!("nothing bad reaches a function in {revision}"),
                reached.is_empty(),
                format_args!("{reached:?}"),
            );
            wire.close().await;
        }
    });
}
