//! The table of changes of documents, and what the version has to become for them.

use serde_json::{Value, json};

use super::super::{Impact, Surface, SurfaceReport};

/// A document of one item of each kind, with something at a place.
fn with(place: &str, value: Value) -> Surface {
    let mut document = json!({
        "serverInfo": { "name": "weather", "version": "1.2.0" },
        "capabilities": {
            "2025-11-25": { "tools": { "listChanged": true }, "resources": {}, "prompts": {} },
            "2026-07-28": { "tools": { "listChanged": true }, "resources": {}, "prompts": {} },
        },
        "tools": [{ "name": "find", "title": "Find", "inputSchema": { "type": "object" } }],
        "resources": [{ "uri": "config://app", "name": "config", "mimeType": "application/json" }],
        "resourceTemplates": [{ "uriTemplate": "users://{id}", "name": "user" }],
        "prompts": [{ "name": "greet", "arguments": [{ "name": "who", "required": false }] }],
    });
    let (above, name) = place.rsplit_once('/').unwrap();
    match document.pointer_mut(above).unwrap() {
        Value::Object(members) if value.is_null() => drop(members.remove(name)),
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(items) if name == "-" => items.push(value),
        Value::Array(items) if value.is_null() => drop(items.remove(name.parse().unwrap())),
        other => panic!("{place}: {other}"),
    }
    Surface::read(&document.to_string()).unwrap()
}

fn plain() -> Surface {
    with("/serverInfo/version", json!("1.2.0"))
}

fn told(report: &SurfaceReport) -> Vec<(Impact, String)> {
    report.changes().iter().map(|change| (change.impact, format!("{}: {}", change.path, change.text))).collect()
}

