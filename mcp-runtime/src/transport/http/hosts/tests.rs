//! Who may ask, as tables.

use http::Request;
use http::request::Parts;

use super::*;

const OK: u16 = 200;

fn hosts(http: &Http) -> Hosts {
    Hosts::new(http).unwrap()
}

fn local() -> Hosts {
    hosts(&Http::new())
}

fn public() -> Hosts {
    let http = Http::new().allow_host("mcp.example.com").allow_host("[2001:db8::1]:8443").allow_host("tls.example:443");
    hosts(&http.allow_origin("https://app.example.com").allow_origin("tauri://localhost").allow_origin("http://b:81"))
}

fn parts(target: &str, headers: &[(&str, &str)]) -> Parts {
    let request = headers.iter().fold(Request::post(target), |request, (name, value)| request.header(*name, *value));
    request.body(()).unwrap().into_parts().0
}

fn check<'p>(hosts: &Hosts, parts: &'p Parts) -> Result<Option<&'p HeaderValue>, Refusal> {
    hosts.check(&Head::read(&parts.headers), &parts.uri, parts.version)
}

fn status(hosts: &Hosts, parts: &Parts) -> u16 {
    check(hosts, parts).map_or_else(|refusal| refusal.status.as_u16(), |_| OK)
}

fn refusal(hosts: &Hosts, headers: &[(&str, &str)]) -> String {
    check(hosts, &parts("/mcp", headers)).unwrap_err().message
}

#[test]
fn this_machine_is_answered_under_its_own_names_only() {
    let cases = [
        ("localhost", OK),
        ("LOCALHOST:3000", OK),
        ("localhost.:3000", OK),
        ("127.0.0.1:8000", OK),
        ("[::1]:8000", OK),
        ("evil.example", 403),
        ("evil.example:8000", 403),
        ("localhost.evil.example", 403),
        ("evil-localhost", 403),
        ("127.0.0.1.evil.example", 403),
        ("127.0.0.1.nip.io", 403),
        ("127.0.0.2", 403),
        ("127.1", 403),
        ("0.0.0.0:8000", 403),
        ("2130706433", 403),
        ("[::]", 403),
        ("[::ffff:127.0.0.1]", 403),
        ("192.168.0.7:8000", 403),
        ("", 400),
        ("localhost:", 400),
        ("localhost:x", 400),
        ("localhost:99999", 400),
        ("localhost@evil.example", 400),
        ("evil.example@localhost", 400),
        ("localhost evil.example", 400),
        ("localhost,evil.example", 400),
        ("http://localhost", 400),
        ("[::1", 400),
    ];
    for (host, expected) in cases {
        assert_eq!(status(&local(), &parts("/mcp", &[("host", host)])), expected, "{host}");
    }
}

#[test]
fn a_named_host_is_answered_too() {
    let cases = [
        ("mcp.example.com", OK),
        ("MCP.Example.COM.:8443", OK),
        ("localhost:3000", OK),
        ("[2001:db8:0::1]:8443", OK),
        ("[2001:db8::1]", 403),
        ("[2001:db8::1]:80", 403),
        ("tls.example", OK),
        ("tls.example:443", OK),
        ("tls.example:80", 403),
        ("example.com", 403),
        ("a.mcp.example.com", 403),
    ];
    for (host, expected) in cases {
        assert_eq!(status(&public(), &parts("/mcp", &[("host", host)])), expected, "{host}");
    }
    let any = hosts(&Http::new().allow_any_host());
    assert_eq!(status(&any, &parts("/mcp", &[("host", "whatever.example")])), OK);
    assert_eq!(status(&any, &parts("/mcp", &[("host", "what ever")])), 400);
    assert_eq!(status(&any, &parts("/mcp", &[])), 400);
}

