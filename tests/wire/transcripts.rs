//! One whole session for every revision: every method, with every field of its answers.

use serde_json::{Value, json};

use crate::common::{REVISIONS, Verdict, Wire, at, cacheable, hush, request, result, run};
use crate::fixture::server;

/// A request, and what the answer has beside `jsonrpc` and `id`.
struct Row {
    case: &'static str,
    method: &'static str,
    params: Value,
    answer: Answer,
}

enum Answer {
    Result(Value),
    Cacheable(Value),
    Error(Value),
}

fn good(case: &'static str, method: &'static str, params: Value, result: Value) -> Row {
    Row { case, method, params, answer: Answer::Result(result) }
}

fn kept(case: &'static str, method: &'static str, params: Value, result: Value) -> Row {
    Row { case, method, params, answer: Answer::Cacheable(result) }
}

fn bad(case: &'static str, method: &'static str, params: Value, error: Value) -> Row {
    Row { case, method, params, answer: Answer::Error(error) }
}

fn no_arguments() -> Value {
    json!({ "type": "object", "additionalProperties": false })
}

fn plain(name: &str, title: &str) -> Value {
    json!({ "name": name, "title@2025-06-18": title, "inputSchema": no_arguments() })
}

pub(crate) fn tools() -> Value {
    let report = json!({
        "type": "object", "description": "What was found.", "required": ["city", "degrees"],
        "properties": { "city": { "type": "string" }, "degrees": { "type": "number" } },
    });
    let list = json!({ "type": "array", "items": { "type": "integer" } });
    let wrapped = json!({ "type": "object", "properties": { "result": list }, "required": ["result"] });
    json!([
        {
            "name": "add", "title@2025-06-18": "Sum", "description": "Adds two numbers.",
            "inputSchema": {
                "type": "object", "additionalProperties": false, "required": ["a", "b"],
                "properties": {
                    "a": { "type": "integer", "description": "The first." },
                    "b": { "type": "integer" },
                },
            },
            "annotations@2025-03-26": { "readOnlyHint": true, "destructiveHint": false, "idempotentHint": true },
            "icons@2025-11-25": [{ "src": "https://example.com/add.png" }],
            "_meta@2025-06-18": { "com.example/level": 3 },
        },
        {
            "name": "report", "title@2025-06-18": "Report", "description": "Makes a report.",
            "inputSchema": no_arguments(), "outputSchema@2025-06-18": report,
        },
        {
            "name": "numbers", "title@2025-06-18": "Numbers", "inputSchema": no_arguments(),
            "outputSchema@2025-06-18..2026-07-28": wrapped, "outputSchema@2026-07-28": list,
        },
        plain("contents", "Contents"),
        plain("full", "Full"),
        plain("fail", "Fail"),
        plain("boom", "Boom"),
        plain("boom_on_a_thread", "Boom On A Thread"),
        plain("slow", "Slow"),
        plain("hang", "Hang"),
        {
            "name": "nap", "title@2025-06-18": "Nap",
            "inputSchema": {
                "type": "object", "additionalProperties": false, "required": ["ms"],
                "properties": { "ms": { "type": "integer", "minimum": 0 } },
            },
        },
        plain("who", "Who"),
        {
            "name": "block", "title@2025-06-18": "Block",
            "inputSchema": {
                "type": "object", "additionalProperties": false, "required": ["ms"],
                "properties": { "ms": { "type": "integer", "minimum": 0 } },
            },
        },
    ])
}

fn resources() -> Value {
    json!([
        {
            "uri": "config://app", "name": "config", "title@2025-06-18": "Config", "description": "The settings.",
            "mimeType": "application/json", "size": 2,
            "icons@2025-11-25": [{ "src": "https://example.com/c.png", "sizes": ["48x48"] }],
            "_meta@2025-06-18": { "com.example/level": "low" },
        },
        { "uri": "data://bytes", "name": "bytes", "title@2025-06-18": "Bytes" },
    ])
}

fn templates() -> Value {
    json!([{
        "uriTemplate": "city://{name}", "name": "city", "title@2025-06-18": "City",
        "description": "What a city is like.", "mimeType": "text/plain",
    }])
}

