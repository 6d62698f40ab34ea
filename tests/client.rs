//! The client for users' tests, with real servers in every revision, and what its assertions say when they fail.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in any way"
)]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::time::Duration;

use mcp_runtime::{
    Audio, Called, Changes, Client, ClientBuilder, Content, Elicit, ElicitUrl, Elicited, Error, Image, Level, Log,
    Progress, PromptMessage, ResourceContents, Revision, Roots, Sample, SampleRequest, Server, Task, Tasks, ToolError,
    Unanswered, UnknownItem, form, items, model, prompt, resource, tool,
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::JoinError;
use tokio::time::timeout;

/// How sure somebody is.
#[form]
struct Sure {
    sure: bool,
    /// How often.
    times: Option<u8>,
}

/// Asks the person twice, and the model in between.
#[tool]
async fn ask(person: &Elicit, model: &Sample) -> Result<String, Unanswered> {
    let first = person.ask_as::<Sure>("first", "First?").await?.accepted().is_some();
    let said = model.ask(SampleRequest::new(9).user("Say.").key("said")).await?.text();
    let second = person.ask_as::<Sure>("second", "Second?").await?.accepted().map(|it| it.sure);
    Ok(format!("{first} {said} {second:?}"))
}

/// Looks at the workspace.
#[tool]
async fn look(roots: &Roots) -> Result<String, Unanswered> {
    Ok(roots.list().await?.into_iter().map(|root| root.uri).collect::<Vec<_>>().join(" "))
}

/// Sends to a page.
#[tool]
async fn visit(person: &ElicitUrl) -> Result<String, Unanswered> {
    Ok(format!("{:?}", person.visit("https://example.com/", "Please look.").await?))
}

/// Tells how far it is, and what it does.
#[tool]
async fn tell(progress: &Progress, log: &Log) {
    progress.report(1, 2, "one");
    log.debug("deep");
    log.warning("high");
    progress.report(2, 2, "two");
}

/// Asks, as a task.
#[tool(task)]
async fn film(person: &Elicit, task: &Task) -> Result<String, Unanswered> {
    let before = person.ask_as::<Sure>("before", "Before?").await?.accepted().is_some();
    task.begin().await;
    let within = person.ask_as::<Sure>("within", "Within?").await?.accepted().is_some();
    Ok(format!("{before} {within}"))
}

/// A point.
#[model]
#[derive(Debug, PartialEq)]
struct Point {
    x: i64,
    y: i64,
}

/// A line of so many points, from left to right.
#[tool]
fn line(points: i64) -> Result<Vec<Point>, ToolError> {
    if points > 9 { Err(ToolError::new("too long")) } else { Ok((0..points).map(|x| Point { x, y: 0 }).collect()) }
}

/// One point.
#[tool]
fn point(x: i64) -> Point {
    Point { x, y: 1 }
}

/// Words, a picture, and a sound.
#[tool]
fn show() -> (&'static str, Image, Audio) {
    ("look\nhere", Image::png([1, 2]), Audio::wav([3]))
}

/// Settings.
#[resource("config://app", mime = "application/json", watch)]
fn settings() -> &'static str {
    r#"{"theme":"dark"}"#
}

/// Bytes.
#[resource("bytes://{name}")]
fn bytes(name: String) -> Vec<u8> {
    name.into_bytes()
}

/// Changes the settings.
#[tool]
fn set(changes: &Changes) -> Result<(), UnknownItem> {
    changes.updated("config://app")
}

/// A conversation.
#[prompt]
fn talk(#[arg(complete = ["Ann", "Bob"])] name: String) -> [PromptMessage; 2] {
    [PromptMessage::user(format!("I am {name}.")), PromptMessage::assistant("Hello!")]
}

/// A prompt that asks.
#[prompt]
async fn asked(person: &Elicit) -> Result<String, Unanswered> {
    Ok(format!("{}", person.ask::<Sure>("Sure?").await?.accepted().is_some()))
}

fn server() -> Server {
    let items = items![ask, look, visit, tell, film, line, point, show, settings, bytes, set, talk];
    Server::new("test", "1.0.0").items(items).tasks(Tasks::new().poll_interval(Duration::from_millis(20)))
}

async fn connect(builder: ClientBuilder, revision: Revision) -> Client {
    builder.revision(revision).connect(server()).await.unwrap()
}

