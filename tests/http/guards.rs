//! Who may ask: hosts, origins, and what browsers are told (2025-11-25 and 2026-07-28, Transports, Security; Fetch, CORS).

use mcp_runtime::Http;
use serde_json::json;

use crate::common::Verdict;
use crate::fixture::Running;
use crate::requests::{Request, call, initialize};

fn echo() -> Request {
    call(1, "echo", json!({ "message": "hi" }))
}

/// Asks with each value of a header, and expects a status.
fn each(server: &Running, header: &str, rows: &[(&str, u16)]) {
    let mut verdict = Verdict::default();
    for (value, status) in rows {
        let response = server.ask(&echo().with(header, value));
        verdict.that(format!("`{header}: {value}`"), response.status() == *status, response.shown());
        verdict.that(value, *status == 200 || response.code().is_some(), response.shown());
    }
}

/// (CVE-2026-42559, GHSA-w48q-cv73-mx4w, GHSA-9h52-p55h-vw2f, GHSA-xw59-hvm2-8pj6.)
#[test]
fn only_names_of_this_machine_are_answered() {
    let server = Running::start();
    each(
        &server,
        "Host",
        &[
            ("localhost", 200),
            ("localhost:1234", 200),
            ("LocalHost", 200),
            ("127.0.0.1", 200),
            ("127.0.0.1:80", 200),
            ("[::1]", 200),
            ("[::1]:8080", 200),
            ("evil.example.com", 403),
            ("evil.example.com:80", 403),
            ("localhost.evil.example.com", 403),
            ("127.0.0.1.evil.example.com", 403),
            ("evil-localhost", 403),
            ("0.0.0.0", 403),
            ("169.254.169.254", 403),
            ("[::]", 403),
            ("[::1", 400),
            ("localhost:port", 400),
            ("localhost:99999", 400),
            ("localhost:80:80", 400),
            ("user@localhost", 400),
            ("evil.example.com@localhost", 400),
            ("localhost@evil.example.com", 400),
            ("localhost/evil", 400),
            ("local host", 400),
            ("localhost, localhost", 400),
            ("", 400),
        ],
    );
}

#[test]
fn a_request_is_addressed_once() {
    let server = Running::start();
    let mut verdict = Verdict::default();
    for (case, request, status) in [
        ("no host", echo().without("Host"), 400),
        ("twice the same", echo().and("Host", "localhost"), 400),
        ("twice unlike", echo().and("Host", "evil.example.com"), 400),
        ("the second is ours", echo().with("Host", "evil.example.com").and("host", "localhost"), 400),
        ("bytes", echo().with("Host", b"\xff\xfe"), 400),
    ] {
        let response = server.ask(&request);
        verdict.that(case, response.status() == status, response.shown());
        verdict.that(case, response.code().is_some(), response.shown());
    }
}

#[test]
fn the_target_may_name_the_host() {
    let server = Running::start();
    let ours = server.ask(&echo().to("http://localhost/mcp"));
    assert_eq!(ours.said(), "hi", "{}", ours.shown());
    for (target, host) in [("http://evil.example.com/mcp", "localhost"), ("http://localhost/mcp", "evil.example.com")] {
        let refused = server.ask(&echo().to(target).with("Host", host));
        assert!(matches!(refused.status(), 400 | 403), "{target} at {host}: {}", refused.shown());
    }
    let unclear = server.ask(&echo().to("http://user@localhost/mcp"));
    assert!(matches!(unclear.status(), 400 | 403), "{}", unclear.shown());
}

#[test]
fn only_pages_of_this_machine_may_ask() {
    let server = Running::start();
    each(
        &server,
        "Origin",
        &[
            ("http://localhost", 200),
            ("http://localhost:3000", 200),
            ("https://localhost", 200),
            ("http://127.0.0.1:5173", 200),
            ("http://[::1]:5", 200),
            ("null", 403),
            ("", 403),
            ("http://evil.example.com", 403),
            ("https://evil.example.com:443", 403),
            ("http://localhost.evil.example.com", 403),
            ("http://evil.example.com/localhost", 403),
            ("http://localhost@evil.example.com", 403),
            ("http://evil.example.com#localhost", 403),
            ("http://localhost http://evil.example.com", 403),
            ("localhost", 403),
            ("file://", 403),
            ("file://localhost", 403),
            ("chrome-extension://localhost", 403),
            ("*", 403),
        ],
    );
    let twice = server.ask(&echo().and("Origin", "http://localhost").and("Origin", "http://evil.example.com"));
    assert!(matches!(twice.status(), 400 | 403), "{}", twice.shown());
}

