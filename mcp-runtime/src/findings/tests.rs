use serde_json::{Value, json};

use super::*;
use crate::item::{Declared, Item, TaskSupport};
use crate::param::{Need, Param};

/// What is found in a schema of arguments, as lint and message.
fn in_input(schema: &Value) -> Vec<String> {
    schema::rejected_input(schema).into_iter().map(|(_, message, _)| message).collect()
}

#[test]
fn what_hosts_refuse_in_the_schema_of_arguments_is_found() {
    let object = |more: Value| {
        let mut schema = json!({ "type": "object" });
        schema.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        schema
    };
    let long = "x".repeat(65);
    for (schema, found) in [
        (object(json!({ "anyOf": [{}] })), "`anyOf` stands at the top"),
        (object(json!({ "oneOf": [{}] })), "`oneOf` stands at the top"),
        (object(json!({ "allOf": [{}] })), "`allOf` stands at the top"),
        (object(json!({ "if": {}, "then": {} })), "`if` stands at the top"),
        (object(json!({ "properties": { "$top": {} } })), "the name of its argument `$top`"),
        (object(json!({ "properties": { "größe": {} } })), "the name of its argument `größe`"),
        (object(json!({ "properties": { (&long): {} } })), "1 to 64 letters"),
        (object(json!({ "properties": { "a": { "type": "array" } } })), "the list `a` does not say"),
        (object(json!({ "properties": { "a": { "items": { "type": ["array", "null"] } } } })), "the list `a`"),
        (object(json!({ "$defs": { "T": { "properties": { "b": { "type": "array" } } } } })), "the list `T.b`"),
        (
            json!({ "properties": { "a": { "$ref": "#/$defs/T" } }, "$defs": { "T": { "items": { "$ref": "#/$defs/T" } } } }),
            "refers to itself, at `T`",
        ),
        (
            json!({ "$defs": { "A": { "items": { "$ref": "#/$defs/B" } }, "B": { "items": { "$ref": "#/$defs/A" } } } }),
            "refers to itself, at `B`",
        ),
        (json!({ "properties": { "a": { "$ref": "#" } } }), "refers to itself, at `#`"),
    ] {
        let messages = in_input(&schema);
        assert!(matches!(&*messages, [one] if one.contains(found)), "{found}: {messages:?}");
    }
}

#[test]
fn what_hosts_take_is_not_found() {
    for schema in [
        json!({ "type": "object", "additionalProperties": false }),
        json!({ "properties": { "a.b-c_D9": { "anyOf": [{ "type": "string" }, { "type": "null" }] } } }),
        json!({ "properties": { "a": { "type": "array", "items": { "type": "string" } } } }),
        json!({ "properties": { "a": { "type": "array", "prefixItems": [{}] } } }),
        json!({ "properties": { "a": { "default": { "type": "array" }, "enum": [{ "$ref": "#" }] } } }),
        json!({ "properties": { "type": { "type": "string" }, "if": {} } }),
        json!({
            "properties": { "a": { "$ref": "#/$defs/A" }, "b": { "$ref": "#/$defs/A" } },
            "$defs": { "A": { "items": { "$ref": "#/$defs/B" } }, "B": {} },
        }),
    ] {
        assert_eq!(in_input(&schema), Vec::<String>::new(), "{schema}");
    }
}

#[test]
fn names_are_too_long_from_a_certain_length_on() {
    let lints = |server: &str, name: &str| names(server, name).into_iter().map(|(lint, ..)| lint).collect::<Vec<_>>();
    assert_eq!(lints("weather", "forecast"), []);
    assert_eq!(lints("g", &"x".repeat(58)), []);
    assert_eq!(lints("g", &"x".repeat(59)), [Lint::LongName]);
    assert_eq!(lints("", &"x".repeat(65)), [Lint::LongName]);
    assert_eq!(lints("weather", "forecast.daily"), [Lint::RejectedName]);
    assert!(names("w", "forecast.daily")[0].2.contains("name = \"forecast_daily\""));
}

#[test]
fn a_description_is_cut_off_after_two_kilobytes() {
    assert_eq!(long_description(&"x".repeat(2048), "it"), None);
    assert!(long_description(&"x".repeat(2049), "it").is_some_and(|(lint, ..)| lint == Lint::LongDescription));
}

fn anything(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "string" })
}

static PARAMS: [Param; 2] =
    [Param { description: "Where.", ..Param::for_test("city", anything) }, Param::for_test("unit", anything)];

impl Param {
    const fn for_test(name: &'static str, schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema) -> Self {
        Self { name, aliases: &[], description: "", need: Need::Required, schema, keywords: &[], complete: None }
    }
}

const fn tool_of(about: About) -> Tool {
    Tool {
        about,
        input_schema: None,
        hints: crate::item::Hints { read_only: None, destructive: None, idempotent: None, open_world: None },
        task: TaskSupport::Forbidden,
        output: || Declared::Content,
        call: |_, _| Ok(Box::pin(std::future::pending())),
    }
}