#[test]
fn there_is_one_host() {
    let twice = parts("/mcp", &[("host", "localhost"), ("host", "localhost")]);
    assert_eq!(check(&local(), &twice).unwrap_err().message, "`Host` is there more than once");
    let cases = [
        ("/mcp", None, 400),
        ("http://localhost:80/mcp", Some("localhost"), OK),
        ("http://localhost:3000/mcp", Some("LocalHost:3000"), OK),
        ("http://localhost/mcp", Some("localhost:443"), 400),
        ("http://localhost/mcp", None, 400),
        ("http://evil.example/mcp", Some("localhost"), 400),
        ("http://localhost/mcp", Some("evil.example"), 400),
        ("http://evil.example/mcp", Some("evil.example"), 403),
        ("http://u:p@localhost/mcp", Some("localhost"), 400),
    ];
    for (target, host, expected) in cases {
        let headers: Vec<_> = host.map(|host| ("host", host)).into_iter().collect();
        assert_eq!(status(&local(), &parts(target, &headers)), expected, "{target} {host:?}");
    }
}

#[test]
fn http_2_names_the_host_in_its_target() {
    let cases = [
        ("http://localhost:3000/mcp", None, OK),
        ("https://localhost/mcp", Some("localhost:443"), OK),
        ("http://localhost/mcp", Some("evil.example"), 400),
        ("http://evil.example/mcp", None, 403),
        ("/mcp", Some("localhost"), OK),
        ("/mcp", None, 400),
    ];
    for (target, host, expected) in cases {
        let headers: Vec<_> = host.map(|host| ("host", host)).into_iter().collect();
        let mut parts = parts(target, &headers);
        parts.version = Version::HTTP_2;
        assert_eq!(status(&local(), &parts), expected, "{target} {host:?}");
    }
}

#[test]
fn pages_ask_if_their_host_or_their_origin_is_allowed() {
    let cases = [
        ("http://localhost:5173", OK, OK),
        ("https://127.0.0.1", OK, OK),
        ("http://[::1]:8000", OK, OK),
        ("https://mcp.example.com", 403, OK),
        ("http://mcp.example.com:8080", 403, OK),
        ("https://[2001:db8::1]:8443", 403, OK),
        ("https://[2001:db8::1]", 403, 403),
        ("https://tls.example", 403, OK),
        ("http://tls.example", 403, 403),
        ("https://app.example.com", 403, OK),
        ("HTTPS://App.Example.Com:443", 403, OK),
        ("http://app.example.com", 403, 403),
        ("https://app.example.com:8443", 403, 403),
        ("https://app.example.com.evil.example", 403, 403),
        ("https://app.example.com@evil.example", 403, 403),
        ("http://b:81", 403, OK),
        ("http://b", 403, 403),
        ("tauri://localhost", 403, OK),
        ("file://localhost", 403, 403),
        ("null", 403, 403),
        ("", 403, 403),
        ("localhost", 403, 403),
        ("http://localhost/", 403, 403),
        ("http://localhost http://evil.example", 403, 403),
        ("://localhost", 403, 403),
        ("http://evil.example", 403, 403),
        ("http://localhost.evil.example", 403, 403),
    ];
    for (origin, alone, configured) in cases {
        let parts = parts("/mcp", &[("host", "localhost:8000"), ("origin", origin)]);
        assert_eq!(status(&local(), &parts), alone, "{origin}");
        assert_eq!(status(&public(), &parts), configured, "{origin}");
        assert_eq!(status(&hosts(&Http::new().allow_any_origin()), &parts), OK, "{origin}");
    }
}

#[test]
fn any_host_does_not_mean_any_page() {
    let any = hosts(&Http::new().allow_any_host());
    assert_eq!(status(&any, &parts("/mcp", &[("host", "evil.example"), ("origin", "http://evil.example")])), 403);
}

#[test]
fn an_origin_is_told_to_the_browser() {
    let page = parts("/mcp", &[("host", "localhost"), ("origin", "http://LocalHost:1")]);
    assert_eq!(check(&local(), &page).unwrap().unwrap(), "http://LocalHost:1");
    assert_eq!(check(&local(), &parts("/mcp", &[("host", "localhost")])), Ok(None));
    let twice = [("host", "localhost"), ("origin", "http://localhost"), ("origin", "http://localhost")];
    assert_eq!(refusal(&local(), &twice), "`Origin` is there more than once");
}

