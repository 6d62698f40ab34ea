//! What tools that end well give: content, structure, and schemas.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use mcp_runtime::{
    Annotations, Audio, CallToolResult, Content, EmbeddedResource, Image, Item, ResourceLink, Role, Server, Text,
    ToolError, items, model, tool,
};
use serde_json::{Value, json};

use crate::common::{MODERN, Verdict, Wire, call, request, run};
use crate::{OLD, Point};

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

#[model]
struct Newtype(Vec<i32>);

#[model]
pub(crate) struct Limited {
    #[schemars(range(max = 5))]
    pub(crate) n: i32,
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
    Text::new("g").annotations(Annotations::new().audience([Role::User, Role::Assistant]).priority(1.0))
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
async fn newtype() -> Newtype {
    Newtype(vec![1])
}
#[tool(output = false)]
async fn point_without_schema() -> Point {
    Point { x: 1, y: 2 }
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
                let name = good.item.name();
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