/// Those that can be asked with forms.
const ASKING: [Revision; 3] = [Revision::V2025_06_18, Revision::V2025_11_25, Revision::V2026_07_28];

#[tokio::test]
async fn questions_are_answered_in_every_revision_that_has_them() {
    for revision in ASKING {
        let builder = Client::builder().elicit(|form| match form.message.as_str() {
            "First?" => Elicited::Declined,
            _ => Elicited::Accepted(json!({ "sure": form.fields[0].0 == "sure" })),
        });
        let client = connect(builder.sample(|request| request.text().to_uppercase()), revision).await;
        client.call("ask", ()).await.unwrap().assert_text("false SAY. Some(true)");
        client.close().await.unwrap();
    }
    for revision in Revision::ALL {
        let client = connect(Client::builder().roots(["file:///a", "file:///b"]), revision).await;
        client.call("look", ()).await.unwrap().assert_text("file:///a file:///b");
    }
    for revision in [Revision::V2025_11_25, Revision::V2026_07_28] {
        let answer = |page: mcp_runtime::VisitRequest| match (page.url.as_str(), page.message.as_str()) {
            ("https://example.com/", "Please look.") => Elicited::Accepted(()),
            other => panic!("{other:?}"),
        };
        let client = connect(Client::builder().visit(answer), revision).await;
        client.call("visit", ()).await.unwrap().assert_text("Accepted(())");
    }
}

#[tokio::test]
async fn answers_come_in_order_and_their_number_is_checked() {
    let yes = || Elicited::Accepted(json!({ "sure": true }));
    for revision in ASKING {
        let scripted = |answers| Client::builder().answers(answers).replies(["so"]);
        let client = connect(scripted(vec![Elicited::Declined, yes()]), revision).await;
        client.call("ask", ()).await.unwrap().assert_text("false so Some(true)");
        client.close().await.unwrap();

        let client = connect(scripted(vec![yes()]), revision).await;
        let error = client.call("ask", ()).await.unwrap_err().to_string();
        let told = "the server asks `Second?` (`elicitation/create`), and `answers` has no answer left of 1";
        assert_eq!(error, told, "{revision}");
        client.call("point", json!({ "x": 3 })).await.unwrap().assert_structured(json!({ "x": 3, "y": 1 }));
        client.close().await.unwrap();

        let client = connect(scripted(vec![yes(), yes(), Elicited::Cancelled]), revision).await;
        client.call("ask", ()).await.unwrap();
        let error = client.close().await.unwrap_err().to_string();
        assert_eq!(error, "1 of 3 `answers` were never asked for:\n  {\"action\":\"cancel\"}");
    }
}

