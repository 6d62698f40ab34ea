//! What tools, resources and prompts answer with: content blocks, and how each revision spells them.

mod annotations;
mod notes;
#[cfg(feature = "client")]
mod read;

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;
use serde_json::{Map, Value};

pub use self::annotations::Annotations;
use self::notes::Notes;
use crate::json::{self, Object};
use crate::protocol::Revision;

/// One block of content.
///
/// ```
/// use mcp_runtime::{Content, Image};
/// let blocks: Vec<Content> = vec!["a red dot".into(), Image::png([0x89, b'P', b'N', b'G']).into()];
/// assert_eq!(blocks.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// Words.
    Text(Text),
    /// A picture.
    Image(Image),
    /// A sound.
    Audio(Audio),
    /// The address of a resource. Revisions before 2025-06-18 get it as text.
    Link(ResourceLink),
    /// A resource, contents and all.
    Resource(EmbeddedResource),
}

/// Words, with hints about whom they are for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    text: String,
    notes: Notes,
}

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Image(Media);

/// A sound. Revision 2024-11-05 has no sounds and gets it as an embedded resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio(Media);

#[derive(Clone, Debug, PartialEq)]
struct Media {
    data: Vec<u8>,
    mime_type: Cow<'static, str>,
    notes: Notes,
}

/// The address of a resource, which a client may read or show.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceLink {
    uri: String,
    name: String,
    title: Option<String>,
    description: Option<String>,
    mime_type: Option<String>,
    size: Option<u64>,
    notes: Notes,
}

/// A resource within a result.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddedResource {
    resource: ResourceContents,
    notes: Notes,
}

/// The contents of a resource: text or bytes.
///
/// A `#[resource]` function may leave out URI and media type: those of the request and of the attribute are filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceContents {
    uri: Option<String>,
    mime_type: Option<Cow<'static, str>>,
    /// What it is if nobody says.
    usual_mime_type: Option<&'static str>,
    body: Body,
    meta: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq)]
enum Body {
    Text(String),
    Blob(Vec<u8>),
}

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Role {
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// A picture that stands for an item in a user interface (since 2025-11-25).
///
/// ```
/// use mcp_runtime::Icon;
/// const SUN: Icon = Icon::new("https://example.com/sun.svg").mime("image/svg+xml").sizes(&["any"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Icon {
    src: &'static str,
    #[serde(rename = "mimeType", skip_serializing_if = "Option::is_none")]
    mime_type: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    sizes: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    theme: Option<Theme>,
}

/// The background that an [`Icon`] is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Theme {
    /// A light one.
    Light,
    /// A dark one.
    Dark,
}

impl Icon {
    /// An icon at an `https:` or `data:` URI.
    pub const fn new(src: &'static str) -> Self {
        Self { src, mime_type: None, sizes: &[], theme: None }
    }

    /// Its media type.
    #[must_use]
    pub const fn mime(self, mime_type: &'static str) -> Self {
        Self { mime_type: Some(mime_type), ..self }
    }

    /// Its sizes: `48x48`, or `any`.
    #[must_use]
    pub const fn sizes(self, sizes: &'static [&'static str]) -> Self {
        Self { sizes, ..self }
    }

    /// The background that it is made for.
    #[must_use]
    pub const fn theme(self, theme: Theme) -> Self {
        Self { theme: Some(theme), ..self }
    }
}

impl Text {
    /// Plain words.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), notes: Notes::default() }
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Adds hints.
    #[must_use]
    pub fn annotations(self, annotations: Annotations) -> Self {
        Self { notes: self.notes.annotated(annotations), ..self }
    }

    /// Adds an entry to `_meta` (since 2025-06-18).
    #[must_use]
    pub fn meta(self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { notes: self.notes.meta(key.into(), value.into()), ..self }
    }
}

impl Media {
    fn new(data: impl Into<Vec<u8>>, mime_type: impl Into<Cow<'static, str>>) -> Self {
        Self { data: data.into(), mime_type: mime_type.into(), notes: Notes::default() }
    }
}

impl Image {
    /// A picture of any media type.
    pub fn new(data: impl Into<Vec<u8>>, mime_type: impl Into<Cow<'static, str>>) -> Self {
        Self(Media::new(data, mime_type))
    }

