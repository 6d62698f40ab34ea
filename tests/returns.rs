//! What functions may return, and what clients get for it, before and since revisions that take any JSON as structure.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test is allowed to fail")]
#![allow(clippy::arithmetic_side_effects, clippy::needless_pass_by_value, reason = "a test is to be read")]

mod common;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use common::{MODERN, Verdict, Wire, call, request, run};
use mcp_runtime::{
    Annotations, Audio, CallToolResult, Content, EmbeddedResource, GetPromptResult, Image, Item, Json, PromptMessage,
    ResourceContents, ResourceLink, Role, Server, Text, ToolError, items, model, prompt, resource, tool,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};

const OLD: &str = "2025-06-18";

#[model]
#[derive(Clone)]
struct Point {
    x: i32,
    y: i32,
}

#[model]
enum Shade {
    Light,
    Dark,
}

#[model]
#[serde(tag = "kind")]
enum Shape {
    Circle { radius: f64 },
    Square { side: f64 },
}

#[model]
struct Maybe {
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<i32>,
    written: Option<i32>,
}

/// Something within something.
#[model]
struct Tree {
    value: i32,
    children: Vec<Tree>,
}

#[model]
struct Newtype(Vec<i32>);

#[model]
struct Limited {
    #[schemars(range(max = 5))]
    n: i32,
}

