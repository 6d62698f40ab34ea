//! Any headers around a good request: what they say is believed only if the body says the same, and only this machine is
//! answered. What they say is read here once more, in the plainest way.
//!
//! The server lives as long as the process, and connections may be open at its end: run it with `ASAN_OPTIONS=detect_leaks=0`.
#![no_main]

use std::sync::OnceLock;

use arbitrary::Arbitrary;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use libfuzzer_sys::fuzz_target;
use mcp_fuzz::http::{Answer, Served};
use mcp_fuzz::{initialize, items::mirrored, meta};
use serde_json::{Value, json};

#[derive(Arbitrary, Debug)]
struct Input {
    kind: Kind,
    text: String,
    number: Option<i32>,
    flag: Option<bool>,
    /// These are said instead of, or besides, what a good client says.
    said: Vec<(Header, bool, Vec<u8>)>,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Modern,
    Legacy,
    Listen,
    Preflight,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    Text,
    Number,
    Flag,
    Name,
    Method,
    Version,
    Host,
    Origin,
    Accept,
    ContentType,
    Session,
    LastEvent,
    Traceparent,
    Tracestate,
    Baggage,
    FetchSite,
    RequestMethod,
    RequestHeaders,
}

impl Header {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "Mcp-Param-Text",
            Self::Number => "Mcp-Param-Number",
            Self::Flag => "Mcp-Param-Flag",
            Self::Name => "Mcp-Name",
            Self::Method => "Mcp-Method",
            Self::Version => "MCP-Protocol-Version",
            Self::Host => "Host",
            Self::Origin => "Origin",
            Self::Accept => "Accept",
            Self::ContentType => "Content-Type",
            Self::Session => "Mcp-Session-Id",
            Self::LastEvent => "Last-Event-ID",
            Self::Traceparent => "traceparent",
            Self::Tracestate => "tracestate",
            Self::Baggage => "baggage",
            Self::FetchSite => "Sec-Fetch-Site",
            Self::RequestMethod => "Access-Control-Request-Method",
            Self::RequestHeaders => "Access-Control-Request-Headers",
        }
    }
}

type Headers = Vec<(Header, Vec<u8>)>;

impl Input {
    /// What a good client says, and then what is said instead.
    fn headers(&self) -> Headers {
        let mut headers: Headers = vec![(Header::Host, b"localhost".to_vec())];
        let mut say = |header, value: &str| headers.push((header, value.into()));
        match self.kind {
            Kind::Modern => {
                say(Header::Accept, "application/json, text/event-stream");
                say(Header::ContentType, "application/json");
                say(Header::Version, "2026-07-28");
                say(Header::Method, "tools/call");
                say(Header::Name, "route");
                say(Header::Text, &encoded(&self.text));
                self.number.iter().for_each(|number| say(Header::Number, &number.to_string()));
                self.flag.iter().for_each(|flag| say(Header::Flag, &flag.to_string()));
            }
            Kind::Legacy => {
                say(Header::Accept, "application/json, text/event-stream");
                say(Header::ContentType, "application/json");
                say(Header::Session, session());
            }
            Kind::Listen => {
                say(Header::Accept, "text/event-stream");
                say(Header::Session, session());
            }
            Kind::Preflight => {
                say(Header::Origin, "http://localhost");
                say(Header::RequestMethod, "POST");
            }
        }
        for (header, besides, value) in &self.said {
            if !besides {
                headers.retain(|(other, _)| other != header);
            }
            headers.push((*header, value.iter().copied().filter(|byte| can_be_in_headers(*byte)).collect()));
        }
        headers
    }