fn prompts() -> Value {
    json!([{
        "name": "greet", "title@2025-06-18": "Hello", "description": "Greets somebody.",
        "arguments": [
            { "name": "name", "description": "Who is greeted.", "required": true },
            { "name": "loud", "required": false },
        ],
        "icons@2025-11-25": [{ "src": "https://example.com/g.png" }],
        "_meta@2025-06-18": { "com.example/level": 1 },
    }])
}

/// Every kind of content, as far as each revision knows it.
fn blocks() -> Value {
    let hints = json!({ "audience": ["user"], "priority": 0.5, "lastModified@2025-06-18": "2026-01-01T00:00:00Z" });
    json!([
        { "type": "text", "text": "words", "annotations": hints },
        { "type": "image", "data": "AQID", "mimeType": "image/png" },
        { "@2025-03-26": { "type": "audio", "data": "BAU=", "mimeType": "audio/wav", "annotations": hints } },
        { "@..2025-03-26": {
            "type": "resource", "annotations": hints,
            "resource": { "uri": "content:audio", "mimeType": "audio/wav", "blob": "BAU=" },
        }},
        { "@2025-06-18": {
            "type": "resource_link", "uri": "file:///a", "name": "a", "title": "A", "description": "the first",
            "mimeType": "text/plain", "size": 7,
        }},
        { "@..2025-06-18": { "type": "text", "text": "a: file:///a (the first)" } },
        {
            "type": "resource",
            "resource": { "uri": "file:///b", "mimeType": "text/plain", "text": "b", "_meta@2025-06-18": { "com.example/k": 1 } },
        },
    ])
}

fn text(text: &str) -> Value {
    json!([{ "type": "text", "text": text }])
}

fn tool(name: &str) -> Value {
    json!({ "name": name })
}

fn no_resource(uri: &str) -> Value {
    json!({
        "code@..2026-07-28": -32002, "code@2026-07-28": -32602,
        "message": format!("there is no resource `{uri}`"), "data": { "uri": uri },
    })
}

