//! What clients are told of changes over HTTP: `subscriptions/listen` (2026-07-28, Subscriptions), the streams of sessions
//! (2025-03-26 to 2025-11-25, Transports, Listening for Messages from the Server), and HTTP+SSE (2024-11-05).

use std::thread::sleep;
use std::time::{Duration, Instant};

use mcp_runtime::{Changes, Http, Server, items, resource};
use serde_json::{Value, json};

use crate::client::{Connection, PATIENCE};
use crate::common::{self, LEGACY, MODERN, Verdict};
use crate::events::{Happening, Stream};
use crate::expect::{INTERNAL, Is, METHOD, PARAMS, REQUEST, table, verify};
use crate::fixture::{Running, Session};
use crate::requests::{Request, call, initialize, modern, notification};

/// Longer than it takes until a change is told.
const TOLD: Duration = Duration::from_millis(250);

#[resource("room://1", watch)]
async fn room() -> &'static str {
    "21"
}

#[resource("room://floor/{number}", watch)]
async fn floor(number: u32) -> String {
    number.to_string()
}

fn start() -> (Running, Changes) {
    with(Http::new())
}

fn with(http: Http) -> (Running, Changes) {
    of(Server::new("test", "1.0.0").drain(Duration::from_millis(200)), http)
}

fn of(server: Server, http: Http) -> (Running, Changes) {
    let server = server.items(items![room, floor]);
    let changes = server.changes();
    (Running::of(server, http), changes)
}

fn listen(id: impl Into<Value>, notifications: Value) -> Request {
    modern(id, "subscriptions/listen", json!({ "notifications": notifications }))
}

/// Of the tools and one room.
fn filter() -> Value {
    json!({ "toolsListChanged": true, "resourceSubscriptions": ["room://1"] })
}

