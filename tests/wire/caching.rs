//! Cache hints: what is said for an item, for a family, for the server, and by nobody.

use std::time::Duration;

use mcp_runtime::{CacheScope, Elicit, List, Server, ToolError, Unanswered, form, items, prompt, resource, tool};
use serde_json::{Value, json};

use crate::common::{MODERN, REVISIONS, Verdict, Wire, request, run, terms};

/// `ttlMs` and `cacheScope`.
type Hint = (u64, &'static str);

const NONE: Hint = (0, "private");
const MINUTE: Hint = (60_000, "public");
const BRIEF: Hint = (5, "private");

#[tool]
async fn act() {}

#[prompt]
async fn say() -> &'static str {
    "hello"
}

/// Says nothing about caches.
#[resource("silent://app")]
async fn silent() -> &'static str {
    "it"
}

#[resource("both://app", ttl = "1h", scope = "public")]
async fn both() -> &'static str {
    "it"
}

#[resource("ttl://app", ttl = "2 min")]
async fn lasting() -> &'static str {
    "it"
}

#[resource("scope://app", scope = "public")]
async fn shared() -> &'static str {
    "it"
}

/// Takes back what the server says.
#[resource("never://app", ttl = "0s", scope = "private")]
async fn never() -> &'static str {
    "it"
}

#[resource("ever://app", ttl = "18446744073709551615ms")]
async fn ever() -> &'static str {
    "it"
}

#[resource("template://{id}", ttl = "10s", scope = "public")]
async fn template(id: String) -> Result<Option<String>, ToolError> {
    match &*id {
        "none" => Ok(None),
        "broken" => Err(ToolError::new("broken")),
        _ => Ok(Some(id)),
    }
}

#[resource("silent://{id}")]
async fn silent_template(id: String) -> String {
    id
}

#[form]
struct Sure {
    sure: bool,
}

/// Asks only those who can be asked.
#[resource("asked://app", ttl = "10s", scope = "public")]
async fn asked(person: Option<&Elicit>) -> Result<String, Unanswered> {
    match person {
        Some(person) => Ok(format!("{}", person.ask_as::<Sure>("sure", "Sure?").await?.accepted().is_some())),
        None => Ok("nobody".into()),
    }
}

fn server() -> Server {
    let items = items![act, say, silent, both, lasting, shared, never, ever, template, silent_template, asked];
    Server::new("test", "1.0.0").items(items)
}

fn read(uri: &str) -> (&'static str, Value) {
    ("resources/read", json!({ "uri": uri }))
}

/// Compares the hint of each result: in 2026-07-28 it is always there, before there is none.
async fn check(case: &str, server: impl Fn() -> Server, rows: &[((&str, Value), Hint)]) {
    let mut wrong = Verdict::default();
    for revision in REVISIONS {
        let mut wire = Wire::open_in(revision, server()).await;
        let modern_only = |method: &str| method == "server/discover";
        for ((method, params), (ttl, scope)) in rows.iter().filter(|((m, _), _)| revision == MODERN || !modern_only(m))
        {
            let answer = wire.ask(&request(revision, 1, method, params.clone())).await;
            let hint =
                json!({ "ttlMs": answer["result"].get("ttlMs"), "cacheScope": answer["result"].get("cacheScope") });
            let expected = match revision {
                MODERN => json!({ "ttlMs": ttl, "cacheScope": scope }),
                _ => json!({ "ttlMs": null, "cacheScope": null }),
            };
            wrong.that(format_args!("{case}: {method} {params} in {revision}"), answer["result"].is_object(), &answer);
            wrong.same(format_args!("{case}: {method} {params} in {revision}"), &hint, &expected);
        }
        wire.close().await;
    }
}