fn rows() -> Vec<Row> {
    let wrong = "invalid arguments for `add`:\n- `c` is not an argument; known: `a`, `b`\n- `a` must be an integer, got the string \"x\"\n- `b` is required";
    let errors = json!([
        { "field": "c", "problem": "is not an argument; known: `a`, `b`" },
        { "field": "a", "problem": "must be an integer, got the string \"x\"" },
        { "field": "b", "problem": "is required" },
    ]);
    let add = json!({ "name": "add", "arguments": { "a": "x", "c": 1 } });
    let mut rows = vec![
        kept("all tools", "tools/list", json!({}), json!({ "tools": tools() })),
        kept("no cursor", "tools/list", json!({ "cursor": null }), json!({ "tools": tools() })),
        bad(
            "a cursor of nobody",
            "tools/list",
            json!({ "cursor": "eA" }),
            json!({
                "code": -32602, "message": "this `cursor` does not belong to this list; start again without a cursor",
            }),
        ),
        bad(
            "a cursor that is none",
            "tools/list",
            json!({ "cursor": 1 }),
            json!({
                "code": -32602, "message": "`cursor` must be a string",
            }),
        ),
        good(
            "content",
            "tools/call",
            json!({ "name": "add", "arguments": { "a": 2, "b": 3 } }),
            json!({ "content": text("5") }),
        ),
        good(
            "a structure",
            "tools/call",
            tool("report"),
            json!({
                "content": text("{\"city\":\"Oslo\",\"degrees\":4.5}"),
                "structuredContent@2025-06-18": { "city": "Oslo", "degrees": 4.5 },
            }),
        ),
        good(
            "a list",
            "tools/call",
            tool("numbers"),
            json!({
                "content@..2025-06-18": text("[1,2]"),
                "content@2025-06-18..2026-07-28": text("{\"result\":[1,2]}"),
                "structuredContent@2025-06-18..2026-07-28": { "result": [1, 2] },
                "content@2026-07-28": text("[1,2]"),
                "structuredContent@2026-07-28": [1, 2],
            }),
        ),
        good("all kinds of content", "tools/call", tool("contents"), json!({ "content": blocks() })),
        good(
            "the full result",
            "tools/call",
            tool("full"),
            json!({
                "content": text("said"), "structuredContent@2025-06-18": { "n": 1 }, "_meta": { "com.example/fast": true },
            }),
        ),
        good(
            "an error of the function",
            "tools/call",
            tool("fail"),
            json!({
                "isError": true, "structuredContent@2025-06-18": { "near": ["Oslo"] },
                "content": [{ "type": "text", "text": "no such city" }, { "@..2025-06-18": { "type": "text", "text": "{\"near\":[\"Oslo\"]}" } }],
            }),
        ),
        bad("a panic", "tools/call", tool("boom"), json!({ "code": -32603, "message": "internal error" })),
        bad(
            "a panic on a thread",
            "tools/call",
            tool("boom_on_a_thread"),
            json!({ "code": -32603, "message": "internal error" }),
        ),
        bad(
            "too slow",
            "tools/call",
            tool("slow"),
            json!({ "code": -32603, "message": "tool `slow` timed out after 0.04 s" }),
        ),
        bad(
            "an unknown tool",
            "tools/call",
            tool("ad"),
            json!({ "code": -32602, "message": "unknown tool `ad`; did you mean `add`?" }),
        ),
        bad(
            "a tool unlike any",
            "tools/call",
            tool("xylophone"),
            json!({ "code": -32602, "message": "unknown tool `xylophone`" }),
        ),
        bad("no tool", "tools/call", json!({}), json!({ "code": -32602, "message": "`params` lacks `name`" })),
        bad(
            "a tool without a name",
            "tools/call",
            json!({ "name": 1 }),
            json!({ "code": -32602, "message": "`name` must be a string" }),
        ),
        kept("all resources", "resources/list", json!({}), json!({ "resources": resources() })),
        kept("all templates", "resources/templates/list", json!({}), json!({ "resourceTemplates": templates() })),
        kept(
            "JSON",
            "resources/read",
            json!({ "uri": "config://app" }),
            json!({
                "contents": [{ "uri": "config://app", "mimeType": "application/json", "text": "[]" }],
            }),
        ),
        kept(
            "bytes",
            "resources/read",
            json!({ "uri": "data://bytes" }),
            json!({
                "contents": [{ "uri": "data://bytes", "blob": "AP8=" }],
            }),
        ),
        kept(
            "by template",
            "resources/read",
            json!({ "uri": "city://Oslo" }),
            json!({
                "contents": [{ "uri": "city://Oslo", "mimeType": "text/plain", "text": "cold", "_meta@2025-06-18": { "com.example/k": 2 } }],
            }),
        ),
        bad("no such city", "resources/read", json!({ "uri": "city://Rome" }), no_resource("city://Rome")),
        bad("no such scheme", "resources/read", json!({ "uri": "x://y" }), no_resource("x://y")),
        bad("no URI", "resources/read", json!({}), json!({ "code": -32602, "message": "`params` lacks `uri`" })),
        kept("all prompts", "prompts/list", json!({}), json!({ "prompts": prompts() })),
        good(
            "a prompt",
            "prompts/get",
            json!({ "name": "greet", "arguments": { "name": "Ada", "loud": "true" } }),
            json!({
                "description": "Greets somebody.",
                "messages": [
                    { "role": "user", "content": { "type": "text", "text": "Greet Ada!" } },
                    { "role": "assistant",
                      "content@2025-06-18": { "type": "resource_link", "uri": "city://Oslo", "name": "Oslo" },
                      "content@..2025-06-18": { "type": "text", "text": "Oslo: city://Oslo" } },
                ],
            }),
        ),
        bad(
            "an unknown prompt",
            "prompts/get",
            json!({ "name": "great" }),
            json!({
                "code": -32602, "message": "unknown prompt `great`; did you mean `greet`?",
            }),
        ),
        bad(
            "wrong arguments of a prompt",
            "prompts/get",
            json!({ "name": "greet", "arguments": { "loud": "maybe" } }),
            json!({
                "code": -32602,
                "message": "invalid arguments for `greet`:\n- `name` is required\n- `loud` must be a boolean, got the string \"maybe\"",
                "data": { "errors": [
                    { "field": "name", "problem": "is required" },
                    { "field": "loud", "problem": "must be a boolean, got the string \"maybe\"" },
                ]},
            }),
        ),
        good(
            "completion of a prompt",
            "completion/complete",
            json!({ "ref": { "type": "ref/prompt", "name": "greet" }, "argument": { "name": "name", "value": "Al" } }),
            json!({ "completion": { "values": ["Alan"], "total": 1, "hasMore": false } }),
        ),
        good(
            "completion of a template",
            "completion/complete",
            json!({ "ref": { "type": "ref/resource", "uri": "city://{name}" }, "argument": { "name": "name", "value": "l" } }),
            json!({ "completion": { "values": ["Lima", "Los Angeles", "Oslo"], "total": 3, "hasMore": false } }),
        ),
        good(
            "nothing completes it",
            "completion/complete",
            json!({ "ref": { "type": "ref/prompt", "name": "greet" }, "argument": { "name": "loud", "value": "" } }),
            json!({ "completion": { "values": [], "total": 0, "hasMore": false } }),
        ),
        bad(
            "a reference to nothing",
            "completion/complete",
            json!({ "ref": { "type": "ref/tool", "name": "add" }, "argument": { "name": "a", "value": "" } }),
            json!({ "code": -32602, "message": "`ref.type` must be `ref/prompt` or `ref/resource`, got `ref/tool`" }),
        ),
        bad(
            "an argument that is none",
            "completion/complete",
            json!({ "ref": { "type": "ref/prompt", "name": "greet" }, "argument": { "name": "nam", "value": "" } }),
            json!({ "code": -32602, "message": "unknown argument `nam`; did you mean `name`?" }),
        ),
        bad(
            "an unknown method",
            "tools/cal",
            json!({}),
            json!({ "code": -32601, "message": "unknown method `tools/cal`" }),
        ),
        bad(
            "case counts",
            "Tools/List",
            json!({}),
            json!({ "code": -32601, "message": "unknown method `Tools/List`" }),
        ),
    ];
    rows.push(Row {
        case: "wrong arguments of a tool, for programs",
        method: "tools/call",
        params: add.clone(),
        answer: Answer::Error(json!({ "code": -32602, "message": wrong, "data": { "errors": errors } })),
    });
    rows.push(good(
        "wrong arguments of a tool, for models",
        "tools/call",
        add,
        json!({ "content": text(wrong), "isError": true }),
    ));
    rows
}