#[test]
fn what_is_there_in_one_of_two_documents() {
    use Impact::{Adds, Breaks, Neither};
    let no_outputs = "/tools/0/outputSchema";
    for (place, value, there, gone, told_there, told_gone) in [
        (
            "/tools/-",
            json!({ "name": "new" }),
            Adds,
            Breaks,
            "tools.new: this tool is new",
            "tools.new: this tool is gone",
        ),
        (
            "/prompts/-",
            json!({ "name": "new" }),
            Adds,
            Breaks,
            "prompts.new: this prompt is new",
            "prompts.new: this prompt is gone",
        ),
        (
            "/resources/-",
            json!({ "uri": "a://b", "name": "b" }),
            Adds,
            Breaks,
            "resources.a://b: this resource is new",
            "resources.a://b: this resource is gone",
        ),
        ("/instructions", json!("Ask."), Neither, Neither, "instructions: is new", "instructions: is gone"),
        (
            "/serverInfo/title",
            json!("Weather"),
            Neither,
            Neither,
            "serverInfo.title: is new",
            "serverInfo.title: is gone",
        ),
        (
            "/capabilities/2026-07-28/logging",
            json!({}),
            Adds,
            Breaks,
            "capabilities.logging: is declared, in 2026-07-28",
            "capabilities.logging: is no longer declared, in 2026-07-28",
        ),
        (
            "/tools/0/description",
            json!("Finds."),
            Neither,
            Neither,
            "tools.find.description: is new",
            "tools.find.description: is gone",
        ),
        (
            "/tools/0/annotations",
            json!({ "readOnlyHint": true }),
            Neither,
            Neither,
            "tools.find.annotations.readOnlyHint: is new",
            "tools.find.annotations.readOnlyHint: is gone",
        ),
        (
            no_outputs,
            json!({}),
            Adds,
            Breaks,
            "tools.find.outputSchema: there is a structured result of a known shape",
            "tools.find.outputSchema: there is no structured result of a known shape any more",
        ),
        (
            "/tools/0/unlisted",
            json!({ "off": true }),
            Breaks,
            Adds,
            "tools.find.unlisted: it is switched off when the server starts",
            "tools.find.unlisted: it is switched on when the server starts",
        ),
        (
            "/tools/0/unlisted",
            json!({ "task": "optional" }),
            Adds,
            Breaks,
            "tools.find.unlisted.task: its calls can be tasks",
            "tools.find.unlisted.task: its calls can be tasks no longer",
        ),
        (
            "/tools/0/unlisted",
            json!({ "needs": { "roots": {} } }),
            Breaks,
            Adds,
            "tools.find.unlisted.needs.roots: clients that do not declare this are refused",
            "tools.find.unlisted.needs.roots: clients need not declare this any more",
        ),
        (
            "/resources/0/unlisted",
            json!({ "watch": true }),
            Adds,
            Breaks,
            "resources.config://app.unlisted.watch: clients may ask to be told when it is updated",
            "resources.config://app.unlisted.watch: clients are not told any more when it is updated",
        ),
        (
            "/resourceTemplates/0/mimeType",
            json!("text/plain"),
            Adds,
            Breaks,
            "resourceTemplates.users://{id}.mimeType: it says of which media type it is",
            "resourceTemplates.users://{id}.mimeType: it does not say any more that it is `text/plain`",
        ),
        (
            "/prompts/0/unlisted",
            json!({ "completes": ["who"] }),
            Neither,
            Neither,
            "prompts.greet.unlisted.completes: is new",
            "prompts.greet.unlisted.completes: is gone",
        ),
        (
            "/prompts/0/arguments/-",
            json!({ "name": "how", "required": false }),
            Adds,
            Breaks,
            "prompts.greet.arguments.how: this argument is new",
            "prompts.greet.arguments.how: this argument is no longer accepted",
        ),
        (
            "/prompts/0/arguments/-",
            json!({ "name": "how", "required": true }),
            Breaks,
            Breaks,
            "prompts.greet.arguments.how: this argument is new, and has to be given",
            "prompts.greet.arguments.how: this argument is no longer accepted",
        ),
        (
            "/prompts/0/icons",
            json!([]),
            Neither,
            Neither,
            "prompts.greet.icons: is new",
            "prompts.greet.icons: is gone",
        ),
    ] {
        let (without, with) = (plain(), with(place, value));
        assert_eq!(told(&with.since(&without)), [(there, told_there.to_owned())]);
        assert_eq!(told(&without.since(&with)), [(gone, told_gone.to_owned())]);
    }
}

#[test]
fn what_is_another_one() {
    use Impact::{Adds, Breaks, Neither};
    for (place, value, impact, expected) in [
        ("/tools/0/title", json!("Search"), Neither, "tools.find.title: is another one"),
        (
            "/resources/0/mimeType",
            json!("text/plain"),
            Breaks,
            "resources.config://app.mimeType: it is `text/plain`, and was `application/json`",
        ),
        (
            "/prompts/0/arguments",
            json!([{ "name": "who", "required": true }]),
            Breaks,
            "prompts.greet.arguments.who: it has to be given",
        ),
        (
            "/tools/0/inputSchema",
            json!({ "type": "object", "required": ["city"] }),
            Breaks,
            "tools.find.inputSchema: an object without `city` is no longer accepted",
        ),
        (
            "/capabilities/2025-11-25/tools",
            json!({}),
            Breaks,
            "capabilities.tools.listChanged: is no longer declared, in 2025-11-25",
        ),
        (
            "/capabilities/2025-11-25/tools",
            json!({ "listChanged": false }),
            Breaks,
            "capabilities.tools.listChanged: is no longer declared, in 2025-11-25",
        ),
    ] {
        assert_eq!(told(&with(place, value).since(&plain())), [(impact, expected.to_owned())]);
    }
    let renamed = with("/resourceTemplates", json!([{ "uriTemplate": "users://{key}", "name": "user" }]));
    assert_eq!(
        told(&renamed.since(&plain())),
        [
            (
                Breaks,
                "resourceTemplates.users://{id}: this resource template is gone; `users://{key}` has its name"
                    .to_owned()
            ),
            (Adds, "resourceTemplates.users://{key}: this resource template is new".to_owned()),
        ]
    );
}

