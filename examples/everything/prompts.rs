//! Prompts with and without arguments, with a resource and with an image.

use mcp_runtime::{EmbeddedResource, Image, PromptMessage, ResourceContents, prompt};

use crate::PIXEL;

/// Says one thing.
#[prompt]
fn test_simple_prompt() -> &'static str {
    "This is a simple prompt for testing."
}

/// Says what it was given.
#[prompt]
fn test_prompt_with_arguments(
    /// Any text.
    #[arg(complete = ["test", "testing", "toast"])]
    arg1: String,
    /// Any other text.
    arg2: String,
) -> String {
    format!("Prompt with arguments: arg1='{arg1}', arg2='{arg2}'")
}

/// Shows a resource.
#[prompt]
fn test_prompt_with_embedded_resource(
    /// The URI that the resource is to have.
    #[arg(name = "resourceUri")]
    resource_uri: String,
) -> [PromptMessage; 2] {
    let contents = ResourceContents::text("Embedded resource content for testing.").mime("text/plain");
    [
        PromptMessage::user(EmbeddedResource::new(resource_uri, contents)),
        PromptMessage::user("Please process the embedded resource above."),
    ]
}

/// Shows an image.
#[prompt]
fn test_prompt_with_image() -> [PromptMessage; 2] {
    [PromptMessage::user(Image::png(PIXEL)), PromptMessage::user("Please analyze the image above.")]
}