impl Row {
    /// Wrong arguments of a tool are an error before 2025-11-25, and a result since.
    fn is_in(&self, revision: &str) -> bool {
        match self.case {
            "wrong arguments of a tool, for programs" => revision < "2025-11-25",
            "wrong arguments of a tool, for models" => revision >= "2025-11-25",
            _ => true,
        }
    }

    fn expected(&self, revision: &str, id: usize) -> Value {
        let (key, body) = match &self.answer {
            Answer::Result(body) => ("result", result(revision, body)),
            Answer::Cacheable(body) => ("result", cacheable(revision, body)),
            Answer::Error(body) => ("error", at(revision, body)),
        };
        json!({ "jsonrpc": "2.0", "id": id, key: body })
    }
}

#[test]
fn every_method_in_every_revision() {
    hush();
    let mut wrong = Verdict::default();
    run(async {
        for revision in REVISIONS {
            let mut wire = Wire::open_in(revision, server()).await;
            for (id, row) in rows().iter().enumerate().filter(|(_, row)| row.is_in(revision)) {
                let answer = wire.ask(&request(revision, id, row.method, row.params.clone())).await;
                wrong.same(format_args!("{} in {revision}", row.case), &answer, &row.expected(revision, id));
            }
            assert_eq!(wire.close().await, [""; 0], "{revision}");
        }
    });
}
