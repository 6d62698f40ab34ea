//! Who may ask: the hosts that a server answers to, and the pages that may ask it. Does no I/O.

use std::sync::OnceLock;

use http::header::HeaderValue;
use http::{StatusCode, Uri, Version};

use super::authority::Authority;
use super::head::{Head, Single};
use crate::http_settings::Http;
use crate::protocol::quoted;

/// Names of this machine are answered whatever else is: health checks and local tools use them, and a page that rebinds its
/// own name to this machine cannot make a browser send another name than its own.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Who may ask.
#[derive(Debug)]
pub(super) struct Hosts {
    hosts: Vec<Authority<Box<str>>>,
    any_host: bool,
    origins: Vec<Page<Box<str>>>,
    any_origin: bool,
    /// The first `Host` that was answered to, as it was written. Nearly all clients write it so.
    usual: OnceLock<Box<[u8]>>,
}

/// Why a request is not answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) message: String,
}

/// An origin: what a page was loaded from.
#[derive(Debug)]
struct Page<T> {
    scheme: T,
    authority: Authority<T>,
}

impl Hosts {
    /// Every entry that cannot be read is a fault.
    pub(super) fn new(http: &Http) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let named = http.hosts.iter().map(|entry| allowed_host(entry));
        let loopback = LOOPBACK.iter().filter_map(|name| Authority::read(name)).map(|name| Ok(name.owned()));
        let hosts = read_all(loopback.chain(named), &mut faults);
        let origins = read_all(http.origins.iter().map(|entry| allowed_origin(entry)), &mut faults);
        if faults.is_empty() {
            let usual = OnceLock::new();
            Ok(Self { hosts, any_host: http.any_host, origins, any_origin: http.any_origin, usual })
        } else {
            Err(faults)
        }
    }

    /// Whether this request may be answered, and which origin the browser is to be told, if a page asks.
    pub(super) fn check<'h>(
        &self,
        head: &Head<'h>,
        uri: &Uri,
        version: Version,
    ) -> Result<Option<&'h HeaderValue>, Refusal> {
        if !self.is_usual(head, uri) {
            self.check_host(asked(head, uri, version)?)?;
            self.get_used_to(head, uri);
        }
        match only(head.origin, "Origin")? {
            Some(origin) => self.check_origin(origin).map(|()| Some(origin)),
            None if head.is_cross_site && !self.any_origin => Err(foreign_site()),
            None => Ok(None),
        }
    }

    fn is_usual(&self, head: &Head<'_>, uri: &Uri) -> bool {
        let host = head.host.given().map(HeaderValue::as_bytes);
        uri.authority().is_none() && host.is_some() && host == self.usual.get().map(AsRef::as_ref)
    }

    fn get_used_to(&self, head: &Head<'_>, uri: &Uri) {
        if let (Single::Given(host), None) = (head.host, uri.authority()) {
            self.usual.get_or_init(|| host.as_bytes().into());
        }
    }

    fn check_host(&self, host: Authority<&str>) -> Result<(), Refusal> {
        if self.any_host || self.answers_to(&host) { Ok(()) } else { Err(foreign_host(&host)) }
    }

    fn answers_to(&self, host: &Authority<&str>) -> bool {
        self.hosts.iter().any(|allowed| allowed.same_name(host) && is_port(allowed.port, host.port))
    }

    /// That any host may be asked for does not mean that any page may ask.
    fn check_origin(&self, origin: &HeaderValue) -> Result<(), Refusal> {
        if self.any_origin {
            return Ok(());
        }
        let page = std::str::from_utf8(origin.as_bytes()).ok().and_then(Page::read);
        match page {
            Some(page) if self.lets_ask(&page) => Ok(()),
            Some(page) => Err(foreign_page(&page)),
            None => Err(unnamed_page(origin)),
        }
    }

    fn lets_ask(&self, page: &Page<&str>) -> bool {
        let from_host = page.is_web() && self.answers_to(&page.with_port());
        from_host || self.origins.iter().any(|allowed| allowed.is(page))
    }
}

/// The host that a request is addressed to. Where two places name it, they must agree: whatever stands before this server
/// may have looked at the other one.
fn asked<'a>(head: &Head<'a>, uri: &'a Uri, version: Version) -> Result<Authority<&'a str>, Refusal> {
    let header = only(head.host, "Host")?.map(read_header).transpose()?;
    let target = uri.authority().map(|target| read_target(target.as_str())).transpose()?;
    match (header, target) {
        (Some(header), None) => Ok(header),
        (Some(header), Some(target)) if agree(&header, &target, uri.scheme_str()) => Ok(target),
        (Some(_), Some(_)) => Err(bad_request("`Host` and the target of the request name different hosts")),
        (None, Some(target)) if version >= Version::HTTP_2 => Ok(target),
        (None, _) => Err(bad_request("the request has no `Host`")),
    }
}

fn only<'h>(header: Single<'h>, name: &str) -> Result<Option<&'h HeaderValue>, Refusal> {
    match header {
        Single::Absent => Ok(None),
        Single::Given(value) => Ok(Some(value)),
        Single::Twice => Err(bad_request(format!("`{name}` is there more than once"))),
    }
}

fn read_header(value: &HeaderValue) -> Result<Authority<&str>, Refusal> {
    let text = std::str::from_utf8(value.as_bytes()).ok();
    text.and_then(Authority::read).ok_or_else(|| unreadable_host(value.as_bytes()))
}

fn read_target(text: &str) -> Result<Authority<&str>, Refusal> {
    Authority::read(text).ok_or_else(|| unreadable_host(text.as_bytes()))
}

