//! What browsers are told, so that pages of allowed origins can read the answers (CORS).

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, HeaderName, HeaderValue,
    ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};

static REQUEST_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");
static ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");

/// The answer to a browser that asks whether a page of this origin, which [`Hosts::check`](super::hosts::Hosts::check) let
/// pass, may send what it wants to send.
pub(super) fn preflight(parts: &Parts, origin: HeaderValue) -> Response<()> {
    let mut answer = Response::new(());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    let headers = answer.headers_mut();
    allow(headers, origin);
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, DELETE"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    if let Some(asked) = parts.headers.get(ACCESS_CONTROL_REQUEST_HEADERS).filter(|asked| is_names(asked.as_bytes())) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    if parts.headers.get(&REQUEST_PRIVATE_NETWORK).is_some_and(|asked| asked == "true") {
        headers.insert(&ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
    }
    answer
}

/// Lets a page of this origin read the answer with these headers.
pub(super) fn expose(headers: &mut HeaderMap, origin: HeaderValue) {
    const NAMES: &str = "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate";
    allow(headers, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(NAMES));
}

/// The answer to another origin differs, which caches must know.
fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(VARY, HeaderValue::from(ORIGIN));
}

/// Whether this is a list of header names.
fn is_names(list: &[u8]) -> bool {
    list.split(|byte| *byte == b',').all(|name| HeaderName::from_bytes(name.trim_ascii()).is_ok())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn origin() -> HeaderValue {
        HeaderValue::from_static("https://app.example.com")
    }

    fn ask(headers: &[(&str, &str)]) -> HeaderMap {
        let request =
            headers.iter().fold(Request::options("/mcp"), |request, (name, value)| request.header(*name, *value));
        let answer = preflight(&request.body(()).unwrap().into_parts().0, origin());
        assert_eq!(answer.status(), 204);
        answer.into_parts().0.headers
    }

    #[test]
    fn a_preflight_allows_what_is_asked() {
        let asked = "content-type, mcp-protocol-version,Mcp-Param-City";
        let headers = ask(&[("access-control-request-headers", asked), ("access-control-request-method", "POST")]);
        assert_eq!(headers["access-control-allow-origin"], "https://app.example.com");
        assert_eq!(headers["vary"], "origin");
        assert_eq!(headers["access-control-allow-methods"], "GET, POST, DELETE");
        assert_eq!(headers["access-control-allow-headers"], asked);
        assert_eq!(headers["access-control-max-age"], "600");
        assert!(!headers.contains_key("access-control-allow-private-network"));
    }

    #[test]
    fn a_preflight_repeats_nothing_but_names() {
        for asked in ["a b", "a,,b", "", "a: b", "\"a\""] {
            let headers = ask(&[("access-control-request-headers", asked)]);
            assert!(!headers.contains_key("access-control-allow-headers"), "{asked}");
        }
    }

    #[test]
    fn a_local_network_may_be_asked_if_the_browser_wants_to_know() {
        let headers = ask(&[("access-control-request-private-network", "true")]);
        assert_eq!(headers["access-control-allow-private-network"], "true");
    }

    #[test]
    fn an_answer_can_be_read() {
        let mut headers = HeaderMap::new();
        headers.insert(VARY, HeaderValue::from_static("accept"));
        expose(&mut headers, origin());
        assert_eq!(headers["access-control-allow-origin"], "https://app.example.com");
        assert_eq!(headers["access-control-expose-headers"], "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate");
        assert_eq!(headers.get_all(VARY).iter().collect::<Vec<_>>(), ["accept", "origin"]);
    }
}