    fn body(&self) -> Value {
        let mut arguments = json!({ "text": self.text });
        self.number.iter().for_each(|number| arguments["number"] = json!(number));
        self.flag.iter().for_each(|flag| arguments["flag"] = json!(flag));
        let mut params = json!({ "name": "route", "arguments": arguments });
        if self.kind == Kind::Modern {
            params["_meta"] = meta();
        }
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params })
    }

    fn bytes(&self, headers: &Headers) -> Vec<u8> {
        let (line, body) = match self.kind {
            Kind::Modern | Kind::Legacy => ("POST", self.body().to_string()),
            Kind::Listen => ("GET", String::new()),
            Kind::Preflight => ("OPTIONS", String::new()),
        };
        let mut bytes = format!("{line} /mcp HTTP/1.1\r\n").into_bytes();
        for (header, value) in headers {
            bytes.extend([header.name().as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(format!("Content-Length: {}\r\n\r\n{body}", body.len()).bytes());
        bytes
    }

    /// Whether the headers say what the body says.
    fn agree(&self, headers: &Headers) -> bool {
        let says = |header, value: Option<String>| match (only(headers, header), value) {
            (None, None) => true,
            (Some(said), Some(value)) => decoded(said).is_some_and(|said| said == value),
            (Some(_), None) | (None, Some(_)) => false,
        };
        let number = |header| match (only(headers, header), self.number) {
            (Some(said), Some(number)) => {
                decoded(said).is_some_and(|said| said.parse::<f64>().is_ok_and(|said| said == f64::from(number)))
            }
            (said, number) => said.is_none() && number.is_none(),
        };
        says(Header::Text, Some(self.text.clone()))
            && number(Header::Number)
            && says(Header::Flag, self.flag.map(|flag| flag.to_string()))
            && says(Header::Name, Some("route".into()))
            && only(headers, Header::Method).is_some_and(|said| trimmed(said) == b"tools/call")
            && only(headers, Header::Version).is_some_and(|said| trimmed(said) == b"2026-07-28")
    }
}

fn can_be_in_headers(byte: u8) -> bool {
    byte == b'\t' || byte >= b' ' && byte != 0x7f
}

/// The value of a header, if it is there once. Twice is never right, which an empty value says here.
fn only(headers: &Headers, header: Header) -> Option<&[u8]> {
    let mut values = headers.iter().filter(|(other, _)| *other == header).map(|(_, value)| value.as_slice());
    let first = values.next()?;
    Some(if values.next().is_some() { b"\xff" } else { first })
}

fn trimmed(value: &[u8]) -> &[u8] {
    value.trim_ascii()
}

/// As the specification has it (2026-07-28, Transports, Value Encoding).
fn decoded(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(trimmed(value)).ok().filter(|text| text.is_ascii())?;
    match text.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) {
        Some(base64) => String::from_utf8(BASE64.decode(base64).ok()?).ok(),
        None => Some(text.into()),
    }
}

fn encoded(value: &str) -> String {
    let is_plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~')) && value.trim() == value;
    if is_plain && !value.starts_with("=?base64?") {
        value.into()
    } else {
        format!("=?base64?{}?=", BASE64.encode(value))
    }
}

/// Whether a host is this machine.
fn is_here(host: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(trimmed(host)) else { return false };
    let host = match text.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        _ => text,
    };
    let name = host.to_ascii_lowercase();
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    matches!(name.trim_end_matches('.'), "localhost" | "127.0.0.1")
        || address.is_some_and(|address| address.parse() == Ok(std::net::Ipv6Addr::LOCALHOST))
}

/// Whether a page is of this machine.
fn is_ours(origin: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(trimmed(origin)) else { return false };
    let Some((scheme, host)) = text.split_once("://") else { return false };
    matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") && is_here(host.as_bytes())
}

fn served() -> &'static Served {
    Served::once(mirrored)
}

fn session() -> &'static str {
    static SESSION: OnceLock<String> = OnceLock::new();
    SESSION.get_or_init(|| {
        let body = initialize("2025-11-25").to_string();
        let head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nContent-Type: application/json\r\n";
        let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        served().first(request.as_bytes()).expect("it is answered").headers["mcp-session-id"].clone()
    })
}

fn check(input: &Input, headers: &Headers, answer: &Answer) {
    answer.check();
    let is_taken = answer.status < 300;
    let host = only(headers, Header::Host);
    assert!(!is_taken || host.is_some_and(is_here), "{answer:?}");
    let origin = only(headers, Header::Origin);
    assert!(!is_taken || origin.is_none_or(is_ours), "{answer:?}");
    let is_answered = is_taken && answer.json().is_none_or(|json| json["result"].is_object());
    if input.kind == Kind::Modern && only(headers, Header::Version).is_some_and(|said| trimmed(said) == b"2026-07-28") {
        assert!(!is_answered || input.agree(headers), "{answer:?}");
    }
    if input.kind == Kind::Modern && input.said.is_empty() {
        let json = answer.json().expect("it is JSON");
        let Input { text, number, flag, .. } = input;
        let number = number.map(i64::from);
        assert_eq!(json["result"]["content"][0]["text"], format!("{text:?} {number:?} {flag:?}"), "{json}");
    }
}

fuzz_target!(|input: Input| {
    let headers = input.headers();
    let Some(answer) = served().first(&input.bytes(&headers)) else { panic!("no answer to {input:?}") };
    check(&input, &headers, &answer);
});
