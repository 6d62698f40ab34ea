//! Structured content where it is delicate: nothing, recursion, JSON of others, broken promises.

use mcp_runtime::{
    Audio, CallToolResult, Content, EmbeddedResource, Image, ResourceLink, Server, Text, items, model, tool,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::common::{MODERN, Wire, call, request, run};
use crate::tools::Limited;
use crate::{OLD, Point};

/// Something within something.
#[model]
struct Tree {
    value: i32,
    children: Vec<Tree>,
}

#[tool]
async fn some_point() -> Option<Point> {
    Some(Point { x: 3, y: 4 })
}

#[tool]
async fn no_point() -> Option<Point> {
    None
}

#[tool]
async fn tree() -> Tree {
    Tree { value: 1, children: vec![Tree { value: 2, children: Vec::new() }] }
}

#[tool]
async fn trees() -> Vec<Tree> {
    vec![Tree { value: 1, children: vec![Tree { value: 2, children: Vec::new() }] }]
}

#[tool]
async fn numbers_pair() -> (i32, i32) {
    (1, 2)
}

#[tool]
async fn limited() -> Limited {
    Limited { n: 6 }
}

/// `None` of a structure is no content. Its schema says so, or a strict client would refuse it.
#[test]
fn nothing_where_a_structure_might_be() {
    run(async {
        for revision in [OLD, MODERN] {
            let mut wire =
                Wire::open_in(revision, Server::new("test", "1.0.0").items(items![some_point, no_point])).await;
            let list = wire.ask(&request(revision, 0, "tools/list", Value::Null)).await;
            for index in 0..2 {
                let schema = &list["result"]["tools"][index]["outputSchema"];
                assert!(schema.to_string().contains("null"), "{revision}: {schema}");
                assert_eq!(schema["type"] == "object", revision == OLD, "{revision}: {schema}");
            }
            let some = wire.ask(&call(revision, 1, "some_point", Value::Null)).await;
            let point = json!({ "x": 3, "y": 4 });
            let expected = if revision == OLD { json!({ "result": point }) } else { point };
            assert_eq!(some["result"]["structuredContent"], expected, "{revision}");
            let none = wire.ask(&call(revision, 1, "no_point", Value::Null)).await;
            assert_eq!(none["result"]["content"], json!([]), "{revision}: {none}");
            let expected = if revision == OLD { json!({ "result": null }) } else { Value::Null };
            assert_eq!(none["result"]["structuredContent"], expected, "{revision}: {none}");
            assert!(
                none["result"].get("structuredContent").is_some(),
                "{revision}: a published schema wants a structure"
            );
            wire.close().await;
        }
    });
}

/// Types that refer to themselves keep doing so wherever their schema goes.
#[test]
fn recursive_types() {
    run(async {
        for revision in [OLD, MODERN] {
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(items![tree, trees])).await;
            let list = wire.ask(&request(revision, 0, "tools/list", Value::Null)).await;
            for index in 0..2 {
                let schema = &list["result"]["tools"][index]["outputSchema"];
                let mut found = 0;
                check_references(schema, schema, &mut found);
                assert!(found > 0, "{revision}: {schema}");
                assert!(schema.to_string().contains("Something within something."), "{revision}: {schema}");
            }
            let value = json!({ "value": 1, "children": [{ "value": 2, "children": [] }] });
            let answer = wire.ask(&call(revision, 1, "tree", Value::Null)).await;
            assert_eq!(answer["result"]["structuredContent"], value, "{revision}");
            let answer = wire.ask(&call(revision, 1, "trees", Value::Null)).await;
            let expected = if revision == OLD { json!({ "result": [value] }) } else { json!([value]) };
            assert_eq!(answer["result"]["structuredContent"], expected, "{revision}");
            wire.close().await;
        }
    });
}

fn check_references(schema: &Value, root: &Value, found: &mut usize) {
    match schema {
        Value::Object(object) => {
            if let Some(target) = object.get("$ref").and_then(Value::as_str) {
                let target = root
                    .pointer(target.strip_prefix('#').unwrap())
                    .unwrap_or_else(|| panic!("{target} is nowhere in {root}"));
                assert!(target["properties"]["children"].is_object(), "{root}");
                *found += 1;
            }
            object.values().for_each(|value| check_references(value, root, found));
        }
        Value::Array(items) => items.iter().for_each(|item| check_references(item, root, found)),
        _ => {}
    }
}

