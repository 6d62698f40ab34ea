//! What stands in the way of a server is told before it serves: all of it at once, with the places in the source.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test is allowed to fail")]
#![allow(clippy::arithmetic_side_effects, clippy::needless_pass_by_value, reason = "a test is to be read")]

mod common;

use std::sync::{Arc, Mutex};

use common::{MODERN, Wire, request, run};

use mcp_runtime::{
    Context, Elicit, Error, Item, Server, Task, ToolError, Unanswered, form, items, prompt, resource, tool,
};
use serde_json::json;

mod first {
    use mcp_runtime::{prompt, resource, tool};

    #[tool(tags("good", "early"))] // first::same
    pub(crate) async fn same() {}

    #[resource("x://one", tags("good"))] // first::one
    pub(crate) async fn one() -> &'static str {
        "1"
    }

    #[prompt(tags("early"))] // first::say
    pub(crate) async fn say() -> &'static str {
        "1"
    }

    pub(crate) mod inner {
        use mcp_runtime::tool;

        #[tool]
        pub(crate) async fn zebra() {}

        #[tool(tags("late"))]
        pub(crate) async fn ant() {}
    }
}

mod first_of_all {
    use mcp_runtime::tool;

    #[tool]
    pub(crate) async fn stranger() {}
}

mod second {
    use mcp_runtime::{prompt, resource, tool};

    #[tool] // second::same
    pub(crate) async fn same() {}

    #[resource("x://one", name = "other")] // second::one
    pub(crate) async fn one() -> &'static str {
        "2"
    }

    #[resource("x://{id}")] // second::any
    pub(crate) async fn any(id: String) -> String {
        id
    }

    #[prompt] // second::say
    pub(crate) async fn say() -> &'static str {
        "2"
    }
}

mod third {
    use mcp_runtime::{resource, tool};

    #[resource("x://{id}", name = "other")] // third::any
    pub(crate) async fn any(id: String) -> String {
        id
    }

    #[tool(name = "same")] // third::called_same
    pub(crate) async fn called_same() {}
}

struct Store;

struct Clock;

#[tool] // needy
async fn needy(_store: &Store, _clock: Option<&Clock>, _context: &Context) {}

#[prompt] // needy_prompt
async fn needy_prompt(_clock: &Clock) -> String {
    String::new()
}

#[resource("x://needy/{id}")] // needy_template
async fn needy_template(id: u8, _clock: &Clock) -> String {
    id.to_string()
}

#[tool]
fn shares(_store: &Arc<Store>) {}

#[tool]
#[allow(clippy::ptr_arg)]
fn borrows_arguments(_text: &String, _texts: &Vec<String>, _number: &i64) {}

#[resource("same://{number}/x")] // by_number
fn by_number(number: u8) -> String {
    number.to_string()
}

#[resource("same://{name}/x")] // by_name
fn by_name(name: String) -> String {
    name
}

#[resource("same://x{?page}")]
fn by_query(page: Option<u8>) -> String {
    format!("{page:?}")
}

#[resource("same://x{?filter}")]
fn by_filter(filter: Option<String>) -> String {
    format!("{filter:?}")
}

const TOO_MANY: i64 = 9;

#[tool] // defaults
async fn defaults(
    #[arg(default = TOO_MANY, range = 1..=7)] a: i64,
    #[arg(default = "b".repeat(4), length = 1..=3)] b: String,
    #[arg(default = TOO_MANY - 2, range = 1..=7)] c: i64,
) {
    drop((a, b, c));
}

/// Says something that nothing can check.
struct Odd;

impl schemars::JsonSchema for Odd {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Odd".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^(?=a)b", "sparkles": true })
    }
}

impl<'de> serde::Deserialize<'de> for Odd {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        String::deserialize(reader).map(|_| Self)
    }
}

impl serde::Serialize for Odd {
    fn serialize<S: serde::Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        writer.serialize_str("b")
    }
}

#[tool] // odd
async fn odd(x: Odd) {
    let Odd = x;
}

#[tool] // odd_result
async fn odd_result() -> Result<Vec<Odd>, ToolError> {
    Ok(Vec::new())
}

/// A place, which is more than one field.
#[mcp_runtime::model]
struct Point {
    x: f64,
    y: f64,
}

#[form] // Trip
struct Trip {
    from: Point,
    stops: Vec<String>,
    by_train: bool,
}

fn methuselah() -> u8 {
    200
}

#[form] // Age
struct Age {
    #[serde(default = "methuselah")]
    #[schemars(range(max = 120))]
    years: u8,
    height: (u8, u8),
}