fn told(method: &str, id: &Value, mut params: Value) -> Value {
    params["_meta"] = json!({ "io.modelcontextprotocol/subscriptionId": id });
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

fn acknowledged(id: &Value, accepted: &Value) -> Value {
    told("notifications/subscriptions/acknowledged", id, json!({ "notifications": accepted }))
}

fn closed(id: &Value) -> Value {
    let mut result = common::result(MODERN, &json!({}));
    result["_meta"]["io.modelcontextprotocol/subscriptionId"] = id.clone();
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

fn list_changed(of: &str) -> Value {
    notification(&format!("notifications/{of}/list_changed"), json!({}))
}

fn updated(uri: &str) -> Value {
    notification("notifications/resources/updated", json!({ "uri": uri }))
}

/// A stream that has been acknowledged.
fn listening(server: &Running, id: impl Into<Value>, notifications: &Value) -> Stream {
    let id = id.into();
    let mut stream = server.stream(&listen(id.clone(), notifications.clone()));
    assert_eq!(stream.message().json(), acknowledged(&id, notifications));
    stream
}

/// Makes sure that no message comes for a while.
#[track_caller]
fn is_silent(stream: &mut Stream) {
    let end = Instant::now() + TOLD;
    while let Some(happening) = stream.next(end.saturating_duration_since(Instant::now())) {
        let is_message = matches!(&happening, Happening::Event(event) if event.is_message());
        assert!(!is_message && happening != Happening::End, "{happening:?}");
    }
}

#[test]
fn a_listener_has_a_stream_of_its_own() {
    let (server, changes) = with(Http::new().keep_alive(Duration::from_millis(50)));
    let (one, two) = (json!(1), json!("two"));
    let mut tools = listening(&server, one.clone(), &filter());
    let mut rest =
        listening(&server, two.clone(), &json!({ "promptsListChanged": true, "resourcesListChanged": true }));
    for stream in [&tools, &rest] {
        assert_eq!(stream.head.header("x-accel-buffering"), Some("no"), "{:?}", stream.head);
        assert_eq!(stream.head.header("mcp-session-id"), None, "{:?}", stream.head);
    }
    for _ in 0..3 {
        changes.tools().announce();
        changes.updated("room://1").unwrap();
        changes.updated("room://floor/1").unwrap();
        changes.prompts().announce();
        let mut heard = vec![tools.message().json(), tools.message().json()];
        heard.sort_by_key(Value::to_string);
        let updated = told("notifications/resources/updated", &one, json!({ "uri": "room://1" }));
        assert_eq!(heard, [updated, told("notifications/tools/list_changed", &one, json!({}))]);
        assert_eq!(rest.message().json(), told("notifications/prompts/list_changed", &two, json!({})));
        is_silent(&mut tools);
        is_silent(&mut rest);
    }
    let comment = tools.next(PATIENCE);
    assert_eq!(comment, Some(Happening::Comment), "a silent stream says something");
}

/// They cannot be resumed (2026-07-28, Streamable HTTP, Receiving Messages).
#[test]
fn events_of_listeners_have_no_ids() {
    let (server, changes) = start();
    let mut stream = server.stream(&listen(1, filter()));
    let first = stream.event();
    changes.tools().announce();
    for event in [first, stream.event()] {
        assert!(event.is_message() && event.id.is_none() && event.retry.is_none(), "{event:?}");
        assert!(event.event.as_ref().is_none_or(|name| name == "message"), "{event:?}");
    }
}

#[test]
fn what_is_refused() {
    let (server, _changes) = of(Server::new("test", "1.0.0").subscriptions(1), Http::new());
    let many = json!({ "resourceSubscriptions": ["room://1", "room://floor/1"] });
    table(
        &server,
        [
            ("no filter", modern(1, "subscriptions/listen", json!({})), Is::Error(200, PARAMS)),
            ("no object", listen(1, json!(["toolsListChanged"])), Is::Error(200, PARAMS)),
            ("no boolean", listen(1, json!({ "toolsListChanged": "yes" })), Is::Error(200, PARAMS)),
            ("too many", listen(1, many), Is::Error(200, PARAMS)),
            ("only JSON", listen(1, filter()).with("Accept", "application/json"), Is::Error(406, REQUEST)),
            ("of before", modern(1, "resources/subscribe", json!({ "uri": "room://1" })), Is::Error(404, METHOD)),
            ("of before", modern(1, "resources/unsubscribe", json!({ "uri": "room://1" })), Is::Error(404, METHOD)),
        ],
    );
    // It may be all that the client takes.
    let request = listen(1, filter()).with("Accept", "text/event-stream");
    assert_eq!(server.stream(&request).message().json(), acknowledged(&json!(1), &filter()));
    // Where nothing can change, there is no such thing.
    table(&Running::start(), [("unchanging", listen(1, filter()), Is::Error(404, METHOD))]);
}

#[test]
fn listeners_are_counted() {
    let (server, changes) = with(Http::new().listeners(2).calls(1));
    let (mut verdict, request) = (Verdict::default(), listen(3, filter()));
    for round in 0..5 {
        let mut both = [1, 2].map(|id| listening(&server, id, &filter()));
        let refused = server.ask(&request);
        verify(&mut verdict, &format!("{round}"), &request, &refused, Is::Error(503, INTERNAL), &["2 clients listen"]);
        server.answers("listeners are no calls");
        changes.tools().announce();
        both.iter_mut().for_each(|stream| assert!(stream.message().json()["params"]["_meta"].is_object()));
        drop(both);
        // Who has left listens no more.
        let start = Instant::now();
        while server.begin(&request).final_head(PATIENCE).unwrap().status != 200 {
            assert!(start.elapsed() < PATIENCE, "a listener that has left still counts");
            sleep(Duration::from_millis(5));
        }
        let start = Instant::now();
        while !(0..2).map(|_| server.begin(&request)).collect::<Vec<_>>().iter_mut().all(is_accepted) {
            assert!(start.elapsed() < PATIENCE, "a listener that has left still counts");
            sleep(Duration::from_millis(5));
        }
        sleep(Duration::from_millis(50));
    }
}

fn is_accepted(connection: &mut Connection) -> bool {
    connection.final_head(PATIENCE).unwrap().status == 200
}

/// The id is free again at once, and the one who left is told nothing.
#[test]
fn who_leaves_listens_no_more() {
    let (server, changes) = with(Http::new().listeners(1));
    for _ in 0..20 {
        let start = Instant::now();
        let mut stream = loop {
            let mut connection = server.begin(&listen(1, filter()));
            match connection.final_head(PATIENCE).unwrap().status {
                200 => break connection,
                _ => assert!(start.elapsed() < PATIENCE),
            }
        };
        changes.tools().announce();
        stream.first_bytes(PATIENCE).unwrap();
    }
}

/// (2026-07-28, Subscriptions, Graceful Closure.) It does not wait for the deadline of calls.
#[test]
fn who_listens_is_told_of_the_end() {
    for change in [false, true] {
        let (mut server, changes) = of(Server::new("test", "1.0.0").drain(Duration::from_secs(60)), Http::new());
        let ids = [json!(1), json!("two")];
        let mut streams: Vec<Stream> = ids.iter().map(|id| listening(&server, id.clone(), &filter())).collect();
        if change {
            changes.tools().announce();
            streams.iter_mut().for_each(|stream| drop(stream.message()));
        }
        server.stop();
        for (stream, id) in streams.iter_mut().zip(&ids) {
            assert_eq!(stream.rest(), [closed(id)]);
        }
        let began = Instant::now();
        server.end().unwrap();
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
}

/// A call goes on up to the deadline, a listener does not; who asks meanwhile is told of the end at once.
#[test]
fn the_end_comes_while_calls_go_on() {
    let (mut server, _changes) = of(Server::new("test", "1.0.0").drain(Duration::from_secs(5)), Http::new());
    let mut stream = listening(&server, 1, &filter());
    let mut late = server.connect();
    assert_eq!(late.ask(&call(1, "echo", json!({ "message": "here" }))).said(), "here");
    let mut calling = server.begin(&call(2, "sleep", json!({ "ms": 500 })));
    sleep(Duration::from_millis(50));
    let began = Instant::now();
    server.stop();
    assert_eq!(stream.rest(), [closed(&json!(1))]);
    assert!(began.elapsed() < Duration::from_millis(400), "{:?}", began.elapsed());
    assert!(late.send(listen(3, filter()).bytes()));
    let mut late = Stream::open(late);
    assert_eq!(late.rest(), [acknowledged(&json!(3), &filter()), closed(&json!(3))]);
    assert_eq!(calling.response().said(), "slept 500");
    server.end().unwrap();
}

fn subscribe(session: &Session<'_>, uri: &str) {
    let answer = session.say(&common::request(session.revision, 1, "resources/subscribe", json!({ "uri": uri })));
    assert_eq!(answer.json(), json!({ "jsonrpc": "2.0", "id": 1, "result": {} }), "{}", answer.shown());
}

#[test]
fn a_session_is_told_on_its_stream() {
    let (server, changes) = start();
    for revision in LEGACY {
        let session = server.open(revision);
        subscribe(&session, "room://1");
        let mut stream = server.stream(&session.get());
        is_silent(&mut stream);
        for _ in 0..3 {
            changes.tools().announce();
            assert_eq!(stream.message().json(), list_changed("tools"), "{revision}");
            changes.updated("room://1").unwrap();
            assert_eq!(stream.message().json(), updated("room://1"), "{revision}");
        }
        let unsubscribe = common::request(revision, 2, "resources/unsubscribe", json!({ "uri": "room://1" }));
        assert_eq!(session.say(&unsubscribe).json()["result"], json!({}));
        changes.updated("room://1").unwrap();
        is_silent(&mut stream);
        let refused = session.say(&common::request(revision, 3, "subscriptions/listen", json!({})));
        assert_eq!((refused.status(), refused.code()), (200, Some(METHOD)), "{}", refused.shown());
    }
}

/// (Transports, Multiple Connections: a message is sent on one stream only.)
#[test]
fn one_stream_of_several_is_told() {
    let (server, changes) = start();
    let session = server.open("2025-06-18");
    let mut streams: Vec<Stream> = (0..5).map(|_| server.stream(&session.get())).collect();
    streams.iter_mut().for_each(is_silent);
    for round in 0..5 {
        changes.tools().announce();
        changes.prompts().announce();
        sleep(TOLD);
        let mut heard = Vec::new();
        for stream in &mut streams {
            while let Some(Happening::Event(event)) = stream.next(Duration::from_millis(20)) {
                heard.push(event.json());
            }
        }
        heard.sort_by_key(Value::to_string);
        assert_eq!(heard, [list_changed("prompts"), list_changed("tools")], "{round}");
    }
    // The others are told when one has left.
    drop(streams.split_off(1));
    sleep(TOLD);
    changes.tools().announce();
    assert_eq!(streams[0].message().json(), list_changed("tools"));
}

#[test]
fn what_was_missed_is_told_later() {
    let (server, changes) = start();
    for revision in LEGACY {
        let session = server.open(revision);
        subscribe(&session, "room://1");
        for _ in 0..100 {
            changes.tools().announce();
            changes.updated("room://1").unwrap();
        }
        let mut stream = server.stream(&session.get());
        let heard = [stream.message().json(), stream.message().json()];
        assert_eq!(heard, [list_changed("tools"), updated("room://1")], "{revision}");
        is_silent(&mut stream);
    }
}

/// (Transports, Resumability and Redelivery.)
#[test]
fn a_stream_of_changes_is_resumed() {
    let (server, changes) = start();
    for revision in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        let session = server.open(revision);
        let mut stream = server.stream(&session.get());
        changes.tools().announce();
        let first = stream.message();
        changes.prompts().announce();
        let second = stream.message();
        assert_eq!(second.json(), list_changed("prompts"), "{revision}");
        drop(stream);
        let mut stream = server.stream(&session.resume(&first.id.expect("an event of a session has an id")));
        assert_eq!(stream.message(), second, "{revision}");
        changes.resources().announce();
        assert_eq!(stream.message().json(), list_changed("resources"), "{revision}: it goes on");
        is_silent(&mut stream);
        drop(stream);
        changes.tools().announce();
        let mut stream = server.stream(&session.resume(&second.id.unwrap()));
        let heard = [stream.message().json(), stream.message().json()];
        assert_eq!(heard, [list_changed("resources"), list_changed("tools")], "{revision}: nothing is lost");
    }
}

/// (2025-11-25, Transports: a server may close the connection, so that the client polls.)
#[test]
fn who_polls_misses_nothing() {
    let (server, changes) = with(Http::new().poll_after(Duration::from_millis(150)).retry(Duration::from_millis(1)));
    let session = server.open("2025-11-25");
    let mut stream = server.stream(&session.get());
    let (mut last, mut polls) = (None, 0);
    for round in 0..30 {
        let kind = ["tools", "prompts", "resources"][round % 3];
        match kind {
            "tools" => changes.tools().announce(),
            "prompts" => changes.prompts().announce(),
            _ => changes.resources().announce(),
        }
        let told = loop {
            match stream.next(PATIENCE) {
                Some(Happening::Event(event)) => {
                    last = event.id.clone().or(last);
                    if event.is_message() {
                        break event.json();
                    }
                }
                Some(Happening::Comment) => {}
                Some(Happening::End) => {
                    polls += 1;
                    stream = server.stream(&session.resume(last.as_ref().unwrap()));
                }
                other => panic!("{other:?} in round {round}"),
            }
        };
        assert_eq!(told, list_changed(kind), "{round}");
        sleep(Duration::from_millis(20));
    }
    assert!(polls > 5, "{polls}");
}

#[test]
fn sessions_and_their_streams_end() {
    let (mut server, changes) = start();
    let (ends, stays) = (server.open("2025-11-25"), server.open("2025-11-25"));
    let (mut first, mut second) = (server.stream(&ends.get()), server.stream(&stays.get()));
    subscribe(&ends, "room://1");
    ends.delete();
    changes.tools().announce();
    assert_eq!(first.rest(), Vec::<Value>::new());
    assert_eq!(second.message().json(), list_changed("tools"));
    server.stop();
    assert_eq!(second.rest(), Vec::<Value>::new());
}

/// What cannot be told is not declared.
#[test]
fn without_sessions_nothing_is_told_before_2026_07_28() {
    let (server, changes) = with(Http::new().stateless(true));
    let mut verdict = Verdict::default();
    for revision in LEGACY {
        let declared = server.ask(&initialize(revision)).json()["result"]["capabilities"].take();
        verdict.same(revision, &declared, &json!({ "tools": {}, "resources": {}, "prompts": {} }));
        for method in ["resources/subscribe", "resources/unsubscribe"] {
            let message = common::request(revision, 1, method, json!({ "uri": "room://1" }));
            let request = Request::post(message.to_string()).and("MCP-Protocol-Version", revision);
            verify(&mut verdict, method, &request, &server.ask(&request), Is::Error(200, METHOD), &[]);
        }
        changes.tools().disable("echo").unwrap();
        changes.tools().enable("echo").unwrap();
    }
    let mut stream = listening(&server, 1, &filter());
    changes.tools().announce();
    assert_eq!(stream.message().json()["method"], "notifications/tools/list_changed");
}

#[test]
fn over_http_sse() {
    let (server, changes) = with(Http::new().http_sse(true));
    for revision in LEGACY {
        let mut stream = server.stream(&Request::get().to("/sse"));
        let address = format!("/{}", stream.event().data.unwrap());
        let say = |message: &Value| {
            let response = server.ask(&Request::post(message.to_string()).without("Accept").to(&address));
            assert_eq!(response.status(), 202, "{}", response.shown());
        };
        changes.tools().announce();
        say(&common::initialize(revision));
        let opened = stream.message().json();
        assert_eq!(opened["result"]["capabilities"]["resources"], json!({ "subscribe": true, "listChanged": true }));
        is_silent(&mut stream);
        say(&common::request(revision, 1, "resources/subscribe", json!({ "uri": "room://floor/7" })));
        assert_eq!(stream.message().json(), json!({ "jsonrpc": "2.0", "id": 1, "result": {} }));
        for _ in 0..3 {
            changes.prompts().announce();
            let event = stream.message();
            assert_eq!(event.event.as_deref(), Some("message"), "{event:?}");
            assert_eq!(event.json(), list_changed("prompts"), "{revision}");
            changes.updated("room://floor/7").unwrap();
            assert_eq!(stream.message().json(), updated("room://floor/7"), "{revision}");
        }
        is_silent(&mut stream);
    }
}

/// A client that reads nothing holds up nobody, and is told the last of it when it reads again.
#[test]
fn who_does_not_read_holds_up_nobody() {
    const URIS: u32 = 200;
    let (server, changes) = with(Http::new().http_sse(true));
    let uris: Vec<String> = (0..URIS).map(|number| format!("room://floor/{number}")).collect();
    let wanted = json!({ "toolsListChanged": true, "resourceSubscriptions": uris });
    let session = server.open("2025-11-25");
    uris.iter().for_each(|uri| subscribe(&session, uri));
    let mut streams: Vec<Stream> = (0..8).map(|id| listening(&server, id, &wanted)).collect();
    streams.push(server.stream(&session.get()));
    let (mut connection, mut slowest) = (server.connect(), Duration::ZERO);
    for change in 0..10_000 {
        changes.updated(&uris[change % uris.len()]).unwrap();
        changes.tools().announce();
        if change % 50 == 0 {
            let began = Instant::now();
            assert_eq!(connection.ask(&call(1, "echo", json!({ "message": "hi" }))).said(), "hi");
            slowest = slowest.max(began.elapsed());
            sleep(Duration::from_millis(5));
        }
    }
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    for mut stream in streams {
        is_told_all(&mut stream, &uris);
    }
}

/// Each resource at least once, and nothing more in the end.
fn is_told_all(stream: &mut Stream, uris: &[String]) {
    let mut heard = Vec::new();
    while let Some(happening) = stream.next(TOLD) {
        match happening {
            Happening::Event(event) if event.is_message() => {
                heard.push(event.json()["params"]["uri"].as_str().unwrap_or("tools").to_owned());
            }
            Happening::Event(_) | Happening::Comment => {}
            Happening::End | Happening::Cut => panic!("{happening:?} after {}", heard.len()),
        }
    }
    for uri in uris.iter().map(String::as_str).chain(["tools"]) {
        assert!(heard.iter().any(|told| told == uri), "{uri} is not among {} that were told", heard.len());
    }
    assert!(heard.len() < 10_000, "{} were told", heard.len());
}
