//! Requests as conforming clients send them, and ways to spoil them.

use serde_json::{Value, json};

use crate::common;

/// What is sent, down to the last byte.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) line: Vec<u8>,
    pub(crate) headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        let line = format!("{method} {target} HTTP/1.1").into_bytes();
        Self { line, headers: Vec::new(), body: Vec::new() }.and("Host", "localhost")
    }

    pub(crate) fn post(body: impl AsRef<[u8]>) -> Self {
        let request = Self::new("POST", "/mcp")
            .and("Content-Type", "application/json")
            .and("Accept", "application/json, text/event-stream");
        Self { body: body.as_ref().to_vec(), ..request }
    }

    pub(crate) fn get() -> Self {
        Self::new("GET", "/mcp").and("Accept", "text/event-stream")
    }

    /// Says something besides.
    pub(crate) fn and(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), value.as_ref().to_vec()));
        self
    }

    /// Says something instead.
    pub(crate) fn with(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.without(name).and(name, value)
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name.as_bytes()));
        self
    }

    /// Says the same by another name.
    pub(crate) fn renamed(mut self, rename: impl Fn(&str) -> String) -> Self {
        for (name, _) in &mut self.headers {
            *name = rename(std::str::from_utf8(name).unwrap()).into_bytes();
        }
        self
    }

    pub(crate) fn to(mut self, target: &str) -> Self {
        let method = self.line.split(|byte| *byte == b' ').next().unwrap();
        self.line = format!("{} {target} HTTP/1.1", String::from_utf8_lossy(method)).into_bytes();
        self
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        let target = self.line.split(|byte| *byte == b' ').nth(1).unwrap();
        self.line = format!("{method} {} HTTP/1.1", String::from_utf8_lossy(target)).into_bytes();
        self
    }

    pub(crate) fn says(&self, name: &str) -> bool {
        self.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The head alone.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut bytes = self.line.clone();
        bytes.extend_from_slice(b"\r\n");
        for (name, value) in &self.headers {
            bytes.extend_from_slice(&[name, b": ".as_slice(), value, b"\r\n"].concat());
        }
        if !self.says("Content-Length") && !self.says("Transfer-Encoding") {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        [bytes.as_slice(), b"\r\n"].concat()
    }

    /// All of it. A body in chunks goes as one chunk.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let body = if self.says("Transfer-Encoding") { chunks(&[&self.body]) } else { self.body.clone() };
        [self.head(), body].concat()
    }
}

/// A body in chunks, with the last.
pub(crate) fn chunks(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        bytes.extend_from_slice(&chunk(part));
    }
    [bytes.as_slice(), b"0\r\n\r\n"].concat()
}

pub(crate) fn chunk(part: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat()
}

/// A modern request with its headers, of any method.
pub(crate) fn modern(id: impl Into<Value>, method: &str, params: Value) -> Request {
    modern_of(&common::request(common::MODERN, id, method, params))
}

/// A modern request with the headers that belong to it.
pub(crate) fn modern_of(message: &Value) -> Request {
    let request = Request::post(message.to_string())
        .and("MCP-Protocol-Version", common::MODERN)
        .and("Mcp-Method", message["method"].as_str().unwrap_or_default());
    let name = match message["method"].as_str() {
        Some("tools/call" | "prompts/get") => message["params"]["name"].as_str(),
        Some("resources/read") => message["params"]["uri"].as_str(),
        _ => None,
    };
    match name {
        Some(name) => request.and("Mcp-Name", name),
        None => request,
    }
}

/// A modern call of a tool.
pub(crate) fn call(id: impl Into<Value>, tool: &str, arguments: Value) -> Request {
    modern_of(&common::call(common::MODERN, id, tool, arguments))
}

/// A notification of any era.
pub(crate) fn notification(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

/// The request that opens a session.
pub(crate) fn initialize(revision: &str) -> Request {
    Request::post(common::initialize(revision).to_string())
}
