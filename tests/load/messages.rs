//! What clients of both eras send.

use serde_json::{Value, json};

/// A client of which era asks.
#[derive(Clone, Debug)]
pub(crate) enum Era {
    /// 2026-07-28: every request stands alone.
    Modern,
    /// 2025-11-25, in this session.
    Legacy(String),
}

impl Era {
    /// A request that calls a tool.
    pub(crate) fn call(&self, id: u64, tool: &str, arguments: &Value) -> Vec<u8> {
        self.post(&self.request(id, "tools/call", json!({ "name": tool, "arguments": arguments })))
    }

    /// A request as its client says it, over whatever.
    pub(crate) fn request(&self, id: u64, method: &str, mut params: Value) -> Value {
        if let Self::Modern = self {
            let meta = &mut params["_meta"];
            meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
            meta["io.modelcontextprotocol/clientCapabilities"] = able();
            meta["io.modelcontextprotocol/clientInfo"] = json!({ "name": "load", "version": "1" });
        }
        request(id, method, &params)
    }

    /// The same over HTTP.
    pub(crate) fn post(&self, message: &Value) -> Vec<u8> {
        let headers = match self {
            Self::Modern => modern_headers(message),
            Self::Legacy(session) => format!("MCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: {session}\r\n"),
        };
        post(&headers, &message.to_string())
    }
}

/// What the client of both eras can do.
fn able() -> Value {
    json!({ "elicitation": {}, "extensions": { "io.modelcontextprotocol/tasks": {} } })
}

fn request(id: u64, method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// What the body says is said again.
fn modern_headers(message: &Value) -> String {
    let method = message["method"].as_str().unwrap();
    let name = match method {
        "tools/call" => message["params"]["name"].as_str(),
        _ => message["params"]["taskId"].as_str(),
    };
    let name = name.map_or(String::new(), |name| format!("Mcp-Name: {name}\r\n"));
    format!("MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: {method}\r\n{name}")
}

/// Listens for changes of the tools and of this resource.
pub(crate) fn listen_for(id: u64, uri: &str) -> Vec<u8> {
    Era::Modern.post(&listening(id, uri))
}

/// The same, over whatever.
pub(crate) fn listening(id: u64, uri: &str) -> Value {
    let notifications = json!({ "toolsListChanged": true, "resourceSubscriptions": [uri] });
    Era::Modern.request(id, "subscriptions/listen", json!({ "notifications": notifications }))
}

/// The request that opens a session.
pub(crate) fn initialize() -> Vec<u8> {
    post("", &introduction().to_string())
}

/// The same, over whatever.
pub(crate) fn introduction() -> Value {
    let client = json!({ "name": "load", "version": "1" });
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": able(), "clientInfo": client });
    request(0, "initialize", &params)
}

/// Takes a call back.
pub(crate) fn cancellation(id: u64) -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } })
}

/// Takes a call of a session back.
pub(crate) fn cancel(session: &Era, id: u64) -> Vec<u8> {
    session.post(&cancellation(id))
}

/// Opens the stream of a session.
pub(crate) fn listen(session: &str) -> Vec<u8> {
    bare("GET /mcp", &format!("Accept: text/event-stream\r\nMcp-Session-Id: {session}\r\n"))
}

/// Ends a session.
pub(crate) fn delete(session: &str) -> Vec<u8> {
    bare("DELETE /mcp", &format!("Mcp-Session-Id: {session}\r\n"))
}

/// A request without a body, such as `GET /readyz`.
pub(crate) fn bare(line: &str, headers: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").into_bytes()
}

/// Posts this body.
pub(crate) fn post(headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}
