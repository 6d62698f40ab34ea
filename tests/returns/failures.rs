//! What tools that fail give, with and without masks.

use std::fmt;

use mcp_runtime::{CallToolResult, Item, Server, ToolError, items, tool};
use serde_json::{Value, json};

use crate::common::{MODERN, Verdict, Wire, call, run};
use crate::{OLD, Point};

#[derive(Debug)]
struct Chained;

impl fmt::Display for Chained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if f.alternate() { "outer: inner" } else { "outer" })
    }
}

#[derive(Debug)]
struct Outer(Inner);

#[derive(Debug)]
struct Inner;

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the outer cause")
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the inner cause")
    }
}

impl std::error::Error for Inner {}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[tool]
async fn full_error() -> CallToolResult {
    CallToolResult::new().with("no").error()
}
#[tool]
async fn err_string() -> Result<String, String> {
    Err("no".into())
}
#[tool]
async fn err_str() -> Result<(), &'static str> {
    Err("never")
}
#[tool]
async fn err_chained() -> Result<Point, Chained> {
    Err(Chained)
}
#[tool]
async fn err_own() -> Result<(), Outer> {
    Err(Outer(Inner))
}
#[tool]
async fn err_boxed() -> Result<(), Box<dyn std::error::Error>> {
    Err(Box::new(Outer(Inner)))
}
#[tool]
fn err_boxed_send() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Err("boxed".into())
}
#[tool]
async fn err_converted() -> Result<(), ToolError> {
    Err(Outer(Inner))?;
    Ok(())
}
#[tool]
async fn err_tool() -> Result<(), ToolError> {
    Err(ToolError::new("repair it"))
}
#[tool]
async fn err_detail() -> Result<(), ToolError> {
    Err(ToolError::new("repair it").detail(json!({ "try": ["a"] })))
}
#[tool]
async fn err_detail_of_structure() -> Result<Point, ToolError> {
    Err(ToolError::new("repair it").detail(json!({ "try": ["a"] })))
}

/// The tool, its text, and its text when the server masks errors.
fn failures() -> [(Item, &'static str, bool); 10] {
    let [a, b, c, d, e, f, g, h, i, j] = items![
        err_string,
        err_str,
        err_chained,
        err_own,
        err_boxed,
        err_boxed_send,
        err_converted,
        err_tool,
        err_detail,
        err_detail_of_structure
    ];
    [
        (a, "no", true),
        (b, "never", true),
        (c, "outer: inner", true),
        (d, "the outer cause: the inner cause", true),
        (e, "the outer cause: the inner cause", true),
        (f, "boxed", true),
        (g, "the outer cause: the inner cause", true),
        (h, "repair it", false),
        (i, "repair it", false),
        (j, "repair it", false),
    ]
}

#[test]
fn tools_that_fail() {
    let mut wrong = Verdict::default();
    run(async {
        for (revision, masks) in [(OLD, false), (OLD, true), (MODERN, false), (MODERN, true)] {
            let server = Server::new("test", "1.0.0").items(failures().map(|(item, ..)| item)).mask_errors(masks);
            let mut wire = Wire::open_in(revision, server).await;
            for (item, text, is_masked) in failures() {
                let name = item.name();
                let answer = wire.ask(&call(revision, 1, name, Value::Null)).await;
                let masked = format!("tool `{name}` failed");
                let text = if masks && is_masked { &masked } else { text };
                let case = format!("{name} in {revision}, masked: {masks}");
                wrong.same(&case, &answer["result"]["content"][0], &json!({ "type": "text", "text": text }));
                wrong.same(&case, &answer["result"]["isError"], &json!(true));
                let detail = json!({ "try": ["a"] });
                let structured = (name == "err_detail").then_some(&detail);
                wrong.that(&case, answer["result"].get("structuredContent") == structured, &answer);
                // What does not fit the published schema comes as text.
                let blocks = if name == "err_detail_of_structure" {
                    json!([{ "type": "text", "text": text }, { "type": "text", "text": detail.to_string() }])
                } else {
                    json!([{ "type": "text", "text": text }])
                };
                wrong.same(&case, &answer["result"]["content"], &blocks);
            }
            wire.close().await;
        }
    });
}

#[test]
fn an_error_of_ones_own_making() {
    run(async {
        let mut wire =
            Wire::open_in(MODERN, Server::new("test", "1.0.0").items(items![full_error]).mask_errors(true)).await;
        let answer = wire.ask(&call(MODERN, 1, "full_error", Value::Null)).await;
        assert_eq!(
            answer["result"]["content"],
            json!([{ "type": "text", "text": "no" }]),
            "it is not masked: the function said it all"
        );
        assert_eq!(answer["result"]["isError"], true);
        wire.close().await;
    });
}