#[test]
fn a_refusal_names_the_value_and_the_setting() {
    let server = Running::start();
    let host = server.ask(&echo().with("Host", "evil.example.com:81"));
    assert!(host.message().contains("evil.example.com") && host.message().contains("allow_host"), "{}", host.shown());
    let origin = server.ask(&echo().and("Origin", "http://evil.example.com"));
    let text = origin.message();
    assert!(text.contains("http://evil.example.com") && text.contains("allow_origin"), "{}", origin.shown());
}

#[test]
fn every_method_is_guarded() {
    let server = Running::start();
    let session = server.open("2025-11-25");
    let mut verdict = Verdict::default();
    for (header, value) in [("Host", "evil.example.com"), ("Origin", "http://evil.example.com")] {
        for request in [
            initialize("2025-11-25"),
            session.get(),
            session.mark(Request::new("DELETE", "/mcp")),
            Request::new("OPTIONS", "/mcp").and("Access-Control-Request-Method", "POST"),
            Request::new("PUT", "/mcp"),
        ] {
            let response = server.ask(&request.with(header, value));
            let fits = response.status() == 403 && response.header("access-control-allow-origin").is_none();
            verdict.that(value, fits && response.header("mcp-session-id").is_none(), response.shown());
        }
    }
    verdict.that("the session is not touched", session.ping().status() == 200, "");
    let ticker = call(1, "ticker", json!({ "key": "refused", "ms": 1 })).and("Origin", "null");
    server.ask(&ticker);
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(server.counters.of("refused"), 0, "what is refused is not run");
}

#[test]
fn hosts_can_be_allowed() {
    let server = Running::with(Http::new().allow_host("mcp.example.com").allow_host("other.example.com:8443"));
    each(
        &server,
        "Host",
        &[
            ("mcp.example.com", 200),
            ("MCP.Example.COM", 200),
            ("mcp.example.com:8443", 200),
            ("other.example.com:8443", 200),
            ("other.example.com:8444", 403),
            ("other.example.com", 403),
            ("x.mcp.example.com", 403),
            ("example.com", 403),
            ("mcp.example.com.evil.example.com", 403),
        ],
    );
    let mut verdict = Verdict::default();
    for (origin, status) in
        [("https://mcp.example.com", 200), ("https://evil.example.com", 403), ("https://x.mcp.example.com", 403)]
    {
        let response = server.ask(&echo().with("Host", "mcp.example.com").and("Origin", origin));
        verdict.that(origin, response.status() == status, response.shown());
    }
}

#[test]
fn any_host_can_be_allowed() {
    let server = Running::with(Http::new().allow_any_host());
    each(&server, "Host", &[("evil.example.com", 200), ("10.0.0.1:80", 200), ("a b", 400), ("user@host", 400)]);
    let twice = server.ask(&echo().and("Host", "localhost"));
    assert_eq!(twice.status(), 400, "{}", twice.shown());
    let none = server.ask(&echo().without("Host"));
    assert_eq!(none.status(), 400, "{}", none.shown());
}

#[test]
fn origins_can_be_allowed() {
    let server =
        Running::with(Http::new().allow_origin("https://app.example.com").allow_origin("http://other.example.com:81"));
    each(
        &server,
        "Origin",
        &[
            ("https://app.example.com", 200),
            ("https://app.example.com:444", 403),
            ("http://app.example.com", 403),
            ("https://app.example.com.evil.example.com", 403),
            ("http://other.example.com:81", 200),
            ("http://other.example.com", 403),
            ("http://evil.example.com", 403),
            ("null", 403),
        ],
    );
    let any = Running::with(Http::new().allow_any_origin());
    each(&any, "Origin", &[("https://app.example.com", 200), ("http://evil.example.com", 200)]);
    each(&any, "Host", &[("evil.example.com", 403)]);
}

/// The methods, headers and lifetime that a browser is told.
#[test]
fn browsers_ask_first() {
    let server = Running::with(Http::new().allow_origin("https://app.example.com"));
    let asking = |origin: &str| {
        Request::new("OPTIONS", "/mcp")
            .and("Origin", origin)
            .and("Access-Control-Request-Method", "POST")
            .and("Access-Control-Request-Headers", "content-type, mcp-session-id, mcp-param-region")
    };
    for origin in ["https://app.example.com", "http://localhost:3000"] {
        let told = server.ask(&asking(origin));
        assert_eq!((told.status(), told.body.len()), (204, 0), "{}", told.shown());
        assert_eq!(told.header("access-control-allow-origin"), Some(origin), "{}", told.shown());
        let header = |name| told.header(name).unwrap_or_default().to_ascii_lowercase();
        assert!(header("vary").contains("origin"), "{}", told.shown());
        for method in ["post", "get", "delete"] {
            assert!(header("access-control-allow-methods").contains(method), "{}", told.shown());
        }
        for name in ["content-type", "mcp-session-id", "mcp-param-region"] {
            assert!(header("access-control-allow-headers").contains(name), "{}", told.shown());
        }
        assert!(header("access-control-max-age").parse::<u64>().is_ok(), "{}", told.shown());
    }
    let refused = server.ask(&asking("https://evil.example.com"));
    assert_eq!(refused.status(), 403, "{}", refused.shown());
    assert_eq!(refused.header("access-control-allow-origin"), None);
    let strange =
        server.ask(&asking("https://app.example.com").with("Access-Control-Request-Headers", "x\u{1}y, \u{fffd}"));
    assert!(strange.status() < 500, "{}", strange.shown());
}

