//! Lists and a resource that change while the server runs.

use mcp_runtime::{Changes, UnknownItem, resource, tool};

/// A resource that says when it changes.
#[resource("test://watched-resource", mime = "text/plain", watch)]
fn watched_resource() -> &'static str {
    "This is the content of the watched resource."
}

/// Tells clients that the list of tools has changed.
#[tool(name = "test_trigger_tool_change")]
fn trigger_tool_change(changes: &Changes) -> &'static str {
    changes.tools().announce();
    "The tools have changed."
}

/// Tells clients that the list of prompts has changed.
#[tool(name = "test_trigger_prompt_change")]
fn trigger_prompt_change(changes: &Changes) -> &'static str {
    changes.prompts().announce();
    "The prompts have changed."
}

/// Tells clients that the watched resource was updated.
#[tool(name = "test_trigger_resource_update")]
fn trigger_resource_update(changes: &Changes) -> Result<&'static str, UnknownItem> {
    changes.updated("test://watched-resource")?;
    Ok("The watched resource was updated.")
}
