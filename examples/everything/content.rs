//! Tools that answer with every kind of content, and one that fails.

use mcp_runtime::{Audio, EmbeddedResource, Image, ResourceContents, ToolError, tool};

use crate::{PIXEL, SILENCE};

/// Answers with text.
#[tool(read_only)]
fn test_simple_text() -> &'static str {
    "This is a simple text response for testing."
}

/// Answers with an image.
#[tool(read_only)]
fn test_image_content() -> Image {
    Image::png(PIXEL)
}

/// Answers with a sound.
#[tool(read_only)]
fn test_audio_content() -> Audio {
    Audio::wav(SILENCE)
}

/// Answers with a resource, contents and all.
#[tool(read_only)]
fn test_embedded_resource() -> EmbeddedResource {
    let contents = ResourceContents::text("This is an embedded resource content.").mime("text/plain");
    EmbeddedResource::new("test://embedded-resource", contents)
}

/// Answers with text, an image and a resource.
#[tool(read_only)]
fn test_multiple_content_types() -> (&'static str, Image, EmbeddedResource) {
    let contents = ResourceContents::text(r#"{"test":"data","value":123}"#).mime("application/json");
    let resource = EmbeddedResource::new("test://mixed-content-resource", contents);
    ("Multiple content types test:", Image::png(PIXEL), resource)
}

/// Always fails.
#[tool(read_only)]
fn test_error_handling() -> Result<(), ToolError> {
    Err(ToolError::new("This tool intentionally returns an error for testing"))
}