#[test]
fn browsers_are_told_what_they_may_read() {
    let server = Running::with(Http::new().allow_origin("https://app.example.com"));
    let mut verdict = Verdict::default();
    for (case, request) in [
        ("an answer", echo()),
        ("a session", initialize("2025-11-25")),
        ("an error", call(1, "ecco", json!({}))),
        ("a mismatch", echo().with("Mcp-Name", "x")),
        ("no JSON", Request::post("{")),
        ("another method", Request::new("PUT", "/mcp")),
        ("a strange type", echo().with("Content-Type", "text/plain")),
    ] {
        let response = server.ask(&request.and("Origin", "https://app.example.com"));
        let allowed = response.header("access-control-allow-origin") == Some("https://app.example.com");
        verdict.that(case, allowed, response.shown());
        let exposed = response.header("access-control-expose-headers").unwrap_or_default().to_ascii_lowercase();
        verdict.that(case, exposed.contains("mcp-session-id"), response.shown());
        let vary = response.header("vary").unwrap_or_default().to_ascii_lowercase();
        verdict.that(case, vary.contains("origin"), response.shown());
    }
    let plain = server.ask(&echo());
    verdict.that("no page asked", plain.header("access-control-allow-origin").is_none(), plain.shown());
}

/// What could never match is found at start, not by a user whose browser is refused.
#[test]
fn settings_that_mean_nothing_are_faults() {
    let mut verdict = Verdict::default();
    for (value, http) in [
        ("https://mcp.example.com", Http::new().allow_host("https://mcp.example.com")),
        ("mcp.example.com/mcp", Http::new().allow_host("mcp.example.com/mcp")),
        ("user@host", Http::new().allow_host("user@host")),
        ("host:port", Http::new().allow_host("host:port")),
        ("a b", Http::new().allow_host("a b")),
        ("app.example.com", Http::new().allow_origin("app.example.com")),
        ("https://app.example.com/page", Http::new().allow_origin("https://app.example.com/page")),
    ] {
        let ended = Running::with(http).refused();
        verdict.that(value, ended.contains(value), ended);
    }
    for host in ["", " "] {
        verdict.that(
            format!("`{host}`"),
            !Running::with(Http::new().allow_host(host)).refused().is_empty(),
            "it started",
        );
    }
}

/// (2025-11-25 and 2026-07-28: orchestrators ask by address, whatever they call it.)
#[test]
fn health_is_told_to_everybody() {
    let server = Running::start();
    for path in ["/healthz", "/readyz"] {
        for host in ["localhost", "10.1.2.3:8000", "pod.cluster.local"] {
            let response = server.ask(&Request::new("GET", path).with("Host", host));
            assert_eq!(response.status(), 200, "{path}: {}", response.shown());
        }
    }
}

#[test]
fn paths_are_as_they_are_set() {
    let mut verdict = Verdict::default();
    let server = Running::start();
    for (path, status) in [
        ("/mcp", 200),
        ("/mcp/", 200),
        ("/mcp?key=value", 200),
        ("/", 404),
        ("/mcpx", 404),
        ("/mcp/x", 404),
        ("//mcp", 404),
        ("/MCP", 404),
        ("/x/../mcp", 404),
        ("/messages", 404),
    ] {
        let response = server.ask(&echo().to(path));
        verdict.that(path, response.status() == status, response.shown());
        verdict.that(path, status == 200 || response.code().is_some(), response.shown());
    }
    let server = Running::with(Http::new().path("/api/v1"));
    for (path, status) in [("/api/v1", 200), ("/api/v1/", 200), ("/mcp", 404), ("/api", 404), ("/api/v1/x", 404)] {
        let response = server.ask(&echo().to(path));
        verdict.that(path, response.status() == status, response.shown());
    }
    let server = Running::with(Http::new().path("/"));
    for (path, status) in [("/", 200), ("/mcp", 404)] {
        let response = server.ask(&echo().to(path));
        verdict.that(format!("`/`: {path}"), response.status() == status, response.shown());
    }
}