#[tool]
async fn unit() {}
#[tool]
async fn string() -> String {
    "a\n\"b\"".into()
}
#[tool]
async fn str() -> &'static str {
    ""
}
#[tool]
async fn cow() -> Cow<'static, str> {
    "c".into()
}
#[tool]
async fn boxed() -> Box<str> {
    "d".into()
}
#[tool]
async fn shared() -> Arc<str> {
    "e".into()
}
#[tool]
async fn letter() -> char {
    'é'
}
#[tool]
async fn integer() -> i64 {
    i64::MIN
}
#[tool]
async fn unsigned() -> u64 {
    u64::MAX
}
#[tool]
async fn huge() -> u128 {
    u128::MAX
}
#[tool]
async fn float() -> f64 {
    0.1
}
#[tool]
async fn yes() -> bool {
    true
}
#[tool]
async fn some_text() -> Option<String> {
    Some("f".into())
}
#[tool]
async fn no_text() -> Option<String> {
    None
}
#[tool]
async fn text() -> Text {
    Text::new("g").annotated(Annotations {
        audience: vec![Role::User, Role::Assistant],
        priority: Some(1.0),
        last_modified: None,
    })
}
#[tool]
async fn image() -> Image {
    Image::jpeg(vec![255, 216])
}
#[tool]
async fn audio() -> Audio {
    Audio::new(b"x", "audio/ogg")
}
#[tool]
async fn link() -> ResourceLink {
    ResourceLink::new("x://y", "y")
}
#[tool]
async fn embedded() -> EmbeddedResource {
    EmbeddedResource::new("x://y", vec![0_u8, 1])
}
#[tool]
async fn one_content() -> Content {
    "h".into()
}
#[tool]
async fn contents() -> Vec<Content> {
    vec!["i".into(), Image::png([0]).into()]
}
#[tool]
async fn no_contents() -> Vec<Content> {
    Vec::new()
}
#[tool]
async fn images() -> Vec<Image> {
    vec![Image::png([0]), Image::png([1])]
}
#[tool]
async fn array_of_content() -> [Content; 2] {
    ["j".into(), "k".into()]
}
#[tool]
async fn pair() -> (String, Image) {
    ("l".into(), Image::png([0]))
}
#[tool]
async fn triple() -> (&'static str, ResourceLink, String) {
    ("m", ResourceLink::new("x://y", "y"), "n".into())
}
#[tool]
async fn object() -> Value {
    json!({ "z": 1, "a": [2] })
}
#[tool]
async fn list_value() -> Value {
    json!([1, "a"])
}
#[tool]
async fn text_value() -> Value {
    json!("plain")
}
#[tool]
async fn null_value() -> Value {
    Value::Null
}
#[tool]
async fn number_value() -> Value {
    json!(1.5)
}
#[tool]
async fn full() -> CallToolResult {
    CallToolResult::new().with("o").structured(json!({ "p": 1 })).meta("com.example/q", [1, 2])
}
#[tool]
async fn full_structure() -> CallToolResult {
    CallToolResult::new().structured(Point { x: 1, y: 2 })
}
#[tool]
async fn full_list() -> CallToolResult {
    CallToolResult::new().structured([1, 2])
}
#[tool]
async fn full_error() -> CallToolResult {
    CallToolResult::new().with("no").error()
}
#[tool]
async fn empty() -> CallToolResult {
    CallToolResult::new()
}
#[tool]
async fn point() -> Point {
    Point { x: 1, y: -2 }
}
#[tool]
async fn points() -> Vec<Point> {
    vec![Point { x: 1, y: 2 }]
}
#[tool]
async fn no_points() -> Vec<Point> {
    Vec::new()
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
async fn strings() -> Vec<String> {
    vec!["a".into()]
}
#[tool]
async fn map() -> BTreeMap<String, i32> {
    BTreeMap::from([("a".into(), 1)])
}
#[tool]
async fn hash_map() -> HashMap<String, Point> {
    HashMap::from([("p".into(), Point { x: 0, y: 0 })])
}
#[tool]
async fn shade() -> Shade {
    Shade::Dark
}
#[tool]
async fn shades() -> Vec<Shade> {
    vec![Shade::Light]
}
#[tool]
async fn shape() -> Shape {
    Shape::Circle { radius: 1.5 }
}
#[tool]
async fn square() -> Shape {
    Shape::Square { side: 2.0 }
}
#[tool]
async fn maybe() -> Maybe {
    Maybe { left_out: None, written: None }
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
async fn newtype() -> Newtype {
    Newtype(vec![1])
}
#[tool]
async fn numbers_pair() -> (i32, i32) {
    (1, 2)
}
#[tool(output = false)]
async fn point_without_schema() -> Point {
    Point { x: 1, y: 2 }
}
#[tool]
async fn limited() -> Limited {
    Limited { n: 6 }
}
#[tool]
async fn within_limits() -> Limited {
    Limited { n: 5 }
}
#[tool]
async fn ok_point() -> Result<Point, String> {
    Ok(Point { x: 1, y: 2 })
}
#[tool]
async fn ok_unit() -> Result<(), ToolError> {
    Ok(())
}
#[tool]
async fn ok_option() -> Result<Option<String>, ToolError> {
    Ok(None)
}

// Errors.

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

/// What a tool that ends well gives: schema and structure, old and new, and text.
struct Good {
    item: Item,
    /// The schema in 2026-07-28; before, it is the same if it is of an object, else it is wrapped.
    schema: Option<Value>,
    content: Value,
    structured: Option<Value>,
}

fn content(item: [Item; 1], content: Value) -> Good {
    Good { item: item[0], schema: None, content, structured: None }
}

fn says(item: [Item; 1], text: &str) -> Good {
    content(item, json!([{ "type": "text", "text": text }]))
}

/// Structured content whose text is made by the framework.
fn structured(item: [Item; 1], schema: Option<Value>, value: Value) -> Good {
    Good { item: item[0], schema, content: Value::Null, structured: Some(value) }
}

fn goods() -> Vec<Good> {
    let of_point = json!({ "type": "object", "properties": { "x": { "type": "integer" }, "y": { "type": "integer" } }, "required": ["x", "y"] });
    let list = |items: Value| Some(json!({ "type": "array", "items": items }));
    let link = json!({ "type": "resource_link", "uri": "x://y", "name": "y" });
    let png = |data: &str| json!({ "type": "image", "data": data, "mimeType": "image/png" });
    let text = |text: &str| json!({ "type": "text", "text": text });
    let of_shape = json!({ "oneOf": [
        { "type": "object", "properties": { "kind": { "type": "string", "const": "Circle" }, "radius": { "type": "number" } }, "required": ["kind", "radius"] },
        { "type": "object", "properties": { "kind": { "type": "string", "const": "Square" }, "side": { "type": "number" } }, "required": ["kind", "side"] },
    ]});
    vec![
        content(items![unit], json!([])),
        says(items![string], "a\n\"b\""),
        says(items![str], ""),
        says(items![cow], "c"),
        says(items![boxed], "d"),
        says(items![shared], "e"),
        says(items![letter], "é"),
        says(items![integer], "-9223372036854775808"),
        says(items![unsigned], "18446744073709551615"),
        says(items![huge], "340282366920938463463374607431768211455"),
        says(items![float], "0.1"),
        says(items![yes], "true"),
        says(items![some_text], "f"),
        content(items![no_text], json!([])),
        content(
            items![text],
            json!([{ "type": "text", "text": "g", "annotations": { "audience": ["user", "assistant"], "priority": 1.0 } }]),
        ),
        content(items![image], json!([{ "type": "image", "data": "/9g=", "mimeType": "image/jpeg" }])),
        content(items![audio], json!([{ "type": "audio", "data": "eA==", "mimeType": "audio/ogg" }])),
        content(items![link], json!([link])),
        content(items![embedded], json!([{ "type": "resource", "resource": { "uri": "x://y", "blob": "AAE=" } }])),
        says(items![one_content], "h"),
        content(items![contents], json!([text("i"), png("AA==")])),
        content(items![no_contents], json!([])),
        content(items![images], json!([png("AA=="), png("AQ==")])),
        content(items![array_of_content], json!([text("j"), text("k")])),
        content(items![pair], json!([text("l"), png("AA==")])),
        content(items![triple], json!([text("m"), link, text("n")])),
        structured(items![object], None, json!({ "z": 1, "a": [2] })),
        says(items![list_value], "[1,\"a\"]"),
        says(items![text_value], "plain"),
        content(items![null_value], json!([])),
        says(items![number_value], "1.5"),
        Good { structured: Some(json!({ "p": 1 })), ..says(items![full], "o") },
        structured(items![full_structure], None, json!({ "x": 1, "y": 2 })),
        structured(items![full_list], None, json!([1, 2])),
        content(items![empty], json!([])),
        structured(items![point], Some(of_point.clone()), json!({ "x": 1, "y": -2 })),
        structured(items![points], list(of_point.clone()), json!([{ "x": 1, "y": 2 }])),
        structured(items![no_points], list(of_point.clone()), json!([])),
        structured(items![strings], list(json!({ "type": "string" })), json!(["a"])),
        structured(
            items![map],
            Some(json!({ "type": "object", "additionalProperties": { "type": "integer" } })),
            json!({ "a": 1 }),
        ),
        structured(
            items![hash_map],
            Some(json!({ "type": "object", "additionalProperties": of_point })),
            json!({ "p": { "x": 0, "y": 0 } }),
        ),
        structured(items![shade], Some(json!({ "type": "string", "enum": ["Light", "Dark"] })), json!("Dark")),
        structured(items![shades], list(json!({ "type": "string", "enum": ["Light", "Dark"] })), json!(["Light"])),
        structured(items![shape], Some(of_shape.clone()), json!({ "kind": "Circle", "radius": 1.5 })),
        structured(items![square], Some(of_shape), json!({ "kind": "Square", "side": 2.0 })),
        structured(
            items![maybe],
            Some(
                json!({ "type": "object", "properties": { "left_out": { "type": ["integer", "null"] }, "written": { "type": ["integer", "null"] } }, "required": ["written"] }),
            ),
            json!({ "written": null }),
        ),
        structured(items![newtype], list(json!({ "type": "integer" })), json!([1])),
        structured(
            items![within_limits],
            Some(
                json!({ "type": "object", "properties": { "n": { "type": "integer", "maximum": 5 } }, "required": ["n"] }),
            ),
            json!({ "n": 5 }),
        ),
        structured(items![ok_point], Some(of_point), json!({ "x": 1, "y": 2 })),
        structured(items![point_without_schema], None, json!({ "x": 1, "y": 2 })),
        content(items![ok_unit], json!([])),
        content(items![ok_option], json!([])),
    ]
}

impl Good {
    fn schema(&self, revision: &str) -> Option<Value> {
        let schema = self.schema.clone()?;
        let is_object = schema["type"] == "object" || schema["oneOf"].is_array();
        Some(match (revision == MODERN, is_object) {
            (true, _) => schema,
            (false, true) => with_type(schema),
            (false, false) => json!({ "type": "object", "properties": { "result": schema }, "required": ["result"] }),
        })
    }

    fn structured(&self, revision: &str) -> Option<Value> {
        let value = self.structured.clone()?;
        Some(if revision == MODERN || value.is_object() { value } else { json!({ "result": value }) })
    }
}

/// Before 2026-07-28 the root says that it is an object.
fn with_type(mut schema: Value) -> Value {
    schema["type"] = "object".into();
    schema
}

#[test]
fn tools_that_end_well() {
    let mut wrong = Verdict::default();
    run(async {
        let goods = goods();
        for revision in [OLD, MODERN] {
            let server = Server::new("test", "1.0.0").items(goods.iter().map(|good| good.item));
            let mut wire = Wire::open_in(revision, server).await;
            let list = wire.ask(&request(revision, 0, "tools/list", Value::Null)).await;
            for (index, good) in goods.iter().enumerate() {
                let name = good.item.about().name;
                let schema = list["result"]["tools"][index].get("outputSchema").cloned().unwrap_or_default();
                wrong.same(
                    format_args!("schema of {name} in {revision}"),
                    &schema,
                    &good.schema(revision).unwrap_or_default(),
                );
                let answer = wire.ask(&call(revision, 1, name, Value::Null)).await;
                let result = &answer["result"];
                let structured = good.structured(revision);
                wrong.that(
                    format_args!("structure of {name} in {revision}"),
                    result.get("structuredContent") == structured.as_ref(),
                    &answer,
                );
                wrong.that(format_args!("{name} in {revision} is no error"), result.get("isError").is_none(), &answer);
                if good.content.is_null() {
                    wrong.that(
                        format_args!("{name} in {revision} has one text"),
                        result["content"].as_array().is_some_and(|all| all.len() == 1),
                        &answer,
                    );
                    let twin = serde_json::from_str(result["content"][0]["text"].as_str().unwrap_or_default())
                        .unwrap_or_default();
                    wrong.same(format_args!("twin of {name} in {revision}"), &twin, &structured.unwrap_or_default());
                } else {
                    wrong.same(format_args!("content of {name} in {revision}"), &result["content"], &good.content);
                }
            }
            wire.close().await;
        }
    });
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
                let name = item.about().name;
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

// Resources.

#[resource("r://text", mime = "text/markdown")]
async fn r_text() -> String {
    "# a".into()
}
#[resource("r://str")]
async fn r_str() -> &'static str {
    "b"
}
#[resource("r://bytes", mime = "image/png")]
fn r_bytes() -> Vec<u8> {
    vec![1, 2, 3]
}
#[resource("r://static")]
async fn r_static() -> &'static [u8] {
    &[4]
}
#[resource("r://json")]
async fn r_json() -> Json<Point> {
    Json(Point { x: 1, y: 2 })
}
#[resource("r://value", mime = "application/geo+json")]
async fn r_value() -> Value {
    json!({ "a": 1 })
}
#[resource("r://several", mime = "text/plain")]
async fn r_several() -> Vec<ResourceContents> {
    vec![
        ResourceContents::text("a"),
        ResourceContents::blob([9]).uri("r://other").mime("image/gif").meta("com.example/k", 1),
    ]
}
#[resource("r://none-of-them")]
async fn r_empty() -> Vec<ResourceContents> {
    Vec::new()
}
#[resource("r://some")]
async fn r_some() -> Option<String> {
    Some("s".into())
}
#[resource("r://none")]
async fn r_none() -> Option<String> {
    None
}
#[resource("r://ok")]
async fn r_ok() -> Result<Option<&'static str>, ToolError> {
    Ok(Some("o"))
}
#[resource("r://ok-none")]
async fn r_ok_none() -> Result<Option<&'static str>, ToolError> {
    Ok(None)
}
#[resource("r://err")]
async fn r_err() -> Result<String, String> {
    Err("no disk".into())
}
#[resource("r://tool-err")]
async fn r_tool_err() -> Result<String, ToolError> {
    Err(ToolError::new("say it otherwise"))
}

