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
        let params = json!({ "name": tool, "arguments": arguments });
        match self {
            Self::Modern => modern(id, tool, params),
            Self::Legacy(session) => legacy(session, &request(id, "tools/call", &params)),
        }
    }
}

fn request(id: u64, method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

fn modern(id: u64, tool: &str, params: Value) -> Vec<u8> {
    alone(&format!("Mcp-Name: {tool}\r\n"), id, "tools/call", params)
}

/// A request that stands alone.
fn alone(headers: &str, id: u64, method: &str, mut params: Value) -> Vec<u8> {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "load", "version": "1" },
    });
    let headers = format!("MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: {method}\r\n{headers}");
    post(&headers, &request(id, method, &params).to_string())
}

/// Listens for changes of the tools and of this resource.
pub(crate) fn listen_for(id: u64, uri: &str) -> Vec<u8> {
    let notifications = json!({ "toolsListChanged": true, "resourceSubscriptions": [uri] });
    alone("", id, "subscriptions/listen", json!({ "notifications": notifications }))
}

fn legacy(session: &str, message: &Value) -> Vec<u8> {
    let headers = format!("MCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: {session}\r\n");
    post(&headers, &message.to_string())
}

/// The request that opens a session.
pub(crate) fn initialize() -> Vec<u8> {
    let client = json!({ "name": "load", "version": "1" });
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
    post("", &request(0, "initialize", &params).to_string())
}

/// Takes a call of a session back.
pub(crate) fn cancel(session: &str, id: u64) -> Vec<u8> {
    let params = json!({ "requestId": id });
    legacy(session, &json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }))
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