#[tokio::test]
async fn what_the_client_lacks_is_named_with_what_would_give_it() {
    let client = server().client().await.unwrap();
    for (tool, methods) in [
        (
            "ask",
            "\nbuild the client with `Client::builder().elicit(…)` or `.answers(…)`\nbuild the client with `Client::builder().sample(…)` or `.replies(…)`",
        ),
        ("look", "\nbuild the client with `Client::builder().roots(…)`"),
        ("visit", "\nbuild the client with `Client::builder().visit(…)`"),
        (
            "film",
            "\nbuild the client with `Client::builder().elicit(…)` or `.answers(…)`\nbuild the client with `Client::builder().tasks()`",
        ),
    ] {
        match client.call(tool, ()).await {
            Err(Error::Refused { code: -32021, message, .. }) => assert!(message.ends_with(methods), "{message}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_missing_in_a_session_is_named_too() {
    let items = items![asked, line];
    let builder = Client::builder().revision(Revision::V2025_11_25);
    let client = builder.connect(Server::new("test", "1.0.0").items(items)).await.unwrap();
    let error = client.prompt("asked", ()).await.unwrap_err().to_string();
    assert!(error.contains("`Client::builder().elicit(…)`"), "{error}");
    let error = client.call("lime", ()).await.unwrap_err().to_string();
    assert_eq!(error, "unknown tool `lime`; did you mean `line`? (-32602)");
}

/// What a call has panicked with.
fn words(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(words) => *words,
        Err(panic) => (*panic.downcast::<&str>().unwrap()).to_owned(),
    }
}

#[tokio::test]
async fn a_handler_that_panics_fails_the_test_that_calls() {
    let failed = |outcome: Result<_, JoinError>| words(outcome.unwrap_err().into_panic());
    for revision in ASKING {
        let builder = Client::builder().replies([""]).elicit(|form| -> Value { panic!("what is `{}`?", form.message) });
        let client = connect(builder, revision).await;
        let call = tokio::spawn(async move { client.call("ask", ()).await.map(drop) });
        assert_eq!(failed(call.await), "what is `First?`?");
    }
    let builder = Client::builder().on_progress(|report| panic!("{}", report.done));
    let client = connect(builder, Revision::LATEST).await;
    let call = tokio::spawn(async move { client.call("tell", ()).await.map(drop) });
    assert_eq!(failed(call.await), "1");
}

#[tokio::test]
async fn progress_and_messages_are_heard() {
    for revision in Revision::ALL {
        let (sender, heard) = channel();
        let messages = sender.clone();
        let builder = Client::builder().on_progress(move |report| {
            let message = report.message.unwrap_or_default();
            sender.send(format!("{} of {:?} {message}", report.done, report.total)).unwrap();
        });
        let builder = builder.on_log(Level::Notice, move |message| {
            messages.send(format!("{:?} {:?} {}", message.level, message.logger, message.data)).unwrap();
        });
        let client = connect(builder, revision).await;
        client.call("tell", ()).await.unwrap();
        let words = |word| if revision == Revision::V2024_11_05 { "" } else { word };
        let expected = [
            format!("1 of Some(2.0) {}", words("one")),
            "Warning Some(\"tell\") \"high\"".into(),
            format!("2 of Some(2.0) {}", words("two")),
        ];
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), expected, "{revision}");
        client.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_task_is_followed_and_its_questions_are_answered() {
    let builder = Client::builder().tasks().answers([json!({ "sure": true }), json!({ "sure": false })]);
    let client = connect(builder, Revision::LATEST).await;
    client.call("film", ()).await.unwrap().assert_text("true true");
    client.close().await.unwrap();
}

#[tokio::test]
async fn results_are_read_as_what_they_were() {
    for revision in Revision::ALL {
        let client = connect(Client::builder(), revision).await;
        let shown = client.call("show", ()).await.unwrap();
        assert_eq!((shown.text(), shown.content().len()), ("look\nhere".into(), 3));
        if revision > Revision::V2024_11_05 {
            let expected = [Content::from("look\nhere"), Image::png([1, 2]).into(), Audio::wav([3]).into()];
            assert_eq!(shown.content(), expected, "{revision}");
        }
        if revision >= Revision::V2025_06_18 {
            let line = client.call("line", json!({ "points": 2 })).await.unwrap();
            assert_eq!(line.structured::<Vec<Point>>()[1], Point { x: 1, y: 0 }, "{revision}");
            line.assert_structured([Place { x: 0, y: 0 }, Place { x: 1, y: 0 }]);
        }
        let contents = client.read("bytes://abc").await.unwrap();
        assert_eq!((contents.bytes(), contents.text()), (b"abc".to_vec(), String::new()));
        assert_eq!(contents.all(), [ResourceContents::blob(*b"abc").uri("bytes://abc")]);
        let contents = client.read("config://app").await.unwrap();
        contents.assert_structured(json!({ "theme": "dark" })).assert_text(r#"{"theme":"dark"}"#);
        assert_eq!(contents.structured::<Value>()["theme"], "dark");
        let messages = client.prompt("talk", json!({ "name": "Ann" })).await.unwrap();
        messages.assert_text("I am Ann.\nHello!");
        assert_eq!(messages.all(), [PromptMessage::user("I am Ann."), PromptMessage::assistant("Hello!")]);
        assert_eq!(client.complete("talk", "name", "b").await.unwrap(), ["Bob"]);
    }
}

/// A point as a test may write it.
#[derive(Serialize)]
struct Place {
    x: i64,
    y: i64,
}

#[tokio::test]
async fn changes_are_told_in_every_revision() {
    for revision in Revision::ALL {
        let client = connect(Client::builder(), revision).await;
        client.watch(["config://app"]).await.unwrap();
        client.call("set", ()).await.unwrap();
        let told = client.next_notification().await.unwrap();
        assert_eq!(told.method, "notifications/resources/updated", "{revision}");
        assert_eq!(told.params["uri"], "config://app");
        client.close().await.unwrap();
    }
    let still = Server::new("test", "1.0.0").items(items![point]).client().await.unwrap();
    assert!(matches!(still.watch([]).await, Err(Error::Refused { code: -32601, .. })));
}

/// That the server is gone helps nobody.
#[tokio::test]
async fn why_a_server_does_not_start_is_said() {
    for revision in Revision::ALL {
        let server = server().on_start(|_| async { Err("the database is locked") });
        let refused = Client::builder().revision(revision).connect(server).await.unwrap_err();
        assert!(matches!(&refused, Error::Hook(why) if why.contains("the database is locked")), "{refused}");
    }
}

#[tokio::test]
async fn a_server_that_is_dropped_with_its_client_shuts_down() {
    let (sender, over) = tokio::sync::oneshot::channel();
    let server = server().on_shutdown(async move |_| {
        sender.send(()).unwrap();
        Ok::<_, Error>(())
    });
    drop(server.client().await.unwrap());
    timeout(Duration::from_secs(10), over).await.unwrap().unwrap();
}

/// Never comes to an end.
#[tool]
async fn endless() {
    std::future::pending::<()>().await;
}

/// The same, as a task.
#[tool(task)]
async fn endless_film() {
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn what_is_dropped_is_cancelled_before_the_end() {
    for revision in Revision::ALL {
        let server = Server::new("test", "1.0.0").items(items![endless, endless_film]);
        let builder = Client::builder().revision(revision).tasks();
        let client = builder.connect(server.drain(Duration::from_secs(3600))).await.unwrap();
        assert!(timeout(Duration::from_millis(20), client.call("endless", ())).await.is_err());
        if revision == Revision::LATEST {
            assert!(timeout(Duration::from_millis(20), client.call("endless_film", ())).await.is_err());
        }
        timeout(Duration::from_secs(10), client.close()).await.expect("it is not waited for").unwrap();
    }
}

/// What an assertion says.
fn said(called: &Called, assert: impl for<'c> FnOnce(&'c Called) -> &'c Called) -> String {
    words(catch_unwind(AssertUnwindSafe(|| drop(assert(called).clone()))).unwrap_err())
}

#[tokio::test]
async fn an_assertion_tells_what_differs() {
    let client = server().client().await.unwrap();
    let shown = client.call("show", ()).await.unwrap();
    let text = said(&shown, |shown| shown.assert_text("look\nthere"));
    assert_eq!(text, "the text is another\n  look\n- there\n+ here");
    let text = said(&shown, |shown| shown.assert_error("late"));
    assert_eq!(text, "the tool was expected to fail, and did not\nexpected: … late …\n   found: look\nhere");
    let point = client.call("point", json!({ "x": 3 })).await.unwrap();
    let text = said(&point, |point| point.assert_structured(json!({ "x": 4, "z": 1 })));
    assert_eq!(
        text,
        "the structured content is another\n\
         x\n  expected: 4\n     found: 3\n\
         z\n  expected: 1\n     found: nothing\n\
         y\n  expected: nothing\n     found: 1"
    );
    let failed = client.call("line", json!({ "points": 10 })).await.unwrap();
    failed.assert_error("too").assert_error("long");
    let text = said(&failed, |failed| failed.assert_text("too long"));
    assert_eq!(text, "the tool says that it failed: too long");
    let text = said(&failed, |failed| failed.assert_structured(()));
    assert_eq!(text, "the tool says that it failed: too long");
    let text = said(&failed, |failed| failed.assert_error("short"));
    assert_eq!(text, "the tool failed in other words\nexpected: … short …\n   found: too long");
}

#[tokio::test]
async fn a_failed_assertion_points_at_the_test() {
    let called = server().client().await.unwrap().call("point", json!({ "x": 3 })).await.unwrap();
    let (sender, places) = channel();
    let (here, usual) = (std::thread::current().id(), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| match std::thread::current().id() == here {
        true => sender.send(panic.location().unwrap().file().to_owned()).unwrap(),
        // Other tests panic too.
        false => usual(panic),
    }));
    said(&called, |called| called.assert_text(""));
    said(&called, |called| called.assert_structured(()));
    said(&called, |called| called.assert_error(""));
    catch_unwind(AssertUnwindSafe(|| called.structured::<String>())).unwrap_err();
    let _ = std::panic::take_hook();
    assert_eq!(places.try_iter().collect::<Vec<_>>(), [file!(); 4]);
}