#[test]
fn resources() {
    let mut wrong = Verdict::default();
    let not_found = |uri: &str, code: i32| {
        Err(json!({ "code": code, "message": format!("there is no resource `{uri}`"), "data": { "uri": uri } }))
    };
    run(async {
        for (revision, missing) in [(OLD, -32002), (MODERN, -32602)] {
            let server = Server::new("test", "1.0.0").items(items![
                r_text, r_str, r_bytes, r_static, r_json, r_value, r_several, r_empty, r_some, r_none, r_ok, r_ok_none,
                r_err, r_tool_err
            ]);
            let mut wire = Wire::open_in(revision, server).await;
            let one = |contents: Value| Ok(json!([contents]));
            let cases = [
                ("r://text", one(json!({ "uri": "r://text", "mimeType": "text/markdown", "text": "# a" }))),
                ("r://str", one(json!({ "uri": "r://str", "text": "b" }))),
                ("r://bytes", one(json!({ "uri": "r://bytes", "mimeType": "image/png", "blob": "AQID" }))),
                ("r://static", one(json!({ "uri": "r://static", "blob": "BA==" }))),
                (
                    "r://json",
                    one(json!({ "uri": "r://json", "mimeType": "application/json", "text": "{\"x\":1,\"y\":2}" })),
                ),
                (
                    "r://several",
                    Ok(json!([
                        { "uri": "r://several", "mimeType": "text/plain", "text": "a" },
                        { "uri": "r://other", "mimeType": "image/gif", "blob": "CQ==", "_meta": { "com.example/k": 1 } },
                    ])),
                ),
                ("r://none-of-them", Ok(json!([]))),
                ("r://some", one(json!({ "uri": "r://some", "text": "s" }))),
                ("r://none", not_found("r://none", missing)),
                ("r://ok", one(json!({ "uri": "r://ok", "text": "o" }))),
                ("r://ok-none", not_found("r://ok-none", missing)),
                ("r://err", Err(json!({ "code": -32603, "message": "no disk" }))),
                ("r://tool-err", Err(json!({ "code": -32602, "message": "say it otherwise" }))),
                ("r://TEXT", not_found("r://TEXT", missing)),
                ("r://text/", not_found("r://text/", missing)),
                ("", not_found("", missing)),
            ];
            for (uri, expected) in cases {
                let answer = wire.ask(&request(revision, 1, "resources/read", json!({ "uri": uri }))).await;
                match expected {
                    Ok(contents) => {
                        wrong.same(format_args!("{uri} in {revision}"), &answer["result"]["contents"], &contents);
                    }
                    Err(error) => wrong.same(format_args!("{uri} in {revision}"), &answer["error"], &error),
                }
            }
            let list = wire.ask(&request(revision, 1, "resources/list", Value::Null)).await;
            let of = |name: &str| {
                list["result"]["resources"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()["mimeType"].clone()
            };
            // What is read has the media type that is listed.
            let answer = wire.ask(&request(revision, 1, "resources/read", json!({ "uri": "r://value" }))).await;
            wrong.same(
                format_args!("media type of r://value in {revision}"),
                &answer["result"]["contents"][0]["mimeType"],
                &of("r_value"),
            );
            wire.close().await;
        }
        let mut wire =
            Wire::open_in(MODERN, Server::new("test", "1.0.0").items(items![r_err, r_tool_err]).mask_errors(true))
                .await;
        let answer = wire.ask(&request(MODERN, 1, "resources/read", json!({ "uri": "r://err" }))).await;
        assert_eq!(answer["error"], json!({ "code": -32603, "message": "resource `r://err` failed" }));
        let answer = wire.ask(&request(MODERN, 1, "resources/read", json!({ "uri": "r://tool-err" }))).await;
        assert_eq!(answer["error"]["message"], "say it otherwise");
        wire.close().await;
    });
}

// Prompts.

/// Described.
#[prompt]
async fn p_string() -> String {
    "a".into()
}
#[prompt]
fn p_str() -> &'static str {
    "b"
}
#[prompt]
async fn p_message() -> PromptMessage {
    PromptMessage::assistant("c")
}
#[prompt]
async fn p_messages() -> Vec<PromptMessage> {
    vec![
        PromptMessage::user(Image::png([0])),
        PromptMessage::assistant(EmbeddedResource::new("x://y", "text")),
        PromptMessage::user(Audio::wav([0])),
    ]
}
#[prompt]
async fn p_array() -> [PromptMessage; 1] {
    [PromptMessage::user("d")]
}
/// Described.
#[prompt]
async fn p_full() -> GetPromptResult {
    GetPromptResult::new([PromptMessage::user("e")]).description("Otherwise.")
}
#[prompt]
async fn p_ok() -> Result<String, String> {
    Ok("f".into())
}
#[prompt]
async fn p_err() -> Result<String, String> {
    Err("no model".into())
}
#[prompt]
async fn p_tool_err() -> Result<String, ToolError> {
    Err(ToolError::new("say it otherwise").detail(json!({ "try": 1 })))
}

