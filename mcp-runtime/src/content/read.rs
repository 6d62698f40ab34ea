//! Content as a client reads it from the wire.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::{
    Annotations, Audio, Content, EmbeddedResource, Image, Media, Notes, ResourceContents, ResourceLink, Role, Text,
};

impl Content {
    /// The block, if it is one of those that the protocol has.
    pub(crate) fn read(block: &Value) -> Option<Self> {
        let notes = Notes::read(block);
        Some(match block["type"].as_str()? {
            "text" => Text { notes, ..Text::new(block["text"].as_str()?) }.into(),
            "image" => Image(Media::read(block, notes)?).into(),
            "audio" => Audio(Media::read(block, notes)?).into(),
            "resource_link" => ResourceLink { notes, ..ResourceLink::read(block)? }.into(),
            "resource" => {
                let resource = ResourceContents::read(&block["resource"])?;
                EmbeddedResource { resource, notes }.into()
            }
            _ => return None,
        })
    }
}

impl ResourceLink {
    fn read(block: &Value) -> Option<Self> {
        let mut link = Self::new(text(&block["uri"])?, text(&block["name"])?);
        link.title = text(&block["title"]);
        link.description = text(&block["description"]);
        link.mime_type = text(&block["mimeType"]);
        link.size = block["size"].as_u64();
        Some(link)
    }
}

impl ResourceContents {
    /// The contents, with URI and media type as they are on the wire.
    pub(crate) fn read(contents: &Value) -> Option<Self> {
        let mut read = match contents["text"].as_str() {
            Some(words) => Self::text(words),
            None => Self::blob(bytes(&contents["blob"])?),
        };
        read.uri = text(&contents["uri"]);
        read.mime_type = text(&contents["mimeType"]).map(Into::into);
        read.meta = contents["_meta"].as_object().cloned().unwrap_or_default();
        Some(read)
    }

    /// The bytes of a blob, or of a text.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        match self.body {
            super::Body::Text(text) => text.into_bytes(),
            super::Body::Blob(bytes) => bytes,
        }
    }
}

impl Media {
    fn read(block: &Value, notes: Notes) -> Option<Self> {
        Some(Self { notes, ..Self::new(bytes(&block["data"])?, text(&block["mimeType"])?) })
    }
}

impl Notes {
    fn read(block: &Value) -> Self {
        let meta = block["_meta"].as_object().cloned().map(Box::new);
        Self { annotations: Annotations::read(&block["annotations"]), meta }
    }
}

impl Annotations {
    fn read(annotations: &Value) -> Self {
        let audience = annotations["audience"].as_array().into_iter().flatten();
        Self {
            audience: audience.filter_map(Role::read).collect(),
            priority: annotations["priority"].as_f64(),
            last_modified: text(&annotations["lastModified"]),
        }
    }
}

impl Role {
    pub(crate) fn read(role: &Value) -> Option<Self> {
        match role.as_str()? {
            "user" => Some(Self::User),
            "assistant" => Some(Self::Assistant),
            _ => None,
        }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    BASE64.decode(value.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::content::shape_all;
    use crate::protocol::Revision;

    #[test]
    fn what_is_written_is_read_again() {
        let hints = Annotations {
            audience: vec![Role::User, Role::Assistant],
            priority: Some(0.5),
            last_modified: Some("2026-07-28T00:00:00Z".into()),
        };
        let resource = ResourceContents::blob([0, 255]).mime("image/png").meta("com.example/a", 1);
        let blocks = [
            Text::new("words").annotations(hints.clone()).into(),
            Image::png([1, 2, 3]).annotations(hints.clone()).into(),
            Audio::wav([4]).into(),
            ResourceLink::new("a://b", "b").title("B").description("b!").mime("text/plain").size(3).into(),
            EmbeddedResource::new("a://c", resource).annotations(hints).into(),
        ];
        let mut written = Vec::new();
        shape_all(&blocks, Revision::LATEST, &mut written);
        let written: Vec<Value> = serde_json::from_slice(&written).unwrap();
        assert_eq!(written.iter().map(Content::read).collect::<Vec<_>>(), blocks.map(Some));
    }

    #[test]
    fn what_is_no_content_is_not_read() {
        for block in [
            json!(1),
            json!({ "type": "film" }),
            json!({ "type": "text" }),
            json!({ "type": "image", "data": "?", "mimeType": "image/png" }),
            json!({ "type": "image", "data": "AQID" }),
            json!({ "type": "resource", "resource": { "uri": "a://b" } }),
            json!({ "type": "resource_link", "uri": "a://b" }),
        ] {
            assert_eq!(Content::read(&block), None, "{block}");
        }
    }
}