#[form] // Anything
struct Anything {
    name: String,
    #[serde(flatten)]
    rest: std::collections::HashMap<String, String>,
}

/// Asks with one of them.
#[tool] // plan
async fn plan(person: Option<&Elicit>) -> Result<bool, Unanswered> {
    let Some(person) = person else { return Ok(false) };
    let trip = person.ask::<Trip>("Where to?").await?.accepted();
    Ok(trip.is_some_and(|Trip { from, stops, by_train }| by_train && stops.is_empty() && from.x < from.y))
}

#[tool] // never_a_task
async fn never_a_task(task: &Task) {
    task.begin().await;
}

#[prompt] // no_task
async fn no_task(task: Option<&Task>) -> &'static str {
    if task.is_some() { "a task" } else { "none" }
}

#[tool(task = "optional")]
async fn a_task(task: &Task) {
    task.begin().await;
}

/// The line that ends in this comment.
fn line(comment: &str) -> usize {
    let found = include_str!("startup.rs").lines().position(|line| line.ends_with(&format!("] // {comment}")));
    found.unwrap_or_else(|| panic!("no line says `{comment}`")) + 1
}

/// Where an item stands, as the report says it.
fn at(comment: &str) -> String {
    format!("  at tests/startup.rs:{} (`startup::{comment}`)", line(comment))
}

fn server() -> Server {
    Server::new("test", "1.0.0")
}

#[track_caller]
fn faults(server: Server) -> Vec<String> {
    match server.check() {
        Err(Error::Faults(faults)) => faults,
        other => panic!("no faults: {other:?}"),
    }
}

fn duplicate(kind: &str, key: &str, first: &str, second: &str) -> String {
    format!(
        "two {kind} are called `{key}`\n{}\n{}\nrename one of the functions, or give one a name: `#[…(name = \"…\")]`",
        at(first),
        at(second)
    )
}

#[test]
fn duplicates() {
    let server = || server().items(items![first::same, first::one, first::say]);
    assert_eq!(
        faults(server().items(items![second::same])),
        [duplicate("tools", "same", "first::same", "second::same")]
    );
    assert_eq!(
        faults(server().items(items![third::called_same])),
        [duplicate("tools", "same", "first::same", "third::called_same")]
    );
    assert_eq!(faults(server().items(items![second::say])), [duplicate("prompts", "say", "first::say", "second::say")]);
    let [same_uri] = faults(server().items(items![second::one])).try_into().unwrap();
    assert!(same_uri.contains(&format!("`x://one`\n{}\n{}", at("first::one"), at("second::one"))), "{same_uri}");
    let [same_template] = faults(server().items(items![second::any, third::any])).try_into().unwrap();
    assert!(
        same_template.contains(&format!("`x://{{id}}`\n{}\n{}", at("second::any"), at("third::any"))),
        "{same_template}"
    );
    // A tool and a prompt may share a name, a URI may fit a template, and names of resources need not be unique.
    server().items(items![second::any]).check().unwrap();
    // Three of one name are two faults.
    assert_eq!(faults(server().items(items![second::same, third::called_same])).len(), 2);
}

#[test]
fn missing_state() {
    let missing = |kind: &str, name: &str, ty: &str| {
        format!(
            "the {kind} `{name}` borrows `&startup::{ty}`, but the server has no state of that type\n{}\nadd `.state(…)` with a `startup::{ty}`, or borrow `Option<&startup::{ty}>`; if the client fills it in, own it: `startup::{ty}`",
            at(name)
        )
    };
    let server = || server().items(items![needy, needy_prompt, needy_template]);
    assert_eq!(
        faults(server()),
        [
            missing("tool", "needy", "Store"),
            missing("prompt", "needy_prompt", "Clock"),
            missing("resource template", "needy_template", "Clock"),
        ]
    );
    assert_eq!(faults(server().state(Clock)), [missing("tool", "needy", "Store")]);
    server().state(Clock).state(Store).check().unwrap();
    self::server().items(items![needy]).state(Store).check().unwrap();
}

#[test]
fn who_waits_to_become_a_task_can_become_one() {
    let fault = |kind: &str, name: &str, advice: &str| {
        format!("the {kind} `{name}` borrows `&Task`, but its calls are never tasks\n{}\n{advice}", at(name))
    };
    let advice = "write `#[tool(task)]`, or `#[tool(task = \"optional\")]` if it may be an ordinary call too";
    assert_eq!(
        faults(server().items(items![never_a_task, no_task, a_task])),
        [fault("tool", "never_a_task", advice), fault("prompt", "no_task", "only calls of tools can be tasks")]
    );
    server().items(items![a_task]).check().unwrap();
}