#[test]
fn a_page_of_another_site_may_not_hide_its_origin() {
    for (site, expected) in [("cross-site", 403), ("same-site", OK), ("same-origin", OK), ("none", OK)] {
        let headers = [("host", "localhost"), ("sec-fetch-site", site)];
        assert_eq!(status(&local(), &parts("/mcp", &headers)), expected, "{site}");
    }
    let known = [("host", "localhost"), ("origin", "https://app.example.com"), ("sec-fetch-site", "cross-site")];
    assert_eq!(status(&public(), &parts("/mcp", &known)), OK);
}

/// CVE-2026-42559, GHSA-w48q-cv73-mx4w, GHSA-9h52-p55h-vw2f, GHSA-xw59-hvm2-8pj6: the name of a foreign page, rebound
/// to this machine, reached the server, which looked at `Host` only if it was told to, or not at all. The browser takes the
/// page for the same origin, so a GET has no `Origin`.
#[test]
fn a_rebound_name_reaches_nothing() {
    let (host, port) = (("host", "rebound.example"), ("host", "rebound.example:8000"));
    let cases: [&[(&str, &str)]; 5] = [
        &[host],
        &[port, ("sec-fetch-site", "same-origin")],
        &[port, ("origin", "http://rebound.example:8000"), ("sec-fetch-site", "same-origin")],
        &[("host", "localhost:8000"), ("origin", "http://rebound.example:8000")],
        &[("host", "localhost:8000"), ("origin", "null")],
    ];
    for headers in cases {
        assert_eq!(status(&local(), &parts("/mcp", headers)), 403, "{headers:?}");
        assert_eq!(status(&public(), &parts("/mcp", headers)), 403, "{headers:?}");
    }
}

#[test]
fn a_refusal_names_value_and_setting() {
    assert_eq!(
        refusal(&local(), &[("host", "evil.example:80")]),
        "this server does not answer to the host `evil.example`; it does with `Http::allow_host(\"evil.example\")`, or \
         `--allow-host evil.example`"
    );
    assert_eq!(
        refusal(&local(), &[("host", "localhost"), ("origin", "https://evil.example:81")]),
        "pages of the origin `https://evil.example:81` may not ask; they may with \
         `Http::allow_origin(\"https://evil.example:81\")`, or `--allow-origin https://evil.example:81`"
    );
    assert_eq!(
        refusal(&local(), &[("host", "localhost"), ("origin", "null")]),
        "pages of the origin `null` may not ask: it names nobody, so only `Http::allow_any_origin` lets them"
    );
    assert_eq!(refusal(&local(), &[("host", "a b")]), "the host `a b` cannot be read");
    let long = refusal(&local(), &[("host", &"a".repeat(200))]);
    assert!(long.ends_with("…`; it does with `Http::allow_host`, or `--allow-host`"), "{long}");
}

#[test]
fn entries_that_cannot_be_read_are_faults() {
    let cases = [
        ("https://mcp.example.com/mcp", "`mcp.example.com`"),
        ("mcp.example.com/mcp", "`mcp.example.com`"),
        ("*", "`Http::allow_any_host`"),
        ("::1", "`[::1]`"),
        ("*.example.com", "a host such as `mcp.example.com` or `mcp.example.com:8443`"),
        ("", "a host such as `mcp.example.com` or `mcp.example.com:8443`"),
    ];
    for (entry, expected) in cases {
        let faults = Hosts::new(&Http::new().allow_host(entry)).unwrap_err();
        assert_eq!(faults, [format!("`Http::allow_host(\"{entry}\")`: expected {expected}")]);
    }
    let cases = [
        ("app.example.com", "`https://app.example.com`"),
        ("http://app.example.com/", "`http://app.example.com`"),
        ("*", "`Http::allow_any_origin`"),
        ("null", "`Http::allow_any_origin`"),
        ("https://*.example.com", "an origin such as `https://app.example.com`"),
    ];
    for (entry, expected) in cases {
        let faults = Hosts::new(&Http::new().allow_origin(entry)).unwrap_err();
        assert_eq!(faults, [format!("`Http::allow_origin(\"{entry}\")`: expected {expected}")]);
    }
    assert_eq!(Hosts::new(&Http::new().allow_host("a b").allow_origin("c d")).unwrap_err().len(), 2);
}