/// Text, or more of the same: the root is no object, and refers to itself.
#[model]
enum Nested {
    Empty,
    Inner(Vec<Nested>),
}

#[tool]
async fn nested() -> Nested {
    Nested::Inner(vec![Nested::Empty, Nested::Inner(Vec::new())])
}

#[test]
fn a_root_that_refers_to_itself() {
    run(async {
        for revision in [OLD, MODERN] {
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(items![nested])).await;
            let list = wire.ask(&request(revision, 0, "tools/list", Value::Null)).await;
            let schema = &list["result"]["tools"][0]["outputSchema"];
            let text = schema.to_string();
            let (_, reference) = text.split_once("\"$ref\":\"#").unwrap_or_else(|| panic!("{revision}: {text}"));
            let (target, _) = reference.split_once('"').unwrap();
            let target = schema.pointer(target).unwrap_or_else(|| panic!("{revision}: {text}"));
            assert!(target["oneOf"].to_string().contains("Inner"), "{revision}: {text}");
            let answer = wire.ask(&call(revision, 1, "nested", Value::Null)).await;
            let value = json!({ "Inner": ["Empty", { "Inner": [] }] });
            let expected = if revision == OLD { json!({ "result": value }) } else { value };
            assert_eq!(answer["result"]["structuredContent"], expected, "{revision}");
            wire.close().await;
        }
    });
}

/// A pair of numbers is neither content nor … it is structured: whatever it is, it must not be lost.
#[test]
fn pairs_of_numbers() {
    run(async {
        let mut wire = Wire::open_in(MODERN, Server::new("test", "1.0.0").items(items![numbers_pair])).await;
        let answer = wire.ask(&call(MODERN, 1, "numbers_pair", Value::Null)).await;
        assert_eq!(answer["result"]["structuredContent"], json!([1, 2]));
        wire.close().await;
    });
}

fn pretty() -> Box<RawValue> {
    RawValue::from_string("{\n  \"a\": \"x\\ny\",\r\n  \"b\": 1\n}".into()).unwrap()
}

#[tool]
async fn raw() -> CallToolResult {
    CallToolResult::new().structured(pretty())
}

/// JSON that was made elsewhere may hold line ends; a message never does.
#[test]
fn json_of_others() {
    run(async {
        for revision in [OLD, MODERN] {
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(items![raw])).await;
            let answer = wire.ask(&call(revision, 1, "raw", Value::Null)).await;
            assert_eq!(answer["result"]["structuredContent"], json!({ "a": "x\ny", "b": 1 }), "{revision}");
            wire.close().await;
        }
    });
}

#[tool]
async fn impostor() -> CallToolResult {
    let server = json!({ "name": "somebody else", "version": "0" });
    CallToolResult::new().with("x").meta("io.modelcontextprotocol/serverInfo", server).meta("com.example/a", 1)
}

/// What is ours to say in `_meta` is said once, and by us.
#[test]
fn meta_is_said_once() {
    run(async {
        let mut wire = Wire::open_in(MODERN, Server::new("test", "1.0.0").items(items![impostor])).await;
        let line = wire.exchange(call(MODERN, 1, "impostor", Value::Null).to_string()).await;
        assert_eq!(line.matches("serverInfo").count(), 1, "{line}");
        assert!(!line.contains("somebody else"), "{line}");
        assert!(line.contains(r#""com.example/a":1"#), "{line}");
        wire.close().await;
    });
}

#[test]
fn a_result_that_breaks_its_own_schema() {
    run(async {
        for revision in [OLD, MODERN] {
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(items![limited])).await;
            let answer = wire.ask(&call(revision, 1, "limited", Value::Null)).await;
            assert_eq!(
                answer,
                json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -32603, "message": "internal error" } })
            );
            wire.close().await;
        }
    });
}

