//! Results as each revision has them: no field that a revision does not know, none missing that it needs.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::asking::Question;
use crate::cache::CacheHint;
use crate::content::{self, ResourceContents};
use crate::gather::gather;
use crate::item::{About, Hints, Prompt, Resource, Tool};
use crate::json::{self, Object};
use crate::jsonrpc::RequestId;
use crate::protocol::{Implementation, Revision, meta};
use crate::published::Structure;
use crate::registry::Entry;
use crate::reply::{CallToolResult, GetPromptResult};

/// Writes a result: what every result of a revision has, around what `write` adds.
pub(crate) struct Shape<'s> {
    pub(crate) revision: Revision,
    pub(crate) server: &'s Implementation,
}

impl Shape<'_> {
    fn since(&self, revision: Revision) -> bool {
        self.revision >= revision
    }

    pub(crate) fn result(
        &self,
        own_meta: Option<&Map<String, Value>>,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Object<'_>),
    ) {
        let mut object = self.open(out);
        write(&mut object);
        self.close_with(own_meta, object);
    }

    fn open<'o>(&self, out: &'o mut Vec<u8>) -> Object<'o> {
        let mut object = Object::open(out);
        if self.revision.is_modern() {
            object.raw("resultType", "\"complete\"");
        }
        object
    }

    fn close_with(&self, own_meta: Option<&Map<String, Value>>, mut object: Object<'_>) {
        if self.revision.is_modern() || own_meta.is_some() {
            object.with("_meta", |out| {
                let mut object = Object::open(out);
                if self.revision.is_modern() {
                    object.with(meta::SERVER_INFO, |out| self.implementation(out));
                }
                let is_ours = |key: &str| self.revision.is_modern() && key == meta::SERVER_INFO;
                own_meta
                    .into_iter()
                    .flatten()
                    .filter(|(key, _)| !is_ours(key))
                    .for_each(|(key, value)| object.entry(key, value));
                object.close();
            });
        }
        object.close();
    }

    /// There is nothing left to listen to (2026-07-28, Subscriptions, Graceful Closure).
    pub(crate) fn listened(&self, id: &RequestId, out: &mut Vec<u8>) {
        let id = serde_json::from_str(id.as_json()).unwrap_or_default();
        self.result(Some(&gather([(meta::SUBSCRIPTION_ID.to_owned(), id)])), out, |_| {});
    }

    /// What the client is to come back with (2026-07-28, Multi Round-Trip Requests).
    pub(crate) fn input_required(&self, open: &BTreeMap<String, Question>, state: &str, out: &mut Vec<u8>) {
        let mut object = Object::open(out);
        object.raw("resultType", "\"input_required\"");
        object.with("inputRequests", |out| {
            let mut requests = Object::open(out);
            open.iter().for_each(|(key, question)| requests.entry(key, question));
            requests.close();
        });
        object.text("requestState", state);
        self.close(object);
    }

    /// Where the client is to look for the call (extension `io.modelcontextprotocol/tasks`, Task Creation).
    pub(crate) fn task(&self, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
        let mut object = Object::open(out);
        object.raw("resultType", "\"task\"");
        write(&mut object);
        self.close(object);
    }

    /// Ends a result that has no `_meta` of its own.
    fn close(&self, mut object: Object<'_>) {
        object.with("_meta", |out| {
            let mut object = Object::open(out);
            object.with(meta::SERVER_INFO, |out| self.implementation(out));
            object.close();
        });
        object.close();
    }

    /// A result that a client may keep.
    pub(crate) fn cacheable(&self, hint: CacheHint, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
        self.result(None, out, |object| {
            write(object);
            if self.revision.is_modern() {
                object.field("ttlMs", &hint.millis());
                object.field("cacheScope", &hint.scope);
            }
        });
    }

    /// How the server calls itself.
    pub(crate) fn implementation(&self, out: &mut Vec<u8>) {
        let Implementation { name, version, title, description, website_url } = self.server;
        let mut object = Object::open(out);
        object.text("name", name);
        object.some("title", title.as_deref().filter(|_| self.since(Revision::V2025_06_18)));
        object.text("version", version);
        if self.since(Revision::V2025_11_25) {
            object.some("description", description.as_deref());
            object.some("websiteUrl", website_url.as_deref());
        }
        object.close();
    }

    fn about(&self, about: &About, object: &mut Object<'_>) {
        if self.since(Revision::V2025_06_18) {
            object.text("title", about.title);
        }
        object.some("description", Some(about.description).filter(|text| !text.is_empty()));
    }

    fn icons_and_meta(&self, about: &About, object: &mut Object<'_>) {
        if self.since(Revision::V2025_11_25) && !about.icons.is_empty() {
            object.field("icons", about.icons);
        }
        if self.since(Revision::V2025_06_18) && !about.meta.is_empty() {
            object.with("_meta", |out| {
                let mut object = Object::open(out);
                about.meta.iter().for_each(|(key, value)| object.entry(key, &value()));
                object.close();
            });
        }
    }

    pub(crate) fn tool(&self, entry: &Entry<Tool>, out: &mut Vec<u8>) {
        let about = &entry.item.about;
        let mut object = Object::open(out);
        object.text("name", about.name);
        self.about(about, &mut object);
        object.raw("inputSchema", &entry.input.json);
        if let Some(structure) = entry.structure.as_ref().filter(|_| self.since(Revision::V2025_06_18)) {
            object.raw("outputSchema", structure.json(self.revision));
        }
        if self.since(Revision::V2025_03_26) {
            hints(entry.item.hints, &mut object);
        }
        self.icons_and_meta(about, &mut object);
        object.close();
    }

    pub(crate) fn resource(&self, entry: &Entry<Resource>, out: &mut Vec<u8>) {
        let resource = entry.item;
        let mut object = Object::open(out);
        object.field(if resource.uri.is_template() { "uriTemplate" } else { "uri" }, resource.uri.text);
        object.text("name", resource.about.name);
        self.about(&resource.about, &mut object);
        object.some("mimeType", resource.mime.or_else(resource.usual_mime));
        object.some("size", resource.size.as_ref().filter(|_| !resource.uri.is_template()));
        self.icons_and_meta(&resource.about, &mut object);
        object.close();
    }

    pub(crate) fn prompt(&self, entry: &Entry<Prompt>, out: &mut Vec<u8>) {
        let about = &entry.item.about;
        let mut object = Object::open(out);
        object.text("name", about.name);
        self.about(about, &mut object);
        object.with("arguments", |out| {
            let input = &entry.input;
            let arguments = about.params.iter().zip(&input.required).zip(&input.hints);
            json::array(out, arguments, |out, ((param, required), hint)| {
                let mut object = Object::open(out);
                object.text("name", param.name);
                object.some(
                    "description",
                    Some(described(param.description, hint)).filter(|text| !text.is_empty()).as_ref(),
                );
                object.field("required", required);
                object.close();
            });
        });
        self.icons_and_meta(about, &mut object);
        object.close();
    }

    /// The result of a tool. Structured content without any other content comes as JSON text too.
    pub(crate) fn called(&self, result: &CallToolResult, structure: Option<&Structure>, out: &mut Vec<u8>) {
        let structured = result.structured.as_deref();
        let is_wrapped = |json: &str| {
            !self.revision.is_modern() && (structure.is_some_and(|s| s.is_wrapped) || !json.starts_with('{'))
        };
        let structured =
            structured.map(|json| if is_wrapped(json) { (json, "{\"result\":", "}") } else { (json, "", "") });
        self.result(result.meta.as_deref(), out, |object| {
            match structured.filter(|(json, ..)| result.content.is_empty() && *json != "null") {
                Some((json, ..)) if !self.since(Revision::V2025_06_18) => object.with("content", |out| twin(json, out)),
                Some((json, "", _)) => object.with("content", |out| twin(json, out)),
                Some((json, open, close)) => object.with("content", |out| twin(&[open, json, close].concat(), out)),
                None => object.with("content", |out| content::shape_all(&result.content, self.revision, out)),
            }
            if let Some((json, open, close)) = structured.filter(|_| self.since(Revision::V2025_06_18)) {
                object.with("structuredContent", |out| {
                    [open, json, close].iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
                });
            }
            if result.is_error {
                object.field("isError", &true);
            }
        });
    }

    pub(crate) fn read(
        &self,
        contents: &[ResourceContents],
        uri: &str,
        mime: Option<&str>,
        hint: CacheHint,
        out: &mut Vec<u8>,
    ) {
        self.cacheable(hint, out, |object| {
            object.with("contents", |out| {
                json::array(out, contents, |out, one| one.shape(self.revision, uri, mime, out));
            });
        });
    }

    pub(crate) fn got(&self, result: &GetPromptResult, description: &str, out: &mut Vec<u8>) {
        let description = result.description.as_deref().unwrap_or(description);
        self.result(None, out, |object| {
            object.some("description", Some(description).filter(|text| !text.is_empty()));
            object.with("messages", |out| {
                json::array(out, &result.messages, |out, message| {
                    let mut object = Object::open(out);
                    object.field("role", &message.role);
                    object.with("content", |out| message.content.shape(self.revision, out));
                    object.close();
                });
            });
        });
    }

    /// At most 100 values, and how many there are.
    pub(crate) fn completed(&self, values: &[String], out: &mut Vec<u8>) {
        const MOST: usize = 100;
        let shown = values.get(..MOST).unwrap_or(values);
        self.result(None, out, |object| {
            object.with("completion", |out| {
                let mut object = Object::open(out);
                object.field("values", shown);
                object.field("total", &values.len());
                object.field("hasMore", &(values.len() > shown.len()));
                object.close();
            });
        });
    }
}

/// A description, with what the schema adds: prompts have no schema on the wire.
fn described(description: &str, hint: &str) -> String {
    let hint = if hint.is_empty() { String::new() } else { format!("({hint})") };
    [description, &hint].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// One text block that holds JSON.
fn twin(json: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"[{\"type\":\"text\",\"text\":");
    json::write_text(out, json);
    out.extend_from_slice(b"}]");
}

fn hints(hints: Hints, object: &mut Object<'_>) {
    if hints == Hints::default() {
        return;
    }
    object.with("annotations", |out| {
        let mut object = Object::open(out);
        object.some("readOnlyHint", hints.read_only.as_ref());
        object.some("destructiveHint", hints.destructive.as_ref());
        object.some("idempotentHint", hints.idempotent.as_ref());
        object.some("openWorldHint", hints.open_world.as_ref());
        object.close();
    });
}