/// The four lists, and what the server says about itself.
fn lists(hints: [Hint; 5]) -> Vec<((&'static str, Value), Hint)> {
    let methods = ["server/discover", "tools/list", "resources/list", "resources/templates/list", "prompts/list"];
    methods.into_iter().map(|method| (method, json!({}))).zip(hints).collect()
}

#[test]
fn nobody_says_anything() {
    run(async {
        let mut rows = lists([NONE; 5]);
        rows.extend([(read("silent://app"), NONE), (read("silent://x"), NONE)]);
        check("nothing", server, &rows).await;
    });
}

#[test]
fn the_server_says_it() {
    let server = || {
        server()
            .cache_lists(Duration::from_secs(60), CacheScope::Public)
            .cache_contents(Duration::from_millis(5), CacheScope::Private)
    };
    run(async {
        let mut rows = lists([MINUTE; 5]);
        rows.extend([(read("silent://app"), BRIEF), (read("silent://x"), BRIEF)]);
        check("server", server, &rows).await;
    });
}

/// In whatever order they are said.
#[test]
fn a_list_goes_before_the_server() {
    let all = |server: Server| server.cache_lists(Duration::from_secs(60), CacheScope::Public);
    let one = |server: Server| {
        server.cache_list(List::Resources, Duration::from_millis(5), CacheScope::Private).cache_list(
            List::Prompts,
            Duration::ZERO,
            CacheScope::Private,
        )
    };
    run(async {
        check("one after all", || one(all(server())), &lists([MINUTE, MINUTE, BRIEF, MINUTE, NONE])).await;
        check("all after one", || all(one(server())), &lists([MINUTE, MINUTE, BRIEF, MINUTE, NONE])).await;
        check("one alone", || one(server()), &lists([NONE, NONE, BRIEF, NONE, NONE])).await;
        for (at, list) in [List::Tools, List::Resources, List::Templates, List::Prompts].into_iter().enumerate() {
            let mut hints = [NONE; 5];
            hints[at + 1] = MINUTE;
            let server = || server().cache_list(list, Duration::from_secs(60), CacheScope::Public);
            check(&format!("{list:?}"), server, &lists(hints)).await;
        }
    });
}

/// Each key on its own; the lists are another matter.
#[test]
fn an_item_goes_before_the_server() {
    let rows = |(ttl, scope): Hint| {
        let mut rows = lists([NONE; 5]);
        rows.extend([
            (read("silent://app"), (ttl, scope)),
            (read("silent://x"), (ttl, scope)),
            (read("both://app"), (3_600_000, "public")),
            (read("ttl://app"), (120_000, scope)),
            (read("scope://app"), (ttl, "public")),
            (read("never://app"), NONE),
            (read("ever://app"), ((1 << 53) - 1, scope)),
            (read("template://x"), (10_000, "public")),
        ]);
        rows
    };
    run(async {
        check("items alone", server, &rows(NONE)).await;
        let public = || server().cache_contents(Duration::from_secs(60), CacheScope::Public);
        check("items and a server", public, &rows(MINUTE)).await;
    });
}

/// Every page has the hint of its list.
#[test]
fn pages_have_the_same_hint() {
    run(async {
        let server = server().page_size(1).cache_list(List::Resources, Duration::from_secs(60), CacheScope::Public);
        let mut wire = Wire::open(server);
        let (mut params, mut pages) = (json!({}), 0);
        loop {
            let answer = wire.ask(&request(MODERN, 1, "resources/list", params)).await;
            let result = &answer["result"];
            assert_eq!((&result["ttlMs"], &result["cacheScope"]), (&json!(60_000), &json!("public")), "{answer}");
            pages += 1;
            match result.get("nextCursor") {
                Some(cursor) => params = json!({ "cursor": cursor }),
                None => break,
            }
        }
        assert_eq!(pages, 7);
        wire.close().await;
    });
}

/// For ever is a number that every client can read.
#[test]
fn the_longest_time() {
    run(async {
        let server = server()
            .cache_lists(Duration::MAX, CacheScope::Public)
            .cache_list(List::Prompts, Duration::MAX, CacheScope::Public)
            .cache_contents(Duration::MAX, CacheScope::Public);
        let mut wire = Wire::open(server);
        for (method, params) in
            [("tools/list", json!({})), ("prompts/list", json!({})), read("silent://app"), read("ever://app")]
        {
            let answer = wire.ask(&request(MODERN, 1, method, params)).await;
            assert_eq!(answer["result"]["ttlMs"], json!((1_u64 << 53) - 1), "{method}");
        }
        wire.close().await;
    });
}

/// Nobody keeps an error, or what is not in the list of results that may be kept.
#[test]
fn what_has_no_hint() {
    run(async {
        for revision in REVISIONS {
            let kept = server()
                .cache_lists(Duration::from_secs(60), CacheScope::Public)
                .cache_contents(Duration::from_secs(60), CacheScope::Public);
            let mut wire = Wire::open_in(revision, kept).await;
            for (method, params) in [
                read("template://none"),
                read("template://broken"),
                read("nothing://here"),
                ("tools/list", json!({ "cursor": "x" })),
                ("tools/call", json!({ "name": "act" })),
                ("tools/call", json!({ "name": "act", "arguments": { "a": 1 } })),
                ("prompts/get", json!({ "name": "say" })),
            ] {
                let answer = wire.ask(&request(revision, 1, method, params.clone())).await.to_string();
                let is_silent = !answer.contains("ttlMs") && !answer.contains("cacheScope");
                assert!(is_silent, "{method} {params} in {revision}: {answer}");
            }
            wire.close().await;
        }
    });
}

/// The URI alone does not lead to what depends on answers (Caching: Cache Key), and a question is no result.
#[test]
fn what_answers_led_to_is_not_kept() {
    run(async {
        let mut wire = Wire::open(server());
        let unable = wire.ask(&request(MODERN, 1, "resources/read", json!({ "uri": "asked://app" }))).await;
        assert_eq!(unable["result"]["contents"][0]["text"], "nobody", "{unable}");
        assert_eq!((&unable["result"]["ttlMs"], &unable["result"]["cacheScope"]), (&json!(10_000), &json!("public")));
        let mut meta = terms();
        meta["io.modelcontextprotocol/clientCapabilities"] = json!({ "elicitation": {} });
        let ask = json!({ "uri": "asked://app", "_meta": meta });
        let question = wire.ask(&request(MODERN, 2, "resources/read", ask.clone())).await["result"].clone();
        assert_eq!(question["resultType"], "input_required", "{question}");
        assert!(question.get("ttlMs").is_none() && question.get("cacheScope").is_none(), "{question}");
        let mut again = ask;
        again["requestState"] = question["requestState"].clone();
        again["inputResponses"] = json!({ "sure": { "action": "accept", "content": { "sure": true } } });
        let answer = wire.ask(&request(MODERN, 3, "resources/read", again)).await["result"].clone();
        assert_eq!(answer["contents"][0]["text"], "true", "{answer}");
        assert_eq!((&answer["ttlMs"], &answer["cacheScope"]), (&json!(0), &json!("private")), "{answer}");
        wire.close().await;
    });
}