#[test]
fn prompts() {
    let text = |role: &str, text: &str| json!({ "role": role, "content": { "type": "text", "text": text } });
    let cases = [
        ("p_string", json!({ "description": "Described.", "messages": [text("user", "a")] })),
        ("p_str", json!({ "messages": [text("user", "b")] })),
        ("p_message", json!({ "messages": [text("assistant", "c")] })),
        (
            "p_messages",
            json!({ "messages": [
                { "role": "user", "content": { "type": "image", "data": "AA==", "mimeType": "image/png" } },
                { "role": "assistant", "content": { "type": "resource", "resource": { "uri": "x://y", "text": "text" } } },
                { "role": "user", "content": { "type": "audio", "data": "AA==", "mimeType": "audio/wav" } },
            ]}),
        ),
        ("p_array", json!({ "messages": [text("user", "d")] })),
        ("p_full", json!({ "description": "Otherwise.", "messages": [text("user", "e")] })),
        ("p_ok", json!({ "messages": [text("user", "f")] })),
    ];
    let errors = [
        ("p_err", json!({ "code": -32603, "message": "no model" })),
        ("p_tool_err", json!({ "code": -32602, "message": "say it otherwise", "data": { "try": 1 } })),
    ];
    let mut wrong = Verdict::default();
    run(async {
        for revision in [OLD, MODERN] {
            let server = Server::new("test", "1.0.0")
                .items(items![p_string, p_str, p_message, p_messages, p_array, p_full, p_ok, p_err, p_tool_err]);
            let mut wire = Wire::open_in(revision, server).await;
            for (name, expected) in &cases {
                let answer = wire.ask(&request(revision, 1, "prompts/get", json!({ "name": name }))).await;
                wrong.same(
                    format_args!("{name} in {revision}"),
                    &answer["result"],
                    &common::result(revision, expected),
                );
            }
            for (name, expected) in &errors {
                let answer = wire.ask(&request(revision, 1, "prompts/get", json!({ "name": name }))).await;
                wrong.same(format_args!("{name} in {revision}"), &answer["error"], expected);
            }
            wire.close().await;
        }
    });
}
