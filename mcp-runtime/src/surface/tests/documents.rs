//! The document of a server.

use serde_json::{Value, json};

use super::super::Surface;
use crate::Server;
use crate::item::{Declared, Item, TaskSupport, Tool};
use crate::json::pretty::printed;

static HELD: Tool = Tool { task: TaskSupport::Required, output: || Declared::Structured(list), ..HELD_PLAIN };

const HELD_PLAIN: Tool = Tool::for_test("held", |_, _| Ok(Box::pin(std::future::pending())));

static OTHER: Tool = Tool::for_test("other", |_, _| Ok(Box::pin(std::future::pending())));

fn list(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "array", "items": { "type": "string" } })
}

fn server() -> Server {
    Server::new("weather", "1.2.3").title("Weather").instructions("Ask.").items([Item::Tool(&HELD), Item::Tool(&OTHER)])
}

#[test]
fn a_document_tells_all_there_is_and_is_the_same_every_time() {
    let server = || {
        let server = server();
        server.changes().tools().disable("other").unwrap();
        server
    };
    let surface = server().surface().unwrap();
    let expected = json!({
        "serverInfo": { "name": "weather", "title": "Weather", "version": "1.2.3" },
        "instructions": "Ask.",
        "capabilities": {
            "2024-11-05": { "tools": {} },
            "2025-03-26": { "tools": {} },
            "2025-06-18": { "tools": {} },
            "2025-11-25": { "tools": {} },
            "2026-07-28": { "tools": {}, "extensions": { "io.modelcontextprotocol/tasks": {} } },
        },
        "tools": [
            {
                "name": "held",
                "title": "A tool",
                "description": "Is called.",
                "inputSchema": { "type": "object", "additionalProperties": false },
                "outputSchema": { "type": "array", "items": { "type": "string" } },
                "unlisted": {
                    "task": "required",
                    "needs": { "extensions": { "io.modelcontextprotocol/tasks": {} } },
                },
            },
            {
                "name": "other",
                "title": "A tool",
                "description": "Is called.",
                "inputSchema": { "type": "object", "additionalProperties": false },
                "unlisted": { "off": true },
            },
        ],
        "resources": [],
        "resourceTemplates": [],
        "prompts": [],
    });
    assert_eq!(*surface.json(), expected);
    assert_eq!(surface.to_string(), server().surface().unwrap().to_string());
    assert!(surface.to_string().ends_with("\n}\n"));
    assert_eq!(Surface::read(&surface.to_string()).unwrap(), surface);
    let printed: Value = serde_json::from_str(&surface.to_string()).unwrap();
    assert_eq!(printed, expected);
}

#[test]
fn no_start_hook_runs_and_faults_are_told() {
    let hooked = server().on_start(|_| async { Err::<(), _>("it ran") });
    assert!(hooked.surface().is_ok());
    let error = server().depth(0).surface().unwrap_err();
    assert!(error.to_string().contains("`.depth(0)`"), "{error}");
}

#[test]
fn it_is_printed_as_serde_json_prints_what_is_in_order() {
    let surface = server().surface().unwrap();
    let pretty = serde_json::to_string_pretty(surface.json()).unwrap();
    assert_eq!(printed(&surface.json().to_string()), format!("{pretty}\n"));
}