#[test]
fn neither_the_version_nor_the_order_of_items_is_a_change() {
    assert_eq!(told(&plain().since(&plain())), []);
    assert_eq!(told(&with("/serverInfo/version", json!("9.0.0")).since(&plain())), []);
    let more = |items: [&str; 2]| with("/tools", items.iter().map(|name| json!({ "name": name })).collect());
    assert_eq!(told(&more(["a", "b"]).since(&more(["b", "a"]))), []);
}

#[test]
fn the_version_has_to_go_up_by_what_has_changed() {
    let versioned = |version: &str, place: &str, value: Value| {
        let mut document = with(place, value).json().clone();
        document["serverInfo"]["version"] = version.into();
        Surface::read(&document.to_string()).unwrap()
    };
    let breaking = ("/tools/0", Value::Null);
    let adding = ("/tools/-", json!({ "name": "new" }));
    let wording = ("/instructions", json!("Ask."));
    for (then, now, (place, value), verdict) in [
        (
            "1.2.0",
            "1.2.0",
            &breaking,
            "breaking: the version has to go from 1.2.0 to 2.0.0 at least, and it is 1.2.0; if 1.2.0 is not released yet, it can stay",
        ),
        ("1.2.0", "1.3.0", &breaking, "to 2.0.0 at least, and it is 1.3.0"),
        ("1.2.0", "2.0.0", &breaking, "breaking: the version has gone from 1.2.0 to 2.0.0, which is enough"),
        ("1.2.0", "2.0.0-beta.1", &breaking, "which is enough"),
        ("0.3.1", "0.3.2", &breaking, "from 0.3.1 to 0.4.0 at least, and it is 0.3.2"),
        ("0.3.1", "0.4.0", &breaking, "which is enough"),
        ("0.0.3", "0.0.3", &breaking, "from 0.0.3 to 0.0.4 at least"),
        ("1.2.3", "1.2.4", &adding, "added: the version has to go from 1.2.3 to 1.3.0 at least, and it is 1.2.4"),
        ("1.2.3", "1.3.0", &adding, "which is enough"),
        ("0.3.1", "0.3.1", &adding, "from 0.3.1 to 0.3.2 at least"),
        ("1.2.3", "1.2.3", &wording, "neither: the version can stay"),
        ("today", "today", &breaking, "breaking: the version on record, `today`, is not of the form 1.2.3"),
        ("1.2", "1.3", &adding, "is not of the form 1.2.3"),
    ] {
        let report = versioned(now, place, value.clone()).since(&versioned(then, "/serverInfo/version", json!(then)));
        let text = report.to_string();
        assert!(text.ends_with(verdict) || text.contains(verdict), "{then} to {now}: {text}");
        let is_enough = text.contains("which is enough") || text.contains("can stay") && !text.contains("has to go");
        assert_eq!(report.is_version_enough(), is_enough, "{text}");
        assert_eq!(report.is_breaking(), *place == breaking.0);
    }
}

#[test]
fn a_report_tells_first_what_matters_most() {
    let mut document = with("/tools/0", Value::Null).json().clone();
    document["instructions"] = "Ask.".into();
    document["prompts"].as_array_mut().unwrap().push(json!({ "name": "new" }));
    let report = Surface::read(&document.to_string()).unwrap().since(&plain());
    assert_eq!(
        report.to_string(),
        "breaks clients:\n- tools.find: this tool is gone\n\nadds something:\n- prompts.new: this prompt is new\n\n\
         does neither:\n- instructions: is new\n\nbreaking: the version has to go from 1.2.0 to 2.0.0 at least, and it is 1.2.0; \
         if 1.2.0 is not released yet, it can stay"
    );
    assert_eq!(plain().since(&plain()).to_string(), "nothing has changed");
}
