//! From the bytes of a message to the bytes of its answer.

use std::borrow::Cow;
use std::io::Write as _;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Error, json};

/// What becomes of a message.
pub enum Outcome {
    /// The answer stands in the buffer.
    Now,
    /// It stands there, and is sent after a while.
    After(Duration),
    /// Nobody waits for one.
    Never,
}

pub struct Floor {
    tools: String,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow, default)]
    params: Params<'a>,
}

#[derive(Deserialize, Default)]
struct Params<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
    #[serde(borrow, rename = "_meta")]
    meta: Option<Meta<'a>>,
}

#[derive(Deserialize)]
struct Meta<'a> {
    #[serde(borrow, rename = "io.modelcontextprotocol/protocolVersion")]
    revision: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Add {
    a: i64,
    b: i64,
}

#[derive(Deserialize)]
struct Echo<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Wait {
    ms: u64,
}

const MODERN: &[u8] =
    br#","resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"floor","version":"0"}}"#;

impl Floor {
    pub fn new(tools: usize) -> Self {
        let mut list = vec![
            json!({ "name": "add", "description": "Adds two integers.",
                "inputSchema": { "type": "object", "properties": { "a": { "type": "integer" }, "b": { "type": "integer" } }, "required": ["a", "b"] },
                "outputSchema": { "type": "object", "properties": { "sum": { "type": "integer" } }, "required": ["sum"] } }),
            json!({ "name": "echo", "description": "Returns the text it is given.",
                "inputSchema": { "type": "object", "properties": { "text": { "type": "string" } }, "required": ["text"] } }),
            json!({ "name": "big", "description": "Returns one mebibyte of text.", "inputSchema": { "type": "object" } }),
            json!({ "name": "wait", "description": "Sleeps, then answers.",
                "inputSchema": { "type": "object", "properties": { "ms": { "type": "integer" } }, "required": ["ms"] } }),
        ];
        list.extend((4..tools).map(peers::dummy).map(|(name, schema)| {
            json!({ "name": name, "description": "A dummy tool, here to make the tool list long.", "inputSchema": schema })
        }));
        list.truncate(tools);
        Self { tools: serde_json::Value::Array(list).to_string() }
    }

    /// Appends the answer.
    pub fn answer(&self, message: &[u8], out: &mut Vec<u8>) -> Result<Outcome, Error> {
        let message: Message<'_> = serde_json::from_slice(message)?;
        let Some(id) = message.id else { return Ok(Outcome::Never) };
        let is_modern = message.params.meta.as_ref().is_some_and(|meta| meta.revision.is_some());
        out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
        out.extend_from_slice(id.get().as_bytes());
        out.extend_from_slice(br#","result":{"#);
        let outcome = self.result(&message, is_modern, out)?;
        if is_modern {
            out.extend_from_slice(MODERN);
        }
        out.extend_from_slice(b"}}");
        Ok(outcome)
    }

    fn result(&self, message: &Message<'_>, is_modern: bool, out: &mut Vec<u8>) -> Result<Outcome, Error> {
        match &*message.method {
            "tools/call" => return call(&message.params, out),
            "tools/list" => {
                out.extend_from_slice(br#""tools":"#);
                out.extend_from_slice(self.tools.as_bytes());
                if is_modern {
                    out.extend_from_slice(br#","ttlMs":0,"cacheScope":"private""#);
                }
            }
            "initialize" => out.extend_from_slice(
                br#""protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"floor","version":"0"}"#,
            ),
            _ => out.extend_from_slice(br#""unknown":true"#),
        }
        Ok(Outcome::Now)
    }
}

fn call(params: &Params<'_>, out: &mut Vec<u8>) -> Result<Outcome, Error> {
    let arguments = params.arguments.map_or("{}", RawValue::get);
    match &*params.name {
        "add" => {
            let Add { a, b } = serde_json::from_str(arguments)?;
            let sum = a.wrapping_add(b);
            write!(
                out,
                r#""content":[{{"type":"text","text":"{{\"sum\":{sum}}}"}}],"structuredContent":{{"sum":{sum}}}"#
            )
            .expect("memory can be written to");
        }
        "echo" => text(&serde_json::from_str::<Echo<'_>>(arguments)?.text, out)?,
        "big" => {
            let mebibyte = peers::mebibyte();
            out.reserve(mebibyte.len() + mebibyte.len() / 32);
            text(&mebibyte, out)?;
        }
        "book" => text(&serde_json::from_str::<peers::Book>(arguments)?.told(), out)?,
        "wait" => {
            let Wait { ms } = serde_json::from_str(arguments)?;
            text("ok", out)?;
            return Ok(Outcome::After(Duration::from_millis(ms)));
        }
        _ => out.extend_from_slice(br#""isError":true,"content":[]"#),
    }
    Ok(Outcome::Now)
}

fn text(text: &str, out: &mut Vec<u8>) -> Result<(), Error> {
    out.extend_from_slice(br#""content":[{"type":"text","text":"#);
    serde_json::to_writer(&mut *out, text)?;
    out.extend_from_slice(b"}]");
    Ok(())
}