fn agree(header: &Authority<&str>, target: &Authority<&str>, scheme: Option<&str>) -> bool {
    let usual = scheme.and_then(usual_port);
    header.same_name(target) && header.port.or(usual) == target.port.or(usual)
}

/// Where no port is asked for it is that of `http` or `https`: which, only the one who ended TLS knows.
fn is_port(allowed: Option<u16>, asked: Option<u16>) -> bool {
    match (allowed, asked) {
        (None, _) => true,
        (Some(allowed), Some(asked)) => allowed == asked,
        (Some(allowed), None) => matches!(allowed, 80 | 443),
    }
}

fn usual_port(scheme: &str) -> Option<u16> {
    if scheme.eq_ignore_ascii_case("http") {
        Some(80)
    } else if scheme.eq_ignore_ascii_case("https") {
        Some(443)
    } else {
        None
    }
}

impl<'a> Page<&'a str> {
    fn read(text: &'a str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let readable =
            scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(is_in_schemes);
        if readable { Some(Self { scheme, authority: Authority::read(authority)? }) } else { None }
    }

    fn owned(self) -> Page<Box<str>> {
        Page { scheme: self.scheme.into(), authority: self.authority.owned() }
    }

    /// Whether a web server served it: `tauri://localhost` is no page of this machine's.
    fn is_web(&self) -> bool {
        usual_port(self.scheme).is_some()
    }

    fn with_port(&self) -> Authority<&'a str> {
        Authority { port: self.authority.port.or(usual_port(self.scheme)), ..self.authority }
    }
}

impl Page<Box<str>> {
    fn is(&self, page: &Page<&str>) -> bool {
        let usual = usual_port(page.scheme);
        self.scheme.eq_ignore_ascii_case(page.scheme)
            && self.authority.same_name(&page.authority)
            && self.authority.port.or(usual) == page.authority.port.or(usual)
    }
}

const fn is_in_schemes(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

fn foreign_host(host: &Authority<&str>) -> Refusal {
    let name = host.name.to_string();
    let shown = quoted(&name);
    let remedy = remedy("host", &name);
    forbidden(format!("this server does not answer to the host `{shown}`; it does with {remedy}"))
}

fn foreign_page(page: &Page<&str>) -> Refusal {
    let port = page.authority.port.map(|port| format!(":{port}")).unwrap_or_default();
    let origin = format!("{}://{}{port}", page.scheme, page.authority.name);
    let shown = quoted(&origin);
    let remedy = remedy("origin", &origin);
    forbidden(format!("pages of the origin `{shown}` may not ask; they may with {remedy}"))
}

/// The setting, with the value if it is short enough to be meant.
fn remedy(what: &str, value: &str) -> String {
    if quoted(value) == value {
        format!("`Http::allow_{what}(\"{value}\")`, or `--allow-{what} {value}`")
    } else {
        format!("`Http::allow_{what}`, or `--allow-{what}`")
    }
}

/// `null`, which sandboxes and files send, and what is no origin at all.
fn unnamed_page(origin: &HeaderValue) -> Refusal {
    let origin = String::from_utf8_lossy(origin.as_bytes());
    let shown = quoted(&origin);
    forbidden(format!(
        "pages of the origin `{shown}` may not ask: it names nobody, so only `Http::allow_any_origin` lets them"
    ))
}

fn foreign_site() -> Refusal {
    forbidden("pages of other sites may not ask; they may with `Http::allow_origin`, and then send `Origin`")
}

fn unreadable_host(text: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(text);
    bad_request(format!("the host `{}` cannot be read", quoted(&text)))
}

fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal { status: StatusCode::BAD_REQUEST, message: message.into() }
}

fn forbidden(message: impl Into<String>) -> Refusal {
    Refusal { status: StatusCode::FORBIDDEN, message: message.into() }
}

fn read_all<T>(entries: impl Iterator<Item = Result<T, String>>, faults: &mut Vec<String>) -> Vec<T> {
    let keep = |entry: Result<T, String>| entry.map_err(|fault| faults.push(fault)).ok();
    entries.filter_map(keep).collect()
}

fn allowed_host(entry: &str) -> Result<Authority<Box<str>>, String> {
    Authority::read(entry).map(Authority::owned).ok_or_else(|| host_fault(entry))
}

fn host_fault(entry: &str) -> String {
    let expected = match bare(entry) {
        _ if entry == "*" => "`Http::allow_any_host`".to_owned(),
        _ if entry.parse::<std::net::Ipv6Addr>().is_ok() => format!("`[{entry}]`"),
        Some(host) => format!("`{host}`"),
        None => "a host such as `mcp.example.com` or `mcp.example.com:8443`".to_owned(),
    };
    format!("`Http::allow_host(\"{}\")`: expected {expected}", quoted(entry))
}

fn allowed_origin(entry: &str) -> Result<Page<Box<str>>, String> {
    Page::read(entry).map(Page::owned).ok_or_else(|| origin_fault(entry))
}

fn origin_fault(entry: &str) -> String {
    let scheme = entry.split_once("://").map_or("https", |(scheme, _)| scheme);
    let expected = match bare(entry) {
        _ if matches!(entry, "*" | "null") => "`Http::allow_any_origin`".to_owned(),
        Some(host) => format!("`{scheme}://{host}`"),
        None => "an origin such as `https://app.example.com`".to_owned(),
    };
    format!("`Http::allow_origin(\"{}\")`: expected {expected}", quoted(entry))
}

/// The host in an address, without scheme and path.
fn bare(address: &str) -> Option<&str> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next()?;
    Authority::read(host).map(|_| host)
}

#[cfg(test)]
mod tests;