const fn about(name: &'static str, line: u32, params: &'static [Param], allows: &'static [Lint]) -> About {
    About {
        place: Place { module: "tests", file: "src/weather.rs", line, name },
        name,
        title: "",
        description: "",
        tags: &[],
        icons: &[],
        meta: &[],
        params,
        lends: &[],
        timeout: None,
        allows,
    }
}

static BARE: Tool = tool_of(about("bare", 20, &PARAMS, &[]));
static ALLOWED: Tool = tool_of(about("allowed", 10, &PARAMS, &[Lint::MissingDescription, Lint::UndescribedParameter]));
static IN_VAIN: Tool = tool_of(about("in_vain", 30, &[], &[Lint::MissingDescription, Lint::LongName]));
static PROMPT: Prompt =
    Prompt { about: about("greet", 5, &PARAMS, &[]), call: |_, _| Ok(Box::pin(std::future::pending())) };

fn server() -> Server {
    Server::new("weather", "1.0.0")
}

fn told(server: Server) -> Vec<String> {
    server.lint().unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_found_says_where_and_what_to_write() {
    let found = told(server().items([Item::Tool(&BARE)]));
    assert_eq!(
        found,
        [
            "missing_description: tool `bare`: it has no description: a model does not know when to call it, and some hosts \
             leave it out\n  at src/weather.rs:20\n  write a doc comment above the function: `/// …`",
            "undescribed_parameter: tool `bare`: `unit` has no description: a model has to guess what is meant\n  \
             at src/weather.rs:20\n  write a doc comment on the parameter: `/// …`",
        ]
    );
}

#[test]
fn an_item_allows_what_it_means_and_is_told_what_it_allows_in_vain() {
    assert_eq!(told(server().items([Item::Tool(&ALLOWED)])), Vec::<String>::new());
    let found = server().items([Item::Tool(&IN_VAIN)]).lint().unwrap();
    assert!(
        matches!(&*found, [one] if one.lint == Lint::UnusedAllow && one.message.contains("`long_name`")),
        "{found:?}"
    );
}

#[test]
fn items_are_found_in_the_order_of_the_source() {
    let found = server().items([Item::Tool(&BARE), Item::Prompt(&PROMPT)]).lint().unwrap();
    let lines: Vec<_> = found.iter().map(|finding| (finding.item.as_deref().unwrap(), finding.line)).collect();
    let (tool, prompt) = (("tool `bare`", Some(20)), ("prompt `greet`", Some(5)));
    assert_eq!(lines, [prompt, prompt, tool, tool]);
}

#[test]
fn a_server_allows_for_all_its_items_and_is_told_what_it_allows_in_vain() {
    let allowing =
        server().items([Item::Tool(&BARE)]).allow(Lint::MissingDescription).allow(Lint::UndescribedParameter);
    assert_eq!(told(allowing), Vec::<String>::new());
    let in_vain = server().items([Item::Tool(&ALLOWED)]).allow(Lint::ManyTools);
    assert_eq!(
        told(in_vain),
        ["unused_allow: the server: it allows `many_tools`, and there is none\n  take it out of `.allow(…)`"]
    );
    let meant = server().items([Item::Tool(&ALLOWED)]).allow(Lint::ManyTools).allow(Lint::UnusedAllow);
    assert_eq!(told(meant), Vec::<String>::new());
}

#[test]
fn instructions_are_cut_off_too() {
    let found = server().instructions("x".repeat(3000)).items([Item::Tool(&ALLOWED)]).lint().unwrap();
    assert!(matches!(&*found, [one] if one.lint == Lint::LongDescription && one.item.is_none()), "{found:?}");
}

#[test]
fn more_than_forty_tools_that_are_switched_on_are_many() {
    let tools: Vec<(&'static str, Item)> = (0..41)
        .map(|number| {
            let name: &'static str = Box::leak(format!("tool_{number}").into_boxed_str());
            let tool = tool_of(about(name, number, &[], &[Lint::MissingDescription]));
            (name, Item::Tool(Box::leak(Box::new(tool))))
        })
        .collect();
    let items = || tools.iter().map(|(_, item)| *item);
    let found = server().items(items()).lint().unwrap();
    assert!(matches!(&*found, [one] if one.lint == Lint::ManyTools && one.message.contains("41 tools")), "{found:?}");
    let off = server().items(items());
    off.changes().tools().disable(tools[0].0).unwrap();
    assert_eq!(told(off), Vec::<String>::new());
    assert_eq!(told(server().items(items()).allow(Lint::ManyTools)), Vec::<String>::new());
}

#[test]
fn a_server_with_faults_is_not_looked_at() {
    let error = Server::new("weather", "1.0.0").items([]).lint().unwrap_err();
    assert!(error.to_string().contains("nothing is registered"), "{error}");
}