    /// A PNG.
    pub fn png(data: impl Into<Vec<u8>>) -> Self {
        Self::new(data, "image/png")
    }

    /// A JPEG.
    pub fn jpeg(data: impl Into<Vec<u8>>) -> Self {
        Self::new(data, "image/jpeg")
    }

    /// Adds hints.
    #[must_use]
    pub fn annotations(self, annotations: Annotations) -> Self {
        Self(Media { notes: self.0.notes.annotated(annotations), ..self.0 })
    }

    /// Adds an entry to `_meta` (since 2025-06-18).
    #[must_use]
    pub fn meta(self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        Self(Media { notes: self.0.notes.meta(key.into(), value.into()), ..self.0 })
    }
}

impl Audio {
    /// A sound of any media type.
    pub fn new(data: impl Into<Vec<u8>>, mime_type: impl Into<Cow<'static, str>>) -> Self {
        Self(Media::new(data, mime_type))
    }

    /// A WAV.
    pub fn wav(data: impl Into<Vec<u8>>) -> Self {
        Self::new(data, "audio/wav")
    }

    /// Adds hints.
    #[must_use]
    pub fn annotations(self, annotations: Annotations) -> Self {
        Self(Media { notes: self.0.notes.annotated(annotations), ..self.0 })
    }

    /// Adds an entry to `_meta` (since 2025-06-18).
    #[must_use]
    pub fn meta(self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        Self(Media { notes: self.0.notes.meta(key.into(), value.into()), ..self.0 })
    }
}

impl ResourceLink {
    /// A link with the name under which it is shown.
    pub fn new(uri: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            name: name.into(),
            title: None,
            description: None,
            mime_type: None,
            size: None,
            notes: Notes::default(),
        }
    }

    /// A name for people.
    #[must_use]
    pub fn title(self, title: impl Into<String>) -> Self {
        Self { title: Some(title.into()), ..self }
    }

    /// What it is.
    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { description: Some(description.into()), ..self }
    }

    /// Its media type.
    #[must_use]
    pub fn mime(self, mime_type: impl Into<String>) -> Self {
        Self { mime_type: Some(mime_type.into()), ..self }
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(self, size: u64) -> Self {
        Self { size: Some(size), ..self }
    }

    /// Adds hints.
    #[must_use]
    pub fn annotations(self, annotations: Annotations) -> Self {
        Self { notes: self.notes.annotated(annotations), ..self }
    }

    /// Adds an entry to `_meta` (since 2025-06-18).
    #[must_use]
    pub fn meta(self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { notes: self.notes.meta(key.into(), value.into()), ..self }
    }

    /// What a revision without links gets.
    fn in_words(&self) -> String {
        match &self.description {
            Some(description) => format!("{}: {} ({description})", self.name, self.uri),
            None => format!("{}: {}", self.name, self.uri),
        }
    }
}

impl EmbeddedResource {
    /// Embeds contents that have a URI.
    pub fn new(uri: impl Into<String>, contents: impl Into<ResourceContents>) -> Self {
        Self { resource: contents.into().uri(uri), notes: Notes::default() }
    }

    /// Adds hints.
    #[must_use]
    pub fn annotations(self, annotations: Annotations) -> Self {
        Self { notes: self.notes.annotated(annotations), ..self }
    }

    /// Adds an entry to `_meta` (since 2025-06-18).
    #[must_use]
    pub fn meta(self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { notes: self.notes.meta(key.into(), value.into()), ..self }
    }
}

