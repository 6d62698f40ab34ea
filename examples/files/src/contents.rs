//! Files and folders as contents of resources, each with its media type.

use mcp_runtime::{ResourceContents, serde_json};

use crate::folder::Listing;

/// Text if it is UTF-8, else bytes.
pub(crate) fn of_file(path: &str, bytes: Vec<u8>) -> ResourceContents {
    match String::from_utf8(bytes) {
        Ok(text) => ResourceContents::text(text).mime(media_type(path).unwrap_or("text/plain")),
        Err(error) => {
            ResourceContents::blob(error.into_bytes()).mime(media_type(path).unwrap_or("application/octet-stream"))
        }
    }
}

/// What lies in a folder, as JSON.
pub(crate) fn of_folder(listing: &Listing) -> ResourceContents {
    let json = serde_json::to_string(listing).unwrap_or_default();
    ResourceContents::text(json).mime("application/json")
}

/// What the name promises: what hosts can show, and what models read otherwise than plain text.
fn media_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "css" => "text/css",
        "csv" => "text/csv",
        "gif" => "image/gif",
        "html" => "text/html",
        "jpeg" | "jpg" => "image/jpeg",
        "json" => "application/json",
        "md" => "text/markdown",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "webp" => "image/webp",
        "xml" => "application/xml",
        _ => return None,
    })
}