#[test]
fn state_twice() {
    let report = faults(server().items(items![first::same]).state(5_u8).state(6_u8).state(5_u16));
    assert_eq!(report, ["`.state(…)` was given two values of the type `u8`; wrap one of them in a type of its own"]);
}

#[test]
fn nothing_registered() {
    let none: [Item; 0] = [];
    let [fault] = faults(server().items(none)).try_into().unwrap();
    assert!(
        fault.starts_with("nothing is registered: no function with `#[tool]`, `#[resource]` or `#[prompt]` is linked"),
        "{fault}"
    );
    assert!(fault.contains("`use my_tools as _;`"), "{fault}");
    run(async {
        let none: [Item; 0] = [];
        let served = server().items(none).serve(tokio::io::empty(), tokio::io::sink()).await;
        assert!(matches!(served, Err(Error::Faults(_))), "serving refuses too");
    });
}

#[test]
fn defaults_that_do_not_fit() {
    assert_eq!(
        faults(server().items(items![defaults])),
        [
            format!("`defaults`: the default of `a` must be at most 7, got 9\n{}", at("defaults")),
            format!("`defaults`: the default of `b` must be at most 3 characters long, got 4\n{}", at("defaults")),
        ]
    );
}

#[test]
fn keywords_that_nothing_checks() {
    let report = faults(server().items(items![odd, odd_result]));
    assert_eq!(report.len(), 4, "{report:#?}");
    for (fault, keyword, place) in
        [(0, "pattern", "odd"), (1, "sparkles", "odd"), (2, "pattern", "odd_result"), (3, "sparkles", "odd_result")]
    {
        let report = &report[fault];
        assert!(report.starts_with(&format!("`{place}`: the schema of `")), "{report}");
        let (says, cannot) =
            (format!("says `{keyword}`, which nothing here "), format!("has a `{keyword}` that cannot be run"));
        assert!(report.contains(if keyword == "pattern" { &cannot } else { &says }), "{report}");
        assert!(report.ends_with(&at(place)), "{report}");
    }
}

/// Nobody knows which function asks with which form: as soon as one can ask, all have to fit.
#[test]
fn forms_that_do_not_fit() {
    let fault = |form: &str, text: &str| format!("the form `{form}`: {text}\n{}", at(form));
    let flat = "`from` has fields of its own; a form is flat: put `#[serde(flatten)]` on it, or ask for it in a form of its own";
    let list = "`stops` is a list of something other than choices; write a `Vec` of an enum without data, or one text";
    let open = "takes fields of any name; a form has fixed ones: write a field for each instead of a map";
    let expected = [
        fault("Trip", flat),
        fault("Trip", list),
        fault("Age", "`height` is a tuple; write a field for each of its parts"),
        fault("Age", "the default of `years` must be at most 120, got 200"),
        fault("Anything", open),
    ];
    for _ in 0..2 {
        assert_eq!(faults(server().items(items![plan])), expected);
    }
    assert_eq!(faults(server().items(items![plan, defaults]))[..5], expected, "with all other faults");
    // Where nothing asks, there is nothing to show.
    server().items(items![first::same]).check().unwrap();
}

/// Forms are types like others.
#[test]
fn forms_stay_types() {
    let age = Age { years: 3, height: (1, 80) };
    let anything = Anything { name: "x".into(), rest: std::iter::once(("y".to_owned(), "z".to_owned())).collect() };
    assert_eq!(serde_json::to_value(age).unwrap(), json!({ "years": 3, "height": [1, 80] }));
    assert_eq!(serde_json::to_value(anything).unwrap(), json!({ "name": "x", "y": "z" }));
}

#[test]
fn everything_at_once() {
    let server = server()
        .state(1_u8)
        .state(2_u8)
        .items(items![first::same, second::same, needy, defaults, odd, needy_prompt])
        .items(items![first::say, second::say]);
    let error = server.check().unwrap_err();
    let text = error.to_string();
    assert_eq!(format!("{error:?}"), text, "`main` prints the same");
    assert!(text.starts_with("the server cannot start: 9 faults\n\nerror: "), "{text}");
    for part in [
        "two values of the type `u8`",
        "two tools are called `same`",
        "two prompts are called `say`",
        "borrows `&startup::Store`",
        "borrows `&startup::Clock`",
        "the default of `a`",
        "the default of `b`",
        "has a `pattern` that cannot be run",
        "says `sparkles`",
    ] {
        assert_eq!(text.matches(part).count(), 1, "{part}: {text}");
    }
    let indented =
        text.lines().skip(1).all(|line| line.is_empty() || line.starts_with("error: ") || line.starts_with("  "));
    assert!(indented, "{text}");
}