impl ResourceContents {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(Body::Text(text.into()))
    }

    /// Bytes, sent in Base64.
    pub fn blob(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(Body::Blob(bytes.into()))
    }

    fn new(body: Body) -> Self {
        Self { uri: None, mime_type: None, usual_mime_type: None, body, meta: Map::new() }
    }

    /// The URI of these contents, where it is not that of the request.
    #[must_use]
    pub fn uri(self, uri: impl Into<String>) -> Self {
        Self { uri: Some(uri.into()), ..self }
    }

    /// The media type of these contents, where it is not that of the attribute.
    #[must_use]
    pub fn mime(self, mime_type: impl Into<Cow<'static, str>>) -> Self {
        Self { mime_type: Some(mime_type.into()), ..self }
    }

    /// The media type where neither the function nor the attribute says one.
    pub(crate) fn usual_mime(self, mime_type: &'static str) -> Self {
        Self { usual_mime_type: Some(mime_type), ..self }
    }

    /// Adds an entry to `_meta` (since 2025-06-18).
    #[must_use]
    pub fn meta(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.meta.insert(key.into(), value.into());
        self
    }

    /// Writes them as `revision` has them; what they leave out comes from the request and the attribute.
    pub(crate) fn shape(&self, revision: Revision, uri: &str, mime: Option<&str>, out: &mut Vec<u8>) {
        let mut object = Object::open(out);
        object.text("uri", self.uri.as_deref().unwrap_or(uri));
        object.some("mimeType", self.mime_type.as_deref().or(mime).or(self.usual_mime_type));
        match &self.body {
            Body::Text(text) => object.text("text", text),
            Body::Blob(bytes) => object.raw("blob", &base64(bytes)),
        }
        if revision >= Revision::V2025_06_18 && !self.meta.is_empty() {
            object.field("_meta", &self.meta);
        }
        object.close();
    }
}

/// A JSON string of Base64, which needs no escaping.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    BASE64.encode_string(bytes, &mut text);
    text.push('"');
    text
}

impl Content {
    /// Writes the block as `revision` has it.
    pub(crate) fn shape(&self, revision: Revision, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => shape_text(&text.text, &text.notes, revision, out),
            Self::Image(Image(media)) => media.shape("image", revision, out),
            Self::Audio(Audio(media)) if revision >= Revision::V2025_03_26 => media.shape("audio", revision, out),
            Self::Audio(Audio(media)) => media.shape_as_resource(revision, out),
            Self::Link(link) if revision >= Revision::V2025_06_18 => link.shape(revision, out),
            Self::Link(link) => shape_text(&link.in_words(), &link.notes, revision, out),
            Self::Resource(embedded) => {
                shape_resource(&embedded.resource, &embedded.notes, revision, out);
            }
        }
    }
}

fn shape_text(text: &str, notes: &Notes, revision: Revision, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.raw("type", "\"text\"");
    object.text("text", text);
    notes.fields(revision, &mut object);
    object.close();
}

fn shape_resource(resource: &ResourceContents, notes: &Notes, revision: Revision, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.raw("type", "\"resource\"");
    object.with("resource", |out| resource.shape(revision, "", None, out));
    notes.fields(revision, &mut object);
    object.close();
}

impl Media {
    fn shape(&self, kind: &str, revision: Revision, out: &mut Vec<u8>) {
        let mut object = Object::open(out);
        object.text("type", kind);
        object.raw("data", &base64(&self.data));
        object.text("mimeType", &self.mime_type);
        self.notes.fields(revision, &mut object);
        object.close();
    }

    fn shape_as_resource(&self, revision: Revision, out: &mut Vec<u8>) {
        let resource = ResourceContents::blob(self.data.clone()).uri("content:audio").mime(self.mime_type.clone());
        shape_resource(&resource, &self.notes, revision, out);
    }
}

impl ResourceLink {
    fn shape(&self, revision: Revision, out: &mut Vec<u8>) {
        let mut object = Object::open(out);
        object.raw("type", "\"resource_link\"");
        object.text("uri", &self.uri);
        object.text("name", &self.name);
        object.some("title", self.title.as_deref());
        object.some("description", self.description.as_deref());
        object.some("mimeType", self.mime_type.as_deref());
        object.some("size", self.size.as_ref());
        self.notes.fields(revision, &mut object);
        object.close();
    }
}

/// Writes blocks as an array.
pub(crate) fn shape_all(blocks: &[Content], revision: Revision, out: &mut Vec<u8>) {
    json::array(out, blocks, |out, block| block.shape(revision, out));
}

macro_rules! into_content {
    ($($block:ident => $variant:ident),* $(,)?) => {$(
        impl From<$block> for Content {
            fn from(block: $block) -> Self {
                Self::$variant(block)
            }
        }
    )*};
}

into_content!(Text => Text, Image => Image, Audio => Audio, ResourceLink => Link, EmbeddedResource => Resource);

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(Text::new(text))
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(Text::new(text))
    }
}

impl From<&str> for ResourceContents {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for ResourceContents {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<Vec<u8>> for ResourceContents {
    fn from(bytes: Vec<u8>) -> Self {
        Self::blob(bytes)
    }
}
