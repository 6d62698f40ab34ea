//! Resources of text and of bytes, and a template.

use mcp_runtime::{Json, model, resource};

use crate::PIXEL;

/// A text that never changes.
#[resource("test://static-text", mime = "text/plain")]
fn static_text() -> &'static str {
    "This is the content of the static text resource."
}

/// An image that never changes.
#[resource("test://static-binary", mime = "image/png")]
fn static_binary() -> &'static [u8] {
    PIXEL
}

/// What there is under an id.
#[model]
#[serde(rename_all = "camelCase")]
struct Data {
    id: String,
    template_test: bool,
    data: String,
}

/// Data for any id.
#[resource("test://template/{id}/data", mime = "application/json")]
fn data_of(id: String) -> Json<Data> {
    let data = format!("Data for ID: {id}");
    Json(Data { id, template_test: true, data })
}