#[test]
fn one_fault_is_one() {
    let text = server().items(items![first::same, second::same]).check().unwrap_err().to_string();
    let expected = format!(
        "the server cannot start: 1 fault\n\nerror: two tools are called `same`\n{}\n{}\n   = help: rename one of the functions, \
         or give one a name: `#[…(name = \"…\")]`",
        at("first::same").replace("  at", "  -->"),
        at("second::same").replace("  at", "  -->")
    );
    assert_eq!(text, expected);
}

/// What is listed, over all kinds.
fn listed(server: Server) -> Vec<String> {
    run(async {
        let mut wire = Wire::open(server);
        let mut names = Vec::new();
        for (method, key) in [
            ("tools/list", "tools"),
            ("resources/list", "resources"),
            ("resources/templates/list", "resourceTemplates"),
            ("prompts/list", "prompts"),
        ] {
            let answer = wire.ask(&request(MODERN, 1, method, json!({}))).await;
            let list = answer["result"][key].as_array().cloned().unwrap_or_default();
            names.extend(list.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        }
        wire.close().await;
        names
    })
}

#[test]
fn narrowed_to_modules() {
    assert_eq!(listed(server().only_module("startup::first")), ["same", "zebra", "ant", "one", "say"]);
    assert_eq!(listed(server().only_module("startup::first::inner")), ["zebra", "ant"]);
    assert_eq!(
        listed(server().only_module("startup::first::inner").only_module("startup::first_of_all")),
        ["zebra", "ant", "stranger"]
    );
    assert_eq!(listed(server().only_module("startup::second")), ["same", "other", "any", "say"]);
    // Two modules that do not go together.
    assert_eq!(faults(server().only_module("startup::first").only_module("startup::second")).len(), 3);
}

#[test]
fn narrowed_to_tags() {
    assert_eq!(listed(server().only_tag("good")), ["same", "one"]);
    assert_eq!(listed(server().only_tag("early")), ["same", "say"]);
    assert_eq!(listed(server().only_tag("good").only_tag("late")), ["same", "ant", "one"]);
    assert_eq!(listed(server().only_module("startup::first::inner").only_tag("late")), ["ant"]);
    assert_eq!(listed(server().items(items![first::inner::ant, first::same]).only_tag("late")), ["ant"]);
}

#[test]
fn narrowed_to_nothing() {
    let faults = |server| -> Vec<String> {
        let told = faults(server);
        told.iter().map(|fault| fault.split_once("; there are: ").expect("what there is").0.to_owned()).collect()
    };
    let module = |name: &str| format!("the server is narrowed to the module `{name}`, but no item has it");
    let tag = |name: &str| format!("the server is narrowed to the tag `{name}`, but no item has it");
    assert_eq!(faults(server().only_module("startup::fir")), [module("startup::fir")]);
    assert_eq!(faults(server().only_module("first")), [module("first")]);
    assert_eq!(
        faults(server().only_module("startup::first").only_module("startup::nowhere")),
        [module("startup::nowhere")]
    );
    assert_eq!(faults(server().items(items![first::same]).only_tag("good").only_tag("Good")), [tag("Good")]);
    let both = faults(server().only_module("startup::nowhere").only_tag("nothing"));
    assert_eq!(both, [module("startup::nowhere"), tag("nothing")]);
    // The tag is there, but not in this module.
    assert_eq!(faults(server().only_module("startup::first_of_all").only_tag("good")), [tag("good")]);
}

#[test]
fn narrowed_to_nothing_says_what_there_is() {
    let told = faults(server().items(items![first::same]).only_tag("Good"));
    assert!(told[0].ends_with("; there are: `early`, `good`"), "{told:?}");
    let told = faults(server().items(items![first::same]).only_module("elsewhere"));
    assert!(told[0].ends_with("; there are: `startup::first`"), "{told:?}");
}

#[test]
fn state_in_a_wrapper_is_not_the_state() {
    let told = faults(server().state(Arc::new(Store)).items(items![needy]));
    let advice = "there is a `alloc::sync::Arc<startup::Store>`: borrow `&alloc::sync::Arc<startup::Store>`";
    assert!(told[0].contains(advice), "{told:?}");
}

#[test]
fn state_without_its_wrapper_is_not_the_state() {
    let told = faults(server().state(Store).items(items![shares]));
    let advice = "there is a `startup::Store`: borrow `&startup::Store`, or give `.state(…)` a `alloc::sync::Arc<startup::Store>`";
    assert!(told[0].ends_with(advice), "{told:?}");
}

#[test]
fn borrowed_arguments_are_meant_to_be_owned() {
    let told = faults(server().items(items![borrows_arguments]));
    for (told, owned) in told.iter().zip(["String", "Vec<String>", "i64"]) {
        assert!(told.contains(&format!("\nan argument is owned: write `{owned}`; if it is state")), "{told}");
    }
    assert_eq!(told.len(), 3, "{told:?}");
}

#[test]
fn templates_that_match_the_same_uris() {
    let told = faults(server().items(items![by_number, by_name, by_query, by_filter]));
    let (first, second) = (at("by_number"), at("by_name"));
    let expected = format!(
        "the resource templates `same://{{number}}/x` and `same://{{name}}/x` match the same URIs\n{first}\n{second}\n\
         let a part that is no variable tell them apart, or make one function of them"
    );
    assert_eq!(told, [expected]);
}

#[test]
fn an_item_that_is_given_twice() {
    let told = faults(server().items(items![by_number]).items(items![by_number]));
    let place = at("by_number");
    let expected = format!(
        "two resource templates are called `same://{{number}}/x`\n{place}\n{place}\n`.items(…)` was given it twice: leave one out"
    );
    assert_eq!(told, [expected]);
}

/// Those that are linked come as they were written, those that are named come as they are named.
#[test]
fn order() {
    for _ in 0..3 {
        assert_eq!(listed(server().only_module("startup::first")), ["same", "zebra", "ant", "one", "say"]);
    }
    assert_eq!(
        listed(server().items(items![first::inner::ant, first::same, first::inner::zebra])),
        ["ant", "same", "zebra"]
    );
    assert_eq!(listed(server().items(items![first::inner::zebra]).items(items![first::inner::ant])), ["zebra", "ant"]);
}

/// Everything that is linked, without being narrowed, is everything in this file: with all its faults.
#[test]
fn everything_that_is_linked() {
    let report = faults(server());
    for part in ["two tools are called `same`", "borrows `&startup::Store`", "the default of `a`", "says `sparkles`"] {
        assert!(report.iter().any(|fault| fault.contains(part)), "{part}: {report:#?}");
    }
}

/// Hooks run before the first request is read and after the last answer, in order; one that fails ends it.
#[test]
fn hooks() {
    let said = Arc::new(Mutex::new(Vec::new()));
    let say = |words: &'static str| {
        let said = said.clone();
        move |state: Arc<mcp_runtime::State>| async move {
            assert!(state.of::<Store>().is_some());
            said.lock().unwrap().push(words);
        }
    };
    let fail = |_| async { Err::<(), _>("no database") };
    let server = || server().items(items![needy]).state(Store);
    run(async {
        let input = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        let hooked = server().on_start(say("a")).on_start(say("b")).on_shutdown(say("c")).on_shutdown(say("d"));
        assert_eq!(common::answers(hooked, input.as_bytes()).await.len(), 1);
        assert_eq!(std::mem::take(&mut *said.lock().unwrap()), ["a", "b", "c", "d"]);
        let mut output = Vec::new();
        let hooked = server().on_start(say("a")).on_start(fail).on_start(say("b"));
        let error = hooked.serve(input.as_bytes(), &mut output).await.unwrap_err();
        assert!(error.to_string().contains("no database"), "{error}");
        assert_eq!((std::mem::take(&mut *said.lock().unwrap()), output.len()), (vec!["a"], 0), "nothing was read");
        let error = server().on_shutdown(fail).serve(input.as_bytes(), &mut output).await.unwrap_err();
        assert!(error.to_string().contains("no database"), "{error}");
        assert!(!output.is_empty(), "it served");
        // A server with faults does not even start to start.
        let faulty = self::server().items(items![needy]).on_start(say("never"));
        assert!(faulty.serve(input.as_bytes(), &mut output).await.is_err());
        assert!(said.lock().unwrap().is_empty());
    });
}

/// The functions are still functions.
#[test]
fn functions_stay_functions() {
    run(async {
        assert_eq!(first::one().await, "1");
        assert_eq!(needy_template(7, &Clock).await, "7");
        assert_eq!(odd_result().await.unwrap().len(), 0);
        assert_eq!(second::any("x".into()).await, "x");
    });
}