/// Says it in words and as a structure.
#[tool(output = Point)]
async fn told() -> CallToolResult {
    CallToolResult::new().with("three to the right, four up").structured(Point { x: 3, y: 4 })
}

/// A list, and no words.
#[tool(output = Vec<Point>)]
async fn told_list() -> Result<CallToolResult, String> {
    Ok(CallToolResult::new().structured([Point { x: 3, y: 4 }]))
}

#[tool(output = Point)]
async fn told_wrong() -> CallToolResult {
    CallToolResult::new().with("nowhere").structured(json!({ "x": "three" }))
}

#[tool(output = Point)]
async fn told_nothing() -> CallToolResult {
    CallToolResult::new().with("nowhere")
}

#[tool(output = Point)]
async fn told_failure() -> CallToolResult {
    CallToolResult::new().with("nowhere").error()
}

/// A full result has the schema that its tool names, and keeps to it.
#[test]
fn a_full_result_with_a_schema() {
    run(async {
        for revision in [OLD, MODERN] {
            let server =
                Server::new("test", "1.0.0").items(items![told, told_list, told_wrong, told_nothing, told_failure]);
            let mut wire = Wire::open_in(revision, server).await;
            let list = wire.ask(&request(revision, 0, "tools/list", Value::Null)).await;
            let schema = |index: usize| &list["result"]["tools"][index]["outputSchema"];
            assert_eq!(schema(0)["required"], json!(["x", "y"]), "{revision}");
            assert_eq!(schema(1)["type"], if revision == OLD { "object" } else { "array" }, "{revision}");

            let answer = wire.ask(&call(revision, 1, "told", json!({}))).await;
            let told = json!([{ "type": "text", "text": "three to the right, four up" }]);
            assert_eq!(answer["result"]["content"], told, "{revision}");
            assert_eq!(answer["result"]["structuredContent"], json!({ "x": 3, "y": 4 }), "{revision}");

            let answer = wire.ask(&call(revision, 2, "told_list", json!({}))).await;
            let list = json!([{ "x": 3, "y": 4 }]);
            let list = if revision == OLD { json!({ "result": list }) } else { list };
            assert_eq!(answer["result"]["structuredContent"], list, "{revision}");

            for (id, broken) in [(3, "told_wrong"), (4, "told_nothing")] {
                let answer = wire.ask(&call(revision, id, broken, json!({}))).await;
                assert_eq!(answer["error"]["code"], -32603, "{revision}: {broken}");
            }
            let answer = wire.ask(&call(revision, 5, "told_failure", json!({}))).await;
            assert_eq!(answer["result"]["isError"], true, "{revision}");
        }
    });
}

#[tool]
async fn with_meta() -> Vec<Content> {
    vec![
        Text::new("a").meta("com.example/n", 1).into(),
        Image::png(*b"b").meta("com.example/n", 2).into(),
        Audio::wav(*b"c").meta("com.example/n", 3).into(),
        ResourceLink::new("x://y", "y").meta("com.example/n", 4).into(),
        EmbeddedResource::new("x://y", "z").meta("com.example/n", 5).into(),
        "without".into(),
    ]
}

/// A block has its `_meta` where the revision knows one, beside its annotations.
#[test]
fn blocks_with_meta() {
    run(async {
        for (revision, expected) in
            [("2025-03-26", [0, 0, 0, 0, 0, 0]), (OLD, [1, 2, 3, 4, 5, 0]), (MODERN, [1, 2, 3, 4, 5, 0])]
        {
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(items![with_meta])).await;
            let answer = wire.ask(&call(revision, 1, "with_meta", json!({}))).await;
            let blocks = answer["result"]["content"].as_array().unwrap();
            let found: Vec<_> =
                blocks.iter().map(|block| block["_meta"]["com.example/n"].as_u64().unwrap_or(0)).collect();
            assert_eq!(found, expected, "{revision}: {answer}");
        }
    });
}

/// What the client of tests reads is what the tool said.
#[test]
fn meta_is_read_again() {
    run(async {
        let client = Server::new("test", "1.0.0").items(items![with_meta]).client().await.unwrap();
        let called = client.call("with_meta", json!({})).await.unwrap();
        assert_eq!(called.content(), with_meta().await);
    });
}
